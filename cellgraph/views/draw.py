"""Drawing a cell or graph in one call: a picture that knows its formats and shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.graph import Cell, Graph
from cellgraph.words import Lang

from . import boxes, glyphs
from .colours import Theme
from .diagram import Diagram, Subject, at_step, equations, subject
from .dot import dot
from .layout import Engine, layout
from .operations import operations
from .picture import scene
from .plan import Plan
from .scene import Scene
from .unrolled import unrolled

DETAILS: Mapping[str, Callable[[Subject, Collection[str], str], Diagram]] = MappingProxyType(
    {"equations": equations, "operations": operations}
)
"""The levels of detail, by name."""


@dataclass(frozen=True)
class Picture:
    """A drawn diagram: one for a step, or one for each of several steps. Formats are made when they are asked for."""

    diagrams: tuple[Diagram, ...]
    theme: Theme = "auto"
    engine: Engine = "embedded"

    @property
    def diagram(self) -> Diagram:
        """The diagram of the (first) step."""
        return self.diagrams[0]

    @cached_property
    def scene(self) -> Scene:
        """What the picture consists of, with coordinates. Raises RenderError."""
        if len(self.diagrams) == 1:
            return scene(self.diagram, self._plan(self.diagram))
        return unrolled(self.diagrams, self._plan(self.diagrams[-1]))

    def _plan(self, diagram: Diagram) -> Plan:
        if diagram.detail == "operations":
            return glyphs.plan(diagram)
        return boxes.plan(diagram, layout(dot(diagram, boxes.sizes(diagram)), self.engine).nodes)

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

        return png(svg(self.scene, "light" if self.theme == "auto" else self.theme), scale, dpi)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.diagram.description}


def draw(
    drawn: Graph | Cell,
    *,
    detail: str = "equations",
    unroll: int = 1,
    show: Collection[str] = ("labels",),
    roles: Mapping[sp.Symbol, str] | None = None,
    rankdir: str = "LR",
    theme: Theme = "auto",
    lang: Lang = "en",
    engine: Engine = "embedded",
) -> Picture:
    """The picture of a cell's step, of several steps side by side, or of any graph.

    `roles` says by which role a quantity is coloured, where that is known better than the graph says.

    Raises ValueError for an unknown detail, or a number of steps below 1.
    """
    if detail not in DETAILS:
        raise ValueError(f"unknown detail: {detail!r} (must be one of {', '.join(DETAILS)})")
    if unroll < 1:
        raise ValueError(f"unroll must be at least 1, not {unroll}")
    of = subject(drawn, roles, lang)
    steps = [of] if unroll == 1 else [at_step(of, number) for number in range(1, unroll + 1)]
    return Picture(tuple(DETAILS[detail](step, show, rankdir) for step in steps), theme, engine)
