"""The deadline: work ends with one message when its time is up, also where something hides it, and nothing is left."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from math import inf

import pytest

from cellgraph.deadline import CURRENT, DOING, LimitError, finish, remaining, too_large, waited, within


def forever(doing: str = "this") -> None:
    """Work without an end."""
    DOING.set(doing)
    while True:
        pass


def stubborn(times: int) -> int:
    """Work that goes on whatever interrupts it, so many times; how often that was."""
    for _ in range(times):
        with suppress(LimitError):
            forever()
    finish()
    return times


def digging(deep: int = 0) -> int:
    """Work that nests without an end."""
    DOING.set("digging")
    return 1 + digging(deep + 1)


def hoarding() -> None:
    """Work for which there is no memory."""
    raise MemoryError


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Nothing of a deadline is left behind: no handler, no timer, no words."""
    before = signal.getsignal(signal.SIGPROF), CURRENT.get(), DOING.get()
    yield
    assert (signal.getsignal(signal.SIGPROF), CURRENT.get(), DOING.get()) == before
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def test_work_ends_with_what_was_done_what_works_and_how_to_ask_for_it_all() -> None:
    said = "walking takes more than 0.02 s; flying works; --limit-seconds 0 takes as long as it takes"
    with pytest.raises(LimitError, match=re.escape(said)), within(0.02, "flying works"):
        forever("walking")


@pytest.mark.parametrize("times", [1, 3])
def test_what_hides_that_the_time_is_up_is_interrupted_again_and_not_believed(times: int) -> None:
    with pytest.raises(LimitError, match=r"takes more than 0\.01 s"), within(0.01):
        stubborn(times)


def test_what_is_finished_is_not_interrupted() -> None:
    with within(0.05):
        finish()
        assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def test_without_a_number_there_is_no_timer() -> None:
    with within(None):
        assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
        assert CURRENT.get().seconds is None


def test_the_timer_around_it_runs_on() -> None:
    with within(1000):
        with within(500):
            assert 400 < remaining() < 600
        assert 900 < remaining() < 1100


def test_what_other_processes_do_counts_too() -> None:
    with within(1000):
        waited(300)
        assert 600 < remaining() < 800
    with pytest.raises(LimitError, match="this takes more than 1000 s"), within(1000):
        waited(1100)
    assert remaining() == inf


def test_other_threads_take_as_long_as_they_take() -> None:
    timed = []

    def work() -> None:
        with within(5):
            timed.append(CURRENT.get().timed)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert timed == [False]


def test_nests_and_memory_end_in_the_same_error() -> None:
    with pytest.raises(LimitError, match="digging nests deeper than Python can follow; --limit-seconds"), within(60):
        digging()
    with pytest.raises(LimitError, match="this needs more memory than there is"), within(60):
        hoarding()


def test_what_is_certain_to_be_too_large_is_refused_in_the_same_words() -> None:
    with within(60):
        assert str(too_large("has 7 legs")) == "this has 7 legs; --limit-seconds 0 takes as long as it takes"
