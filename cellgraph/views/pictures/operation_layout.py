"""The plan at the level *operations*: sizes and places of glyphs, labels beside them, wires between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

from cellgraph.deadline import DOING
from cellgraph.views.pictures.arrange import FIT, Arrangement, arranged
from cellgraph.views.pictures.diagram import Diagram, Node
from cellgraph.views.pictures.grid import Port, Rect
from cellgraph.views.pictures.operation_labels import labels_of, nearer
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
from cellgraph.views.pictures.sheets import FOOT, PAD, Sheet, sheets
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
TIGHT = 27.0
"""Between two of more columns than fit a page."""
RIM = 30.0
"""Between the outermost glyphs and the frame."""
REACH = 20.0
"""Between the frame and a terminal."""
INTO = REACH + 10
"""Wires between the frame and a terminal are straight, and a little further in."""
BELOW = 25.0
"""Wires come up to layers in a straight stub as long as their inscriptions are high."""
LOWEST = LAYER[1] / 2
"""Half the height of a layer without words."""
MANY = 3
"""An operation with more operands is as wide as their arrows need."""
BROAD = 32.0
"""One that is as wide anyway has room for three arrows."""
APART = 14.0
"""How far apart these arrows are."""
SEAM = 34.0
"""Between two columns, one of them on a sheet, besides."""
CLEAR = 8.0
"""Between the edge of a sheet and what runs along it."""
ASIDE = 100.0
"""The cost of an input's wire that comes to a join from the left, where states come in."""


def plan(diagram: Diagram) -> Plan:
    """Places, labels and wires of a step at the level *operations*."""
    DOING.set(f"arranging {len(diagram.nodes)} operations")
    arrangement = arranged(diagram)
    frame, placed, found = _placed(diagram, arrangement, _sized(diagram, arrangement))
    labels = labels_of(diagram, placed)

    def inlets(number: int) -> tuple[Port, ...]:
        edge = diagram.edges[number]
        inner = any({edge.tail, edge.head} <= sheet.members for sheet in found)
        return _inlets(placed[edge.head], number, placed[edge.tail], inner)

    ways = wires(diagram, placed, _outlets, inlets, labels, found)
    labels = tuple(nearer(label, diagram, placed, labels, ways) for label in labels)
    done = with_edge_labels(Plan(placed, ways, labels, frame, found), diagram)
    return with_feet(done, diagram) if diagram.each else done


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
        elif node.kind == "operation" and len(numbers) > (MANY if typeset(node.latex, SIZE).width < BROAD else 2):
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
) -> tuple[Rect, dict[str, PlacedNode], tuple[Sheet, ...]]:
    """The frame of the cell, every glyph in its place (terminals outside the frame, all others within), and sheets."""
    inner = [p for p in sized.values() if p.node.kind in ("layer", "operation", "join")]
    pitch = max([LEVEL, *(p.height + 8 for p in sized.values() if p.node.kind in ("before", "after"))])
    centres = _columns(diagram, arrangement, inner)
    middle = {name: centres.get(column, 0.0) for name, column in arrangement.column.items()}
    rise = _rise(diagram, arrangement)
    height = {name: _height(-row, pitch, rise) for name, row in arrangement.row.items()}
    within = {p.node.id: replace(p, x=middle[p.node.id], y=height[p.node.id]) for p in inner}
    found = _sheets(diagram, arrangement, within)
    top = min((height[p.node.id] for p in inner), default=0.0) - RIM - GLYPH / 2
    top = min([top, *(sheet.stack[1] - 2 * CLEAR for sheet in found)])
    under = max((p.height / 2 + _below(p) + INTO - REACH + 16 for p in inner if p.node.kind == "layer"), default=0.0)
    bottom = max(_height(-arrangement.bottom - 1.0, pitch) + RIM, under, *(sheet.rect[3] + CLEAR for sheet in found))
    left = min((middle[p.node.id] - p.width / 2 for p in inner), default=0.0) - RIM
    left = min([left, *(sheet.rect[0] - 2 * CLEAR for sheet in found)])
    reach = [middle[p.node.id] + max(p.width / 2, _overhang(diagram, p)) for p in inner]
    right = max(reach, default=0.0) + RIM + 24
    right = max([right, *(sheet.stack[2] + 2 * CLEAR for sheet in found)])
    inputs = _input_centres(diagram, sized, middle)
    placed = {}
    for name, p in sized.items():
        x, y = middle.get(name, 0.0), height.get(name, 0.0)
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
    return (left, top, right, bottom), placed, found


def _sheets(diagram: Diagram, arrangement: Arrangement, placed: Mapping[str, PlacedNode]) -> tuple[Sheet, ...]:
    """A sheet for every block of glyphs with lifted axes, around them and what is written beside them."""
    if not diagram.each:
        return ()
    groups: dict[int, list[str]] = {}
    for name, block in arrangement.block.items():
        groups.setdefault(block, []).append(name)
    rects = {name: [p.rect] for name, p in placed.items()}
    for name, p in placed.items():
        if p.node.kind == "layer":
            rects[name].append((p.x, p.y, p.x, p.rect[3] + BELOW + CLEAR - PAD))
    for label in labels_of(diagram, placed):
        rects[label.owner].append(label.rect)
    return sheets(diagram, groups.values(), rects)


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


def _rise(diagram: Diagram, arrangement: Arrangement) -> float:
    """From row to row, above the layers: more where a sheet ends below what carries another state."""
    if not diagram.each:
        return ROW
    states = {diagram.node[name].axes for name in diagram.before}
    several = len(states | {diagram.node[name].axes for name in arrangement.block} - {()}) > 1
    return ROW + (2 * CLEAR if several else 0.0)


def _height(row: float, pitch: float, rise: float = ROW) -> float:
    """The height of a row (both counted downwards here): rows below the layers are nearer to each other."""
    return row * rise if row <= 0 else LAYER[1] / 2 + 16 + row * pitch


def _columns(diagram: Diagram, arrangement: Arrangement, inner: Sequence[PlacedNode]) -> dict[int, float]:
    """The centre of every column, as wide as its widest glyph; inscriptions may hang over into the gap."""
    blocks = {arrangement.column[name]: block for name, block in arrangement.block.items()}
    gap = GAP if arrangement.columns <= FIT else TIGHT
    centres: dict[int, float] = {}
    edge = 0.0
    for column in range(arrangement.columns):
        members = [p for p in inner if arrangement.column[p.node.id] == column]
        half = max((p.width / 2 + (0 if p.node.kind == "layer" else 8) for p in members), default=0.0)
        hanging = [_overhang(diagram, p) - gap / 2 for p in members]
        centres[column] = edge + half
        edge += half + max([half, *hanging]) + (gap if members else 0)
        edge += SEAM if blocks.get(column) != blocks.get(column + 1) else 0
    return centres


def _below(p: PlacedNode) -> float:
    """The length of the stubs below a layer: to one on a sheet they cross its edge, and end at one height below all."""
    taller = max(p.rect[3] - p.y - LOWEST, 0.0)
    return max(BELOW, BELOW + 2 * CLEAR + FOOT - taller) if p.node.axes else BELOW


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


def _inlets(p: PlacedNode, number: int, source: PlacedNode, inner: bool) -> tuple[Port, ...]:
    """Where the wire of an edge may end; `inner` is whether both ends stand on one sheet."""
    left, top, right, bottom = p.rect
    west, south = Port(left, p.y, "W"), Port(p.x, bottom, "S")
    match p.node.kind:
        case "after":
            return (replace(west, stub=INTO),)
        case "output":
            return (replace(south, stub=INTO),)
        case "layer":
            offset, side = p.slots[number]
            return (replace(south, x=p.x + offset, stub=BELOW if inner else _below(p)) if side == "S" else west,)
    offsets = [offset for offset, _ in p.slots.values()] or [0.0]
    if abs(source.x - p.x) <= max(offsets):
        offsets.append(source.x - p.x)
    rims = [Port(p.x + offset, y, side) for offset in offsets for y, side in ((bottom, "S"), (top, "N"))]
    if p.node.kind == "join":
        return (replace(west, price=ASIDE if source.node.kind == "input" else 0.0), *rims)
    return (west, *rims, Port(right, p.y, "E", 40))
