"""The numbers of an interactive page: rounded so that every processor gives the same."""

from __future__ import annotations

import numpy as np
import pytest

import cellgraph as cg
from cellgraph.derive.flows.flow_report import rounded
from cellgraph.derive.page_data import page_data


@pytest.mark.parametrize("value", [1e-17, -1e-17, -0.0, -0.00049])
def test_zero_has_no_sign(value: float) -> None:
    assert str(rounded(np.array([value, -0.0016, -np.inf]), 3)) == "[0.0, -0.002, None]"


def cell(equation: str) -> cg.Cell:
    return cg.loads(
        "name: made\ndims: {m: input size, n: hidden size, k: slots}\ninputs: {x: [m]}\nstates: {h: [n]}\n"
        f"params: {{W: [n, m]}}\nequations: h = {equation}\n"
    )


def test_a_run_that_overflows_is_shown_as_far_as_it_is_known() -> None:
    for found in page_data(cell("h[t-1] ** 2 + 3 + W @ x"))["flows"]:
        assert 1 < found["overflow"] < 20
        assert found["lost"] is None
        assert len(found["norm"]) == found["overflow"]
        assert None not in found["norm"][:-1]
    for found in page_data(cell("sqrt(h[t-1]) + 1 + abs(W @ x)"))["flows"]:
        assert (found["overflow"], found["lost"], len(found["norm"])) == (None, 1, 40)
    assert page_data(cell("tanh(W @ x)"))["flows"] == []


def test_sizes_are_those_that_are_given() -> None:
    found = page_data(cell("1 / k * h[t-1] + W @ x"), {"k": 5, "n": 7})
    assert {dim["name"]: dim["value"] for dim in found["dims"]} == {"m": 16, "n": 7, "k": 5}
    assert found["flows"][0]["sizes"] == {"m": 16, "n": 7, "k": 5}
