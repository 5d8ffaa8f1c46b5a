"""Invariants: what holds of a state at every step, once it holds or from the first step on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import inf

import sympy as sp

from cellgraph.derive.structures.coupling import Coupling
from cellgraph.derive.structures.polynomial import Polynomial, atom
from cellgraph.derive.structures.ranges import Ranges, ranges
from cellgraph.derive.structures.states import State
from cellgraph.graph import Cell, Graph
from cellgraph.graph.ring import restored
from cellgraph.ops import Interval
from cellgraph.ops.interval import Bound, hull

BOXES = (Interval(0, 1), Interval(-1, 1), Interval(0, inf), Interval(-inf, 0))
"""Where states may stay, the strongest first."""


@dataclass(frozen=True)
class Invariant:
    """A bound on a state. An interval without one end is a sign: it never becomes negative, or positive.

    kind: 'kept' (a weighted mean: once inside it stays inside; without an interval: in that of its candidates),
    'inside' (once all states are in their intervals they stay there), 'always' (after one step, from anywhere),
    'start' (at every step from the start that the spec gives) or 'growth' (|s_T| ≤ |s_0| + rate · T).
    """

    state: sp.Symbol
    kind: str
    interval: Interval | None = None
    rate: Bound | None = None


def invariants(
    cell: Cell, step: Graph, known: Ranges, states: Sequence[State], coupled: Collection[Coupling]
) -> tuple[Invariant, ...]:
    """The strongest bounds on each state that intervals give, in the order of the states; `step` is the flat graph."""
    found = [i for state in states if (i := _of_form(known, state, coupled)) is not None]
    boxes = {i.state: i.interval for i in found if i.interval is not None}
    found += _inside(step, states, boxes)
    boxes |= {i.state: i.interval for i in found if i.interval is not None}
    found += _from_start(cell, step, states, boxes)
    order = [state.after for state in states]
    return tuple(sorted(found, key=lambda i: order.index(i.state)))


def _of_form(known: Ranges, state: State, coupled: Collection[Coupling]) -> Invariant | None:
    """What follows from the update of one state alone."""
    intervals = known.intervals
    own = intervals[state.after]
    if own.bounded:
        return Invariant(state.after, "always", own)
    if not state.form.complete or state.form.carried == 0:
        return None
    inputs = state.form.inputs
    if inputs and any(c.state == state.after and c.convex for c in coupled):
        mean = hull(*(intervals[value] for value in inputs))
        return Invariant(state.after, "kept", mean if mean.bounded else None)
    if known.of(restored(state.form.carried)).within(-1, 1):
        added = sp.Add(*[b * value for value, b in inputs.items()])
        rate = known.of(restored(added)).magnitude if inputs else 0
        return Invariant(state.after, "growth", rate=rate) if rate != inf else None
    return None


def _inside(step: Graph, states: Sequence[State], boxes: dict[sp.Symbol, Interval]) -> Iterator[Invariant]:
    """Boxes that the states without one do not leave, all together: those that would are given a larger one."""
    certain = {state.before: boxes[state.after] for state in states if state.after in boxes}
    left = [state for state in states if state.after not in boxes and state.read]
    for box in BOXES:
        trial = left
        while trial:
            intervals = ranges(step, {**certain, **{state.before: box for state in trial}}).intervals
            staying = [state for state in trial if intervals[state.after].within(*box)]
            if staying == trial:
                break
            trial = staying
        certain |= {state.before: box for state in trial}
        left = [state for state in left if state not in trial]
        yield from (Invariant(state.after, "inside", box) for state in trial)


def _from_start(
    cell: Cell, step: Graph, states: Sequence[State], boxes: dict[sp.Symbol, Interval]
) -> Iterator[Invariant]:
    """What follows for other states from |c| ≤ z, for two states that begin at 0: a ratio c / z is a weighted mean."""
    plain = [state for state in states if state.read and state.before not in cell.initial]
    certain = {state.before: box for state in plain if (box := boxes.get(state.after)) and box.low <= 0 <= box.high}
    pairs = [
        (small, large)
        for small, large in permutations(plain, 2)
        if small.after not in boxes and boxes.get(large.after, Interval(-1, 1)).low >= 0 and small.size == large.size
    ]
    for small, large in pairs:
        one = atom(small.before.name)
        made = ranges(step, certain, at_least={large.before: (one, -one)})
        after: list[Polynomial] = [made.expansion.polynomial(state.after) for state in (large, small)]
        if all(made.extremes(after[0] + sign).low >= 0 for sign in (after[1], -after[1])):
            bounded = [s for s in states if s.after not in boxes and made.intervals[s.after].bounded]
            yield from (Invariant(state.after, "start", made.intervals[state.after]) for state in bounded)
            return
