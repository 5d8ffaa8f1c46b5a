"""Putting named intermediates of a gradient back into the gradients themselves, for readers who want one formula."""

from __future__ import annotations

import sympy as sp

from cellgraph.graph import Equation, Graph, postorder, rebuilt

LIMIT = 5_000
"""Nodes of one expanded equation; names exist because without them expressions grow exponentially."""


def expanded(gradient: Graph) -> Graph:
    """The adjoint graph with every δ replaced by what it stands for, so that each gradient is one formula.

    Quantities of the forward step keep their names. Raises ValueError where a formula would have more than LIMIT nodes.
    """
    outputs = set(gradient.outputs)
    forward = [e for e in gradient.equations if gradient.quantities[e.lhs].of is None]
    adjoints = [e for e in gradient.equations if gradient.quantities[e.lhs].of is not None]
    inlined: dict[sp.Expr, sp.Expr] = {}
    nodes: dict[sp.Symbol, int] = {}
    results = []
    for equation in adjoints:
        count = sum(nodes.get(node, 1) for node in postorder(equation.rhs))
        if count > LIMIT:
            what = f"the gradient {equation.lhs} would have more than {LIMIT} terms"
            raise ValueError(f"{what}; leave its names in place")
        rhs = rebuilt(equation.rhs, inlined)
        if equation.lhs in outputs:
            results.append(Equation(equation.lhs, rhs))
        else:
            inlined[equation.lhs] = rhs
            nodes[equation.lhs] = count
    derived = [gradient.quantities[e.lhs] for e in (*forward, *results)]
    return Graph.build(gradient.leaves, [*forward, *results], derived, gradient.outputs)
