"""Layer normalisation: what goes into an activation is centred and scaled over the units of the layer."""

from __future__ import annotations

import sympy as sp

from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, postorder
from cellgraph.messages import message
from cellgraph.ops import Add, Div, Head, Mean, Mul, Pow, Shape, Sub, operands
from cellgraph.transforms.draft import Draft, decompose
from cellgraph.transforms.sums import WeightedSum, WeightedSums, total
from cellgraph.transforms.transform import NotApplicable, Transformed, joined

EPSILON = sp.Rational(1, 100_000)


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
    eps = sp.Symbol(made.fresh("eps"))
    made = made.having(constants={eps.name: EPSILON})
    for own in found:
        biases = [t for t in own.terms if isinstance(t, sp.Symbol) and not sums.varies(t)]
        inner = [t for t in own.terms if t not in biases]
        shape = cell.step.shape(own.node)
        made, scaled = _normalised(made, own.lhs, total(inner), shape, eps)
        if not biases:
            made, bias = made.parameter("beta", own.lhs, shape)
            biases = [bias]
        made = made.put(own.lhs, {own.node: Add(scaled, *biases)})
    for lhs, node, state in shown:
        shape = cell.step.shape(state)
        made, scaled = _normalised(made, state, state, shape, eps)
        made, bias = made.parameter("beta", state, shape)
        name = made.fresh(f"{state.name}_norm")
        made = made.having((name, Add(scaled, bias))).put(lhs, {node: type(node)(sp.Symbol(name))})
    why = message(
        "What goes into {users} is centred and scaled over the units of the layer at each step, with a gain and a bias "
        "that are learned: the activations see inputs of one size however large the weights grow.",
        users=joined(dict.fromkeys([*(own.lhs for own in found), *(lhs for lhs, _, _ in shown)])),
    )
    return Transformed(made, message("with layer normalisation"), why)


def _centred(cell: Cell, own: WeightedSum) -> bool:
    """Whether a sum is only there for its mean to be taken off."""
    users = [e for e in cell.step.equations if own.lhs in e.uses]
    whole = cell.step.definitions[own.lhs] == own.node
    return whole and bool(users) and all(e.rhs == Sub(own.lhs, Mean(own.lhs)) for e in users)


def _normalised(made: Draft, of: sp.Symbol, sum_: sp.Expr, shape: Shape, eps: sp.Symbol) -> tuple[Draft, sp.Expr]:
    """The draft with what normalises a quantity, and the quantity times its gain, without a bias."""
    if not isinstance(sum_, sp.Symbol):
        name = made.fresh("a", of)
        made, sum_ = made.having((name, sum_)), sp.Symbol(name)
    centred = sp.Symbol(made.fresh("d", of))
    made, gain = made.having((centred.name, Sub(sum_, Mean(sum_)))).parameter("gamma", of, shape)
    spread = Pow(Add(Mean(Mul(centred, centred)), eps), sp.Rational(1, 2))
    return made, Div(Mul(gain, centred), spread)


def _shown(cell: Cell) -> list[tuple[sp.Symbol, sp.Expr, sp.Symbol]]:
    """Where an activation shows a new state that is carried on by addition: the equation, the activation, the state."""
    carried = {carry.state for carry in structure(cell).carries}
    return [
        (equation.lhs, node, operands(node)[0])
        for equation in cell.step.equations
        for node in dict.fromkeys(postorder(equation.rhs))
        if isinstance(node, Head) and node.op.slope is not None and operands(node)[0] in carried
        and len(cell.step.shape(node)) == 1
    ]  # fmt: skip
