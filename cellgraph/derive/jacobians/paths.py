"""Paths from a state before the step to a state after it: counted, listed, multiplied out and merged.

A path is the product of the local factors on its way. Counting is dynamic programming; listing stops at a cap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sympy as sp

from cellgraph.derive.jacobians.canonical import canonical, leaves, restored, tidied
from cellgraph.derive.jacobians.local import Local
from cellgraph.graph import Quantity, shape_of
from cellgraph.ops import IDENTITY, Column, Diag, Fill, Matmul, Row

CAP = 256
"""Paths of one block that are listed; above it they are only counted."""


class Word(NamedTuple):
    """A product of linear factors in normal form: slots[0] M_1 slots[1] M_2 ..., the slots elementwise coefficients.

    Two words with the same matrices that differ in one slot add up to one word.
    """

    matrices: tuple[sp.Expr, ...]
    slots: tuple[sp.Expr, ...]


ONE = Word((), (sp.S.One,))
ROW = Row(sp.S.One)
Quantities = Mapping[sp.Symbol, Quantity]


@dataclass(frozen=True)
class Path:
    """One term of a Jacobian: its product of factors, read left to right, and the ways through the cell that it sums.

    `chains` run from the state before to the state after. `via` is the first gate on the way, or else the first named
    activation; None where the way is direct.
    """

    chains: tuple[tuple[sp.Symbol, ...], ...]
    factors: tuple[sp.Expr, ...]
    kind: str
    via: sp.Expr | None

    @property
    def product(self) -> sp.Expr:
        """The factors as one expression: diag(c[t-1] ⊙ f ⊙ (1 − f)) U_f."""
        product = self.factors[0]
        for factor in self.factors[1:]:
            product = Matmul(product, factor)
        return product


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
    for way in _ways(local, of, wrt, count):
        term = _term(local, way, wrt)
        via, kind = _kind(term, way, wrt, of, roles)
        _merge(merged.setdefault((via, kind, term.word.matrices), []), term)
    return tuple(
        Path(term.chains, spelled(term.word, term.order, local.graph.quantities), kind, via)
        for (via, kind, _), terms in sorted(merged.items(), key=lambda item: item[0][1] != "carry")
        for term in terms
        if all(slot != 0 for slot in term.word.slots)
    )


class _Step(NamedTuple):
    """One link of a way: the node it leads to, the factor, and the node it comes from."""

    node: sp.Expr
    factor: sp.Expr
    source: sp.Expr


class _Term(NamedTuple):
    word: Word
    order: Mapping[sp.Expr, sp.Expr]
    chains: tuple[tuple[sp.Symbol, ...], ...]


def _ways(local: Local, of: sp.Expr, wrt: sp.Expr, count: Mapping[sp.Expr, int]) -> Iterable[tuple[_Step, ...]]:
    """Every way from `of` down to `wrt`, in written order."""
    todo: list[tuple[sp.Expr, tuple[_Step, ...]]] = [(of, ())]
    while todo:
        node, way = todo.pop()
        if node == wrt:
            yield way
            continue
        for link in reversed(local.links[node]):
            if link.source in count:
                todo.append((link.source, (*way, _Step(node, link.factor, link.source))))


def _term(local: Local, way: Sequence[_Step], wrt: sp.Expr) -> _Term:
    word = ONE
    order: dict[sp.Expr, sp.Expr] = {}
    for step in way:
        word = times(word, word_of(step.factor, local.graph.quantities))
        if isinstance(step.factor, (Diag, Column, Row)):
            order.update(leaves(step.factor.args[0]))
    chain = tuple(node for node in [wrt, *(step.node for step in reversed(way))] if isinstance(node, sp.Symbol))
    return _Term(word, order, (chain,))


def word_of(factor: sp.Expr, quantities: Quantities) -> Word:
    """One factor as a word; the coefficients of columns and rows stand in the slot beside them."""
    if isinstance(factor, Diag):
        return Word((), (canonical(factor.args[0]),))
    if isinstance(factor, Column):
        ones = Column(Fill(1, *shape_of(factor.args[0], quantities)))
        return Word((ones,), (canonical(factor.args[0]), sp.S.One))
    if isinstance(factor, Row):
        return Word((ROW,), (sp.S.One, canonical(factor.args[0])))
    return Word((factor,), (sp.S.One, sp.S.One))


def times(left: Word, right: Word) -> Word:
    """The product of two words; numbers and what scales a scalar move to where they can be gathered."""
    matrices = (*left.matrices, *right.matrices)
    slots = [*left.slots[:-1], left.slots[-1] * right.slots[0], *right.slots[1:]]
    for k, matrix in enumerate(matrices):
        if isinstance(matrix, Column):
            slots[k], slots[k + 1] = slots[k] * slots[k + 1], sp.S.One
        elif matrix == ROW:
            slots[k], slots[k + 1] = sp.S.One, slots[k] * slots[k + 1]
        elif slots[k + 1].is_number:
            slots[k], slots[k + 1] = slots[k] * slots[k + 1], sp.S.One
    return Word(matrices, tuple(slots))


def added(a: Word, b: Word) -> Word | None:
    """The sum of two words as one word, where it is one: equal matrices, and at most one slot that differs."""
    different = [k for k, (x, y) in enumerate(zip(a.slots, b.slots, strict=True)) if x != y]
    if len(different) > 1:
        return None
    k = different[0] if different else 0
    return Word(a.matrices, (*a.slots[:k], tidied(a.slots[k] + b.slots[k]), *a.slots[k + 1 :]))


def _merge(terms: list[_Term], term: _Term) -> None:
    """Add a term to those with the same matrices: into one of them if possible."""
    for k, known in enumerate(terms):
        word = added(known.word, term.word)
        if word is not None:
            chains = tuple(dict.fromkeys([*known.chains, *term.chains]))
            terms[k] = _Term(word, {**known.order, **term.order}, chains)
            return
    terms.append(term)


def spelled(word: Word, order: Mapping[sp.Expr, sp.Expr], quantities: Quantities) -> tuple[sp.Expr, ...]:
    """The factors of a word in heads of the operation table; identities are left out."""
    factors: list[sp.Expr] = []
    for k, slot in enumerate(word.slots):
        beside = word.matrices[k] if k < len(word.matrices) else None
        coefficient = restored(slot, order)
        if k and word.matrices[k - 1] == ROW:
            factors.append(Row(coefficient))
        elif isinstance(beside, Column):
            spread = shape_of(coefficient, quantities)
            factors.append(Column(coefficient if spread else Fill(coefficient, *beside.args[0].args[1:])))
            continue
        elif slot != 1:
            factors.append(Diag(coefficient))
        if beside is not None and beside != ROW:
            factors.append(beside)
    return tuple(factors) or (IDENTITY,)


def _kind(term: _Term, way: Sequence[_Step], wrt: sp.Expr, of: sp.Expr, roles: Roles) -> tuple[sp.Expr | None, str]:
    """What a path goes through first, seen from the state before, and what kind of path that makes it.

    gate: through a gate; output: through a gate on what is read out of a state after, or with its first matrix behind
    such a state; carry: no matrix on the way; candidate: everything else.
    """
    nodes = [step.node for step in reversed(way) if step.node != of]
    gate = next((node for node in nodes if node in roles.gates), None)
    if gate is not None:
        return gate, "output" if gate in roles.output_gates else "gate"
    if not term.word.matrices:
        return None, "carry"
    first = max(k for k, step in enumerate(way) if not isinstance(step.factor, Diag))
    if roles.after & {step.source for step in way[first:]}:
        return None, "output"
    activated = next((node for node in nodes if node in roles.activated), None)
    return activated or next((node for node in nodes if isinstance(node, sp.Symbol)), None), "candidate"
