"""For builders that have no mathematics: formulas and sentences in Unicode, as the plain text view writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

from cellgraph.integrations.sphinx.content import PLAIN

if TYPE_CHECKING:
    from sphinx.application import Sphinx

BUILDERS = ("text", "man", "texinfo")


def rewritten(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the plain text of our own nodes in their place, where the builder cannot show TeX."""
    if app.builder.format not in BUILDERS:
        return
    for node in list(doctree.findall(nodes.Element)):
        if PLAIN not in node.attributes:
            continue
        if isinstance(node, nodes.math_block):
            number = f"   ({node['number']})" if node["number"] else ""
            node.replace_self(nodes.literal_block("", node[PLAIN] + number, language="none"))
        elif isinstance(node, nodes.math):
            node.replace_self(nodes.Text(node[PLAIN]))
        else:
            node[:] = [nodes.Text(node[PLAIN])]
