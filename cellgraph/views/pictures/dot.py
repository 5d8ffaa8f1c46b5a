"""DOT: the diagram for people with their own Graphviz, and, with fixed sizes, for the layout engines."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from cellgraph.views.pictures.colours import LOOKS, look, palette
from cellgraph.views.pictures.diagram import STRAIGHT, Diagram, Edge, Node

Sizes = Mapping[str, tuple[float, float]]
"""Width and height of every node, in points."""

POINTS, LARGE = 72, 60
SHAPES = {
    "before": "plaintext", "after": "plaintext", "input": "plaintext", "output": "plaintext",
    "operation": "ellipse", "join": "point",
}  # fmt: skip


MARKS: Mapping[str, Mapping[str, str]] = {
    "added": {"color": "added", "penwidth": "2.5"},
    "removed": {"color": "removed", "penwidth": "2.5", "style": "dashed"},
    "gradient": {"color": "gradient", "penwidth": "2"},
    "carry": {"color": "gradient", "penwidth": "4"},
    "calm": {"color": "calm"},
}
"""What an overlay's marks look like: a colour of the theme, and attributes."""


def dot(diagram: Diagram, sizes: Sizes | None = None) -> str:
    """The diagram in Graphviz's language.

    With `sizes` the boxes are fixed and empty: what the layout engines get.
    """
    lines = [f"digraph {quoted(diagram.name)} {{"]
    lines += [f"  {line}" for line in _settings(diagram, sizes is not None)]
    lines += [f"  {_node(node, diagram, sizes)}" for node in diagram.nodes]
    lines += _ranks(diagram)
    lines += [f"  {_edge(edge, sizes is None)}" for edge in diagram.edges]
    return "\n".join([*lines, "}", ""])


def quoted(text: str) -> str:
    """Any text as a DOT string; control characters go, so that no text can leave its quotes."""
    shown = "".join(character for character in text if character.isprintable())
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _settings(diagram: Diagram, fixed: bool) -> list[str]:
    settings = [
        f"rankdir={diagram.rankdir}",
        "newrank=true",
        # Without limits dot's network simplex can take minutes on a large graph; with them belts of small ones bend.
        *(["nslimit=1", "nslimit1=1"] if len(diagram.nodes) > LARGE else []),
    ]
    if fixed:
        # Room between the boxes for the arrows that we draw.
        return [*settings, "ranksep=0.8", "nodesep=0.3", 'node [shape=box, fixedsize=true, label=""]']
    return [
        *settings,
        "ranksep=0.45",
        "nodesep=0.22",
        'fontname="sans-serif"',
        f"label={quoted(diagram.title)}",
        "labelloc=t",
        'node [shape=box, style="rounded,filled", fontname="sans-serif", fontsize=12]',
        'edge [fontname="sans-serif", fontsize=11, arrowsize=0.7]',
    ]


def _node(node: Node, diagram: Diagram, sizes: Sizes | None) -> str:
    attributes: dict[str, str] = {}
    if sizes is not None:
        width, height = sizes[node.id]
        attributes |= {"width": f"{width / POINTS:.4f}", "height": f"{height / POINTS:.4f}"}
    else:
        colours = palette("light")
        role = look(node.role)
        attributes["label"] = "\\n".join(quoted(text)[1:-1] for text in node.said())
        attributes |= {"fillcolor": colours[f"{role}.fill"], "color": colours[f"{role}.stroke"]}
        if node.kind in SHAPES:
            attributes["shape"] = SHAPES[node.kind]
        attributes |= _mark(node.mark)
        if LOOKS[role].dash or node.mark == "removed":
            attributes["style"] = "rounded,filled,dashed"
    group = _belt_of(node, diagram)
    if group:
        attributes["group"] = quoted(group)[1:-1]
    written = ", ".join(f'{key}="{value}"' for key, value in attributes.items())
    return f"{quoted(node.id)} [{written}]"


def _belt_of(node: Node, diagram: Diagram) -> str:
    """The state on whose belt a node lies: the state before, the equation that carries it on, and the state after."""
    for before, after in diagram.belts.items():
        if node.id in (before, after, f"{after} out"):
            return after
    return ""


def _ranks(diagram: Diagram) -> list[str]:
    """States before at the very left and after at the very right, in one order; inputs below the states."""
    lines = []
    for rank, members in (("source", (*diagram.before, *diagram.inputs)), ("sink", diagram.after)):
        if members:
            listed = "; ".join(quoted(member) for member in members)
            lines.append(f"  {{ rank={rank}; {listed} }}")
            lines += [f"  {quoted(a)} -> {quoted(b)} [style=invis]" for a, b in pairwise(members)]
    return lines


def _edge(edge: Edge, shown: bool) -> str:
    attributes: dict[str, str] = {}
    if shown and edge.text:
        attributes["label"] = quoted(edge.text)
    if edge.kind in STRAIGHT:
        attributes["weight"] = "100"
    if edge.kind == "belt" and shown:
        attributes["penwidth"] = "2.2"
    if shown:
        attributes |= {key: quoted(value) for key, value in _mark(edge.mark).items()}
    written = ", ".join(f"{key}={value}" for key, value in attributes.items())
    return f"{quoted(edge.tail)} -> {quoted(edge.head)}" + (f" [{written}]" if written else "")


def _mark(mark: str) -> dict[str, str]:
    attributes = dict(MARKS.get(mark, {}))
    return attributes | ({"color": palette("light")[attributes["color"]]} if attributes else {})
