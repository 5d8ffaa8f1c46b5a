"""Reports as plain text: aligned columns and equals signs, the same wherever it is printed. Imports nothing heavy."""

from __future__ import annotations

import re

from cellgraph.messages import Lang, Message
from cellgraph.report import Formulas, Report
from cellgraph.table import Table
from cellgraph.views import values
from cellgraph.views.values import Style

STYLE = Style(escape=str)
NARROW = re.compile("[\x00-~\xa0-\u02ff–]*")
"""Text in which every character takes one column: Latin letters, and the dash for what is unknown."""


def report(document: Report, lang: Lang = "en") -> str:
    """The blocks of a report, with a blank line between them."""
    title = values.format_message(document.title, STYLE, lang)
    underlined = f"{title}\n{'─' * width(title)}" if title else ""
    return values.written_blocks(document, BLOCKS, lang, title=underlined) + "\n"


def paragraph(message: Message, lang: Lang) -> str:
    """One message as it is said; the terminal wraps it."""
    return values.format_message(message, STYLE, lang)


def formulas(block: Formulas, lang: Lang) -> str:
    """Formulas aligned at '=', with shapes and remarks in columns of their own."""
    lefts, rights = map(list, zip(*(values.sides(line, block.graph, values.text) for line in block.lines), strict=True))
    shapes = ["" if line.shape is None else values.shape(line.shape, STYLE) for line in block.lines]
    notes = ["" if line.note is None else paragraph(line.note, lang) for line in block.lines]
    margins = [max(map(width, column), default=0) for column in (lefts, rights, shapes)]
    rows = [
        f"  {padded(left, margins[0])} {line.relation} {padded(right, margins[1])}"
        f"   {padded(shape, margins[2])}   {note}".rstrip()
        for line, left, right, shape, note in zip(block.lines, lefts, rights, shapes, notes, strict=True)
    ]
    return "\n".join([*([paragraph(block.title, lang)] if block.title else []), *rows])


def table(block: Table, lang: Lang) -> str:
    """Columns padded to their widest entry, numbers to the right; notes below."""
    heads, body, foot = values.written_table(block, STYLE, lang)
    margins = [max(map(width, column)) for column in zip(heads, *body, *foot, strict=True)]
    rule = "  ".join("─" * margin for margin in margins)
    lines = ["  ".join(map(padded, row, margins, values.numeric(block))).rstrip() for row in (heads, *body, *foot)]
    lines.insert(1, rule)
    if foot:
        lines.insert(-len(foot), rule)
    title = paragraph(block.title, lang)
    notes = [paragraph(note, lang) for note in block.notes]
    return "\n".join([*([title] if title else []), *lines, *([""] if notes else []), *notes])


def width(text: str) -> int:
    """Columns of a terminal that a text takes: two for East Asian wide characters, none for combining ones."""
    if NARROW.fullmatch(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, columns: int, right: bool = False) -> str:
    """The text with spaces up to a width; in front of it where it shall stand to the right."""
    space = " " * (columns - width(text))
    return space + text if right else text + space


BLOCKS: values.Handlers = {Message: paragraph, Formulas: formulas, Table: table}
