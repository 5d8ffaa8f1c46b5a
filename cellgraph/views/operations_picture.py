"""From the plan of a step's operations to a scene: frame, wires with gaps where they cross, glyphs and notes."""

from __future__ import annotations

from .colours import LOOKS, look
from .diagram import Diagram
from .picture import HEADING, node_data, title_mark, wire_marks
from .scene import Box, Item, Mark, Maths, Scene, Words, formula
from .typeset import typeset, words_width
from .wiring import NOTE, SIZE, SMALL, Note, Placed, Plan, words_of

MARGIN = 14.0
PILLS = ("before", "after", "input", "output")


def operations_picture(diagram: Diagram, plan: Plan) -> Scene:
    """The scene of one step."""
    left, top, right, bottom = _extent(plan)
    dx = MARGIN - left
    dy = MARGIN - top + (2.2 * HEADING if diagram.title else 0)
    width = max(right - left, words_width(diagram.title, HEADING)) + 2 * MARGIN
    marks = [title_mark(diagram, MARGIN)] if diagram.title else []
    marks += step_marks(diagram, plan, dx, dy)
    return Scene(width, bottom + dy + MARGIN, tuple(marks), diagram.title, diagram.description, diagram.lang)


def step_marks(diagram: Diagram, plan: Plan, dx: float, dy: float) -> list[Mark]:
    """Everything of one step, moved to its place: frame, wires (belts over the others), glyphs, notes."""
    left, top, right, bottom = plan.frame
    frame = Box(left + dx, top + dy, right - left, bottom - top, 16, "frame", "rim", 1)
    marks = [Mark("frame", (frame,))]
    marks += wire_marks(diagram, plan.wires, plan.belt, dx, dy, "frame")
    marks += [glyph_mark(p, dx, dy) for p in plan.placed.values()]
    marks += [note_mark(note, dx, dy) for note in plan.notes]
    return marks


def glyph_mark(p: Placed, dx: float, dy: float) -> Mark:
    """One glyph: a circle or capsule for an operation, a box for a layer, a pill for a terminal, a dot for a join."""
    node = p.node
    x, y = p.x + dx, p.y + dy
    role = look(node.role)
    left, top = x - p.width / 2, y - p.height / 2
    radius = 6.0 if node.kind == "layer" else min(p.width, p.height) / 2
    if node.kind == "join":
        return Mark(f"join {node.id}", (Box(left, top, p.width, p.height, radius, "line"),), node_data(node))
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
