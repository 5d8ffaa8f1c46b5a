"""The plan of a picture: everything of it but its colours. Nodes in place, wires between them, and labels beside both,
which touch nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from cellgraph.views.pictures.diagram import STRAIGHT, Diagram, Node
from cellgraph.views.pictures.grid import Net, Port, Rect, overlap
from cellgraph.views.pictures.paths import Point
from cellgraph.views.pictures.route import routes
from cellgraph.views.pictures.sheets import BAND, CAPTION, Foot, Sheet, feet, single
from cellgraph.views.pictures.typeset import typeset, words_width, wrapped

SIZE, LABEL = 16.0, 13.0
"""The size of formulas in boxes and glyphs, and of those beside glyphs and wires."""
DOT = 7.0
"""The diameter of a join."""
GAP = 4.0
"""Between a wire and a label beside it."""
WRAP = 92.0
"""Words in a glyph are broken into lines about this wide; those in the box of an equation are not broken."""


@dataclass(frozen=True)
class PlacedNode:
    """A glyph or box with its centre and size."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    slots: Mapping[int, tuple[float, str]] = field(default_factory=dict)
    """For the arrows into a layer: how far from its centre, and at which side, they come in."""
    formula: float = SIZE
    """The size of its formula."""

    @property
    def rect(self) -> Rect:
        """Left, top, right and bottom."""
        half, high = self.width / 2, self.height / 2
        return (self.x - half, self.y - high, self.x + half, self.y + high)


@dataclass(frozen=True)
class Caption:
    """The lines of words below the formula in a node (what the spec calls the quantity, and its shape), their size, how
    far apart they are, and the width and height of all."""

    lines: tuple[str, ...]
    size: float
    leading: float
    width: float
    height: float


def caption(node: Node) -> Caption:
    """The words in a node, broken into lines, and how large they are."""
    boxed = node.kind == "equation"
    size = 10.5 if boxed else 9.5
    label = ((node.label,) if node.label else ()) if boxed else wrapped(node.label, size, WRAP)
    lines = (*label, *([node.shape] if node.shape else []))
    leading = size + 3.5
    width = max((words_width(line, size) for line in lines), default=0.0)
    return Caption(lines, size, leading, width, len(lines) * leading)


@dataclass(frozen=True)
class Label:
    """A formula beside a glyph or an arrow, by its left end and middle height; `weight` where it names parameters."""

    latex: str
    x: float
    y: float
    owner: str
    weight: bool = False
    colour: str = "ink"

    @property
    def rect(self) -> Rect:
        """Left, top, right and bottom."""
        outline = typeset(self.latex, LABEL)
        return (self.x, self.y - outline.height / 2, self.x + outline.width, self.y + outline.height / 2)


@dataclass(frozen=True)
class Plan:
    """Places of nodes by id, and ways of edges by number."""

    placed: Mapping[str, PlacedNode]
    wires: Mapping[int, list[Point]]
    labels: tuple[Label, ...] = ()
    frame: Rect | None = None
    sheets: tuple[Sheet, ...] = ()
    feet: tuple[Foot, ...] = ()
    stacks: frozenset[str] = frozenset()
    """Nodes that are stacks of their own."""


def leaving(diagram: Diagram) -> dict[str, list[int]]:
    """The numbers of the edges that leave each node."""
    found: dict[str, list[int]] = {}
    for number, edge in enumerate(diagram.edges):
        found.setdefault(edge.tail, []).append(number)
    return found


def wires(
    diagram: Diagram,
    placed: Mapping[str, PlacedNode],
    outlets: Callable[[PlacedNode], tuple[Port, ...]],
    inlets: Callable[[int], tuple[Port, ...]],
    labels: Iterable[Label] = (),
    sheets: Sequence[Sheet] = (),
) -> dict[int, list[Point]]:
    """The way of every edge by its number, with the ports where a node's wires begin and where an edge's wire ends."""
    edges = leaving(diagram)
    straight = {k for k, edge in enumerate(diagram.edges) if edge.kind in STRAIGHT}
    nets = [
        Net(outlets(placed[tail]), tuple(map(inlets, ks)), next((n for n, k in enumerate(ks) if k in straight), None))
        for tail, ks in edges.items()
    ]
    tight = [*(label.rect for label in labels), *(captions(sheets) if sheets else ())]
    found = routes(
        [p.rect for p in placed.values()], nets, tight, [rect for sheet in sheets for rect in (sheet.rect, sheet.stack)]
    )
    ways = zip((k for ks in edges.values() for k in ks), (way for ways in found for way in ways), strict=True)
    return dict(sorted(ways))


def extent(plan: Plan) -> Rect:
    """The box around everything."""
    rects = [*(p.rect for p in plan.placed.values()), *(label.rect for label in plan.labels)]
    rects += [plan.frame] if plan.frame else []
    rects += [sheet.stack for sheet in plan.sheets]
    rects += [(x, y, x, y) for way in plan.wires.values() for x, y in way]
    return (
        min(r[0] for r in rects), min(r[1] for r in rects), max(r[2] for r in rects), max(r[3] for r in rects)
    )  # fmt: skip


def pieces(ways: Iterable[list[Point]]) -> list[Rect]:
    """The straight pieces of wires, as boxes without width."""
    return [
        (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])) for way in ways for a, b in pairwise(way)
    ]


def with_feet(plan: Plan, diagram: Diagram) -> Plan:
    """The plan with feet where wires divide or are joined, and with what is a stack of its own."""
    return replace(plan, feet=feet(diagram, plan.wires, plan.sheets), stacks=single(diagram, plan.sheets))


def captions(sheets: Sequence[Sheet]) -> list[Rect]:
    """Where the captions of sheets stand."""
    return [
        (left + 6, top + 1, left + 12 + words_width(sheet.caption, CAPTION), top + BAND)
        for sheet in sheets
        for left, top, _, _ in [sheet.rect]
    ]


def with_edge_labels(plan: Plan, diagram: Diagram) -> Plan:
    """The plan with a label beside every edge that has something to say and no place for it, where there is room."""
    labels = list(plan.labels)
    solid = [p.rect for p in plan.placed.values()] + pieces(plan.wires.values())
    for number, edge in enumerate(diagram.edges):
        said = edge.factor or edge.latex
        if said and number not in plan.placed[edge.head].slots and plan.wires[number]:
            own = _stretches(number, diagram, plan.wires)
            found = _free(said, own, [*solid, *(label.rect for label in labels)])
            if found:
                colour = "gradient" if edge.factor else "ink"
                labels.append(Label(said, *found, owner=edge.head, colour=colour, weight=True))
    return replace(plan, labels=tuple(labels))


def _stretches(number: int, diagram: Diagram, wires: Mapping[int, list[Point]]) -> list[Rect]:
    """Where the factor of an edge belongs: the trunk that it shares with its twins, else what it shares with none.

    Twins go from one glyph into one derivative, and their factor is the sum over both. Pieces near the end first.
    """
    edge = diagram.edges[number]
    home = diagram.node[edge.head].home
    beside = [k for k, other in enumerate(diagram.edges) if other.tail == edge.tail and k != number and wires[k]]
    twins = [k for k in beside if diagram.node[diagram.edges[k].head].home == home and not diagram.edges[k].factor]
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
    outline = typeset(latex, LABEL)
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
