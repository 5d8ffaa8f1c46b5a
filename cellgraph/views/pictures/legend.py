"""The legend: what the looks in a picture mean, in a row below it."""

from __future__ import annotations

from dataclasses import replace

from cellgraph.views.pictures.colours import LOOKS, look
from cellgraph.views.pictures.diagram import Diagram
from cellgraph.views.pictures.paths import line_of
from cellgraph.views.pictures.picture import BELT, MARGIN, STROKES, Stroke
from cellgraph.views.pictures.scene import Box, Curve, Item, Mark, Scene, Words
from cellgraph.views.pictures.typeset import words_width
from cellgraph.words import translated

SIZE, HIGH, WIDE = 10.5, 12.0, 20.0

ROLES = {
    "gate": "gate",
    "candidate": "candidate",
    "carry": "carried state",
    "state": "state",
    "output": "output",
    "input": "input",
    "param": "parameter",
    "const": "constant",
    "seed": "given gradient",
    "derived": "intermediate quantity",
}
OPERATION = "operation"
MARKS = {
    "carry": "gradient along the carry",
    "gradient": "gradient by another path",
    "removed": "only in the first",
    "added": "only in the second",
}
CARRY, ASIDE, SHARED = "carry", "on no way of the gradient", "in both"


def with_legend(scene: Scene, *diagrams: Diagram) -> Scene:
    """The scene with a legend of the roles, wires and marks that are in its diagrams."""
    swatches: list[tuple[tuple[Item, ...], str]] = []
    shown = [node for diagram in diagrams for node in diagram.nodes if node.mark in ("", "gradient", "carry")]
    coloured = {look(node.role) for node in shown if node.kind not in ("operation", "join")}
    for role, said in ROLES.items():
        if role in coloured:
            swatches.append(((_box(f"{role}.fill", f"{role}.stroke", LOOKS[role].dash),), said))
    if any(node.kind == "operation" for node in shown):
        swatches.append(((_box("glyph.fill", "glyph.stroke", "", HIGH / 2),), OPERATION))
    marks = {edge.mark for diagram in diagrams for edge in diagram.edges}
    swatches += [(_line(STROKES[mark]), said) for mark, said in MARKS.items() if mark in marks]
    if "calm" in marks:
        swatches.append((_line(STROKES["calm"]), ASIDE if marks & {"gradient", "carry"} else SHARED))
    if not marks - {""} and any(edge.kind == "belt" for diagram in diagrams for edge in diagram.edges):
        swatches.append((_line(BELT), CARRY))
    y, x, items = scene.height + HIGH / 2, MARGIN, list[Item]()
    for shapes, said in swatches:
        text = translated(said, scene.lang)
        width = WIDE + 6 + words_width(text, SIZE) + 14
        if x > MARGIN and x + width > max(scene.width, 420.0) - MARGIN:
            x, y = MARGIN, y + HIGH + 8
        items += [_moved(shape, x, y) for shape in shapes]
        items.append(Words(text, x + WIDE + 6, y + 0.35 * SIZE, SIZE, "muted", "start"))
        x += width
    width = max([scene.width, *(i.x + words_width(i.text, SIZE) + MARGIN for i in items if isinstance(i, Words))])
    return replace(scene, marks=(*scene.marks, Mark("legend", tuple(items))), width=width, height=y + HIGH + MARGIN / 2)


def _box(fill: str, stroke: str, dash: str, radius: float = 3.0) -> Box:
    return Box(0, -HIGH / 2, WIDE, HIGH, radius, fill, stroke, 1.2, dash)


def _line(stroke: Stroke) -> tuple[Item, ...]:
    return (Curve(line_of([(0, 0), (WIDE, 0)]), "", stroke.colour, stroke.line, stroke.dash),)


def _moved(item: Item, x: float, y: float) -> Item:
    if isinstance(item, Box):
        return replace(item, x=item.x + x, y=item.y + y)
    if isinstance(item, Curve):
        return replace(item, path=line_of([(x, y), (x + WIDE, y)]))
    return item
