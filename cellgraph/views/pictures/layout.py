"""Layout: Graphviz, inside the process or as a program of the system, says where boxes go (not arrows: see `route`)."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cellgraph.errors import RenderError
from cellgraph.views.pictures import dot_program

Engine = Literal["embedded", "system"]

MANY = 150
"""A diagram with so many arrows is laid out in a process of its own, which can be stopped: Graphviz cannot."""
CHILD = """
import sys, pygraphviz
sys.stdout.buffer.write(pygraphviz.AGraph(string=sys.stdin.read()).draw(format="json0", prog="dot"))
"""

Place = tuple[float, float]


@dataclass(frozen=True)
class Positions:
    """The size of the whole and the centres of nodes by id, in points; y grows downwards."""

    width: float
    height: float
    nodes: Mapping[str, Place]


def layout(source: str, engine: Engine = "embedded", timeout: float = 30) -> Positions:
    """Positions for a DOT source with fixed sizes.

    Raises RenderError where the engine is missing, fails or, given much to do, is not done in `timeout` seconds.
    """
    answer = _embedded(source, timeout) if engine == "embedded" else dot_program.answer(source, timeout)
    try:
        return _positions(json.loads(answer))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RenderError(f"the layout engine gave an answer that cannot be read ({type(error).__name__})") from error


def _embedded(source: str, timeout: float) -> bytes:
    try:
        import pygraphviz
    except ImportError as error:
        raise RenderError(
            "no layout engine: 'pip install pygraphviz', or use --engine system with Graphviz installed; "
            "--format dot and --format mermaid need none"
        ) from error
    if source.count(" -> ") > MANY:
        # UTF-8 whatever the locale says, as in this process.
        return dot_program.said([sys.executable, "-X", "utf8", "-c", CHILD], "the embedded Graphviz", source, timeout)
    try:
        answer: bytes = pygraphviz.AGraph(string=source).draw(format="json0", prog="dot")
    except (OSError, ValueError, pygraphviz.DotError) as error:
        first = str(error).strip().splitlines()[:1]
        raise RenderError(f"the embedded Graphviz could not lay out this diagram: {' '.join(first)}") from error
    return answer


def _positions(document: Mapping[str, Any]) -> Positions:
    left, low, right, high = (float(number) for number in document["bb"].split(","))

    nodes = {}
    for item in document.get("objects", ()):
        if "pos" in item:
            x, y = (float(number) for number in item["pos"].split(","))
            nodes[item["name"]] = (x - left, high - y)
    return Positions(right - left, high - low, nodes)
