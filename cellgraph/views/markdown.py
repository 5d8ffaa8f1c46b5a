"""Reports as Markdown: pipe tables and display mathematics, as code hosts and documentation sites render them."""

from __future__ import annotations

import re

from cellgraph.report import Formulas, Report
from cellgraph.table import Table
from cellgraph.words import Lang, Message, translated

from . import values
from .latex import aligned
from .text import numeric
from .values import Style

SPECIAL = re.compile(r"([\\`*_\[\]<>|$#&~])")


def escaped(text: str) -> str:
    """Plain text that Markdown shows as it is: no emphasis, links, HTML, tables or mathematics come out of it."""
    return SPECIAL.sub(r"\\\1", text).replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\&", "&amp;")


STYLE = Style(escape=escaped, latex=True, math=lambda latex: f"${latex}$")


def report(document: Report, lang: Lang = "en") -> str:
    """The title as a heading, then the blocks."""
    title = values.said(document.title, STYLE, lang)
    parts = [f"### {title}"] if title else []
    for block in document.blocks:
        parts.append(values.handler(block, BLOCKS)(block, lang))
    return "\n\n".join(part for part in parts if part) + "\n"


def paragraph(message: Message, lang: Lang) -> str:
    """A message as a paragraph."""
    return values.said(message, STYLE, lang)


def formulas(block: Formulas, lang: Lang) -> str:
    """An aligned block of display mathematics."""
    title = f"{values.said(block.title, STYLE, lang)}\n\n" if block.title else ""
    return f"{title}$$\n{aligned(block, lang)}\n$$"


def table(block: Table, lang: Lang) -> str:
    """A pipe table, numbers to the right; the totals as a last, bold row; notes below."""
    heads = [escaped(translated(column, lang)) for column in block.columns]
    sides = ["---:" if numeric(block, k) else ":---" for k in range(len(heads))]
    body = [[values.written(value, STYLE, lang) for value in row] for row in block.rows]
    foot = [[_bold(values.written(value, STYLE, lang)) for value in row] for row in block.footer]
    lines = ["| " + " | ".join(row) + " |" for row in [heads, sides, *body, *foot]]
    title = values.said(block.title, STYLE, lang)
    notes = [values.said(note, STYLE, lang) for note in block.notes]
    return "\n\n".join([*([f"**{title}**"] if title else []), "\n".join(lines), *notes])


def _bold(text: str) -> str:
    return f"**{text}**" if text else ""


BLOCKS: values.Handlers = {Message: paragraph, Formulas: formulas, Table: table}
