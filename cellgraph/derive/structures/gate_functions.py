"""What each gate of a cell does: keep the old, write the new, weigh one against the other, show, or let recall."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sympy as sp

from cellgraph.derive.structures.gates import Gate
from cellgraph.derive.structures.ranges import range_of
from cellgraph.derive.structures.scaling import GateUse
from cellgraph.derive.structures.structure import Structure
from cellgraph.derive.structures.update_form import UpdateForm, update_form
from cellgraph.graph import postorder, reachable, symbols_of
from cellgraph.graph.ring import canonical, in_ring, restored
from cellgraph.ops import Head


@dataclass(frozen=True)
class GateFunction:
    """One thing that a gate does, to the quantity `state`.

    kind: keep (the old value of the state), write (`value` into the state), balance (both at once: more of the one is
    less of the other), show (`value`, which is made from a new state, as `state`), recall (`value`, which is made from
    the old states, to what `state` is made of) or scale (`value` on the way to `state`, and nothing of these).

    sense: +1 if the gate does so the more, the nearer it is to 1; −1 if the nearer it is to 0. complete: whether at the
    other end it does so not at all; a gate in 1 − z / 2 never erases completely.
    """

    kind: str
    gate: Gate
    state: sp.Symbol
    value: sp.Expr
    sense: int = 1
    complete: bool = True


def gate_functions(found: Structure) -> tuple[GateFunction, ...]:
    """What each gate does, gate by gate in the order of the spec."""
    forms = {state.after: shown_form(found, state.after, state.before) for state in found.states}
    forms.setdefault(found.cell.output, shown_form(found, found.cell.output, sp.Dummy("none")))
    return tuple(function for gate in found.gates for function in _functions(found, gate, forms))


def shown_form(found: Structure, after: sp.Symbol, before: sp.Symbol) -> UpdateForm:
    """The form of a state or the output in which the other states stay whole: h = o ⊙ c."""
    others = [state.after for state in found.states if state.after != after]
    return update_form(found.step, after, before, found.gate_symbols, found.data, others)


def _functions(found: Structure, gate: Gate, forms: Mapping[sp.Symbol, UpdateForm]) -> Iterator[GateFunction]:
    """What a gate does to each state or output in whose arithmetic it stands, and then elsewhere."""
    seen: set[sp.Symbol] = set()
    for state, form in forms.items():
        arithmetic = _arithmetic(found, state, forms)
        uses = [use for use in gate.uses if use.lhs in arithmetic]
        if uses:
            seen |= arithmetic
            yield from _in_sum(found, gate, state, form, forms, uses)
    yield from (_before_sum(found, gate, use) for use in gate.uses if use.lhs not in seen)


def _arithmetic(found: Structure, state: sp.Symbol, forms: Mapping[sp.Symbol, UpdateForm]) -> frozenset[sp.Symbol]:
    """The names that the arithmetic of a state is spread over, itself included, other states not."""
    others = forms.keys() - {state}
    reached = found.step.graph.ancestors([state], found.step.operations | others)
    return (reached & found.step.algebra.keys()) - others | {state}


def _in_sum(
    found: Structure,
    gate: Gate,
    state: sp.Symbol,
    form: UpdateForm,
    forms: Mapping[sp.Symbol, UpdateForm],
    uses: list[GateUse],
) -> Iterator[GateFunction]:
    """What a gate does in s = a ⊙ s⁻ + Σ b_k ⊙ v_k, from the coefficients that it stands in."""
    original, symbol = found.step.original, gate.symbol
    kept = found.by_gates(form.carried)
    weights = {value: found.by_gates(weight) for value, weight in form.inputs.items()}
    written = {value: weight for value, weight in weights.items() if symbol in weight.free_symbols}
    keeps = symbol in kept.free_symbols
    balances = keeps and any(coupling.state == state for coupling in found.coupled)
    if keeps:
        value = original(next(iter(written))) if written else state
        kind = "balance" if balances and written else "keep"
        yield GateFunction(kind, gate, state, value, *_sense(found, symbol, kept))
    new = found.step.graph.descendants(forms)
    for value, weight in {} if balances else written.items():
        kind = "show" if value in new and form.carried == 0 else "write"
        yield GateFunction(kind, gate, state, original(value), *_sense(found, symbol, weight))
    if not keeps and not written:
        yield from (GateFunction("scale", gate, state, original(use.scaled)) for use in uses)


def _before_sum(found: Structure, gate: Gate, use: GateUse) -> GateFunction:
    """What a gate does before an activation or a matrix: it lets the past through, or scales something else."""
    step, cell = found.step, found.cell
    target, value = _named(found, use.lhs), step.original(use.scaled)
    past = step.graph.descendants(cell.carries)
    present = step.graph.descendants([q.symbol for q in step.graph.having("input")])
    if any(s not in past or s in present for s in symbols_of(use.scaled) if s in found.data):
        return GateFunction("scale", gate, target, value)
    shut = next((end for end in (sp.S.Zero, sp.S.One) if _at(found, use.factor, gate.symbol, end) == 0), None)
    other_paths = target in step.graph.descendants(cell.carries, {use.lhs, *found.gate_symbols})
    if use.lhs in step.algebra and shut is not None:
        rest = step.algebra[use.lhs].xreplace({gate.symbol: shut})
        other_paths |= any(s in past and s not in found.gate_symbols for s in rest.free_symbols)
    complete = shut is not None and not other_paths
    return GateFunction("recall", gate, target, value, -1 if shut == 1 else 1, complete)


def _at(found: Structure, factor: sp.Expr, gate: sp.Symbol, end: sp.Expr) -> sp.Expr | None:
    """A function of a gate at one end of its range; None where it is no plain arithmetic of the gate."""
    if any(isinstance(node, Head) and not in_ring(node.op) for node in postorder(factor)):
        return None
    return found.step.inlined(canonical(factor), found.step.algebra.keys() - {gate}).xreplace({gate: end})


def _named(found: Structure, symbol: sp.Symbol) -> sp.Symbol:
    """The first quantity with a name in the spec that is made from this one, itself where it has a name."""
    return next(s for s in reachable([symbol], found.step.graph.users) if s not in found.step.originals)


def _sense(found: Structure, gate: sp.Symbol, weight: sp.Expr) -> tuple[int, bool]:
    """Whether a coefficient rises (+1) or falls (−1) with a gate, and whether it is zero at the other end."""
    opened, shut = (sp.expand(weight.xreplace({gate: end})) for end in (sp.S.One, sp.S.Zero))
    if shut == 0 or opened == 0:
        return 1 if shut == 0 else -1, True
    slope = range_of(restored(sp.expand(sp.diff(weight, gate))), found.intervals)
    return 1 if slope.low >= 0 else -1, False
