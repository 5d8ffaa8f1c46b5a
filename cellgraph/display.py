"""How cells, graphs, tables and results show themselves: a line as `repr`, documents by writers set from above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Writer = Callable[[Any], Any]

WRITERS: dict[str, Writer] = {}
"""What shows a thing: 'notebook' by MIME type, 'document' as a JSON document; an expression: 'text' and 'latex'; LaTeX:
'mathml'. `cellgraph/__init__` fills it."""


class Displayed:
    """Something whose `repr` is one line, and that a notebook shows as text, Markdown, LaTeX, HTML or as a picture."""

    def _about(self) -> str:
        """What it is about, in a few words: a repr is read between others."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._about()}>"

    def to_markdown(self) -> str:
        """What it shows, as Markdown."""
        return str(self._repr_mimebundle_()["text/markdown"])

    def to_latex(self) -> str:
        """What it shows, as LaTeX."""
        return str(self._repr_mimebundle_()["text/latex"])

    def _repr_html_(self) -> str:
        return str(self._repr_mimebundle_()["text/html"])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return dict(WRITERS["notebook"](self))


class Documented(Displayed):
    """A derived result, which knows nothing of the report that is made of it."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON document: lists, dictionaries, text and numbers."""
        return dict(WRITERS["document"](self))
