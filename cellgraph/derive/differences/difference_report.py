"""The difference of two cells as a report: the edits in order, what each costs or saves, and the cells on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sympy as sp

from cellgraph.derive.counts.params import params
from cellgraph.derive.differences.difference import Difference, Edit
from cellgraph.derive.differences.gate_polarity import normalise_polarity
from cellgraph.derive.differences.normal_form import normal_form, renaming
from cellgraph.derive.differences.search import FARTHEST
from cellgraph.derive.differences.sizes import same_dims
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.graph import Cell, stem
from cellgraph.messages import Message, listed, message
from cellgraph.report import Report
from cellgraph.table import Table


def difference_report(found: Difference, known: Iterable[Cell] = ()) -> Report:
    """The edits that turn one cell into the other. Cells in `known` give their names to the cells on the way."""
    names = {**_waypoints(found, known), len(found.steps or ()): found.b.name}
    title = message("from {first} to {second}", first=found.a.name, second=found.b.name)
    return Report(title, tuple(_blocks(found, names)), _document(found, names))


def _blocks(found: Difference, names: Mapping[int, str]) -> Iterator[Message | Table]:
    values: dict[str, Any] = {"first": found.a.name, "second": found.b.name}
    if found.steps is None:
        yield message("No short list of edits was found that turns {first} into {second}.", **values)
        if found.tried < FARTHEST:
            yield message(
                "That there is none is not proved: of the lists longer than {count}, only some were tried.",
                count=max(found.tried, 0),
            )
        shared = list(_shared(structure(found.a), structure(found.b)))
        if shared:
            yield message("What they share: {facts}.", facts=listed(shared))
    elif found.equivalent:
        yield message("{first} and {second} are equivalent: one cell, written differently.", **values)
    elif found.steps:
        yield _table(found.steps, names)
        yield from _share(found)
        if found.proved:
            yield message(
                "Each edit was carried out in the equations; what they lead to is {second}, term by term, up to names.",
                **values,
            )
    if found.steps is not None:
        yield from _idle(found)
        yield from _initial(found)
        yield from _names(found)


def differing(found: Difference) -> Iterator[Message]:
    """A sentence for each thing in which the two cells differ, names aside."""
    yield from map(_said, found.steps or ())
    if found.steps is not None:
        yield from _idle(found)
        yield from _initial(found)


TOLD = ("merge", "delay")
"""Kinds of edits whose own words say which states come and go."""


def _said(step: Edit) -> Message:
    """What an edit changes, and which states come or go with it."""
    text = step.text
    for template, states in (
        ("{edit}; gone: the state {states}", step.gone),
        ("{edit}; new: the state {states}", step.new),
    ):
        if states and step.kind not in TOLD:
            text = message(template, edit=text, states=listed(sp.Symbol(stem(state)) for state in states))
    return text


def _idle(found: Difference) -> Iterator[Message]:
    """States that either cell has for itself alone."""
    for cell, state in found.idle:
        yield message(
            "{cell} also has the state {state}, on which its output never depends", cell=cell.name, state=state
        )


def _initial(found: Difference) -> Iterator[Message]:
    """States that are something else before the first step."""
    for before, starts in found.initial.items():
        own, its = (start.name if isinstance(start, sp.Symbol) else f"{float(start):g}" for start in starts)
        state = found.a.carries[before]
        yield message("{state} begins as {own} in the one, as {other} in the other", state=state, own=own, other=its)


def _table(steps: tuple[Edit, ...], names: Mapping[int, str]) -> Table:
    return Table(
        message(""),
        ("edit", "what changes", "matrices", "parameters", "gives"),
        tuple(
            (k, _said(step), _signed(step.matrices), step.count, names.get(k, "")) for k, step in enumerate(steps, 1)
        ),
        footer=(
            (
                message("total"),
                "",
                _signed(sum(step.matrices for step in steps)),
                sp.factor(sp.Add(*[step.count for step in steps])),
                "",
            ),
        ),
    )


def _signed(count: int) -> str:
    return f"{count:+d}" if count else "0"


def _share(found: Difference) -> Iterator[Message]:
    """The share of the parameters that comes or goes, where it is the same for every size."""
    before = params(found.a).formula
    change = sp.cancel(sp.Add(*[step.count for step in found.steps or ()]) / before) if before != 0 else sp.S.Zero
    if change.is_Rational and change != 0:
        percent = f"{float(abs(change)) * 100:.4g} %"
        if 1000 % change.q:
            percent = f"{abs(change.p)}/{change.q} ({percent})"
        template = "exactly {percent} fewer parameters" if change < 0 else "exactly {percent} more parameters"
        yield message(template, percent=percent)


def _names(found: Difference) -> Iterator[Message]:
    """What is called differently, or flipped."""
    pairs = [(x, y) for x, y in found.names.items() if x != y and x in found.a.step.quantities]
    for gate in found.flipped:
        if not gate.name.startswith("@"):
            yield message("{gate} in the one is 1 − {other} in the other", gate=gate, other=found.names[gate])
    if pairs:
        yield message("other names: {pairs}", pairs=listed([message("{old} → {new}", old=x, new=y) for x, y in pairs]))


def _shared(a: Structure, b: Structure) -> Iterator[Message]:
    """The facts that two unrelated cells have in common."""
    if len(a.handed_on) == len(b.handed_on):
        yield message("states handed on: {count}", count=len(a.handed_on))
    if len(a.gates) == len(b.gates) and a.gates:
        yield message("gates: {count}", count=len(a.gates))
    if a.carries and b.carries:
        yield message("an additive carry")
    if a.coupled and b.coupled:
        yield message("what is kept and what is written add up to 1")
    if a.scan == b.scan:
        yield message("scan class {level}", level=a.scan)


def _waypoints(found: Difference, known: Iterable[Cell]) -> dict[int, str]:
    """The names of the cells on the way, by the number of the edit that gives them."""
    names: dict[int, str] = {}
    for cell in known if found.waypoints else ():
        named = cell.name in (found.a.name, found.b.name)
        if not named and found.may_pass(len(cell.carries), params(cell).matrices):
            form = normal_form(cell).with_sizes(same_dims(found.a, cell))
            own, _ = normalise_polarity(form, structure(cell).gate_symbols)
            for place, reached in found.waypoints.items():
                if place not in names and renaming(reached, own) is not None:
                    names[place] = cell.name
    return names


def _document(found: Difference, names: Mapping[int, str]) -> dict[str, Any]:
    steps: tuple[Edit, ...] = found.steps or ()
    return {
        "a": found.a.name,
        "b": found.b.name,
        "edits": [
            {
                "kind": step.kind,
                "text": _said(step),
                "matrices": step.matrices,
                "formula": str(step.count),
                "proved": found.proved,
                "gives": names.get(k),
                "states": {"gone": [*map(stem, step.gone)], "new": [*map(stem, step.new)]},
            }
            for k, step in enumerate(steps, 1)
        ],
        "matched": found.steps is not None,
        "complete": found.steps is not None or found.tried == FARTHEST,
        "equivalent": found.equivalent,
        "idle": [{"cell": cell.name, "state": str(state)} for cell, state in found.idle],
        "names": {str(x): str(y) for x, y in found.names.items() if x in found.a.step.quantities},
    }
