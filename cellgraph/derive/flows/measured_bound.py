"""The bound of a one-step Jacobian as a number: its formula with the norms of real parameters and states put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.gradients.compiled import program
from cellgraph.derive.jacobians.bounds import bounds
from cellgraph.derive.structures.structure import Structure
from cellgraph.graph import Equation, Graph, Quantity, postorder, rebuilt, symbols_of
from cellgraph.ops import MaxAbs, Maximum, Norm, Partial, core

Array = Any


def measured_bound(
    facts: Structure, sizes: Mapping[sp.Symbol, sp.Integer], weights: Mapping[str, Array]
) -> tuple[list[sp.Expr], Callable[[Sequence[Array], int], Array]] | None:
    """‖J_t‖₂ ≤ ‖(β_ij)‖₂, where β_ij bounds the block of state i after by state j before, with these parameters.

    What the β_ij take the largest magnitude or entry of; and what makes of its values at every step, (steps, entries)
    each, log₁₀ of the bound at every step: NaN where it overflows. None where a block has no bound,
    or one that holds the norm of an operation.
    """
    after = {state.after: k for k, state in enumerate(facts.handed_on)}
    before = {state.before: k for k, state in enumerate(facts.handed_on)}
    blocks = [b for b in bounds(facts.cell) if b.norm in ("two", "every") and b.of in after and b.wrt in before]
    if any(b.expr is None for b in blocks):
        return None
    exprs = [b.expr if b.highest is None else b.highest for b in blocks]
    inner = {name: expr for b in blocks for name, expr in b.where}
    written = [node for expr in [*exprs, *inner.values()] for node in postorder(expr)]
    names = {factor: sp.Symbol(f"measure {k}") for k, factor in enumerate(dict.fromkeys(written)) if _measured(factor)}
    if any(isinstance(factor.args[0], Partial) for factor in names):
        # No array is what this is the norm of.
        return None
    norms = {}
    for factor, name in names.items():
        if isinstance(factor, Norm) and factor not in inner and _is_fixed(factor.args[0], weights):
            (matrix,) = program(facts.cell.step, factor.args, sizes).run(weights, np)
            norms[name.name] = _largest_norm(matrix, len(core(facts.cell.step.shape(factor.args[0]))))
    leaves = [Quantity(name, "input", ()) for factor, name in names.items() if factor not in inner]
    graph = Graph.build(leaves, [Equation(names[f], rebuilt(expr, names)) for f, expr in inner.items() if f in names])
    measures = {name.name: f for f, name in names.items() if name.name not in norms and f not in inner}
    work = program(graph, [rebuilt(expr, names) for expr in exprs], sizes).bound(norms, np)

    def log10(values: Sequence[Array], length: int) -> Array:
        found = {
            name: MEASURES[type(measure)](array)
            for (name, measure), array in zip(measures.items(), values, strict=True)
        }
        count = max(len(after), 1)
        whole = np.zeros((length, count, count))
        for own, block in zip(blocks, work.run(found, np), strict=True):
            whole[:, after[own.of], before[own.wrt]] = block
        known = np.isfinite(whole).all(axis=(1, 2))
        bounded = np.full(length, np.nan)
        bounded[known] = np.linalg.norm(whole[known], 2, axis=(1, 2))
        return np.log10(np.where(np.isfinite(bounded), bounded, np.nan))

    return [measure.args[0] for measure in measures.values()], log10


MEASURES: Mapping[type[sp.Expr], Callable[[Array], Array]] = {
    MaxAbs: lambda entries: np.abs(entries).max(axis=1),
    Maximum: lambda entries: entries.max(axis=1),
    # Of a vector; no matrix has a larger 2-norm.
    Norm: lambda entries: np.sqrt((entries**2).sum(axis=1)),
}
"""What becomes of the entries of an expression at every step."""


def _largest_norm(array: Array, rank: int) -> float:
    """The largest 2-norm of the members of a family, or of the one array."""
    return float(np.linalg.norm(array, 2, axis=tuple(range(-rank, 0))).max())


def _measured(node: sp.Expr) -> bool:
    return type(node) in MEASURES


def _is_fixed(matrix: sp.Expr, weights: Mapping[str, Array]) -> bool:
    return all(symbol.name in weights for symbol in symbols_of(matrix))
