"""The plan at the level *operations*: sizes and places of glyphs, labels beside them, wires between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

from cellgraph.deadline import DOING
from cellgraph.views.pictures.arrange import Arrangement, arranged
from cellgraph.views.pictures.diagram import Diagram, Node
from cellgraph.views.pictures.grid import Port, Rect
from cellgraph.views.pictures.paths import Point
from cellgraph.views.pictures.plan import (
    DOT,
    LABEL,
    SIZE,
    Label,
    PlacedNode,
    Plan,
    caption,
    overlap,
    pieces,
    wires,
    with_edge_labels,
)
from cellgraph.views.pictures.typeset import typeset

GLYPH = 26.0
"""The diameter of an operation's circle."""
LAYER = (66.0, 40.0)
"""The least width and height of a layer."""
ROW = 70.0
"""From row to row, above the layers."""
LEVEL = 44.0
"""From row to row, below the layers, at least."""
GAP = 34.0
"""Between two columns."""
RIM = 30.0
"""Between the outermost glyphs and the frame."""
REACH = 20.0
"""Between the frame and a terminal."""
INTO = REACH + 10
"""Wires between the frame and a terminal are straight, and a little further in."""
BELOW = 25.0
"""Wires come up to layers in a straight stub as long as their inscriptions are high."""
MANY = 4
"""An operation with so many operands is as wide as their arrows need."""
APART = 14.0
"""How far apart these arrows are."""
ASIDE = 100.0
"""The cost of an input's wire that comes to a join from the left, where states come in."""


def plan(diagram: Diagram) -> Plan:
    """Places, labels and wires of a step at the level *operations*."""
    DOING.set(f"arranging {len(diagram.nodes)} operations")
    arrangement = arranged(diagram)
    frame, placed = _placed(diagram, arrangement, _sized(diagram, arrangement))
    labels = _labels(diagram, placed)

    def inlets(number: int) -> tuple[Port, ...]:
        edge = diagram.edges[number]
        return _inlets(placed[edge.head], number, placed[edge.tail])

    found = wires(diagram, placed, _outlets, inlets, labels)
    labels = tuple(_nearer(label, diagram, placed, labels, found) for label in labels)
    return with_edge_labels(Plan(placed, found, labels, frame), diagram)


def _sized(diagram: Diagram, arrangement: Arrangement) -> dict[str, PlacedNode]:
    """Every glyph with its size, not yet placed, and with the arrows of layers told apart by where they come from."""
    row = arrangement.row
    arriving: dict[str, list[int]] = {node.id: [] for node in diagram.nodes}
    for number, edge in enumerate(diagram.edges):
        arriving[edge.head].append(number)
    sized = {}
    for node in diagram.nodes:
        slots: dict[int, tuple[float, str]] = {}
        numbers = arriving[node.id]
        if node.kind == "layer":
            tails = {k: diagram.edges[k].tail for k in numbers}
            level = [k for k, tail in tails.items() if tail in diagram.before and row.get(tail) == row[node.id]][:1]
            slots = dict.fromkeys(level, (0.0, "W")) | _slots(diagram, [k for k in numbers if k not in level])
        elif node.kind == "operation" and len(numbers) >= MANY:
            middle = (len(numbers) - 1) / 2
            slots = {k: ((place - middle) * APART, "") for place, k in enumerate(numbers)}
        sized[node.id] = PlacedNode(node, 0, 0, *_size(node, slots), slots)
    return sized


def _size(node: Node, slots: Mapping[int, tuple[float, str]]) -> tuple[float, float]:
    if node.kind == "join":
        return DOT, DOT
    outline = typeset(node.latex, SIZE)
    reach = max((abs(offset) for offset, _ in slots.values()), default=0.0)
    if node.kind == "operation":
        width = GLYPH if outline.width < 17 else outline.width + 18
        return max(width, 2 * reach + GLYPH), max(GLYPH, outline.height + 8)
    words = caption(node)
    height = max(outline.height, 14) + words.height + 12
    if node.kind == "layer":
        return max(LAYER[0], outline.width + 20, 2 * reach + 16, words.width + 14), max(height, LAYER[1])
    return max(outline.width + 20, 34, words.width + 20), max(height, 28)


def _slots(diagram: Diagram, numbers: Sequence[int]) -> dict[int, tuple[float, str]]:
    """Where along a layer's lower rim its arrows come in: each leaves room for its inscription to the right of it."""
    if len(numbers) == 1:
        return {numbers[0]: (0.0, "S")}
    widths = [_slot(diagram, number) for number in numbers]
    start = -sum(widths) / 2 + 8
    return {k: (start + sum(widths[:n]), "S") for n, k in enumerate(numbers)}


def _slot(diagram: Diagram, number: int) -> float:
    """The width that an arrow and its inscription take at the rim of a layer."""
    latex = diagram.edges[number].latex
    return typeset(latex, LABEL).width + 16 if latex else 18.0


def _placed(
    diagram: Diagram, arrangement: Arrangement, sized: Mapping[str, PlacedNode]
) -> tuple[Rect, dict[str, PlacedNode]]:
    """The frame of the cell, and every glyph in its place: terminals outside the frame, all others within."""
    inner = [p for p in sized.values() if p.node.kind in ("layer", "operation", "join")]
    pitch = max([LEVEL, *(p.height + 8 for p in sized.values() if p.node.kind in ("before", "after"))])
    centres = _columns(diagram, arrangement, inner)
    middle = {name: centres.get(column, 0.0) for name, column in arrangement.column.items()}
    height = {name: _height(-row, pitch) for name, row in arrangement.row.items()}
    top = min((height[p.node.id] for p in inner), default=_height(0.0, pitch)) - RIM - GLYPH / 2
    under = max((p.height / 2 + BELOW + INTO - REACH + 16 for p in inner if p.node.kind == "layer"), default=0.0)
    bottom = max(_height(-arrangement.bottom - 1.0, pitch) + RIM, under)
    left = min((middle[p.node.id] - p.width / 2 for p in inner), default=0.0) - RIM
    reach = [middle[p.node.id] + max(p.width / 2, _overhang(diagram, p)) for p in inner]
    right = max(reach, default=0.0) + RIM + 24
    inputs = _input_centres(diagram, sized, middle)
    placed = {}
    for name, p in sized.items():
        x, y = middle.get(name, 0.0), height.get(name, _height(0.0, pitch))
        match p.node.kind:
            case "before":
                x = left - REACH - p.width / 2
            case "after":
                x = right + REACH + p.width / 2
            case "input":
                x, y = inputs[name], bottom + REACH + p.height / 2
            case "output":
                x, y = right - RIM + 2, top - REACH - p.height / 2
        placed[name] = replace(p, x=x, y=y)
    return (left, top, right, bottom), placed


def _input_centres(diagram: Diagram, sized: Mapping[str, PlacedNode], middle: Mapping[str, float]) -> dict[str, float]:
    """Centres of inputs from left to right: each below the one slot that it goes to, or else below its column, or
    further to the right where another stands there."""
    users = Counter(edge.tail for edge in diagram.edges)
    wished = {name: middle.get(name, 0.0) for name, p in sized.items() if p.node.kind == "input"}
    for number, edge in enumerate(diagram.edges):
        slots = sized[edge.head].slots
        if edge.tail in wished and users[edge.tail] == 1 and number in slots:
            wished[edge.tail] += slots[number][0]
    found: dict[str, float] = {}
    edge_of_last = -inf
    for name in sorted(wished, key=lambda name: wished[name]):
        half = sized[name].width / 2
        found[name] = max(edge_of_last + half, wished[name])
        edge_of_last = found[name] + half + 12
    return found


def _height(row: float, pitch: float) -> float:
    """The height of a row (both counted downwards here): rows below the layers are nearer to each other."""
    return row * ROW if row <= 0 else LAYER[1] / 2 + 16 + row * pitch


def _columns(diagram: Diagram, arrangement: Arrangement, inner: Sequence[PlacedNode]) -> dict[int, float]:
    """The centre of every column, as wide as its widest glyph; inscriptions may hang over into the gap."""
    centres: dict[int, float] = {}
    edge = 0.0
    for column in range(arrangement.columns):
        members = [p for p in inner if arrangement.column[p.node.id] == column]
        half = max((p.width / 2 + (0 if p.node.kind == "layer" else 8) for p in members), default=0.0)
        hanging = [_overhang(diagram, p) - GAP / 2 for p in members]
        centres[column] = edge + half
        edge += half + max([half, *hanging]) + (GAP if members else 0)
    return centres


def _overhang(diagram: Diagram, p: PlacedNode) -> float:
    """How far to the right of a glyph's centre inscriptions reach: below a layer, and beside an overlay's wires."""
    below = [offset + _slot(diagram, k) for k, (offset, side) in p.slots.items() if side == "S"]
    factors = [e.factor for e in diagram.edges if e.head == p.node.id and e.factor and e.mark != "carry"]
    return max([0.0, *below, *(typeset(factor, LABEL).width + 12 for factor in factors if not p.slots)])


def _outlets(p: PlacedNode) -> tuple[Port, ...]:
    """Where the wires of a glyph may begin."""
    left, top, right, bottom = p.rect
    east, north = Port(right, p.y, "E"), Port(p.x, top, "N")
    match p.node.kind:
        case "input":
            return (replace(north, stub=INTO),)
        case "before":
            return (replace(east, stub=INTO),)
        case "layer":
            return (north, replace(east, price=6))
        case "join":
            return (east, replace(north, price=6), Port(p.x, bottom, "S", 6))
    return (east, north, Port(p.x, bottom, "S", 6), Port(left, p.y, "W", 60))


def _inlets(p: PlacedNode, number: int, source: PlacedNode) -> tuple[Port, ...]:
    """Where the wire of an edge may end."""
    left, top, right, bottom = p.rect
    west, south = Port(left, p.y, "W"), Port(p.x, bottom, "S")
    match p.node.kind:
        case "after":
            return (replace(west, stub=INTO),)
        case "output":
            return (replace(south, stub=INTO),)
        case "layer":
            offset, side = p.slots[number]
            return (replace(south, x=p.x + offset, stub=BELOW) if side == "S" else west,)
    offsets = [offset for offset, _ in p.slots.values()] or [0.0]
    if abs(source.x - p.x) <= max(offsets):
        offsets.append(source.x - p.x)
    rims = [Port(p.x + offset, y, side) for offset in offsets for y, side in ((bottom, "S"), (top, "N"))]
    if p.node.kind == "join":
        return (replace(west, price=ASIDE if source.node.kind == "input" else 0.0), *rims)
    return (west, *rims, Port(right, p.y, "E", 40))


def _labels(diagram: Diagram, placed: Mapping[str, PlacedNode]) -> tuple[Label, ...]:
    """Weights beside the arrows into layers, and names beside what computes them (terminals name themselves)."""
    ending = {edge.tail for edge in diagram.edges if placed[edge.head].node.kind in ("after", "output")}
    labels = []
    for name, p in placed.items():
        left, top, right, bottom = p.rect
        for number, (offset, side) in p.slots.items():
            edge = diagram.edges[number]
            if edge.latex:
                beside = left - 6 - typeset(edge.latex, LABEL).width, p.y - 13
                at = (p.x + offset + 6, bottom + 12) if side == "S" else beside
                # Factors in the colour of the gradient; weights aside from its ways calm.
                ink = "gradient" if edge.factor else "muted" if edge.mark == "calm" else "ink"
                labels.append(Label(edge.latex, *at, name, True, ink))
        if p.node.name and name not in ending:
            over = right - 3, top - typeset(p.node.name, LABEL).height / 2 - 1
            at = (p.x + 6, top - 11) if p.node.kind == "layer" else over
            labels.append(Label(p.node.name, *at, name, colour="muted" if p.node.mark == "calm" else "ink"))
    return tuple(labels)


def _nearer(
    label: Label,
    diagram: Diagram,
    placed: Mapping[str, PlacedNode],
    labels: Sequence[Label],
    wires: Mapping[int, list[Point]],
) -> Label:
    """A layer's name follows its wire, where that leaves the layer at the side and there is room for the name."""
    p = placed[label.owner]
    ways = [wires[k] for k, edge in enumerate(diagram.edges) if edge.tail == label.owner and wires[k]]
    if label.latex != p.node.name or p.node.kind != "layer" or any(way[0][1] < p.y for way in ways):
        return label
    moved = replace(label, x=p.rect[2] + 3, y=p.y - 10)
    others = [*(other.rect for other in placed.values() if other is not p), *pieces(wires.values())]
    others += [other.rect for other in labels if other is not label]
    return label if any(overlap(moved.rect, rect) for rect in others) else moved
