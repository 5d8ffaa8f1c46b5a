"""Pictures as images: they show what the picture shows, in less room, and hold nothing to react to."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from zoo import cell_of

import cellgraph as cg
from cellgraph.views.pictures.svg import png


@pytest.mark.parametrize("detail", ["operations", "equations"])
def test_it_shows_the_same(detail: str) -> None:
    picture = cg.draw(cell_of("gru-reset-after"), detail=detail)
    svg, shown = picture.svg, picture.image_svg
    assert png(shown, 1, None) == png(svg, 1, None)
    assert len(shown) < 0.95 * len(svg)
    assert not re.search(r" data-|<g |<title>", shown)
    root = ET.fromstring(shown)
    ids = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}
    assert ids == set(root.attrib["aria-labelledby"].split())


def test_what_has_a_colour_of_its_own_keeps_it_on_dark_pages() -> None:
    picture = cg.draw(cell_of("lstm"), detail="operations")
    svg, shown = picture.svg, picture.image_svg
    # What a reader of style sheets does on a dark page: every class becomes its colour.
    dark = [re.sub(r"@media \(prefers-color-scheme:dark\)\{(.*)\}(?=</style>)", r"\1", text) for text in (svg, shown)]
    assert dark[0] != svg
    assert png(dark[0], 1, None) == png(dark[1], 1, None) != png(svg, 1, None)


def test_it_is_as_dark_on_dark_pages() -> None:
    picture = cg.draw(cell_of("lstm"), detail="operations")
    svg, shown = picture.svg, picture.image_svg
    rules, short = (
        re.findall(r"\.[\w-]+\{((?:fill|stroke):#\w+)\}", text[: text.index("</style>")]) for text in (svg, shown)
    )
    assert short == rules
    classes = set(re.findall(r"c\d+", "".join(re.findall(r'class="([^"]*)"', shown))))
    assert classes == set(re.findall(r"\.(c\d+)\{", shown))
