"""SVG for pages that show it as an image: without what only a page around it could react to, and shorter for it."""

from __future__ import annotations

import re
from itertools import count

MARK = re.compile(r'^<g id="[^"]*"(?: data-[\w-]+="[^"]*")*>(?:<title>[^<]*</title>)?(.*)</g>$', re.MULTILINE)
NUMBER = r"-?(?:\d+(?:\.\d+)?|\.\d+)"
MOVED = re.compile(
    rf'<g transform="translate\(({NUMBER}) ({NUMBER})\)"><path d="m({NUMBER}) ?({NUMBER})([^"]*)"([^<>]*)/></g>'
)


def still(svg: str) -> str:
    """The same picture, its marks without ids, data and titles, formulas in their place, and classes of short names.

    Names of classes are no longer told apart from those of other pictures: this is for files, not for use within pages.
    """
    text = MOVED.sub(_in_place, MARK.sub(r"\1", svg))
    prefix = text[: text.index(">")].partition('aria-labelledby="')[2].partition("-title")[0]
    names = sorted(set(re.findall(rf"{prefix}-([fs]-[\w-]+)", text)))
    short = dict(zip(names, (f"c{number}" for number in count()), strict=False))
    return re.sub(rf"{prefix}-([fs]-[\w-]+)", lambda found: short[found[1]], text)


def _in_place(found: re.Match[str]) -> str:
    """A path that begins where it was moved to; all that follows is relative."""
    right, down, x, y = map(float, found.groups()[:4])
    return f'<path d="m{round(right + x, 2) + 0.0:g} {round(down + y, 2) + 0.0:g}{found[5]}"{found[6]}/>'
