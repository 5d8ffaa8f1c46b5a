"""The norm of the whole one-step Jacobian where it acts on every coordinate by itself: a small matrix for each.

A pair of states that is turned and scaled, as the parts of a complex number times another, has a Jacobian r R with an
orthogonal R. No block says so, and the matrix of their norms does not either.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from cellgraph.derive.facts import fact
from cellgraph.derive.jacobians.lipschitz import exact
from cellgraph.derive.jacobians.local import local
from cellgraph.derive.structures.flat import Flat
from cellgraph.derive.structures.state_paths import links_between
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.graph import Cell
from cellgraph.graph.ring import canonical, restored
from cellgraph.ops import Cos, Diag, Sin

MOST = 4
"""States of which the matrix for one coordinate is looked at."""


@dataclass(frozen=True)
class JointBound:
    """‖J‖₂ = the largest entry of |modulus| ≤ `limit`, J being the Jacobian of all states that are fed back.

    `modulus` is in heads over the names of the spec; `strict` says that the limit is never reached.
    """

    states: tuple[sp.Symbol, ...]
    modulus: sp.Expr
    limit: sp.Expr
    strict: bool


@fact
def joint_bound(cell: Cell) -> JointBound | None:
    """The norm of the Jacobian of two or more states that are turned and scaled together; None where they are not.

    >>> import cellgraph as cg
    >>> found = joint_bound(cg.load("lru"))
    >>> found.states, found.modulus, found.limit, found.strict
    ((h, k), s, 1, True)
    """
    found = structure(cell)
    states = found.fed_back
    if not 2 <= len(states) <= MOST or len({cell.step.shape(state.before) for state in states}) > 1:
        return None
    entries = [[_entry(found, after.after, before.before) for before in states] for after in states]
    if any(entry is None for row in entries for entry in row):
        return None
    matrix = sp.Matrix(entries).applyfunc(found.step.inlined)
    gram = (matrix.T * matrix).applyfunc(lambda e: _turned(found.step, sp.expand(e)))
    square = gram[0, 0]
    if gram != square * sp.eye(len(states)):
        return None
    modulus = sp.Mul(*[base ** (power / 2) for base, power in sp.factor(square).as_powers_dict().items()])
    written = restored(modulus)
    own, finite = found.ranges.of(written), found.finite.of(written)
    if not own.bounded:
        return None
    strict = finite.magnitude < own.magnitude
    return JointBound(tuple(s.after for s in states), found.step.original(modulus), exact(own.magnitude), strict)


def _entry(found: Structure, after: sp.Symbol, before: sp.Symbol) -> sp.Expr | None:
    """The derivative of a state by another, coordinate by coordinate; None where it mixes them."""
    slopes: dict[sp.Expr, sp.Expr] = {before: sp.S.One}
    for node, link in links_between(local(found.step.graph), [before], [after]):
        if not isinstance(link.factor, Diag):
            return None
        slope = canonical(link.factor.args[0]) * slopes.get(link.source, sp.S.Zero)
        slopes[node] = slopes.get(node, sp.S.Zero) + slope
    return slopes.get(after, sp.S.Zero)


def _turned(step: Flat, scalar: sp.Expr) -> sp.Expr:
    """The same with 1 − sin² φ in the place of cos² φ."""
    waves = {
        (type(rhs), rhs.args[0]): name for name, rhs in step.graph.definitions.items() if isinstance(rhs, (Sin, Cos))
    }
    for (kind, angle), cosine in waves.items():
        sine = waves.get((Sin, angle))
        if kind is Cos and sine is not None:
            scalar = sp.expand(scalar.subs(cosine**2, 1 - sine**2))
    return scalar
