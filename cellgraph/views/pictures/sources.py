"""Sources: the diagram in the languages of Graphviz and of Mermaid, which need no layout engine of ours.

DOT is for people with their own Graphviz and, with fixed sizes, for the layout engines.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from cellgraph.views.pictures.colours import LOOKS, PALETTES
from cellgraph.views.pictures.diagram import STRAIGHT, Diagram, Edge, Node

Sizes = Mapping[str, tuple[float, float]]
"""Width and height of every node, in points."""
Attributes = dict[str, Any]

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
"""What an overlay's marks look like in DOT: a colour of the theme, and attributes."""
FIXED = {
    # Room between the boxes for the arrows that we draw.
    "graph_attr": {"ranksep": "0.8", "nodesep": "0.3"},
    "node_attr": {"shape": "box", "fixedsize": "true", "label": ""},
}
SHOWN = {
    "graph_attr": {"ranksep": "0.45", "nodesep": "0.22", "fontname": "sans-serif", "labelloc": "t"},
    "node_attr": {"shape": "box", "style": "rounded,filled", "fontname": "sans-serif", "fontsize": "12"},
    "edge_attr": {"fontname": "sans-serif", "fontsize": "11", "arrowsize": "0.7"},
}

BRACKETS = {
    "before": ("([", "])"), "after": ("([", "])"), "input": ("([", "])"), "output": ("([", "])"),
    "operation": ("((", "))"), "join": ("((", "))"),
}  # fmt: skip
"""Shapes of Mermaid."""
THICK, DASHED = "stroke-width:3px", "stroke-width:3px,stroke-dasharray:6 3"
STYLES = {"added": THICK, "removed": DASHED, "gradient": THICK, "carry": THICK}


def dot(diagram: Diagram, sizes: Sizes | None = None) -> str:
    """The diagram in Graphviz's language.

    With `sizes` the boxes are fixed and empty: what the layout engines get.
    """
    from graphviz import Digraph

    graph = Digraph(diagram.name, **(SHOWN if sizes is None else FIXED))
    graph.attr(rankdir=diagram.rankdir, newrank="true")
    if len(diagram.nodes) > LARGE:
        # Without limits dot's network simplex can take minutes on a large graph; with them belts of small ones bend.
        graph.attr(nslimit="1", nslimit1="1")
    if sizes is None:
        graph.attr(label=_plain([diagram.title]))
    belts = {name: after for before, after in diagram.belts.items() for name in (before, after, f"{after} out")}
    for node in diagram.nodes:
        group = {"group": belts[node.id]} if node.id in belts else {}
        width, height = (side / POINTS for side in sizes[node.id]) if sizes else (0, 0)
        fixed = {"width": f"{width:.4f}", "height": f"{height:.4f}"}
        graph.node(node.id, **(_looks(node) if sizes is None else fixed), **group)
    # States before at the very left and after at the very right, in one order; inputs below the states.
    for rank, members in (("source", (*diagram.before, *diagram.inputs)), ("sink", diagram.after)):
        with graph.subgraph(graph_attr={"rank": rank}) as level:
            for member in members:
                level.node(member)
        for upper, lower in pairwise(members):
            graph.edge(upper, lower, style="invis")
    for edge in diagram.edges:
        weight = {"weight": "100"} if edge.kind in STRAIGHT else {}
        graph.edge(edge.tail, edge.head, **weight, **(_line(edge) if sizes is None else {}))
    return str(graph.source)


def _plain(lines: list[str]) -> Any:
    """Lines of any text as a label that means nothing else to Graphviz; control characters go."""
    from graphviz import escape, nohtml

    # What escape() returns is not read as HTML, but its sum would be.
    return nohtml("\\n".join(escape("".join(filter(str.isprintable, text))) for text in lines))


def _looks(node: Node) -> Attributes:
    colours, role = PALETTES["light"], node.look
    look = {"label": _plain(node.said()), "fillcolor": colours[f"{role}.fill"], "color": colours[f"{role}.stroke"]}
    shape = {"shape": SHAPES[node.kind]} if node.kind in SHAPES else {}
    dashed = {"style": "rounded,filled,dashed"} if LOOKS[role].dash or node.mark == "removed" else {}
    return look | shape | _marked(node.mark) | dashed


def _line(edge: Edge) -> Attributes:
    label = {"label": _plain([edge.text])} if edge.text else {}
    return label | ({"penwidth": "2.2"} if edge.kind == "belt" else {}) | _marked(edge.mark)


def _marked(mark: str) -> Attributes:
    attributes = dict(MARKS.get(mark, {}))
    return attributes | ({"color": PALETTES["light"][attributes["color"]]} if attributes else {})


def mermaid(diagram: Diagram) -> str:
    """The diagram as a Mermaid flowchart, which GitHub and others draw inside Markdown."""
    ids = {node.id: f"n{number}" for number, node in enumerate(diagram.nodes)}
    lines = [
        "---",
        f'title: "{_title(diagram.title)}"',
        "---",
        f"flowchart {diagram.rankdir}",
        *(f"  {ids[node.id]}{_box(node)}:::{node.look}" for node in diagram.nodes),
    ]
    for edge in diagram.edges:
        arrow = "==>" if edge.kind == "belt" or edge.mark == "carry" else "---" if edge.kind == "join" else "-->"
        label = f'|"{mermaid_escaped(edge.text)}"|' if edge.text else ""
        lines.append(f"  {ids[edge.tail]} {arrow}{label} {ids[edge.head]}")
    for role in dict.fromkeys(node.look for node in diagram.nodes):
        fill, stroke = LOOKS[role].light
        dash = f",stroke-dasharray:{LOOKS[role].dash}" if LOOKS[role].dash else ""
        lines.append(f"  classDef {role} fill:{fill},stroke:{stroke},color:#16191d{dash}")
    lines += [f"  style {ids[node.id]} {STYLES[node.mark]}" for node in diagram.nodes if node.mark in STYLES]
    return "\n".join([*lines, ""])


def mermaid_escaped(text: str) -> str:
    """Any text as a quoted Mermaid label: what could end the label or be read as Markdown or HTML goes as a code."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    return "".join(c if c.isalnum() or c in " .,:+-=()/" or c > "\x7f" else f"#{ord(c)};" for c in kept)


def _title(text: str) -> str:
    """The title as a YAML string, without what would be an escape or markup in it."""
    return "".join(c for c in text if c.isprintable() and c not in '"\\<>&')


def _box(node: Node) -> str:
    opening, closing = BRACKETS.get(node.kind, ("[", "]"))
    words = [mermaid_escaped(text) for text in node.said()]
    return f'{opening}"{"<br/>".join(words) or " "}"{closing}'
