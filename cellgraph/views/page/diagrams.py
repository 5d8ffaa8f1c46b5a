"""Diagrams inside a page, written short: colours are classes of its style sheet, formulas are characters of its font,
words follow its language, and only what the script looks up is told of a node or an edge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from cellgraph.views.page.fonts import covered
from cellgraph.views.pictures.colours import PALETTES
from cellgraph.views.pictures.draw import Picture
from cellgraph.views.pictures.overlay import difference
from cellgraph.views.pictures.paths import decimal, shortened
from cellgraph.views.pictures.scene import Box, Mark, Maths, PathItem, Words
from cellgraph.views.pictures.svg import Attributes, Writer, class_name, element, escaped, paints
from cellgraph.views.pictures.typeset import Lettered, Sign, lettered

LINE, SIZE = 1.3, 16.0
"""Width of a line and size of a character where nothing else is said."""
NOTE = (9.5, "middle", "muted", False)
"""Size, anchor and colour of most words, and whether they are bold; the style sheet knows them."""
TOLD = {"node": ("node", "quantity"), "edge": ("from", "to")}
"""What the script looks up, by the kind of a mark."""
ALWAYS = ("paper", "ink", "muted", "belt")
"""Colours that the style sheet of the page uses itself."""


def embedded(picture: Picture, labels: Mapping[str, Mapping[str, str]]) -> str:
    """The picture as an SVG element without a title of its own. Words that the spec has in several languages are there
    in each."""
    scene = picture.untitled.scene
    writer = _PageWriter({}, {}, "", {said["en"]: said for said in labels.values() if "en" in said})
    width, height = f"{scene.width:.0f}", f"{scene.height:.0f}"
    root = {
        "width": width, "height": height, "viewBox": f"0 0 {width} {height}",
        "fill": "none", "stroke-width": LINE, "font-size": f"{SIZE:g}",
    }  # fmt: skip
    return element("svg", root, *(writer.mark(number, mark) for number, mark in enumerate(scene.marks)))


def shared(picture: Picture, other: Picture, names: Mapping[str, str]) -> list[str]:
    """The ids of the nodes of a picture that the other picture has as well, under these names."""
    marked, _ = difference(picture.diagram, other.diagram, names)
    return [node.id for node in marked.nodes if node.mark == "calm"]


def colours(pictures: Iterable[Picture]) -> str:
    """The rules of a style sheet for the colours that these pictures use, light and dark."""
    used = {paint for picture in pictures for paint in paints(picture.untitled.scene)}
    light, dark = PALETTES["light"], PALETTES["dark"]
    sets, rules = [], []
    for key in light:
        own = [(what, key) for what in ("fill", "stroke") if (what, key) in used]
        if own or key in ALWAYS:
            sets.append(f"--{_variable(key)}:light-dark({light[key]},{dark[key]})")
        rules += [f".{class_name(paint)}{{{paint[0]}:var(--{_variable(key)})}}" for paint in own]
    return f":root{{{';'.join(sets)}}}" + "".join(rules)


def _variable(key: str) -> str:
    return key.replace(".", "-")


@dataclass(frozen=True)
class _PageWriter(Writer):
    """Writes colours as classes alone, and leaves out what is usual; `spoken` has the words of all languages."""

    spoken: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def mark(self, number: int, mark: Mark) -> str:
        """A group where the script looks something up, else the items alone."""
        told = TOLD["edge" if "from" in mark.data else "node"]
        data = {f"data-{key}": mark.data[key] for key in told if key in mark.data}
        items = "".join(map(self.item, mark.items))
        return element("g", data, items) if data else items

    def outline(self, item: Box | PathItem) -> Attributes:
        """Fill and stroke, and the width where it is not the usual one."""
        line = f"{item.line:g}" if item.stroke and item.line != LINE else ""
        dash = item.dash if item.stroke else ""
        paint = self.paint({"fill": item.fill, "stroke": item.stroke})
        return {**paint, "stroke-width": line, "stroke-dasharray": dash}

    def paint(self, keys: Mapping[str, str]) -> Attributes:
        """The class attribute."""
        return {"class": " ".join(class_name(paint) for paint in keys.items() if paint[1])}

    def maths(self, item: Maths) -> str:
        """A text element for the signs, each at its place; and an outline for anything else."""
        found = lettered(item.typeset.latex, item.typeset.size)
        if not covered("".join(sign.character for sign in found.signs)):
            found = Lettered((), item.typeset.path)
        fill = class_name(("fill", item.colour))
        parts = []
        if found.signs:
            own = "" if item.typeset.size == SIZE else f"{item.typeset.size:g}"
            look = {"class": "maths" if item.colour == "ink" else f"maths {fill}", "font-size": own}
            parts.append(element("text", look, *(element("tspan", *line) for line in _lines(item, found))))
        if found.path:
            parts.append(element("path", {"d": shortened(found.path, item.x, item.y), "class": fill}))
        return "".join(parts)

    def words(self, item: Words) -> str:
        """A piece of text, once for each language."""
        look: Attributes = {"class": "note"}
        if (item.size, item.anchor, item.colour, item.bold) != NOTE:
            weight = "600" if item.bold else ""
            look = {"font-size": f"{item.size:g}", "font-weight": weight, "text-anchor": item.anchor}
            look = {**look, **self.paint({"fill": item.colour})}
        place = {"x": decimal(item.x), "y": decimal(item.y), **look}
        said = self.spoken.get(item.text, {})
        if len(said) < 2:
            return element("text", place, escaped(item.text))
        return "".join(element("text", {**place, "lang": lang}, escaped(text)) for lang, text in said.items())


def _lines(item: Maths, found: Lettered) -> Iterator[tuple[Attributes, str]]:
    """The signs of each height and size: where each of them stands, and the text of all."""
    for (_, y), line in groupby(sorted(found.signs, key=_line), key=_line):
        run = list(line)
        place = {"x": " ".join(decimal(item.x + sign.x, 1) for sign in run), "y": decimal(item.y + y, 1)}
        small = run[0].size < item.typeset.size
        size = {"font-size": f"{decimal(run[0].size / item.typeset.size)}em"} if small else {}
        yield {**place, **size}, escaped("".join(sign.character for sign in run))


def _line(sign: Sign) -> tuple[float, float]:
    return -sign.size, sign.y
