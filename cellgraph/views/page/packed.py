"""Pieces of HTML in little room: an element of mathematics that recurs is written once, and elsewhere as a character.

The formulas of a cell are made of the same few quantities and gates over and over.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping, Sequence

FIRST, LAST = 0xE000, 0xF8FF
"""Characters for private use, which stand for elements."""
MATH = re.compile(r"<math>.*?</math>", re.DOTALL)


def packed(pieces: Sequence[str]) -> str:
    """A line for every recurring element, in the order of their characters; an empty line; and a line for every piece.

    Private characters of the pieces themselves become U+FFFD.
    """
    clean = [re.sub(f"[{chr(FIRST)}-{chr(LAST)}]", "\ufffd", piece) for piece in pieces]
    formulas = [ET.fromstring(found) for piece in clean for found in MATH.findall(piece)]
    seen = Counter(text for formula in formulas for text in _texts(formula).values())
    characters: dict[str, str] = {}
    elements: list[str] = []
    written = []
    for formula in formulas:
        whole, short = _texts(formula), dict[ET.Element, str]()
        for element in reversed(list(formula.iter())):
            text = whole[element]
            if seen[text] == 1 or (text not in characters and len(elements) > LAST - FIRST):
                short[element] = _text(element, short)
            elif text not in characters:
                characters[text] = chr(FIRST + len(elements))
                elements.append(_text(element, short))
            short.setdefault(element, characters.get(text, ""))
        written.append(short[formula])
    rest = iter(written)
    return "\n".join([*elements, "", *(MATH.sub(lambda _: next(rest), piece) for piece in clean)])


def _texts(formula: ET.Element) -> dict[ET.Element, str]:
    """Each element as text. In reversed document order an element comes after those in it."""
    found: dict[ET.Element, str] = {}
    for element in reversed(list(formula.iter())):
        found[element] = _text(element, found)
    return found


def _text(element: ET.Element, inner: Mapping[ET.Element, str]) -> str:
    attributes = "".join(f' {key}="{value}"' for key, value in element.attrib.items())
    inside = "".join(inner[child] for child in element) or html.escape(element.text or "", quote=False)
    return f"<{element.tag}{attributes}>{inside}</{element.tag}>"
