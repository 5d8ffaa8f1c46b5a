"""What people see: text, documents and pictures made from reports and graphs. Views derive nothing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cellgraph.messages import Lang
    from cellgraph.report import Report

VIEWS = ("text", "markdown", "rst", "latex", "csv", "json")
"""Formats of a report, each a module of this package with a function `report(document, lang) -> str`."""


def shown(document: Report, view: str, lang: Lang = "en") -> str:
    """A report in one of VIEWS. Raises ValueError for another name."""
    if view not in VIEWS:
        raise ValueError(f"unknown format: {view!r} (must be one of {', '.join(VIEWS)})")
    text: str = import_module(f"{__name__}.{view}").report(document, lang)
    return text
