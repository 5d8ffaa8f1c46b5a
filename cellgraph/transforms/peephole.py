"""Peepholes: gates also see the states that are carried on by addition, each unit through one weight."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from cellgraph.derive.structures.gate_functions import gate_functions
from cellgraph.derive.structures.gates import Gate
from cellgraph.derive.structures.states import State
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.graph import Cell, symbols_of
from cellgraph.messages import message
from cellgraph.ops import Head, Mul, core, operands
from cellgraph.transforms.draft import Draft, decompose
from cellgraph.transforms.sums import WeightedSum, WeightedSums, total
from cellgraph.transforms.transform import NotApplicable, Transformed, joined

SHOWING = ("show", "scale")
"""What a gate does that lets a new state be seen: by itself, or before a matrix."""


def peephole(cell: Cell) -> Transformed:
    """p ⊙ c in the pre-activation of each gate that does not see the carried state c: as it was before the step, or as
    it is after the step where the new c does not wait for the gate.

    Raises NotApplicable where no state is carried on by addition, or every gate sees each of those already.
    """
    found, step = structure(cell), cell.step
    carries = {carry.state for carry in found.carries}
    states = [s for s in found.handed_on if s.after in carries and len(core(step.shape(s.after))) == 1]
    if not found.gates or not states:
        raise NotApplicable(
            "no peepholes can be added: the cell has no gate, or no state that is carried on by addition"
        )
    made, seeing = decompose(cell), list[tuple[Gate, State]]()
    known = WeightedSums(cell)
    sums = {gate.symbol: preactivation(known, gate.expr) for gate in found.gates}
    for gate, state in _blind(found, states):
        own = sums[gate.symbol]
        # A gate may have several functions for one state.
        if own is None or (gate, state) in seeing:
            continue
        if step.shape(state.after) == step.shape(own.node):
            made, sums[gate.symbol] = _with(made, cell, own, state)
            seeing.append((gate, state))
    if not seeing:
        raise NotApplicable(
            "no peepholes can be added: each gate of a state that is carried on by addition sees that state already, "
            "or is no function of one sum"
        )
    why = message(
        "Peepholes lead from {states} to {gates}, one weight a unit: a gate that shuts the view of a state off for the "
        "rest of the cell does not shut it off for the gates, which helps with exact timing.",
        gates=joined(dict.fromkeys(_named(cell, gate, sums[gate.symbol]) for gate, _ in seeing)),
        states=joined(dict.fromkeys(state.after for _, state in seeing)),
    )
    return Transformed(made, message("with peephole connections"), why)


def _blind(found: Structure, states: list[State]) -> Iterator[tuple[Gate, State]]:
    """The gates that keep, write or show a state, and do not depend on what it was before the step."""
    step = found.cell.step
    every = set(found.cell.carries.values())
    gates = {gate.symbol: gate for gate in found.gates}
    for state in states:
        seeing = step.descendants([state.before])
        showing = step.descendants([state.after], every)
        for duty in gate_functions(found):
            own = duty.state == state.after or (duty.kind in SHOWING and set(symbols_of(duty.value)) & showing)
            if own and not set(symbols_of(duty.gate.expr)) & seeing and duty.gate.symbol not in seeing:
                # What it does to one state may be by some of its uses.
                yield gates[duty.gate.symbol], state


def preactivation(sums: WeightedSums, gate: sp.Expr) -> WeightedSum | None:
    """The sum that a gate is a function of alone, one entry for one entry; None where there is none."""
    by_node = {made.node: made for made in sums.all}
    step, node = sums.cell.step, gate
    while node not in by_node:
        if isinstance(node, sp.Symbol) and node in step.definitions and node not in sums.cell.carries.values():
            node = step.definitions[node]
            continue
        varying = [a for a in operands(node) if sums.varies(a)] if isinstance(node, Head) else []
        if len(varying) != 1 or not node.op.elementwise:
            return None
        node = varying[0]
    return by_node[node]


def _named(cell: Cell, gate: Gate, own: WeightedSum | None) -> sp.Symbol:
    """The gate's name; that of the quantity whose equation it stands in, where it has none."""
    return gate.symbol if own is None or gate.symbol in cell.step.definitions else own.lhs


def _with(made: Draft, cell: Cell, own: WeightedSum, state: State) -> tuple[Draft, WeightedSum]:
    """The draft with one more peephole, and the sum as it then is."""
    made, weight = made.parameter("p", own.lhs, cell.step.shape(state.after))
    waits = state.after in cell.step.descendants([own.lhs])
    term = Mul(weight, state.before if waits else state.after)
    # A bias stays the last term.
    bias = [t for t in own.terms[-1:] if len(own.terms) > 1 and isinstance(t, sp.Symbol)]
    node = total([*own.terms[: len(own.terms) - len(bias)], term, *bias])
    return made.put(own.lhs, {own.node: node}), WeightedSum(own.lhs, node, tuple(node.args))
