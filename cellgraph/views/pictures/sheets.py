"""Sheets: what is lifted over axes is drawn once, on the first sheet of a stack, and wires cross its edge.

Nothing stands on a sheet but what has its axes. Where a wire crosses the edge because all members share what it
carries, or because one thing reads all of them, it has a foot there: prongs that open towards the members.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cellgraph.views.pictures.diagram import Diagram, Edge
from cellgraph.views.pictures.grid import CLEARANCE, STEPS, Rect, overlap
from cellgraph.views.pictures.paths import Point

PAD = 17.6
"""Between the edge of a sheet and what stands on it."""
BAND = 17.0
"""The height of the band at the top of a sheet in which its caption stands."""
CAPTION = 11.0
"""The size of a caption."""
BEHIND = 3.0
"""How far the next sheet of the stack looks out, upwards and to the right."""
DEEP = 2
"""How many sheets look out."""
FOOT, TOES = 8.0, 4.5
"""The length of a foot, and how far its outer prongs end from the middle one."""
TERMINALS = ("before", "after", "input", "output")
"""Kinds of nodes that stand outside the step."""
HEAD = 7.0
"""How far from the tip of an arrow a foot stands; it ends where the wire may turn or fork."""


@dataclass(frozen=True)
class Sheet:
    """The rectangle of its first sheet, the nodes on it, and its caption."""

    axes: tuple[str, ...]
    members: frozenset[str]
    rect: Rect
    caption: str

    @property
    def stack(self) -> Rect:
        """The rectangle of the whole stack."""
        left, top, right, bottom = self.rect
        return (left, top - DEEP * BEHIND, right + DEEP * BEHIND, bottom)


@dataclass(frozen=True)
class Foot:
    """Where a wire divides or is joined: the end of its middle prong, the direction in which it opens, its length."""

    x: float
    y: float
    towards: Point
    length: float = FOOT


def caption(diagram: Diagram, axes: Sequence[str]) -> str:
    """What is written on a sheet: × j heads, or × p × q."""
    members = diagram.each.get(axes[0], "") if len(axes) == 1 else ""
    return " ".join([*(f"× {axis}" for axis in axes), *([members] if members else [])])


def meeting(diagram: Diagram, edge: Edge) -> str:
    """How an edge crosses lifted axes: as a 'fan' where members share what it carries or each gets a part of it, as a
    'join' where one thing reads all members."""
    tail, head = diagram.node[edge.tail], diagram.node[edge.head]
    if set(head.axes) - set(tail.axes):
        return "fan"
    return "join" if head.crosses or set(tail.axes) - set(head.axes) else ""


def clusters(diagram: Diagram) -> dict[tuple[str, ...], list[str]]:
    """The nodes within the step that have lifted axes, by their axes."""
    found: dict[tuple[str, ...], list[str]] = {}
    for node in diagram.nodes:
        if node.axes and node.kind not in TERMINALS:
            found.setdefault(node.axes, []).append(node.id)
    return found


def sheets(diagram: Diagram, groups: Iterable[Iterable[str]], rects: Mapping[str, Sequence[Rect]]) -> tuple[Sheet, ...]:
    """A sheet for each group of nodes that have axes, around the rectangles of what belongs to each node.

    Where something else stands between the nodes of a group there is none.
    """
    found = []
    for members in map(frozenset, groups):
        axes = diagram.node[min(members)].axes
        inside = [rect for name in members for rect in rects[name]]
        left, top = (min(rect[k] for rect in inside) - PAD for k in (0, 1))
        right, bottom = (max(rect[k] for rect in inside) + PAD for k in (2, 3))
        rect = (left, top - BAND, right, bottom)
        strange = [other for name, own in rects.items() if name not in members for other in own]
        if axes and not any(overlap(rect, other) for other in strange):
            found.append(Sheet(axes, members, rect, caption(diagram, axes)))
    return tuple(found)


def single(diagram: Diagram, found: Sequence[Sheet]) -> frozenset[str]:
    """The nodes with axes that stand on no sheet, each of them a stack of its own."""
    on_sheets = {name for sheet in found for name in sheet.members}
    return frozenset(node.id for node in diagram.nodes if node.axes and node.id not in on_sheets)


def feet(diagram: Diagram, wires: Mapping[int, list[Point]], found: Sequence[Sheet]) -> tuple[Foot, ...]:
    """The feet of all wires that need one, each once."""
    home = {name: sheet for sheet in found for name in sheet.members}
    made: dict[Foot, None] = {}
    for number, edge in enumerate(diagram.edges):
        how, way = meeting(diagram, edge), wires[number]
        if not how or not way:
            continue
        if how == "fan":
            foot = _crossing(way[::-1], home.get(edge.head)) or _at_head(way, opens=1)
        else:
            left = None if diagram.node[edge.head].crosses else _crossing(way, home.get(edge.tail))
            others = [wires[k] for k, e in enumerate(diagram.edges) if e.tail == edge.tail and not meeting(diagram, e)]
            foot = left if left and not _on(left, others) else _at_head(way, opens=-1)
        made[foot] = None
    return tuple(made)


def _crossing(way: Sequence[Point], sheet: Sheet | None) -> Foot | None:
    """Where a wire that begins on a sheet leaves it: a foot that opens to the inside."""
    if sheet is None:
        return None
    left, top, right, bottom = sheet.rect
    for (x0, y0), (x1, y1) in pairwise(way):
        dx, dy = _direction((x0, y0), (x1, y1))
        edge = {(1, 0): right, (-1, 0): left, (0, 1): bottom, (0, -1): top}[dx, dy]
        here, there = (x0, x1) if dx else (y0, y1)
        if min(here, there) <= edge <= max(here, there):
            return Foot(edge if dx else x0, y0 if dx else edge, (-dx, -dy))
    return None


def _at_head(way: Sequence[Point], opens: int) -> Foot:
    """A foot just before the head of an arrow, which opens towards it, or away from it."""
    (x, y), (dx, dy) = way[-1], _direction(way[-2], way[-1])
    back = HEAD if opens > 0 else CLEARANCE
    return Foot(x - back * dx, y - back * dy, (opens * dx, opens * dy), CLEARANCE - HEAD)


def _on(foot: Foot, ways: Iterable[Sequence[Point]]) -> bool:
    """Whether any of these wires, of which the members go on, runs where a foot would stand."""
    return any(
        min(x0, x1) <= foot.x <= max(x0, x1) and min(y0, y1) <= foot.y <= max(y0, y1)
        for way in ways
        for (x0, y0), (x1, y1) in pairwise(way)
    )


def _direction(start: Point, end: Point) -> tuple[int, int]:
    """One of STEPS: the way that a piece of wire goes."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    return max(STEPS, key=lambda step: step[0] * dx + step[1] * dy)


def prongs(foot: Foot) -> Iterator[tuple[Point, Point]]:
    """The outer prongs of a foot, each from its apex on the wire; the wire itself is the middle one."""
    dx, dy = foot.towards
    apex = (foot.x - foot.length * dx, foot.y - foot.length * dy)
    for side in (-TOES, TOES):
        yield apex, (foot.x + side * dy, foot.y + side * dx)
