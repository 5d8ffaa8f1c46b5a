"""What each gate of a cell does: keep the old, write the new, weigh one against the other, show, or let recall."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import sympy as sp

from cellgraph.derive.structures.flat import Flat, algebra, in_ring, reached, written
from cellgraph.derive.structures.gates import Use
from cellgraph.derive.structures.ranges import range_of
from cellgraph.derive.structures.structure import Gate, Structure
from cellgraph.derive.structures.update_form import UpdateForm, update_form
from cellgraph.graph import postorder, symbols_of
from cellgraph.ops import Head


@dataclass(frozen=True)
class GateFunction:
    """One thing that a gate does.

    kind: balance (keep `state` or write `value`), keep, write, show (`value`, made from a new state, as `state`),
    recall (the old state, as `value`, into `state`) or scale. `high`: whether an open gate keeps (writes, shows).
    `whole`: whether nothing is kept (written, shown) at the other end of the gate.
    """

    kind: str
    gate: Gate
    state: sp.Symbol
    value: sp.Expr
    high: bool = True
    whole: bool = True


def gate_functions(found: Structure) -> tuple[GateFunction, ...]:
    """What each gate does, gate by gate in the order of the spec."""
    made = {state.after: shown(found, state.after, state.before) for state in found.states}
    made.setdefault(found.cell.output, shown(found, found.cell.output, sp.Dummy("none")))
    return tuple(duty for gate in found.gates for duty in _of(found, gate, made))


def shown(found: Structure, after: sp.Symbol, before: sp.Symbol) -> UpdateForm:
    """The form of a state or the output in which the other states stay whole: h = o ⊙ c."""
    others = [state.after for state in found.states if state.after != after]
    gates = frozenset(gate.symbol for gate in found.gates)
    return update_form(found.step, after, before, gates, found.data, others)


def _of(found: Structure, gate: Gate, made: dict[sp.Symbol, UpdateForm]) -> Iterator[GateFunction]:
    coupled = {coupling.state for coupling in found.coupled}
    new = reached(found.step.graph, made)
    seen: set[sp.Symbol] = set()
    for state, own in made.items():
        inside = _arithmetic(found.step, state, [other for other in made if other != state])
        uses = [use for use in gate.uses if use.lhs in inside]
        if not uses:
            continue
        seen |= inside
        kept = _weight(found, own.carried)
        values = [value for value, weight in own.inputs.items() if gate.symbol in _weight(found, weight).free_symbols]
        spelled = [found.step.spelled(value) for value in values]
        keeps = gate.symbol in kept.free_symbols
        if keeps:
            high, whole = _sense(found, gate.symbol, kept)
            balance = state in coupled and bool(values)
            yield GateFunction(
                "balance" if balance else "keep", gate, state, spelled[0] if spelled else state, high, whole
            )
        if not (keeps and state in coupled):
            for value, shown in zip(values, spelled, strict=True):
                kind = "show" if value in new and own.carried == 0 else "write"
                yield GateFunction(
                    kind, gate, state, shown, *_sense(found, gate.symbol, _weight(found, own.inputs[value]))
                )
        if not keeps and not values:
            yield from (GateFunction("scale", gate, state, found.step.spelled(use.scaled)) for use in uses)
    for use in gate.uses:
        if use.lhs not in seen:
            yield _inside(found, gate, use)


def _inside(found: Structure, gate: Gate, use: Use) -> GateFunction:
    """What a gate does before an activation or a matrix: it lets the past through, or scales something else."""
    step, target, value = found.step, _named(found, use.lhs), found.step.spelled(use.scaled)
    past = reached(step.graph, found.cell.carries)
    present = reached(step.graph, [q.symbol for q in step.graph.having("input")])
    if any(s not in past or s in present for s in symbols_of(use.scaled) if s in found.data):
        return GateFunction("scale", gate, target, value)
    shut = [end for end in (sp.S.Zero, sp.S.One) if _at(step, use.factor, gate.symbol, end) == 0]
    gates = {other.symbol for other in found.gates}
    other_ways = target in reached(step.graph, found.cell.carries, {use.lhs, *gates})
    if use.lhs in step.algebra and shut:
        rest = step.algebra[use.lhs].xreplace({gate.symbol: shut[0]})
        other_ways |= any(s in past and s not in gates for s in rest.free_symbols)
    return GateFunction("recall", gate, target, value, high=shut[:1] != [sp.S.One], whole=bool(shut) and not other_ways)


def _at(step: Flat, factor: sp.Expr, gate: sp.Symbol, end: sp.Expr) -> sp.Expr | None:
    """A function of a gate at one end of its range; None where it is no plain arithmetic of the gate."""
    if any(isinstance(node, Head) and not in_ring(node.op) for node in postorder(factor)):
        return None
    return step.unfolded(algebra(factor), [s for s in step.algebra if s != gate]).xreplace({gate: end})


def _named(found: Structure, symbol: sp.Symbol) -> sp.Symbol:
    """The first quantity with a name in the spec that is made from this one, itself where it has a name."""
    todo = [symbol]
    while todo:
        symbol = todo.pop(0)
        if symbol not in found.step.meaning:
            return symbol
        todo += [equation.lhs for equation in found.step.users[symbol]]
    return symbol


def _arithmetic(step: Flat, state: sp.Symbol, others: Collection[sp.Symbol]) -> set[sp.Symbol]:
    """The names that the elementwise arithmetic of a quantity is spread over, itself included, `others` not."""
    found, todo = {state}, [state]
    while todo:
        name = todo.pop()
        if name in step.algebra:
            fresh = {s for s in symbols_of(step.graph.definitions[name]) if s in step.algebra}
            fresh -= found | set(others)
            found |= fresh
            todo += sorted(fresh, key=str)
    return found


def _weight(found: Structure, scalar: sp.Expr) -> sp.Expr:
    """A coefficient with the names that stand for functions of gates written out."""
    gates = {gate.symbol for gate in found.gates}
    return found.step.unfolded(scalar, [name for name in found.step.algebra if name not in gates])


def _sense(found: Structure, gate: sp.Symbol, kept: sp.Expr) -> tuple[bool, bool]:
    """Whether an open gate keeps, and whether the other end leaves nothing."""
    opened, shut = sp.expand(kept.xreplace({gate: sp.S.One})), sp.expand(kept.xreplace({gate: sp.S.Zero}))
    if shut == 0 or opened == 0:
        return shut == 0, True
    slope = range_of(written(sp.expand(sp.diff(kept, gate))), found.intervals)
    return slope.low >= 0, False
