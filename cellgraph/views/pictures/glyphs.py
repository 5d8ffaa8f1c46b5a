"""The plan at the level *operations*: sizes and places of glyphs, notes beside them, wires between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

from cellgraph.views.pictures.arrange import Grid, arranged
from cellgraph.views.pictures.beside import with_factors
from cellgraph.views.pictures.board import Net, Port, Rect
from cellgraph.views.pictures.diagram import STRAIGHT, Diagram, Edge, Node
from cellgraph.views.pictures.paths import Point
from cellgraph.views.pictures.plan import NOTE, Note, Placed, Plan, caption, numbered, overlap, pieces
from cellgraph.views.pictures.route import routes
from cellgraph.views.pictures.typeset import typeset

SIZE = 16.0
GLYPH, DOT = 26.0, 7.0
LAYER = (66.0, 40.0)
ROW, LEVEL, GAP = 70.0, 44.0, 34.0
RIM, REACH = 30.0, 20.0
MANY, APART = 4, 14.0
"""An operation with so many operands is as wide as their arrows need, so far apart."""
BELOW = 25.0
"""Wires come up to layers in a straight stub as long as their inscriptions are high."""
ASIDE = 100.0
INTO = REACH + 10
"""Wires between the frame and a terminal are straight, and a little further in."""


def plan(diagram: Diagram) -> Plan:
    """Places, notes and wires of a step at the level *operations*."""
    grid = arranged(diagram)
    sized = _sized(diagram, grid)
    frame, placed = _placed(diagram, grid, sized)
    notes = _notes(diagram, placed)
    straight = frozenset(k for k, edge in enumerate(diagram.edges) if edge.kind in STRAIGHT)
    leaving = numbered(diagram)
    nets = [
        Net(
            _outlets(placed[tail]),
            tuple(_inlets(placed[diagram.edges[k].head], k, placed[tail]) for k in numbers),
            next((n for n, k in enumerate(numbers) if k in straight), None),
        )
        for tail, numbers in leaving.items()
    ]
    ways = routes([p.rect for p in placed.values()], nets, [note.rect for note in notes])
    wires = dict(
        sorted(
            (k, way)
            for numbers, found in zip(leaving.values(), ways, strict=True)
            for k, way in zip(numbers, found, strict=True)
        )
    )
    notes = tuple(_nearer(note, diagram, placed, notes, wires) for note in notes)
    return with_factors(Plan(placed, wires, notes, frame), diagram)


def _sized(diagram: Diagram, grid: Grid) -> dict[str, Placed]:
    """Every glyph with its size, not yet placed, and with the arrows of layers told apart by where they come from."""
    arriving: dict[str, list[int]] = {}
    for number, edge in enumerate(diagram.edges):
        arriving.setdefault(edge.head, []).append(number)
    sized = {}
    for node in diagram.nodes:
        slots: dict[int, tuple[float, str]] = {}
        if node.kind == "layer":
            level = [k for k in arriving.get(node.id, ()) if grid.row.get(diagram.edges[k].tail) == grid.row[node.id]]
            straight = [k for k in level if diagram.edges[k].tail in diagram.before][:1]
            low = [k for k in arriving.get(node.id, ()) if k not in straight]
            slots = dict.fromkeys(straight, (0.0, "W")) | _slots(diagram, low)
        elif node.kind == "operation" and len(arriving.get(node.id, ())) >= MANY:
            middle = (len(arriving[node.id]) - 1) / 2
            slots = {k: ((place - middle) * APART, "") for place, k in enumerate(arriving[node.id])}
        sized[node.id] = Placed(node, 0, 0, *_size(node, slots), slots)
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


def _slots(diagram: Diagram, numbers: list[int]) -> dict[int, tuple[float, str]]:
    """Where along a layer's lower rim its arrows come in: each leaves room for its inscription to the right of it."""
    widths = [_slot(diagram, number) for number in numbers]
    if len(numbers) == 1:
        return {numbers[0]: (0.0, "S")}
    start = -sum(widths) / 2 + 8
    return {k: (start + sum(widths[:n]), "S") for n, k in enumerate(numbers)}


def _slot(diagram: Diagram, number: int) -> float:
    """The width that an arrow and its inscription take at the rim of a layer."""
    latex = diagram.edges[number].latex
    return typeset(latex, NOTE).width + 16 if latex else 18.0


def _placed(diagram: Diagram, grid: Grid, sized: Mapping[str, Placed]) -> tuple[Rect, dict[str, Placed]]:
    """The frame of the cell, and every glyph in its place: terminals outside the frame, all others within."""
    inner = [p for p in sized.values() if p.node.kind in ("layer", "operation", "join")]
    centres = _columns(diagram, grid, inner)
    heights = [-grid.row[p.node.id] for p in inner]
    pitch = max([LEVEL, *(p.height + 8 for p in sized.values() if p.node.kind in ("before", "after"))])
    top = _level(min(heights, default=0.0), pitch) - RIM - GLYPH / 2
    under = max((p.height / 2 + BELOW + INTO - REACH + 16 for p in inner if p.node.kind == "layer"), default=0.0)
    bottom = max(_level(-grid.bottom - 1.0, pitch) + RIM, under)
    left = min((centres[grid.column[p.node.id]] - p.width / 2 for p in inner), default=0.0) - RIM
    reach = [centres[grid.column[p.node.id]] + max(p.width / 2, _overhang(diagram, p)) for p in inner]
    right = max(reach, default=0.0) + RIM + 24
    placed = {}
    users = Counter(edge.tail for edge in diagram.edges)
    shift = {
        edge.tail: sized[edge.head].slots[k][0]
        for k, edge in enumerate(diagram.edges)
        if users[edge.tail] == 1 and k in sized[edge.head].slots
    }
    wished = {
        id: centres.get(grid.column.get(id, 0), 0.0) + shift.get(id, 0.0)
        for id, p in sized.items()
        if p.node.kind == "input"
    }
    inputs = _side_by_side(wished, sized)
    for id, p in sized.items():
        kind = p.node.kind
        column = grid.column.get(id, 0)
        y = _level(-grid.row.get(id, 0), pitch)
        if kind == "before":
            x = left - REACH - p.width / 2
        elif kind == "after":
            x = right + REACH + p.width / 2
        elif kind == "input":
            x = inputs[id]
            y = bottom + REACH + p.height / 2
        elif kind == "output":
            x, y = right - RIM + 2, top - REACH - p.height / 2
        else:
            x = centres[column]
        placed[id] = replace(p, x=x, y=y)
    return (left, top, right, bottom), placed


def _side_by_side(wished: Mapping[str, float], sized: Mapping[str, Placed]) -> dict[str, float]:
    """Centres from left to right, each where it is wished to be, or further to the right where another stands there."""
    found: dict[str, float] = {}
    edge = -inf
    for id in sorted(wished, key=lambda id: wished[id]):
        half = sized[id].width / 2
        found[id] = max(edge + half, wished[id])
        edge = found[id] + half + 12
    return found


def _level(row: float, pitch: float) -> float:
    """The height of a row (counted downwards here): rows below the layers are nearer to each other."""
    return row * ROW if row <= 0 else LAYER[1] / 2 + 16 + row * pitch


def _columns(diagram: Diagram, grid: Grid, inner: list[Placed]) -> dict[int, float]:
    """The centre of every column, as wide as its widest glyph; inscriptions may hang over into the gap."""
    centres: dict[int, float] = {}
    edge = 0.0
    for column in range(grid.columns):
        members = [p for p in inner if grid.column[p.node.id] == column]
        half = max((p.width / 2 + (0 if p.node.kind == "layer" else 8) for p in members), default=0.0)
        hanging = [_overhang(diagram, p) - GAP / 2 for p in members]
        centres[column] = edge + half
        edge += half + max([half, *hanging]) + (GAP if members else 0)
    return centres


def _overhang(diagram: Diagram, p: Placed) -> float:
    """How far to the right of a glyph's centre inscriptions reach: below a layer, and beside an overlay's wires."""
    below = [offset + _slot(diagram, k) for k, (offset, side) in p.slots.items() if side == "S"]
    factors = [e.factor for e in diagram.edges if e.head == p.node.id and e.factor and e.mark != "carry"]
    return max([0.0, *below, *(typeset(factor, NOTE).width + 12 for factor in factors if not p.slots)])


def _outlets(p: Placed) -> tuple[Port, ...]:
    left, top, right, bottom = p.rect
    kind = p.node.kind
    if kind == "input":
        return (Port(p.x, top, "N", stub=INTO),)
    if kind == "before":
        return (Port(right, p.y, "E", stub=INTO),)
    east = Port(right, p.y, "E")
    north = Port(p.x, top, "N")
    if kind == "layer":
        return (north, replace(east, price=6))
    if kind == "join":
        return (east, Port(p.x, top, "N", 6), Port(p.x, bottom, "S", 6))
    return (east, north, Port(p.x, bottom, "S", 6), Port(left, p.y, "W", 60))


def _inlets(p: Placed, number: int, source: Placed) -> tuple[Port, ...]:
    left, top, right, bottom = p.rect
    kind = p.node.kind
    if kind == "after":
        return (Port(left, p.y, "W", stub=INTO),)
    if kind == "output":
        return (Port(p.x, bottom, "S", stub=INTO),)
    if kind == "layer":
        offset, side = p.slots[number]
        return (Port(p.x + offset, bottom, "S", stub=BELOW) if side == "S" else Port(left, p.y, "W"),)
    offsets = [offset for offset, _ in p.slots.values()] or [0.0]
    if abs(source.x - p.x) <= max(offsets):
        offsets.append(source.x - p.x)
    rims = [Port(p.x + offset, y, side) for offset in offsets for y, side in ((bottom, "S"), (top, "N"))]
    # States come to a join from the left, inputs from below.
    ports = (Port(left, p.y, "W", ASIDE if kind == "join" and source.node.kind == "input" else 0.0), *rims)
    return ports if kind == "join" else (*ports, Port(right, p.y, "E", 40))


def _notes(diagram: Diagram, placed: Mapping[str, Placed]) -> tuple[Note, ...]:
    """Weights beside the arrows into layers, and names beside what computes them (terminals name themselves)."""
    ending = {edge.tail for edge in diagram.edges if placed[edge.head].node.kind in ("after", "output")}
    notes = []
    for id, p in placed.items():
        left, top, right, bottom = p.rect
        for number, (offset, side) in p.slots.items():
            latex = diagram.edges[number].latex
            if latex and side == "S":
                notes.append(Note(latex, p.x + offset + 6, bottom + 12, id, True, _ink(diagram.edges[number])))
            elif latex:
                x = left - 6 - typeset(latex, NOTE).width
                notes.append(Note(latex, x, p.y - 13, id, True, _ink(diagram.edges[number])))
        colour = "muted" if p.node.mark == "calm" else "ink"
        if p.node.name and id not in ending:
            if p.node.kind == "layer":
                notes.append(Note(p.node.name, p.x + 6, top - 11, id, colour=colour))
            else:
                height = typeset(p.node.name, NOTE).height
                notes.append(Note(p.node.name, right - 3, top - height / 2 - 1, id, colour=colour))
    return tuple(notes)


def _ink(edge: Edge) -> str:
    """Factors in the colour of the gradient; weights aside from its ways calm."""
    return "gradient" if edge.factor else "muted" if edge.mark == "calm" else "ink"


def _nearer(
    note: Note, diagram: Diagram, placed: Mapping[str, Placed], notes: Sequence[Note], wires: Mapping[int, list[Point]]
) -> Note:
    """A layer's name follows its wire, where that leaves the layer at the side and there is room for the name."""
    p = placed[note.owner]
    ways = [wires[k] for k, edge in enumerate(diagram.edges) if edge.tail == note.owner and wires[k]]
    if note.latex != p.node.name or p.node.kind != "layer" or any(way[0][1] < p.y for way in ways):
        return note
    moved = replace(note, x=p.rect[2] + 3, y=p.y - 10)
    room = (*(other.rect for other in placed.values() if other is not p), *(o.rect for o in notes if o is not note))
    return note if any(overlap(moved.rect, rect) for rect in (*room, *pieces(wires.values()))) else moved
