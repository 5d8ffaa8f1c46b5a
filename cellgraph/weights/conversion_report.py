"""What a conversion has done, as a report: the arrays made and what of, and in words what a reader must know."""

from __future__ import annotations

from collections.abc import Iterator

from cellgraph.implementations.implementation import called, places
from cellgraph.messages import Message, listed, message
from cellgraph.report import Report
from cellgraph.spec.count_difference import unread
from cellgraph.table import Table
from cellgraph.weights.conversion import Conversion

SHOWN = 8
"""So many names are listed; the document has all of them."""


def conversion_report(found: Conversion) -> Report:
    """The report of a conversion; its document lists the arrays made, and the names that are left alone."""
    (cell, ours), (other, theirs) = found.source, found.target
    rows = tuple(
        (name, " × ".join(map(str, array.shape)), str(array.dtype), ", ".join(found.made_of[name]))
        for name, array in found.arrays.items()
    )
    notes = tuple(_notes(found))
    data = {
        "from": called(ours),
        "to": called(theirs),
        "cells": [cell.name, other.name],
        "layers": found.stack.layers,
        "bidirectional": found.directions == 2,
        "prefix": [*found.stack.naming.prefixes],
        "arrays": [
            {"name": name, "shape": [*map(int, a.shape)], "dtype": str(a.dtype), "made_of": [*found.made_of[name]]}
            for name, a in found.arrays.items()
        ],
        "summed": [*found.summed],
        "negated": sorted(found.same.negated),
        "left": [*found.left],
    }
    title = message("{source} to {target}", source=called(ours), target=called(theirs))
    return Report(message(""), (Table(title, ("array", "shape", "type", "made of"), rows, notes),), data)


def _notes(found: Conversion) -> Iterator[Message]:
    yield from _there(found)
    yield from _cells(found)
    yield from _parameters(found)
    if found.left:
        some = listed(found.left[:SHOWN])
        values = {"count": len(found.left), "names": some}
        yield (
            message("left alone: {names}", **values)
            if len(found.left) <= SHOWN
            else message("left alone: {count} arrays, such as {names}", **values)
        )


def _there(found: Conversion) -> Iterator[Message]:
    """Which layers and directions there are, and under which prefix."""
    number, prefixes = found.stack.layers, found.stack.naming.prefixes
    layers = message("one layer") if number == 1 else message("{layers} layers", layers=number)
    directions = message("both directions") if found.directions == 2 else message("one direction")
    if any(prefixes):
        values = {"layers": layers, "directions": directions, "prefix": listed(prefixes)}
        yield message("found: {layers}, {directions}, under {prefix}", **values)
    else:
        yield message("found: {layers}, {directions}", layers=layers, directions=directions)
    for option in found.stack.left_out:
        yield message("read with {option}=False, because its arrays are not there", option=option)


def _cells(found: Conversion) -> Iterator[Message]:
    """Why the two classes compute the same."""
    (cell, _), (other, _) = found.source, found.target
    if cell == other:
        yield message("both compute {cell}", cell=cell.name)
        return
    yield message(
        "{cell} and {other} are proved to be one cell under other parameters", cell=cell.name, other=other.name
    )
    if found.same.negated:
        names = listed(sorted(found.same.negated))
        yield message("{names} change their sign, because a gate z of one is 1 − z in the other", names=names)


def _parameters(found: Conversion) -> Iterator[Message]:
    """Parameters that do not stand as often in one class as in the other."""
    (_, ours), (_, theirs) = found.source, found.target
    number, own = places(theirs), places(ours)
    names = found.same.names
    if found.summed:
        yield message(
            "{names}: the copies that {source} adds up are their sum here, rounded to the arrays' type; "
            "the way back puts it into the first copy, and zeros into the others",
            names=listed(found.summed), source=ours.name,
        )  # fmt: skip
    more = [q for q, p in names.items() if number[q] > own[p] > 0]
    if more:
        yield message(
            "{names}: {target} adds up several copies; the first has the value, the others are zeros",
            names=listed(more), target=theirs.name,
        )  # fmt: skip
    fresh = [q for q, p in names.items() if number[q] and not own[p]]
    if fresh:
        yield message("{names}: zeros, because {source} has none", names=listed(fresh), source=ours.name)
    if unread(ours) != 0:
        yield message("numbers that {source} never reads are left out", source=ours.name)
    if unread(theirs) != 0:
        yield message("zeros stand where {target} reads nothing", target=theirs.name)
