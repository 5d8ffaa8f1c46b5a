"""The board on which wires are laid: a sparse grid, the walls in it, and which wire lies where."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cellgraph.views.pictures.scene import Point

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Spot = tuple[int, int]
"""Column and row of a grid point."""
Piece = tuple[int, int, int]
"""A piece of grid line between neighbouring points: its left or upper end, and 0 for horizontal, 1 for vertical."""

STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))
SIDES = {"E": 0, "S": 1, "W": 2, "N": 3}
CLEAR = 11.0
"""How far wires keep from boxes; the stub at a port is as long, so that an arrow's head has room."""
APART = 6.5
"""How far wires of different quantities keep from each other."""
CROSS, CLASH = 40.0, 5000.0
ALONG, ACROSS, TURN = 1, 2, 3
"""What a wire does at a grid point: it passes horizontally, vertically, or turns (or forks)."""


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

    spots: tuple[Spot, ...]
    begin: Port
    end: Port


class Board:
    """The grid with the wires that lie on it."""

    def __init__(self, walls: Sequence[Rect], nets: Sequence[Net]) -> None:
        ports = [port for net in nets for port in (*net.source, *(p for sink in net.sinks for p in sink))]
        self.xs = _lines([p.outside[0] for p in ports], [x for wall in walls for x in (wall[0], wall[2])])
        self.ys = _lines([p.outside[1] for p in ports], [y for wall in walls for y in (wall[1], wall[3])])
        self.walls: set[Piece] = set()
        for wall in walls:
            self._block(wall)
        self._close = (_close(self.xs), _close(self.ys))
        # Dictionaries instead of sets of owners: their order is the same in every process.
        self._pieces: dict[Piece, dict[int, int]] = defaultdict(dict)
        self._turns: dict[Spot, dict[int, int]] = defaultdict(dict)
        self._ports: dict[Point, dict[int, int]] = defaultdict(dict)
        self._wires: dict[tuple[int, int], Wire] = {}

    def _block(self, wall: Rect) -> None:
        """Every piece of the grid that would run through the wall."""
        left, top, right, bottom = wall
        rows = range(bisect_right(self.ys, top + 0.01), bisect_left(self.ys, bottom - 0.01))
        columns = range(bisect_right(self.xs, left + 0.01), bisect_left(self.xs, right - 0.01))
        for j in rows:
            first, last = _crossed(self.xs, left, right)
            self.walls.update((i, j, 0) for i in range(first, last))
        for i in columns:
            first, last = _crossed(self.ys, top, bottom)
            self.walls.update((i, j, 1) for j in range(first, last))

    def lift(self, number: int) -> None:
        """Take one net's wires from the board."""
        for table in (self._pieces, self._turns, self._ports):
            for owners in table.values():
                owners.pop(number, None)
        for key in [key for key in self._wires if key[0] == number]:
            del self._wires[key]

    def put(self, number: int, sink: int, wire: Wire) -> None:
        """Put a wire on the board."""
        self._wires[number, sink] = wire
        for port in (wire.begin, wire.end):
            self._ports[port.x, port.y][number] = 1
        for a, b in pairwise(wire.spots):
            self._pieces[piece(a, b)][number] = 1
        headings = [SIDES[wire.begin.side], *(heading(a, b) for a, b in pairwise(wire.spots))]
        headings.append((SIDES[wire.end.side] + 2) % 4)
        for spot, (came, goes) in zip(wire.spots, pairwise(headings), strict=True):
            kind = TURN if came != goes else ALONG if came % 2 == 0 else ACROSS
            self._turns[spot][number] = self._turns[spot].get(number, 0) | kind

    def spot(self, port: Port) -> Spot:
        """The grid point outside a port."""
        x, y = port.outside
        return _nearest(self.xs, x), _nearest(self.ys, y)

    def rent(self, port: Port, number: int) -> float:
        """A port that another quantity's wire uses is not free."""
        return CLASH if any(owner != number for owner in self._ports.get((port.x, port.y), ())) else 0.0

    def meeting(self, number: int, spot: Spot, before: int, after: int) -> float:
        """Going straight over another wire costs little; touching its corner, or turning on it, is a clash."""
        price = 0.0
        for owner, kind in self._turns.get(spot, {}).items():
            if owner != number:
                across = ACROSS if before % 2 == 0 else ALONG
                price += CROSS if before == after and kind == across else CLASH
        return price

    def crowding(self, number: int, place: Piece) -> float:
        """The price of running along, or closely beside, the wire of another quantity."""
        i, j, upright = place
        for line in self._close[0][i] if upright else self._close[1][j]:
            owners = self._pieces.get((line, j, 1) if upright else (i, line, 0), ())
            if any(owner != number for owner in owners):
                return CLASH
        return 0.0

    def way(self, number: int, sink: int) -> list[Point]:
        """The points of a wire, from rim to rim; empty where there was no way."""
        wire = self._wires.get((number, sink))
        if wire is None:
            return []
        inner = [(self.xs[i], self.ys[j]) for i, j in wire.spots]
        return [(wire.begin.x, wire.begin.y), *inner, (wire.end.x, wire.end.y)]


def piece(a: Spot, b: Spot) -> Piece:
    """The piece of grid line between two neighbouring points."""
    return (min(a[0], b[0]), min(a[1], b[1]), 0 if a[1] == b[1] else 1)


def heading(a: Spot, b: Spot) -> int:
    """The direction from one point to another on the same grid line."""
    return 0 if b[0] > a[0] else 2 if b[0] < a[0] else 1 if b[1] > a[1] else 3


def reach(source: tuple[Port, ...], sink: tuple[Port, ...]) -> float:
    """How far the nearest of two groups of ports are apart, along right angles."""
    return min(abs(a.x - b.x) + abs(a.y - b.y) for a in source for b in sink)


def _crossed(lines: Sequence[float], low: float, high: float) -> tuple[int, int]:
    """The range of intervals between lines that have points strictly between low and high."""
    return max(bisect_right(lines, low + 0.01) - 1, 0), bisect_left(lines, high - 0.01)


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
