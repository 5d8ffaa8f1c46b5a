"""The tracks of a step: which operations carry each state to its next value."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from cellgraph.views.pictures.diagram import Diagram


def tracks(diagram: Diagram) -> dict[str, list[str]]:
    """For every state before, the operations that carry it to its next value: the shortest way without a layer.

    A way of elementwise arithmetic is preferred, and keeps its operations to itself; states that have no way at all are
    left out.
    """
    operations = {node.id for node in diagram.nodes if node.kind == "operation"}
    arithmetic = {node.id for node in diagram.nodes if node.kind == "operation" and node.arithmetic}
    carried = {before: _shortest(diagram, before, arithmetic) for before in diagram.before}
    others = operations - {name for way in carried.values() for name in way}
    found = {before: way or _shortest(diagram, before, others) for before, way in carried.items()}
    return {before: way for before, way in found.items() if way}


def _shortest(diagram: Diagram, before: str, allowed: Collection[str]) -> list[str]:
    """The operations on the shortest way from a state before to its next value through what is allowed."""
    goal = diagram.belts.get(before)
    ways = deque([[before]])
    seen = {before}
    while ways:
        way = ways.popleft()
        if way[-1] == goal:
            return way[1:]
        for edge in diagram.edges:
            if edge.tail == way[-1] and edge.head in allowed and edge.head not in seen:
                seen.add(edge.head)
                ways.append([*way, edge.head])
    return []
