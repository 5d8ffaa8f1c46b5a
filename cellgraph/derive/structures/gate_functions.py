"""What each gate of a cell does: keep the old, write the new, weigh one against the other, show, or let recall."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce

import sympy as sp

from cellgraph.derive.structures.gates import Gate
from cellgraph.derive.structures.scaling import SPREADING, GateUse
from cellgraph.derive.structures.states import UpdateForm, update_form
from cellgraph.derive.structures.structure import Structure
from cellgraph.graph import fold, postorder, reachable, symbols_of
from cellgraph.graph.ring import canonical, in_ring, restored
from cellgraph.ops import Add, Diag, Head, factors, operands, times


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
    """What each gate does, gate by gate in the order of the spec; what it does to a mere divisor is left out."""
    divisors = found.normalisers
    kept = [state for state in found.states if state.after not in divisors | found.stabilisers | found.gate_symbols]
    forms = {state.after: shown_form(found, state.after, state.before) for state in kept}
    forms.setdefault(found.cell.output, shown_form(found, found.cell.output, sp.Dummy("none")))
    gates = [replace(gate, uses=tuple(use for use in gate.uses if use.lhs not in divisors)) for gate in found.gates]
    return tuple(function for gate in gates for function in _functions(found, gate, forms))


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
    written = {value: weight for value, weight in weights.items() if _hangs(found, weight, symbol)}
    keeps = _hangs(found, kept, symbol)
    coupling = found.coupling(state)
    weighed = coupling is not None and _hangs(found, found.by_gates(coupling.weight), symbol)
    if coupling is not None and weighed and keeps and (written or coupling.candidates):
        taken = coupling.candidates[0] if len(coupling.candidates) == 1 or not written else next(iter(written))
        made = _made(found, gate, "balance", state, original(taken), found.by_gates(coupling.weight))
    elif keeps:
        value = original(next(iter(written))) if written else state
        made = _made(found, gate, "keep", state, value, kept)
    else:
        made = None
    if made is not None:
        yield made
    new = found.step.graph.descendants(forms)
    told = made is not None
    for value, weight in {} if weighed else written.items():
        kind = "show" if value in new and form.carried == 0 else "write"
        made = _made(found, gate, kind, state, original(value), weight)
        told |= made is not None
        yield from () if made is None else (made,)
    if not told:
        yield from _scaling(found, gate, uses)


def _scaling(found: Structure, gate: Gate, uses: Iterable[GateUse]) -> Iterator[GateFunction]:
    """What a gate scales, where no more can be said."""
    return (GateFunction("scale", gate, _named(found, u.lhs), found.step.original(u.scaled)) for u in uses)


def _made(
    found: Structure, gate: Gate, kind: str, state: sp.Symbol, value: sp.Expr, weight: sp.Expr
) -> GateFunction | None:
    """A function by the coefficient that the gate stands in; None where it may both rise and fall with the gate."""
    sense, complete = _sense(found, gate.symbol, weight, whole=kind in ("keep", "balance"))
    return GateFunction(kind, gate, state, value, sense, complete) if sense else None


def _hangs(found: Structure, weight: sp.Expr, gate: sp.Symbol) -> bool:
    """Whether a coefficient is made of a gate, be it through a name."""
    return gate in found.step.graph.ancestors(weight.free_symbols & found.coefficients, found.gate_symbols - {gate})


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


def _sense(found: Structure, gate: sp.Symbol, weight: sp.Expr, whole: bool = False) -> tuple[int, bool]:
    """Whether a coefficient rises (+1) or falls (−1) with a gate (0: it may do both), and whether completely.

    Completely is from 0, and where it is the `whole` of something that is kept, to 1.
    """
    if gate in weight.free_symbols:
        opened, shut = (sp.expand(weight.xreplace({gate: end})) for end in (sp.S.One, sp.S.Zero))
        if shut == 0 or opened == 0:
            sense = 1 if shut == 0 else -1
            return sense, not whole or 1 in (opened, shut)
    size, slope = (found.ranges.of(e) for e in (restored(sp.expand(weight)), _slope(found, gate, weight)))
    rises = slope.low >= 0 and size.low >= 0
    return (1 if rises else -1 if slope.high <= 0 <= size.low else 0), False


def _slope(found: Structure, gate: sp.Symbol, weight: sp.Expr) -> sp.Expr:
    """The derivative of a coefficient by a gate, through the functions of gates that have names of their own."""
    slopes: dict[sp.Expr, sp.Expr] = {gate: sp.S.One}
    for equation in found.step.graph.equations:
        if equation.lhs in found.coefficients and equation.lhs != gate:
            slopes[equation.lhs] = _derivative(equation.rhs, slopes)
    terms = [
        times(restored(sp.diff(weight, s)), slopes[s]) for s in slopes if s in weight.free_symbols and slopes[s] != 0
    ]
    return Add(*terms) if len(terms) > 1 else terms[0] if terms else sp.S.Zero


def _derivative(expr: sp.Expr, known: Mapping[sp.Expr, sp.Expr]) -> sp.Expr:
    """The derivative of an elementwise or spread expression, given those of its symbols, by the chain rule."""

    def combine(node: Head, changes: list[sp.Expr]) -> sp.Expr:
        arguments = operands(node)
        if isinstance(node, SPREADING):
            others = [a for a, change in zip(arguments, changes, strict=True) if change == 0]
            found: Iterable[sp.Expr | None] = [Diag(reduce(times, others, sp.S.One))] * len(changes)
        else:
            found = factors(node, node, ((),) * len(arguments))
        terms = [times(f.args[0], c) for f, c in zip(found, changes, strict=True) if c != 0 and isinstance(f, Diag)]
        return Add(*terms) if len(terms) > 1 else terms[0] if terms else sp.S.Zero

    return fold(expr, lambda leaf: known.get(leaf, sp.S.Zero), combine)
