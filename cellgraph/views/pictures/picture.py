"""From a plan to a scene: what nodes, wires and labels look like, and the legend that says what it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from cellgraph.messages import translated
from cellgraph.roles import ROLES
from cellgraph.views.pictures.colours import LOOKS
from cellgraph.views.pictures.diagram import Diagram, Node
from cellgraph.views.pictures.paths import Point, arrow_head, line_of, towards
from cellgraph.views.pictures.plan import LABEL, PlacedNode, Plan, caption, leaving
from cellgraph.views.pictures.scene import Box, Item, Mark, Maths, PathItem, Scene, Words
from cellgraph.views.pictures.sheets import BEHIND, CAPTION, DEEP, Foot, Sheet, prongs
from cellgraph.views.pictures.typeset import typeset, words_width

HEADING, MARGIN = 17.0, 15.0
ROUND = 36.0
"""Pills with several lines of words are not as round as they are high, or the corners would cut the words."""
TURN = 6.0
"""The radius of the corners of wires."""
HALO = 5.0
"""How much wider than a wire the gap is that it leaves in those that it crosses."""


@dataclass(frozen=True)
class Stroke:
    """How a wire is drawn: colour, thickness, size of the arrow's head, dashes."""

    colour: str
    line: float
    head: float
    dash: str = ""


THIN, BELT = Stroke("line", 1.3, 7.0), Stroke("belt", 3.0, 10.0)
STROKES = {
    "gradient": Stroke("gradient", 1.4, 7.0),
    "carry": Stroke("gradient", 4.6, 12.0),
    "calm": Stroke("calm", 1.1, 6.0),
    "added": Stroke("added", 2.2, 9.0),
    "removed": Stroke("removed", 2.2, 9.0, "6 3"),
}
"""Strokes of edges that an overlay has marked."""


SMALL = 10.5
"""The size of words in the legend."""
HIGH, WIDE = 12.0, 20.0
"""Height and width of what stands before them."""
Swatch = Callable[[float, float], Item]
"""That, by its left end and middle height."""

MARKS = {
    "carry": "gradient along the carry",
    "gradient": "gradient by another path",
    "removed": "only in the first",
    "added": "only in the second",
}


def heading(diagram: Diagram, top: float = 0.0) -> tuple[list[Mark], float]:
    """The title at the top left, if there is one, and the room that it takes."""
    words = Words(diagram.title, MARGIN, top + MARGIN + HEADING, HEADING, anchor="start", bold=True)
    return ([Mark("title", (words,))], 2.1 * HEADING) if diagram.title else ([], 0.0)


def step_marks(
    diagram: Diagram, plan: Plan, dx: float, dy: float, hidden: Iterable[str] = (), prefix: str = ""
) -> list[Mark]:
    """Everything of one step, moved to its place: frame, wires (belts over the others), nodes, labels.

    Nodes named in `hidden` are not drawn (another step draws them); `prefix` goes before the ids of nodes.
    """
    marks = []
    if plan.frame:
        left, top, right, bottom = plan.frame
        marks.append(Mark("frame", (Box(left + dx, top + dy, right - left, bottom - top, 16, "frame", "rim", 1),)))
    ground = "frame" if plan.frame else "paper"
    marks += [_sheet(sheet, ground, dx, dy) for sheet in plan.sheets]
    marks += _wires(diagram, plan, dx, dy, prefix)
    if plan.feet:
        marks.append(Mark("feet", tuple(_foot(foot, dx, dy) for foot in plan.feet)))
    marks += [_node(p, dx, dy, prefix, name in plan.stacks) for name, p in plan.placed.items() if name not in hidden]
    for label in plan.labels:
        outline = typeset(label.latex, LABEL)
        baseline = label.y + dy + (outline.ascent - outline.descent) / 2
        marks.append(Mark("note", (Maths(outline, label.x + dx, baseline, label.colour),)))
    return marks


def _sheet(sheet: Sheet, ground: str, dx: float, dy: float) -> Mark:
    """The stack, the first sheet in front, and its caption."""
    left, top, right, bottom = sheet.rect
    x, y = left + dx, top + dy
    stack = tuple(
        Box(x + k * BEHIND, y - k * BEHIND, right - left, bottom - top, 10, ground, "sheet", 1.1)
        for k in range(DEEP, -1, -1)
    )
    words = Words(sheet.caption, x + 9, y + 13.5, CAPTION, "muted", "start", bold=True)
    return Mark("sheet", (*stack, words))


def _foot(foot: Foot, dx: float, dy: float) -> Item:
    lines = [line_of([(x + dx, y + dy) for x, y in prong]) for prong in prongs(foot)]
    return PathItem(" ".join(lines), "", THIN.colour, THIN.line)


def _wires(diagram: Diagram, plan: Plan, dx: float, dy: float, prefix: str) -> list[Mark]:
    """The wires of each quantity over a halo, which leaves a gap where they cross others; belts last."""
    strokes = [STROKES.get(edge.mark) or (BELT if edge.kind == "belt" else THIN) for edge in diagram.edges]
    ground = "frame" if plan.frame else "paper"
    nets = leaving(diagram)
    marks = []
    for tail in sorted(nets, key=lambda tail: max(strokes[k].line for k in nets[tail])):
        ways = {k: [(x + dx, y + dy) for x, y in plan.wires[k]] for k in nets[tail] if plan.wires[k]}
        lines = sorted({strokes[k].line for k in ways})
        alike = {line: " ".join(line_of(ways[k], TURN) for k in ways if strokes[k].line == line) for line in lines}
        marks.append(Mark("halo", tuple(PathItem(path, "", ground, line + HALO) for line, path in alike.items())))
        # The thickest last, over the trunk that it shares with the others.
        for k in sorted(ways, key=lambda k: strokes[k].line):
            edge = diagram.edges[k]
            said = {"from": prefix + edge.tail, "to": prefix + edge.head, "quantity": edge.symbol, "kind": edge.kind}
            data = _known({**said, "mark": edge.mark, "derivative": edge.derivative})
            marks.append(Mark(f"edge {k}", _wire(ways[k], strokes[k], edge.kind != "join"), data))
    return marks


def _wire(way: list[Point], stroke: Stroke, arrow: bool) -> tuple[Item, ...]:
    if not arrow:
        return (PathItem(line_of(way, TURN), "", stroke.colour, stroke.line, stroke.dash),)
    tip, back = way[-1], way[-2]
    # The line ends inside the head, so that its blunt end does not show at the tip.
    neck = towards(tip, back, stroke.head * 0.7)
    return (
        PathItem(line_of([*way[:-1], neck], TURN), "", stroke.colour, stroke.line, stroke.dash),
        PathItem(arrow_head(tip, back, stroke.head), stroke.colour),
    )


def _node(p: PlacedNode, dx: float, dy: float, prefix: str, stacked: bool = False) -> Mark:
    """One node: a circle or capsule for an operation, a box for a layer or an equation, a pill for a terminal.

    Of a stack of its own another one looks out behind it.
    """
    node = p.node
    x, y = p.x + dx, p.y + dy
    left, top = x - p.width / 2, y - p.height / 2
    radius = 6.0 if node.kind in ("layer", "equation") else min(p.width, p.height, ROUND) / 2
    said = {"node": prefix + node.id, "quantity": node.symbol, "role": node.role, "shape": node.shape}
    data = _known({**said, "mark": node.mark})
    if node.kind == "join":
        return Mark("join", (Box(left, top, p.width, p.height, radius, "line"),), data)
    words = caption(node)
    middle = y - words.height / 2
    front = Box(left, top, p.width, p.height, radius, *_look(node))
    items: list[Item] = [replace(front, x=left + BEHIND, y=top - BEHIND), front] if stacked else [front]
    outline = typeset(node.latex, p.formula)
    colour = "muted" if node.mark == "calm" else "ink"
    items.append(Maths(outline, x - outline.width / 2, middle + (outline.ascent - outline.descent) / 2, colour))
    low = middle + max(outline.height, 14) / 2 + words.leading - 1
    items += [Words(text, x, low + k * words.leading, words.size, "muted") for k, text in enumerate(words.lines)]
    return Mark("node", tuple(items), data, node.text)


def _look(node: Node) -> tuple[str, str, float, str]:
    """Fill, stroke, thickness and dashes of a node's box: those of its role, or of the mark of an overlay."""
    fill, stroke, line, dash = f"{node.look}.fill", f"{node.look}.stroke", 1.3, LOOKS[node.look].dash
    if node.mark in ("added", "removed"):
        fill, stroke, line, dash = f"{node.mark}.fill", node.mark, 2.2, STROKES[node.mark].dash
    elif node.mark in ("gradient", "carry"):
        stroke, line = "gradient", 2.8 if node.mark == "carry" else 1.3
    elif node.mark == "calm":
        fill, stroke, line = "paper", "calm", 1.1
    return fill, stroke, line, dash


def _known(said: Mapping[str, str]) -> Mapping[str, str]:
    """What a page can know of a node or an edge, as far as it is known."""
    return {key: value for key, value in said.items() if value}


def with_legend(scene: Scene, *diagrams: Diagram) -> Scene:
    """The scene with a legend of the roles, wires and marks that are in its diagrams."""
    swatches: list[tuple[Swatch, str]] = []
    shown = [node for diagram in diagrams for node in diagram.nodes if node.mark in ("", "gradient", "carry")]
    coloured = {node.look for node in shown if node.kind != "join"}
    for role, meaning in ROLES.items():
        if role in coloured:
            swatches.append((_box(role, LOOKS[role].dash), meaning.name))
    if "glyph" in coloured:
        swatches.append((_box("glyph", radius=HIGH / 2), "operation"))
    marks = {edge.mark for diagram in diagrams for edge in diagram.edges}
    swatches += [(_line(STROKES[mark]), said) for mark, said in MARKS.items() if mark in marks]
    if "calm" in marks:
        said = "on no way of the gradient" if marks & {"gradient", "carry"} else "in both"
        swatches.append((_line(STROKES["calm"]), said))
    if not marks - {""} and any(edge.kind == "belt" for diagram in diagrams for edge in diagram.edges):
        swatches.append((_line(BELT), "carry"))
    y, x, items = scene.height + HIGH / 2, MARGIN, list[Item]()
    for swatch, said in swatches:
        text = translated(said, scene.lang)
        width = WIDE + 6 + words_width(text, SMALL) + 14
        if x > MARGIN and x + width > max(scene.width, 420.0) - MARGIN:
            x, y = MARGIN, y + HIGH + 8
        items += (swatch(x, y), Words(text, x + WIDE + 6, y + 0.35 * SMALL, SMALL, "muted", "start"))
        x += width
    width = max([scene.width, *(i.x + words_width(i.text, SMALL) + MARGIN for i in items if isinstance(i, Words))])
    return replace(scene, marks=(*scene.marks, Mark("legend", tuple(items))), width=width, height=y + HIGH + MARGIN / 2)


def _box(role: str, dash: str = "", radius: float = 3.0) -> Swatch:
    return lambda x, y: Box(x, y - HIGH / 2, WIDE, HIGH, radius, f"{role}.fill", f"{role}.stroke", 1.2, dash)


def _line(stroke: Stroke) -> Swatch:
    return lambda x, y: PathItem(line_of([(x, y), (x + WIDE, y)]), "", stroke.colour, stroke.line, stroke.dash)
