"""Reports as JSON: the document that scripts rely on, with its version."""

from __future__ import annotations

import json

from cellgraph.report import Report
from cellgraph.words import Lang


def report(document: Report, lang: Lang = "en") -> str:
    """The data of a report; the same keys in every language."""
    return json.dumps(document.to_dict(), ensure_ascii=False, indent=2) + "\n"
