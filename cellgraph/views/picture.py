"""From a diagram and the places of its boxes to a scene, at the level *equations*."""

from __future__ import annotations

from collections.abc import Mapping

from .colours import LOOKS, look
from .diagram import Diagram, Edge, Node
from .layout import Place, Positions
from .route import Net, Port, routes
from .scene import Box, Curve, Item, Mark, Point, Scene, Words, arrow_head, formula, line_of
from .typeset import typeset, words_width

SIZE, HEADING, SMALL = 16.0, 17.0, 10.5
PAD, MARGIN = 11.0, 16.0
THIN, THICK, TURN = 1.3, 3.0, 9.0
PILLS = ("before", "after", "input")
SIDES = {"LR": ("E", "W"), "RL": ("W", "E"), "TB": ("S", "N"), "BT": ("N", "S")}
"""Where wires leave and enter boxes, by the direction in which time runs."""
STEP = 9.0
"""How far apart the ports of a box are."""


def sizes(diagram: Diagram) -> dict[str, tuple[float, float]]:
    """Width and height of every node: its formula, and its words below, with padding."""
    return {node.id: _size(node) for node in diagram.nodes}


def picture(diagram: Diagram, positions: Positions) -> Scene:
    """The scene of a laid-out diagram: wires below, boxes above, the title on top."""
    measured = sizes(diagram)
    belt = frozenset(k for k, edge in enumerate(diagram.edges) if edge.kind == "belt")
    wires = _wires(diagram, positions.nodes, measured, belt)
    points = [point for way in wires.values() for point in way]
    left, right = min([0.0, *(x for x, _ in points)]), max([positions.width, *(x for x, _ in points)])
    top, bottom = min([0.0, *(y for _, y in points)]), max([positions.height, *(y for _, y in points)])
    dx, dy = MARGIN - left, MARGIN - top + (2 * HEADING if diagram.title else 0.0)
    marks = [title_mark(diagram, MARGIN)] if diagram.title else []
    marks += wire_marks(diagram, wires, belt, dx, dy, "paper")
    for node in diagram.nodes:
        x, y = positions.nodes[node.id]
        marks.append(_node(node, (x + dx, y + dy), measured[node.id]))
    width = max(right - left, words_width(diagram.title, HEADING)) + 2 * MARGIN
    return Scene(width, bottom + dy + MARGIN, tuple(marks), diagram.title, diagram.description, diagram.lang)


def title_mark(diagram: Diagram, margin: float) -> Mark:
    """The heading at the top left."""
    return Mark("title", (Words(diagram.title, margin, margin + HEADING, HEADING, anchor="start", bold=True),))


def _wires(
    diagram: Diagram, places: Mapping[str, Place], measured: Mapping[str, tuple[float, float]], belt: frozenset[int]
) -> dict[int, list[Point]]:
    tails = list(dict.fromkeys(edge.tail for edge in diagram.edges))
    numbers = {tail: [k for k, edge in enumerate(diagram.edges) if edge.tail == tail] for tail in tails}
    across = diagram.rankdir in ("LR", "RL")
    out, into = SIDES[diagram.rankdir]
    nets = []
    for tail in tails:
        heads = [diagram.edges[k].head for k in numbers[tail]]
        first = next((n for n, k in enumerate(numbers[tail]) if k in belt), None)
        sinks = tuple(_ports(places[head], measured[head], into, across) for head in heads)
        nets.append(Net(_ports(places[tail], measured[tail], out, across)[:1], sinks, first))
    boxes = [
        (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        for (x, y), (w, h) in ((places[node.id], measured[node.id]) for node in diagram.nodes)
    ]
    wires: dict[int, list[Point]] = {}
    for tail, ways in zip(tails, routes(boxes, nets), strict=True):
        wires.update(zip(numbers[tail], ways, strict=True))
    return {k: wires[k] for k in sorted(wires)}


def _ports(place: Place, size: tuple[float, float], side: str, across: bool) -> tuple[Port, ...]:
    """Ports along one side of a box, the middle one the cheapest; the neighbouring sides only at a price."""
    (x, y), (width, height) = place, size
    reach = (height if across else width) / 2 - 6
    offsets = sorted((k * STEP for k in range(-6, 7) if abs(k * STEP) <= reach), key=abs)
    ends = {"E": (x + width / 2, y), "W": (x - width / 2, y), "N": (x, y - height / 2), "S": (x, y + height / 2)}
    base = ends[side]
    ports = [Port(base[0] + (0 if across else o), base[1] + (o if across else 0), side, abs(o) / 4) for o in offsets]
    others = ("N", "S") if across else ("W", "E")
    return (*ports, *(Port(*ends[other], other, 90.0) for other in others))


def wire_marks(
    diagram: Diagram, wires: Mapping[int, list[Point]], belt: frozenset[int], dx: float, dy: float, ground: str
) -> list[Mark]:
    """The wires, moved to their place: each over a halo that leaves a gap where it crosses others, belts last."""
    tails = list(dict.fromkeys(edge.tail for edge in diagram.edges))
    nets = {tail: [k for k, edge in enumerate(diagram.edges) if edge.tail == tail and wires[k]] for tail in tails}
    marks = []
    for tail in sorted(tails, key=lambda t: any(k in belt for k in nets[t])):
        ways = {k: [(x + dx, y + dy) for x, y in wires[k]] for k in nets[tail]}
        halo = [Curve(line_of(way, TURN), "", ground, (THICK if k in belt else THIN) + 5) for k, way in ways.items()]
        marks.append(Mark("halo", tuple(halo)))
        # The belt last, over the trunk that it shares with the others.
        for k in sorted(ways, key=lambda k: k in belt):
            edge = diagram.edges[k]
            marks.append(Mark(f"edge {k}", _wire(ways[k], k in belt, edge.kind != "join"), edge_data(edge)))
    return marks


def _wire(way: list[Point], belt: bool, arrow: bool) -> tuple[Item, ...]:
    colour, line, size = ("belt", THICK, 10.0) if belt else ("line", THIN, 7.0)
    if not arrow:
        return (Curve(line_of(way, TURN), "", colour, line),)
    tip, back = way[-1], way[-2]
    length = abs(tip[0] - back[0]) + abs(tip[1] - back[1]) or 1.0
    # The line ends inside the head, so that its blunt end does not show at the tip.
    neck = (tip[0] - (tip[0] - back[0]) / length * size * 0.7, tip[1] - (tip[1] - back[1]) / length * size * 0.7)
    return (
        Curve(line_of([*way[:-1], neck], TURN), "", colour, line),
        Curve(arrow_head(tip, back, size), colour),
    )


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
    left, top = x - width / 2, y - height / 2
    box = Box(left, top, width, height, radius, f"{role}.fill", f"{role}.stroke", 1.3, LOOKS[role].dash)
    below = _below(node)
    items: list[Item] = [box, formula(node.latex, x, y - len(below) * (SMALL + 4) / 2, SIZE)]
    bottom = y + height / 2 - PAD
    for line, text in enumerate(reversed(below)):
        items.append(Words(text, x, bottom - line * (SMALL + 4), SMALL, "muted"))
    return Mark(f"node {node.id}", tuple(items), node_data(node), node.text)


def node_data(node: Node) -> dict[str, str]:
    """What a page can know of a node: quantity, role, shape and local derivative, as far as they are known."""
    said = {
        "node": node.id,
        "quantity": node.symbol,
        "role": node.role,
        "shape": node.shape,
        "derivative": node.derivative,
    }
    return {key: value for key, value in said.items() if value}


def edge_data(edge: Edge) -> Mapping[str, str]:
    """What a page can know of an edge: from where to where, and what it carries."""
    said = {"from": edge.tail, "to": edge.head, "quantity": edge.symbol, "kind": edge.kind}
    return {key: value for key, value in said.items() if value}
