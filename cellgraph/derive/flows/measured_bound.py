"""The bound of a one-step Jacobian as a number: its formula with the norms of real parameters and states put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.gradients.compiled import Program, program
from cellgraph.derive.jacobians.bounds import bounds
from cellgraph.derive.structures.structure import Structure
from cellgraph.graph import Graph, Quantity, postorder, rebuilt, symbols_of
from cellgraph.ops import Factor, MaxAbs, Maximum, Norm

Array = Any


@dataclass(frozen=True)
class MeasuredBound:
    """‖J_t‖₂ ≤ ‖(β_ij)‖₂, where β_ij bounds the block of state i after by state j before.

    measures: by name, what a β_ij takes from a step: the largest magnitude or entry of an expression
    blocks:   the β_ij, from the measures of a step
    places:   i and j of each
    states:   how many there are
    """

    measures: Mapping[str, Factor]
    blocks: Program
    places: Sequence[tuple[int, int]]
    states: int

    def log10(self, values: Sequence[Array], length: int) -> Array:
        """log₁₀ of the bound at every step, NaN where it overflows; values (steps, entries) of what is measured."""
        found = {
            name: (np.abs(array) if isinstance(measure, MaxAbs) else array).max(axis=1)
            for (name, measure), array in zip(self.measures.items(), values, strict=True)
        }
        whole = np.zeros((length, self.states, self.states))
        for (i, j), block in zip(self.places, self.blocks.run(found, np), strict=True):
            whole[:, i, j] = block
        known = np.isfinite(whole).all(axis=(1, 2))
        norms = np.full(length, np.nan)
        norms[known] = np.linalg.norm(whole[known], 2, axis=(1, 2))
        return np.log10(norms)


def measured_bound(
    facts: Structure, sizes: Mapping[sp.Symbol, sp.Integer], weights: Mapping[str, Array]
) -> MeasuredBound | None:
    """The bound of a cell with these parameters; None where a block has none, or none that can be computed."""
    after = {state.after: k for k, state in enumerate(facts.handed_on)}
    before = {state.before: k for k, state in enumerate(facts.handed_on)}
    every = bounds(facts.cell)
    blocks = [b for b in every if b.norm in ("two", "every") and b.of in after and b.wrt in before]
    if any(b.expr is None for b in blocks):
        return None
    exprs = [b.expr if b.highest is None else b.highest for b in blocks]
    factors = dict.fromkeys(node for expr in exprs for node in postorder(expr) if isinstance(node, Factor))
    names = {factor: sp.Symbol(f"measure {k}") for k, factor in enumerate(factors)}
    norms = {}
    for factor in factors:
        if isinstance(factor, Norm) and _is_fixed(factor.args[0], weights):
            (matrix,) = program(facts.cell.step, factor.args, sizes).run(weights, np)
            norms[names[factor].name] = _norm(matrix)
        elif not isinstance(factor, (MaxAbs, Maximum)):
            return None
    graph = Graph.build([Quantity(name, "input", ()) for name in names.values()], [])
    return MeasuredBound(
        {name.name: factor for factor, name in names.items() if name.name not in norms},
        program(graph, [rebuilt(expr, names) for expr in exprs], sizes).bound(norms, np),
        [(after[b.of], before[b.wrt]) for b in blocks],
        len(after),
    )


def _is_fixed(matrix: sp.Expr, weights: Mapping[str, Array]) -> bool:
    inner = any(isinstance(node, Factor) for node in postorder(matrix))
    return not inner and all(symbol.name in weights for symbol in symbols_of(matrix))


def _norm(array: Array) -> float:
    """‖A‖₂ of a matrix; of a vector that scales entries its largest magnitude, which is ‖diag(v)‖₂."""
    return float(np.linalg.norm(array, 2)) if array.ndim == 2 else float(np.abs(array).max(initial=0.0))
