"""The grid on which wires are routed: sparse grid lines, the walls between them, and which route lies where.

A grid point is one number, column by column; the tables that a search reads at every step are lists over points, and
dictionaries over what is occupied.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cellgraph.views.pictures.paths import Point

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom."""

STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))
SIDES = {"E": 0, "S": 1, "W": 2, "N": 3}
"""Directions by the sides of a box: east, south, west, north."""
CLEARANCE = 11.0
"""How far wires keep from boxes; the stub at a port is as long, so that an arrow's head has room."""
SPACING = 6.5
"""How far wires of different quantities keep from each other."""
CROSSING = 40.0
"""The cost of crossing another wire at a right angle."""
TOLL = 160.0
"""The cost of crossing a fence: whoever has nothing to do within goes round it."""
HEAD_CROSSING = 120.0
"""The cost of crossing a wire just where the head of its arrow begins."""
OVERLAP = 5000.0
"""The cost of running along another wire: so high that every detour is cheaper."""
OVERLAP_FAST = 10.0
"""The cost of running along another wire in a search that must end soon."""
BUDGET = 150_000
"""So many steps the searches for one picture's wires may take together before each of them gets only a few."""
FENCE = -1
"""The owner of fences: lines that wires may cross, as they cross each other, but not run along."""
ALONG, ACROSS, TURN = 1, 2, 3
"""What a wire does at a grid point: it passes horizontally, vertically, or turns (or forks)."""

Owners = dict[int, dict[int, int]]
"""Which nets own a place; dictionaries instead of sets, because their order is the same in every process."""


@dataclass(frozen=True)
class Port:
    """A place on the rim of a box where a wire may begin or end, and what it costs to use it."""

    x: float
    y: float
    side: str
    price: float = 0.0
    stub: float = CLEARANCE

    @property
    def outside(self) -> Point:
        """Where the wire meets the straight stub of this port."""
        dx, dy = STEPS[SIDES[self.side]]
        return (self.x + dx * self.stub, self.y + dy * self.stub)


@dataclass(frozen=True)
class Net:
    """One quantity's wire: the ports where it may begin, and for every user the ports where it may end.

    The user numbered `first` is served before the others, which fork off its route; else the one that is farthest.
    """

    source: tuple[Port, ...]
    sinks: tuple[tuple[Port, ...], ...]
    first: int | None = None


@dataclass(frozen=True)
class Route:
    """The grid points of a wire, from the port where it begins to the one where it ends."""

    spots: tuple[int, ...]
    begin: Port
    end: Port


class Grid:
    """The grid with the routes that lie on it.

    `ahead[heading][spot]` is the next point in a direction, -1 where a wall or the end of the grid is; `x` and `y` are
    where points lie. `crowd` says whose routes lie on a piece of grid or closely beside it, `passing` what they do at
    a point. `overlap` is the present cost of running along another wire, and `budget` how many steps searches may take.
    """

    def __init__(self, walls: Sequence[Rect], nets: Sequence[Net], fences: Sequence[Rect] = ()) -> None:
        ports = [port for net in nets for port in (*net.source, *(p for sink in net.sinks for p in sink))]
        places = [p.outside for p in ports] + [corner for f in fences for corner in (f[:2], f[2:])]
        self.xs = _lines([x for x, _ in places], [x for wall in walls for x in (wall[0], wall[2])])
        self.ys = _lines([y for _, y in places], [y for wall in walls for y in (wall[1], wall[3])])
        self.high = len(self.ys)
        self.x = [x for x in self.xs for _ in self.ys]
        self.y = self.ys * len(self.xs)
        self.ahead = _neighbours(len(self.xs), self.high)
        for wall in walls:
            self._block(wall)
        self._close = (_close(self.ys), _close(self.xs))
        self.crowd: Owners = defaultdict(dict)
        self.passing: Owners = defaultdict(dict)
        self._heads: Owners = defaultdict(dict)
        self._routes: dict[int, dict[int, Route]] = defaultdict(dict)
        self.overlap = OVERLAP
        self.budget = BUDGET
        self.fenced = bool(fences)
        for fence in fences:
            self._fence(fence)

    def _fence(self, fence: Rect) -> None:
        """Put the outline of a rectangle on the grid as if it were a wire."""
        (left, right), (top, bottom) = (
            [bisect_left(lines, round(value, 3)) for value in ends]
            for lines, ends in ((self.xs, fence[::2]), (self.ys, fence[1::2]))
        )
        for column, row, way in [
            *((column, row, ALONG) for row in (top, bottom) for column in range(left, right + 1)),
            *((column, row, ACROSS) for column in (left, right) for row in range(top, bottom + 1)),
        ]:
            spot = column * self.high + row
            self.passing[spot][FENCE] = self.passing[spot].get(FENCE, 0) | way
            near = self._close[0][row] if way == ALONG else self._close[1][column]
            for line in near:
                piece = 2 * (column * self.high + line) if way == ALONG else 2 * (line * self.high + row) + 1
                self.crowd[piece][FENCE] = 1

    def _block(self, wall: Rect) -> None:
        """Close every piece of the grid that would run through the wall."""
        left, top, right, bottom = wall
        east, south, west, north = self.ahead
        rows = range(bisect_right(self.ys, top + 0.01), bisect_left(self.ys, bottom - 0.01))
        for i in range(*_crossed(self.xs, left, right)):
            for spot in (i * self.high + j for j in rows):
                east[spot] = west[spot + self.high] = -1
        low, end = _crossed(self.ys, top, bottom)
        for i in range(bisect_right(self.xs, left + 0.01), bisect_left(self.xs, right - 0.01)):
            for spot in range(i * self.high + low, i * self.high + end):
                south[spot] = north[spot + 1] = -1

    def unroute(self, net: int) -> None:
        """Take the routes of a net from the grid."""
        for route in self._routes.pop(net, {}).values():
            self._heads[route.spots[-1]].pop(net, None)
            for spot in route.spots:
                self.passing[spot].pop(net, None)
            for place in self._beside(route):
                self.crowd[place].pop(net, None)

    def put(self, net: int, sink: int, route: Route) -> None:
        """Put the route to a user on the grid."""
        self._routes[net][sink] = route
        if route.end.stub <= CLEARANCE:
            self._heads[route.spots[-1]][net] = 1
        for place in self._beside(route):
            self.crowd[place][net] = 1
        headings = [SIDES[route.begin.side], *(self._heading(a, b) for a, b in pairwise(route.spots))]
        headings.append((SIDES[route.end.side] + 2) % 4)
        for spot, (came, goes) in zip(route.spots, pairwise(headings), strict=True):
            kind = TURN if came != goes else ALONG if came % 2 == 0 else ACROSS
            self.passing[spot][net] = self.passing[spot].get(net, 0) | kind

    def _beside(self, route: Route) -> list[int]:
        """The pieces of grid on which a route lies, and those too close to it for others."""
        places = []
        for a, b in pairwise(route.spots):
            column, row = divmod(min(a, b), self.high)
            if a // self.high == b // self.high:
                places += [2 * (line * self.high + row) + 1 for line in self._close[1][column]]
            else:
                places += [2 * (column * self.high + line) for line in self._close[0][row]]
        return places

    def _heading(self, a: int, b: int) -> int:
        """The direction from one point to the next on the same grid line."""
        if a // self.high == b // self.high:
            return 1 if b > a else 3
        return 0 if b > a else 2

    def is_clear(self, net: int) -> bool:
        """Whether a net's routes meet no others, so that routing it again would change nothing."""
        return not any(
            any(self.passing[spot].keys() - {net, FENCE} for spot in route.spots)
            or any(self.crowd[place].keys() - {net, FENCE} for place in self._beside(route))
            or any(self.port_cost(port, net) for port in (route.begin, route.end))
            for route in self._routes[net].values()
        )

    def spot(self, port: Port) -> int:
        """The grid point outside a port."""
        x, y = port.outside
        return bisect_left(self.xs, round(x, 3)) * self.high + bisect_left(self.ys, round(y, 3))

    def port_cost(self, port: Port, net: int) -> float:
        """What it costs that another net uses this port, or one too near to it at the same side."""
        for other, routes in self._routes.items():
            for used in (end for route in routes.values() for end in (route.begin, route.end) if other != net):
                aligned = used.x == port.x or used.y == port.y
                if aligned and abs(used.x - port.x + used.y - port.y) < SPACING:
                    return self.overlap
        return 0.0

    def meeting_cost(self, net: int, spot: int, before: int, after: int) -> float:
        """What it costs to go from one direction to another at a point: little to cross a wire, much to touch it."""
        cost = 0.0
        across = ACROSS if before % 2 == 0 else ALONG
        for other, kind in self.passing[spot].items():
            if other != net:
                toll = TOLL if other == FENCE else CROSSING
                cost += min(toll, self.overlap) if before == after and kind == across else self.overlap
        return cost + (HEAD_CROSSING if cost and any(other != net for other in self._heads.get(spot, ())) else 0.0)

    def points(self, net: int, sink: int) -> list[Point]:
        """The points of a route, from rim to rim; empty where there was no way."""
        route = self._routes[net].get(sink)
        if route is None:
            return []
        inner = [(self.x[spot], self.y[spot]) for spot in route.spots]
        return [(route.begin.x, route.begin.y), *inner, (route.end.x, route.end.y)]


def overlap(a: Rect, b: Rect) -> bool:
    """Whether two rectangles have points in common."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def reach(source: tuple[Port, ...], sink: tuple[Port, ...]) -> float:
    """How far the nearest of two groups of ports are apart, along right angles."""
    return min(abs(a.x - b.x) + abs(a.y - b.y) for a in source for b in sink)


def _neighbours(columns: int, rows: int) -> tuple[list[int], list[int], list[int], list[int]]:
    """The next point to the east, south, west and north of every point."""
    spots = range(columns * rows)
    last = len(spots) - rows
    return (
        [s + rows if s < last else -1 for s in spots],
        [s + 1 if (s + 1) % rows else -1 for s in spots],
        [s - rows if s >= rows else -1 for s in spots],
        [s - 1 if s % rows else -1 for s in spots],
    )


def _crossed(lines: Sequence[float], low: float, high: float) -> tuple[int, int]:
    """The range of intervals between lines that have points strictly between low and high."""
    return max(bisect_right(lines, low + 0.01) - 1, 0), min(bisect_left(lines, high - 0.01), len(lines) - 1)


def _lines(needed: Sequence[float], wanted: Sequence[float]) -> list[float]:
    """Grid lines: every needed one; wanted ones and their neighbours where they are not too near to another."""
    lines = sorted({round(value, 3) for value in needed})
    for value in [edge + step for step in (0.0, 8.0, -8.0, 16.0, -16.0) for edge in wanted]:
        place = bisect_left(lines, value)
        near = [lines[k] for k in (place - 1, place) if 0 <= k < len(lines)]
        if all(abs(value - other) >= SPACING for other in near):
            lines.insert(place, round(value, 3))
    return lines


def _close(lines: Sequence[float]) -> list[list[int]]:
    """For every line, the lines (itself too) that are nearer than wires may run beside each other."""
    return [[k for k in range(len(lines)) if abs(lines[k] - value) < SPACING - 0.01] for value in lines]
