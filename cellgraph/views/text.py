"""Reports as plain text: aligned columns and equals signs, the same wherever it is printed."""

from __future__ import annotations

from cellgraph.report import Formulas, Report
from cellgraph.table import Table
from cellgraph.views import values
from cellgraph.views.columns import padded, width
from cellgraph.views.values import Style
from cellgraph.words import Lang, Message, translated

STYLE = Style(escape=str)


def report(document: Report, lang: Lang = "en") -> str:
    """The blocks of a report, with a blank line between them."""
    title = values.said(document.title, STYLE, lang)
    parts = [f"{title}\n{'─' * width(title)}"] if title else []
    for block in document.blocks:
        parts.append(values.handler(block, BLOCKS)(block, lang))
    return "\n\n".join(part for part in parts if part) + "\n"


def paragraph(message: Message, lang: Lang) -> str:
    """One message as it is said; the terminal wraps it."""
    return values.said(message, STYLE, lang)


def formulas(block: Formulas, lang: Lang) -> str:
    """Formulas aligned at '=', with shapes and remarks in columns of their own."""
    lefts = [values.text(line.left, block.graph) for line in block.lines]
    rights = [values.text(line.right, block.graph) for line in block.lines]
    shapes = ["" if line.shape is None else values.shape(line.shape, STYLE) for line in block.lines]
    notes = ["" if line.note is None else values.said(line.note, STYLE, lang) for line in block.lines]
    margins = [max(map(width, column), default=0) for column in (lefts, rights, shapes)]
    rows = [
        f"  {padded(left, margins[0])} {line.relation} {padded(right, margins[1])}"
        f"   {padded(shape, margins[2])}   {note}".rstrip()
        for line, left, right, shape, note in zip(block.lines, lefts, rights, shapes, notes, strict=True)
    ]
    return "\n".join(([values.said(block.title, STYLE, lang)] if block.title else []) + rows)


def table(block: Table, lang: Lang) -> str:
    """Columns padded to their widest entry, numbers to the right; notes below."""
    heads = [translated(column, lang) for column in block.columns]
    body = [[values.written(value, STYLE, lang) for value in row] for row in block.rows]
    foot = [[values.written(value, STYLE, lang) for value in row] for row in block.footer]
    margins = [max(width(row[k]) for row in [heads, *body, *foot]) for k in range(len(heads))]
    right = [numeric(block, k) for k in range(len(heads))]

    def line(row: list[str]) -> str:
        cells = [padded(cell, margin, side) for cell, margin, side in zip(row, margins, right, strict=True)]
        return "  ".join(cells).rstrip()

    rule = "  ".join("─" * margin for margin in margins)
    lines = [line(heads), rule, *map(line, body), *([rule, *map(line, foot)] if foot else [])]
    title = values.said(block.title, STYLE, lang)
    notes = [values.said(note, STYLE, lang) for note in block.notes]
    return "\n".join(([title] if title else []) + lines + ([""] if notes else []) + notes)


def numeric(block: Table, column: int) -> bool:
    """Whether a column holds numbers, which stand to the right."""
    found = [row[column] for row in block.rows if row[column] is not None and row[column] != ""]
    return bool(found) and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in found)


BLOCKS: values.Handlers = {Message: paragraph, Formulas: formulas, Table: table}
