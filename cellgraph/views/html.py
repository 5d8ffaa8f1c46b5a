"""Reports as HTML that stands by itself in a notebook or on a page: tables, and mathematics as MathML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from cellgraph.messages import Lang, Message
from cellgraph.report import RELATIONS, Formulas, Report
from cellgraph.table import Table
from cellgraph.views import values
from cellgraph.views.latex import space
from cellgraph.views.mathml import displayed, mathml
from cellgraph.views.values import Style

SIDES = ("right", "center", "left", "left", "left")
STYLE = Style(escape=escape, latex=True, math=mathml)


def report(document: Report, lang: Lang = "en") -> str:
    """The title as a heading and the blocks, in one element."""
    title = values.format_message(document.title, STYLE, lang)
    inside = values.written_blocks(document, BLOCKS, lang, title=title and f"<h3>{title}</h3>", between="\n")
    return f'<div class="cellgraph" lang="{lang}">\n{inside}\n</div>\n'


def paragraph(message: Message, lang: Lang) -> str:
    """A message as a paragraph; nothing for an empty one."""
    words = values.format_message(message, STYLE, lang)
    return f"<p>{words}</p>" if words else ""


def formulas(block: Formulas, lang: Lang) -> str:
    """Formulas aligned at their relations, with shapes and remarks beside them: a table without lines."""
    rows = []
    for line in block.lines:
        left, right = values.sides(line, block.graph, values.latex)
        shape = "" if line.shape is None else rf"\in {space(line.shape)}"
        note = "" if line.note is None else values.format_message(line.note, STYLE, lang)
        cells = [displayed(left), displayed(RELATIONS[line.relation]), displayed(right), displayed(shape), note]
        rows.append("<tr>" + "".join(map(_cell, cells, SIDES)) + "</tr>")
    title = paragraph(block.title, lang) if block.title else ""
    body = "\n".join(rows)
    return f'{title}<table class="cellgraph-formulas" style="border:0;margin:0.5em 0"><tbody>\n{body}\n</tbody></table>'


def _cell(content: str, side: str) -> str:
    return f'<td style="border:0;background:none;padding:0.15em 0.4em;text-align:{side}">{content}</td>'


def table(block: Table, lang: Lang) -> str:
    """A table with its title as caption, numbers to the right, totals at its foot and notes below."""
    title = values.format_message(block.title, STYLE, lang)
    heads, body, foot = values.written_table(block, STYLE, lang)
    right = values.numeric(block)
    lines = [
        "<table>",
        *([f"<caption>{title}</caption>"] if title else []),
        f"<thead>{_row(heads, right, 'th')}</thead>",
        f"<tbody>\n{chr(10).join(_row(row, right, 'td') for row in body)}\n</tbody>",
        *([f"<tfoot>{''.join(_row(row, right, 'th') for row in foot)}</tfoot>"] if foot else []),
        "</table>",
        *(paragraph(note, lang) for note in block.notes),
    ]
    return "\n".join(lines)


def _row(row: list[str], right: list[bool], kind: str) -> str:
    sides = ['style="text-align:right"' if side else 'style="text-align:left"' for side in right]
    return "<tr>" + "".join(f"<{kind} {side}>{cell}</{kind}>" for cell, side in zip(row, sides, strict=True)) + "</tr>"


BLOCKS: Mapping[type, Callable[[Any, Lang], str]] = {Message: paragraph, Formulas: formulas, Table: table}
