"""What is proved of values, against a search that climbs towards counterexamples: every cell, and random ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf

import numpy as np
import pytest
import sympy as sp
from cells import sizes_of
from families import family_and_sizes, some_families
from laws import over
from random_cells import random_cell, random_sizes
from refute import Arrays, Margins, refuted
from zoo import TRIED, cell_of, seeds

from cellgraph.derive.structures.structure import structure
from cellgraph.errors import Source
from cellgraph.graph import Cell
from cellgraph.ops import Interval
from cellgraph.parse import CodeLine, statement

RANDOM = seeds(120)
CELLS = [*TRIED, *RANDOM, *(f"family {which}" for which in some_families(80))]


def cell_and_sizes(which: str | int) -> tuple[Cell, dict[str, int]]:
    """A cell that ships by its name, or a random one by its seed, with small sizes."""
    if isinstance(which, int):
        return random_cell(which), random_sizes(random_cell(which))
    if which.startswith("family "):
        own = which.removeprefix("family ")
        return family_and_sizes(int(own) if own.isdigit() else own)
    return cell_of(which), sizes_of(cell_of(which))


def reading(expr: str) -> sp.Expr:
    """An expression in the language of specs."""
    return statement((CodeLine(f"y = {expr}", Source("<test>", 1, 1, f"y = {expr}")),), {}).rhs


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


@over(CELLS)
def test_no_value_leaves_its_interval(which: str | int) -> None:
    cell, sizes = cell_and_sizes(which)
    found = structure(cell)
    assert refuted(cell, found.step.graph, sizes, inside(found.intervals)) == {}


@over(CELLS)
def test_no_state_breaks_its_invariants(which: str | int) -> None:
    cell, sizes = cell_and_sizes(which)
    found = structure(cell)
    boxes = {i.state: i.interval for i in found.invariants if i.interval is not None and i.kind != "start"}
    rates = {i.state: i.rate for i in found.invariants if i.kind == "growth"}
    before = {state.after: state.before for state in found.states}

    def start_inside(leaves: Arrays) -> None:
        for state, box in boxes.items():
            leaves[before[state].name] = np.clip(leaves[before[state].name], *map(float, box))

    def margins(arrays: Arrays) -> Iterator[tuple[str, np.ndarray]]:
        yield from inside(boxes)(arrays)
        for state, rate in rates.items():
            grown = np.abs(arrays[state.name]) - np.abs(arrays[before[state].name])
            yield f"|{state}| grows by {rate}", (float(rate) - grown.reshape(len(grown), -1)).min(axis=1) / 1000

    if boxes or rates:
        assert refuted(cell, found.step.graph, sizes, margins, start_inside) == {}


@over(CELLS)
def test_no_state_leaves_its_bounds_from_the_start_of_the_spec(which: str | int) -> None:
    cell, sizes = cell_and_sizes(which)
    found = structure(cell)
    boxes = {i.state: i.interval for i in found.invariants if i.interval is not None and i.kind == "start"}
    if boxes:
        assert refuted(cell, found.step.graph, sizes, inside(boxes), from_start=True) == {}


@over(TRIED)
def test_what_is_said_to_come_near_the_ends_of_its_interval_does(name: str) -> None:
    cell, sizes = cell_and_sizes(name)
    found = structure(cell)
    near = {s: own for s, own in found.intervals.items() if own.bounded and found.approaches(s)}
    claims = inside({s: Interval(own.low + width(own), own.high - width(own)) for s, own in near.items() if width(own)})
    false = refuted(cell, found.step.graph, sizes, claims)
    assert len(false) == 2 * sum(width(own) > 0 for own in near.values())


def width(interval: Interval) -> float:
    """A tenth of an interval."""
    return float(interval.high - interval.low) / 10


@pytest.mark.parametrize(
    ("name", "expr", "reached", "near"),
    [
        ("lstm", "f", (False, False), True),
        ("slstm", "i", (False, True), False),
        ("lru", "s", (False, False), True),
        ("minlstm", "f / (f + i)", (False, False), False),
        ("fastgrnn-tanh-gate", "z", (False, False), True),
        ("rhn", "(1 - z_1) * (1 - z_2) * (1 - z_3)", (False, False), True),
        ("lstm-ordered-neurons", "F", (True, True), False),
        ("lstm-clip", "c", (True, True), False),
        ("linear-rnn", "h", (False, False), True),
        ("gru", "h", (False, False), False),
    ],
)
def test_ends_that_are_reached_and_ends_that_are_come_near(
    name: str, expr: str, reached: tuple[bool, bool], near: bool
) -> None:
    """σ comes near to 0 and 1 and reaches neither; an exponential of something that is 0 at times reaches 1."""
    found = structure(cell_of(name))
    read = reading(expr)
    assert (found.reaches(read), found.approaches(read)) == (reached, near)


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
