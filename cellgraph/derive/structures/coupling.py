"""Coefficients in the update of a state that add up to 1 whatever the gates do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import sympy as sp

from cellgraph.derive.structures.flat import Flat
from cellgraph.derive.structures.gates import Gate
from cellgraph.derive.structures.ranges import Ranges
from cellgraph.derive.structures.states import State
from cellgraph.graph.identities import constant_of
from cellgraph.graph.ring import restored


@dataclass(frozen=True)
class Coupling:
    """Coefficients in the update of one state that add up to 1 whatever the gates do: the old state's comes first."""

    state: sp.Symbol
    coefficients: tuple[sp.Expr, ...]
    candidates: tuple[sp.Expr, ...]
    """What is weighed against the old state, as scalar algebra."""
    convex: bool
    """Whether each of them lies in [0, 1], so that the update is a weighted mean."""
    weight: sp.Expr
    """The old state's coefficient as scalar algebra over the names of the flat graph."""


def coupled(step: Flat, known: Ranges, state: State, gates: Collection[Gate]) -> Coupling | None:
    """The old state's coefficient and one candidate's, or all of them, where they add up to 1 identically."""
    carried, inputs = state.form.carried, state.form.inputs
    if carried == 0:
        return None
    choices = [(value,) for value in inputs] + ([tuple(inputs)] if len(inputs) > 1 else [])
    for candidates in choices:
        weights = [carried, *(inputs[value] for value in candidates)]
        if constant_of(sp.Add(*weights), step.algebra) == 1:
            whole = state.form.complete and len(candidates) == len(inputs)
            convex = whole and all(known.of(restored(weight)).within(0, 1) for weight in weights)
            shown = tuple(step.original(weight) for weight in weights)
            return Coupling(state.after, shown, candidates, convex, weights[0])
    return next(_weighed(step, state, gates), None)


def _weighed(step: Flat, state: State, gates: Collection[Gate]) -> Iterator[Coupling]:
    """Where a gate leaves the state as it was at one end of [0, 1], it weighs the old against what is at the other."""
    update = step.algebra.get(state.after, sp.S.Zero)
    for gate in gates:
        slope = sp.diff(update, gate.symbol) if gate.symbol in update.free_symbols else gate.symbol
        if gate.symbol not in slope.free_symbols:
            zero, one = (sp.expand(update.xreplace({gate.symbol: end})) for end in (sp.S.Zero, sp.S.One))
            kept, taken = (1 - gate.symbol, one) if zero == state.before else (gate.symbol, zero)
            if state.before in (zero, one) and state.before not in taken.free_symbols:
                shown = step.original(kept), step.original(1 - kept)
                yield Coupling(state.after, shown, (taken,), gate.interval.within(0, 1), kept)
