"""Prose on states: what one step hands to the next, what of it is only remembered, and how the rest is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sympy as sp

from cellgraph.derive.facts import fact
from cellgraph.derive.prose.claims import Claim, Sentence, claim, say
from cellgraph.derive.prose.sentences import called, called_together, counted, readable, several
from cellgraph.derive.structures.gate_functions import shown_form
from cellgraph.derive.structures.ranges import range_of
from cellgraph.derive.structures.state_paths import PLAIN, PathKind, kinds_from
from cellgraph.derive.structures.states import State, UpdateForm, update_form
from cellgraph.derive.structures.structure import Structure
from cellgraph.derive.structures.witness import witness
from cellgraph.graph import reachable, symbols_of
from cellgraph.graph.identities import is_zero
from cellgraph.graph.ring import restored
from cellgraph.messages import message
from cellgraph.ops import Add, Mismatch, Neg, times


def handing(found: Structure) -> Iterator[Sentence]:
    """What one step hands to the next."""
    cell = found.cell
    kept = [state.after for state in found.handed_on]
    names = several(called_together(cell, kept)) if kept else ""
    handed = claim("handed_on", *kept, numbers=found.reals)
    if not kept:
        yield say("One step hands nothing to the next: nothing that comes out depends on the past.", handed)
    elif len(kept) == 1:
        yield say(
            "One step hands one thing to the next: {state}, {count} numbers.", handed, state=names, count=found.reals
        )
    else:
        yield say(
            "One step hands {number} things to the next: {states}, {count} numbers in all.",
            handed,
            number=counted(len(kept)),
            states=names,
            count=found.reals,
        )
    aliases = {state.after for state in found.states if state.same_as is not None}
    if cell.output not in {*kept, *aliases}:
        yield say(
            "{output} is what a step shows to the outside; it is not handed on.",
            claim("shown", cell.output),
            output=called(cell, cell.output, True),
        )
    if cell.readout is not None:
        shown = [equation.lhs for equation in cell.readout.equations]
        given = [q.symbol for q in cell.readout.leaves if q.time is not None]
        yield say(
            "A readout makes {shown} out of {given}; it is not handed on, and its weights are not counted here.",
            *(claim("shown", symbol) for symbol in shown),
            shown=several([called(cell, symbol) for symbol in shown]),
            given=several(given),
        )


def updating(found: Structure) -> Iterator[Sentence]:
    """How each state is made, what is carried first."""
    yield from _remembering(found)
    left = [state for state in found.handed_on if state in found.fed_back]
    for state in sorted(left, key=lambda s: s.form.carried == 0):
        yield _made(found, state)
        yield from _draft(found, state)


def direct(found: Structure, after: sp.Symbol, before: sp.Symbol) -> Claim | None:
    """∂after/∂before = diag(a) while everything else in the sum is held; None where there is no such a ≠ 0."""
    step, fixed = found.step, step_operations(found)
    opened = step.graph.descendants([before], fixed) & step.graph.ancestors([after], fixed) | {after}
    if after not in step.algebra:
        return None
    written = step.inlined(after, opened)
    coefficient = _coefficient(found, after, before)
    slope = step.inlined(written.diff(before) - coefficient, opened)
    if coefficient == 0 or before in step.inlined(coefficient, opened).free_symbols or not is_zero(slope):
        return None
    if not well_shaped(found, step.original(coefficient)):
        return None
    again = step.graph.descendants([before])
    holding = tuple(step.original(s) for s in sorted(written.free_symbols - {before}, key=str) if s in again)
    return claim("direct", after, by=before, coefficient=step.original(coefficient), holding=holding)


@fact
def own_ways(found: Structure) -> Mapping[sp.Symbol, Claim | None]:
    """The direct way of each state from its own old value, by the state after the step."""
    return {state.after: direct(found, state.after, state.before) for state in found.states}


def _coefficient(found: Structure, after: sp.Symbol, before: sp.Symbol) -> sp.Expr:
    """What a state before stands in the sum of a state after with; that of its own is known."""
    if found.state(after).before == before:
        return found.state(after).form.carried
    whole = set(found.cell.carries.values()) - found.step.graph.descendants([before])
    return update_form(found.step, after, before, found.gate_symbols, found.data, whole).carried


def step_operations(found: Structure) -> frozenset[sp.Symbol]:
    """What scales and adds no more: operations outside the ring, and gates, which are one value each."""
    return found.step.operations | found.gate_symbols


def well_shaped(found: Structure, expr: sp.Expr) -> bool:
    """Whether an expression is one that a spec may have: where a row is scaled by one number, algebra may not be."""
    try:
        found.cell.step.shape(expr)
    except Mismatch:
        return False
    return True


def again_made(found: Structure, state: State) -> tuple[sp.Expr, ...]:
    """What is added to the old value of a state and is made from that value too."""
    seen = witness(found.cell).changed([state.before])
    return tuple(found.step.original(value) for value in state.form.inputs if value in seen)


def carried_whole(found: Structure, state: State) -> bool:
    """Whether nothing scales down what a state holds: s = s⁻ + v, where v and the other states lead back to s⁻ only
    through matrices and activations."""
    own = own_ways(found)[state.after]
    if own is None or own.details["coefficient"] != 1 or own.details["holding"]:
        return False
    return not any(
        PLAIN in kinds.get(state.after, ()) for before, kinds in ways(found).items() if before != state.before
    )


@fact
def ways(found: Structure) -> Mapping[sp.Symbol, Mapping[sp.Symbol, frozenset[PathKind]]]:
    """For each state before the step that matters, the kinds of the paths from it to every quantity."""
    return {state.before: kinds_from(found.step, state.before) for state in found.fed_back}


def _remembering(found: Structure) -> Iterator[Sentence]:
    """The states that only remember what came in before, those that copy one another together."""
    cell, ages = found.cell, found.forgets_after
    chains: dict[sp.Expr, list[sp.Symbol]] = {}
    for state in found.handed_on:
        if state.after in ages:
            chains.setdefault(_copied(found, state.after), []).append(state.after)
    for origin, states in chains.items():
        states.sort(key=lambda after: ages[after])
        names = several([called(cell, after, True) for after in states] if len(states) == 1 else states)
        claims = [claim("memory", after, steps=ages[after]) for after in states]
        if len(states) > 1:
            template = "{names} hold the last {count} values of {origin}, one step older each, and nothing else."
            yield say(template, *claims, names=names, count=counted(len(states)), origin=origin)
        elif ages[states[0]] == 1:
            template = "{names} only remembers what came in one step before: {state} = {sum}."
            yield say(template, *claims, names=names, state=states[0], sum=cell.step.definitions[states[0]])
        else:
            template = "{names} only remembers what came in during the last {count} steps: {state} = {sum}."
            definition = cell.step.definitions[states[0]]
            yield say(template, *claims, names=names, count=counted(ages[states[0]]), state=states[0], sum=definition)


def _copied(found: Structure, after: sp.Symbol) -> sp.Expr:
    """What a chain of copies starts from: a, where q = p[t−1] and p = a."""
    definitions, states = found.cell.step.definitions, found.cell.carries
    origin: sp.Expr = after
    while isinstance(definitions.get(origin), sp.Symbol):
        origin = states.get(definitions[origin], definitions[origin])
    return origin


def _made(found: Structure, state: State) -> Sentence:
    """One sentence on how a state is made."""
    own = shown_form(found, state.after, state.before)
    usable = own.complete and state.after in found.step.algebra
    total = _sum(found, state.before, own) if usable else found.cell.step.definitions[state.after]
    if not well_shaped(found, total):
        total = found.cell.step.definitions[state.after]
    template, claims, values = _manner(found, state)
    values |= {"name": called(found.cell, state.after, True)}
    if readable(total):
        equals = claim("equals", state.after, to=total)
        said = message(template, **values)
        return say("{said}: {state} = {sum}.", equals, *claims, said=said, state=state.after, sum=total)
    return say("{said}.", *(claims or [claim("equals", state.after, to=total)]), said=message(template, **values))


def _manner(found: Structure, state: State) -> tuple[str, list[Claim], dict[str, object]]:
    """How a state comes from its old value: the template, its claims, and what stands in it."""
    way, coefficient = own_ways(found)[state.after], found.step.original(state.form.carried)
    mean = found.coupling(state.after)
    values: dict[str, object] = {"term": coefficient, "state": state.after, "before": state.before}
    if way is None:
        return "{name} is computed anew at every step", [], values
    if mean is not None and mean.convex:
        mixed = [found.step.original(value) for value in mean.candidates]
        between = claim("between", state.after, values=(state.before, *mixed))
        values["others"] = several(mixed)
        return "{name} is a mean of its old value and {others}, weighted entry by entry", [between, way], values
    if carried_whole(found, state):
        return "{name} is kept whole and added to", [way], values
    again = again_made(found, state)
    depends = [claim("depends", value, on=(state.before,)) for value in again]
    interval = range_of(restored(state.form.carried), found.intervals)
    scaling = (interval.within(0, 1), bool(again), state.form.carried == 1, readable(coefficient))
    claims = [way, *depends]
    if scaling[0] and not scaling[2]:
        claims.append(claim("range", coefficient, low=0, high=1))
    return next(template for key, template in MANNERS.items() if _matches(key, scaling)), claims, values


def _matches(key: tuple[bool | None, ...], facts: tuple[bool, ...]) -> bool:
    return all(wanted is None or wanted == fact for wanted, fact in zip(key, facts, strict=True))


MANNERS: dict[tuple[bool | None, bool | None, bool | None, bool | None], str] = {
    (None, True, True, None): "{name} is its old value and more on top, which is made from the old value too",
    (None, False, True, None): "{name} is its old value and more on top",
    (True, True, None, True): (
        "{name} keeps {term} of its old value and gets more on top, which is made from the old value too"
    ),
    (True, False, None, True): "{name} keeps {term} of its old value and gets more on top",
    (False, True, None, True): (
        "{name} is {term} times its old value and more on top, which is made from the old value too"
    ),
    (False, False, None, True): "{name} is {term} times its old value and more on top",
    (None, True, None, False): (
        "{name} is its old value, scaled entry by entry, and more on top, which is made from the old value too"
    ),
    (None, False, None, False): "{name} is its old value, scaled entry by entry, and more on top",
}
"""By whether the coefficient of the old value lies in [0, 1], whether what comes on top depends on the old value,
whether the coefficient is 1, and whether it is short enough to be spelled; None is either."""


def _draft(found: Structure, state: State) -> Iterator[Sentence]:
    """Where a state is made of one other new state alone, by gates: the one is the draft of the other."""
    others = _directly(found, state)
    cell, definition = found.cell, found.cell.step.definitions[state.after]
    gates = dict.fromkeys(s for gate in found.gates for s in symbols_of(gate.expr))
    if len(others) != 1 or state.form.carried != 0 or not {*symbols_of(definition)} <= {others[0].after, *gates}:
        return
    way = own_ways(found)[others[0].after]
    if way is None or way.details["holding"]:
        return
    inside = range_of(restored(others[0].form.carried), found.intervals).within(0, 1)
    claims = (way, claim("independent", state.after, on=(state.before,), holding=(others[0].after, *gates)))
    if inside and others[0].form.carried in found.gate_symbols:
        yield say(
            "So {draft} is the draft, in which old notes are crossed out and new ones added, and {piece} is the piece "
            "of work that the draft is for.",
            *claims,
            draft=others[0].after,
            piece=called(cell, state.after),
        )


def _directly(found: Structure, state: State) -> list[State]:
    """The other new states that a state is made of without a third one in between."""
    others = {other.after: other for other in found.handed_on if other != state}
    return [others[name] for name in reachable([state.after], found.step.graph.uses, others) if name in others]


def _sum(found: Structure, before: sp.Symbol, own: UpdateForm) -> sp.Expr:
    """a ⊙ s⁻ + Σ b_k ⊙ v_k, in heads over the names of the spec."""
    original = found.step.original
    terms = [found.step.scaled(own.carried, before)] if own.carried != 0 else []
    for value, weight in own.inputs.items():
        negative = bool(weight.as_coeff_Mul()[0] < 0)
        term = times(original(-weight if negative else weight), original(value))
        terms.append(Neg(term) if negative else term)
    return Add(*terms) if len(terms) > 1 else terms[0] if terms else sp.S.Zero
