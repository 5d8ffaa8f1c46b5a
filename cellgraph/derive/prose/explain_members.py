"""Prose on families: what each member keeps for itself, what all of them share, and where they meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy as sp

from cellgraph.derive.prose.claims import Claim, Sentence, claim, say
from cellgraph.derive.prose.sentences import called, called_together, several
from cellgraph.derive.structures.members import Members, members
from cellgraph.derive.structures.structure import Structure
from cellgraph.messages import message


def sharing(found: Structure) -> Iterator[Sentence]:
    """What holds along each lifted axis, and once for axes of which the same holds; nothing without families."""
    alike: dict[tuple[Any, ...], list[Members]] = {}
    for own in members(found.cell):
        alike.setdefault((own.states, own.apart, own.shared, own.meetings, own.blocks), []).append(own)
    for group in alike.values():
        yield from _keeping(found, group)
        yield from _sharing(found, group)
        yield from _meeting(found, group)


def _axes(found: Structure, group: Sequence[Members]) -> Any:
    """The axes and what they are: j (heads)."""
    labels = found.cell.dims
    return several(
        [message("{axis} ({label})", axis=own.axis.size, label=labels.get(str(own.axis), "")) for own in group]
    )


def _claims(kind: str, group: Sequence[Members], *of: sp.Symbol) -> list[Claim]:
    return [claim(kind, *of, axis=own.axis.size) for own in group]


def _keeping(found: Structure, group: Sequence[Members]) -> Iterator[Sentence]:
    """Which states there are once for each member, and whether members read each other's."""
    own, axes = group[0], _axes(found, group)
    left = [state for state in own.states if state not in own.apart]
    if own.apart:
        yield say(
            "{states} is kept once for each {axes}, and none ever reads what another keeps."
            if len(own.apart) == 1
            else "{states} are kept once for each {axes}, and none ever reads what another keeps.",
            *_claims("apart", group, *own.apart),
            states=_beginning(found, own.apart),
            axes=axes,
        )
    if left:
        yield say(
            "{states} is kept once for each {axes}." if len(left) == 1 else "{states} are kept once for each {axes}.",
            *(kept for state in left for kept in _claims("alike", group, state)),
            states=_beginning(found, left),
            axes=axes,
        )
    if own.blocks:
        yield say(
            "Seen as one matrix, {matrices} is block-diagonal: one block for each {axes}."
            if len(own.blocks) == 1
            else "Seen as one matrix each, {matrices} are block-diagonal: one block for each {axes}.",
            *_claims("apart", group, *own.apart),
            matrices=several(own.blocks),
            axes=several([each.axis.size for each in group]),
        )


def _beginning(found: Structure, states: Sequence[sp.Symbol]) -> Any:
    """What the states are called, at the beginning of a sentence."""
    first, *others = states
    return several([called(found.cell, first, True), *called_together(found.cell, others)])


def _sharing(found: Structure, group: Sequence[Members]) -> Iterator[Sentence]:
    """What is given once and read by several members."""
    shared = group[0].shared
    if shared:
        yield say(
            "Members along {axes} share {shared}.",
            *_claims("shared", group, *shared),
            axes=_axes(found, group),
            shared=several(called_together(found.cell, shared)),
        )


def _meeting(found: Structure, group: Sequence[Members]) -> Iterator[Sentence]:
    """Where members are put together."""
    meetings = group[0].meetings
    if meetings:
        yield say(
            "Members along {axes} meet in {places}.",
            *(made for place in meetings for made in _claims("meets", group, place)),
            axes=several([each.axis.size for each in group]),
            places=several(meetings),
        )
