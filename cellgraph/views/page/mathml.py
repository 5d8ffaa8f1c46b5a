"""MathML for pages: what `views.mathml` writes, without anything that a closed page forbids or a browser does not need.

Pictures have outlines instead, because they must look the same everywhere without a font. A page has its own font, and
MathML takes a tenth of the room, follows the colour and size of the text, and is read out as mathematics.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from functools import cache

from cellgraph.views.mathml import inner

PLAIN = frozenset(
    "math mrow mi mn mo mtext mspace mstyle mpadded menclose msub msup msubsup mover munder munderover "
    "mfrac msqrt mroot mtable mtr mtd".split()
)
"""Elements of mathematics that do nothing but show."""
NAMES = frozenset({"mi", "msub", "msup", "msubsup", "mover"})
KEPT = frozenset({"stretchy", "width", "mathvariant", "accent", "fence"})
"""Attributes that show."""
USUAL = {"stretchy": "false"}
"""What the script of the page gives every bracket that says nothing else."""


@cache
def mathml(latex: str) -> str:
    """The formula as a MathML element without anything that a browser does not need."""
    root = ET.fromstring(f"<math>{inner(latex)}</math>")
    for element in root.iter():
        if element.tag not in PLAIN:
            raise ValueError(f"no element for mathematics: {element.tag!r}")
        element.attrib = {k: v for k, v in element.attrib.items() if k in KEPT and (k, v) not in USUAL.items()}
    for parent in list(root.iter()):
        for place, child in enumerate(parent):
            # A row of one stands for that one.
            while child.tag == "mrow" and len(child) == 1:
                child = child[0]
            parent[place] = child
    for row in list(root.iter("mrow")):
        # Letters of a name, and then another name: without a space they would read as one.
        for place in reversed(range(len(row) - 1)):
            if _is_word(row[place]) and row[place + 1].tag in NAMES:
                row.insert(place + 1, ET.Element("mspace", width=".17em"))
    return ET.tostring(root, encoding="unicode", short_empty_elements=False)


def _is_word(element: ET.Element) -> bool:
    return element.tag == "mi" and len(element.text or "") > 1
