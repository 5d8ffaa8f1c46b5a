"""Reports as CSV: their tables and formulas, with raw numbers; prose is left out."""

from __future__ import annotations

import csv
import io
import re

from cellgraph.messages import Lang, Message, translated
from cellgraph.report import Formulas, Report
from cellgraph.table import Table
from cellgraph.views import values
from cellgraph.views.values import Style

FORMULA = re.compile(r"(?![+-]\d[\d.,]*(?:e[+-]?\d+)?\Z)[=+\-@＝＋－＠\t\r]")
"""How text begins that a spreadsheet takes for a formula: with one of these signs, if it is no number."""


def _inert(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


STYLE = Style(escape=_inert, grouped=False, unknown="")


def report(document: Report, lang: Lang = "en") -> str:
    """Every table and block of formulas, with a blank line between them."""
    return values.written_blocks(document, BLOCKS, lang, between="\n")


def table(block: Table, lang: Lang) -> str:
    """A header line, the rows, the totals; unknown numbers are empty fields."""
    heads, body, foot = values.written_table(block, STYLE, lang)
    return _lines([heads, *body, *foot])


def formulas(block: Formulas, lang: Lang) -> str:
    """One formula a line: left, right, shape."""
    rows = [
        [
            values.mathematics(line.left, STYLE, block.graph),
            values.mathematics(line.right, STYLE, block.graph),
            "" if line.shape is None else values.shape(line.shape, STYLE),
        ]
        for line in block.lines
    ]
    return _lines([[translated(column, lang) for column in ("quantity", "formula", "shape")], *rows])


def _lines(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


BLOCKS: values.Handlers = {Message: lambda block, lang: "", Table: table, Formulas: formulas}
