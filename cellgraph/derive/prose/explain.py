"""A cell in prose, from derived facts alone: what it hands on, what its gates do, why gradients survive, what it costs.

No sentence knows a cell: each is chosen by a fact and filled with the quantities that the fact is about.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from cellgraph.derive.prose.explain_flow import counting, flowing, running
from cellgraph.derive.prose.explain_gates import bounding, gating
from cellgraph.derive.prose.sentences import called, called_together, chained, counted, several
from cellgraph.derive.structures.gate_functions import shown_form
from cellgraph.derive.structures.state_paths import PLAIN, path_kinds
from cellgraph.derive.structures.structure import State, Structure, structure
from cellgraph.derive.structures.structure_report import document
from cellgraph.derive.structures.update_form import UpdateForm
from cellgraph.graph import Cell, reachable, symbols_of
from cellgraph.messages import Message, message
from cellgraph.ops import Add, Neg, times
from cellgraph.report import Report


def explanation(cell: Cell) -> Report:
    """The facts of `structure`, `params` and the Jacobian as prose, one paragraph a question, after the spec's note."""
    found = structure(cell)
    answers = (_handing, _updating, gating, bounding, flowing, running, counting)
    paragraphs = [chained(said, "{first} {rest}") for answer in answers if (said := list(answer(found)))]
    data = {**document(found), "note": dict(cell.note), "paragraphs": paragraphs}
    led = [message("{note}", note=cell.note)] if cell.note else []
    return Report(message("{cell}", cell=cell.title or cell.name), (*led, *paragraphs), data)


def _handing(found: Structure) -> Iterator[Message]:
    """What one step hands to the next."""
    cell = found.cell
    kept = [state.after for state in found.handed_on]
    names = several(called_together(cell, kept)) if kept else ""
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
        own = shown_form(found, state.after, state.before)
        usable = own.complete and state.after in found.step.algebra
        sum_ = _sum(found, state.before, own) if usable else cell.step.definitions[state.after]
        if carry is not None and state.form.complete:
            template = "{name} is kept and added to: {state} = {sum}."
        elif carry is not None:
            template = "{name} keeps {term} of its old value and gets more on top: {state} = {sum}."
        elif state not in found.fed_back and any(s in cell.carries for s in symbols_of(sum_)):
            template = "{name} only remembers inputs of earlier steps: {state} = {sum}."
        elif others:
            template = "{name} is made afresh at every step, out of {others}: {state} = {sum}."
        elif state.after in found.step.graph.descendants(found.cell.carries):
            plain = PLAIN in path_kinds(found.step, state.after, state.before).kinds
            template = "{name} is made anew at every step: {state} = {sum}."
            template = template if plain else f"{template} Nothing of the old value is simply kept."
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
        if others and carry is None and others[0].form.carried != 0:
            yield message(DRAFT[bool(others[0].form.carried == 1)], draft=others[0].after, piece=state.after)


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
