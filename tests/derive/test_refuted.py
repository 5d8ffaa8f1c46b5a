"""What is proved of values, against a search that climbs towards counterexamples: every cell, and random ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf

import numpy as np
import pytest
import sympy as sp
from cells import NUMBERS
from random_cells import random_cell, random_sizes
from refute import Arrays, Margins, refuted
from zoo import EVERY, cell_of

from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell
from cellgraph.ops import Interval

RANDOM = range(120)
CELLS = [*EVERY, *RANDOM]


def cell_and_sizes(which: str | int) -> tuple[Cell, dict[str, int]]:
    """A cell that ships by its name, or a random one by its seed, with small sizes."""
    if isinstance(which, int):
        return random_cell(which), random_sizes(random_cell(which))
    return cell_of(which), {dim: NUMBERS.get(dim, 5) for dim in cell_of(which).dims}


def inside(intervals: Mapping[sp.Symbol, Interval]) -> Margins:
    """That every entry of these quantities lies in its interval: both ends that are known are claims."""
    ends = {s.name: tuple(map(float, own)) for s, own in intervals.items()}

    def margins(arrays: Arrays) -> Iterator[tuple[str, np.ndarray]]:
        for name, (low, high) in ends.items():
            entries = arrays[name].reshape(len(arrays[name]), -1)
            if low > -inf:
                yield f"{name} >= {low}", (entries - low).min(axis=1) / max(1, abs(low))
            if high < inf:
                yield f"{name} <= {high}", (high - entries).min(axis=1) / max(1, abs(high))

    return margins


@pytest.mark.parametrize("which", CELLS)
def test_no_value_leaves_its_interval(which: str | int) -> None:
    cell, sizes = cell_and_sizes(which)
    found = structure(cell)
    assert refuted(cell, found.step.graph, sizes, inside(found.intervals)) == {}


@pytest.mark.parametrize(
    ("name", "quantity", "interval"),
    [
        ("lstm", "f", (0.02, 1)),
        ("slstm", "i", (0, 0.98)),
        ("gru", "h", (-100, 100)),
        ("deltanet", "k", (-0.9, 1)),
        ("lstm-ordered-neurons", "F", (0, 0.9)),
        ("rhn", "s", (-40, 40)),
    ],
)
def test_what_is_false_is_refuted(name: str, quantity: str, interval: tuple[float, float]) -> None:
    cell, sizes = cell_and_sizes(name)
    claim = inside({sp.Symbol(quantity): Interval(*interval)})
    assert refuted(cell, structure(cell).step.graph, sizes, claim)
