"""Mathematics of HTML pages as MathML: no script, no font and no network is needed to read them.

Set html_math_renderer = "mathml" in conf.py.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from docutils import nodes
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from cellgraph.views.mathml import displayed, mathml, unreadable

LOG = logging.getLogger(__name__)
CLASSES = "math notranslate nohighlight"


def inline(self: Any, node: nodes.math) -> None:
    """A formula within a line."""
    self.body.append(f'<span class="{CLASSES}">{_written(node, mathml)}</span>')
    raise nodes.SkipNode


def block(self: Any, node: nodes.math_block) -> None:
    """A displayed formula, with its number where it has one."""
    self.body.append(self.starttag(node, "div", CLASS=CLASSES, style="overflow-x:auto;text-align:center"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    text = node.astext().strip()
    lone = "\\\\" not in text or text.startswith(r"\begin")
    shown = nodes.math("", text if lone else rf"\begin{{split}}{text}\end{{split}}")
    shown.source, shown.line = node.source, node.line
    self.body.append(f"{_written(shown, displayed)}</div>\n")
    raise nodes.SkipNode


def _written(node: nodes.math, write: Callable[[str], str]) -> str:
    """The formula; as its source, with a warning, where it cannot be read."""
    text = node.astext()
    try:
        return write(text)
    except unreadable() as error:
        LOG.warning("this formula cannot be written as MathML: %s", error or type(error).__name__, location=node)
        return escape(text)
