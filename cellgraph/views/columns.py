"""Text in columns of a terminal: how wide it is, and padding to a width. Imports nothing heavy."""

from __future__ import annotations

import unicodedata


def width(text: str) -> int:
    """Columns that a text takes: two for East Asian wide characters, none for combining ones."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, columns: int, right: bool = False) -> str:
    """The text with spaces up to a width; in front of it where it shall stand to the right."""
    space = " " * (columns - width(text))
    return space + text if right else text + space
