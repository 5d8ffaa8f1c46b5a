"""PDF: the scene as one page of vectors, written by ourselves; words and formulas are outlines, which need no fonts."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from cellgraph.views.pictures.colours import Theme, palette
from cellgraph.views.pictures.scene import Box, Curve, Item, Maths, Scene
from cellgraph.views.pictures.typeset import outlined

ROUND = 0.5523
"""Where the control points of a quarter of a circle lie."""


def pdf(scene: Scene, theme: Theme = "light") -> bytes:
    """The scene as a PDF document: one page of its size, the same bytes for the same scene."""
    colours = palette(theme)
    width, height = f"{scene.width:.0f}", f"{scene.height:.0f}"
    # Scenes count downwards, pages upwards.
    lines = [f"1 0 0 -1 0 {height} cm 1 j", f"{_rgb(colours['paper'])} rg 0 0 {width} {height} re f"]
    for mark in scene.marks:
        for item in mark.items:
            lines.append(_item(item, colours))
    content = zlib.compress("\n".join(lines).encode("ascii"), 9)
    title = scene.title.encode("utf-16-be").hex().upper()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R /Resources << >> >>".encode(),
        f"<< /Length {len(content)} /Filter /FlateDecode >>\nstream\n".encode() + content + b"\nendstream",
        f"<< /Title <FEFF{title}> /Producer (cellgraph) >>".encode(),
    ]
    return _document(objects)


def _document(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\n".encode()
    return bytes(out + f"startxref\n{start}\n%%EOF\n".encode())


def _item(item: Item, colours: Mapping[str, str]) -> str:
    if isinstance(item, Box):
        return _painted(_rounded(item), item, colours)
    if isinstance(item, Curve):
        return _painted(" ".join(_path(item.path)), item, colours)
    if isinstance(item, Maths):
        outline, left = item.typeset, item.x
    else:
        outline = outlined(item.text, item.size)
        left = item.x - {"start": 0.0, "middle": outline.width / 2, "end": outline.width}[item.anchor]
    fill = _rgb(colours[item.colour])
    return f"q 1 0 0 1 {left:.2f} {item.y:.2f} cm {fill} rg {' '.join(_path(outline.path))} f Q"


def _painted(path: str, item: Box | Curve, colours: Mapping[str, str]) -> str:
    parts = ["q"]
    if item.fill:
        parts.append(f"{_rgb(colours[item.fill])} rg")
    if item.stroke:
        parts.append(f"{_rgb(colours[item.stroke])} RG {item.line:g} w [{item.dash}] 0 d")
    paint = {(True, True): "B", (True, False): "f", (False, True): "S", (False, False): "n"}
    return " ".join([*parts, path, paint[bool(item.fill), bool(item.stroke)], "Q"])


def _rounded(box: Box) -> str:
    """A rectangle with rounded corners, clockwise from the top left."""
    x, y, w, h, r = box.x, box.y, box.width, box.height, min(box.radius, box.width / 2, box.height / 2)
    k = r * (1 - ROUND)
    return (
        f"{x + r:.2f} {y:.2f} m {x + w - r:.2f} {y:.2f} l "
        f"{x + w - k:.2f} {y:.2f} {x + w:.2f} {y + k:.2f} {x + w:.2f} {y + r:.2f} c {x + w:.2f} {y + h - r:.2f} l "
        f"{x + w:.2f} {y + h - k:.2f} {x + w - k:.2f} {y + h:.2f} {x + w - r:.2f} {y + h:.2f} c "
        f"{x + r:.2f} {y + h:.2f} l {x + k:.2f} {y + h:.2f} {x:.2f} {y + h - k:.2f} {x:.2f} {y + h - r:.2f} c "
        f"{x:.2f} {y + r:.2f} l {x:.2f} {y + k:.2f} {x + k:.2f} {y:.2f} {x + r:.2f} {y:.2f} c h"
    )


def _path(data: str) -> Iterator[str]:
    """PDF operators for SVG path data (absolute M, L, Q, C, Z)."""
    tokens = iter(data.split())
    x = y = 0.0
    for command in tokens:
        if command == "Z":
            yield "h"
        elif command in "ML":
            x, y = float(next(tokens)), float(next(tokens))
            yield f"{x:.2f} {y:.2f} {'m' if command == 'M' else 'l'}"
        else:
            points = [float(next(tokens)) for _ in range(4 if command == "Q" else 6)]
            if command == "Q":
                a, b, c, d = points
                # A quadratic curve as the cubic one that is the same.
                points = [x + 2 / 3 * (a - x), y + 2 / 3 * (b - y), c + 2 / 3 * (a - c), d + 2 / 3 * (b - d), c, d]
            x, y = points[-2:]
            yield " ".join(f"{value:.2f}" for value in points) + " c"


def _rgb(colour: str) -> str:
    return " ".join(f"{int(colour[k : k + 2], 16) / 255:.3f}" for k in (1, 3, 5))
