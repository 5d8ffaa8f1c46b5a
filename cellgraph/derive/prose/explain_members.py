"""Prose on families: what each member keeps for itself, what all of them share, and where they meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy as sp

from cellgraph.derive.prose.claims import Sentence, claim, say
from cellgraph.derive.prose.sentences import called, called_together, several
from cellgraph.derive.structures.members import Members, members
from cellgraph.derive.structures.structure import Structure


def sharing(found: Structure) -> Iterator[Sentence]:
    """What holds along each lifted axis; nothing for a cell without families."""
    for own in members(found.cell):
        yield from _keeping(found, own)
        yield from _sharing(found, own)
        yield from _meeting(found, own)


def _keeping(found: Structure, own: Members) -> Iterator[Sentence]:
    """Which states there are once for each member, and whether members read each other's."""
    axis, label = own.axis.size, found.cell.dims.get(str(own.axis), "")
    left = [state for state in own.states if state not in own.apart]
    if own.apart:
        yield say(
            "{states} is kept once for each {axis} ({label}), and none ever reads what another keeps."
            if len(own.apart) == 1
            else "{states} are kept once for each {axis} ({label}), and none ever reads what another keeps.",
            claim("apart", *own.apart, axis=axis),
            states=_beginning(found, own.apart),
            axis=axis,
            label=label,
        )
    if left:
        yield say(
            "{states} is kept once for each {axis} ({label})."
            if len(left) == 1
            else "{states} are kept once for each {axis} ({label}).",
            *(claim("alike", state, axis=axis) for state in left),
            states=_beginning(found, left),
            axis=axis,
            label=label,
        )
    if own.blocks:
        yield say(
            "Seen as one matrix, {matrices} is block-diagonal: one block for each {axis}."
            if len(own.blocks) == 1
            else "Seen as one matrix each, {matrices} are block-diagonal: one block for each {axis}.",
            claim("apart", *own.apart, axis=axis),
            matrices=several(own.blocks),
            axis=axis,
        )


def _beginning(found: Structure, states: Sequence[sp.Symbol]) -> Any:
    """What the states are called, at the beginning of a sentence."""
    first, *others = states
    return several([called(found.cell, first, True), *called_together(found.cell, others)])


def _sharing(found: Structure, own: Members) -> Iterator[Sentence]:
    """What is given once and read by several members."""
    if own.shared:
        yield say(
            "Members along {axis} ({label}) share {shared}.",
            claim("shared", *own.shared, axis=own.axis.size),
            axis=own.axis.size,
            label=found.cell.dims.get(str(own.axis), ""),
            shared=several(called_together(found.cell, own.shared)),
        )


def _meeting(found: Structure, own: Members) -> Iterator[Sentence]:
    """Where members are put together."""
    if own.meetings:
        yield say(
            "Members along {axis} meet in {places}.",
            *(claim("meets", place, axis=own.axis.size) for place in own.meetings),
            axis=own.axis.size,
            places=several(own.meetings),
        )
