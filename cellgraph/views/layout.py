"""Layout: Graphviz, inside the process or as a program of the system, says where boxes and edges go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import RenderError
from . import dot_program

Engine = Literal["embedded", "system"]

Place = tuple[float, float]


@dataclass(frozen=True)
class Positions:
    """Centres of nodes by id, control points of edges by number and centres of edge labels; y grows downwards."""

    width: float
    height: float
    nodes: Mapping[str, Place]
    edges: Mapping[int, tuple[Place, ...]]
    labels: Mapping[int, Place]


def layout(source: str, engine: Engine = "embedded", timeout: float = 30) -> Positions:
    """Positions for a DOT source with fixed sizes. Raises RenderError where the engine is missing or fails."""
    answer = _embedded(source) if engine == "embedded" else dot_program.answer(source, timeout)
    try:
        return _positions(json.loads(answer))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RenderError(f"the layout engine gave an answer that cannot be read ({type(error).__name__})") from error


def _embedded(source: str) -> bytes:
    try:
        import pygraphviz
    except ImportError as error:
        raise RenderError(
            "no layout engine: 'pip install pygraphviz', or use --engine system with Graphviz installed; "
            "--format dot and --format mermaid need none"
        ) from error
    try:
        answer: bytes = pygraphviz.AGraph(string=source).draw(format="json0", prog="dot")
    except (OSError, ValueError, pygraphviz.DotError) as error:
        first = str(error).strip().splitlines()[:1]
        raise RenderError(f"the embedded Graphviz could not lay out this diagram: {' '.join(first)}") from error
    return answer


def _positions(document: Mapping[str, Any]) -> Positions:
    left, low, right, high = (float(number) for number in document["bb"].split(","))

    def place(text: str) -> Place:
        x, y = (float(number) for number in text.split(",")[-2:])
        return (x - left, high - y)

    nodes = {item["name"]: place(item["pos"]) for item in document.get("objects", ()) if "pos" in item}
    edges, labels = {}, {}
    for item in document.get("edges", ()):
        if "id" in item and "pos" in item:
            number = int(item["id"])
            edges[number] = _spline(item["pos"], place)
            if "lp" in item:
                labels[number] = place(item["lp"])
    return Positions(right - left, high - low, nodes, edges, labels)


def _spline(text: str, place: Any) -> tuple[Place, ...]:
    """Control points of a Bézier chain, with the arrow's tip as the last point."""
    tokens = text.split()
    tip = [place(token) for token in tokens if token.startswith("e,")]
    points = [place(token) for token in tokens if token[0] not in "es"]
    return (*points, *tip)
