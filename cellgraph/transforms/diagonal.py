"""Diagonal recurrence: each unit recalls itself alone, so that every recurrent matrix becomes a vector."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from cellgraph.graph import Cell, Equation, postorder, rebuilt, shapes_within
from cellgraph.messages import message
from cellgraph.ops import Matmul, Mul, core, diagonal_of, is_square, operands
from cellgraph.transforms.draft import decompose
from cellgraph.transforms.sums import WeightedSums
from cellgraph.transforms.transform import NotApplicable, Transformed, joined


def diagonal(cell: Cell) -> Transformed:
    """u ⊙ h for U h, for every square matrix U that is learned and does nothing but weigh what is recalled.

    Raises NotApplicable where there is none.
    """
    sums = WeightedSums(cell)
    weighed: dict[sp.Expr, dict[sp.Expr, sp.Expr]] = {}
    for equation in cell.step.equations:
        shapes = shapes_within(equation.rhs, cell.step.quantities)
        for node in dict.fromkeys(postorder(equation.rhs)):
            if isinstance(node, Matmul):
                left, right = operands(node)
                matrix, vector = (right, left) if sums.varies(left) else (left, right)
                if len(core(shapes[vector])) == 1 and sums.recalls(vector):
                    weighed.setdefault(matrix, {})[node] = vector
    square = {q.symbol for q in cell.step.having("param") if is_square(q.shape or ())}
    matrices = [m for m in weighed if m in square and _uses(cell, m) == len(weighed[m])]
    if not matrices:
        raise NotApplicable(
            "no recurrence can be made diagonal: no square matrix of parameters weighs an old state alone"
        )
    made = decompose(cell)
    for matrix in matrices:
        name = made.fresh(matrix.name[0].lower() + matrix.name[1:])
        vector = {node: Mul(sp.Symbol(name), recalled) for node, recalled in weighed[matrix].items()}
        label = made.labels.get(matrix.name)
        made = replace(
            made,
            params={
                (name if old == matrix.name else old): (diagonal_of(shape) if old == matrix.name else shape)
                for old, shape in made.params.items()
            },
            equations=tuple(Equation(e.lhs, rebuilt(e.rhs, vector)) for e in made.equations),
            labels={**made.labels, **({name: label} if label else {})},
        )
    why = message(
        "Recurrent matrices become diagonal ({matrices}): each unit recalls itself alone, which takes one weight for "
        "each unit instead of one for each pair, and gradients through them do not mix units.",
        matrices=joined(matrices),
    )
    return Transformed(made, message("with diagonal recurrence"), why)


def _uses(cell: Cell, matrix: sp.Symbol) -> int:
    """In how many different products or other expressions a matrix stands, in the step and the readout."""
    graphs = [cell.step] if cell.readout is None else [cell.step, cell.readout]
    found = {
        (graph is cell.step, node)
        for graph in graphs
        for equation in graph.equations
        for node in (equation.rhs, *postorder(equation.rhs))
        if matrix in node.args or node == matrix == equation.rhs
    }
    begins = matrix in cell.initial.values()
    return len(found) + begins
