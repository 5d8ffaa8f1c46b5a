"""Prose on gates: which there are, what each does, and what only switches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy as sp

from cellgraph.derive.prose.claims import Claim, Sentence, claim, say
from cellgraph.derive.prose.explain_states import own_ways
from cellgraph.derive.prose.sentences import called, counted, readable, several
from cellgraph.derive.structures.gate_functions import GateFunction, gate_functions, shown_form
from cellgraph.derive.structures.gates import Gate
from cellgraph.derive.structures.structure import Structure
from cellgraph.derive.structures.witness import witness
from cellgraph.graph.identities import is_zero
from cellgraph.messages import message


def gating(found: Structure) -> Iterator[Sentence]:
    """What each gate does, in one sentence each, and what only switches."""
    yield from _gating(found)
    masks = [found.step.original(mask) for mask in found.step.graph.definitions if mask in found.masks]
    if masks:
        yield say(
            "{masks} is exactly 0 or exactly 1: it switches, and no gradient comes through it."
            if len(masks) == 1
            else "{masks} are exactly 0 or exactly 1: they switch, and no gradient comes through them.",
            *[claim("switch", mask) for mask in masks],
            masks=several([called(found.cell, mask, start=place == 0) for place, mask in enumerate(masks)]),
        )


def _gating(found: Structure) -> Iterator[Sentence]:
    """What each gate does."""
    if not found.gates and not found.masks:
        yield say(
            "It has no gates: no quantity made from the input or the state does nothing but scale.",
            claim("ungated", *found.cell.carries.values()),
        )
        return
    leaves = [*found.cell.carries, *(q.symbol for q in found.step.graph.having("input"))]
    if not found.gates or not {gate.symbol for gate in found.gates} <= witness(found.cell).changed(leaves):
        return
    names = several([called(found.cell, gate.expr) for gate in found.gates])
    claims = [found_claim for gate in found.gates for found_claim in _gate_claims(found, gate)]
    key = (len(found.gates) == 1, len(found.unit_gates) == len(found.gates))
    yield say(GATES[key], claims[0], *claims[1:], number=counted(len(found.gates)), gates=names)
    on = tuple(state.before for state in found.fed_back)
    if on and found.step.graph.descendants(on).isdisjoint(found.gate_symbols):
        symbols = [gate.expr for gate in found.gates]
        template = "It is made from the input alone." if key[0] else "They are made from the input alone."
        yield say(template, claim("independent", *symbols, on=on, holding=()))
    told: set[sp.Symbol] = set()
    place = {gate.symbol: k for k, gate in enumerate(found.gates)}
    for function in sorted(gate_functions(found), key=lambda f: (place[f.gate.symbol], ORDER.index(f.kind))):
        if function.gate.symbol not in told:
            told.add(function.gate.symbol)
            yield from _function(found, function)


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

ORDER = ("balance", "keep", "write", "show", "recall", "scale")
"""What is said of a gate that does several things: the first of these."""


def _gate_claims(found: Structure, gate: Gate) -> Iterator[Claim]:
    """That it lies in its interval, that it is made anew, and that it scales."""
    step = found.step
    yield claim("range", gate.expr, low=gate.interval.low, high=gate.interval.high)
    leaves = [*found.cell.carries, *(q.symbol for q in step.graph.having("input"))]
    yield claim("depends", gate.expr, on=tuple(s for s in leaves if gate.symbol in step.graph.descendants([s])))
    yield from _scaling(found, gate)


def _scaling(found: Structure, gate: Gate) -> Iterator[Claim]:
    """That a gate only scales, place by place: the target changes as the factors do, times what they scale."""
    original = found.step.original
    places = list(dict.fromkeys(use.lhs for use in gate.uses))
    for place in places:
        inside = found.step.graph.descendants([gate.symbol], found.step.operations)
        update = found.step.algebra.get(place)
        written = None if update is None else found.step.inlined(update, inside - {place})
        stands = written is not None and gate.symbol in written.free_symbols
        if written is None or not stands or not is_zero(written.diff(gate.symbol, 2)):
            continue  # it scales through a function of its own, or both sums of a ratio
        uses = tuple((original(use.factor), original(use.scaled)) for use in gate.uses if use.lhs == place)
        others = (*(original(other) for other in places if other != place), *_other_gates(found, gate))
        yield claim("scales", gate.expr, uses=uses, target=original(place), holding=others)


WEIGHING = "{gate} weighs old against new: the nearer it is to {near}, the more {state} keeps its old value."
GATE_FUNCTIONS = {
    ("balance", True, 0): (
        "{gate} weighs old against new: where it is near {near}, {state} keeps its old value; where it is near {far}, "
        "{value} takes its place."
    ),
    ("balance", False, 1): WEIGHING,
    ("balance", False, -1): WEIGHING,
    ("balance", False, 0): "{gate} takes part in what stays of {state}.",
    ("keep", True, 0): (
        "{gate} decides what stays of {state}: where it is near {near} the old value stays, where it is near {far} it "
        "is erased."
    ),
    ("keep", False, 1): "{gate} decides how much stays of {state}: the nearer to {near}, the more.",
    ("keep", False, -1): "{gate} decides how much stays of {state}: the nearer to {near}, the more.",
    ("keep", False, 0): "{gate} takes part in what stays of {state}.",
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


def _function(found: Structure, function: GateFunction) -> Iterator[Sentence]:
    function = _limited(found, function)
    claims = _function_claims(found, function)
    keys = [(function.kind, complete, sense) for complete in (function.complete, True) for sense in (function.sense, 0)]
    near = int(function.sense > 0)
    value = function.value if readable(function.value) else message("what it is multiplied with")
    if not claims:
        return
    yield say(
        next(GATE_FUNCTIONS[key] for key in keys if key in GATE_FUNCTIONS),
        claims[0],
        *claims[1:],
        gate=called(found.cell, function.gate.expr, True),
        state=called(found.cell, function.state),
        value=called(found.cell, value) if value == function.value else value,
        near=near,
        far=1 - near,
    )


def _limited(found: Structure, function: GateFunction) -> GateFunction:
    """The same, incomplete where the gate alone does not keep all of the old value: (1 − z) ⊙ (1 − y) ⊙ h.

    Where the old value is more than scaled, more or less of it is not said.
    """
    if function.kind in ("write", "show"):
        before = {own.after: own.before for own in found.states}.get(function.state, sp.Dummy())
        whole = shown_form(found, function.state, before).complete
        return function if whole else replace(function, kind="scale", complete=True, sense=0)
    if function.kind not in ("balance", "keep"):
        return function
    state = found.state(function.state)
    if own_ways(found)[state.after] is None:
        return replace(function, complete=False, sense=0)
    coupling = found.coupling(state.after)
    kept = found.by_gates(state.form.carried if coupling is None else coupling.weight)
    whole = sp.expand(kept.xreplace({function.gate.symbol: sp.Integer(int(function.sense > 0))})) == 1
    return replace(function, complete=function.complete and whole)


def _function_claims(found: Structure, function: GateFunction) -> list[Claim]:
    """What can be refuted of what a gate does: how the weight of an old or a new value goes with the gate."""
    near = int(function.sense > 0)
    gate, state = function.gate.expr, function.state
    if function.kind == "recall" and function.complete:
        return [claim("forgets", state, gate=gate, at=1 - near, holding=_other_gates(found, function.gate))]
    if function.kind in ("recall", "scale") or function.sense == 0:
        return list(_scaling(found, function.gate))
    before = {own.after: own.before for own in found.states}.get(state, sp.Dummy())
    of = before if function.kind in ("balance", "keep") else function.value
    own = found.step.graph.descendants([function.gate.symbol], found.step.operations)
    coupling = found.coupling(state)
    mixed = () if coupling is None else coupling.candidates
    others = [found.step.original(s) for s in (*mixed, *shown_form(found, state, before).parts) if s not in own]
    held = tuple(dict.fromkeys([*_other_gates(found, function.gate), *(value for value in others if value != of)]))
    whole = function.complete and function.kind in ("balance", "keep")
    ends = {"near": 1, "far": 0} if whole else {"sense": function.sense}
    return [claim("weight", of, gate=gate, **{"in": state}, at=near, **ends, holding=held)]


def _other_gates(found: Structure, gate: Gate) -> tuple[sp.Expr, ...]:
    return tuple(other.expr for other in found.gates if other.symbol != gate.symbol)
