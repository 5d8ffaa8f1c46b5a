"""The mathematical font of a page, in parts, of which a browser reads those that have the page's characters."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources


@cache
def faces() -> str:
    """The rules of a style sheet for all parts of the font, each with the part inside."""
    return "".join(_face(part, characters) for part, characters in _parts().items())


def covered(characters: str) -> bool:
    """Whether some part of the font has each of them."""
    return set(characters) <= set().union(*_parts().values())


@cache
def _parts() -> Mapping[str, str]:
    found: Mapping[str, str] = json.loads(_file(".json"))
    return found


def _face(part: str, characters: str) -> str:
    inside = base64.b64encode(_file(f"-{part}.woff2")).decode("ascii")
    source = f"url(data:font/woff2;base64,{inside}) format('woff2')"
    return f"@font-face{{font-family:'Cellgraph Math';unicode-range:{','.join(_ranges(characters))};src:{source}}}"


def _ranges(characters: str) -> Iterator[str]:
    codes = sorted(map(ord, characters))
    starts = [code for code in codes if code - 1 not in codes]
    ends = [code for code in codes if code + 1 not in codes]
    for start, end in zip(starts, ends, strict=True):
        yield f"U+{start:x}" + (f"-{end:x}" if end > start else "")


def _file(end: str) -> bytes:
    return resources.files("cellgraph").joinpath("fonts", f"CellgraphMath{end}").read_bytes()
