"""What norm bounds imply about vanishing and exploding gradients, and what they do not."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from cellgraph.derive.jacobians.bounds import Bound
from cellgraph.derive.jacobians.jacobian import Jacobian
from cellgraph.derive.structures.ranges import range_of
from cellgraph.graph import rebuilt
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
        yield from _single(next(b for b in found.bounds if b.norm != "infinity"))
    else:
        yield message(
            "Put the bounds in the places of their blocks. Vanishing is certain while the largest singular value of "
            "that matrix stays below 1. Exploding needs it above 1, and a value above 1 does not imply exploding."
        )
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


def _single(bound: Bound) -> Iterator[Message]:
    """One state: a threshold on one matrix where the bound is a multiple of its norm."""
    scalar = canonical(bound.expr)
    gain, rest = scalar.as_coeff_Mul()
    matrix = rest.expr.args[0] if isinstance(rest, Opaque) and isinstance(rest.expr, Norm) else None
    if matrix is not None:
        yield message(
            "Vanishing is certain if σ_max({matrix}) < {limit}. Exploding needs σ_max({matrix}) > {limit}, which does "
            "not imply it: the bound is reached only where every slope is at its largest.",
            matrix=matrix,
            limit=1 / gain,
        )
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
