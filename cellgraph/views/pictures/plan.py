"""The plan of a picture: everything of it but its colours. Glyphs and boxes in place, notes beside them, wires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from cellgraph.views.pictures.board import Rect
from cellgraph.views.pictures.diagram import Diagram, Node
from cellgraph.views.pictures.paths import Point
from cellgraph.views.pictures.typeset import typeset, words_width, wrapped

NOTE = 13.0
"""The size of formulas beside glyphs and wires."""
WRAP = 92.0
"""Words in a glyph are broken into lines about this wide; those in the box of an equation are not broken."""


@dataclass(frozen=True)
class Placed:
    """A glyph or box with its centre and size."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    slots: Mapping[int, tuple[float, str]] = field(default_factory=dict)
    """For the arrows into a layer: how far from its centre, and at which side, they come in."""

    @property
    def rect(self) -> Rect:
        """Left, top, right and bottom."""
        half, high = self.width / 2, self.height / 2
        return (self.x - half, self.y - high, self.x + half, self.y + high)


@dataclass(frozen=True)
class Caption:
    """The lines of words below the formula in a node: what the spec calls the quantity, and its shape."""

    lines: tuple[str, ...]
    size: float

    @property
    def width(self) -> float:
        """The width of the longest line."""
        return max((words_width(line, self.size) for line in self.lines), default=0.0)

    @property
    def height(self) -> float:
        """The height of all lines."""
        return len(self.lines) * self.leading

    @property
    def leading(self) -> float:
        """From line to line."""
        return self.size + 3.5


def caption(node: Node) -> Caption:
    """The words in a node, broken into lines, and how large they are."""
    if node.kind == "equation":
        return Caption(tuple(text for text in (node.label, node.shape) if text), 10.5)
    return Caption((*wrapped(node.label, 9.5, WRAP), *([node.shape] if node.shape else [])), 9.5)


@dataclass(frozen=True)
class Note:
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
        outline = typeset(self.latex, NOTE)
        return (self.x, self.y - outline.height / 2, self.x + outline.width, self.y + outline.height / 2)


@dataclass(frozen=True)
class Plan:
    """Places of nodes by id, and ways of edges by number."""

    placed: Mapping[str, Placed]
    wires: Mapping[int, list[Point]]
    notes: tuple[Note, ...] = ()
    frame: Rect | None = None


def numbered(diagram: Diagram) -> dict[str, list[int]]:
    """The numbers of the edges that leave each node."""
    found: dict[str, list[int]] = {}
    for number, edge in enumerate(diagram.edges):
        found.setdefault(edge.tail, []).append(number)
    return found


def extent(plan: Plan) -> Rect:
    """The box around everything."""
    rects = [*(p.rect for p in plan.placed.values()), *(note.rect for note in plan.notes)]
    rects += [plan.frame] if plan.frame else []
    rects += [(x, y, x, y) for way in plan.wires.values() for x, y in way]
    return (
        min(r[0] for r in rects), min(r[1] for r in rects), max(r[2] for r in rects), max(r[3] for r in rects)
    )  # fmt: skip


def overlap(a: Rect, b: Rect) -> bool:
    """Whether two rectangles have points in common."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def pieces(ways: Iterable[list[Point]]) -> list[Rect]:
    """The straight pieces of wires, as boxes without width."""
    return [
        (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])) for way in ways for a, b in pairwise(way)
    ]
