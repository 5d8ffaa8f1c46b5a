"""Reports as CSV: their tables, with raw numbers and formulas; prose and mathematics are left out."""

from __future__ import annotations

import csv
import io

from cellgraph.report import Report
from cellgraph.table import Table
from cellgraph.words import Lang, translated

from . import values
from .values import Style


def _inert(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and not text[1:2].isdigit() else text


STYLE = Style(escape=_inert, grouped=False)


def report(document: Report, lang: Lang = "en") -> str:
    """Every table of the report, with a blank line between tables."""
    return "\n".join(table(block, lang) for block in document.blocks if isinstance(block, Table))


def table(block: Table, lang: Lang) -> str:
    """A header line, the rows, the totals; unknown numbers are empty fields."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(translated(column, lang) for column in block.columns)
    for row in (*block.rows, *block.footer):
        writer.writerow("" if value is None else values.written(value, STYLE, lang) for value in row)
    return out.getvalue()
