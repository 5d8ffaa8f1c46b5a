"""Room beside wires: where a formula can stand next to the edge that it belongs to, touching nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from cellgraph.views.pictures.board import Rect
from cellgraph.views.pictures.diagram import Diagram
from cellgraph.views.pictures.paths import Point
from cellgraph.views.pictures.plan import NOTE, Note, Plan, overlap, pieces
from cellgraph.views.pictures.typeset import typeset

GAP = 4.0
"""Between a wire and a formula beside it."""


def with_factors(plan: Plan, diagram: Diagram) -> Plan:
    """The plan with a note beside every edge that has something to say and no place for it yet, where there is room."""
    notes = list(plan.notes)
    solid = [p.rect for p in plan.placed.values()] + pieces(plan.wires.values())
    for number, edge in enumerate(diagram.edges):
        said = edge.factor or edge.latex
        if said and number not in plan.placed[edge.head].slots and plan.wires[number]:
            own = _own(number, diagram, plan.wires)
            found = _free(said, own, [*solid, *(note.rect for note in notes)])
            if found:
                colour = "gradient" if edge.factor else "ink"
                notes.append(Note(said, *found, owner=edge.head, colour=colour, weight=True))
    return replace(plan, notes=tuple(notes))


def _own(number: int, diagram: Diagram, wires: Mapping[int, list[Point]]) -> list[Rect]:
    """Where the factor of an edge belongs: the trunk that it shares with its twins, else what it shares with none.

    Twins go from one glyph into one derivative, and their factor is the sum over both. Pieces near the end first.
    """
    edge = diagram.edges[number]
    home = diagram.node(edge.head).home
    beside = [k for k, other in enumerate(diagram.edges) if other.tail == edge.tail and k != number and wires[k]]
    twins = [k for k in beside if diagram.node(diagram.edges[k].head).home == home and not diagram.edges[k].factor]
    own = pieces([wires[number]])
    common = [found for piece in own for k in twins if (found := _common(piece, pieces([wires[k]])))]
    if common:
        return common[::-1]
    free = [piece for piece in own if not any(_common(piece, pieces([wires[k]])) for k in beside)]
    return [*free[::-1], *own[::-1]]


def _common(piece: Rect, others: Sequence[Rect]) -> Rect | None:
    """The stretch that a piece of wire has in common with one of the others."""
    for other in others:
        left, top = max(piece[0], other[0]), max(piece[1], other[1])
        right, bottom = min(piece[2], other[2]), min(piece[3], other[3])
        if left <= right and top <= bottom and right - left + bottom - top > 1:
            return (left, top, right, bottom)
    return None


def _free(latex: str, wire: Sequence[Rect], solid: Sequence[Rect]) -> tuple[float, float] | None:
    """Left end and middle height of the first place beside the wire where the formula overlaps nothing."""
    outline = typeset(latex, NOTE)
    for x, y in _places(wire, outline.width, outline.height):
        box = (x - 1, y - outline.height / 2 - 1, x + outline.width + 1, y + outline.height / 2 + 1)
        if not any(overlap(box, other) for other in solid):
            return (x, y)
    return None


def _places(wire: Sequence[Rect], width: float, height: float) -> Iterator[Point]:
    for left, top, right, bottom in wire:
        for part in (0.5, 0.35, 0.65, 0.2, 0.8):
            if right - left < 1:
                y = top + part * (bottom - top)
                yield (left + GAP, y)
                yield (left - GAP - width, y)
            else:
                middle = left + part * (right - left)
                yield (middle - width / 2, top - GAP - height / 2)
                yield (middle - width / 2, top + GAP + height / 2)
