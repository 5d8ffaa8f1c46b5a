"""The axes that operations cross without naming them: implied by the shapes of their operands, and named here."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from cellgraph.graph.fold import fold, parts, with_operands
from cellgraph.graph.graph import Equation, Graph
from cellgraph.graph.order_and_shapes import shapes_within
from cellgraph.ops import Head, with_axes


def with_axes_named(graph: Graph) -> Graph:
    """The graph with every axis named that one of its operations crosses."""
    equations = tuple(_named(graph, equation) for equation in graph.equations)
    folded = None if graph.folded is None else with_axes_named(graph.folded)
    return replace(graph, equations=equations, folded=folded)


def _named(graph: Graph, equation: Equation) -> Equation:
    shapes = shapes_within(equation.rhs, graph.quantities)

    def combine(node: Head, arguments: list[sp.Expr]) -> sp.Expr:
        return with_axes(with_operands(node, arguments), [shapes[operand] for operand in parts(node)])

    rhs = fold(equation.rhs, lambda leaf: leaf, combine)
    return equation if rhs == equation.rhs else replace(equation, rhs=rhs)
