"""Prose on gates: what each does, which of them are coupled, and within what bounds that keeps the states."""

from __future__ import annotations

from collections.abc import Iterator

from cellgraph.derive.prose.sentences import called, counted, several
from cellgraph.derive.structures.gate_functions import GateFunction, gate_functions
from cellgraph.derive.structures.structure import Coupling, State, Structure
from cellgraph.derive.structures.structure_report import invariant_sentence
from cellgraph.messages import Message, message


def gating(found: Structure) -> Iterator[Message]:
    """What each gate does."""
    if not found.gates:
        yield message("It has no gates: no quantity made from the input or the state does nothing but scale.")
        return
    names = several([called(found.cell, gate.expr) for gate in found.gates])
    yield message(
        GATES[len(found.gates) == 1, len(found.unit_gates) == len(found.gates)],
        number=counted(len(found.gates)),
        gates=names,
    )
    for function in gate_functions(found):
        yield _function(found, function)


GATES = {
    (True, True): (
        "It has one gate, {gates}: numbers between 0 and 1, made anew at every step, that only scale, entry by entry."
    ),
    (False, True): (
        "It has {number} gates, {gates}: numbers between 0 and 1, made anew at every step, that only scale, entry by "
        "entry."
    ),
    (True, False): "It has one gate, {gates}: made anew at every step, it only scales, entry by entry.",
    (False, False): "It has {number} gates, {gates}: made anew at every step, they only scale, entry by entry.",
}
"""By whether there is one, and whether all lie in [0, 1]."""

GATE_FUNCTIONS = {
    ("balance", True, 0): (
        "{gate} weighs old against new: where it is near {near}, {state} keeps its old value; where it is near {far}, "
        "{value} takes its place."
    ),
    ("balance", False, 0): (
        "{gate} weighs old against new: the nearer it is to {near}, the more {state} keeps its old value."
    ),
    ("keep", True, 0): (
        "{gate} decides what stays of {state}: where it is near {near} the old value stays, where it is near {far} it "
        "is erased."
    ),
    ("keep", False, 0): "{gate} decides how much stays of {state}: the nearer to {near}, the more.",
    ("write", True, 0): "{gate} decides how much of {value} is written into {state}.",
    ("write", True, -1): (
        "{gate} decides how much of {value} is written into {state}: the nearer it is to 0, the more."
    ),
    ("show", True, 0): "{gate} decides how much of {value} is shown as {state}.",
    ("recall", True, 0): (
        "{gate} decides how much of the past {state} gets to see, by scaling {value}: where it is near {far}, {state} "
        "is made as if nothing had come before."
    ),
    ("recall", False, 0): "{gate} decides how much of {value} takes part in {state}.",
    ("recall", False, -1): (
        "{gate} decides how much of {value} takes part in {state}: the nearer it is to 1, the less."
    ),
    ("scale", True, 0): "{gate} scales {value} on the way to {state}.",
}
"""By kind, completeness and sense; 0 is either sense, and what has no line for the incomplete is said in one way."""


def _function(found: Structure, function: GateFunction) -> Message:
    keys = [(function.kind, complete, sense) for complete in (function.complete, True) for sense in (function.sense, 0)]
    near = int(function.sense > 0)
    return message(
        next(GATE_FUNCTIONS[key] for key in keys if key in GATE_FUNCTIONS),
        gate=called(found.cell, function.gate.expr, True),
        state=called(found.cell, function.state),
        value=called(found.cell, function.value),
        near=near,
        far=1 - near,
    )


def bounding(found: Structure) -> Iterator[Message]:
    """What is coupled, and what that keeps in bounds."""
    for coupling in found.coupled:
        yield message(
            "{weights} always add up to 1, so {state} cannot keep more without writing less.",
            weights=several(coupling.coefficients),
            state=coupling.state,
        )
    if any(_single(found, coupling) for coupling in found.coupled):
        yield message("One gate does the work that would otherwise take two.")
    tied = {coupling.state for coupling in found.coupled}
    for state in found.handed_on:
        if state.form.carried != 0 and state.form.inputs and state.after not in tied:
            yield from _free(found, state)
    for invariant in found.invariants:
        if invariant.state in {state.after for state in found.handed_on}:
            values = [found.step.original(value) for value in found.state(invariant.state).form.inputs]
            yield invariant_sentence(invariant, BOUNDS, values=several(values) if values else "")


def _free(found: Structure, state: State) -> Iterator[Message]:
    """How keeping and writing go together where they do not add up to 1."""
    inputs = list(state.form.inputs.values())
    keeping = found.by_gates(state.form.carried).free_symbols & found.gate_symbols
    writing = {s for weight in inputs for s in found.by_gates(weight).free_symbols} & found.gate_symbols
    weights = several([found.step.original(weight) for weight in (state.form.carried, *inputs)])
    if state.form.carried == 1:
        yield message("{state} is only ever added to; nothing in it is erased.", state=state.after)
    elif keeping & writing:
        yield message(
            "{weights} hang on the same gate but do not add up to 1, so {state} is no weighted mean of old and new.",
            weights=weights,
            state=state.after,
        )
    elif keeping and writing:
        yield message(
            "{weights} are not tied to each other, so {state} may keep and write at once, or do neither.",
            weights=weights,
            state=state.after,
        )


BOUNDS = {
    ("always", True, False): "After every step {state} lies between {low} and {high}, wherever it started.",
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


def _single(found: Structure, coupling: Coupling) -> bool:
    """Whether one gate alone sets all coefficients."""
    form = found.state(coupling.state).form
    weights = [found.by_gates(weight) for weight in (form.carried, *form.inputs.values())]
    used = {s for weight in weights for s in weight.free_symbols} & found.data
    return len(used) == 1 and used <= found.gate_symbols
