"""Cells side by side: states, matrices, parameters, and their ratio to the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cellgraph.graph import Cell
from cellgraph.report import Report
from cellgraph.table import Table
from cellgraph.words import message

from .params import params


def comparison(
    cells: Sequence[Cell], sizes: Sequence[Mapping[str, int]], layers: int = 1, bidirectional: bool = False
) -> Report:
    """One row a cell: what it hands on, its weight matrices, its parameters, and how many times those of the first.

    Raises ValueError for a wrong size or a cell that cannot be stacked.
    """
    counted = [
        params(cell, None, layers, bidirectional, **own) for cell, own in zip(cells, sizes, strict=True)
    ]
    first = counted[0].total
    rows = tuple(
        (
            cell.name,
            ", ".join(state.name for state in cell.carries.values()),
            table.matrices,
            table.vectors,
            table.formula,
            table.total,
            f"{table.total / first:.4g}" if first and table.total is not None else None,
        )
        for cell, table in zip(cells, counted, strict=True)
    )
    columns = ("cell", "states", "matrices", "vectors", "formula", "parameters", "ratio")
    title = message("comparison of {cells}", cells=", ".join(cell.name for cell in cells))
    return Report(title, (Table(message(""), columns, rows),), {"cells": [dict(table.data) for table in counted]})
