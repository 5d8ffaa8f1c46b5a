"""Reports as JSON: the document that scripts rely on, with its version."""

from __future__ import annotations

import json
from typing import Any

from cellgraph.report import Line, Notated, Report
from cellgraph.words import Lang

from . import values


def report(document: Report, lang: Lang = "en") -> str:
    """The data of a report; the same keys in every language."""
    return json.dumps(document.to_dict(), ensure_ascii=False, indent=2, default=_notated) + "\n"


def _notated(value: Any) -> Any:
    """A formula as an object with its text and LaTeX; a read-only mapping as an ordinary one."""
    if not isinstance(value, Notated):
        return dict(value)
    formulas = (value.formula.left, value.formula.right) if isinstance(value.formula, Line) else (value.formula,)
    return {
        **value.keys,
        "text": " = ".join(values.text(f, value.graph) for f in formulas),
        "latex": " = ".join(values.latex(f, value.graph) for f in formulas),
    }
