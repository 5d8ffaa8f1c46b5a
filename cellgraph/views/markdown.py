"""Reports as Markdown: pipe tables and display mathematics, as code hosts and documentation sites render them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cellgraph.messages import Lang, Message
from cellgraph.report import Formulas, Report
from cellgraph.table import Table
from cellgraph.views import values
from cellgraph.views.latex import aligned
from cellgraph.views.values import Style

SPECIAL = re.compile(r"([\\`*_\[\]<>|$#&~])")
INDENT = re.compile(r"(?m)^(?: {4}| {0,3}\t)[ \t]*")
OPENS = re.compile(r"(?m)^[ \t]*(\d{1,9}(?=[.)](?:\s|$))|(?=[-+](?:\s|$)|-[- \t]*$))")
LINE = re.compile(r"(?m)^[ \t]*=(?==*[ \t]*$)")
"""How a line begins that would be code, open a list or be a rule, and make a title of the line before."""


def escaped(text: str) -> str:
    """Plain text that Markdown shows as it is: no emphasis, link, HTML, table, list or mathematics comes out of it."""
    inline = SPECIAL.sub(r"\\\1", text).replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\&", "&amp;")
    # Not every reader of Markdown knows a backslash before '='.
    return LINE.sub("&#61;", OPENS.sub(r"\1\\", INDENT.sub("", inline)))


@dataclass(frozen=True)
class Flavour:
    """How a place that shows Markdown marks mathematics: within a line, and the lines around a display."""

    style: Style
    display: tuple[str, str]


DOLLARS = Flavour(Style(escape=escaped, latex=True, math=lambda latex: f"${latex}$"), ("$$", "$$"))
"""What documentation sites and notebooks read."""
HOSTED = Flavour(Style(escape=escaped, latex=True, math=lambda latex: f"$`{latex}`$"), ("```math", "```"))
"""What GitHub and GitLab read whatever stands beside it: Chinese text, a backslash, an underscore."""


def report(document: Report, lang: Lang = "en", flavour: Flavour = DOLLARS) -> str:
    """The title as a heading, then the blocks."""
    title = values.format_message(document.title, flavour.style, lang)
    return values.written_blocks(document, BLOCKS, lang, flavour, title=title and f"### {title}") + "\n"


def paragraph(message: Message, lang: Lang, flavour: Flavour = DOLLARS) -> str:
    """A message as a paragraph."""
    return values.format_message(message, flavour.style, lang)


def formulas(block: Formulas, lang: Lang, flavour: Flavour = DOLLARS) -> str:
    """An aligned block of display mathematics."""
    title = f"{values.format_message(block.title, flavour.style, lang)}\n\n" if block.title else ""
    before, after = flavour.display
    return f"{title}{before}\n{aligned(block, lang)}\n{after}"


def table(block: Table, lang: Lang, flavour: Flavour = DOLLARS) -> str:
    """A pipe table, numbers to the right; the totals as a last, bold row; notes below."""
    style = flavour.style
    heads, body, foot = values.written_table(block, style, lang)
    sides = ["---:" if right else ":---" for right in values.numeric(block)]
    totals = [[f"**{text}**" if text else "" for text in row] for row in foot]
    # A row is one line, whatever a label holds.
    lines = [f"| {' | '.join(row)} |".replace("\n", " ") for row in [heads, sides, *body, *totals]]
    title = values.format_message(block.title, style, lang)
    notes = [values.format_message(note, style, lang) for note in block.notes]
    return "\n\n".join([*([f"**{title}**"] if title else []), "\n".join(lines), *notes])


BLOCKS: Mapping[type, Callable[[Any, Lang, Flavour], str]] = {Message: paragraph, Formulas: formulas, Table: table}
