"""The one-step Jacobian itself, in blocks diag(d) + diag(v) A, and a product with it.

It is built in buffers that are used again, so that memory holds a few n × n arrays however many steps there are. For a
product of many rows that is the cheapest way: a factor that two ways share is multiplied once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from cellgraph.derive.flows.ways import Step, Term, Ways

TILE = 64
"""Rows that are scaled together."""
PASS = 12
"""Multiplications of a matrix product that take as long as one entry of an elementwise operation."""

Array = Any


class Linear(NamedTuple):
    """diag(diagonal) + diag(scale) matrix; None for a part that is not there, and for a scale of ones."""

    diagonal: Array | None
    scale: Array | None
    matrix: Array | None


Built = Mapping[tuple[int, int], Linear]
"""Block (i, j) is the derivative of state i after by state j before."""


class Blocks:
    """The Jacobians of the steps of a run, one at a time."""

    def __init__(self, ways: Ways) -> None:
        self.ways = ways
        self.plans = {before: ways.plan([before]) for before in ways.states}
        self.buffers: dict[tuple[Any, ...], Array] = {}
        self.columns: dict[int, Array] = {}

    def work(self, rows: int) -> int:
        """Multiplications for building the blocks and for a product of so many rows with them."""
        total = 0
        for before in self.ways.states:
            width = self.ways.count[before]
            dense = {before: False}
            for node, terms in self.plans[before].items():
                size = self.ways.count[node]
                full = [term for term in terms if dense[term.source] or term.kind not in ("same", "diag")]
                products = [
                    self.ways.count[t.source] for t in full if t.kind not in ("same", "diag") and dense[t.source]
                ]
                passes = len(products) + (2 * len(full) - 1 if len(full) > 1 else 0)
                total += size * width * (sum(products) + PASS * passes)
                dense[node] = bool(full)
            total += (
                (rows + PASS) * width * sum(self.ways.count[after] for after in self.ways.after if dense.get(after))
            )
        return total

    def built(self, step: Step) -> Built:
        """The blocks of a step; they stand until the next are built."""
        found = {}
        for j, before in enumerate(self.ways.states):
            known = {before: Linear(np.ones(self.ways.count[before]), None, None)}
            for node, terms in self.plans[before].items():
                parts = [self._part(term, known[term.source], step, (before, node, k)) for k, term in enumerate(terms)]
                known[node] = parts[0] if len(parts) == 1 else self._sum(parts, (before, node))
            for i, after in enumerate(self.ways.after):
                if after in known:
                    found[i, j] = known[after]
        return found

    def dense(self, step: Step) -> Array:
        """The blocks as one matrix."""
        blocks = self.built(step)
        kind = next((p.dtype for block in blocks.values() for p in block if p is not None), float)
        whole = np.zeros((self.ways.size(), self.ways.size()), dtype=kind)
        for (i, j), block in blocks.items():
            part = whole[self.ways.rows(i), self.ways.rows(j)]
            if block.matrix is not None:
                part += block.matrix if block.scale is None else block.scale[:, None] * block.matrix
            if block.diagonal is not None:
                part[np.diag_indices(len(part))] += block.diagonal
        return whole

    def pulled(self, product: Array, step: Step, out: Array, spare: Array) -> Array:
        """product @ J, written into `out`; `spare` is overwritten too. All have as many columns as J.

        The matrices below each other are one matrix, so that a column of blocks is one matrix product.
        """
        blocks, states = self.built(step), range(len(self.ways.states))
        for j in states:
            into = out[:, self.ways.rows(j)]
            column = [(i, blocks[i, j]) for i in states if (i, j) in blocks]
            rows, matrix, left = self._stacked(j, column)
            if matrix is not None:
                np.matmul(product[:, rows], matrix, out=into)
            diagonals = [(product[:, self.ways.rows(i)], diagonal) for i, diagonal in left]
            _add_scaled(diagonals, into, spare, matrix is not None)
        return out

    def _stacked(
        self, j: int, column: Sequence[tuple[int, Linear]]
    ) -> tuple[slice, Array | None, list[tuple[int, Array]]]:
        """The matrices of a column of blocks below each other, the rows that they have, and diagonals not in them.

        A single matrix that is a parameter is not copied.
        """
        diagonals = [(i, block.diagonal) for i, block in column if block.diagonal is not None]
        dense = [(i, block) for i, block in column if block.matrix is not None]
        if not dense:
            return slice(0), None, diagonals
        rows = slice(self.ways.rows(dense[0][0]).start, self.ways.rows(dense[-1][0]).stop)
        whole = self._column(j)
        own = [block.scale is not None or np.may_share_memory(whole, block.matrix) for _, block in dense]
        if len(dense) == 1 and not own[0]:
            return rows, dense[0][1].matrix, diagonals
        for i, block in dense:
            part = whole[self.ways.rows(i)]
            if block.scale is not None:
                np.multiply(block.scale[:, None], block.matrix, out=part)  # type: ignore[arg-type]
            elif block.matrix is not None and not np.may_share_memory(part, block.matrix):
                part[...] = block.matrix
        for i, block in dense:
            if block.diagonal is not None:
                whole[self.ways.rows(i)][np.diag_indices(len(block.diagonal))] += block.diagonal
        return rows, whole[rows], [(i, d) for i, d in diagonals if i not in dict(dense)]

    def _column(self, j: int) -> Array:
        """A buffer for the matrices of one column of blocks; zero where there never is one."""
        if j not in self.columns:
            self.columns[j] = np.zeros((self.ways.size(), self.ways.count[self.ways.states[j]]))
        return self.columns[j]

    def _part(self, term: Term, inner: Linear, step: Step, key: tuple[Any, ...]) -> Linear:
        if term.kind == "same":
            return inner
        if term.kind == "diag":
            return _scaled(step.own[term.place], inner)
        return Linear(None, None, self._times(step.dense(term), inner, key))

    def _times(self, dense: Array, inner: Linear, key: tuple[Any, ...]) -> Array:
        """dense (diag(d) + diag(v) A). The identity leaves it as it is, without a copy."""
        if inner.matrix is None:
            assert inner.diagonal is not None
            if (inner.diagonal == 1).all():
                return dense
            return np.multiply(dense, inner.diagonal, out=self._room((*key, "scaled"), dense, inner.diagonal))
        right = inner.matrix
        if inner.scale is not None or inner.diagonal is not None:
            right = self._room((*key, "right"), inner.matrix, *(p for p in inner[:2] if p is not None))
            np.multiply(1.0 if inner.scale is None else inner.scale[:, None], inner.matrix, out=right)
            if inner.diagonal is not None:
                right[np.diag_indices(len(right))] += inner.diagonal
        shape = (len(dense), right.shape[1])
        return np.matmul(dense, right, out=self._room((*key, "times"), dense, right, shape=shape))

    def _sum(self, parts: Sequence[Linear], key: tuple[sp.Expr, sp.Expr]) -> Linear:
        diagonals = [p.diagonal for p in parts if p.diagonal is not None]
        diagonal = sum(diagonals[1:], start=diagonals[0]) if diagonals else None
        dense = [p for p in parts if p.matrix is not None]
        if len(dense) < 2:
            return Linear(diagonal, *(dense[0][1:] if dense else (None, None)))
        arrays = [a for part in dense for a in part[1:] if a is not None]
        total = self._total(key, dense[0].matrix, *arrays)
        for k, part in enumerate(dense):
            into = total if k == 0 else self._room((*key, "sum"), part.matrix, *arrays)
            # Rows times numbers, into a buffer that the step before has no more use for.
            np.multiply(1.0 if part.scale is None else part.scale[:, None], part.matrix, out=into)  # type: ignore[arg-type]
            if k:
                total += into
        return Linear(diagonal, None, total)

    def _total(self, key: tuple[sp.Expr, sp.Expr], like: Any, *arrays: Array) -> Array:
        """Where a sum is gathered; for a state after the step, its place in the column of blocks."""
        before, node = key
        if node in self.ways.after and np.result_type(*arrays).kind == "f":
            return self._column(self.ways.states.index(before))[self.ways.rows(self.ways.after.index(node))]
        return self._room((*key, "total"), like, *arrays)

    def _room(self, key: tuple[Any, ...], *arrays: Array, shape: tuple[int, ...] | None = None) -> Array:
        """A buffer of the first array's shape, or this one, that holds numbers of all their kinds."""
        kind = np.result_type(*arrays)
        found = self.buffers.get(key)
        if found is None or found.dtype != kind:
            found = self.buffers[key] = np.empty(shape or arrays[0].shape, dtype=kind)
        return found


def _scaled(coefficient: Array, inner: Linear) -> Linear:
    diagonal = None if inner.diagonal is None else coefficient * inner.diagonal
    if inner.matrix is None:
        return Linear(diagonal, None, None)
    return Linear(diagonal, coefficient if inner.scale is None else coefficient * inner.scale, inner.matrix)


def _add_scaled(terms: Sequence[tuple[Array, Array]], into: Array, spare: Array, started: bool) -> None:
    """into (+)= Σ left diag(d), a few rows at a time, so that they stay in the cache."""
    if not terms and not started:
        into[...] = 0
    for first in range(0, len(into) if terms else 0, TILE):
        rows = slice(first, first + TILE)
        for k, (left, diagonal) in enumerate(terms):
            if k or started:
                into[rows] += np.multiply(left[rows], diagonal, out=spare[rows, : left.shape[1]])
            else:
                np.multiply(left[rows], diagonal, out=into[rows])
