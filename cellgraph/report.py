"""The report: paragraphs, formulas and tables in order, as analyses hand them to views. It holds facts only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from cellgraph.display import Displayed
from cellgraph.messages import Message, message
from cellgraph.table import SCHEMA_VERSION, Table

if TYPE_CHECKING:
    import sympy as sp

    from cellgraph.graph import Equation, Graph
    from cellgraph.ops import Shape


@dataclass(frozen=True)
class Written:
    """Mathematics that no expression of heads can say, already written: in Unicode and in LaTeX."""

    text: str
    latex: str


Formula: TypeAlias = "sp.Expr | Written"

RELATIONS = {"=": "=", "≤": r"\le", "<": "<"}
"""What may stand between two formulas, in Unicode, and its LaTeX."""


@dataclass(frozen=True)
class Line:
    """One formula: left = right, with the shape of what it defines and a remark where there is one.

    `relation` is what stands between the two: one of RELATIONS.
    """

    left: Formula
    right: Formula
    shape: Shape | None = None
    note: Message | None = None
    relation: str = "="


@dataclass(frozen=True)
class Formulas:
    """Formulas that belong together, aligned at their equals signs; `graph` tells times and shapes of quantities."""

    lines: tuple[Line, ...]
    graph: Graph | None = None
    title: Message | None = None


@dataclass(frozen=True)
class Notated:
    """A JSON object whose "text" and "latex" a view writes: of one formula, or of a line left = right."""

    keys: Mapping[str, Any]
    formula: Formula | Line
    graph: Graph | None = None


@dataclass(frozen=True, repr=False)
class Report(Displayed):
    """What an analysis says: blocks in reading order, and the JSON document (without its version) in `data`."""

    title: Message
    blocks: tuple[Message | Formulas | Table, ...]
    data: Mapping[str, Any] = field(default_factory=dict)

    def _about(self) -> str:
        return f"blocks: {len(self.blocks)}"

    def to_dict(self) -> dict[str, Any]:
        """The JSON document: lists, dictionaries, text and numbers, and `Notated` where a view writes mathematics."""
        return {"schema_version": SCHEMA_VERSION, **self.data}


def lines_of(graph: Graph, equations: tuple[Equation, ...]) -> tuple[Line, ...]:
    """Equations of a graph as lines with their shapes."""
    return tuple(Line(e.lhs, e.rhs, graph.quantities[e.lhs].shape) for e in equations)


def joined(reports: Sequence[Report]) -> Report:
    """Several reports of one analysis as one: their blocks in order, their documents listed under "cells"."""
    if len(reports) == 1:
        return replace(reports[0], data={"cells": [dict(reports[0].data)]})
    blocks = [block for report in reports for block in (report.title, *report.blocks)]
    return Report(message(""), tuple(blocks), {"cells": [dict(report.data) for report in reports]})
