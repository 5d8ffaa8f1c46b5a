"""Prose on whether the steps of a cell can be computed side by side."""

from __future__ import annotations

from collections.abc import Iterator

from cellgraph.derive.prose.claims import Sentence, claim, say
from cellgraph.derive.prose.sentences import called, several
from cellgraph.derive.structures.structure import Structure
from cellgraph.derive.structures.witness import witness

RUNNING = {
    "L0": (
        "Steps have to be taken one after the other: what a step does to the state depends on the state, and mixes its "
        "entries."
    ),
    "L1": (
        "Steps have to be taken one after the other, because what a step does depends on the state; but every entry of "
        "the state runs by itself."
    ),
    "L2": (
        "Nothing that scales the state depends on the state, so all steps can be computed side by side by a parallel "
        "scan, and joining two steps costs no more than a step."
    ),
    "L3": (
        "What a step does to the state does not depend on the state, so a parallel scan is possible, but joining two "
        "steps multiplies full matrices."
    ),
}


def running(found: Structure) -> Iterator[Sentence]:
    """Whether the steps can be computed side by side."""
    if not found.fed_back:
        return
    ends = [state.after for state in found.fed_back]
    starts = tuple(state.before for state in found.fed_back)
    diagonal, free = found.scan in ("L1", "L2"), found.scan in ("L2", "L3")
    if witness(found.cell).spread(ends, starts) != (not diagonal, not free):
        return
    yield say(RUNNING[found.scan], claim("scan", *ends, by=starts, diagonal=diagonal, free=free))
    yield from _given_gates(found)
    if not free:
        yield say(
            "Backwards it is easier: all states are known then, and the gradient is a linear scan.",
            claim("backward", *ends, by=starts),
        )


def _given_gates(found: Structure) -> Iterator[Sentence]:
    """What would be a scan if the gates were given, where some gate is made from the states."""
    gates = tuple(gate.expr for gate in found.gates)
    past = witness(found.cell).changed(found.cell.carries)
    made = [gate.expr for gate in found.gates if gate.symbol in past]
    linear = [s for s in found.linear_given_gates if s in found.fed_back]
    if not linear or not made:
        return
    claims = [claim("linear", s.after, by=s.before, holding=gates) for s in linear]
    others = [before for before, after in found.cell.carries.items() if after not in found.stabilisers]
    if found.step.graph.descendants(others).isdisjoint(found.gate_symbols):
        stabilisers = [state.after for state in found.handed_on if state.after in found.stabilisers]
        yield say(
            "The gates see the state only through {stabiliser}; given it, {states} could be computed side by side.",
            claim("independent", *gates, on=tuple(others), holding=()),
            *claims,
            stabiliser=several([called(found.cell, s) for s in stabilisers]),
            states=several([state.after for state in linear]),
        )
        return
    claims += [claim("depends", gate, on=tuple(found.cell.carries)) for gate in made]
    yield say(
        GIVEN[len(linear) == 1, len(made) == 1],
        claims[0],
        *claims[1:],
        states=several([state.after for state in linear]),
        before=linear[0].before,
        gates=several(made),
    )


GIVEN = {
    (True, True): "With the gates held fixed {states} would be linear in {before}; but {gates} depends on the state.",
    (True, False): "With the gates held fixed {states} would be linear in {before}; but {gates} depend on the state.",
    (False, True): (
        "With the gates held fixed {states} would each be linear in their old values; but {gates} depends on the state."
    ),
    (False, False): (
        "With the gates held fixed {states} would each be linear in their old values; but {gates} depend on the state."
    ),
}
"""By whether one state would be linear, and whether one gate stands in the way."""
