"""What notebooks show of cells, graphs, tables and reports: the same document in every format that they know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from cellgraph.derive import report_of
from cellgraph.derive.flows.flow import FlowResult, FlowResults
from cellgraph.derive.flows.flow_report import chart
from cellgraph.derive.listing import listing
from cellgraph.display import Documented
from cellgraph.drawing import draw
from cellgraph.errors import RenderError
from cellgraph.graph import Cell, Graph
from cellgraph.messages import message
from cellgraph.report import Formulas, Report, lines_of
from cellgraph.table import Table
from cellgraph.views import html, latex, markdown, text
from cellgraph.views.curves import curves
from cellgraph.views.pictures.svg import svg

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
    picture = next((draws(shown) for kind, draws in PICTURES.items() if isinstance(shown, kind)), None)
    if picture is not None:
        found["image/svg+xml"] = picture
        # Notebooks show one format only, the HTML; so the picture stands in it, too.
        found["text/html"] = f'<div style="max-width:100%;overflow-x:auto">{picture}</div>\n{found["text/html"]}'
    return found


def _curves(shown: FlowResults) -> str:
    """The SVG of a flow."""
    return svg(curves(chart(shown)), "auto")


def _picture(shown: Cell | Graph) -> str | None:
    """The SVG of a cell or graph; none where it is too large to look at, or cannot be drawn here."""
    graph = shown.step if isinstance(shown, Cell) else shown
    if len(graph.equations) > MOST:
        return None
    try:
        return draw(shown, detail="operations" if isinstance(shown, Cell) else "equations").svg
    except RenderError:
        return None


def _blocks(*blocks: Any) -> Report:
    return Report(message(""), blocks)


DOCUMENTS: Mapping[type, Callable[[Any], Report]] = MappingProxyType(
    {
        Cell: listing,
        Graph: lambda graph: _blocks(Formulas(lines_of(graph, graph.equations), graph)),
        Table: _blocks,
        Report: lambda report: report,
        Documented: report_of,
    }
)
"""The document of each kind of thing that shows itself."""

PICTURES: Mapping[type, Callable[[Any], str | None]] = MappingProxyType(
    {Cell: _picture, Graph: _picture, FlowResults: _curves, FlowResult: lambda result: _curves(FlowResults([result]))}
)
"""The picture of those that have one."""
