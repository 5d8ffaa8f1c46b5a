"""The board on which wires are laid: a sparse grid, the walls in it, and which wire lies where.

A grid point is one number, column by column; the tables that a search reads at every step are lists over points, and
dictionaries over what is taken.
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
CLEAR = 11.0
"""How far wires keep from boxes; the stub at a port is as long, so that an arrow's head has room."""
APART = 6.5
"""How far wires of different quantities keep from each other."""
CROSS, CLASH, ROUGH = 40.0, 5000.0, 10.0
"""What it costs to cross another wire, and to run over one: a price no detour reaches, or, in haste, hardly any."""
TIP = 120.0
"""The price of crossing a wire just where the head of its arrow begins."""
PATIENCE = 150_000
"""So many steps the searches for one picture's wires may take together before they become hasty."""
ALONG, ACROSS, TURN = 1, 2, 3
"""What a wire does at a grid point: it passes horizontally, vertically, or turns (or forks)."""

Taken = dict[int, dict[int, int]]
"""What is taken, and by which nets; dictionaries instead of sets, because their order is the same in every process."""


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


@dataclass(frozen=True)
class Wire:
    """A way over the grid, from the port where it begins to the one where it ends."""

    spots: tuple[int, ...]
    begin: Port
    end: Port


class Board:
    """The grid with the wires that lie on it.

    `ahead[heading][spot]` is the next point in a direction, -1 where a wall or the end of the grid is; `x` and `y` are
    where points lie. `crowd` holds the pieces of grid on and closely beside wires, `turns` the points on wires.
    """

    def __init__(self, walls: Sequence[Rect], nets: Sequence[Net]) -> None:
        ports = [port for net in nets for port in (*net.source, *(p for sink in net.sinks for p in sink))]
        self.xs = _lines([p.outside[0] for p in ports], [x for wall in walls for x in (wall[0], wall[2])])
        self.ys = _lines([p.outside[1] for p in ports], [y for wall in walls for y in (wall[1], wall[3])])
        self.high = len(self.ys)
        self.x = [x for x in self.xs for _ in self.ys]
        self.y = self.ys * len(self.xs)
        self.ahead = _neighbours(len(self.xs), self.high)
        for wall in walls:
            self._block(wall)
        self._close = (_close(self.ys), _close(self.xs))
        self.crowd: Taken = defaultdict(dict)
        self.turns: Taken = defaultdict(dict)
        self._tips: Taken = defaultdict(dict)
        self._ports: dict[tuple[int, int], dict[tuple[int, float, float], int]] = defaultdict(dict)
        self._wires: dict[int, dict[int, Wire]] = defaultdict(dict)
        self.clash = CLASH
        self.patience = PATIENCE

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

    def lift(self, number: int) -> None:
        """Take one net's wires from the board."""
        for wire in self._wires.pop(number, {}).values():
            for port in (wire.begin, wire.end):
                self._ports[_bucket(port)].pop((number, port.x, port.y), None)
            self._tips[wire.spots[-1]].pop(number, None)
            for spot in wire.spots:
                self.turns[spot].pop(number, None)
            for place in self._beside(wire):
                self.crowd[place].pop(number, None)

    def put(self, number: int, sink: int, wire: Wire) -> None:
        """Put a wire on the board."""
        self._wires[number][sink] = wire
        for port in (wire.begin, wire.end):
            self._ports[_bucket(port)][number, port.x, port.y] = 1
        if wire.end.stub <= CLEAR:
            self._tips[wire.spots[-1]][number] = 1
        for place in self._beside(wire):
            self.crowd[place][number] = 1
        headings = [SIDES[wire.begin.side], *(self._heading(a, b) for a, b in pairwise(wire.spots))]
        headings.append((SIDES[wire.end.side] + 2) % 4)
        for spot, (came, goes) in zip(wire.spots, pairwise(headings), strict=True):
            kind = TURN if came != goes else ALONG if came % 2 == 0 else ACROSS
            self.turns[spot][number] = self.turns[spot].get(number, 0) | kind

    def _beside(self, wire: Wire) -> list[int]:
        """The pieces of grid on which a wire lies, and those too close to it for others."""
        places = []
        for a, b in pairwise(wire.spots):
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

    def free(self, number: int) -> bool:
        """Whether a net's wires meet no others, so that laying them anew would change nothing."""
        wires = self._wires[number].values()
        return not any(
            any(len(self.turns[spot]) > 1 for spot in wire.spots)
            or any(len(self.crowd[place]) > 1 for place in self._beside(wire))
            or any(self.rent(port, number) for port in (wire.begin, wire.end))
            for wire in wires
        )

    def spot(self, port: Port) -> int:
        """The grid point outside a port."""
        x, y = port.outside
        return _nearest(self.xs, x) * self.high + _nearest(self.ys, y)

    def rent(self, port: Port, number: int) -> float:
        """A port is not free where another quantity's wire uses it, or one too near to it at the same side."""
        column, row = _bucket(port)
        for i in (column - 1, column, column + 1):
            for j in (row - 1, row, row + 1):
                for owner, x, y in self._ports.get((i, j), ()):
                    if owner != number and (x == port.x or y == port.y) and abs(x - port.x + y - port.y) < APART:
                        return self.clash
        return 0.0

    def meeting(self, number: int, spot: int, before: int, after: int) -> float:
        """Going straight over another wire costs little; touching its corner, or turning on it, is a clash."""
        price = 0.0
        for owner, kind in self.turns[spot].items():
            if owner != number:
                across = ACROSS if before % 2 == 0 else ALONG
                price += min(CROSS, self.clash) if before == after and kind == across else self.clash
        return price + (TIP if price and any(owner != number for owner in self._tips.get(spot, ())) else 0.0)

    def way(self, number: int, sink: int) -> list[Point]:
        """The points of a wire, from rim to rim; empty where there was no way."""
        wire = self._wires[number].get(sink)
        if wire is None:
            return []
        inner = [(self.x[spot], self.y[spot]) for spot in wire.spots]
        return [(wire.begin.x, wire.begin.y), *inner, (wire.end.x, wire.end.y)]


def _bucket(port: Port) -> tuple[int, int]:
    """Ports that are too near to each other lie in the same or in neighbouring buckets."""
    return int(port.x // APART), int(port.y // APART)


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
        if all(abs(value - other) >= APART for other in near):
            lines.insert(place, round(value, 3))
    return lines


def _close(lines: Sequence[float]) -> list[list[int]]:
    """For every line, the lines (itself too) that are nearer than wires may run beside each other."""
    return [[k for k in range(len(lines)) if abs(lines[k] - value) < APART - 0.01] for value in lines]


def _nearest(lines: Sequence[float], value: float) -> int:
    place = bisect_left(lines, value)
    return min((k for k in (place - 1, place) if 0 <= k < len(lines)), key=lambda k: abs(lines[k] - value))
