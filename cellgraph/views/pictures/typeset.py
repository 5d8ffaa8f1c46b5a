"""The door to ziamath and ziafont: LaTeX and words become outlines, which need no fonts; and the widths of words."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from cellgraph.views.pictures.paths import decimal

FONT = "CellgraphSans-Regular.ttf"
WIDE = "\u1100"
"""From here on (CJK and its punctuation) a character is taken to be one em wide."""
OPENING, CLOSING = "（《「『【", "）》」』】，。、；：！？"


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
    from ziamath.tex import tex2mml
    from ziamath.zmath import Math

    with _without_symbols(config):
        drawing = Math(_flat(ET.fromstring(tex2mml(latex))), size).svgxml()
    return _outline(latex, drawing, size)


@contextmanager
def _without_symbols(config: Any) -> Iterator[None]:
    """Glyphs as plain paths, not as the symbols of SVG 2, while this lasts."""
    before = config.svg2
    config.svg2 = False
    try:
        yield
    finally:
        config.svg2 = before


def _flat(formula: ET.Element) -> ET.Element:
    """The same formula in MathML without rows in rows that change nothing: ziamath sets each row twice.

    A formula of three rows in each other costs eight times what it costs in one.
    """
    for parent in formula.iter():
        for place, child in enumerate(parent):
            if _is_row(child) and len(child) == 1 and child[0].tag.endswith("}mi"):
                parent[place] = child[0]
    if len(formula) == 1 and _is_row(formula[0]):
        formula[:] = list(formula[0])
    return formula


def _is_row(element: ET.Element) -> bool:
    return element.tag.endswith("}mrow") and not element.attrib


class Sign(NamedTuple):
    """A character of a formula, where its origin is, y down from the baseline, and its size."""

    character: str
    x: float
    y: float
    size: float


class Lettered(NamedTuple):
    """A formula as characters of STIX Two Math, about the origin of its outline; the outline of all that is none.

    Lines, and roots, brackets and accents of a larger size are no characters.
    """

    signs: tuple[Sign, ...]
    path: str


@cache
def lettered(latex: str, size: float = 16) -> Lettered:
    """The formula for a reader that has the font."""
    from ziamath.config import config
    from ziamath.drawable import Glyph
    from ziamath.styles import styledchr
    from ziamath.tex import tex2mml
    from ziamath.zmath import Math

    found: list[Sign] = []
    edges: list[float] = []
    rest = ET.Element("svg")
    with _without_symbols(config):
        todo: list[tuple[Any, float, float]] = [(Math(ET.fromstring(tex2mml(latex)), size).node, 0.0, 0.0)]
        while todo:
            node, x, y = todo.pop()
            if node.nodes:
                todo += [(inner, x + a, y + b) for (a, b), inner in zip(node.nodexy, node.nodes, strict=True)][::-1]
                continue
            character = styledchr(node.char, node.style.mathvariant) if isinstance(node, Glyph) else ""
            # Smaller ones have glyphs of their own, which look nearly the same.
            if character and (node.size < size or node.glyph.index == node.glyph.font.glyphindex(character)):
                found += [Sign(character, x, y, node.size)] if not character.isspace() else []
            else:
                node.draw(x, y, rest)
            edges.append(x + node.bbox.xmin)
    left = min(edges, default=0.0)
    return Lettered(tuple(sign._replace(x=sign.x - left) for sign in found), _moved(_tokens(rest), -left))


@cache
def outlined(text: str, size: float) -> Typeset:
    """Plain words as an outline in the font that ships with cellgraph."""
    from ziafont.config import config

    with _without_symbols(config):
        drawing = _font().text(text, size=size).svgxml()
    return _outline(text, drawing, size)


@cache
def _font() -> Any:
    from ziafont.font import Font

    with resources.as_file(resources.files("cellgraph") / "fonts" / FONT) as path:
        return Font(str(path))


def _outline(source: str, drawing: ET.Element, size: float) -> Typeset:
    """The paths and rectangles of a drawing of ziamath or ziafont as one."""
    tokens = _tokens(drawing)
    numbers = [float(token) for token in tokens if not token.isalpha()] or [0.0, 0.0]
    xs, ys = numbers[::2], numbers[1::2]
    return Typeset(source, _moved(tokens, -min(xs)), max(xs) - min(xs), -min(ys), max(ys), size)


def _tokens(drawing: ET.Element) -> list[str]:
    """Absolute path data of everything in a drawing."""
    pieces = []
    for element in drawing.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "path":
            pieces.append(element.attrib["d"])
        elif tag == "rect":
            x, y, w, h = (float(element.attrib[key]) for key in ("x", "y", "width", "height"))
            pieces.append(f"M {x} {y} L {x + w} {y} L {x + w} {y + h} L {x} {y + h} Z")
    return " ".join(pieces).replace(",", " ").split()


def words_width(text: str, size: float) -> float:
    """The width of plain words in a common sans-serif face, rather a little too wide than too narrow."""
    return size * sum(_em(character) for character in text)


def wrapped(text: str, size: float, width: float) -> tuple[str, ...]:
    """The words in lines of about this width, all about as long, broken at spaces.

    Chinese is broken between characters too, but not before a closing mark or after an opening one.
    """
    pieces = re.findall(f"[{OPENING}]*[\u1100-\uffff][{CLOSING}]*|[^\\s\u1100-\uffff]+|\\s+", text)
    lines = _filled(pieces, size, width)
    while len(lines) > 1 and width > 0 and len(narrower := _filled(pieces, size, width - size / 2)) == len(lines):
        lines, width = narrower, width - size / 2
    return lines


def _filled(pieces: Sequence[str], size: float, width: float) -> tuple[str, ...]:
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
            out.append(decimal(float(token) + (right if horizontal else 0)))
            horizontal = not horizontal
    return " ".join(out)
