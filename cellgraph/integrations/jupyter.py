"""What notebooks show of cells, graphs, tables and reports: the same document in every format that they know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cellgraph.errors import RenderError
from cellgraph.graph import Cell, Graph
from cellgraph.report import Formulas, Report, lines_of
from cellgraph.table import Table
from cellgraph.views import html, latex, markdown, text
from cellgraph.words import message

if TYPE_CHECKING:
    from cellgraph.views.pictures.draw import Picture

MOST = 24
"""Equations that a picture shows without being asked; larger graphs are drawn with cellgraph.draw."""

FORMATS: Mapping[str, Callable[[Report], str]] = MappingProxyType(
    {
        "text/plain": text.report,
        "text/markdown": markdown.report,
        "text/latex": latex.report,
        "text/html": html.report,
    }
)


def bundle(shown: Any) -> dict[str, str]:
    """What a notebook shows, by MIME type. Raises TypeError for what has no document."""
    kind = next((kind for kind in DOCUMENTS if isinstance(shown, kind)), None)
    if kind is None:
        raise TypeError(f"{type(shown).__name__} has no document to show")
    document = DOCUMENTS[kind](shown)
    found = {mime: write(document) for mime, write in FORMATS.items()}
    picture = _picture(shown) if isinstance(shown, (Cell, Graph)) else None
    if picture is not None:
        found["image/svg+xml"] = picture
        # Notebooks show one format only, the HTML; so the picture stands in it, too.
        found["text/html"] = f'<div style="max-width:100%;overflow-x:auto">{picture}</div>\n{found["text/html"]}'
    return found


def _picture(shown: Cell | Graph) -> str | None:
    """The SVG of a cell or graph; none where it is too large to look at, or cannot be drawn here."""
    graph = shown.step if isinstance(shown, Cell) else shown
    if len(graph.equations) > MOST:
        return None
    try:
        return _drawn(shown).svg
    except RenderError:
        return None


def _drawn(shown: Cell | Graph) -> Picture:
    from cellgraph.drawing import draw

    return draw(shown, detail="operations" if isinstance(shown, Cell) else "equations")


def _cell(cell: Cell) -> Report:
    from cellgraph.derive.listing import listing

    return listing(cell)


def _graph(graph: Graph) -> Report:
    return Report(message(""), (Formulas(lines_of(graph, graph.equations), graph),))


def _table(table: Table) -> Report:
    return Report(message(""), (table,))


DOCUMENTS: Mapping[type, Callable[[Any], Report]] = MappingProxyType(
    {Cell: _cell, Graph: _graph, Table: _table, Report: lambda report: report}
)
"""The document of each kind of thing that shows itself."""
