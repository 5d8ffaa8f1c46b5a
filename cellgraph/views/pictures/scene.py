"""The scene: what a finished picture consists of, before it is written as SVG, PDF or TikZ.

Coordinates are in points, x to the right and y down. Colours are keys of a theme (see `colours`), so that one scene
can be shown light, dark or in print.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cellgraph.views.pictures.typeset import Typeset, typeset, words_width
from cellgraph.words import Lang

Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle with rounded corners; with a radius of half its size it is a circle."""

    x: float
    y: float
    width: float
    height: float
    radius: float = 0
    fill: str = ""
    stroke: str = ""
    line: float = 1
    dash: str = ""


@dataclass(frozen=True)
class Curve:
    """An open or closed curve: SVG path data with absolute M, L, C, Q and Z alone."""

    path: str
    fill: str = ""
    stroke: str = ""
    line: float = 1
    dash: str = ""


@dataclass(frozen=True)
class Words:
    """A line of plain text; `y` is its baseline."""

    text: str
    x: float
    y: float
    size: float
    colour: str = "ink"
    anchor: Anchor = "middle"
    bold: bool = False


@dataclass(frozen=True)
class Maths:
    """A formula; `x` is its left end and `y` its baseline."""

    typeset: Typeset
    x: float
    y: float
    colour: str = "ink"


Item = Box | Curve | Words | Maths


@dataclass(frozen=True)
class Mark:
    """Things that belong together: a node, an edge, a frame; what a page can react to stands in `data`."""

    id: str
    items: tuple[Item, ...]
    data: Mapping[str, str] = field(default_factory=dict)
    title: str = ""


@dataclass(frozen=True)
class Scene:
    """A finished picture, later marks over earlier ones, and what it says to those who cannot see it."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    title: str = ""
    description: str = ""
    lang: Lang = "en"


def formula(latex: str, x: float, y: float, size: float = 16, colour: str = "ink") -> Maths:
    """The formula centred about (x, y)."""
    outline = typeset(latex, size)
    return Maths(outline, x - outline.width / 2, y + (outline.ascent - outline.descent) / 2, colour)


def line_of(points: list[Point], radius: float = 0) -> str:
    """Path data through the points, corners rounded by `radius` where there is room."""
    parts = [f"M {_n(points[0][0])} {_n(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        room = min(radius, _distance(before, corner) / 2, _distance(corner, after) / 2)
        enter, leave = _towards(corner, before, room), _towards(corner, after, room)
        parts.append(f"L {_n(enter[0])} {_n(enter[1])}")
        if room:
            parts.append(f"Q {_n(corner[0])} {_n(corner[1])} {_n(leave[0])} {_n(leave[1])}")
    parts.append(f"L {_n(points[-1][0])} {_n(points[-1][1])}")
    return " ".join(parts)


def arrow_head(tip: Point, back: Point, size: float = 7) -> str:
    """Path data of a slim triangle at `tip`, pointing away from `back`."""
    length = _distance(tip, back) or 1.0
    dx, dy = (tip[0] - back[0]) / length, (tip[1] - back[1]) / length
    base = (tip[0] - size * dx, tip[1] - size * dy)
    half = size * 0.38
    corners = [tip, (base[0] - half * dy, base[1] + half * dx), (base[0] + half * dy, base[1] - half * dx)]
    return "M " + " L ".join(f"{_n(x)} {_n(y)}" for x, y in corners) + " Z"


def words_box(words: Words) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a line of text."""
    width = words_width(words.text, words.size)
    left = words.x - {"start": 0.0, "middle": width / 2, "end": width}[words.anchor]
    return left, words.y - 0.8 * words.size, left + width, words.y + 0.22 * words.size


def _n(value: float) -> str:
    return f"{round(value, 2) + 0.0:g}"


def _distance(a: Point, b: Point) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


def _towards(a: Point, b: Point, step: float) -> Point:
    length = _distance(a, b) or 1.0
    return (a[0] + (b[0] - a[0]) * step / length, a[1] + (b[1] - a[1]) * step / length)
