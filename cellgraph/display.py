"""How cells, graphs, tables and reports show themselves: by writers that are registered from above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Writer = Callable[[Any], dict[str, Any]]

WRITERS: dict[str, Writer] = {}
"""What shows a thing: 'notebook' by MIME type, 'document' as a JSON document. `cellgraph/__init__` fills it."""


class Displayed:
    """Something that a notebook shows as text, Markdown, LaTeX, HTML and, where it is a graph, as a picture."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return WRITERS["notebook"](self)


class Documented(Displayed):
    """A derived result, which knows nothing of the report that is made of it."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON document: lists, dictionaries, text and numbers."""
        return WRITERS["document"](self)
