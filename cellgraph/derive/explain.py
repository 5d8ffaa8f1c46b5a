"""A cell in prose, from derived facts alone: what it hands on, what its gates do, why gradients survive, what it costs.

No sentence knows a cell: each is chosen by a fact and filled with the quantities that the fact is about.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from cellgraph.graph import Cell, symbols_of
from cellgraph.ops import Add, Neg, times
from cellgraph.report import Report
from cellgraph.words import Message, message

from .duties import Duty, duties, shown
from .explain_flow import counting, flowing, running
from .flat import reached
from .forms import Form
from .sentences import called, counted, paragraph, several
from .structure import Coupling, Invariant, State, Structure, structure
from .structure_report import bound_shown, document


def explanation(cell: Cell) -> Report:
    """The facts of `structure`, `params` and the Jacobian as prose, one paragraph a question."""
    found = structure(cell)
    paragraphs = [
        paragraph(sentences)
        for sentences in (
            list(_handing(found)),
            list(_updating(found)),
            list(_gating(found)),
            list(_coupling(found)),
            list(flowing(found)),
            list(running(found)),
            list(counting(found)),
        )
        if sentences
    ]
    data = {**document(found), "paragraphs": paragraphs}
    return Report(message("{cell}", cell=cell.title or cell.name), tuple(paragraphs), data)


def _handing(found: Structure) -> Iterator[Message]:
    """What one step hands to the next."""
    cell = found.cell
    kept = [state.after for state in found.handed_on]
    names = several([called(cell, after) for after in kept]) if kept else ""
    if len(kept) == 1:
        yield message("One step hands one thing to the next: {state}, {count} numbers.", state=names, count=found.reals)
    elif kept:
        yield message(
            "One step hands {number} things to the next: {states}, {count} numbers in all.",
            number=counted(len(kept)),
            states=names,
            count=found.reals,
        )
    aliases = {state.after for state in found.states if state.same_as is not None}
    if cell.output not in {*kept, *aliases}:
        yield message(
            "{output} is what a step shows to the outside; it is not handed on.", output=called(cell, cell.output, True)
        )
    if cell.readout is not None:
        shown = [equation.lhs for equation in cell.readout.equations]
        given = [q.symbol for q in cell.readout.leaves if q.time is not None]
        yield message(
            "A readout makes {shown} out of {given}; it is not handed on, and its weights are not counted here.",
            shown=several([called(cell, symbol) for symbol in shown]),
            given=several(given),
        )


def _updating(found: Structure) -> Iterator[Message]:
    """How each state is made, what is carried first."""
    cell = found.cell
    for state in sorted(found.handed_on, key=lambda s: s.form.carried == 0):
        others = _directly(found, state)
        carry = next((c for c in found.carries if c.state == state.after), None)
        own = shown(found, state.after, state.before)
        usable = own.complete and state.after in found.step.algebra
        sum_ = _sum(found, state.before, own) if usable else cell.step.definitions[state.after]
        if carry is not None and state.form.complete:
            template = "{name} is kept and added to: {state} = {sum}."
        elif carry is not None:
            template = "{name} keeps {term} of its old value and gets more on top: {state} = {sum}."
        elif others:
            template = "{name} is made afresh at every step, out of {others}: {state} = {sum}."
        elif any(_depends(found, state, other.before) for other in found.states):
            template = "{name} is made anew at every step: {state} = {sum}. Nothing of the old value is simply kept."
        else:
            template = "{name} only remembers what came in one step before: {state} = {sum}."
        yield message(
            template,
            name=called(cell, state.after, True),
            state=state.after,
            sum=sum_,
            term=None if carry is None else carry.coefficient,
            others=several([called(cell, other.after) for other in others]) if others else "",
        )
        if others and carry is None:
            yield from (
                message(DRAFT[bool(other.form.carried == 1)], draft=other.after, piece=state.after)
                for other in others[:1]
                if other.form.carried != 0
            )


DRAFT = {
    False: (
        "So {draft} is the draft, in which old notes are crossed out and new ones added, and {piece} is the piece of "
        "work that the draft is for."
    ),
    True: (
        "So {draft} is the draft, to which notes are only ever added, and {piece} is the piece of work that it is for."
    ),
}
"""By whether nothing in the draft is ever erased."""


def _directly(found: Structure, state: State) -> list[State]:
    """The other new states that a state is made of without a third one in between."""
    afters = {other.after: other for other in found.handed_on if other != state}
    seen: dict[sp.Symbol, None] = {state.after: None}
    todo = [state.after]
    while todo:
        name = todo.pop(0)
        fresh = [s for s in symbols_of(found.step.graph.definitions.get(name, name)) if s not in seen]
        seen.update(dict.fromkeys(fresh))
        todo += [s for s in fresh if s not in afters and s in found.step.graph.definitions]
    return [afters[s] for s in seen if s in afters]


def _depends(found: Structure, state: State, symbol: sp.Symbol) -> bool:
    return state.after in reached(found.step.graph, [symbol])


def _sum(found: Structure, before: sp.Symbol, own: Form) -> sp.Expr:
    """a ⊙ s⁻ + Σ b_k ⊙ v_k, in heads over the names of the spec."""
    spelled = found.step.spelled
    terms = [times(spelled(own.carried), before)] if own.carried != 0 else []
    for value, weight in own.written.items():
        negative = weight.could_extract_minus_sign()
        term = times(spelled(-weight if negative else weight), spelled(value))
        terms.append(Neg(term) if negative else term)
    return Add(*terms) if len(terms) > 1 else terms[0]


def _gating(found: Structure) -> Iterator[Message]:
    """What each gate does."""
    if not found.gates:
        yield message(
            "It has no gates: no quantity made from the input or the state does nothing but scale between 0 and 1."
        )
        return
    names = several([called(found.cell, gate.expr) for gate in found.gates])
    if len(found.gates) == 1:
        yield message(
            "It has one gate, {gates}: numbers between 0 and 1, made anew at every step, that only scale, entry by "
            "entry.",
            gates=names,
        )
    else:
        yield message(
            "It has {number} gates, {gates}: numbers between 0 and 1, made anew at every step, that only scale, entry "
            "by entry.",
            number=counted(len(found.gates)),
            gates=names,
        )
    for duty in duties(found):
        yield _duty(found, duty)


DUTIES = {
    ("balance", True, True): (
        "{gate} weighs old against new: where it is near 1, {state} keeps its old value; where it is near 0, {value} "
        "takes its place."
    ),
    ("balance", False, True): (
        "{gate} weighs old against new: where it is near 0, {state} keeps its old value; where it is near 1, {value} "
        "takes its place."
    ),
    (
        "balance",
        True,
        False,
    ): "{gate} weighs old against new: the nearer it is to 1, the more {state} keeps its old value.",
    (
        "balance",
        False,
        False,
    ): "{gate} weighs old against new: the nearer it is to 0, the more {state} keeps its old value.",
    ("keep", True, True): (
        "{gate} decides what stays of {state}: where it is near 1 the old value stays, where it is near 0 it is erased."
    ),
    ("keep", False, True): (
        "{gate} decides what stays of {state}: where it is near 0 the old value stays, where it is near 1 it is erased."
    ),
    ("keep", True, False): "{gate} decides how much stays of {state}: the nearer to 1, the more.",
    ("keep", False, False): "{gate} decides how much stays of {state}: the nearer to 0, the more.",
    ("write", True, True): "{gate} decides how much of {value} is written into {state}.",
    ("write", False, True): (
        "{gate} decides how much of {value} is written into {state}: the nearer it is to 0, the more."
    ),
    "show": "{gate} decides how much of {value} is shown as {state}.",
    ("recall", True, True): (
        "{gate} decides how much of the past {state} gets to see, by scaling {value}: where it is near 0, {state} is "
        "made as if nothing had come before."
    ),
    ("recall", False, True): (
        "{gate} decides how much of the past {state} gets to see, by scaling {value}: where it is near 1, {state} is "
        "made as if nothing had come before."
    ),
    ("recall", True, False): "{gate} decides how much of {value} takes part in {state}.",
    ("recall", False, False): (
        "{gate} decides how much of {value} takes part in {state}: the nearer it is to 1, the less."
    ),
    "scale": "{gate} scales {value} on the way to {state}.",
}
"""By the kind of duty, and where it keeps also by whether an open gate keeps, and whether the other end erases."""


def _duty(found: Structure, duty: Duty) -> Message:
    template = DUTIES.get(duty.kind) or DUTIES[duty.kind, duty.high, duty.whole or duty.kind == "write"]
    return message(
        template,
        gate=called(found.cell, duty.gate.expr, True),
        state=called(found.cell, duty.state),
        value=called(found.cell, duty.value),
    )


def _coupling(found: Structure) -> Iterator[Message]:
    """What is coupled, and what that keeps in bounds."""
    for coupling in found.coupled:
        yield message(
            "{weights} always add up to 1, so {state} cannot keep more without writing less.",
            weights=several(coupling.coefficients),
            state=coupling.state,
        )
    if any(_single(found, coupling) for coupling in found.coupled):
        yield message("One gate does the work that would otherwise take two.")
    tied = {coupling.state for coupling in found.coupled}
    for state in found.handed_on:
        if state.form.carried != 0 and state.form.written and state.after not in tied:
            yield from _free(found, state)
    for invariant in found.invariants:
        if invariant.state in {state.after for state in found.handed_on}:
            yield _bound(found, invariant)


def _free(found: Structure, state: State) -> Iterator[Message]:
    """How keeping and writing go together where they do not add up to 1."""
    names = {gate.symbol for gate in found.gates}
    open_ = [name for name in found.step.algebra if name not in names]

    def gates(weight: sp.Expr) -> set[sp.Symbol]:
        return {s for s in found.step.unfolded(weight, open_).free_symbols if s in names}

    written = list(state.form.written.values())
    keeping, writing = gates(state.form.carried), {gate for weight in written for gate in gates(weight)}
    weights = several([found.step.spelled(weight) for weight in (state.form.carried, *written)])
    if state.form.carried == 1:
        yield message("{state} is only ever added to; nothing in it is erased.", state=state.after)
    elif keeping & writing:
        yield message(
            "{weights} hang on the same gate but do not add up to 1, so {state} is no weighted mean of old and new.",
            weights=weights,
            state=state.after,
        )
    elif keeping and writing:
        yield message(
            "{weights} are not tied to each other, so {state} may keep and write at once, or do neither.",
            weights=weights,
            state=state.after,
        )


def _bound(found: Structure, invariant: Invariant) -> Message:
    """An invariant as a sentence."""
    interval = invariant.interval
    values = found.state(invariant.state).form.written
    names = {
        "state": invariant.state,
        "low": None if interval is None else bound_shown(interval.low),
        "high": None if interval is None else bound_shown(interval.high),
        "rate": None if invariant.rate is None else bound_shown(invariant.rate),
        "values": several([found.step.spelled(value) for value in values]) if values else "",
    }
    return message(BOUNDS[invariant.kind, interval is not None, bool(invariant.rate)], **names)


BOUNDS = {
    ("always", True, False): "After every step {state} lies between {low} and {high}, wherever it started.",
    ("kept", True, False): (
        "Each step takes a weighted mean, so {state} stays between {low} and {high} once it is there."
    ),
    ("kept", False, False): (
        "Each step takes a weighted mean, so {state} never leaves the range of its start and of {values}."
    ),
    ("growth", False, True): "{state} can grow, by no more than {rate} a step.",
    ("growth", False, False): "{state} never grows.",
}
"""By kind of invariant, and whether an interval and a rate are known."""


def _single(found: Structure, coupling: Coupling) -> bool:
    """Whether one gate alone sets all coefficients."""
    gates = {gate.symbol for gate in found.gates}
    form = found.state(coupling.state).form
    used = {
        s
        for weight in (form.carried, *form.written.values())
        for s in found.step.unfolded(weight, [n for n in found.step.algebra if n not in gates]).free_symbols
        if s in found.data
    }
    return len(used) == 1 and used <= gates
