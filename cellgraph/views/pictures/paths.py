"""Paths: lines and outlines as path data of SVG, and what the writers of other formats make of it.

Within scenes path data has absolute M, L, Q, C and Z alone, with spaces between everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby, pairwise
from math import dist

Point = tuple[float, float]
Segment = tuple[str, list[float]]
"""A command of path data and its numbers."""

ARGUMENTS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}
NEAR = 1
"""Hundredths by which the control point of a curve may miss the reflection of the one before it."""
QUARTER = 0.5523
"""Where the control points of a quarter of a circle lie, as a part of the radius."""


def line_of(points: Sequence[Point], radius: float = 0) -> str:
    """Path data through the points, corners rounded by `radius` where there is room."""
    parts = [f"M {_place(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        room = min(radius, dist(before, corner) / 2, dist(corner, after) / 2)
        parts.append(f"L {_place(towards(corner, before, room))}")
        if room:
            parts.append(f"Q {_place(corner)} {_place(towards(corner, after, room))}")
    return " ".join([*parts, f"L {_place(points[-1])}"])


def arrow_head(tip: Point, back: Point, size: float = 7) -> str:
    """Path data of a slim triangle at `tip`, pointing away from `back`."""
    length = dist(tip, back) or 1.0
    dx, dy = (tip[0] - back[0]) / length, (tip[1] - back[1]) / length
    base = (tip[0] - size * dx, tip[1] - size * dy)
    half = size * 0.38
    corners = [tip, (base[0] - half * dy, base[1] + half * dx), (base[0] + half * dy, base[1] - half * dx)]
    return "M " + " L ".join(_place(corner) for corner in corners) + " Z"


def rounded(x: float, y: float, width: float, height: float, radius: float) -> str:
    """Path data of a rectangle with round corners, clockwise from the top left."""
    r = min(radius, width / 2, height / 2)
    right, down, left, up = (1, 0), (0, 1), (-1, 0), (0, -1)
    corners = [(x + width, y), (x + width, y + height), (x, y + height), (x, y)]
    parts = [f"M {_place((x + r, y))}"]
    for corner, (along, turned) in zip(corners, pairwise([right, down, left, up, right]), strict=True):
        # From before the corner, with two control points, to behind it.
        steps = ((along, -r), (along, r * (QUARTER - 1)), (turned, r * (1 - QUARTER)), (turned, r))
        places = [_place((corner[0] + by * dx, corner[1] + by * dy)) for (dx, dy), by in steps]
        parts.append(f"L {places[0]} C {' '.join(places[1:])}")
    return " ".join([*parts, "Z"])


def segments(path: str) -> Iterator[Segment]:
    """Each command of path data with its numbers."""
    tokens = iter(path.split())
    for command in tokens:
        yield command, [float(next(tokens)) for _ in range(ARGUMENTS[command])]


def cubic(path: str) -> Iterator[Segment]:
    """Each command with its numbers, quadratic curves (Q) as the cubic ones (C) that are the same."""
    x = y = 0.0
    for command, numbers in segments(path):
        if command == "Q":
            a, b, c, d = numbers
            command = "C"
            numbers = [x + 2 / 3 * (a - x), y + 2 / 3 * (b - y), c + 2 / 3 * (a - c), d + 2 / 3 * (b - d), c, d]
        x, y = numbers[-2:] or (x, y)
        yield command, numbers


@cache
def shortened(path: str, right: float = 0.0, down: float = 0.0) -> str:
    """The path moved by (right, down), in m, h, v, l, q, t, c and z: relative, and exact to a hundredth."""
    written = ""
    for command, run in groupby(_relative(path, right, down), key=lambda segment: segment[0]):
        pieces = [[_decimal(number) for number in numbers] for _, numbers in run]
        # Further pairs after m would be lines; other commands need not be repeated.
        runs = pieces if command in "mz" else [[number for numbers in pieces for number in numbers]]
        written += "".join(command + " ".join(found) for found in runs)
    # A sign or a second point begins a number as well as a space does.
    return re.sub(r"(\.\d+) (?=\.)", r"\1", written.replace(" -", "-"))


def _relative(path: str, right: float, down: float) -> Iterator[tuple[str, list[int]]]:
    """Each command with its numbers in hundredths, from where the one before ended; lines without length left out."""
    shift = (round(100 * right), round(100 * down))
    here = start = mirrored = (0, 0)
    for command, numbers in segments(path):
        values = [round(100 * number) + shift[k % 2] for k, number in enumerate(numbers)]
        steps = [value - here[k % 2] for k, value in enumerate(values)]
        control: tuple[int, ...] = ()
        if command == "Q":
            # A curve that ends where it begins would be nothing without its control point.
            smooth = any(steps[2:]) and all(abs(v - near) <= NEAR for v, near in zip(values, mirrored, strict=False))
            control = mirrored if smooth else tuple(values[:2])
            command, steps = ("t", steps[2:]) if smooth else ("q", steps)
        elif command == "L":
            command, steps = ("h", steps[:1]) if not steps[1] else ("v", steps[1:]) if not steps[0] else ("l", steps)
        here = (values[-2], values[-1]) if values else start
        start = here if command == "M" else start
        # A curve after anything but a curve is taken to begin without a direction.
        mirrored = (2 * here[0] - control[0], 2 * here[1] - control[1]) if control else here
        if steps != [0]:
            yield command.lower(), steps


@cache
def _decimal(hundredths: int) -> str:
    """Hundredths as a decimal number without zeros that say nothing."""
    whole, part = divmod(abs(hundredths), 100)
    text = f"{whole or ''}" + (f".{part:02}".rstrip("0") if part else "")
    return ("-" if hundredths < 0 else "") + (text or "0")


def decimal(value: float, decimals: int = 2) -> str:
    """A number without zeros that say nothing."""
    return f"{round(value, decimals) + 0.0:g}"


def _place(point: Point) -> str:
    return f"{decimal(point[0])} {decimal(point[1])}"


def towards(a: Point, b: Point, step: float) -> Point:
    """The point so far from `a` on the way to `b`."""
    length = dist(a, b) or 1.0
    return (a[0] + (b[0] - a[0]) * step / length, a[1] + (b[1] - a[1]) * step / length)
