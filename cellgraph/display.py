"""How cells, graphs, tables and reports show themselves in notebooks: one method, which finds its writer when asked."""

from __future__ import annotations

from importlib import import_module
from typing import Any

WRITER = "cellgraph.integrations.jupyter"
"""What writes them. It stands above everything that shows itself, and is imported when a notebook asks."""


class Displayed:
    """Something that a notebook shows as text, Markdown, LaTeX, HTML and, where it is a graph, as a picture."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        bundle: dict[str, str] = import_module(WRITER).bundle(self)
        return bundle
