"""Paths from a state before the step to a state after it: counted, listed, multiplied out and merged.

A path is the product of the local factors on its way. Counting is dynamic programming; listing stops at a cap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import sympy as sp

from cellgraph.derive.jacobians.local import Link, Local
from cellgraph.graph import Quantity, shape_of
from cellgraph.graph.ring import atoms, canonical, common_factors, restored
from cellgraph.ops import IDENTITY, Column, Diag, Fill, Matmul, Row

CAP = 256
"""Paths of one block that are listed; above it they are only counted."""


class Monomial(NamedTuple):
    """A product of linear factors in normal form: c_0 M_1 c_1 M_2 ..., with matrices M_k and elementwise coefficients.

    Two monomials with the same matrices that differ in one coefficient add up to one monomial.
    """

    matrices: tuple[sp.Expr, ...]
    coefficients: tuple[sp.Expr, ...]


ONE = Monomial((), (sp.S.One,))
ROW = Row(sp.S.One)
Quantities = Mapping[sp.Symbol, Quantity]


@dataclass(frozen=True)
class Path:
    """One term of a Jacobian: its product of factors, read left to right, and the chains of names that it sums.

    `chains` run from the state before to the state after, through what has a name. `via` is the first gate on the way,
    or else the first named activation; None where the path is direct.
    """

    chains: tuple[tuple[sp.Symbol, ...], ...]
    factors: tuple[sp.Expr, ...]
    kind: str
    via: sp.Expr | None

    @property
    def product(self) -> sp.Expr:
        """The factors as one expression: diag(c[t-1] ⊙ f ⊙ (1 − f)) U_f."""
        return reduce(Matmul, self.factors)


@dataclass(frozen=True)
class Roles:
    """What the nodes of a step are, as far as the kind of a path depends on it."""

    gates: frozenset[sp.Expr]
    output_gates: frozenset[sp.Expr]
    activated: frozenset[sp.Expr]
    after: frozenset[sp.Expr]


def counted(local: Local, wrt: sp.Expr) -> Mapping[sp.Expr, int]:
    """The number of paths from `wrt` to every node that depends on it, `wrt` itself included."""
    found: dict[sp.Expr, int] = {wrt: 1}
    for node, links in local.links.items():
        count = sum(found.get(link.source, 0) for link in links)
        if count:
            found[node] = count
    return found


def paths(local: Local, of: sp.Expr, wrt: sp.Expr, roles: Roles, cap: int = CAP) -> tuple[Path, ...] | None:
    """The paths from `wrt` to `of`, merged where matrices and gate are equal; None where there are more than `cap`."""
    count = counted(local, wrt)
    if count.get(of, 0) > cap:
        return None
    merged: dict[tuple[sp.Expr | None, str, tuple[sp.Expr, ...]], list[_Term]] = {}
    for steps in _traversals(local, of, wrt, count):
        term = _term(local, steps, wrt)
        via, kind = _kind(term, steps, wrt, of, roles)
        _merge(merged.setdefault((via, kind, term.monomial.matrices), []), term)
    return tuple(
        Path(term.chains, factors_of(term.monomial, term.order, local.graph.quantities), kind, via)
        for (via, kind, _), terms in sorted(merged.items(), key=lambda item: item[0][1] != "carry")
        for term in terms
        if all(coefficient != 0 for coefficient in term.monomial.coefficients)
    )


_Steps = tuple[tuple[sp.Expr, Link], ...]
"""The links of one path from its end to its start, each with the node that it leads to."""


class _Term(NamedTuple):
    """A monomial, the order in which its atoms were written, and the chains that it stands for."""

    monomial: Monomial
    order: Mapping[sp.Expr, sp.Expr]
    chains: tuple[tuple[sp.Symbol, ...], ...]


def _traversals(local: Local, of: sp.Expr, wrt: sp.Expr, count: Mapping[sp.Expr, int]) -> Iterator[_Steps]:
    """Every path from `of` down to `wrt`, in written order."""
    todo: list[tuple[sp.Expr, _Steps]] = [(of, ())]
    while todo:
        node, steps = todo.pop()
        if node == wrt:
            yield steps
            continue
        for link in reversed(local.links[node]):
            if link.source in count:
                todo.append((link.source, (*steps, (node, link))))


def _term(local: Local, steps: _Steps, wrt: sp.Expr) -> _Term:
    monomial, order = product([link.factor for _, link in steps], local.graph.quantities)
    nodes = [wrt, *(node for node, _ in reversed(steps))]
    return _Term(monomial, order, (tuple(node for node in nodes if isinstance(node, sp.Symbol)),))


def product(factors: Sequence[sp.Expr], quantities: Quantities) -> tuple[Monomial, dict[sp.Expr, sp.Expr]]:
    """The product of linear factors, read left to right, and the atoms of its coefficients as they were written."""
    monomial = ONE
    order: dict[sp.Expr, sp.Expr] = {}
    for factor in factors:
        monomial = _times(monomial, _monomial(factor, quantities))
        if isinstance(factor, (Diag, Column, Row)):
            order |= atoms(factor.args[0])
    return monomial, order


def _monomial(factor: sp.Expr, quantities: Quantities) -> Monomial:
    """One factor as a monomial; the entries of columns and rows stand in the coefficient beside them."""
    if isinstance(factor, Diag):
        return Monomial((), (canonical(factor.args[0]),))
    if isinstance(factor, Column):
        ones = Column(Fill(1, *shape_of(factor.args[0], quantities)))
        return Monomial((ones,), (canonical(factor.args[0]), sp.S.One))
    if isinstance(factor, Row):
        return Monomial((ROW,), (sp.S.One, canonical(factor.args[0])))
    return Monomial((factor,), (sp.S.One, sp.S.One))


def _times(left: Monomial, right: Monomial) -> Monomial:
    """The product of two monomials; numbers and what scales a scalar move to where they can be gathered."""
    matrices = (*left.matrices, *right.matrices)
    both = left.coefficients[-1] * right.coefficients[0]
    found = [*left.coefficients[:-1], both, *right.coefficients[1:]]
    for k, matrix in enumerate(matrices):
        if isinstance(matrix, Column) or (matrix != ROW and found[k + 1].is_number):
            found[k], found[k + 1] = found[k] * found[k + 1], sp.S.One
        elif matrix == ROW:
            found[k], found[k + 1] = sp.S.One, found[k] * found[k + 1]
    return Monomial(matrices, tuple(found))


def _sum(a: Monomial, b: Monomial) -> Monomial | None:
    """The sum of two monomials as one, where it is one: equal matrices, and at most one coefficient that differs."""
    different = [k for k, (x, y) in enumerate(zip(a.coefficients, b.coefficients, strict=True)) if x != y]
    if len(different) > 1:
        return None
    k = different[0] if different else 0
    total = common_factors(a.coefficients[k] + b.coefficients[k])
    return Monomial(a.matrices, (*a.coefficients[:k], total, *a.coefficients[k + 1 :]))


def _merge(terms: list[_Term], term: _Term) -> None:
    """Add a term to those with the same matrices: into one of them if possible."""
    for k, known in enumerate(terms):
        total = _sum(known.monomial, term.monomial)
        if total is not None:
            chains = tuple(dict.fromkeys([*known.chains, *term.chains]))
            terms[k] = _Term(total, {**known.order, **term.order}, chains)
            return
    terms.append(term)


def factors_of(monomial: Monomial, order: Mapping[sp.Expr, sp.Expr], quantities: Quantities) -> tuple[sp.Expr, ...]:
    """The factors of a monomial in heads of the operation table; identities are left out."""
    factors: list[sp.Expr] = []
    for k, scalar in enumerate(monomial.coefficients):
        beside = monomial.matrices[k] if k < len(monomial.matrices) else None
        coefficient = restored(scalar, order)
        if k and monomial.matrices[k - 1] == ROW:
            factors.append(Row(coefficient))
        elif isinstance(beside, Column):
            spread = shape_of(coefficient, quantities)
            factors.append(Column(coefficient if spread else Fill(coefficient, *beside.args[0].args[1:])))
            continue
        elif scalar != 1:
            factors.append(Diag(coefficient))
        if beside is not None and beside != ROW:
            factors.append(beside)
    return tuple(factors) or (IDENTITY,)


def _kind(term: _Term, steps: _Steps, wrt: sp.Expr, of: sp.Expr, roles: Roles) -> tuple[sp.Expr | None, str]:
    """What a path goes through first, seen from the state before, and what kind of path that makes it.

    gate: through a gate; output: through a gate on what is read out of a state after, or with its first matrix behind
    such a state; carry: no matrix on the path; candidate: everything else.
    """
    nodes = [node for node, _ in reversed(steps) if node != of]
    gate = next((node for node in nodes if node in roles.gates), None)
    if gate is not None:
        return gate, "output" if gate in roles.output_gates else "gate"
    if not term.monomial.matrices:
        return None, "carry"
    first = max(k for k, (_, link) in enumerate(steps) if not isinstance(link.factor, Diag))
    if roles.after & {link.source for _, link in steps[first:]}:
        return None, "output"
    activated = next((node for node in nodes if node in roles.activated), None)
    return activated or next((node for node in nodes if isinstance(node, sp.Symbol)), None), "candidate"
