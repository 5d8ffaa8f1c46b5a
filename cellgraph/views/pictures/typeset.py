"""The door to ziamath and ziafont: LaTeX and words become outlines, which need no fonts; and the widths of words."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

FONT = "CellgraphSans-Regular.ttf"
WIDE = "\u1100"
"""From here on (CJK and its punctuation) a character is taken to be one em wide."""


@dataclass(frozen=True)
class Typeset:
    """A formula as one outline: SVG path data about an origin at the left end of its baseline, and its box."""

    latex: str
    path: str
    width: float
    ascent: float
    descent: float
    size: float

    @property
    def height(self) -> float:
        """Its height, from the top of its highest to the bottom of its lowest sign."""
        return self.ascent + self.descent


@cache
def typeset(latex: str, size: float = 16) -> Typeset:
    """The formula's outline in STIX Two Math at `size` points."""
    from ziamath.config import config
    from ziamath.zmath import Latex

    before = config.svg2
    config.svg2 = False
    try:
        drawing = Latex(latex, size=size).svgxml()
    finally:
        config.svg2 = before
    return _outline(latex, drawing, size)


@cache
def outlined(text: str, size: float) -> Typeset:
    """Plain words as an outline in the font that ships with cellgraph."""
    from ziafont.config import config

    before = config.svg2
    config.svg2 = False
    try:
        drawing = _font().text(text, size=size).svgxml()
    finally:
        config.svg2 = before
    return _outline(text, drawing, size)


@cache
def _font() -> Any:
    from ziafont.font import Font

    with resources.as_file(resources.files("cellgraph") / "fonts" / FONT) as path:
        return Font(str(path))


def _outline(source: str, drawing: ET.Element, size: float) -> Typeset:
    """The paths and rectangles of a drawing of ziamath or ziafont as one."""
    pieces = []
    for element in drawing.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "path":
            pieces.append(element.attrib["d"])
        elif tag == "rect":
            x, y, w, h = (float(element.attrib[key]) for key in ("x", "y", "width", "height"))
            pieces.append(f"M {x} {y} L {x + w} {y} L {x + w} {y + h} L {x} {y + h} Z")
    tokens = " ".join(pieces).replace(",", " ").split()
    numbers = [float(token) for token in tokens if not token.isalpha()] or [0.0, 0.0]
    xs, ys = numbers[::2], numbers[1::2]
    return Typeset(source, _moved(tokens, -min(xs)), max(xs) - min(xs), -min(ys), max(ys), size)


def words_width(text: str, size: float) -> float:
    """The width of plain words in a common sans-serif face, rather a little too wide than too narrow."""
    return size * sum(_em(character) for character in text)


def wrapped(text: str, size: float, width: float) -> tuple[str, ...]:
    """The words in lines of about this width; Chinese breaks anywhere, other writing at spaces."""
    pieces = re.findall("[\u1100-\uffff]|[^\\s\u1100-\uffff]+|\\s+", text)
    lines = [""]
    for piece in pieces:
        if lines[-1].strip() and words_width((lines[-1] + piece).rstrip(), size) > width:
            lines.append("")
        lines[-1] += piece
    return tuple(line.strip() for line in lines if line.strip())


def _em(character: str) -> float:
    if character >= WIDE:
        return 1.0
    if character in "ijl.,:;'|!()[]ft ":
        return 0.36
    return 0.86 if character in "mwMW@%" else 0.72 if character.isupper() else 0.61


def _moved(tokens: list[str], right: float) -> str:
    """Path data with two decimals, moved to the right; the data is absolute, so x and y take turns."""
    out: list[str] = []
    horizontal = True
    for token in tokens:
        if token.isalpha():
            out.append(token)
        else:
            out.append(f"{round(float(token) + (right if horizontal else 0), 2) + 0.0:g}")
            horizontal = not horizontal
    return " ".join(out)
