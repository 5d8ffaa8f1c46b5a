"""Reports as JSON: the document that scripts rely on, with its version."""

from __future__ import annotations

import json
from typing import Any

from cellgraph.derive import report_of
from cellgraph.messages import Lang, Message
from cellgraph.report import RELATIONS, Line, Notated, Report
from cellgraph.views import values


def report(found: Report, lang: Lang = "en") -> str:
    """The data of a report; the same keys in every language."""
    return _dumped(found, lang, indent=2) + "\n"


def document(result: Any) -> dict[str, Any]:
    """The same of a report or of any derived result, as lists, dictionaries, text and numbers."""
    own = result if isinstance(result, Report) else report_of(result)
    plain: dict[str, Any] = json.loads(_dumped(own, "en"))
    return plain


def _dumped(found: Report, lang: Lang, indent: int | None = None) -> str:
    def plain(value: Any) -> Any:
        return values.format_message(value, values.PLAIN, lang) if isinstance(value, Message) else _notated(value)

    return json.dumps(found.to_dict(), ensure_ascii=False, indent=indent, default=plain)


def _notated(value: Any) -> Any:
    """A formula as an object with its text and LaTeX; a read-only mapping as an ordinary one."""
    if not isinstance(value, Notated):
        return dict(value)
    shown, graph = value.formula, value.graph
    if not isinstance(shown, Line):
        return {**value.keys, "text": values.text(shown, graph), "latex": values.latex(shown, graph)}
    return {
        **value.keys,
        "text": f" {shown.relation} ".join(values.sides(shown, graph, values.text)),
        "latex": f" {RELATIONS[shown.relation]} ".join(values.sides(shown, graph, values.latex)),
    }
