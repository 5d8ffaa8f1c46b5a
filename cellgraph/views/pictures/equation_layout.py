"""The plan at the level *equations*: boxes as Graphviz places them, wires around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cellgraph.deadline import DOING
from cellgraph.views.pictures.diagram import STRAIGHT, Diagram, Node
from cellgraph.views.pictures.graphviz import Engine, dot, layout
from cellgraph.views.pictures.grid import SPACING, Port
from cellgraph.views.pictures.plan import (
    DOT,
    LABEL,
    SIZE,
    PlacedNode,
    Plan,
    caption,
    wires,
    with_edge_labels,
    with_feet,
)
from cellgraph.views.pictures.sheets import Sheet, clusters, sheets
from cellgraph.views.pictures.typeset import typeset

WIDEST = 1400.0
"""What is wider than that is laid out with less room."""
SIDES = {"LR": ("E", "W"), "RL": ("W", "E"), "TB": ("S", "N"), "BT": ("N", "S")}
"""Where wires leave and enter boxes, by the direction in which time runs."""
STEP = 9.0
"""How far apart the ports of a box are."""
ASIDE = 90.0
"""The price of coming in at a neighbouring side."""


@dataclass(frozen=True)
class Room:
    """The size of formulas, the room around each, and the room between boxes for wires, in inches."""

    size: float
    pad: float
    ranks: float


AMPLE, SCANT = Room(SIZE, 11.0, 0.8), Room(14.0, 8.0, 0.58)


def plan(diagram: Diagram, engine: Engine) -> Plan:
    """Boxes with their centres where the engine says, and the wires between them."""
    DOING.set(f"laying out {len(diagram.edges)} arrows")
    placed = _placed(diagram, engine, AMPLE)
    if max(p.rect[2] for p in placed.values()) > WIDEST:
        placed = _placed(diagram, engine, SCANT)
    kept = {edge.head for edge in diagram.edges if edge.kind in STRAIGHT}
    out, into = SIDES[diagram.rankdir]

    def inlets(number: int) -> tuple[Port, ...]:
        """Where a wire may come in, at the height of its source too, so that it need not jog.

        The middle may be kept for the state that goes straight on through this box.
        """
        edge = diagram.edges[number]
        source, p = placed[edge.tail], placed[edge.head]
        level = source.y - p.y if into in "EW" else source.x - p.x
        if edge.head in kept and edge.kind not in STRAIGHT:
            return _ports(p, into, level if abs(level) >= SPACING else None)[1:]
        return _ports(p, into, level)

    lifted = _sheets(diagram, placed) if diagram.each else ()
    found = wires(diagram, placed, lambda p: _ports(p, out)[:1], inlets, sheets=lifted)
    done = with_edge_labels(Plan(placed, found, sheets=lifted), diagram)
    return with_feet(done, diagram) if diagram.each else done


def _placed(diagram: Diagram, engine: Engine, room: Room) -> dict[str, PlacedNode]:
    """The boxes where the engine puts them: each needs room for inscriptions of its arrows besides."""
    beside: dict[str, float] = {}
    for edge in diagram.edges:
        if edge.latex:
            beside[edge.head] = max(beside.get(edge.head, 0.0), 2 * typeset(edge.latex, LABEL).width)
    own = {node.id: _size(node, room) for node in diagram.nodes}
    needed = {name: (width + beside.get(name, 0.0), height) for name, (width, height) in own.items()}
    places = layout(dot(diagram, needed, room.ranks), engine)
    return {node.id: PlacedNode(node, *places[node.id], *own[node.id], formula=room.size) for node in diagram.nodes}


def _sheets(diagram: Diagram, placed: Mapping[str, PlacedNode]) -> tuple[Sheet, ...]:
    """A sheet for all boxes of the same lifted axes, which the engine keeps together."""
    return sheets(diagram, clusters(diagram).values(), {name: [p.rect] for name, p in placed.items()})


def _ports(p: PlacedNode, side: str, level: float | None = None) -> tuple[Port, ...]:
    """Ports along one side of a box, the middle one the cheapest; the neighbouring sides only at a price.

    `level` is where a port is wanted besides, from the middle, if the side is long enough.
    """
    left, top, right, bottom = p.rect
    upright = side in "EW"
    room = (p.height if upright else p.width) / 2 - 6
    offsets = sorted((k * STEP for k in range(-6, 7) if abs(k * STEP) <= room), key=abs)
    if level is not None and level not in offsets and abs(level) <= room:
        offsets.append(level)
    ends = {"E": (right, p.y), "W": (left, p.y), "N": (p.x, top), "S": (p.x, bottom)}
    x, y = ends[side]
    ports = [Port(x + (0 if upright else o), y + (o if upright else 0), side, abs(o) / 4) for o in offsets]
    return (*ports, *(Port(*ends[other], other, ASIDE) for other in ("NS" if upright else "WE")))


def _size(node: Node, room: Room) -> tuple[float, float]:
    if node.kind == "join":
        return DOT, DOT
    outline, words = typeset(node.latex, room.size), caption(node)
    width = max(outline.width, words.width) + 2 * room.pad
    # Boxes of formulas without tall signs have one height, so that rows look even.
    return max(width, 40.0), max(outline.height, 18.0) + words.height + 2 * (AMPLE.pad - 2)
