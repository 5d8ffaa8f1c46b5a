"""Where the glyphs of a step go, as textbooks place them: time to the right, data upwards.

Layers stand side by side in one row; what carries a state from step to step lies on a straight lane above them; other
operations stand between, over the layers that feed them; joins, other states and inputs come in from below. Rows are
counted upwards from the layers' row, columns from the left.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cellgraph.views.pictures.diagram import Diagram, Node

STACK, WIDE = 2, 7
"""How many operations may stand over one another between a layer and the lanes: more where a row of all of them would
be many times as wide as high."""

ENDS = ("before", "after", "input", "output")


@dataclass
class Grid:
    """Column and row of every glyph; the lanes of states, and the rows of layers, lanes and joins."""

    column: dict[str, int] = field(default_factory=dict)
    row: dict[str, float] = field(default_factory=dict)
    lanes: dict[str, list[str]] = field(default_factory=dict)
    columns: int = 0
    stack: int = STACK
    top: int = 1
    bottom: int = -1


def arranged(diagram: Diagram) -> Grid:
    """The grid of a diagram at the level *operations*."""
    nodes = {node.id: node for node in diagram.nodes}
    into: dict[str, list[str]] = {id: [] for id in nodes}
    out: dict[str, list[str]] = {id: [] for id in nodes}
    for edge in diagram.edges:
        into[edge.head].append(edge.tail)
        out[edge.tail].append(edge.head)
    grid = Grid(lanes=lanes(diagram))
    order = _order(diagram, into, out)
    on_lane = {id for way in grid.lanes.values() for id in way}
    grid.stack = max(STACK, round((sum(_between(nodes, on_lane, id) for id in nodes) / WIDE) ** 0.5))
    _place_columns(grid, nodes, into, order)
    _place_rows(grid, diagram, nodes, into, out, order)
    for _ in nodes:
        blocked = _obstacles(grid, nodes, out)
        if not blocked:
            break
        _step_aside(grid, diagram, nodes, into, out, order, blocked)
    return grid


def lanes(diagram: Diagram) -> dict[str, list[str]]:
    """For every state before, the operations that carry it to its next value: the shortest way without a layer.

    A way of elementwise arithmetic is preferred, and keeps its operations to itself; states that have no way at all are
    left out.
    """
    arithmetic = {node.id for node in diagram.nodes if node.arithmetic and node.kind == "operation"}
    operations = {node.id for node in diagram.nodes if node.kind == "operation"}
    carried = {before: _way(diagram, before, arithmetic) for before in diagram.before}
    others = operations - {id for way in carried.values() for id in way}
    found = {before: way or _way(diagram, before, others) for before, way in carried.items()}
    return {before: way for before, way in found.items() if way}


def _way(diagram: Diagram, before: str, allowed: set[str]) -> list[str]:
    out: dict[str, list[str]] = {}
    for edge in diagram.edges:
        out.setdefault(edge.tail, []).append(edge.head)
    goal = diagram.belts.get(before)
    came: dict[str, str] = {before: ""}
    queue = deque([before])
    while queue:
        here = queue.popleft()
        if here == goal:
            way = [here]
            while came[way[-1]] != before:
                way.append(came[way[-1]])
            return way[::-1]
        for there in out.get(here, ()):
            if there not in came and there in allowed:
                came[there] = here
                queue.append(there)
    return []


def _order(diagram: Diagram, into: Mapping[str, Sequence[str]], out: Mapping[str, Sequence[str]]) -> list[str]:
    """Every node after those that it needs, otherwise as the equations are written."""
    waiting = {id: len(tails) for id, tails in into.items()}
    ready = deque(node.id for node in diagram.nodes if not waiting[node.id])
    order = []
    while ready:
        id = ready.popleft()
        order.append(id)
        for head in out[id]:
            waiting[head] -= 1
            if not waiting[head]:
                ready.append(head)
    place = {node.id: k for k, node in enumerate(diagram.nodes)}
    depth = {id: k for k, id in enumerate(order)}
    joins = {id: min((place[head] for head in out[id]), default=0) for id in order if id.startswith("join ")}
    return sorted(order, key=lambda id: (joins[id] - 0.5 if id in joins else place[id], depth[id]))


def _place_columns(grid: Grid, nodes: Mapping[str, Node], into: Mapping[str, Sequence[str]], order: list[str]) -> None:
    lane_of = {id: before for before, lane in grid.lanes.items() for id in lane}
    free: dict[str, int] = dict.fromkeys(grid.lanes, 0)
    stack: dict[int, int] = {}
    next_layer = 0
    column = grid.column
    for id in order:
        kind = nodes[id].kind
        tails = [tail for tail in into[id] if tail in column]
        if kind == "join":
            # Not below a layer: what comes up to that would have to go round the join.
            column[id] = max([next_layer, *(column[tail] + 1 for tail in tails)])
            next_layer = max(next_layer, column[id] + 1)
        elif kind == "layer":
            column[id] = max([next_layer, *(column[tail] + 1 for tail in tails)])
            next_layer = column[id] + 1
        elif id in lane_of:
            before = lane_of[id]
            column[id] = max([free[before], *(column[t] + (t in lane_of and lane_of[t] != before) for t in tails)])
            free[before] = column[id] + 1
        elif kind == "operation":
            here = max((column[tail] + (tail in lane_of) for tail in tails), default=0)
            while stack.get(here, 0) >= grid.stack:
                here += 1
            column[id] = here
            stack[here] = stack.get(here, 0) + 1


def _obstacles(grid: Grid, nodes: Mapping[str, Node], out: Mapping[str, Sequence[str]]) -> list[str]:
    """Operations that stand in a straight way up: between a glyph and a user of it in the same column."""
    on_lane = {id for lane in grid.lanes.values() for id in lane}
    loose = [id for id in grid.column if _between(nodes, on_lane, id)]
    return [
        id
        for tail, column in grid.column.items()
        for head in out[tail]
        if grid.column.get(head) == column and nodes[tail].kind in ("layer", "operation")
        for id in loose
        if grid.column[id] == column and grid.row[tail] < grid.row[id] < grid.row[head]
    ]


def _step_aside(
    grid: Grid, diagram: Diagram, nodes: Mapping[str, Node], into: Mapping[str, Sequence[str]],
    out: Mapping[str, Sequence[str]], order: list[str], blocked: list[str],
) -> None:  # fmt: skip
    """Another column for the first obstacle: one with room where it stands in no way, else one of its own."""
    id = blocked[0]
    column = dict(grid.column)
    first = max((column[tail] for tail in into[id] if tail in column), default=-1) + 1
    last = min((column[head] for head in out[id] if head in column), default=first)
    on_lane = {other for lane in grid.lanes.values() for other in lane}
    for place in range(first, last + 1):
        stack = [o for o, k in column.items() if k == place and _between(nodes, on_lane, o)]
        grid.column = column | {id: place}
        _place_rows(grid, diagram, nodes, into, out, order)
        if len(stack) < grid.stack and len(_obstacles(grid, nodes, out)) < len(blocked):
            return
    grid.column = {other: k + (k >= first) for other, k in column.items()} | {id: first}
    _place_rows(grid, diagram, nodes, into, out, order)


def _between(nodes: Mapping[str, Node], on_lane: set[str], id: str) -> bool:
    return nodes[id].kind == "operation" and id not in on_lane


def _place_rows(
    grid: Grid, diagram: Diagram, nodes: Mapping[str, Node], into: Mapping[str, Sequence[str]],
    out: Mapping[str, Sequence[str]], order: list[str],
) -> None:  # fmt: skip
    on_lane = {id for lane in grid.lanes.values() for id in lane}
    loose = [id for id in order if _between(nodes, on_lane, id)]
    by_column: dict[int, list[str]] = {}
    for id in loose:
        by_column.setdefault(grid.column[id], []).append(id)
    height = max((len(ids) for ids in by_column.values()), default=0)
    grid.top = height + len(grid.lanes)
    row = grid.row = {}
    for number, lane in enumerate(reversed(grid.lanes.items())):
        for id in (lane[0], *lane[1], f"{diagram.belts[lane[0]]} out"):
            row[id] = height + 1 + number
    for id in order:
        if nodes[id].kind == "layer":
            row[id] = 0
    _place_below(grid, diagram, nodes, into, out)
    _settle(grid, by_column, into, out, height)
    grid.columns = max(grid.column.values(), default=0) + 1


def _place_below(
    grid: Grid, diagram: Diagram, nodes: Mapping[str, Node], into: Mapping[str, Sequence[str]],
    out: Mapping[str, Sequence[str]],
) -> None:  # fmt: skip
    """Joins, states without a lane, and inputs, from the layers' row downwards."""
    row, level = grid.row, 0
    several = sum(1 for node in diagram.nodes if node.kind == "layer") > 1
    free = [before for before in diagram.before if before not in grid.lanes]
    for join in (node.id for node in diagram.nodes if node.kind == "join"):
        level -= 1
        row[join] = level
        own = next((before for before in free if before in into[join]), None)
        if own:
            free.remove(own)
            row[own] = row[f"{diagram.belts.get(own, own)} out"] = level
    for before in free:
        level -= 1 if several or before != free[0] else 0
        row[before] = row[f"{diagram.belts.get(before, before)} out"] = level
    for node in diagram.nodes:
        if node.kind == "input":
            row[node.id] = level - 1
            grid.column[node.id] = min((grid.column[head] for head in out[node.id] if head in grid.column), default=0)
        elif node.kind == "after" and node.id not in row:
            level -= 1
            row[node.id] = level
    grid.bottom = level - 1


def _settle(
    grid: Grid, by_column: Mapping[int, list[str]], into: Mapping[str, Sequence[str]],
    out: Mapping[str, Sequence[str]], height: int,
) -> None:  # fmt: skip
    """Rows of the operations between layers and lanes: each as near as possible to the mean of its neighbours."""
    row = grid.row
    wish = {id: height / 2 for ids in by_column.values() for id in ids}
    for _ in range(12):
        for id in wish:
            near = [wish.get(other, row.get(other)) for other in (*into[id], *out[id])]
            known = [value for value in near if value is not None]
            wish[id] = sum(known) / len(known) if known else wish[id]
    for id in wish:
        fed = any(
            other in grid.row and grid.row[other] == 0 and grid.column.get(other) == grid.column[id]
            for other in into[id]
        )
        wish[id] -= 2.0 if fed else 0.0
    for column in by_column.values():
        ids = sorted(column, key=lambda id: wish[id])
        for k, id in enumerate(ids):
            floor = 1 + k
            ceiling = height - (len(ids) - 1 - k)
            below = row[ids[k - 1]] + 1 if k else floor
            row[id] = min(max(round(wish[id]), floor, below), max(ceiling, floor))
