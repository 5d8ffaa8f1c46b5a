"""The scene: what a finished picture consists of, before it is written as SVG, PDF or TikZ.

Coordinates are in points, x to the right and y down. Colours are keys of a theme (see `colours`), so that one scene
can be shown light, dark or in print.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cellgraph.messages import Lang
from cellgraph.views.pictures.typeset import Typeset

Anchor = Literal["start", "middle", "end"]


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
class PathItem:
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


Item = Box | PathItem | Words | Maths


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
