"""The role of every quantity of a cell, decided here once for pictures, pages, tables and documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import sympy as sp

from cellgraph.derive.facts import fact
from cellgraph.derive.structures.states import State, update_form
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.graph import Cell, symbols_of
from cellgraph.ops import Head, Matmul, Transpose


@fact
def roles(cell: Cell) -> Mapping[sp.Expr, str]:
    """The role (one of `cellgraph.roles.ROLES`) of every quantity of the step, and of what plays one without a name.

    Of several roles a state has the first of: stabiliser, normaliser, buffer, gate (after the step), carry, state.

    >>> import cellgraph as cg
    >>> {str(quantity): role for quantity, role in roles(cg.load("janet")).items() if role in ("gate", "candidate")}
    {'f': 'gate', 'g': 'candidate'}
    """
    found, step = structure(cell), cell.step
    played: dict[sp.Expr, str] = {q.symbol: q.role for q in step.quantities.values()}
    if played[cell.output] == "derived":
        played[cell.output] = "output"
    played |= dict.fromkeys(_candidates(found), "candidate")
    played |= {own: role for own, role in _scaling(found) if played.get(own, "derived") in ("derived", "candidate")}
    kinds = {
        "stabiliser": found.stabilisers,
        "normaliser": found.normalisers,
        "buffer": found.buffers,
        "carry": {carry.state for carry in found.carries},
    }
    for state in found.states:
        role = next((role for role, states in kinds.items() if state.after in states), "state")
        played |= {state.before: role, state.after: role}
    return MappingProxyType(played | {gate.expr: "gate" for gate in found.gates})


def _scaling(found: Structure) -> Iterator[tuple[sp.Expr, str]]:
    """Masks, and functions of gates that have a name or scale something: 1 − z."""
    step = found.step
    factors = (step.original(use.factor) for gate in found.gates for use in gate.uses)
    yield from ((factor, "coefficient") for factor in factors if isinstance(factor, Head))
    for symbol in step.graph.definitions:
        if symbol in found.masks:
            yield step.originals.get(symbol, symbol), "mask"
        elif symbol in found.coefficients and symbol not in step.originals:
            yield symbol, "coefficient"


def _candidates(found: Structure) -> Iterator[sp.Expr]:
    """What is added to a state that keeps something of its old value, and what a gate lets into a state."""
    step, graph = found.step, found.step.graph
    after = {state.after for state in found.states}
    past, known = {*found.cell.carries, *after}, found.gate_symbols | found.coefficients
    for state in found.states:
        read_out = state.form.carried == 0 and state.after in graph.descendants(after - {state.after})
        if read_out or state.after in known | found.stabilisers | found.normalisers | found.buffers:
            continue
        for value in _written(found, state):
            own = step.originals.get(value, value)
            made = isinstance(own, Head) or own in graph.definitions
            if made and value not in past | known and not _made_of_states(found, value, past):
                yield own


def _written(found: Structure, state: State) -> list[sp.Symbol]:
    """The values that go into a state by arithmetic, or by arithmetic inside elementwise functions: tanh(z ⊙ s + g).

    What has another shape is left out: the mean by which a sum is normalised.
    """
    step, todo = found.step, [state.after]
    for name in todo:
        rhs = step.graph.definitions[name]
        if name in step.algebra:
            form = update_form(step, name, state.before, found.gate_symbols, found.data)
            weights = (form.carried, *form.inputs.values())
            gated = any(found.by_gates(weight).free_symbols & found.gate_symbols for weight in weights)
            kept = form.carried != 0 and name == state.after
            shapes = {symbol: quantity.shape for symbol, quantity in step.graph.quantities.items()}
            alike = [value for value in form.inputs if shapes[value] == shapes[state.after]]
            return alike if gated or kept else []
        if isinstance(rhs, Head) and rhs.op.elementwise:
            todo += [s for s in symbols_of(rhs) if s in found.data and s in step.graph.definitions]
    return []


def _made_of_states(found: Structure, value: sp.Symbol, past: set[sp.Symbol]) -> bool:
    """Whether a value is made of states alone, entry by entry or by one matrix: it is read, and not offered."""
    graph, todo = found.step.graph, [value]
    for name in todo:
        if name in past:
            continue
        rhs = graph.definitions.get(name)
        if not isinstance(rhs, Head) or not (rhs.op.elementwise or isinstance(rhs, (Matmul, Transpose))):
            return False
        todo += [s for s in symbols_of(rhs) if s in found.data]
    return True
