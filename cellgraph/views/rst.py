"""Reports as reStructuredText: list tables, and mathematics as docutils and Sphinx read it."""

from __future__ import annotations

import re

from cellgraph.messages import Lang, Message
from cellgraph.report import Formulas, Report
from cellgraph.table import Table
from cellgraph.views import values
from cellgraph.views.latex import aligned
from cellgraph.views.values import Style

SPECIAL = re.compile(r"[\\*`|@]|_(?![^\W_])|:(?=:)|(?<=\w):(?=\S)")
"""What begins or ends inline markup, a link or a literal block."""
OPENS = re.compile(r"(?:^|(?<=[\s(/\-（“，。；：、]))\\ (?=:math:`)")
CLOSES = re.compile(r"(?<=`)\\ (?=$|[\s.,;:!?)/\-）”，。；：、])")
"""Where a role needs nothing to set it off from the text around it."""
PLAIN_START = re.compile(r"(?!(?:\w{1,9}[.)])(?:\s|$))[^\W_]|:math:`|\*\*\S|–$")
"""How lines begin that cannot be taken for a list, a field, a title or a directive."""


def escaped(text: str) -> str:
    """Plain text that reStructuredText shows as it is within a line: no markup and no links come out of it."""
    return SPECIAL.sub(r"\\\g<0>", text)


# An escaped blank is none; it sets a role off from letters beside it.
STYLE = Style(escape=escaped, latex=True, math=lambda latex: rf"\ :math:`{latex}`\ ")


def report(document: Report, lang: Lang = "en") -> str:
    """The title as a rubric, which fits under any heading, then the blocks."""
    title = paragraph(document.title, lang)
    return values.written_blocks(document, BLOCKS, lang, title=title and f".. rubric:: {title}") + "\n"


def paragraph(message: Message, lang: Lang) -> str:
    """A message as a paragraph of one line."""
    return _line(values.format_message(message, STYLE, lang))


def formulas(block: Formulas, lang: Lang) -> str:
    """An aligned block of display mathematics."""
    title = f"{paragraph(block.title, lang)}\n\n" if block.title else ""
    return f"{title}.. math::\n\n" + "\n".join(f"   {line}" for line in aligned(block, lang).split("\n"))


def table(block: Table, lang: Lang) -> str:
    """A list table with the heads of the columns as its first row; the totals as last, bold rows; notes below."""
    heads, body, foot = values.written_table(block, STYLE, lang)
    lines = [f".. list-table:: {paragraph(block.title, lang)}".rstrip(), "   :header-rows: 1", "   :widths: auto", ""]
    for row in (heads, *body, *(map(_bold, row) for row in foot)):
        lines += [f"   {' ' if k else '*'} - {_line(cell)}".rstrip() for k, cell in enumerate(row)]
    return "\n\n".join(["\n".join(lines), *(paragraph(note, lang) for note in block.notes)])


def _line(text: str) -> str:
    """Text that is a paragraph by itself, whatever it begins with."""
    text = " ".join(CLOSES.sub("", OPENS.sub("", text)).split())
    return text if not text or PLAIN_START.match(text) else rf"\ {text}"


def _bold(text: str) -> str:
    """Bold text; mathematics has no bold face here."""
    return text if not text or ":math:`" in text else f"**{text}**"


BLOCKS: values.Handlers = {Message: paragraph, Formulas: formulas, Table: table}
