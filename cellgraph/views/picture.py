"""From a diagram and the positions of its boxes to a scene, at the level *equations*."""

from __future__ import annotations

from collections.abc import Mapping

from .colours import LOOKS, look
from .diagram import Diagram, Edge, Node
from .layout import Place, Positions
from .scene import Box, Curve, Item, Mark, Scene, Words, arrow_head, formula
from .typeset import typeset, words_width

SIZE = 16.0
SMALL = 10.5
PAD = 11.0
MARGIN = 16.0
PILLS = ("before", "after", "input")


def sizes(diagram: Diagram) -> dict[str, tuple[float, float]]:
    """Width and height of every node: its formula, and its words below, with padding."""
    return {node.id: _size(node) for node in diagram.nodes}


def label_sizes(diagram: Diagram) -> dict[str, tuple[float, float]]:
    """Width and height of the labels of edges, by edge number."""
    found = {}
    for number, edge in enumerate(diagram.edges):
        if edge.latex:
            outline = typeset(edge.latex, SIZE - 3)
            found[str(number)] = (outline.width + 6, outline.height + 4)
    return found


def picture(diagram: Diagram, positions: Positions) -> Scene:
    """The scene of a laid-out diagram: arrows below, boxes above, the title on top."""
    top = 2 * SIZE if diagram.title else 0.0
    shift = (MARGIN, MARGIN + top)
    places = {id: _moved(place, shift) for id, place in positions.nodes.items()}
    marks = [
        _arrow(edge, number, [_moved(p, shift) for p in positions.edges[number]], positions, shift)
        for number, edge in enumerate(diagram.edges)
        if number in positions.edges
    ]
    marks += [_node(node, places[node.id], _size(node)) for node in diagram.nodes]
    width = max(positions.width, words_width(diagram.title, SIZE)) + 2 * MARGIN
    if diagram.title:
        heading = Words(diagram.title, MARGIN, MARGIN + SIZE, SIZE, anchor="start", bold=True)
        marks.insert(0, Mark("title", (heading,)))
    height = positions.height + 2 * MARGIN + top
    return Scene(width, height, tuple(marks), diagram.title, diagram.description, diagram.lang)


def _size(node: Node) -> tuple[float, float]:
    outline = typeset(node.latex, SIZE)
    below = _below(node)
    width = max(outline.width, max((words_width(text, SMALL) for text in below), default=0)) + 2 * PAD
    # Boxes of formulas without tall signs have one height, so that rows look even.
    height = max(outline.height, 18.0) + len(below) * (SMALL + 4) + 2 * (PAD - 2)
    return max(width, 40.0), height


def _below(node: Node) -> list[str]:
    return [text for text in (node.label, node.shape) if text]


def _node(node: Node, place: Place, size: tuple[float, float]) -> Mark:
    (x, y), (width, height) = place, size
    role = look(node.role)
    radius = min(height, width) / 2 if node.kind in PILLS else 7.0
    box = Box(
        x - width / 2, y - height / 2, width, height, radius, f"{role}.fill", f"{role}.stroke", 1.2, LOOKS[role].dash
    )
    below = _below(node)
    items: list[Item] = [box, formula(node.latex, x, y - len(below) * (SMALL + 4) / 2, SIZE)]
    bottom = y + height / 2 - PAD
    for line, text in enumerate(reversed(below)):
        items.append(Words(text, x, bottom - line * (SMALL + 4), SMALL, "muted"))
    return Mark(f"node {node.id}", tuple(items), node_data(node), node.text)


def node_data(node: Node) -> dict[str, str]:
    """What a page can know of a node: quantity, role, shape and local derivative, as far as they are known."""
    said = {"quantity": node.symbol, "role": node.role, "shape": node.shape, "derivative": node.derivative}
    return {key: value for key, value in said.items() if value}


def _arrow(edge: Edge, number: int, points: list[Place], positions: Positions, shift: Place) -> Mark:
    colour, line = ("belt", 2.4) if edge.kind == "belt" else ("line", 1.2)
    tip, back = points[-1], points[-2]
    size = 8.0 if edge.kind == "belt" else 6.5
    length = ((tip[0] - back[0]) ** 2 + (tip[1] - back[1]) ** 2) ** 0.5 or 1.0
    neck = (tip[0] - (tip[0] - back[0]) / length * size * 0.8, tip[1] - (tip[1] - back[1]) / length * size * 0.8)
    curve = Curve(bezier([*points[:-1], neck]), stroke=colour, line=line)
    items: list[Item] = [curve, Curve(arrow_head(tip, back, size), fill=colour)]
    if number in positions.labels and edge.latex:
        x, y = _moved(positions.labels[number], shift)
        items.append(formula(edge.latex, x, y, SIZE - 3))
    return Mark(f"edge {number}", tuple(items), edge_data(edge))


def edge_data(edge: Edge) -> Mapping[str, str]:
    """What a page can know of an edge: from where to where, and what it carries."""
    said = {"from": edge.tail, "to": edge.head, "quantity": edge.symbol, "kind": edge.kind}
    return {key: value for key, value in said.items() if value}


def bezier(points: list[Place]) -> str:
    """Path data of a chain of cubic Bézier curves."""
    written = [f"{round(x, 2):g} {round(y, 2):g}" for x, y in points]
    return f"M {written[0]} C {' '.join(written[1:])}"


def _moved(place: Place, shift: Place) -> Place:
    return (place[0] + shift[0], place[1] + shift[1])
