"""Wires: right-angled ways between ports that go round every box, share a trunk where they carry the same quantity,
and never run over each other.

A* on a sparse grid: one grid line through every port and along every box. Costs are lengths in points, with a price
for corners and crossings; running along another quantity's wire has a price that no detour reaches.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .scene import Point

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom."""
State = tuple[int, int, int]
"""Column and row of a grid point, and the direction in which the wire arrives there."""

STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))
SIDES = {"E": 0, "S": 1, "W": 2, "N": 3}
CLEAR = 11.0
"""How far wires keep from boxes; the stub at a port is as long, so that an arrow's head has room."""
APART = 6.5
BEND, CROSS, FORK, CLASH = 80.0, 40.0, 10.0, 5000.0
LEAVE = 0.0005
"""Horizontal wires run rather at the height where they begin, so that several users hang on one straight trunk."""


@dataclass(frozen=True)
class Port:
    """A place on the rim of a box where a wire may begin or end, and what it costs to use it."""

    x: float
    y: float
    side: str
    price: float = 0.0
    stub: float = CLEAR

    @property
    def outside(self) -> Point:
        """Where the wire meets the straight stub of this port."""
        dx, dy = STEPS[SIDES[self.side]]
        return (self.x + dx * self.stub, self.y + dy * self.stub)


@dataclass(frozen=True)
class Net:
    """One quantity's wire: the ports where it may begin, and for every user the ports where it may end.

    The user numbered `first` is served before the others, which fork off its wire; else the one that is farthest.
    """

    source: tuple[Port, ...]
    sinks: tuple[tuple[Port, ...], ...]
    first: int | None = None


def routes(obstacles: Sequence[Rect], nets: Sequence[Net], tight: Sequence[Rect] = ()) -> list[list[list[Point]]]:
    """For every net and every sink of it, the way from the source's rim to the sink's rim.

    Wires keep clear of `obstacles`, and go round `tight` ones (labels) at a hair's breadth.
    """
    board = _Board([*(_grown(rect, CLEAR) for rect in obstacles), *(_grown(rect, 3.0) for rect in tight)], nets)
    order = sorted(range(len(nets)), key=lambda k: (nets[k].first is None, _extent(nets[k]), k))
    for number in [*order, *order]:
        board.lift(number)
        board.lay(number, nets[number])
    return [[board.way(number, sink) for sink in range(len(net.sinks))] for number, net in enumerate(nets)]


class _Board:
    """The grid with the wires that lie on it."""

    def __init__(self, walls: Sequence[Rect], nets: Sequence[Net]) -> None:
        ports = [port for net in nets for port in (*net.source, *(p for sink in net.sinks for p in sink))]
        self.xs = _lines([p.outside[0] for p in ports], [x for wall in walls for x in (wall[0], wall[2])])
        self.ys = _lines([p.outside[1] for p in ports], [y for wall in walls for y in (wall[1], wall[3])])
        self.walls: set[tuple[int, int, int]] = set()
        for wall in walls:
            self._mark(wall)
        self.close = (_close(self.xs), _close(self.ys))
        self.segments: dict[tuple[int, int, int], dict[int, int]] = defaultdict(dict)
        self.corners: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
        self.taken: dict[tuple[float, float], dict[int, int]] = defaultdict(dict)
        self.ways: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self.ends: dict[tuple[int, int], tuple[Port, Port]] = {}

    def _mark(self, wall: Rect) -> None:
        """Every piece of the grid that would run through the wall."""
        left, top, right, bottom = wall
        rows = range(bisect_right(self.ys, top + 0.01), bisect_left(self.ys, bottom - 0.01))
        columns = range(bisect_right(self.xs, left + 0.01), bisect_left(self.xs, right - 0.01))
        for j in rows:
            self.walls.update((i, j, 0) for i in range(max(columns.start - 1, 0), columns.stop))
        for i in columns:
            self.walls.update((i, j, 1) for j in range(max(rows.start - 1, 0), rows.stop))

    def lift(self, number: int) -> None:
        """Take one net's wires from the board."""
        for table in (self.segments, self.corners, self.taken):
            for owners in table.values():
                owners.pop(number, None)
        for key in [key for key in self.ways if key[0] == number]:
            del self.ways[key], self.ends[key]

    def lay(self, number: int, net: Net) -> None:
        """Lay one net's wires; later ones fork off earlier ones."""
        tree: dict[tuple[int, int], tuple[list[tuple[int, int]], Port]] = {}
        order = sorted(range(len(net.sinks)), key=lambda k: (k != net.first, -_far(net.source, net.sinks[k]), k))
        for sink in order:
            found = self._search(number, net, tree, net.sinks[sink])
            if found is None:
                continue
            points, begin, end = found
            self.ways[number, sink], self.ends[number, sink] = points, (begin, end)
            for port in (begin, end):
                self.taken[port.x, port.y][number] = 1
            self._occupy(number, points, (begin, end))
            for k in range(len(points)):
                tree.setdefault(points[k], (points[: k + 1], begin))

    def _occupy(self, number: int, points: list[tuple[int, int]], ends: tuple[Port, Port]) -> None:
        for (i, j), (k, m) in pairwise(points):
            across = 0 if j == m else 1
            self.segments[min(i, k), min(j, m), across][number] = 1
        turns = [SIDES[ends[0].side], *(_heading(a, b) for a, b in pairwise(points))]
        turns.append((SIDES[ends[1].side] + 2) % 4)
        for point, (a, b) in zip(points, pairwise(turns), strict=True):
            kind = 3 if a != b else 1 + a % 2
            self.corners[point][number] = self.corners[point].get(number, 0) | kind

    def _search(
        self, number: int, net: Net, tree: dict[tuple[int, int], tuple[list[tuple[int, int]], Port]],
        sink: tuple[Port, ...],
    ) -> tuple[list[tuple[int, int]], Port, Port] | None:  # fmt: skip
        goals: dict[tuple[int, int], Port] = {}
        for port in sorted(sink, key=lambda p: -p.price):
            goals[self._at(port)] = port
        heap: list[tuple[float, float, State]] = []
        best: dict[State, float] = {}
        came: dict[State, State] = {}
        origin: dict[State, Port] = {}
        home = net.source[0].y

        def offer(state: State, cost: float, previous: State | None) -> None:
            if cost < best.get(state, 1e18):
                best[state] = cost
                if previous is None:
                    came.pop(state, None)
                else:
                    came[state] = previous
                heapq.heappush(heap, (cost + self._hope(state, goals), cost, state))

        for port in () if tree else net.source:
            state = (*self._at(port), SIDES[port.side])
            origin[state] = port
            offer(state, port.price + self._rent(port, number), None)
        for point, (points, _) in tree.items():
            for heading in range(4):
                back = points[-2] if len(points) > 1 else None
                if back is None or (point[0] + STEPS[heading][0], point[1] + STEPS[heading][1]) != back:
                    offer((*point, heading), FORK, None)
        while heap:
            _, cost, state = heapq.heappop(heap)
            if cost > best[state]:
                continue
            if state[2] == 4:
                return self._traced(state, came, origin, tree, goals)
            i, j, heading = state
            port_here = goals.get((i, j))
            if port_here is not None:
                inward = (SIDES[port_here.side] + 2) % 4
                if (heading + 2) % 4 != inward:
                    turn = 0.0 if heading == inward else BEND
                    offer((i, j, 4), cost + turn + port_here.price + self._rent(port_here, number)
                          + self._crossing(number, (i, j), heading, inward), state)  # fmt: skip
            for ahead in (heading, (heading + 1) % 4, (heading + 3) % 4):
                k, m = i + STEPS[ahead][0], j + STEPS[ahead][1]
                if not (0 <= k < len(self.xs) and 0 <= m < len(self.ys)):
                    continue
                piece = (min(i, k), min(j, m), ahead % 2)
                if piece in self.walls:
                    continue
                length = abs(self.xs[i] - self.xs[k]) + abs(self.ys[j] - self.ys[m])
                if ahead % 2 == 0:
                    length *= 1 + LEAVE * abs(self.ys[j] - home)
                price = length + (BEND if ahead != heading else 0) + self._crossing(number, (i, j), heading, ahead)
                offer((k, m, ahead), cost + price + self._clash(number, piece), state)
        return None

    def _traced(
        self, state: State, came: dict[State, State], origin: dict[State, Port],
        tree: dict[tuple[int, int], tuple[list[tuple[int, int]], Port]], goals: dict[tuple[int, int], Port],
    ) -> tuple[list[tuple[int, int]], Port, Port]:  # fmt: skip
        points = [state[:2]]
        end = goals[points[0]]
        while state in came:
            state = came[state]
            if state[:2] != points[-1]:
                points.append(state[:2])
        points.reverse()
        if not tree:
            return points, origin[state], end
        trunk, begin = tree[points[0]]
        return [*trunk[:-1], *points], begin, end

    def _hope(self, state: State, goals: dict[tuple[int, int], Port]) -> float:
        x, y = self.xs[state[0]], self.ys[state[1]]
        return min(abs(x - self.xs[i]) + abs(y - self.ys[j]) + port.price for (i, j), port in goals.items())

    def _at(self, port: Port) -> tuple[int, int]:
        x, y = port.outside
        return _nearest(self.xs, x), _nearest(self.ys, y)

    def _rent(self, port: Port, number: int) -> float:
        """A port that another quantity's wire uses is not free."""
        return CLASH if any(owner != number for owner in self.taken.get((port.x, port.y), ())) else 0.0

    def _crossing(self, number: int, point: tuple[int, int], heading: int, ahead: int) -> float:
        """Going straight over another wire costs little; touching its corner, or turning on it, is a clash."""
        price = 0.0
        for owner, kind in self.corners.get(point, {}).items():
            if owner != number:
                across = 2 - heading % 2
                price += CROSS if heading == ahead and kind == across else CLASH
        return price

    def _clash(self, number: int, piece: tuple[int, int, int]) -> float:
        """The price of running along, or closely beside, the wire of another quantity."""
        i, j, across = piece
        beside = self.close[1][j] if across == 0 else self.close[0][i]
        for line in beside:
            key = (i, line, 0) if across == 0 else (line, j, 1)
            if any(owner != number for owner in self.segments.get(key, ())):
                return CLASH
        return 0.0

    def way(self, number: int, sink: int) -> list[Point]:
        """The corners of a wire, from rim to rim; empty where there was no way."""
        if (number, sink) not in self.ways:
            return []
        begin, end = self.ends[number, sink]
        inner = [(self.xs[i], self.ys[j]) for i, j in self.ways[number, sink]]
        return _corners([(begin.x, begin.y), *inner, (end.x, end.y)])


def _corners(points: list[Point]) -> list[Point]:
    """The points without those that lie on a straight way between their neighbours."""
    kept: list[Point] = []
    for point in points:
        while len(kept) > 1 and _between(kept[-2], kept[-1], point):
            kept.pop()
        if not kept or kept[-1] != point:
            kept.append(point)
    return kept


def _between(a: Point, b: Point, c: Point) -> bool:
    return (abs(a[0] - b[0]) < 0.01 and abs(b[0] - c[0]) < 0.01) or (
        abs(a[1] - b[1]) < 0.01 and abs(b[1] - c[1]) < 0.01
    )


def _grown(rect: Rect, by: float) -> Rect:
    return (rect[0] - by, rect[1] - by, rect[2] + by, rect[3] + by)


def _lines(needed: Sequence[float], wanted: Sequence[float]) -> list[float]:
    """Grid lines: every needed one; wanted ones and their neighbours where they are not too near to another."""
    lines = sorted({round(value, 3) for value in needed})
    offers = [edge + step for step in (0.0, 8.0, -8.0, 16.0, -16.0) for edge in wanted]
    for value in offers:
        place = bisect_left(lines, value)
        near = [lines[k] for k in (place - 1, place) if 0 <= k < len(lines)]
        if all(abs(value - other) >= APART for other in near):
            lines.insert(place, round(value, 3))
    return lines


def _close(lines: Sequence[float]) -> list[list[int]]:
    """For every line, the lines (itself too) that are nearer than wires may run beside each other."""
    return [[k for k in range(len(lines)) if abs(lines[k] - value) < APART - 0.01] for value in lines]


def _nearest(lines: Sequence[float], value: float) -> int:
    place = bisect_left(lines, value)
    return min((k for k in (place - 1, place) if 0 <= k < len(lines)), key=lambda k: abs(lines[k] - value))


def _heading(a: tuple[int, int], b: tuple[int, int]) -> int:
    return 0 if b[0] > a[0] else 2 if b[0] < a[0] else 1 if b[1] > a[1] else 3


def _far(source: tuple[Port, ...], sink: tuple[Port, ...]) -> float:
    return min(abs(a.x - b.x) + abs(a.y - b.y) for a in source for b in sink)


def _extent(net: Net) -> float:
    return max((_far(net.source, sink) for sink in net.sinks), default=0.0)
