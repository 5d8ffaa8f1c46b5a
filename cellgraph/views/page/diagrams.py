"""Diagrams inside a page, written short: colours are classes of its style sheet, formulas are characters of its font,
words follow its language, and only what the script looks up is told of a node or an edge."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from cellgraph.views.page.fonts import covered
from cellgraph.views.pictures.colours import palette
from cellgraph.views.pictures.draw import Picture
from cellgraph.views.pictures.overlay import difference
from cellgraph.views.pictures.pathdata import shortened
from cellgraph.views.pictures.scene import Box, Curve, Item, Mark, Maths, Words
from cellgraph.views.pictures.svg import escaped
from cellgraph.views.pictures.typeset import Lettered, Sign, lettered

LINE, SIZE = 1.3, 16.0
"""Width of a line and size of a character where nothing else is said."""
NOTE = (9.5, "middle", "muted", False)
"""Size, anchor and colour of most words, and whether they are bold; the style sheet knows them."""
TOLD = {"node": ("node", "quantity"), "edge": ("from", "to")}
"""What the script looks up, by the kind of a mark."""
ALWAYS = ("paper", "ink", "muted", "belt")
"""Colours that the style sheet of the page uses itself."""
SPOKEN = Mapping[str, Mapping[str, str]]


def embedded(picture: Picture, labels: SPOKEN) -> str:
    """The picture as an SVG element without a title of its own. Words that the spec has in several languages are there
    in each."""
    bare = Picture(tuple(replace(diagram, title="") for diagram in picture.diagrams), "auto", picture.engine)
    scene = bare.scene
    spoken = {said["en"]: said for said in labels.values() if "en" in said}
    body = "".join(_mark(mark, spoken) for mark in scene.marks)
    size = f'width="{scene.width:.0f}" height="{scene.height:.0f}"'
    box = f'viewBox="0 0 {scene.width:.0f} {scene.height:.0f}"'
    return f'<svg {size} {box} fill="none" stroke-width="{LINE}" font-size="{SIZE:g}">{body}</svg>'


def shared(picture: Picture, other: Picture, names: Mapping[str, str]) -> list[str]:
    """The ids of the nodes of a picture that the other picture has as well, under these names."""
    marked = difference(picture.diagrams[0], other.diagrams[0], "added", names)
    return [node.id for node in marked.nodes if node.mark == "calm"]


def colours(drawn: str) -> str:
    """The rules of a style sheet for the colours that these pictures use, light and dark."""
    light, dark = palette("light"), palette("dark")
    rules = {
        key: [
            f".{side}-{_name(key)}{{{what}:var(--{_name(key)})}}"
            for side, what in (("f", "fill"), ("s", "stroke"))
            if re.search(rf'["\s]{side}-{_name(key)}["\s]', drawn)
        ]
        for key in light
    }
    sets = [f"--{_name(key)}:light-dark({light[key]},{dark[key]})" for key in light if rules[key] or key in ALWAYS]
    return f":root{{{';'.join(sets)}}}" + "".join(rule for own in rules.values() for rule in own)


def _mark(mark: Mark, spoken: SPOKEN) -> str:
    told = TOLD.get("edge" if "from" in mark.data else "node", ())
    data = "".join(f' data-{key}="{escaped(mark.data[key])}"' for key in told if key in mark.data)
    items = "".join(_item(item, spoken) for item in mark.items)
    return f"<g{data}>{items}</g>" if data else items


def _item(item: Item, spoken: SPOKEN) -> str:
    if isinstance(item, Box):
        radius = f' rx="{_n(item.radius)}"' if item.radius else ""
        place = f'x="{_n(item.x)}" y="{_n(item.y)}" width="{_n(item.width)}" height="{_n(item.height)}"'
        return f"<rect {place}{radius}{_paint(item)}/>"
    if isinstance(item, Curve):
        return f'<path d="{shortened(item.path)}"{_paint(item)}/>'
    if isinstance(item, Maths):
        return "".join(_formula(item))
    return _words(item, spoken)


def _formula(item: Maths) -> Iterator[str]:
    """A text element for the signs of each line and size, each sign at its place; and an outline for anything else."""
    found = lettered(item.typeset.latex, item.typeset.size)
    if not covered("".join(sign.character for sign in found.signs)):
        found = Lettered((), item.typeset.path)
    look = "maths" if item.colour == "ink" else f"maths f-{_name(item.colour)}"
    spans = []
    for (_, y), line in groupby(sorted(found.signs, key=_line), key=_line):
        run = list(line)
        size = f' font-size="{_n(run[0].size / item.typeset.size)}em"' if run[0].size < item.typeset.size else ""
        xs = " ".join(_n(item.x + sign.x, 1) for sign in run)
        text = escaped("".join(sign.character for sign in run))
        spans.append(f'<tspan x="{xs}" y="{_n(item.y + y, 1)}"{size}>{text}</tspan>')
    if spans:
        own = "" if item.typeset.size == SIZE else f' font-size="{item.typeset.size:g}"'
        # The first line needs no element of its own.
        first = spans[0].removeprefix("<tspan").removesuffix("</tspan>")
        yield f'<text class="{look}"{own}{first}{"".join(spans[1:])}</text>'
    if found.path:
        place = f'transform="translate({_n(item.x)} {_n(item.y)})"'
        yield f'<path {place} d="{shortened(found.path)}" class="f-{_name(item.colour)}"/>'


def _line(sign: Sign) -> tuple[float, float]:
    return -sign.size, sign.y


def _paint(item: Box | Curve) -> str:
    """Fill and stroke as classes, and the width where it is not the usual one."""
    names = [f"{side}-{_name(key)}" for side, key in (("f", item.fill), ("s", item.stroke)) if key]
    written = f' class="{" ".join(names)}"' if names else ""
    if item.stroke and item.line != LINE:
        written += f' stroke-width="{item.line:g}"'
    return written + (f' stroke-dasharray="{item.dash}"' if item.stroke and item.dash else "")


def _words(item: Words, spoken: SPOKEN) -> str:
    """A piece of text, once for each language."""
    usual = (item.size, item.anchor, item.colour, item.bold) == NOTE
    bold = ' font-weight="600"' if item.bold else ""
    look = f' font-size="{item.size:g}"{bold} text-anchor="{item.anchor}" class="f-{_name(item.colour)}"'
    written = f'x="{_n(item.x)}" y="{_n(item.y)}"' + (' class="note"' if usual else look)
    said = spoken.get(item.text, {})
    if len(said) < 2:
        return f"<text {written}>{escaped(item.text)}</text>"
    return "".join(f'<text {written} lang="{lang}">{escaped(text)}</text>' for lang, text in said.items())


def _name(key: str) -> str:
    return key.replace(".", "-")


def _n(value: float, decimals: int = 2) -> str:
    return f"{round(value, decimals) + 0.0:g}"
