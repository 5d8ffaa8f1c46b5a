"""Drawing a cell or graph in one call: a picture that knows its formats and shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import sympy as sp

from ..graph import Cell, Graph
from ..words import Lang
from . import picture
from .colours import Theme
from .diagram import Diagram, Subject, equations, subject
from .dot import dot
from .layout import Engine, layout
from .operations import operations
from .operations_picture import operations_picture
from .scene import Scene
from .wiring import plan

DETAILS: Mapping[str, Callable[[Subject, Collection[str], str], Diagram]] = MappingProxyType(
    {"equations": equations, "operations": operations}
)
"""The levels of detail, by name."""


@dataclass(frozen=True)
class Picture:
    """A drawn diagram. Each format is made when it is first asked for."""

    diagram: Diagram
    theme: Theme = "auto"
    engine: Engine = "embedded"

    @cached_property
    def scene(self) -> Scene:
        """What the picture consists of, with coordinates."""
        drawn = self.diagram
        if drawn.detail == "operations":
            return operations_picture(drawn, plan(drawn))
        source = dot(drawn, picture.sizes(drawn))
        return picture.picture(drawn, layout(source, self.engine))

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG document."""
        from .svg import svg

        return svg(self.scene, self.theme)

    @cached_property
    def dot(self) -> str:
        """The diagram in Graphviz's language; needs no engine."""
        return dot(self.diagram)

    def png(self, scale: float = 2.0, dpi: float | None = None) -> bytes:
        """The picture as PNG. Raises RenderError."""
        from .png import png
        from .svg import svg

        return png(svg(self.scene, self.theme), scale, dpi)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.diagram.description}


def draw(
    drawn: Graph | Cell,
    *,
    detail: str = "equations",
    show: Collection[str] = ("labels",),
    roles: Mapping[sp.Symbol, str] | None = None,
    rankdir: str = "LR",
    theme: Theme = "auto",
    lang: Lang = "en",
    engine: Engine = "embedded",
) -> Picture:
    """The picture of a cell's step, or of any graph."""
    if detail not in DETAILS:
        raise ValueError(f"unknown detail: {detail!r} (must be one of {', '.join(DETAILS)})")
    return Picture(DETAILS[detail](subject(drawn, roles, lang), show, rankdir), theme, engine)
