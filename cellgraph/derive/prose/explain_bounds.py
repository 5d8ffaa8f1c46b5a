"""Prose on what is coupled, and within what bounds that keeps the states."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from cellgraph.derive.prose.claims import Claim, Sentence, claim, say
from cellgraph.derive.prose.explain_states import well_shaped
from cellgraph.derive.prose.sentences import readable, several
from cellgraph.derive.structures.coupling import Coupling
from cellgraph.derive.structures.gates import Gate
from cellgraph.derive.structures.invariants import Invariant
from cellgraph.derive.structures.states import State
from cellgraph.derive.structures.structure import Structure
from cellgraph.derive.structures.structure_report import invariant_sentence
from cellgraph.derive.structures.witness import witness
from cellgraph.ops import Interval


def bounding(found: Structure) -> Iterator[Sentence]:
    """What is coupled, and what that keeps in bounds."""
    for coupling in found.coupled:
        sums = claim("sum", *coupling.coefficients, to=1)
        if readable(*coupling.coefficients):
            yield say(
                "{weights} always add up to 1, so {state} cannot keep more without writing less.",
                sums,
                weights=several(coupling.coefficients),
                state=coupling.state,
            )
        else:
            yield say(
                "The weights of the old and of the new in {state} always add up to 1, so it cannot keep more without "
                "writing less.",
                sums,
                state=coupling.state,
            )
    single = [(c, gate) for c in found.coupled if (gate := _single(found, c)) is not None]
    if single:
        yield say(
            "One gate does the work that would otherwise take two.",
            *(claim("single", *c.coefficients, gate=gate.expr) for c, gate in single),
        )
    for state in found.handed_on:
        if state.form.carried != 0 and state.form.complete and state.form.inputs and not found.coupling(state.after):
            yield from _free(found, state)
    for invariant in found.invariants:
        state = found.state(invariant.state)
        if state in found.handed_on and invariant.kind != "inside" and (invariant.interval or UNIT).bounded:
            own = found.coupling(state.after)
            values = [found.step.original(value) for value in (state.form.inputs if own is None else own.candidates)]
            text = invariant_sentence(invariant, BOUNDS, values=several(values) if values else "")
            yield Sentence(text, (_invariant_claim(invariant, state, values),))


def _free(found: Structure, state: State) -> Iterator[Sentence]:
    """How keeping and writing go together where they do not add up to 1."""
    inputs = list(state.form.inputs.values())
    gates = {gate.symbol: gate.expr for gate in found.gates}
    keeping = found.by_gates(state.form.carried).free_symbols & found.gate_symbols
    writing = {s for weight in inputs for s in found.by_gates(weight).free_symbols} & found.gate_symbols
    weights = [found.step.original(weight) for weight in (state.form.carried, *inputs)]
    values = {"weights": several(weights), "state": state.after}
    if not readable(*weights) or not all(well_shaped(found, weight) for weight in weights):
        return
    if keeping & writing:
        yield say(
            "{weights} hang on the same gate but do not add up to 1, so {state} is no weighted mean of old and new.",
            claim("unequal", *weights),
            **values,
        )
    elif keeping and writing and {*weights} == {gates[s] for s in keeping | writing} and _free_ends(found, state):
        yield say(
            "{weights} are not tied to each other, so {state} may keep and write at once, or do neither.",
            claim("free", *weights),
            **values,
        )


def _free_ends(found: Structure, state: State) -> bool:
    """Whether the gates of a state are seen all open and all shut."""
    weights = (state.form.carried, *state.form.inputs.values())
    return all(witness(found.cell).corners([s for w in weights for s in w.free_symbols]))


UNIT = Interval(0, 1)
BOUNDS = {
    ("always", True, False): "After every step {state} lies between {low} and {high}, wherever it started.",
    ("start", True, False): "From the start that the spec gives, {state} lies between {low} and {high} at every step.",
    ("kept", True, False): (
        "Each step takes a weighted mean, so {state} stays between {low} and {high} once it is there."
    ),
    ("kept", False, False): (
        "Each step takes a weighted mean, so {state} never leaves the range of its start and of {values}."
    ),
    ("growth", False, True): "{state} can grow, by no more than {rate} a step.",
    ("growth", False, False): "{state} never grows.",
}
"""The invariants of `structure_report` in prose, by the same keys."""


def _invariant_claim(invariant: Invariant, state: State, values: list[sp.Expr]) -> Claim:
    interval = invariant.interval or UNIT
    match invariant.kind:
        case "always":
            return claim("range", invariant.state, low=interval.low, high=interval.high)
        case "start":
            return claim("from_start", invariant.state, low=interval.low, high=interval.high)
        case "growth":
            return claim("growth", invariant.state, rate=invariant.rate)
    if invariant.interval is None:
        return claim("between", invariant.state, values=(state.before, *values))
    return claim("stays", invariant.state, low=interval.low, high=interval.high)


def _single(found: Structure, coupling: Coupling) -> Gate | None:
    """The one gate that alone sets all coefficients, if there is one."""
    form = found.state(coupling.state).form
    weights = [found.by_gates(weight) for weight in (form.carried, *form.inputs.values())]
    used = {s for weight in weights for s in weight.free_symbols} & found.data
    return next((gate for gate in found.gates if used == {gate.symbol}), None)
