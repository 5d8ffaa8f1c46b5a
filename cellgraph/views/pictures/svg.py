"""SVG in a small profile that GitHub, Inkscape, word processors and resvg read alike.

Only g (with translate), rect, path and text, all styled by attributes. Ids begin with a hash of the content, so that
several pictures live on one page; title and desc hold the text for those who do not see the picture.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from cellgraph.views.pictures.colours import Theme, palette
from cellgraph.views.pictures.pathdata import shortened
from cellgraph.views.pictures.scene import Box, Curve, Item, Maths, Scene, Words

SANS = "ui-sans-serif, 'Helvetica Neue', Arial, sans-serif"
CHINESE = "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif"


def svg(scene: Scene, theme: Theme = "auto", background: bool = True, prefix: str = "") -> str:
    """The scene as one SVG document. `prefix` replaces the content hash in ids."""
    body = "\n".join(_mark_lines(scene, palette(theme), theme == "auto"))
    prefix = (
        prefix
        or "c" + hashlib.sha256(f"{theme}{escaped(scene.title + scene.description)}{body}".encode()).hexdigest()[:8]
    )
    width, height = f"{scene.width:.0f}", f"{scene.height:.0f}"
    ground = f'<rect width="{width}" height="{height}"{_paint("fill", "paper", palette(theme), theme == "auto")}/>'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-labelledby="{prefix}-title {prefix}-desc" xml:lang="{scene.lang}" '
        f'font-family="{CHINESE if scene.lang == "zh" else SANS}" style="max-width:100%;height:auto">',
        f'<title id="{prefix}-title">{escaped(scene.title)}</title>',
        f'<desc id="{prefix}-desc">{escaped(scene.description)}</desc>',
        *([_dark_style(ground + body)] if theme == "auto" else []),
        *([ground] if background else []),
        body,
        "</svg>",
        "",
    ]
    return "\n".join(lines).replace("\x00", prefix)


def escaped(text: str) -> str:
    """Any text as XML character data or attribute value; what XML cannot hold is left out."""
    kept = "".join(c for c in text if c in "\t\n" or (c >= " " and not _forbidden(c)))
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        kept = kept.replace(character, entity)
    return kept


def _forbidden(character: str) -> bool:
    return "\ud800" <= character <= "\udfff" or character in "\ufffe\uffff"


def _dark_style(drawn: str) -> str:
    """Dark mode as a style sheet over the classes in use; readers without style sheets see the attributes: light."""
    used = set(re.findall(r"\x00-[fs]-[\w-]+", drawn))
    rules = [
        f".\x00-{side}-{_class(key)}{{{what}:{colour}}}"
        for key, colour in palette("dark").items()
        for side, what in (("f", "fill"), ("s", "stroke"))
        if f"\x00-{side}-{_class(key)}" in used
    ]
    return f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"


def _class(key: str) -> str:
    return key.replace(".", "-")


def _paint(what: str, key: str, colours: Mapping[str, str], classes: bool) -> str:
    return f' {what}="{colours[key]}"' + (f' class="\x00-{what[0]}-{_class(key)}"' if classes else "")


def _both(item: Box | Curve, colours: Mapping[str, str], classes: bool) -> str:
    """Fill, stroke, and the one class attribute that names both."""
    names = []
    written = ""
    for what, key in (("fill", item.fill), ("stroke", item.stroke)):
        if key:
            written += f' {what}="{colours[key]}"'
            names.append(f"\x00-{what[0]}-{_class(key)}")
        elif what == "fill":
            written += ' fill="none"'
    if item.stroke:
        written += f' stroke-width="{item.line:g}"' + (f' stroke-dasharray="{item.dash}"' if item.dash else "")
    return written + (f' class="{" ".join(names)}"' if classes and names else "")


def _mark_lines(scene: Scene, colours: Mapping[str, str], classes: bool) -> list[str]:
    lines = []
    for number, mark in enumerate(scene.marks):
        data = "".join(f' data-{key}="{escaped(value)}"' for key, value in mark.data.items())
        title = f"<title>{escaped(mark.title)}</title>" if mark.title else ""
        items = "".join(_item(item, colours, classes) for item in mark.items)
        kind = mark.id.partition(" ")[0]
        lines.append(f'<g id="\x00-{kind}-{number}"{data}>{title}{items}</g>')
    return lines


def _item(item: Item, colours: Mapping[str, str], classes: bool) -> str:
    if isinstance(item, Box):
        radius = f' rx="{_n(item.radius)}"' if item.radius else ""
        place = f'x="{_n(item.x)}" y="{_n(item.y)}" width="{_n(item.width)}" height="{_n(item.height)}"'
        return f"<rect {place}{radius}{_both(item, colours, classes)}/>"
    if isinstance(item, Curve):
        return f'<path d="{shortened(item.path)}"{_both(item, colours, classes)}/>'
    paint = _paint("fill", item.colour, colours, classes)
    if isinstance(item, Maths):
        outline = f'<path d="{shortened(item.typeset.path)}"{paint}/>'
        return f'<g transform="translate({_n(item.x)} {_n(item.y)})">{outline}</g>'
    return _words(item, paint)


def _words(item: Words, paint: str) -> str:
    bold = ' font-weight="600"' if item.bold else ""
    place = f'x="{_n(item.x)}" y="{_n(item.y)}" font-size="{item.size:g}"{bold} text-anchor="{item.anchor}"'
    return f"<text {place}{paint}>{escaped(item.text)}</text>"


def _n(value: float) -> str:
    return f"{round(value, 2) + 0.0:g}"
