"""From the plan of a step's operations to a scene: frame, wires with gaps where they cross, glyphs and notes."""

from __future__ import annotations

from .colours import LOOKS, look
from .diagram import Diagram
from .picture import edge_data, node_data
from .scene import Box, Curve, Item, Mark, Maths, Point, Scene, Words, arrow_head, formula, line_of
from .typeset import typeset, words_width
from .wiring import NOTE, SIZE, SMALL, Note, Placed, Plan, words_of

MARGIN, HEADING = 14.0, 17.0
THIN, THICK = 1.3, 3.0
TURN = 9.0
PILLS = ("before", "after", "input", "output")


def operations_picture(diagram: Diagram, plan: Plan) -> Scene:
    """The scene of one step."""
    left, top, right, bottom = _extent(plan)
    dx = MARGIN - left
    dy = MARGIN - top + (2.2 * HEADING if diagram.title else 0)
    width = max(right - left, words_width(diagram.title, HEADING)) + 2 * MARGIN
    marks = []
    if diagram.title:
        marks.append(
            Mark("title", (Words(diagram.title, MARGIN, MARGIN + HEADING, HEADING, anchor="start", bold=True),))
        )
    marks += step_marks(diagram, plan, dx, dy)
    return Scene(width, bottom + dy + MARGIN, tuple(marks), diagram.title, diagram.description, diagram.lang)


def step_marks(diagram: Diagram, plan: Plan, dx: float, dy: float) -> list[Mark]:
    """Everything of one step, moved to its place: frame, wires (belts over the others), glyphs, notes."""
    left, top, right, bottom = plan.frame
    frame = Box(left + dx, top + dy, right - left, bottom - top, 16, "frame", "rim", 1)
    marks = [Mark("frame", (frame,))]
    tails = list(dict.fromkeys(edge.tail for edge in diagram.edges))
    nets = {tail: [k for k, edge in enumerate(diagram.edges) if edge.tail == tail] for tail in tails}
    for tail in sorted(tails, key=lambda t: any(k in plan.belt for k in nets[t])):
        ways = {k: [(x + dx, y + dy) for x, y in plan.wires[k]] for k in nets[tail] if plan.wires[k]}
        halo = tuple(
            Curve(line_of(way, TURN), "", "frame", (THICK if k in plan.belt else THIN) + 5) for k, way in ways.items()
        )
        marks.append(Mark("halo", halo))
        # The belt last, over the trunk that it shares with the others.
        marks += [
            Mark(f"edge {k}", _wire(ways[k], k in plan.belt, diagram.edges[k].kind), edge_data(diagram.edges[k]))
            for k in sorted(ways, key=lambda k: k in plan.belt)
        ]
    marks += [glyph_mark(p, dx, dy) for p in plan.placed.values()]
    marks += [note_mark(note, dx, dy) for note in plan.notes]
    return marks


def _wire(way: list[Point], belt: bool, kind: str) -> tuple[Item, ...]:
    colour, line, size = ("belt", THICK, 10.0) if belt else ("line", THIN, 7.0)
    tip, back = way[-1], way[-2]
    if kind == "join":
        return (Curve(line_of(way, TURN), "", colour, line),)
    length = abs(tip[0] - back[0]) + abs(tip[1] - back[1]) or 1.0
    neck = (tip[0] - (tip[0] - back[0]) / length * size * 0.7, tip[1] - (tip[1] - back[1]) / length * size * 0.7)
    return (
        Curve(line_of([*way[:-1], neck], TURN), "", colour, line),
        Curve(arrow_head(tip, back, size), colour),
    )


def glyph_mark(p: Placed, dx: float, dy: float) -> Mark:
    """One glyph: a circle or capsule for an operation, a box for a layer, a pill for a terminal, a dot for a join."""
    node = p.node
    x, y = p.x + dx, p.y + dy
    role = look(node.role)
    left, top = x - p.width / 2, y - p.height / 2
    radius = 6.0 if node.kind == "layer" else min(p.width, p.height) / 2
    if node.kind == "join":
        return Mark(f"join {node.id}", (Box(left, top, p.width, p.height, radius, "line"),))
    fill, stroke = (f"{role}.fill", f"{role}.stroke") if node.kind != "operation" else ("glyph.fill", "glyph.stroke")
    dash = LOOKS[role].dash if node.kind == "layer" else ""
    words = words_of(node)
    drop = len(words) * (SMALL + 3) / 2
    items: list[Item] = [Box(left, top, p.width, p.height, radius, fill, stroke, 1.3, dash)]
    items.append(formula(node.latex, x, y - drop, SIZE))
    low = y + p.height / 2 - 7
    items += [Words(text, x, low - k * (SMALL + 3), SMALL, "muted") for k, text in enumerate(reversed(words))]
    return Mark(f"node {node.id}", tuple(items), node_data(node), node.text)


def note_mark(note: Note, dx: float, dy: float) -> Mark:
    """A formula beside a wire."""
    outline = typeset(note.latex, NOTE)
    baseline = note.y + dy + (outline.ascent - outline.descent) / 2
    return Mark(f"note {note.owner}", (Maths(outline, note.x + dx, baseline),))


def _extent(plan: Plan) -> tuple[float, float, float, float]:
    """The box around everything."""
    rects = [plan.frame, *(p.rect for p in plan.placed.values()), *(note.rect for note in plan.notes)]
    xs = [x for way in plan.wires.values() for x, _ in way]
    ys = [y for way in plan.wires.values() for _, y in way]
    return (
        min([*(r[0] for r in rects), *xs]), min([*(r[1] for r in rects), *ys]),
        max([*(r[2] for r in rects), *xs]), max([*(r[3] for r in rects), *ys]),
    )  # fmt: skip
