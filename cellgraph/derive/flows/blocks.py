"""The one-step Jacobian itself, in blocks diag(d) + diag(v) A, and a product with it.

It is built in buffers that are used again, so that memory holds a few n × n arrays however many steps there are. For a
product of many rows that is the cheapest way: a factor that two ways share is multiplied once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from cellgraph.derive.flows.tape import Tape
from cellgraph.derive.flows.ways import Plan, Step, Term, Ways

TILE = 64
"""Rows that are scaled together."""
PASS = 12
"""Multiplications of a matrix product that take as long as one entry of an elementwise operation."""

Array = Any
Key = tuple[Any, ...]
Plans = Mapping[sp.Symbol, Plan]
"""By state before the step: the ways from it."""


class Linear(NamedTuple):
    """diag(diagonal) + diag(scale) matrix; None for a part that is not there, and for a scale of ones."""

    diagonal: Array | None
    scale: Array | None
    matrix: Array | None


class Stack(NamedTuple):
    """A column of blocks: matrices below each other, the rows that they have, and by state diagonals not in them."""

    rows: slice
    matrix: Array | None
    diagonals: Sequence[tuple[int, Array]]


def work(ways: Ways, plans: Plans, rows: int) -> int:
    """Multiplications for building the blocks of a step and for a product of so many rows with them."""
    total = 0
    for before in ways.states:
        width = ways.count[before]
        dense = {before: False}
        for node, terms in plans[before].items():
            full = [term for term in terms if dense[term.source] or term.kind not in ("same", "diag")]
            products = [ways.count[t.source] for t in full if t.kind not in ("same", "diag") and dense[t.source]]
            passes = len(products) + (2 * len(full) - 1 if len(full) > 1 else 0)
            total += ways.count[node] * width * (sum(products) + PASS * passes)
            dense[node] = bool(full)
        total += (rows + PASS) * width * sum(ways.count[after] for after in ways.after if dense.get(after))
    return total


class Blocks:
    """The Jacobian of the step whose factors are in some arrays, whenever its tape is run."""

    def __init__(self, ways: Ways, plans: Plans, step: Step, spare: dict[Key, Array]) -> None:
        """`spare` are buffers that others may use whose tapes run before or after, not meanwhile."""
        self.ways, self.step, self.spare, self.tape = ways, step, spare, Tape()
        self.columns = [np.zeros((ways.size(), ways.count[before])) for before in ways.states]
        """The matrices of every column of blocks; zero where there never is one."""
        self.stacks = [self._stacked(j, self._column(j, before, plans[before])) for j, before in enumerate(ways.states)]

    def times(self, tape: Tape, product: Array, out: Array) -> None:
        """out = product @ J, written down. A column of blocks is one matrix product."""
        for j, (rows, matrix, diagonals) in enumerate(self.stacks):
            into = out[:, self.ways.rows(j)]
            if matrix is not None:
                tape.matmul(product[:, rows], matrix, into)
            scaled = [(product[:, self.ways.rows(i)], d) for i, d in diagonals]
            # A few rows at a time, so that they stay in the cache.
            tape.add_scaled(scaled, into, matrix is not None, np.empty((min(TILE, len(into)), into.shape[1])))

    def _column(self, j: int, before: sp.Symbol, plan: Plan) -> list[tuple[int, Linear]]:
        """The derivatives of the states after by one before."""
        known = {before: Linear(np.ones(self.ways.count[before]), None, None)}
        identity = known[before].diagonal
        for node, terms in plan.items():
            parts = [
                self._part(term, known[term.source], identity, (before, node, k), self.ways.count[node])
                for k, term in enumerate(terms)
            ]
            known[node] = parts[0] if len(parts) == 1 else self._sum(j, node, parts)
        return [(i, known[after]) for i, after in enumerate(self.ways.after) if after in known]

    def _part(self, term: Term, inner: Linear, identity: Array, key: Key, count: int) -> Linear:
        if term.kind == "same":
            return inner
        if term.kind == "diag":
            return self._scaled(self.step.own[term.place], inner, identity, count)
        return Linear(None, None, self._times(self.step.dense(term), inner, identity, key))

    def _scaled(self, coefficient: Array, inner: Linear, identity: Array, count: int) -> Linear:
        diagonal, scale = inner.diagonal, coefficient
        if diagonal is identity:
            diagonal = coefficient
        elif diagonal is not None:
            diagonal = self.tape.times(coefficient, diagonal, np.empty(count))
        if inner.matrix is None:
            return Linear(diagonal, None, None)
        if inner.scale is not None:
            scale = self.tape.times(coefficient, inner.scale, np.empty(count))
        return Linear(diagonal, scale, inner.matrix)

    def _times(self, dense: Array, inner: Linear, identity: Array, key: Key) -> Array:
        """dense (diag(d) + diag(v) A). The identity leaves it as it is, without a copy."""
        if inner.matrix is None:
            if inner.diagonal is identity:
                return dense
            return self.tape.times(dense, inner.diagonal, self._spare((*key, "scaled"), dense.shape))
        right = inner.matrix
        if inner.scale is not None or inner.diagonal is not None:
            right = self.tape.scaled(inner.scale, inner.matrix, self._spare((*key, "right"), inner.matrix.shape))
            self._add_diagonal(inner.diagonal, right)
        return self.tape.matmul(dense, right, self._spare((*key, "times"), (len(dense), right.shape[1])))

    def _sum(self, j: int, node: sp.Expr, parts: Sequence[Linear]) -> Linear:
        diagonals = [p.diagonal for p in parts if p.diagonal is not None]
        diagonal = diagonals[0] if diagonals else None
        for k, other in enumerate(diagonals[1:]):
            diagonal = self.tape.add(diagonal, other, diagonal if k else np.empty(len(other)))
        dense = [p for p in parts if p.matrix is not None]
        if len(dense) < 2:
            return Linear(diagonal, *(dense[0][1:] if dense else (None, None)))
        shape = dense[0].matrix.shape  # type: ignore[union-attr]
        total = self._total(j, node, shape)
        for k, part in enumerate(dense):
            if k:
                self.tape.add(total, self.tape.scaled(*part[1:], self._spare(("sum", shape), shape)), total)
            else:
                self.tape.scaled(*part[1:], total)
        return Linear(diagonal, None, total)

    def _stacked(self, j: int, column: Sequence[tuple[int, Linear]]) -> Stack:
        """The blocks of a column below each other. A single matrix that is a parameter is not copied."""
        diagonals = [(i, block.diagonal) for i, block in column if block.diagonal is not None]
        dense = [(i, block) for i, block in column if block.matrix is not None]
        if not dense:
            return Stack(slice(0), None, diagonals)
        rows = slice(self.ways.rows(dense[0][0]).start, self.ways.rows(dense[-1][0]).stop)
        (i, first), whole = dense[0], self.columns[j]
        if len(dense) == 1 and first.scale is None and any(first.matrix is fixed for fixed in self.step.fixed):
            return Stack(rows, first.matrix, diagonals)
        for i, block in dense:
            part = whole[self.ways.rows(i)]
            if block.scale is not None or not np.shares_memory(part, block.matrix):
                self.tape.scaled(*block[1:], part)
        # Only now: a block may be a multiple of another's matrix.
        for i, block in dense:
            self._add_diagonal(block.diagonal, whole[self.ways.rows(i)])
        return Stack(rows, whole[rows], [(i, d) for i, d in diagonals if i not in dict(dense)])

    def _add_diagonal(self, diagonal: Array | None, matrix: Array) -> None:
        if diagonal is not None:
            # A view of the entries on the diagonal.
            own = np.einsum("ii->i", matrix)
            self.tape.add(own, diagonal, own)

    def _total(self, j: int, node: sp.Expr, shape: tuple[int, ...]) -> Array:
        """Where a sum is gathered; for a state after the step, its place in the column of blocks."""
        if node in self.ways.after:
            return self.columns[j][self.ways.rows(self.ways.after.index(node))]
        return self._spare((j, node, "total"), shape)

    def _spare(self, key: Key, shape: tuple[int, ...]) -> Array:
        return self.spare.setdefault(key, np.empty(shape))
