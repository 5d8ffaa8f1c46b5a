"""Several diagrams in one: steps side by side, which hand their states on, and two cells one above the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from cellgraph.graph import Equation, Graph, at_step, rebuilt
from cellgraph.views.notation import text_name
from cellgraph.views.pictures.diagram import Diagram, Edge, Node, Subject
from cellgraph.views.pictures.paths import Point
from cellgraph.views.pictures.picture import HEADING, MARGIN, heading, step_marks
from cellgraph.views.pictures.plan import Plan, extent
from cellgraph.views.pictures.scene import Mark, Scene
from cellgraph.views.pictures.typeset import words_width


def numbered_step(of: Subject, number: int) -> Subject:
    """The same step with its times as numbers: x_t as x_3, h_{t-1} as h_2; parameters stay."""
    graph = of.graph
    varying = [q for q in graph.quantities.values() if q.time is not None and not q.fixed]
    renamed = {q.symbol: at_step(q.symbol, number + (q.time or 0)) for q in varying}
    now = {symbol: renamed.get(symbol, symbol) for symbol in graph.quantities}
    quantities = {now[s]: replace(q, symbol=now[s]) for s, q in graph.quantities.items()}
    equations = tuple(Equation(now[e.lhs], rebuilt(e.rhs, renamed), e.source) for e in graph.equations)
    return replace(
        of,
        graph=Graph(MappingProxyType(quantities), equations, tuple(now[s] for s in graph.outputs)),
        carries={now[a]: now[b] for a, b in of.carries.items()},
        carried=None if of.carried is None else [now[s] for s in of.carried],
        output=None if of.output is None else now[of.output],
        roles={rebuilt(e, renamed): role for e, role in of.roles.items()},
        renamed=renamed,
    )


def brief(diagram: Diagram) -> Diagram:
    """The diagram with the names of quantities in the place of their equations."""
    nodes = tuple(
        replace(node, latex=node.name, text=text_name(node.symbol)) if node.kind == "equation" else node
        for node in diagram.nodes
    )
    return replace(diagram, nodes=nodes, brief=diagram.detail == "equations")


def stacked(diagrams: Sequence[Diagram], plans: Sequence[Plan]) -> Scene:
    """The scene of diagrams one below the other, each under its own title."""
    marks: list[Mark] = []
    width = y = 0.0
    for letter, diagram, plan in zip("ab", diagrams, plans, strict=True):
        left, top, right, bottom = extent(plan)
        title_marks, height = heading(diagram, y)
        marks += title_marks
        y += MARGIN + height
        marks += step_marks(diagram, plan, MARGIN - left, y - top, prefix=f"{letter}:")
        y += bottom - top + MARGIN
        width = max(width, right - left + 2 * MARGIN, words_width(diagram.title, HEADING) + 2 * MARGIN)
    title = " / ".join(diagram.title for diagram in diagrams)
    description = " ".join(f"{diagram.title}: {diagram.description}" for diagram in diagrams)
    return Scene(width, y, tuple(marks), title, description, diagrams[0].lang)


def side_by_side(diagrams: Sequence[Diagram], plans: Sequence[Plan]) -> Scene:
    """The scene of steps 1 … T: a diagram for each, and a plan for each that fits its shape (often one for all).

    Every step hands its states to the next through shared pills. Weights are the same at every step; they are named
    once, in the first.
    """
    first = diagrams[0]
    steps = [_step(diagram, plan) for diagram, plan in zip(diagrams, plans, strict=True)]
    places = [(0.0, 0.0)]
    for number in range(1, len(steps)):
        dx, dy = _shift(diagrams[number], steps[number - 1], steps[number])
        places.append((places[-1][0] + dx, places[-1][1] + dy))
        steps[number] = _joined(diagrams[number], steps[number - 1], steps[number], dx, dy)
    # Names and weights are those of the first step; what an overlay says is said of each step.
    steps[1:] = [replace(s, labels=tuple(label for label in s.labels if label.colour == "gradient")) for s in steps[1:]]
    boxes = [extent(step) for step in steps]
    left, top = boxes[0][0], min(box[1] + y for box, (_, y) in zip(boxes, places, strict=True))
    marks, height = heading(first)
    dx, dy = MARGIN - left, MARGIN - top + height
    for number, (diagram, step, (x, y)) in enumerate(zip(diagrams, steps, places, strict=True)):
        hidden = diagram.before if number and diagram.belts else ()
        marks += step_marks(diagram, step, x + dx, y + dy, hidden, f"{number + 1}:" if len(steps) > 1 else "")
    # Nodes over all wires: a step begins at the pills of the step before it.
    marks.sort(key=lambda mark: mark.id in ("node", "join", "note"))
    right = max(box[2] + x for box, (x, _) in zip(boxes, places, strict=True))
    bottom = max(box[3] + y for box, (_, y) in zip(boxes, places, strict=True))
    width = max(right + dx, words_width(first.title, HEADING) + MARGIN) + MARGIN
    return Scene(width, bottom + dy + MARGIN, tuple(marks), first.title, first.description, first.lang)


def chained(diagrams: Sequence[Diagram]) -> Diagram:
    """One diagram of all steps, for DOT and Mermaid: what a step computes is what the next one begins with."""
    if len(diagrams) == 1:
        return diagrams[0]
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
    for prefix, diagram in (("a ", a), ("b ", b)):
        nodes += [replace(node, id=prefix + node.id) for node in diagram.nodes]
        edges += [replace(edge, tail=prefix + edge.tail, head=prefix + edge.head) for edge in diagram.edges]
    title = f"{a.title} / {b.title}"
    return replace(a, nodes=tuple(nodes), edges=tuple(edges), before=(), inputs=(), after=(), title=title, belts={})


def _shift(diagram: Diagram, left: Plan, right: Plan) -> tuple[float, float]:
    """From one step to the next: its states before come to lie where the other has its states after."""
    pairs = [
        (left.placed[f"{state} out"], right.placed[state], right.placed[f"{diagram.belts[state]} out"])
        for state in diagram.before
        if f"{state} out" in left.placed
    ]
    if not pairs:
        return extent(left)[2] - extent(right)[0] + 2 * MARGIN, 0.0
    # The belt that is straightest goes on without a bend.
    out, into, _ = min(pairs, key=lambda pair: abs(pair[2].y - pair[1].y))
    return max(p.rect[2] - q.rect[2] for p, q, _ in pairs), out.y - into.y


def _step(diagram: Diagram, plan: Plan) -> Plan:
    """The plan with the nodes of this step: their order is the same at every step."""
    now = dict(zip(plan.placed, diagram.nodes, strict=True))
    placed = {now[old].id: replace(p, node=now[old]) for old, p in plan.placed.items()}
    labels = tuple(
        replace(label, latex=label.latex if label.weight else now[label.owner].name, owner=now[label.owner].id)
        for label in plan.labels
    )
    return replace(plan, placed=placed, labels=labels)


def _joined(diagram: Diagram, left: Plan, step: Plan, dx: float, dy: float) -> Plan:
    """The step with the wires of its states before beginning at the pills of the step before it."""
    wires = dict(step.wires)
    for number, edge in enumerate(diagram.edges):
        pill = left.placed.get(f"{edge.tail} out")
        if edge.tail in diagram.before and pill is not None:
            wires[number] = _from(wires[number], (pill.rect[2] - dx, pill.y - dy))
    return replace(step, wires=wires)


def _from(way: list[Point], start: Point) -> list[Point]:
    """The wire, beginning at the pill of the step before; with a bend where that lies at another height."""
    x, y = way[0]
    if abs(start[1] - y) < 0.01:
        return [start, *way[1:]]
    middle = (start[0] + x) / 2
    return [start, (middle, start[1]), (middle, y), *way[1:]]
