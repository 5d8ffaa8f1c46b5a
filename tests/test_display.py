"""How results show themselves: one short line as text, and documents in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from zoo import SOME, cell_of

import cellgraph as cg
from cellgraph.display import Displayed
from cellgraph.views.pictures.draw import Picture

LINES, WIDTH = 15, 100


def results(name: str) -> Iterator[Any]:
    """What each public function gives for a cell, and what these hold."""
    cell = cell_of(name)
    yield from (cell, cell.step, *cell.step.leaves, *cell.implementations)
    yield from (cg.params(cell), cg.cost(cell), cg.gradient(cell))
    jacobian, structure = cg.jacobian(cell), cg.structure(cell)
    yield from (jacobian, *jacobian.blocks, structure, *structure.states, *structure.gates, *structure.carries)


def law_of_short_reprs(shown: Any) -> None:
    for text in (repr(shown), str(shown)):
        assert len(text.splitlines()) <= LINES
        assert len(text) <= LINES * WIDTH
    assert len(str(shown)) <= (WIDTH * 2 if isinstance(shown, (Displayed, Picture)) else LINES * WIDTH)


@pytest.mark.parametrize("name", SOME)
def test_results_print_in_few_lines(name: str) -> None:
    for result in results(name):
        law_of_short_reprs(result)


def test_what_is_made_of_several_cells_prints_in_few_lines() -> None:
    first, second = cell_of("rnn"), cell_of("linear-rnn")
    near, far = cg.diff(first, second), cg.diff(first, cell_of("deltanet"))
    flows = cg.flow([first, second], [{"m": 3, "n": 5}] * 2, steps=300, seeds=2)
    for result in (
        cg.unroll(first, 50),
        flows,
        *flows,
        flows[0].runs[0],
        far,
        near,
        cg.budget(first, params=9_999, m=3),
        cg.draw(first),
    ):
        law_of_short_reprs(result)
    assert repr(flows) == "<FlowResults of rnn, linear-rnn>"
    assert repr(far) == "<Difference from rnn to deltanet: no short list of edits>"
    assert f"{first}" == "<Cell rnn, states: h, equations: 1>"
