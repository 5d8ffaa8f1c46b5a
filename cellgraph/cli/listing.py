"""The list of cells as a table, made without SymPy: what the specs say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cellgraph.errors import CellgraphError, nearest
from cellgraph.frameworks import runnable
from cellgraph.messages import Message, listed, message
from cellgraph.report import Report
from cellgraph.spec.library import Summary, summaries
from cellgraph.table import Table

COLUMNS = ("name", "title", "year", "family", "states", "matrices", "formula", "verified against")


def catalogue(family: str | None) -> Report:
    """Every cell, or those of one family. Raises CellgraphError for an unknown family."""
    found = [s for s in summaries() if family is None or s.family == family]
    if not found:
        families = sorted({s.family for s in summaries() if s.family})
        raise CellgraphError(
            f"no family {family!r}{nearest(family or '', families) or '; there are ' + ', '.join(families)}"
        )
    table = Table(message(""), COLUMNS, tuple(map(_row, found)))
    return Report(message(""), (table,), {"cells": list(map(_entry, found))})


def _row(summary: Summary) -> tuple[object, ...]:
    recorded = [message("{library} (recorded)", library=library) for library in _first(summary.recorded, "__")]
    beside: Sequence[str | Message] = [*_live(summary), *recorded]
    return (
        summary.name,
        summary.title,
        str(summary.year or ""),
        summary.family,
        ", ".join(summary.states),
        summary.matrices,
        summary.formula,
        listed(beside) if beside else message("equations only"),
    )


def _entry(summary: Summary) -> dict[str, object]:
    return {
        "name": summary.name,
        "title": dict(summary.title),
        "year": summary.year,
        "family": summary.family,
        "states": list(summary.states),
        "matrices": summary.matrices,
        "formula": summary.formula,
        "verified_against": _live(summary),
        "recorded": list(summary.recorded),
    }


def _live(summary: Summary) -> list[str]:
    """The libraries whose classes `verify` can run beside the cell."""
    return _first(filter(runnable, summary.implementations), ".")


def _first(names: Iterable[str], sign: str) -> list[str]:
    """What stands before the first `sign` of each name, each once."""
    return list(dict.fromkeys(name.partition(sign)[0] for name in names))
