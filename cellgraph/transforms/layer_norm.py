"""Layer normalisation: what goes into an activation is centred and scaled over the units of the layer."""

from __future__ import annotations

import sympy as sp

from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, postorder, rebuilt
from cellgraph.messages import message
from cellgraph.ops import Head, Mean, Sub, core, operands
from cellgraph.spec.functions import standard
from cellgraph.transforms.draft import decompose
from cellgraph.transforms.sums import WeightedSum, WeightedSums, total
from cellgraph.transforms.transform import NotApplicable, Transformed, joined


def layer_norm(cell: Cell) -> Transformed:
    """γ ⊙ (a − mean a) / √(mean (a − mean a)² + ε) + β for each sum a of weight products that goes into an activation,
    where its bias is β; and for each state that is carried on by addition, where an activation shows it.

    Raises NotApplicable where the cell has no such sum or state that is not normalised already.
    """
    sums = WeightedSums(cell)
    found = [own for own in sums.all if sums.activated(own) and not _centred(cell, own)]
    shown = _shown(cell)
    if not found and not shown:
        raise NotApplicable(
            "nothing to normalise: no activation takes a sum of weighted inputs or states that is not normalised "
            "already"
        )
    made = decompose(cell)
    for own in found:
        biases = [t for t in own.terms if isinstance(t, sp.Symbol) and not sums.varies(t)]
        inner = total([t for t in own.terms if t not in biases])
        shape = cell.step.shape(own.node)
        if not isinstance(inner, sp.Symbol):
            name = made.fresh("a", own.lhs)
            made, inner = made.having((name, inner)), sp.Symbol(name)
        made, gain = made.parameter("gamma", own.lhs, shape)
        if not biases:
            made, bias = made.parameter("beta", own.lhs, shape)
            biases = [bias]
        made = made.put(own.lhs, {own.node: total([_normalised(inner, gain, biases[0]), *biases[1:]])})
    for lhs, node, state in shown:
        shape = cell.step.shape(state)
        made, gain = made.parameter("gamma", state, shape)
        made, bias = made.parameter("beta", state, shape)
        name = made.fresh(f"{state.name}_norm")
        made = made.having((name, _normalised(state, gain, bias))).put(lhs, {node: type(node)(sp.Symbol(name))})
    why = message(
        "What goes into {users} is centred and scaled over the units of the layer at each step, with a gain and a bias "
        "that are learned: the activations see inputs of one size however large the weights grow.",
        users=joined(dict.fromkeys([*(own.lhs for own in found), *(lhs for lhs, _, _ in shown)])),
    )
    return Transformed(made, message("with layer normalisation"), why)


def _normalised(value: sp.Expr, gain: sp.Expr, bias: sp.Expr) -> sp.Expr:
    return standard()["layer_norm"].head(value, gain, bias)


def _centred(cell: Cell, own: WeightedSum) -> bool:
    """Whether a sum, or the name of it, is only there for its mean to be taken off."""
    whole = cell.step.definitions[own.lhs] == own.node
    users = [e.rhs for e in cell.step.equations if own.lhs in e.uses] if whole else [cell.step.definitions[own.lhs]]
    summed = own.lhs if whole else own.node
    taken = {Sub(summed, Mean(summed)): sp.S.Zero}
    return bool(users) and all(summed not in postorder(rebuilt(rhs, taken)) for rhs in users)


def _shown(cell: Cell) -> list[tuple[sp.Symbol, sp.Expr, sp.Symbol]]:
    """Where an activation shows a new state that is carried on by addition: the equation, the activation, the state."""
    carried = {carry.state for carry in structure(cell).carries}
    return [
        (equation.lhs, node, operands(node)[0])
        for equation in cell.step.equations
        for node in dict.fromkeys(postorder(equation.rhs))
        if isinstance(node, Head) and node.op.slope is not None and operands(node)[0] in carried
        and len(core(cell.step.shape(node))) == 1
    ]  # fmt: skip
