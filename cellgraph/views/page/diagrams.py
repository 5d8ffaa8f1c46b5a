"""Diagrams inside a page: colours come from the page's style sheet, and words in them follow its language."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace

from cellgraph.views.pictures.colours import palette
from cellgraph.views.pictures.draw import Picture
from cellgraph.views.pictures.overlay import difference
from cellgraph.views.pictures.svg import svg

MARK = "page-diagram"
"""Stands for the prefix of ids and classes until they are told apart."""


def embedded(picture: Picture, prefix: str, labels: Mapping[str, Mapping[str, str]]) -> str:
    """The picture as an SVG element: no title of its own, no style but class names, ids with this prefix.

    Words that the spec has in several languages are there in each.
    """
    bare = Picture(tuple(replace(diagram, title="") for diagram in picture.diagrams), "auto", picture.engine)
    text = svg(bare.scene, "auto", background=False, prefix=MARK)
    text = re.sub(r"<style>.*?</style>\n?", "", text, flags=re.DOTALL)
    text = re.sub(r"<title[^>]*></title>\n?", "", text)
    text = re.sub(r"<svg [^>]*?(width=\"\d+\" height=\"\d+\" viewBox=\"[^\"]*\")[^>]*>", r"<svg \1>", text, count=1)
    text = re.sub(r'class="[^"]*"', lambda found: found[0].replace(f"{MARK}-", ""), text)
    text = text.replace(MARK, prefix)
    spoken = {html.escape(said["en"]): said for said in labels.values() if "en" in said}
    return re.sub(r"<text ([^>]*)>([^<]*)</text>", lambda found: _words(found, spoken), text)


def shared(picture: Picture, other: Picture, names: Mapping[str, str]) -> list[str]:
    """The ids of the nodes of a picture that the other picture has as well, under these names."""
    marked = difference(picture.diagrams[0], other.diagrams[0], "added", names)
    return [node.id for node in marked.nodes if node.mark == "calm"]


def colours() -> str:
    """The rules of a style sheet for every colour of a picture, light and dark."""
    names = {key: key.replace(".", "-") for key in palette("light")}
    sets = {theme: "".join(f"--{names[k]}:{c};" for k, c in palette(theme).items()) for theme in ("light", "dark")}
    rules = [f".f-{name}{{fill:var(--{name})}}.s-{name}{{stroke:var(--{name})}}" for name in names.values()]
    return (
        f":root{{{sets['light']}}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{sets['dark']}}}}}"
        f":root[data-theme=dark]{{{sets['dark']}}}" + "".join(rules)
    )


def _words(found: re.Match[str], spoken: Mapping[str, Mapping[str, str]]) -> str:
    """A piece of text once for each language."""
    attributes, said = found[1], spoken.get(found[2])
    if said is None or len(said) == 1:
        return f"<text {attributes}>{found[2]}</text>"
    plain = re.sub(r' class="[^"]*"', "", attributes)
    name = re.search(r'class="([^"]*)"', attributes)
    own = name[1] if name else ""
    return "".join(
        f'<text {plain} class="{own} {lang}" lang="{lang}">{html.escape(text)}</text>' for lang, text in said.items()
    )
