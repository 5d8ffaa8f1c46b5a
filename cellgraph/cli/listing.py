"""The list of cells, printed without SymPy: what the specs say of themselves."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from cellgraph.errors import CellgraphError, nearest
from cellgraph.frameworks import runnable
from cellgraph.spec.library import Summary, summaries
from cellgraph.words import translated

if TYPE_CHECKING:
    from cellgraph.words import Lang

COLUMNS = ("name", "title", "year", "family", "states", "matrices", "formula", "verified against")


def catalogue(family: str | None, view: str, lang: Lang) -> str:
    """Every cell, or those of one family, in a format. Raises CellgraphError for an unknown family."""
    found = [s for s in summaries() if family is None or s.family == family]
    if not found:
        families = sorted({s.family for s in summaries() if s.family})
        raise CellgraphError(
            f"no family {family!r}{nearest(family or '', families) or '; there are ' + ', '.join(families)}"
        )
    return VIEWS[view](found, lang)


def _row(summary: Summary, lang: Lang) -> list[str]:
    title = summary.title.get(lang) or next(iter(summary.title.values()), "")
    year = "" if summary.year is None else str(summary.year)
    states = ", ".join(summary.states)
    run = translated("{library} (recorded)", lang)
    runs = [run.format(library=library) for library in _first(summary.recorded, "__")]
    beside = ", ".join([*_live(summary), *runs]) or translated("equations only", lang)
    return [summary.name, title, year, summary.family, states, str(summary.matrices), summary.formula, beside]


def _live(summary: Summary) -> list[str]:
    """The libraries whose classes `verify` can run beside the cell."""
    return _first(filter(runnable, summary.implementations), ".")


def _first(names: Iterable[str], sign: str) -> list[str]:
    """What stands before the first `sign` of each name, each once."""
    return list(dict.fromkeys(name.partition(sign)[0] for name in names))


def _rows(found: Sequence[Summary], lang: Lang) -> list[list[str]]:
    return [[translated(column, lang) for column in COLUMNS], *(_row(summary, lang) for summary in found)]


def _text(found: Sequence[Summary], lang: Lang) -> str:
    from cellgraph.views.columns import padded, width

    rows = _rows(found, lang)
    margins = [max(width(row[k]) for row in rows) for k in range(len(COLUMNS))]
    lines = ["  ".join(map(padded, row, margins)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("─" * margin for margin in margins), *lines[1:]]) + "\n"


def _markdown(found: Sequence[Summary], lang: Lang) -> str:
    rows = [
        [cell.replace("|", r"\|").replace("*", r"\*").replace("<", "&lt;") for cell in row]
        for row in _rows(found, lang)
    ]
    rows.insert(1, [":---"] * len(COLUMNS))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _rst(found: Sequence[Summary], lang: Lang) -> str:
    from cellgraph.views.rst import escaped, list_table

    return list_table([list(map(escaped, row)) for row in _rows(found, lang)]) + "\n"


def _latex(found: Sequence[Summary], lang: Lang) -> str:
    from cellgraph.views.latex import escaped

    head, *body = [" & ".join(map(escaped, row)) + r" \\" for row in _rows(found, lang)]
    lines = [rf"\begin{{tabular}}{{{'l' * len(COLUMNS)}}}", r"\toprule", head, r"\midrule", *body, r"\bottomrule"]
    return "\n".join([*lines, r"\end{tabular}"]) + "\n"


def _csv(found: Sequence[Summary], lang: Lang) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(_rows(found, lang))
    return out.getvalue()


def _json(found: Sequence[Summary], lang: Lang) -> str:
    cells = [
        {
            "name": s.name,
            "title": dict(s.title),
            "year": s.year,
            "family": s.family,
            "states": list(s.states),
            "matrices": s.matrices,
            "formula": s.formula,
            "verified_against": _live(s),
            "recorded": list(s.recorded),
        }
        for s in found
    ]
    return json.dumps({"schema_version": 1, "cells": cells}, ensure_ascii=False, indent=2) + "\n"


VIEWS: dict[str, Callable[[Sequence[Summary], Lang], str]] = {
    "text": _text,
    "markdown": _markdown,
    "rst": _rst,
    "latex": _latex,
    "csv": _csv,
    "json": _json,
}
