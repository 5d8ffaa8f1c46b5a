"""Parts of a computation on several cores: all of them, in their order, and nothing left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from cellgraph.derive.flows import cores


@pytest.fixture(params=[1, 2, 3], autouse=True)
def several(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """As on a machine with so many cores."""
    with ThreadPoolExecutor(max(request.param - 1, 1)) as pool:
        monkeypatch.setattr(cores, "cores", lambda: request.param)
        monkeypatch.setattr(cores, "_pool", lambda: pool)
        yield request.param


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_every_part_is_done_once_and_in_its_place(count: int) -> None:
    assert cores.each(lambda k: k * k, range(count)) == [k * k for k in range(count)]


def test_as_many_threads_work_as_there_are_cores(several: int) -> None:
    meeting = threading.Barrier(several)
    cores.each(lambda _: meeting.wait(20), range(several))
    assert not meeting.broken


@pytest.mark.parametrize("wrong", range(4))
def test_what_a_part_raises_arrives_after_all_others_have_ended(wrong: int) -> None:
    ended = []

    def part(k: int) -> None:
        if k == wrong:
            raise ValueError(f"part {k}")
        time.sleep(0.01)
        ended.append(k)

    with pytest.raises(ValueError, match=f"part {wrong}"):
        cores.each(part, range(4))
    count = len(ended)
    time.sleep(0.05)
    assert len(ended) == count


def test_arithmetic_faults_are_treated_as_by_the_caller() -> None:
    large = np.full(1000, 1e308)
    with np.errstate(over="ignore"):
        assert all(np.isinf(found).all() for found in cores.each(lambda k: large * (10 + k), range(4)))
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        cores.each(lambda k: large * (10.0 if k == 3 else 1e-9), range(4))


def test_a_blas_keeps_to_one_thread_only_within() -> None:
    def threads() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = threads()
    with cores.one_thread_each():
        assert set(threads()) <= {1}
    assert threads() == before
