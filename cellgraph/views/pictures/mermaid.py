"""The diagram in the language of Mermaid, which GitHub and others draw inside Markdown."""

from __future__ import annotations

from dataclasses import replace

from cellgraph.views.pictures.colours import LOOKS
from cellgraph.views.pictures.diagram import Diagram, Edge, Node
from cellgraph.views.pictures.sheets import caption, clusters, meeting

BRACKETS = {
    "before": ("([", "])"), "after": ("([", "])"), "input": ("([", "])"), "output": ("([", "])"),
    "operation": ("((", "))"), "join": ("((", "))"),
}  # fmt: skip
"""Shapes of Mermaid."""
THICK, DASHED = "stroke-width:3px", "stroke-width:3px,stroke-dasharray:6 3"
STYLES = {"added": THICK, "removed": DASHED, "gradient": THICK, "carry": THICK}


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
    for number, (axes, members) in enumerate(clusters(diagram).items() if diagram.each else ()):
        inside = [f"    {ids[name]}" for name in members]
        lines += [f'  subgraph sheet{number}["{mermaid_escaped(caption(diagram, axes))}"]', *inside, "  end"]
    for edge in diagram.edges:
        arrow = "==>" if edge.kind == "belt" or edge.mark == "carry" else "---" if edge.kind == "join" else "-->"
        said = " ".join(filter(None, (edge.text, _across(diagram, edge))))
        label = f'|"{mermaid_escaped(said)}"|' if said else ""
        lines.append(f"  {ids[edge.tail]} {arrow}{label} {ids[edge.head]}")
    for role in dict.fromkeys(node.look for node in diagram.nodes):
        fill, stroke = LOOKS[role].light
        dash = f",stroke-dasharray:{LOOKS[role].dash}" if LOOKS[role].dash else ""
        lines.append(f"  classDef {role} fill:{fill},stroke:{stroke},color:#16191d{dash}")
    lines += [f"  style {ids[node.id]} {STYLES[node.mark]}" for node in diagram.nodes if node.mark in STYLES]
    return "\n".join([*lines, ""])


def _across(diagram: Diagram, edge: Edge) -> str:
    """The axes that an edge crosses, to all members or from all of them: × j."""
    if not diagram.each or not meeting(diagram, edge):
        return ""
    tail, head = diagram.node[edge.tail].axes, diagram.node[edge.head].axes
    axes = [axis for axis in diagram.each if (axis in tail) != (axis in head)]
    return caption(replace(diagram, each={}), axes or head)


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
