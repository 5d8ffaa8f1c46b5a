"""Where the glyphs of a step go, as textbooks place them: time to the right, data upwards.

Layers stand side by side in one row; what carries a state from step to step lies on a straight track above them; other
operations stand between, over the layers that feed them; joins, other states and inputs come in from below. Rows are
counted upwards from the layers' row, columns from the left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cellgraph.views.pictures.diagram import Diagram
from cellgraph.views.pictures.tracks import tracks

STACK = 2
"""So many operations may stand over one another between a layer and the tracks."""
WIDE = 7
"""More may stand over one another where a row of all of them would be so many times as wide as high."""
FIT = 12
"""So many columns fit a page."""
HIGHER = 3
"""So many more may stand over one another where a picture is wider than that."""
ROUNDS = 12
"""How often heights are averaged over neighbours."""


@dataclass(frozen=True)
class Arrangement:
    """Column and row of every glyph, how many columns there are, the lowest row, and the block of each glyph."""

    column: Mapping[str, int]
    row: Mapping[str, float]
    columns: int
    bottom: int
    block: Mapping[str, int]


def arranged(diagram: Diagram) -> Arrangement:
    """The arrangement of a diagram at the level *operations*.

    Where there are too many columns for a page, more operations may stand over one another, as long as this helps.
    """
    links = _Links(diagram)
    found = _arranged(links)
    for _ in range(HIGHER):
        if found.columns <= FIT:
            break
        links.stack += 1
        found = min(found, _arranged(links), key=lambda arrangement: arrangement.columns)
    return found


def _arranged(links: _Links) -> Arrangement:
    """The arrangement with so many operations over one another.

    An operation that stands in a straight way up moves to another column, until there is none.
    """
    column = _columns(links)
    row = _rows(links, column)
    for _ in links.kind:
        blocked = _obstacles(links, column, row)
        if not blocked:
            break
        column, row = _step_aside(links, column, blocked)
    bottom = min([0, *(row[name] for name in row if links.kind[name] != "input")])
    return Arrangement(column, row, max(column.values(), default=0) + 1, round(bottom) - 1, links.block)


class _Links:
    """What the arrangement asks of a diagram: kinds of nodes, what goes into and out of each, and the tracks."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.kind = {node.id: node.kind for node in diagram.nodes}
        self.into: dict[str, list[str]] = {name: [] for name in self.kind}
        self.out: dict[str, list[str]] = {name: [] for name in self.kind}
        for edge in diagram.edges:
            self.into[edge.head].append(edge.tail)
            self.out[edge.tail].append(edge.head)
        self.tracks = tracks(diagram)
        self.track_of = {name: before for before, track in self.tracks.items() for name in track}

    def after(self, before: str) -> str:
        """The terminal where a state before leaves the step."""
        return f"{self.diagram.belts.get(before, before)} out"

    @cached_property
    def order(self) -> list[str]:
        """Every node as the equations are written, joins just before their users, within each its parts first."""
        waiting = {name: len(tails) for name, tails in self.into.items()}
        order = [name for name, count in waiting.items() if not count]
        for name in order:
            for head in self.out[name]:
                waiting[head] -= 1
                if not waiting[head]:
                    order.append(head)
        place: dict[str, float] = {name: k for k, name in enumerate(self.kind)}
        depth = {name: k for k, name in enumerate(order)}
        for name in order:
            if self.kind[name] == "join":
                place[name] = min((place[head] for head in self.out[name]), default=0) - 0.5
        return sorted(order, key=lambda name: (place[name], depth[name]))

    @cached_property
    def block(self) -> dict[str, int]:
        """The blocks of columns from left to right, in each of which all glyphs have the same lifted axes.

        Found from the end: the glyphs of the same axes that nothing reads but what is placed already, then those of
        other axes, and so on. Where nothing is lifted there is one block.
        """
        glyphs = [name for name in self.order if self.kind[name] in ("join", "layer", "operation")]
        axes = {name: self.diagram.node[name].axes for name in glyphs}
        waiting = {name: sum(head in axes for head in self.out[name]) for name in glyphs}
        ready = [name for name in glyphs if not waiting[name]]
        found: dict[str, int] = {}
        now: tuple[str, ...] = ()
        number = 0
        while ready:
            same = [name for name in ready if axes[name] == now]
            if not same:
                now, number = axes[max(ready, key=lambda name: [axes[o] for o in ready].count(axes[name]))], number + 1
            for name in same:
                found[name] = number
                ready.remove(name)
                for tail in self.into[name]:
                    if tail in waiting:
                        waiting[tail] -= 1
                        ready += [tail] if not waiting[tail] else []
        return {name: number - k for name, k in found.items()}

    @cached_property
    def between(self) -> list[str]:
        """The operations between layers and tracks, in order."""
        return [name for name in self.order if self.kind[name] == "operation" and name not in self.track_of]

    @cached_property
    def stack(self) -> int:
        """How many of these may stand over one another."""
        return max(STACK, round(math.sqrt(len(self.between) / WIDE)))


def _columns(links: _Links) -> dict[str, int]:
    """A column for every layer, join and operation: to the right of what it needs, or right above it."""
    column: dict[str, int] = {}
    next_layer = 0
    free = dict.fromkeys(links.tracks, 0)
    stack: dict[int, int] = {}
    start = block = 0
    for name in sorted((name for name in links.order if name in links.block), key=links.block.__getitem__):
        if links.block[name] != block:
            block, start = links.block[name], max(column.values()) + 1
            next_layer = start
        tails = [tail for tail in links.into[name] if tail in column]
        own = links.track_of.get(name)
        if links.kind[name] in ("join", "layer"):
            # No join stands below a layer: what comes up to that would have to go round the join.
            column[name] = max([next_layer, *(column[tail] + 1 for tail in tails)])
            next_layer = column[name] + 1
        elif own is not None:
            column[name] = max([start, free[own], *(column[t] + (links.track_of.get(t, own) != own) for t in tails)])
            free[own] = column[name] + 1
        elif links.kind[name] == "operation":
            here = max([start, *(column[tail] + (tail in links.track_of) for tail in tails)])
            while stack.get(here, 0) >= links.stack:
                here += 1
            column[name] = here
            stack[here] = stack.get(here, 0) + 1
    return _with_inputs(links, column)


def _with_inputs(links: _Links, column: Mapping[str, int]) -> dict[str, int]:
    """The columns, inputs below the first glyph that they go into."""
    inputs = [name for name, kind in links.kind.items() if kind == "input"]
    glyphs = {name: k for name, k in column.items() if name not in inputs}
    return glyphs | {
        name: min((glyphs[head] for head in links.out[name] if head in glyphs), default=0) for name in inputs
    }


def _obstacles(links: _Links, column: Mapping[str, int], row: Mapping[str, float]) -> list[str]:
    """Operations that stand in a straight way up: between a glyph and a user of it in the same column."""
    glyphs = [name for name in column if links.kind[name] in ("layer", "operation")]
    ways = [(tail, head) for tail in glyphs for head in links.out[tail] if column.get(head) == column[tail]]
    between = [name for name in column if name in links.between]
    return [
        name
        for tail, head in ways
        for name in between
        if column[name] == column[tail] and row[tail] < row[name] < row[head]
    ]


def _step_aside(
    links: _Links, column: Mapping[str, int], blocked: Sequence[str]
) -> tuple[dict[str, int], dict[str, float]]:
    """Another column for the first obstacle: one with room where it stands in no way, else one of its own."""
    name = blocked[0]
    first = max((column[tail] for tail in links.into[name] if tail in column), default=-1) + 1
    last = min((column[head] for head in links.out[name] if head in column), default=first)
    block = [column[other] for other, number in links.block.items() if number == links.block[name]]
    first, last = max(first, min(block)), min(last, max(block))
    for place in range(first, last + 1):
        moved = _with_inputs(links, {**column, name: place})
        rows = _rows(links, moved)
        room = sum(column.get(other) == place for other in links.between) < links.stack
        if room and len(_obstacles(links, moved, rows)) < len(blocked):
            return moved, rows
    moved = _with_inputs(links, {**{other: k + (k >= first) for other, k in column.items()}, name: first})
    return moved, _rows(links, moved)


def _rows(links: _Links, column: Mapping[str, int]) -> dict[str, float]:
    """A row for every node: 0 for layers, tracks on top, the rest between or below."""
    stacks: dict[int, list[str]] = {}
    for name in links.between:
        stacks.setdefault(column[name], []).append(name)
    height = max(map(len, stacks.values()), default=0)
    row: dict[str, float] = {name: 0 for name, kind in links.kind.items() if kind == "layer"}
    # States that are lifted run below the others, so that nothing else stands between what is lifted.
    axes = {before: links.diagram.node[before].axes for before in links.tracks}
    lowest_last = sorted(links.tracks, key=lambda before: len(axes[before]))
    for number, before in enumerate(reversed(lowest_last)):
        row |= dict.fromkeys([before, *links.tracks[before], links.after(before)], height + 1 + number)
    row |= _below(links, row)
    wish = _wishes(links, column, row, [name for stack in stacks.values() for name in stack], height / 2)
    for stack in stacks.values():
        ids = sorted(stack, key=lambda name: wish[name])
        for k, name in enumerate(ids):
            floor, ceiling = 1 + k, height - (len(ids) - 1 - k)
            below = row[ids[k - 1]] + 1 if k else floor
            row[name] = min(max(round(wish[name]), floor, below), max(ceiling, floor))
    return row


def _below(links: _Links, above: Mapping[str, float]) -> dict[str, float]:
    """Rows of joins, states without a track, and inputs, from the layers' row downwards."""
    row: dict[str, float] = {}
    level = 0
    several = list(links.kind.values()).count("layer") > 1
    free = [before for before in links.diagram.before if before not in links.tracks]
    joins = [name for name, kind in links.kind.items() if kind == "join"]
    for join in sorted(joins, key=lambda name: -len(links.diagram.node[name].axes)):
        level -= 1
        row[join] = level
        own = next((before for before in free if before in links.into[join]), None)
        if own:
            free.remove(own)
            row[own] = row[links.after(own)] = level
    for number, before in enumerate(free):
        level -= 1 if several or number else 0
        row[before] = row[links.after(before)] = level
    for name, kind in links.kind.items():
        if kind == "input":
            row[name] = level - 1
        elif kind == "after" and name not in row and name not in above:
            level -= 1
            row[name] = level
    return row


def _wishes(
    links: _Links, column: Mapping[str, int], row: Mapping[str, float], ids: Sequence[str], middle: float
) -> dict[str, float]:
    """The height that each of these operations would have: the mean of its neighbours'."""
    wish = dict.fromkeys(ids, middle)
    for _ in range(ROUNDS):
        for name in ids:
            near = [wish.get(other, row.get(other)) for other in (*links.into[name], *links.out[name])]
            known = [value for value in near if value is not None]
            wish[name] = sum(known) / len(known) if known else wish[name]
    for name in ids:
        # What a layer right below feeds stands low.
        if any(row.get(tail) == 0 and column.get(tail) == column[name] for tail in links.into[name]):
            wish[name] -= 2.0
    return wish
