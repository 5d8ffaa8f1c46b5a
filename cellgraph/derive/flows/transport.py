"""The one-step Jacobian as arrays, in the form diag(d) + diag(v) A, and its product through time.

What the local factors need is computed for a stretch of steps at once; each step's Jacobian is then built from it in
buffers that are used again, so that memory holds a few n × n arrays however many steps there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from cellgraph.derive.gradients.compiled import Program, program
from cellgraph.derive.jacobians.dense import Factors
from cellgraph.derive.jacobians.local import Link, local
from cellgraph.graph import Cell, Graph, postorder, symbols_of
from cellgraph.ops import Column, Diag, Factor, Row

TILE = 64
"""Rows that are scaled together."""

Array = Any
Trace = Mapping[str, Array]


class Linear(NamedTuple):
    """diag(diagonal) + diag(scale) matrix; None for a part that is not there, and for a scale of ones."""

    diagonal: Array | None
    scale: Array | None
    matrix: Array | None


class Term(NamedTuple):
    """One link: the source whose derivative comes in, and the factor (what it is, and where its array is found)."""

    source: sp.Expr
    kind: str
    place: int


class Transport:
    """The one-step Jacobians of some states of a cell along a run, for fixed parameters."""

    def __init__(
        self, cell: Cell, states: Sequence[sp.Symbol], sizes: Mapping[sp.Symbol, sp.Integer], params: Trace
    ) -> None:
        self.cell, self.params, self.states = cell, params, tuple(states)
        self.links = local(cell.step)
        after = [cell.carries[before] for before in states]
        self.after = tuple(after)
        self.count = {node: _count(shape, sizes) for node, shape in self.links.shapes.items()}
        self.starts = np.cumsum([0, *(self.count[s] for s in states)])
        self.coefficients: dict[tuple[sp.Expr, int], int] = {}
        """Place of each coefficient, by what it is and how many entries it stands for."""
        self.matrices: dict[sp.Expr, int] = {}
        self.others: dict[tuple[sp.Expr, sp.Expr], int] = {}
        self.plans = {before: self._plan(before, after) for before in states}
        fixed = program(cell.step, list(self.matrices), sizes).bound(params, np)
        self.fixed = fixed.run({}, np)
        self.moving = program(cell.step, [e for e, _ in self.coefficients], sizes).bound(params, np)
        self.whole = _everything(cell.step, sizes).bound(params, np) if self.others else None
        self.buffers: dict[tuple[sp.Expr, sp.Expr, int], Array] = {}
        self.columns: dict[int, Array] = {}

    def stretch(self, trace: Trace) -> Callable[[int], dict[tuple[int, int], Linear]]:
        """The Jacobians of a stretch of steps: a function from the step's place in it to the blocks.

        `trace` holds inputs and states before the step, with the steps as their first axis. Block (i, j) is the
        derivative of state i after by state j before; it stands until the next call.
        """
        length = len(next(iter(trace.values())))
        found = self.moving.run(trace, np)
        coefficients = [
            _flat(np.asarray(array), self._rank(expr), count, length)
            for array, (expr, count) in zip(found, self.coefficients, strict=True)
        ]
        values = None if self.whole is None else self._values(trace)

        def at(k: int) -> dict[tuple[int, int], Linear]:
            own = [array[k] for array in coefficients]
            others = [] if values is None else self._others({name: a[k] for name, a in values.items()})
            return self._blocks(own, others)

        return at

    def size(self) -> int:
        """The number of entries of all states together."""
        return int(self.starts[-1])

    def dense(self, blocks: Mapping[tuple[int, int], Linear]) -> Array:
        """The blocks as one matrix."""
        kind = next((p.dtype for block in blocks.values() for p in block if p is not None), float)
        whole = np.zeros((self.size(), self.size()), dtype=kind)
        for (i, j), block in blocks.items():
            part = whole[self.starts[i] : self.starts[i + 1], self.starts[j] : self.starts[j + 1]]
            if block.matrix is not None:
                part += block.matrix if block.scale is None else block.scale[:, None] * block.matrix
            if block.diagonal is not None:
                part[np.diag_indices(len(part))] += block.diagonal
        return whole

    def pulled(self, product: Array, blocks: Mapping[tuple[int, int], Linear], out: Array, spare: Array) -> Array:
        """product @ J, written into `out`; `spare` is overwritten too. All are square and of this `size`.

        The matrices below each other are one matrix, so that a column of blocks is one matrix product.
        """
        for j in range(len(self.states)):
            into = out[:, self.starts[j] : self.starts[j + 1]]
            column = [(i, blocks[i, j]) for i in range(len(self.states)) if (i, j) in blocks]
            rows, matrix = self._stacked(j, [(i, block) for i, block in column if block.matrix is not None])
            if matrix is not None:
                np.matmul(product[:, rows], matrix, out=into)
            diagonals = [(i, block.diagonal) for i, block in column if block.diagonal is not None]
            _add_scaled([(product[:, self._rows(i)], d) for i, d in diagonals], into, spare, matrix is not None)
        return out

    def _rows(self, i: int) -> slice:
        return slice(int(self.starts[i]), int(self.starts[i + 1]))

    def _stacked(self, j: int, dense: Sequence[tuple[int, Linear]]) -> tuple[slice, Array | None]:
        """The matrices of a column of blocks below each other, and the rows that they have; no copy of a single one."""
        if not dense:
            return slice(0), None
        rows = slice(self._rows(dense[0][0]).start, self._rows(dense[-1][0]).stop)
        if len(dense) == 1 and dense[0][1].scale is None:
            return rows, dense[0][1].matrix
        whole = self._column(j)
        for i, block in dense:
            part = whole[self._rows(i)]
            if block.scale is not None:
                np.multiply(block.scale[:, None], block.matrix, out=part)  # type: ignore[arg-type]
            elif block.matrix is not None and not np.may_share_memory(part, block.matrix):
                part[...] = block.matrix
        return rows, whole[rows]

    def _column(self, j: int) -> Array:
        """A buffer for the matrices of one column of blocks; zero where there never is one."""
        if j not in self.columns:
            self.columns[j] = np.zeros((self.size(), self.count[self.states[j]]))
        return self.columns[j]

    def _rank(self, expr: sp.Expr) -> int:
        return len(self.cell.step.shape(expr))

    def _plan(self, before: sp.Symbol, after: Sequence[sp.Symbol]) -> dict[sp.Expr, tuple[Term, ...]]:
        """For every node on a way from `before` to the states after: the links that are on such a way."""
        reached: set[sp.Expr] = {before}
        for node, links in self.links.links.items():
            if any(link.source in reached for link in links):
                reached.add(node)
        useful: set[sp.Expr] = set(after)
        for node, links in reversed(list(self.links.links.items())):
            if node in useful:
                useful.update(link.source for link in links)
        return {
            node: tuple(self._term(node, link) for link in links if link.source in reached)
            for node, links in self.links.links.items()
            if node in reached and node in useful and node != before
        }

    def _term(self, node: sp.Expr, link: Link) -> Term:
        factor = link.factor
        if isinstance(factor, Diag) and factor.args[0] == 1:
            return Term(link.source, "same", 0)
        if isinstance(factor, (Diag, Column, Row)):
            count = self.count[link.source if isinstance(factor, Row) else node]
            place = self.coefficients.setdefault((factor.args[0], count), len(self.coefficients))
            return Term(link.source, type(factor).__name__.lower(), place)
        if len(self.links.shapes[link.source]) == 1 and self._is_fixed(factor):
            return Term(link.source, "matrix", self.matrices.setdefault(factor, len(self.matrices)))
        return Term(link.source, "other", self.others.setdefault((factor, link.source), len(self.others)))

    def _is_fixed(self, factor: sp.Expr) -> bool:
        if any(isinstance(node, Factor) for node in postorder(factor)):
            return False
        return all(self.cell.step.quantities[s].role in ("param", "const") for s in symbols_of(factor))

    def _values(self, trace: Trace) -> Trace:
        assert self.whole is not None
        length = len(next(iter(trace.values())))
        names = [*(q.symbol for q in self.cell.step.leaves), *self.cell.step.definitions]
        ranks = [len(self.cell.step.quantities[s].shape or ()) for s in names]
        arrays = [np.asarray(array) for array in self.whole.run(trace, np)]
        return {
            s.name: np.broadcast_to(a, (length, *a.shape[a.ndim - r :]))
            for s, r, a in zip(names, ranks, arrays, strict=True)
        }

    def _others(self, values: Trace) -> list[Array]:
        factors = Factors(self.cell.step, {**values, **self.params}, np)
        return [factors.dense(factor, self.links.shapes[source]) for factor, source in self.others]

    def _blocks(self, own: Sequence[Array], others: Sequence[Array]) -> dict[tuple[int, int], Linear]:
        found = {}
        for j, before in enumerate(self.states):
            known = {before: Linear(np.ones(self.count[before]), None, None)}
            for node, terms in self.plans[before].items():
                parts = [self._part(term, known[term.source], own, others) for term in terms]
                known[node] = parts[0] if len(parts) == 1 else self._sum(parts, (before, node))
            for i, after in enumerate(self.after):
                if after in known:
                    found[i, j] = known[after]
        return found

    def _part(self, term: Term, inner: Linear, own: Sequence[Array], others: Sequence[Array]) -> Linear:
        if term.kind == "same":
            return inner
        if term.kind == "diag":
            return _scaled(own[term.place], inner)
        dense: Mapping[str, Callable[[], Array]] = {
            "matrix": lambda: self.fixed[term.place],
            "other": lambda: others[term.place],
            "column": lambda: own[term.place][:, None],
            "row": lambda: own[term.place][None, :],
        }
        return Linear(None, None, _times(dense[term.kind](), inner))

    def _sum(self, parts: Sequence[Linear], key: tuple[sp.Expr, sp.Expr]) -> Linear:
        diagonals = [p.diagonal for p in parts if p.diagonal is not None]
        diagonal = sum(diagonals[1:], start=diagonals[0]) if diagonals else None
        dense = [p for p in parts if p.matrix is not None]
        if len(dense) < 2:
            return Linear(diagonal, *(dense[0][1:] if dense else (None, None)))
        total = self._buffer((*key, 0), dense[0])
        for k, part in enumerate(dense):
            into = total if k == 0 else self._buffer((*key, 1), part)
            # Rows times numbers, into a buffer that the step before has no more use for.
            np.multiply(1.0 if part.scale is None else part.scale[:, None], part.matrix, out=into)  # type: ignore[arg-type]
            if k:
                total += into
        return Linear(diagonal, None, total)

    def _buffer(self, key: tuple[sp.Expr, sp.Expr, int], part: Linear) -> Array:
        assert part.matrix is not None
        kind = np.result_type(part.matrix, 1.0 if part.scale is None else part.scale)
        if key not in self.buffers and key[1] in self.after and key[2] == 0 and kind.kind == "f":
            self.buffers[key] = self._column(self.states.index(key[0]))[self._rows(self.after.index(key[1]))]
        if key not in self.buffers or self.buffers[key].dtype != kind:
            self.buffers[key] = np.empty(part.matrix.shape, dtype=kind)
        return self.buffers[key]


def _everything(graph: Graph, sizes: Mapping[sp.Symbol, sp.Integer]) -> Program:
    return program(graph, [*(q.symbol for q in graph.leaves), *graph.definitions], sizes)


def _scaled(coefficient: Array, inner: Linear) -> Linear:
    diagonal = None if inner.diagonal is None else coefficient * inner.diagonal
    if inner.matrix is None:
        return Linear(diagonal, None, None)
    return Linear(diagonal, coefficient if inner.scale is None else coefficient * inner.scale, inner.matrix)


def _times(dense: Array, inner: Linear) -> Array:
    """dense (diag(d) + diag(v) A). The identity leaves it as it is, without a copy."""
    result = None
    if inner.matrix is not None:
        result = (dense if inner.scale is None else dense * inner.scale) @ inner.matrix
    if inner.diagonal is not None:
        own = dense if (inner.diagonal == 1).all() else dense * inner.diagonal
        result = own if result is None else result + own
    return result


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


def _flat(array: Array, rank: int, count: int, length: int) -> Array:
    """A coefficient as (steps, entries): scalars go with every entry, fixed arrays with every step."""
    lead = length if array.ndim > rank else 1
    return np.broadcast_to(array.reshape(lead, -1), (length, count))


def _count(shape: Sequence[sp.Expr], sizes: Mapping[sp.Symbol, sp.Integer]) -> int:
    count = 1
    for size in shape:
        count *= int(size.xreplace(dict(sizes)))
    return count
