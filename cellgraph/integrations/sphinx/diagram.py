"""The directive that draws, its node, and how each builder shows it: light and dark SVG, PDF, or words."""

from __future__ import annotations

import hashlib
import posixpath
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import ensuredir

from cellgraph.integrations.running import picture_of
from cellgraph.integrations.sphinx.arguments import CAPTIONED, language, options_of, reading, words_of
from cellgraph.integrations.sphinx.content import PLAIN


class diagram(nodes.General, nodes.Inline, nodes.Element):
    """A picture: the command that draws it, its words, and its SVG for light and for dark pages."""


def _side(value: str) -> Any:
    return directives.choice(value, ("left", "center", "right"))


class DiagramDirective(SphinxDirective):
    """A picture of a cell, with the options of `cellgraph draw` and those of a figure."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[Any] = {
        **options_of("draw"),
        **CAPTIONED,
        "alt": directives.unchanged,
        "align": _side,
    }

    def run(self) -> list[nodes.Node]:
        """The picture, within a figure where there is a caption. What cannot be drawn is an error at this place."""
        lang = language(self)
        node = diagram()
        with reading(self) as specs:
            words = words_of("draw", self)
            for theme in ("light", "dark"):
                svg, alt = picture_of(words, lang, specs, theme)
                node[theme] = svg.decode("utf-8")
        node.update_basic_atts({"classes": self.options.get("class", [])})
        node["words"], node["lang"], node["alt"] = words, lang, self.options.get("alt", alt)
        node[PLAIN] = f"[{node['alt']}]"
        return [self._placed(node)]

    def _placed(self, node: diagram) -> nodes.Element:
        shown: nodes.Element = node
        if "caption" in self.options:
            words, messages = self.parse_inline(self.options["caption"])
            shown = nodes.figure("", node, nodes.caption(self.options["caption"], "", *words, *messages))
        if "align" in self.options:
            shown["align"] = self.options["align"]
        self.set_source_info(shown)
        self.add_name(shown)
        return shown


def _written(self: Any, node: diagram, theme: str) -> str:
    """The path of a picture, written among the images of the build, as its page sees it."""
    data = node[theme].encode("utf-8")
    name = f"cellgraph-{hashlib.sha256(data).hexdigest()[:16]}.svg"
    target = Path(self.builder.outdir, self.builder.imagedir, name)
    if not target.exists():
        ensuredir(target.parent)
        target.write_bytes(data)
    return posixpath.join(self.builder.imgpath, name)


def _html(self: Any, node: diagram) -> None:
    classes = " ".join(["cellgraph", *node["classes"]])
    inline = isinstance(node.parent, nodes.TextElement)
    side = node.get("align") or ("default" if not inline and not isinstance(node.parent, nodes.figure) else "")
    if side:
        self.body.append(f'<div class="align-{side}">')
    ids = f' id="{escape(node["ids"][0])}"' if node["ids"] else ""
    for theme, own in (("light", ids), ("dark", "")):
        source, shown = escape(_written(self, node, theme)), escape(f"{classes} cellgraph-{theme}")
        self.body.append(f'<img{own} class="{shown}" src="{source}" alt="{escape(node["alt"])}" loading="lazy">\n')
    if side:
        self.body.append("</div>\n")
    raise nodes.SkipNode


def _latex(self: Any, node: diagram) -> None:
    """A PDF beside the TeX file, no wider than the line."""
    data, _ = picture_of(node["words"], node["lang"], [], suffix=".pdf")
    name = f"cellgraph-{hashlib.sha256(node['light'].encode('utf-8')).hexdigest()[:16]}.pdf"
    Path(self.builder.outdir, name).write_bytes(data)
    inside = isinstance(node.parent, nodes.figure)
    centred = not inside and node.get("align", "center") == "center"
    graphic = rf"\sphinxincludegraphics{{{name}}}"
    self.body.append(rf"\begin{{center}}{graphic}\end{{center}}" if centred else graphic)
    raise nodes.SkipNode


VISITORS: dict[str, Any] = {"html": (_html, None), "epub": (_html, None), "latex": (_latex, None)}
"""How builders show a picture; the others have its words in its place."""
