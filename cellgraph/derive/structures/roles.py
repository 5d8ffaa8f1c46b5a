"""The part that each quantity of a cell plays, as a picture colours it: gate, candidate, carry, or its role."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import sympy as sp

from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, Graph
from cellgraph.ops import Head


def roles(cell: Cell) -> Mapping[sp.Symbol, str]:
    """The part of every quantity of the step, derived from the equations.

    A gate is what `structure` says is one; a carry is a state with an additive carry (before and after the step); a
    candidate is any other result of an activation that the next state is made of. The rest keep their graph's role.
    """
    found = structure(cell)
    step: Graph = cell.step
    part: dict[sp.Symbol, str] = {q.symbol: q.role for q in step.quantities.values()}
    part.update({e.lhs: "candidate" for e in step.equations if part[e.lhs] == "derived" and _activated(e.rhs)})
    part.update({gate.symbol: "gate" for gate in found.gates if gate.symbol in part})
    for carry in found.carries:
        state = found.state(carry.state)
        part.update({state.before: "carry", state.after: "carry"})
    if part[cell.output] == "derived":
        part[cell.output] = "output"
    return MappingProxyType(part)


def _activated(rhs: sp.Expr) -> bool:
    """Whether an expression is an activation of something: a function of one variable that needs its output's name."""
    return isinstance(rhs, Head) and rhs.op.slope is not None
