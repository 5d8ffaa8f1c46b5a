"""The text of a spec out of a cell: it is in order, and the same cell comes back."""

from __future__ import annotations

import pytest
from zoo import FEW, cell_of

import cellgraph as cg
from cellgraph.spec import problems_of_text
from cellgraph.views.spec import spec

FIELDS = (
    "name",
    "step",
    "carries",
    "output",
    "readout",
    "dims",
    "title",
    "labels",
    "reference",
    "year",
    "note",
    "initial",
)


@pytest.mark.parametrize("name", FEW)
def test_the_text_of_every_cell_gives_the_cell(name: str) -> None:
    cell = cell_of(name)
    assert problems_of_text(spec(cell)) == ()
    read = cg.loads(spec(cell))
    assert [getattr(read, field) for field in FIELDS] == [getattr(cell, field) for field in FIELDS]


def test_text_that_yaml_would_read_otherwise_is_quoted() -> None:
    cell = cg.loads(
        'name: odd\ntitle: {en: "a: b, {c}", zh: "- 冒号：“引号”"}\nreference: "#1 \\"quoted\\""\n'
        "dims: {m: input size, n: hidden size}\ninputs: {x: [m]}\nstates: {h: [n]}\n"
        "params: {W: [n, m], u: [n // 2 + (n + m) // 3]}\nconstants: {eps: 1e-12, big: 250000, part: -0.5}\n"
        "initial: {h: -inf}\nequations: |\n  h = tanh(W @ x + mean(u) * h[t-1]) + eps * big * part\n"
    )
    text = spec(cell)
    assert cg.loads(text) == cell
