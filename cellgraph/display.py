"""How cells, graphs, tables and reports show themselves: each finds its writer, which stands above it, when asked."""

from __future__ import annotations

from importlib import import_module
from typing import Any

NOTEBOOK = "cellgraph.integrations.jupyter"
DOCUMENT = "cellgraph.views.json"
"""What writes them for notebooks, and as JSON documents."""


class Displayed:
    """Something that a notebook shows as text, Markdown, LaTeX, HTML and, where it is a graph, as a picture."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        bundle: dict[str, str] = import_module(NOTEBOOK).bundle(self)
        return bundle


def document(report: Any) -> dict[str, Any]:
    """The JSON document of a report with all its formulas written: lists, dictionaries, text and numbers."""
    written: dict[str, Any] = import_module(DOCUMENT).document(report)
    return written
