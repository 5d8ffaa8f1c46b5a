"""A drawn SVG read back: boxes, wires and labels with their coordinates, for checks of geometry."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

Rect = tuple[float, float, float, float]
Point = tuple[float, float]

SVG = "{http://www.w3.org/2000/svg}"


@dataclass
class Drawn:
    """Boxes of nodes by id (of stacks the one in front), wires as (from, to, points), and labels outside boxes."""

    size: tuple[float, float]
    boxes: dict[str, Rect] = field(default_factory=dict)
    radii: dict[str, float] = field(default_factory=dict)
    words: dict[str, list[Rect]] = field(default_factory=dict)
    wires: list[tuple[str, str, list[Point]]] = field(default_factory=list)
    notes: list[Rect] = field(default_factory=list)


def read(svg: str) -> Drawn:
    """The geometry of a picture."""
    root = ET.fromstring(svg)
    drawn = Drawn((float(root.attrib["width"]), float(root.attrib["height"])))
    for group in root.findall(f"{SVG}g"):
        rects = [_rect(rect) for rect in group.findall(f"{SVG}rect")]
        labels = [_label(child) for child in group if child.tag in (f"{SVG}path", f"{SVG}text")]
        if "data-node" in group.attrib:
            drawn.boxes[group.attrib["data-node"]] = rects[-1]
            drawn.radii[group.attrib["data-node"]] = float(group.find(f"{SVG}rect").get("rx", 0))  # type: ignore[union-attr]
            drawn.words[group.attrib["data-node"]] = labels
        elif "data-from" in group.attrib:
            paths = [path.attrib["d"] for path in group.findall(f"{SVG}path")]
            points = list(_points(paths[0]))
            if len(paths) > 1:
                points[-1] = _points(paths[1])[0]
            drawn.wires.append((group.attrib["data-from"], group.attrib["data-to"], points))
        elif "-note-" in group.attrib["id"]:
            drawn.notes += labels
    return drawn


def overlap(a: Rect, b: Rect, slack: float = 0.0) -> bool:
    """Whether two boxes overlap by more than `slack`."""
    return a[0] + slack < b[2] and b[0] + slack < a[2] and a[1] + slack < b[3] and b[1] + slack < a[3]


def on_rim(point: Point, box: Rect, slack: float = 0.6) -> bool:
    """Whether a point lies on the rim of a box."""
    x, y = point
    inside = box[0] - slack <= x <= box[2] + slack and box[1] - slack <= y <= box[3] + slack
    deep = box[0] + slack < x < box[2] - slack and box[1] + slack < y < box[3] - slack
    return inside and not deep


def pieces(points: list[Point]) -> list[Rect]:
    """The straight pieces of a wire as thin boxes."""
    return [(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])) for a, b in pairwise(points)]


def _rect(element: ET.Element) -> Rect:
    x, y, width, height = (float(element.attrib.get(key, 0)) for key in ("x", "y", "width", "height"))
    return (x, y, x + width, y + height)


def outline(path: str) -> list[tuple[Point, ...]]:
    """Path data as a reader of SVG understands it: the absolute points of each segment that has a length."""
    found: list[tuple[Point, ...]] = []
    here = start = control = (0.0, 0.0)
    for command, text in re.findall(r"([a-zA-Z])([^a-zA-Z]*)", path):
        numbers = [float(token) for token in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", text)]
        width = {"h": 1, "v": 1, "q": 4, "c": 6, "z": 0}.get(command.lower(), 2)
        for k in range(0, len(numbers) or 1, width or 1):
            x, y = here if command.islower() else (0.0, 0.0)
            values = numbers[k : k + width]
            pairs = [(values[0], 0.0)] if command == "h" else [(0.0, values[0])] if command == "v" else list(
                zip(values[::2], values[1::2], strict=True))  # fmt: skip
            points = [(round(x + a, 4), round(y + b, 4)) for a, b in pairs] or [start]
            if command == "t":
                points.insert(0, (2 * here[0] - control[0], 2 * here[1] - control[1]))
            control = points[0] if command in "QqTt" else points[-1]
            if set(points) != {here} or command in "Mm":
                found.append(tuple(points))
            here = points[-1]
            start = here if command in "Mm" else start
    return found


@cache
def _points(path: str) -> tuple[Point, ...]:
    return tuple(point for segment in outline(path) for point in segment)


def _label(element: ET.Element) -> Rect:
    if element.tag == f"{SVG}path":
        xs, ys = zip(*_points(element.attrib["d"]), strict=True)
        return (min(xs), min(ys), max(xs), max(ys))
    size = float(element.attrib["font-size"])
    text = element.text or ""
    # Half an em for Latin, one em for Chinese: what fonts have on average.
    width = size * sum(1.0 if c > "\u1100" else 0.5 for c in text)
    x, y = float(element.attrib["x"]), float(element.attrib["y"])
    left = {"start": x, "middle": x - width / 2, "end": x - width}[element.attrib["text-anchor"]]
    return (left, y - 0.75 * size, left + width, y + 0.2 * size)
