"""Making an interactive page: what is derived of each cell, its pictures, and what it has that its neighbour lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cellgraph.drawing import draw
from cellgraph.graph import Cell
from cellgraph.messages import Lang
from cellgraph.views.page import PageCell, shared
from cellgraph.views.page import page as written
from cellgraph.views.pictures import DETAILS
from cellgraph.views.pictures.draw import Picture


def page(*cells: Cell, lang: Lang = "en", sizes: Sequence[Mapping[str, int]] | None = None) -> str:
    """One self-contained HTML file about these cells, side by side, opening in `lang`.

    It asks for nothing from anywhere. Each cell is compared with the one before it, the first with the second. `sizes`
    are those of each cell that it begins with and runs at; others are chosen. Raises ValueError as `flow` does.

    >>> import cellgraph as cg
    >>> html = cg.page(cg.load("rnn"), lang="zh")
    >>> html[:15], 'lang="zh' in html
    ('<!doctype html>', True)
    """
    from cellgraph.derive.page_data import differences, page_data

    pictures = [{detail: draw(cell, detail=detail) for detail in DETAILS} for cell in cells]
    between = differences(cells)
    shown = [
        PageCell(cell, page_data(cell, own), pictures[number], _shared(number, pictures, between))
        for number, (cell, own) in enumerate(zip(cells, sizes or [{}] * len(cells), strict=True))
    ]
    return written(shown, between, lang)


def _shared(number: int, pictures: list[dict[str, Picture]], between: list[dict[str, Any]]) -> Mapping[str, list[str]]:
    """By level of detail, the nodes of a cell that its neighbour has as well."""
    if not between:
        return {}
    other = number - 1 if number else 1
    names = between[max(number - 1, 0)]["names"]
    if number:
        names = {theirs: ours for ours, theirs in names.items()}
    return {detail: shared(pictures[number][detail], pictures[other][detail], names) for detail in DETAILS}
