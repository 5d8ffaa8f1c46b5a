"""The fonts of a page's formulas: of the parts of one mathematical font, those whose characters the page has."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

FIRST, TALL = "ground", "tall"
"""One of them is always there: it has the space, and the constants by which formulas are set. The second has the signs
of the first, and roots and brackets that grow."""
GROWS = re.compile(r'<msqrt|<mroot|<mo stretchy="true"[^>]*>[()\[\]{}|‖∣∥⌈⌉⌊⌋⟨⟩]')
WRITTEN = re.compile(r"<(m[ion]|mtext|tspan)[^>]*>([^<]+)<")
ITALIC = {"a": 0x1D44E, "A": 0x1D434, "α": 0x1D6FC, "Α": 0x1D6E2}
"""Where the italic letters of mathematics begin, by the first letter of each alphabet."""


def faces(body: str) -> str:
    """The rules of a style sheet for the parts of the font that this HTML needs, each with the part inside."""
    found, parts = characters(body), _parts()
    used = [TALL if GROWS.search(body) else FIRST]
    used += [
        part for part, own in parts.items() if part not in (FIRST, TALL) and found & set(own) - set(parts[used[0]])
    ]
    # Of two parts that have a sign the later one sets it.
    return "".join(_face(part, parts[part]) for part in reversed(used))


def characters(body: str) -> set[str]:
    """The characters of all mathematics in a piece of HTML, as they are shown."""
    written = [(tag, html.unescape(text)) for tag, text in WRITTEN.findall(body)]
    return {c for tag, text in written for c in (italic(text) if tag == "mi" and len(text) == 1 else text)}


def covered(characters: str) -> bool:
    """Whether some part of the font has each of them."""
    return set(characters) <= set().union(*_parts().values())


def italic(letter: str) -> str:
    """The italic letter of mathematics that a letter alone is shown as, as MathML has it; anything else as it is."""
    for first, code in ITALIC.items():
        place = ord(letter) - ord(first)
        if 0 <= place < (26 if first in "aA" else 25):
            return "ℎ" if letter == "h" else chr(code + place)
    return letter


@cache
def _parts() -> Mapping[str, str]:
    found: Mapping[str, str] = json.loads(_file("json"))
    return found


def _face(part: str, characters: str) -> str:
    ranges = ",".join(_ranges(characters))
    inside = base64.b64encode(_file(f"{part}.woff2")).decode("ascii")
    source = f"url(data:font/woff2;base64,{inside}) format('woff2')"
    return f"@font-face{{font-family:'Cellgraph Math';unicode-range:{ranges};src:{source}}}"


def _ranges(characters: str) -> Iterator[str]:
    codes = sorted(map(ord, characters))
    starts = [code for code in codes if code - 1 not in codes]
    ends = [code for code in codes if code + 1 not in codes]
    for start, end in zip(starts, ends, strict=True):
        yield f"U+{start:x}" + (f"-{end:x}" if end > start else "")


def _file(name: str) -> bytes:
    separator = "." if name == "json" else "-"
    return resources.files("cellgraph").joinpath("fonts", f"CellgraphMath{separator}{name}").read_bytes()
