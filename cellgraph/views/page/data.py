"""What a page's script looks up: derived data as JSON, its formulas and sentences as ready elements in a pool."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

import sympy as sp

from cellgraph.messages import LANGUAGES, Message, message
from cellgraph.report import Formulas, Line, Notated
from cellgraph.views import values
from cellgraph.views.page.mathml import mathml

STYLE = values.Style(escape=html.escape, latex=True, math=mathml)


class Pool:
    """Pieces of HTML, each once; the data refers to them by number, and the script copies them as they are.

    So no text of a spec is ever put together with markup in the browser.
    """

    def __init__(self) -> None:
        self.pieces: dict[str, int] = {}

    def number(self, piece: str) -> int:
        """The place of this piece."""
        return self.pieces.setdefault(" ".join(piece.split()), len(self.pieces))

    def text(self) -> str:
        """The pieces, one a line."""
        return "\n".join(self.pieces)


def both(value: Any) -> str:
    """A message, a text by language or any other value in every language; style sheets show one of them."""
    if isinstance(value, Mapping) and not value:
        return ""
    said = {lang: _joined(values.written(value, STYLE, lang)) for lang in LANGUAGES}
    if len(set(said.values())) == 1:
        return next(iter(said.values()))
    return "".join(f"<span lang={lang}>{text}</span>" for lang, text in said.items())


def _joined(text: str) -> str:
    """A sign that belongs to the formula before or after it stays on its line."""
    return re.sub(
        "[(（|]?<math>(?:(?!</math>).)*</math>[;,.:)_|，。；：、）]+|[(（|]<math>(?:(?!</math>).)*</math>", _kept, text
    )


def _kept(found: re.Match[str]) -> str:
    return f"<span class=kept>{found[0]}</span>"


def words(template: str, **filled: Any) -> str:
    """A sentence of the page itself, in every language."""
    return both(message(template, **filled))


def slotted(template: str, *slots: str) -> str:
    """A sentence of the page with empty elements for the script to fill: <b data-slot="name">."""
    said = words(template, **{slot: f"\ue000{slot}\ue001" for slot in slots})
    return re.sub("\ue000(.*?)\ue001", r'<b data-slot="\1"></b>', said)


def formula(notated: Notated) -> str:
    """A formula, or a line left = right, as MathML."""
    shown = notated.formula
    if isinstance(shown, Line):
        left, right = values.sides(shown, notated.graph, values.latex)
        return mathml(f"{left} = {right}")
    return mathml(values.latex(shown, notated.graph))


def plain(value: Any, pool: Pool) -> Any:
    """The data with a number into the pool for every formula, message and text by language."""
    if isinstance(value, Notated):
        return pool.number(formula(value))
    if isinstance(value, (Message, sp.Basic)) or (
        isinstance(value, Mapping) and value and set(value) <= set(LANGUAGES)
    ):
        return pool.number(both(value))
    if isinstance(value, Mapping):
        return {str(key): plain(inner, pool) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner, pool) for inner in value]
    return value


def script_safe(data: Any) -> str:
    """JSON that can stand inside a script element: nothing in it can end the element or open a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def lines(block: Formulas) -> str:
    """Formulas, one a line."""
    rows = [formula(Notated({}, line, block.graph)) for line in block.lines]
    return "".join(f"<p>{row}</p>" for row in rows)
