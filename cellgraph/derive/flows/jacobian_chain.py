"""The product of one-step Jacobians along a run: rows of the identity, pulled back through the cell step by step.

J(T←t) = J_T ⋯ J_{t+1} = ∂s_T/∂s_t. A row of it is the cotangent of one entry of s_T, so one step further back is the
cell's vector-Jacobian product, for all rows at once.

A long product loses directions: some singular values fall below what double precision can tell from zero beside the
largest. The product is kept as L R with orthonormal columns in L, and singular values below 1e−14 of the largest are
cut off. Random combinations of what was cut off are pulled back too. If they grow beyond 1e−11 of the product,
everything is computed again without a cut.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.gradients.compiled import Program, counts_of, program
from cellgraph.derive.gradients.gradient import adjoint
from cellgraph.graph import Cell

Array = Any
Rows = Array
"""(rows, entries of all states)"""

STRETCH = 32
"""Steps whose forward values are computed together."""
TOGETHER = 2**15
"""Entries of rows that are pulled back together: their intermediates fit into a cache, and threads share the rest."""
MANY = 64
"""Rows that are always pulled back together, and beyond which fewer are worth a singular value decomposition."""
LARGE = 1e60
"""Entries beyond this, or all below its inverse, are scaled. A step by 1e±200 then still fits into a double."""
CUT = 1e-14
"""Singular values are cut off below this, relative to the largest."""
SPOILED = 1e-11
"""What was cut off may grow to this, relative to the product."""
PROBES = 2
"""Random combinations of what was cut off."""
DIRECTIONS = 80
"""Lanczos vectors after which all singular values are computed instead."""
TOLERANCE = 1e-7
"""Of Lanczos' residual, relative to the eigenvalue. The error of the eigenvalue goes with the residual's square."""


@dataclass(frozen=True)
class ChainedJacobian:
    """∂s_T/∂s_t = 10^scale L R."""

    t: int
    left: Array
    right: Rows
    scale: float

    @property
    def matrix(self) -> Array:
        """L R, all states after by all states before; without its scale."""
        return self.left @ self.right


class Pullback:
    """The vector-Jacobian product of some states of a cell, after a step by before it, for fixed parameters."""

    def __init__(
        self,
        cell: Cell,
        states: Sequence[sp.Symbol],
        sizes: Mapping[sp.Symbol, sp.Integer],
        weights: Mapping[str, Array],
    ) -> None:
        afters = [cell.carries[before] for before in states]
        graph = adjoint(cell.step, of=afters, wrt=states)
        seeds = {q.of: q.symbol.name for q in graph.having("seed")}
        self.seeds = [seeds[after] for after in afters]
        self.program = program(graph, graph.outputs, sizes).bound(weights, np)
        self.shapes = [counts_of(cell.step.shape(before), sizes) for before in states]
        ends = np.cumsum([0, *map(prod, self.shapes)]).tolist()
        self.columns = [slice(*pair) for pair in pairwise(ends)]
        self.size = ends[-1]

    def back(self, trace: Mapping[str, Array]) -> Iterator[Callable[[Rows], Rows]]:
        """rows ↦ rows J_t for every step t of a stretch, the last step first.

        `trace` holds inputs and states before each step, with the steps as their first axis.
        """
        for step in self.program.along({name: array[::-1] for name, array in trace.items()}, np):
            yield partial(self._pulled, step)

    def _pulled(self, step: Program, rows: Rows) -> Rows:
        own = zip(self.seeds, self.columns, self.shapes, strict=True)
        cotangents = {seed: rows[:, part].reshape(-1, *shape) for seed, part, shape in own}
        out = np.empty(rows.shape)
        # What overflows shows in the result. A thread has warnings of its own.
        with np.errstate(all="ignore"):
            for found, part, shape in zip(step.run(cotangents, np), self.columns, self.shapes, strict=True):
                out[:, part] = np.broadcast_to(found, (len(rows), *shape)).reshape(len(rows), -1)
        return out


def jacobian_chain(
    pullback: Pullback, trace: Mapping[str, Array], steps: int, cut: bool = True
) -> Iterator[ChainedJacobian]:
    """∂s_T/∂s_t for t = T … 0; unless `cut`, in as many rows as there are.

    `trace` holds inputs and states before every step, with the steps as their first axis.
    """
    left = rows = np.eye(pullback.size)
    rank, scale, wait = len(rows), 0.0, 1
    draw = np.random.default_rng(rank)
    yield ChainedJacobian(steps, left, rows, scale)
    due = steps - STRETCH
    with ThreadPoolExecutor(_cores()) as pool:
        for last in range(steps, 0, -STRETCH):
            stretch = {name: array[max(last - STRETCH, 0) : last] for name, array in trace.items()}
            for t, back in zip(range(last - 1, -1, -1), pullback.back(stretch), strict=False):
                rows = _pulled(pool, back, rows)
                height = _largest(rows[:rank])
                if rank < len(rows) and _largest(rows[rank:]) > SPOILED * height:
                    yield from (found for found in jacobian_chain(pullback, trace, steps, False) if found.t <= t)
                    return
                yield ChainedJacobian(t, left, rows[:rank], scale)
                if 0 < height < np.inf and not 1 / LARGE < height < LARGE:
                    rows, scale = rows / height, scale + float(np.log10(height))
            if cut and rank > MANY and t <= due and np.isfinite(rows).all():
                turned, rows, kept = _cut(rows, rank, draw)
                # A decomposition costs as much as a few steps, so it waits longer after one that gained little.
                wait = 1 if kept < 0.9 * rank else 2 * wait
                left, rank, due = left @ turned, kept, t - wait * STRETCH


def _cut(rows: Rows, rank: int, draw: np.random.Generator) -> tuple[Array, Rows, int]:
    """R = U R′ with fewer rows: U; R′ with probes of all that was ever cut off below it; the number of its rows."""
    outer, values, inner = np.linalg.svd(rows[:rank], full_matrices=False)
    inner *= values[:, None]
    kept = max(int((values > CUT * values[0]).sum()), 1)
    probes = draw.normal(size=(PROBES, rank - kept)) @ inner[kept:]
    if rank < len(rows):
        probes += rows[rank:]
    return outer[:, :kept], np.concatenate([inner[:kept], probes]), kept


def spectral_norm(matrix: Array, start: Array) -> tuple[float, Array]:
    """‖A‖₂ and its right singular vector, by Lanczos iteration on AᵀA from a vector `start`.

    Every new direction is made orthogonal to all before it. A matrix that does not converge has its singular values
    computed in full. The start must not be orthogonal to the result: take a random one, or the result for a matrix
    nearby with some noise.
    """
    basis = np.empty((DIRECTIONS + 1, matrix.shape[1]))
    basis[0] = start / np.linalg.norm(start)
    diagonal, beside = np.zeros(DIRECTIONS), np.zeros(DIRECTIONS)
    # Of a small matrix all singular values take less time than iterating.
    for k in range(DIRECTIONS if len(matrix) > 12 else 0):
        image = matrix.T @ (matrix @ basis[k])
        diagonal[k] = basis[k] @ image
        known = basis[: k + 1]
        for _ in range(2):
            image -= known.T @ (known @ image)
        beside[k] = np.linalg.norm(image)
        # A small eigenproblem costs more than a product with a vector, so not after each.
        if k % 4 == 3 or beside[k] == 0:
            tridiagonal = np.diag(diagonal[: k + 1]) + np.diag(beside[:k], 1) + np.diag(beside[:k], -1)
            values, vectors = np.linalg.eigh(tridiagonal)
            largest, weights = values[-1], vectors[:, -1]
            if beside[k] * abs(weights[-1]) <= TOLERANCE * largest:
                return float(np.sqrt(largest)), weights @ known
        basis[k + 1] = image / (beside[k] or 1.0)
    _, values, right = np.linalg.svd(matrix, full_matrices=False)
    return float(values[0]), right[0]


def _pulled(pool: Executor, back: Callable[[Rows], Rows], rows: Rows) -> Rows:
    """Many rows go in pieces, on all cores. NumPy lets go of the interpreter while it computes."""
    count = max(TOGETHER // rows.shape[1], MANY)
    if len(rows) <= count:
        return back(rows)
    return np.concatenate(list(pool.map(back, np.split(rows, range(count, len(rows), count)))))


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _largest(array: Array) -> float:
    return float(max(array.max(), -array.min()))
