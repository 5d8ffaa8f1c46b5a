"""What norm bounds imply about vanishing and exploding gradients, and what they do not."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from cellgraph.derive.jacobians.bounds import Bound
from cellgraph.derive.jacobians.jacobian import Jacobian
from cellgraph.derive.jacobians.joint import joint_bound
from cellgraph.derive.structures.ranges import range_of
from cellgraph.graph import rebuilt, symbols_of
from cellgraph.graph.ring import Opaque, canonical
from cellgraph.messages import Message, listed, message
from cellgraph.ops import MaxAbs, Norm

SPECTRUM = (
    "Singular values, never eigenvalues: a product of different matrices does not follow their spectral radius. "
    "U = 2[[1, 1], [−1, −1]] has spectral radius 0, yet with D = diag(1, 0.01) the norm of (D U)^30 is 1.13e9."
)
UNCHANGED = {
    True: "The carry of {state} neither shrinks nor grows, and nothing is added to it.",
    False: "The carry of {state} neither shrinks nor grows by itself; other terms are added to it, and may cancel it.",
}
"""By whether the carry is the only term of the Jacobian."""


def verdicts(found: Jacobian) -> Iterator[Message]:
    """Conditions for certain vanishing and necessary ones for exploding, each with what is not implied."""
    unbounded = [bound for bound in found.bounds if bound.expr is None]
    if unbounded:
        yield message(
            "No norm bound can be given, because {quantities} has no upper limit here. So nothing is certain: neither "
            "vanishing nor staying finite.",
            quantities=listed(dict.fromkeys(b.unbounded for b in unbounded)),
        )
    elif not found.bounds:
        yield message("The derivative of every state by every state before is zero: no gradient flows through time.")
    elif len(found.states) == 1:
        yield from _single(found, next(b for b in found.bounds if b.norm != "infinity"))
    elif (joint := joint_bound(found.cell)) is not None:
        yield message(JOINT[bool(joint.modulus.is_number)], states=listed(joint.states), modulus=joint.modulus)
        if joint.limit <= 1:
            yield message(CONTRACTING[bool(joint.limit < 1), joint.strict], bound=joint.limit)
    else:
        yield message(
            "Put the bounds in the places of their blocks. Vanishing is certain while the largest singular value of "
            "that matrix stays below 1. Exploding needs it above 1, and a value above 1 does not imply exploding."
        )
    yield from _forgetting(found)
    yield from _carries(found)
    if any(bound.norm == "infinity" for bound in found.bounds):
        yield message(
            "The maximum holds in the ∞-norm only: coefficients that add up to 1 average the rows of the Jacobian, not "
            "its columns. In the 2-norm the root of the sum of squares is certain, and no less."
        )
    if any(bound.expr is not None and bound.expr.has(Norm) for bound in found.bounds):
        yield message(SPECTRUM)
    large = dict.fromkeys(e for b in found.bounds if b.expr is not None for e in sorted(b.expr.atoms(MaxAbs), key=str))
    states = [e for e in large if any(s in found.cell.carries for s in e.free_symbols)]
    if states:
        yield message("The bounds depend on {entries}, which the ranges do not limit.", entries=listed(states))


def _single(found: Jacobian, bound: Bound) -> Iterator[Message]:
    """One state: a threshold on one matrix where the bound is a multiple of its norm."""
    scalar = canonical(bound.expr)
    gain, rest = scalar.as_coeff_Mul()
    norm = rest.expr if isinstance(rest, Opaque) and isinstance(rest.expr, Norm) else None
    matrix = None if norm is None else norm.args[0]
    if matrix is not None and found.structure.data.isdisjoint(symbols_of(matrix)):
        yield message(
            "Vanishing is certain if σ_max({matrix}) < {limit}. Exploding needs σ_max({matrix}) > {limit}, which does "
            "not imply it: the bound is reached only where every slope is at its largest.",
            matrix=matrix,
            limit=1 / gain,
        )
    elif scalar.is_number and scalar <= 1:
        yield message(CONTRACTING[scalar < 1, bound.strict], bound=bound.expr)
    elif _floor(bound.expr) >= 1:
        yield message(
            "This bound is never below 1, so there are no weights for which it makes vanishing certain. A bound above "
            "1, which exploding needs, does not imply exploding."
        )
    else:
        yield message(
            "Vanishing is certain while this bound is below 1. Exploding needs it above 1, and a bound above 1 does "
            "not imply exploding."
        )


CONTRACTING = {
    **dict.fromkeys(
        [(True, True), (True, False)],
        "Vanishing is certain, and exploding is impossible: at each step the gradient shrinks to at most {bound} of "
        "what it was.",
    ),
    (False, True): (
        "Exploding is impossible: the norm is below 1 at every step. How fast a gradient vanishes, if it does, this "
        "bound does not tell."
    ),
    (False, False): (
        "Exploding is impossible: the norm is never above 1. Whether a gradient vanishes this does not tell."
    ),
}
"""By whether the bound is a number below 1, and whether it is never reached."""


JOINT = {
    True: "The 2-norm of the whole Jacobian of {states} is {modulus}.",
    False: (
        "Each coordinate of {states} is turned and scaled as one: the 2-norm of their whole Jacobian is the largest "
        "size of an entry of {modulus}."
    ),
}
"""By whether the norm is a number."""


def _forgetting(found: Jacobian) -> Iterator[Message]:
    """The states through which nothing comes back after some steps."""
    for steps in dict.fromkeys(found.structure.forgets_after.values()):
        states = [state for state, own in found.structure.forgets_after.items() if own == steps]
        yield message(
            "Nothing of older states is left in {states} after {steps} steps: there a product of so many Jacobians is "
            "zero."
            if steps != 1
            else "Nothing of older states is left in {states} after one step: there the Jacobian is zero.",
            states=listed(states),
            steps=steps,
        )


def _floor(expr: sp.Expr) -> float:
    """The least that a bound can be: its value where every norm is zero."""
    norms = dict.fromkeys(sorted(expr.atoms(Norm, MaxAbs), key=str), sp.S.Zero)
    return float(range_of(rebuilt(expr, norms), {}).low)


def _carries(found: Jacobian) -> Iterator[Message]:
    """How fast what is carried shrinks."""
    intervals = found.structure.intervals
    for state, coefficient in found.carry:
        if coefficient == 1:
            alone = sum(map(sum, found.path_matrix)) == 1
            yield message(UNCHANGED[alone], state=state)
        elif range_of(coefficient, intervals).within(0, 1):
            yield message(
                "The carry of {state} is multiplied by {coefficient} at each step, which lies between 0 and 1: the "
                "nearer it is to 1, the slower the carry shrinks.",
                state=state,
                coefficient=coefficient,
            )
