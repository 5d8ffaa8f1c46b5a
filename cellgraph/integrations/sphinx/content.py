"""Reports as docutils nodes: paragraphs, tables and mathematics, each with its plain text for builders without TeX.

Builders that have no mathematics get that text in place of the nodes, in Unicode, as the plain text view writes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from docutils import nodes

from cellgraph.messages import Lang, Message
from cellgraph.report import Formulas, Report
from cellgraph.table import Table
from cellgraph.views import text, values
from cellgraph.views.latex import aligned
from cellgraph.views.values import Style

if TYPE_CHECKING:
    from sphinx.application import Sphinx

BEGIN, END = "\ue000", "\ue001"
"""Mark off mathematics in a sentence; the text of a spec loses them, if it has them."""
MATHS = re.compile(f"{BEGIN}([^{END}]*){END}")
WIDEST = 60
PLAIN = "cellgraph-plain"
"""The attribute of a node that holds what it says without TeX."""
WITHOUT_TEX = ("text", "man", "texinfo")
"""Builders that have no mathematics."""


def _unmarked(written: str) -> str:
    return written.replace(BEGIN, "").replace(END, "")


STYLE = Style(escape=_unmarked, latex=True, math=lambda latex: f"{BEGIN}{latex}{END}")


def report_nodes(report: Report, lang: Lang) -> list[nodes.Node]:
    """The blocks of a report. Its title is left to the page."""
    return [node for block in report.blocks for node in values.handler(block, BLOCKS)(block, lang)]


def inline(written: str) -> Iterator[nodes.Node]:
    """Text with marked mathematics, as text and math nodes."""
    for k, part in enumerate(MATHS.split(written)):
        if k % 2:
            yield nodes.math(part, part)
        elif part:
            yield nodes.Text(part)


def said(message: Message, lang: Lang, kind: Callable[..., Any] = nodes.paragraph) -> Any:
    """A message as a node, with its plain text."""
    node = kind("", "", *inline(values.format_message(message, STYLE, lang)))
    node[PLAIN] = values.format_message(message, text.STYLE, lang)
    return node


def formula(latex: str, unicode: str, label: str | None = None, docname: str = "") -> nodes.math_block:
    """A displayed formula, not yet numbered."""
    node = nodes.math_block(latex, latex, classes=[], docname=docname, number=None, label=label)
    node["no-wrap"] = node["nowrap"] = False
    node[PLAIN] = unicode
    return node


def inline_formula(latex: str, unicode: str) -> nodes.math:
    """A formula within a sentence."""
    node = nodes.math(latex, latex)
    node[PLAIN] = unicode
    return node


def in_plain_text(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the plain text of our own nodes in their place, where the builder cannot show TeX."""
    if app.builder.format not in WITHOUT_TEX:
        return
    for node in list(doctree.findall(nodes.Element)):
        if PLAIN not in node.attributes:
            continue
        if isinstance(node, nodes.math_block):
            number = f"   ({node['number']})" if node["number"] else ""
            node.replace_self(nodes.literal_block("", node[PLAIN] + number, language="none"))
        elif isinstance(node, nodes.Inline):
            text = nodes.Text(node[PLAIN])
            node.replace_self(text if isinstance(node.parent, nodes.TextElement) else nodes.paragraph("", "", text))
        else:
            node[:] = [nodes.Text(node[PLAIN])]


def _paragraph(message: Message, lang: Lang) -> Iterator[nodes.Node]:
    if values.format_message(message, text.STYLE, lang):
        yield said(message, lang)


def _formulas(block: Formulas, lang: Lang) -> Iterator[nodes.Node]:
    if block.title is not None:
        yield from _paragraph(block.title, lang)
    yield formula(aligned(block, lang), text.formulas(Formulas(block.lines, block.graph), lang))


def _table(block: Table, lang: Lang) -> Iterator[nodes.Node]:
    numeric = values.numeric(block)
    plain, marked = (values.written_table(block, style, lang) for style in (text.STYLE, STYLE))
    # How wide columns are in builders that count letters.
    widths = [min(WIDEST, max(map(len, column))) for column in zip(plain[0], *plain[1], *plain[2], strict=True)]
    group = nodes.tgroup("", *(nodes.colspec("", colwidth=n) for n in widths), cols=len(widths))
    rows = [_row(*row, numeric) for row in zip(marked[1], plain[1], strict=True)]
    rows += [_row(*row, numeric, total=True) for row in zip(marked[2], plain[2], strict=True)]
    group += [nodes.thead("", _row(marked[0], plain[0], numeric)), nodes.tbody("", *rows)]
    table = nodes.table("", group, classes=["cellgraph", "colwidths-auto"])
    heading = said(block.title, lang, nodes.title)
    if heading.children:
        table.insert(0, heading)
    yield table
    for note in block.notes:
        yield from _paragraph(note, lang)


def _row(marked: Sequence[str], plain: Sequence[str], numeric: list[bool], total: bool = False) -> nodes.row:
    row = nodes.row()
    for written, unicode, number in zip(marked, plain, numeric, strict=True):
        content = list(inline(written))
        paragraph = nodes.paragraph("", "", *([nodes.strong("", "", *content)] if total and content else content))
        if unicode:
            paragraph[PLAIN] = unicode
        row += nodes.entry("", paragraph, classes=["number"] if number else [])
    return row


BLOCKS: Mapping[type, Callable[[Any, Lang], Iterator[nodes.Node]]] = MappingProxyType(
    {Message: _paragraph, Formulas: _formulas, Table: _table}
)
