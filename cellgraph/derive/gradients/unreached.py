"""Why a gradient is zero: what stands on every path, or that there is no path."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from cellgraph.graph import Cell, Graph
from cellgraph.graph.cotangents import passed_on, stopping
from cellgraph.messages import Message, message
from cellgraph.ops import Fill, Spread


def unreached(cell: Cell, adjoint: Graph) -> Mapping[sp.Symbol, Message]:
    """The gradients of an adjoint graph that are zero whatever the numbers are, each with the reason.

    >>> import cellgraph as cg
    >>> cell = cg.load("urnn")
    >>> [(str(name), why.template) for name, why in unreached(cell, cg.gradient(cell, wrt=["h_0", "b"])).items()]
    [('∂L/∂h_0', 'a state begins as it: its gradient is that by {before} of the first step')]
    """
    zeros = [s for s in adjoint.outputs if _is_zero(adjoint.definitions[s])]
    if not zeros:
        return {}
    sources = [q.of for q in adjoint.having("seed") if q.of is not None]
    needed = adjoint.ancestors(sources)
    forward = (e for e in adjoint.equations if adjoint.quantities[e.lhs].of is None and e.lhs in needed)
    passed = {e.lhs: passed_on(e.rhs, adjoint.quantities) for e in forward}
    starts = {value: before for before, value in cell.initial.items()}
    found = {}
    for zero in zeros:
        leaf = adjoint.quantities[zero].of
        stops = stopping(leaf, passed) if leaf is not None else ()
        if stops:
            found[zero] = message(
                "no gradient reaches it, because every path from it passes {operations}", operations=" / ".join(stops)
            )
        elif leaf in starts:
            found[zero] = message(
                "a state begins as it: its gradient is that by {before} of the first step", before=starts[leaf]
            )
        else:
            found[zero] = message("no gradient reaches it, because L is not computed from it")
    return found


def _is_zero(gradient: sp.Expr) -> bool:
    while isinstance(gradient, (Fill, Spread)):
        (gradient, *_) = gradient.args
    return gradient.is_zero is True
