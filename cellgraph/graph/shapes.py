"""The shapes of expressions, from those of their quantities and the `shape` column of the operation table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import sympy as sp

from cellgraph.graph.fold import fold
from cellgraph.ops import Mismatch, Shape, Unshaped

if TYPE_CHECKING:
    from cellgraph.graph.graph import Quantity


def shape_of(expr: sp.Expr, quantities: Mapping[sp.Symbol, Quantity]) -> Shape:
    """The shape of an expression; numbers and sizes are scalars. Raises Mismatch where operands do not agree."""
    return shapes_within(expr, quantities)[expr]


def shapes_within(expr: sp.Expr, quantities: Mapping[sp.Symbol, Quantity]) -> dict[sp.Expr, Shape]:
    """The shape of an expression and of every operand below it. Raises Mismatch."""
    shapes: dict[sp.Expr, Shape] = {}

    def leaf(node: sp.Expr) -> Shape:
        shape = quantities[node].shape if node in quantities else ()
        if shape is None:
            raise Unshaped(f"the shape of '{node}' is not known")
        shapes[node] = shape
        return shape

    def combine(node: sp.Expr, below: list[Shape]) -> Shape:
        try:
            shape: Shape = node.op.shape(*below, *node.args[len(below) :])
        except Mismatch as mismatch:
            mismatch.at = node
            raise
        shapes[node] = shape
        return shape

    fold(expr, leaf, combine)
    return shapes
