"""Coupled gates: what a gate keeps of a state decides what another writes into it, so that one of the two goes."""

from __future__ import annotations

import sympy as sp

from cellgraph.derive.structures.states import State
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.graph import Cell, symbols_of
from cellgraph.graph.notation import source
from cellgraph.messages import message
from cellgraph.ops import Sub
from cellgraph.transforms.draft import decompose
from cellgraph.transforms.transform import NotApplicable, Transformed, joined


def coupled(cell: Cell) -> Transformed:
    """i := 1 − f, where s = f ⊙ s⁻ + i ⊙ g with gates f and i of their own. What only i needed goes with it.

    Where the gate says what is forgotten, s = (1 − f) ⊙ s⁻ + i ⊙ g, it is i := f.

    Raises NotApplicable where no state is kept by one gate and written by another.
    """
    found = structure(cell)
    pairs = [pair for state in found.states if (pair := _pair(cell, found, state))]
    if not pairs:
        if found.coupled:
            raise NotApplicable("no pair of gates that can be coupled: the weights of old and new add up to 1 already")
        raise NotApplicable("no pair of gates that can be coupled: no state is kept by one gate and written by another")
    made = decompose(cell)
    for weight, writes in pairs:
        made = made.put(writes, {cell.step.definitions[writes]: weight})
    why = message(
        "{equations}: what one gate keeps of a state is what the other does not write into it, so that one gate does "
        "the work of two, and the parameters of the other go.",
        equations=joined(f"{writes} = {source(weight)}" for weight, writes in pairs),
    )
    return Transformed(made, message("with coupled gates"), why)


def _pair(cell: Cell, found: Structure, state: State) -> tuple[sp.Expr, sp.Symbol] | None:
    """What is not kept of a state, and the gate that writes into it, both made of gates of the spec, apart.

    A gate that the spec writes out in place has no name there and can be neither.
    """
    gates = {gate.symbol for gate in found.gates if gate.symbol in cell.step.definitions}
    weights = {gate: Sub(1, gate) for gate in gates} | {1 - gate: gate for gate in gates}
    weight = weights.get(state.form.carried)
    if weight is None or found.coupling(state.after):
        return None
    (keeps,) = symbols_of(weight)
    for writes in state.form.inputs.values():
        if writes in gates and writes != keeps and keeps not in cell.step.descendants([writes]):
            shapes = {cell.step.quantities[symbol].shape for symbol in (keeps, writes)}
            if len(shapes) == 1:
                return weight, writes
    return None
