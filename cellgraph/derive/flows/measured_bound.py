"""The bound of a one-step Jacobian as a number: its formula with the norms of real parameters and states put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.gradients.compiled import program
from cellgraph.derive.jacobians.bounds import Bound
from cellgraph.derive.structures.structure import Structure
from cellgraph.graph import postorder, symbols_of
from cellgraph.ops import Factor, Head, Highest, Largest, Norm, operands

Array = Any


class MeasuredBound:
    """‖J_t‖₂ ≤ ‖(β_ij)‖₂, where β_ij bounds the block of state i after by state j before.

    `needed` are the expressions whose values along a run are asked for; `bounded` says whether every block has a bound
    that can be computed.
    """

    def __init__(
        self,
        facts: Structure,
        sizes: Mapping[sp.Symbol, sp.Integer],
        found: Sequence[Bound],
        weights: Mapping[str, Array],
    ) -> None:
        states = facts.handed_on
        self.graph, self.sizes, self.weights = facts.cell.step, sizes, weights
        self.places = {state.after: k for k, state in enumerate(states)}
        self.columns = {state.before: k for k, state in enumerate(states)}
        self.blocks = [b for b in found if b.norm in ("two", "every") and b.of in self.places and b.wrt in self.columns]
        self.measures: dict[sp.Expr, int] = {}
        self.norms: dict[sp.Expr, float] = {}
        self.bounded = all(b.expr is not None and not b.where and self._collected(b) for b in self.blocks)
        self.needed = list(self.measures) if self.bounded else []

    def log10(self, values: Sequence[Array], length: int) -> Array:
        """log₁₀ of the bound at every step, from the values (steps, entries) of what is needed."""
        whole = np.zeros((length, len(self.places), len(self.columns)))
        for block in self.blocks:
            whole[:, self.places[block.of], self.columns[block.wrt]] = self._value(block, values, length)
        return np.log10(np.linalg.norm(whole, 2, axis=(1, 2)))

    def _expr(self, block: Bound) -> sp.Expr:
        return block.highest if block.highest is not None else block.expr

    def _is_fixed(self, matrix: sp.Expr) -> bool:
        inner = not any(isinstance(node, Factor) for node in postorder(matrix))
        return inner and all(symbol.name in self.weights for symbol in symbols_of(matrix))

    def _collected(self, block: Bound) -> bool:
        for node in postorder(self._expr(block)):
            if isinstance(node, (Largest, Highest)):
                self.measures.setdefault(node.args[0], len(self.measures))
            elif isinstance(node, Norm) and self._is_fixed(node.args[0]):
                self.norms[node] = _norm(program(self.graph, node.args, self.sizes).run(self.weights, np)[0])
            elif isinstance(node, Factor):
                return False
        return True

    def _value(self, block: Bound, values: Sequence[Array], length: int) -> Array:
        done: dict[sp.Expr, Array] = {}
        for node in postorder(self._expr(block)):
            if isinstance(node, Norm):
                done[node] = self.norms[node]
            elif isinstance(node, Largest):
                done[node] = np.abs(values[self.measures[node.args[0]]]).max(axis=1)
            elif isinstance(node, Highest):
                done[node] = values[self.measures[node.args[0]]].max(axis=1)
            elif isinstance(node, Head):
                own = operands(node)
                statics = [float(a) for a in node.args[len(own) :]]
                done[node] = node.op.value(np, (0,) * len(own), *[done[a] for a in own], *statics)
            else:
                done[node] = float(node.xreplace(dict(self.sizes)))
        return np.broadcast_to(done[self._expr(block)], (length,))


def _norm(array: Array) -> float:
    """‖A‖₂ of a matrix; of a vector that scales entries its largest magnitude, which is ‖diag(v)‖₂."""
    return float(np.linalg.norm(array, 2)) if array.ndim == 2 else float(np.abs(array).max(initial=0.0))
