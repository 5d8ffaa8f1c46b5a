"""What stands beside glyphs and their arrows at the level *operations*: weights below layers, and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cellgraph.views.pictures.diagram import Diagram
from cellgraph.views.pictures.grid import overlap
from cellgraph.views.pictures.paths import Point
from cellgraph.views.pictures.plan import LABEL, Label, PlacedNode, pieces
from cellgraph.views.pictures.typeset import typeset


def labels_of(diagram: Diagram, placed: Mapping[str, PlacedNode]) -> tuple[Label, ...]:
    """Weights beside the arrows into layers, and names beside what computes them (terminals name themselves)."""
    ending = {edge.tail for edge in diagram.edges if diagram.node[edge.head].kind in ("after", "output")}
    labels = []
    for name, p in placed.items():
        left, top, right, bottom = p.rect
        for number, (offset, side) in p.slots.items():
            edge = diagram.edges[number]
            if edge.latex:
                beside = left - 6 - typeset(edge.latex, LABEL).width, p.y - 13
                at = (p.x + offset + 6, bottom + 12) if side == "S" else beside
                # Factors in the colour of the gradient; weights aside from its ways calm.
                ink = "gradient" if edge.factor else "muted" if edge.mark == "calm" else "ink"
                labels.append(Label(edge.latex, *at, name, True, ink))
        if p.node.name and name not in ending:
            over = right - 3, top - typeset(p.node.name, LABEL).height / 2 - 1
            at = (p.x + 6, top - 11) if p.node.kind == "layer" else over
            labels.append(Label(p.node.name, *at, name, colour="muted" if p.node.mark == "calm" else "ink"))
    return tuple(labels)


def nearer(
    label: Label,
    diagram: Diagram,
    placed: Mapping[str, PlacedNode],
    labels: Sequence[Label],
    wires: Mapping[int, list[Point]],
) -> Label:
    """A layer's name follows its wire, where that leaves the layer at the side and there is room for the name."""
    p = placed[label.owner]
    ways = [wires[k] for k, edge in enumerate(diagram.edges) if edge.tail == label.owner and wires[k]]
    if label.latex != p.node.name or p.node.kind != "layer" or any(way[0][1] < p.y for way in ways):
        return label
    moved = replace(label, x=p.rect[2] + 3, y=p.y - 10)
    others = [*(other.rect for other in placed.values() if other is not p), *pieces(wires.values())]
    others += [other.rect for other in labels if other is not label]
    return label if any(overlap(moved.rect, rect) for rect in others) else moved
