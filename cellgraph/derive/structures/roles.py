"""The part that each quantity of a cell plays, as a picture colours it: gate, candidate, carry, or its role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from types import MappingProxyType

import sympy as sp

from cellgraph.derive.facts import fact
from cellgraph.derive.structures.gates import scales
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.graph import Cell, symbols_of
from cellgraph.ops import Exp, Head, operands


@fact
def roles(cell: Cell) -> Mapping[sp.Expr, str]:
    """The part of every quantity of the step, and of gates and candidates that the spec gives no name.

    A gate is what `structure` says is one, what goes into gates alone, and an exponential that scales something; a
    carry is a state with an additive carry (before and after the step); a candidate is any other result of an
    activation that changes with the input or the state, and what a state is a weighted mean of. The rest keep their
    graph's role.
    """
    found, step = structure(cell), cell.step
    part: dict[sp.Expr, str] = {q.symbol: q.role for q in step.quantities.values()}
    derived = {symbol for symbol, role in part.items() if role == "derived"}
    activated = {e.lhs: e.rhs for e in step.equations if e.lhs in derived and _activated(e.rhs, found.data)}
    part.update({symbol: "candidate" for symbol, rhs in activated.items() if not isinstance(rhs, Exp)})
    for after in cell.carries.values():
        part.update(dict.fromkeys(_unnamed(step.definitions.get(after, after), found.data), "candidate"))
    weighted = [found.step.originals.get(s, s) for coupling in found.coupled for s in coupling.candidates]
    part.update({expr: "candidate" for expr in weighted if expr in derived or isinstance(expr, Head)})
    part.update(dict.fromkeys(_gates(found, activated), "gate"))
    for carry in found.carries:
        state = found.state(carry.state)
        part.update({state.before: "carry", state.after: "carry"})
    if part[cell.output] == "derived":
        part[cell.output] = "output"
    return MappingProxyType(part)


def _gates(found: Structure, activated: Mapping[sp.Symbol, sp.Expr]) -> list[sp.Expr]:
    """The gates by their names, or as they are written, and quantities that only these are made of."""
    step = found.cell.step
    gates = [gate.symbol if gate.symbol in step.quantities else gate.expr for gate in found.gates]
    hidden = {gate: sp.Dummy() for gate in gates if isinstance(gate, Head)}
    seen = {symbol for equation in step.equations for symbol in symbols_of(equation.rhs.xreplace(hidden))}
    inside = {symbol for gate in hidden for symbol in symbols_of(gate) if symbol in found.data}
    for symbol, rhs in activated.items():
        weighs = isinstance(rhs, Exp) and scales(found.step, symbol, found.data)
        if weighs or (symbol in inside and symbol not in seen):
            gates.append(symbol)
    return gates


def _activated(expr: sp.Expr, data: Set[sp.Symbol]) -> bool:
    """Whether an expression is an activation (a function of one variable that needs its output's name) of data."""
    return isinstance(expr, Head) and expr.op.slope is not None and any(s in data for s in symbols_of(expr))


def _unnamed(rhs: sp.Expr, data: Set[sp.Symbol]) -> Iterator[sp.Expr]:
    """Activations inside the update of a state, not those inside them; tanh(c) of a mere name is no candidate."""
    todo = [*operands(rhs)] if isinstance(rhs, Head) else []
    while todo:
        expr = todo.pop()
        composed = isinstance(expr, Head) and any(isinstance(argument, Head) for argument in operands(expr))
        if composed and _activated(expr, data) and not isinstance(expr, Exp):
            yield expr
        elif isinstance(expr, Head):
            todo.extend(operands(expr))
