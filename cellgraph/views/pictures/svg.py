"""SVG in a small profile that GitHub, Inkscape, word processors and resvg read alike; PNG, which resvg makes of it.

Only g, rect, path and text, all styled by attributes. Ids begin with a hash of the content, so that several pictures
live on one page; title and desc hold the text for those who do not see the picture.
"""

from __future__ import annotations

import hashlib
import html
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from cellgraph.errors import RenderError
from cellgraph.views.pictures.colours import PALETTES, Theme
from cellgraph.views.pictures.paths import decimal, shortened
from cellgraph.views.pictures.scene import Box, Item, Mark, Maths, PathItem, Scene, Words
from cellgraph.views.pictures.typeset import FONT

SANS = "ui-sans-serif, Helvetica Neue, Arial, sans-serif"
CHINESE = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, Source Han Sans SC, sans-serif"
LACKING = dict.fromkeys([*range(9), 11, 12, *range(13, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])
"""Characters that XML cannot hold."""
CSS_DPI = 96
HEADER = 33
"""So many bytes of a PNG are its signature and its first chunk."""
FAMILY = "Cellgraph Sans"

Paint = tuple[str, str]
"""What is painted (fill or stroke), and the key of its colour."""
Attributes = Mapping[str, object]


def svg(scene: Scene, theme: Theme = "auto", image: bool = False) -> str:
    """The scene as an SVG document.

    With `image` it is shorter, for pages that show it as an image: nothing is told about its marks, which nobody can
    ask, and the classes of its style sheet are not told apart from those of other pictures.
    """
    prefix = "c" + hashlib.sha256(f"{theme} {scene}".encode()).hexdigest()[:8]
    used = sorted(paints(scene) | {("fill", "paper")}) if theme == "auto" else []
    names = [f"c{k}" if image else f"{prefix}-{class_name(paint)}" for k, paint in enumerate(used)]
    writer = Writer(PALETTES[theme], dict(zip(used, names, strict=True)), "" if image else prefix)
    size = {"width": f"{scene.width:.0f}", "height": f"{scene.height:.0f}"}
    root = {
        "xmlns": "http://www.w3.org/2000/svg", **size, "viewBox": f"0 0 {size['width']} {size['height']}",
        "role": "img", "aria-labelledby": f"{prefix}-title {prefix}-desc", "xml:lang": scene.lang,
        "font-family": CHINESE if scene.lang == "zh" else SANS, "style": "max-width:100%;height:auto",
    }  # fmt: skip
    lines = [
        element("title", {"id": f"{prefix}-title"}, escaped(scene.title)),
        element("desc", {"id": f"{prefix}-desc"}, escaped(scene.description)),
        *([_dark_style(writer.classes)] if theme == "auto" else []),
        element("rect", {**size, **writer.paint({"fill": "paper"})}),
        *(writer.mark(number, mark) for number, mark in enumerate(scene.marks)),
    ]
    return element("svg", root, "\n", "\n".join(lines), "\n") + "\n"


def png(svg: str, scale: float = 2.0, dpi: float | None = None) -> bytes:
    """The picture's pixels: `scale` pixels for each point of the SVG, or as many as `dpi` asks for.

    Every machine gives one picture, because the font ships with cellgraph. The file says how dense its pixels are, so
    that word processors show every scale at the size of the SVG.

    Raises RenderError where resvg is missing or the picture cannot be painted.
    """
    try:
        import resvg_py
    except ImportError as error:
        raise RenderError("PNG needs resvg: 'pip install resvg-py'; --format svg needs nothing") from error
    zoom = dpi / CSS_DPI if dpi else scale
    try:
        with resources.as_file(resources.files("cellgraph") / "fonts" / FONT) as font:
            painted: bytes = resvg_py.svg_to_bytes(
                svg_string=svg, zoom=zoom, skip_system_fonts=True, font_files=[str(font)],
                font_family=FAMILY, sans_serif_family=FAMILY,
            )  # fmt: skip
    except ValueError as error:
        raise RenderError(f"the picture could not be painted: {error}") from error
    # A pHYs chunk (pixels per metre) behind the header, as section 11.3.5.3 of the PNG standard says.
    metre = round(zoom * CSS_DPI / 0.0254)
    chunk = b"pHYs" + struct.pack(">IIB", metre, metre, 1)
    chunk = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return painted[:HEADER] + chunk + painted[HEADER:]


def escaped(text: str) -> str:
    """Any text as XML character data or attribute value; what XML cannot hold is left out."""
    return html.escape(text.translate(LACKING))


def element(tag: str, attributes: Attributes, *inner: str) -> str:
    """An element with these attributes, those left out that are None or empty, around what is written already."""
    said = "".join(f' {key}="{escaped(str(value))}"' for key, value in attributes.items() if value not in (None, ""))
    return f"<{tag}{said}>{''.join(inner)}</{tag}>" if inner else f"<{tag}{said}/>"


def paints(scene: Scene) -> set[Paint]:
    """Every colour that a scene uses, and what for."""
    found = set()
    for item in (item for mark in scene.marks for item in mark.items):
        keys = {"fill": item.fill, "stroke": item.stroke} if isinstance(item, Box | PathItem) else {"fill": item.colour}
        found |= {(what, key) for what, key in keys.items() if key}
    return found


def class_name(paint: Paint) -> str:
    """The class of a style sheet for a paint: f-gate-fill."""
    return f"{paint[0][0]}-{paint[1].replace('.', '-')}"


@dataclass(frozen=True)
class Writer:
    """Writes marks and items of a scene, with colours as attributes and, where `classes` name them, as classes too.

    Ids of marks begin with `prefix`; without one nothing is told about marks. What stands elsewhere than in a file of
    its own has a writer that says less.
    """

    colours: Mapping[str, str]
    classes: Mapping[Paint, str]
    prefix: str = ""

    def mark(self, number: int, mark: Mark) -> str:
        """A group with everything that is known of the mark."""
        if not self.prefix:
            return "".join(map(self.item, mark.items))
        own = {"id": f"{self.prefix}-{mark.id.partition(' ')[0]}-{number}"}
        own |= {f"data-{key}": value for key, value in mark.data.items()}
        title = element("title", {}, escaped(mark.title)) if mark.title else ""
        return element("g", own, title, *map(self.item, mark.items))

    def item(self, item: Item) -> str:
        """One item, as an element or as several."""
        if isinstance(item, Box):
            place = {key: decimal(getattr(item, key)) for key in ("x", "y", "width", "height")}
            return element("rect", {**place, "rx": decimal(item.radius) if item.radius else "", **self.outline(item)})
        if isinstance(item, PathItem):
            return element("path", {"d": shortened(item.path), **self.outline(item)})
        return self.maths(item) if isinstance(item, Maths) else self.words(item)

    def maths(self, item: Maths) -> str:
        """A formula: its outline, in its place."""
        return element("path", {"d": shortened(item.typeset.path, item.x, item.y), **self.paint({"fill": item.colour})})

    def words(self, item: Words) -> str:
        """A line of text."""
        look = {"font-size": f"{item.size:g}", "font-weight": "600" if item.bold else "", "text-anchor": item.anchor}
        place = {"x": decimal(item.x), "y": decimal(item.y)}
        return element("text", {**place, **look, **self.paint({"fill": item.colour})}, escaped(item.text))

    def outline(self, item: Box | PathItem) -> Attributes:
        """Fill and stroke of a box or curve."""
        line = {"stroke-width": f"{item.line:g}", "stroke-dasharray": item.dash} if item.stroke else {}
        return {"fill": "none", **self.paint({"fill": item.fill, "stroke": item.stroke}), **line}

    def paint(self, keys: Mapping[str, str]) -> Attributes:
        """Colours as attributes, and the one class attribute that names them all."""
        used = {what: key for what, key in keys.items() if key}
        colours = {what: self.colours[key] for what, key in used.items()}
        return {**colours, "class": " ".join(self.classes[paint] for paint in used.items() if paint in self.classes)}


def _dark_style(classes: Mapping[Paint, str]) -> str:
    """Dark mode as a style sheet over the classes in use; readers without style sheets see the attributes: light."""
    rules = [
        f".{classes[what, key]}{{{what}:{colour}}}"
        for key, colour in PALETTES["dark"].items()
        for what in ("fill", "stroke")
        if (what, key) in classes
    ]
    return element("style", {}, f"@media (prefers-color-scheme:dark){{{''.join(rules)}}}")
