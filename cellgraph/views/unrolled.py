"""Several steps side by side: every step has the same plan, and hands its states to the next through shared pills.

Weights are the same at every step; they are named once, in the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .diagram import Diagram, Edge, Node
from .picture import HEADING, MARGIN, heading_height, step_marks, title_marks
from .plan import Placed, Plan, extent
from .scene import Mark, Point, Scene
from .typeset import words_width


def unrolled(diagrams: Sequence[Diagram], plan: Plan) -> Scene:
    """The scene of steps 1 … T, one diagram each; `plan` is that of the last, whose times are the widest."""
    first = diagrams[0]
    left, top, right, bottom = extent(plan)
    dx, dy = MARGIN - left, MARGIN - top + heading_height(first)
    pitch = _pitch(diagrams[-1], plan)
    marks: list[Mark] = [*title_marks(first)]
    for number, diagram in enumerate(diagrams):
        step = _step(diagram, plan, number, pitch)
        hidden = diagram.before if number and diagram.belts else ()
        marks += step_marks(diagram, step, dx + number * pitch, dy, hidden, f"{number + 1}:")
    width = max(right - left + (len(diagrams) - 1) * pitch, words_width(first.title, HEADING)) + 2 * MARGIN
    return Scene(width, bottom + dy + MARGIN, tuple(marks), first.title, first.description, first.lang)


def chained(diagrams: Sequence[Diagram]) -> Diagram:
    """One diagram of all steps, for DOT and Mermaid: what a step computes is what the next one begins with."""
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    for number, diagram in enumerate(diagrams):
        last = diagram is diagrams[-1]
        own = {n.id: f"{n.id} at {number + 1}" if n.kind == "join" else n.id for n in diagram.nodes}
        for node in diagram.nodes:
            if (node.kind != "before" or not number or not diagram.belts) and (node.kind != "after" or last):
                nodes.setdefault(own[node.id], replace(node, id=own[node.id]))
        heads = {n.id for n in diagram.nodes if n.kind != "after" or last}
        edges += [replace(e, tail=own[e.tail], head=own[e.head]) for e in diagram.edges if e.head in heads]
    first, end = diagrams[0], diagrams[-1]
    return replace(first, nodes=tuple(nodes.values()), edges=tuple(edges), after=end.after)


def both(a: Diagram, b: Diagram) -> Diagram:
    """One diagram of two cells beside each other, their ids told apart."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    for prefix, diagram in (("a:", a), ("b:", b)):
        nodes += [replace(node, id=prefix + node.id) for node in diagram.nodes]
        edges += [replace(edge, tail=prefix + edge.tail, head=prefix + edge.head) for edge in diagram.edges]
    title = f"{a.title} / {b.title}"
    return replace(a, nodes=tuple(nodes), edges=tuple(edges), before=(), inputs=(), after=(), title=title, belts={})


def _pitch(diagram: Diagram, plan: Plan) -> float:
    """From step to step: the pills of the states after come to lie where the next step has its states before."""
    shifts = [
        plan.placed[f"{after} out"].rect[2] - plan.placed[before].rect[2] for before, after in diagram.belts.items()
    ]
    left, _, right, _ = extent(plan)
    return max(shifts, default=right - left + 2 * MARGIN)


def _step(diagram: Diagram, plan: Plan, number: int, pitch: float) -> Plan:
    """The plan with this step's nodes, found by their order, which is the same at every step."""
    ids = dict(zip(plan.placed, (node.id for node in diagram.nodes), strict=True))
    nodes = {node.id: node for node in diagram.nodes}
    placed: dict[str, Placed] = {ids[old]: replace(p, node=nodes[ids[old]]) for old, p in plan.placed.items()}
    notes = tuple(
        replace(note, latex=note.latex if note.weight else nodes[ids[note.owner]].name, owner=ids[note.owner])
        for note in plan.notes
        if not number
    )
    wires = dict(plan.wires)
    for k, edge in enumerate(diagram.edges):
        if number and edge.tail in diagram.belts:
            pill = placed[f"{diagram.belts[edge.tail]} out"]
            wires[k] = _from(wires[k], (pill.rect[2] - pitch, pill.y))
    return replace(plan, placed=placed, notes=notes, wires=wires)


def _from(way: list[Point], start: Point) -> list[Point]:
    """The wire, beginning at the pill of the step before; with a bend where that lies at another height."""
    x, y = way[0]
    if abs(start[1] - y) < 0.01:
        return [start, *way[1:]]
    middle = (start[0] + x) / 2
    return [start, (middle, start[1]), (middle, y), *way[1:]]
