"""Drawing a cell or graph in one call: a picture that knows its formats and shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.graph import Cell, Graph
from cellgraph.views.pictures import DETAILS, equation_layout, operation_layout, overlay
from cellgraph.views.pictures.colours import Theme
from cellgraph.views.pictures.diagram import Diagram, Subject, equations, named, subject
from cellgraph.views.pictures.graphviz import Engine, dot
from cellgraph.views.pictures.mermaid import mermaid
from cellgraph.views.pictures.operations import operations
from cellgraph.views.pictures.picture import with_legend
from cellgraph.views.pictures.scene import Scene
from cellgraph.views.pictures.several import both, brief, chained, numbered_step, side_by_side, stacked

DIAGRAMS: Mapping[str, Callable[[Subject], Diagram]] = MappingProxyType(
    dict(zip(DETAILS, (equations, operations), strict=True))
)
"""What makes the diagram at each level of detail."""
MANY = 4
"""Of more steps than that, only the first is drawn with its equations."""


@dataclass(frozen=True)
class Picture:
    """A drawn diagram: one for a step, or one for each of several steps side by side, or of two cells one above the
    other (`stacked`). Formats are made when they are asked for.

    >>> import cellgraph as cg
    >>> picture = cg.draw(cg.load("gru"), detail="operations", theme="dark")
    >>> picture.diagram.detail, picture.theme
    ('operations', 'dark')
    """

    diagrams: tuple[Diagram, ...] = field(repr=False)
    theme: Theme = "auto"
    engine: Engine = "embedded"
    legend: bool = False
    stacked: bool = False

    @property
    def diagram(self) -> Diagram:
        """The whole diagram; of several steps, or of two cells, all of them in one.

        >>> import cellgraph as cg
        >>> picture = cg.draw(cg.load("rnn"))
        >>> len(picture.diagram.nodes), len(picture.diagram.edges)
        (4, 3)
        """
        return both(*self.diagrams) if self.stacked else chained(self.diagrams)

    @cached_property
    def scene(self) -> Scene:
        """What the picture consists of, with coordinates. Raises RenderError.

        >>> import cellgraph as cg
        >>> picture = cg.draw(cg.load("rnn"))
        >>> picture.scene.width > picture.scene.height
        True
        """
        beside = self.diagrams[0].detail == "operations" and self.diagrams[0].rankdir == "LR"
        diagrams = self.diagrams if beside else tuple(map(named, self.diagrams))
        plan = operation_layout.plan if beside else partial(equation_layout.plan, engine=self.engine)
        if self.stacked or any(edge.factor for diagram in diagrams for edge in diagram.edges):
            plans = [plan(diagram) for diagram in diagrams]
        else:
            # One for all, but that the first may say more than the others. The times of the last are the widest.
            last = plan(diagrams[-1])
            first = last if diagrams[0].brief == diagrams[-1].brief else plan(diagrams[0])
            plans = [first, *[last] * (len(diagrams) - 1)]
        drawn = (stacked if self.stacked else side_by_side)(diagrams, plans)
        return with_legend(drawn, *diagrams) if self.legend else drawn

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG document. Raises RenderError.

        >>> import cellgraph as cg
        >>> picture = cg.draw(cg.load("rnn"))
        >>> picture.svg.startswith("<svg")
        True
        """
        from cellgraph.views.pictures.svg import svg

        return svg(self.scene, self.theme)

    @cached_property
    def image_svg(self) -> str:
        """The picture as a shorter SVG document, for pages that show it as an image. Raises RenderError.

        >>> import cellgraph as cg
        >>> picture = cg.draw(cg.load("rnn"))
        >>> len(picture.image_svg) < len(picture.svg)
        True
        """
        from cellgraph.views.pictures.svg import svg

        return svg(self.scene, self.theme, image=True)

    @cached_property
    def untitled(self) -> Picture:
        """The picture without its heading, for pages that have one of their own.

        >>> import cellgraph as cg
        >>> picture = cg.draw(cg.load("rnn"))
        >>> picture.diagram.title, picture.untitled.diagram.title
        ('Simple recurrent network', '')
        """
        return replace(self, diagrams=tuple(replace(diagram, title="") for diagram in self.diagrams))

    @cached_property
    def dot(self) -> str:
        """The diagram in Graphviz's language; needs no engine.

        >>> import cellgraph as cg
        >>> picture = cg.draw(cg.load("rnn"))
        >>> picture.dot.splitlines()[0]
        'digraph rnn {'
        """
        return dot(self.diagram)

    @cached_property
    def mermaid(self) -> str:
        """The diagram as a Mermaid flowchart; needs no engine.

        >>> import cellgraph as cg
        >>> picture = cg.draw(cg.load("rnn"))
        >>> [line for line in picture.mermaid.splitlines() if line.startswith("flowchart")]
        ['flowchart LR']
        """
        return mermaid(self.diagram)

    @cached_property
    def tikz(self) -> str:
        """The picture as a LaTeX document. Raises RenderError.

        >>> import cellgraph as cg
        >>> picture = cg.draw(cg.load("rnn"))
        >>> picture.tikz.splitlines()[-2][1:]
        'end{tikzpicture}'
        """
        from cellgraph.views.pictures.tikz import tikz

        return tikz(self.scene, self._fixed_theme)

    @cached_property
    def pdf(self) -> bytes:
        """The picture as a PDF document of vectors. Raises RenderError.

        >>> import cellgraph as cg
        >>> picture = cg.draw(cg.load("rnn"))
        >>> picture.pdf[:5]
        b'%PDF-'
        """
        from cellgraph.views.pictures.pdf import pdf

        return pdf(self.scene, self._fixed_theme)

    def written(self, format_: str, scale: float = 2.0, dpi: float | None = None) -> str | bytes:
        """The picture in one of FORMATS; `scale` and `dpi` are those of a PNG. Raises RenderError.

        >>> import cellgraph as cg
        >>> cg.draw(cg.load("rnn")).written("mermaid").splitlines()[3]
        'flowchart LR'
        """
        made: str | bytes = self.png(scale, dpi) if format_ == "png" else getattr(self, format_)
        return made

    def png(self, scale: float = 2.0, dpi: float | None = None) -> bytes:
        """The picture as PNG with `scale` pixels a point, or as many as `dpi` asks for. Raises RenderError.

        >>> import cellgraph as cg
        >>> picture = cg.draw(cg.load("rnn"))
        >>> picture.png(scale=1)[1:4], len(picture.png(scale=1)) < len(picture.png(scale=3))
        (b'PNG', True)
        """
        from cellgraph.views.pictures.svg import png, svg

        return png(svg(self.scene, self._fixed_theme), scale, dpi)

    @property
    def _fixed_theme(self) -> Theme:
        """The theme of formats that cannot change with the reader's."""
        return "light" if self.theme == "auto" else self.theme

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.diagrams[0].description}


def draw(
    drawn: Graph | Cell,
    *,
    against: Graph | Cell | None = None,
    detail: str = "equations",
    unroll: int = 1,
    gradient: tuple[str, str] | None = None,
    links: overlay.Links | None = None,
    names: Mapping[str, str] | None = None,
    theme: Theme = "auto",
    engine: Engine = "embedded",
    legend: bool = False,
    **options: Any,
) -> Picture:
    """The picture of a cell's step, of several steps side by side, or of any graph.

    `gradient` names a state after and a state before the step (of several steps: after the last, before the first):
    the ways from one to the other are marked, each edge with its local derivative, which `links` holds. In a picture of
    one step every other edge has its own too, as data for pages that react to it.

    With `against` both steps are drawn, one above the other: calm where they agree, marked where one has what the other
    lacks. `names` maps quantities of the first to those of the second that play the same part; other names stand for
    themselves.

    Options are those of a Subject: `show`, `rankdir`, `lang`, and `roles`, by which quantities are coloured where that
    is known better than the graph says.

    Raises ValueError for an unknown detail or quantity, or a number of steps below 1.
    """
    if detail not in DETAILS:
        raise ValueError(f"unknown detail: {detail!r} (must be one of {', '.join(DETAILS)})")
    if unroll < 1:
        raise ValueError(f"unroll must be at least 1, not {unroll}")
    of = subject(drawn, **options)
    if against is not None:
        a, b = (DIAGRAMS[detail](each) for each in (of, subject(against, **options)))
        return Picture(overlay.difference(a, b, names or {}), theme, engine, legend, stacked=True)
    steps = [of] if unroll == 1 else [numbered_step(of, number) for number in range(1, unroll + 1)]
    diagrams = tuple(map(DIAGRAMS[detail], steps))
    if unroll > MANY:
        # Equations are the same at every step: said in the first, they need not be said in all the others.
        diagrams = (diagrams[0], *map(brief, diagrams[1:]))
    if gradient is not None:
        if unroll == 1:
            diagrams = (overlay.annotated(diagrams[0], of, links or {}),)
        ends = [at.renamed.get(sp.Symbol(name), name) for at, name in zip((steps[-1], steps[0]), gradient, strict=True)]
        diagrams = overlay.gradient(diagrams, steps, links or {}, *map(str, ends))
    return Picture(diagrams, theme, engine, legend)
