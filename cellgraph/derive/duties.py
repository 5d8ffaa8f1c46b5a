"""What each gate of a cell does: keep the old, write the new, weigh one against the other, show, or let recall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from cellgraph.graph import symbols_of

from .flat import Flat, reached, written
from .forms import Form, form
from .gates import Use
from .ranges import range_of
from .structure import Gate, Structure


@dataclass(frozen=True)
class Duty:
    """One thing that a gate does.

    kind: balance (keep `state` or write `value`), keep, write, show (`value`, made from a new state, as `state`), recall
    (the old state, as `value`, into `state`) or scale. `high`: whether an open gate keeps. `whole`: whether the other
    end of the gate leaves nothing of the old state.
    """

    kind: str
    gate: Gate
    state: sp.Symbol
    value: sp.Expr
    high: bool = True
    whole: bool = True


def duties(found: Structure) -> tuple[Duty, ...]:
    """What each gate does, gate by gate in the order of the spec."""
    made = {state.after: state.form for state in found.states}
    if found.cell.output not in made:
        names = frozenset(gate.symbol for gate in found.gates)
        made[found.cell.output] = form(found.step, found.cell.output, sp.Dummy("none"), names, found.data)
    return tuple(duty for gate in found.gates for duty in _of(found, gate, made))


def _of(found: Structure, gate: Gate, made: dict[sp.Symbol, Form]) -> Iterator[Duty]:
    coupled = {coupling.state for coupling in found.coupled}
    new = reached(found.step.graph, made)
    seen: set[sp.Symbol] = set()
    for state, own in made.items():
        inside = _arithmetic(found.step, state)
        uses = [use for use in gate.uses if use.lhs in inside]
        if not uses:
            continue
        seen |= inside
        kept = _weight(found, own.carried)
        values = [value for value, weight in own.written.items() if gate.symbol in _weight(found, weight).free_symbols]
        spelled = [found.step.spelled(value) for value in values]
        keeps = gate.symbol in kept.free_symbols
        if keeps:
            high, whole = _sense(found, gate.symbol, kept)
            balance = state in coupled and bool(values)
            yield Duty("balance" if balance else "keep", gate, state, spelled[0] if spelled else state, high, whole)
        if not (keeps and state in coupled):
            for value, shown in zip(values, spelled, strict=True):
                yield Duty("show" if value in new and own.carried == 0 else "write", gate, state, shown)
        if not keeps and not values:
            yield from (Duty("scale", gate, state, found.step.spelled(use.scaled)) for use in uses)
    past = reached(found.step.graph, found.cell.carries)
    present = reached(found.step.graph, [q.symbol for q in found.step.graph.having("input")])
    for use in gate.uses:
        if use.lhs not in seen:
            yield Duty(_inside(found, use, past, present), gate, _named(found, use.lhs), found.step.spelled(use.scaled))


def _inside(found: Structure, use: Use, past: frozenset[sp.Symbol], present: frozenset[sp.Symbol]) -> str:
    """Whether what is scaled is the past alone."""
    symbols = [s for s in symbols_of(use.scaled) if s in found.data]
    return "recall" if all(s in past and s not in present for s in symbols) else "scale"


def _named(found: Structure, symbol: sp.Symbol) -> sp.Symbol:
    """The first quantity with a name in the spec that is made from this one, itself where it has a name."""
    todo = [symbol]
    while todo:
        symbol = todo.pop(0)
        if symbol not in found.step.meaning:
            return symbol
        todo += [equation.lhs for equation in found.step.users[symbol]]
    return symbol


def _arithmetic(step: Flat, state: sp.Symbol) -> set[sp.Symbol]:
    """The names that the elementwise arithmetic of a quantity is spread over, itself included."""
    found, todo = {state}, [state]
    while todo:
        name = todo.pop()
        if name in step.algebra:
            fresh = {s for s in symbols_of(step.graph.definitions[name]) if s in step.algebra and s not in found}
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
