"""PDF: the scene as one page of vectors, written by ourselves; words and formulas are outlines, which need no fonts."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from cellgraph.views.pictures.colours import PALETTES, Theme
from cellgraph.views.pictures.paths import cubic, rounded
from cellgraph.views.pictures.scene import Box, Item, Maths, PathItem, Scene
from cellgraph.views.pictures.typeset import outlined

OPERATORS = {"M": "m", "L": "l", "C": "c", "Z": "h"}


def pdf(scene: Scene, theme: Theme = "light") -> bytes:
    """The scene as a PDF document: one page of its size, the same bytes for the same scene."""
    colours = PALETTES[theme]
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
        return _painted(_path(rounded(item.x, item.y, item.width, item.height, item.radius)), item, colours)
    if isinstance(item, PathItem):
        return _painted(_path(item.path), item, colours)
    if isinstance(item, Maths):
        outline, left = item.typeset, item.x
    else:
        outline = outlined(item.text, item.size)
        left = item.x - {"start": 0.0, "middle": outline.width / 2, "end": outline.width}[item.anchor]
    fill = _rgb(colours[item.colour])
    return f"q 1 0 0 1 {left:.2f} {item.y:.2f} cm {fill} rg {_path(outline.path)} f Q"


def _painted(path: str, item: Box | PathItem, colours: Mapping[str, str]) -> str:
    parts = ["q"]
    if item.fill:
        parts.append(f"{_rgb(colours[item.fill])} rg")
    if item.stroke:
        parts.append(f"{_rgb(colours[item.stroke])} RG {item.line:g} w [{item.dash}] 0 d")
    paint = {(True, True): "B", (True, False): "f", (False, True): "S", (False, False): "n"}
    return " ".join([*parts, path, paint[bool(item.fill), bool(item.stroke)], "Q"])


def _path(data: str) -> str:
    """Operators of PDF for path data."""
    return " ".join(
        " ".join([*(f"{number:.2f}" for number in numbers), OPERATORS[command]]) for command, numbers in cubic(data)
    )


def _rgb(colour: str) -> str:
    return " ".join(f"{int(colour[k : k + 2], 16) / 255:.3f}" for k in (1, 3, 5))
