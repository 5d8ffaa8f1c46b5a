"""How a single value of a table or message is written: names, sizes, expressions, shapes, numbers and messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import sympy as sp

from cellgraph.graph import Graph
from cellgraph.graph.notation import size_latex, size_text
from cellgraph.ops import Factor, Head
from cellgraph.report import Formula, Written
from cellgraph.views import notation
from cellgraph.words import Lang, Message, translated

UNKNOWN = "–"
CHINESE_GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])")
"""A space between two Chinese characters: there is one beside a name in Latin letters, and none elsewhere."""


@dataclass(frozen=True)
class Style:
    """How a view writes: escapers for plain text and message templates, and how mathematics is set off ('$...$')."""

    escape: Callable[[str], str]
    template: Callable[[str], str] | None = None
    latex: bool = False
    math: Callable[[str], str] = str
    grouped: bool = True


Writes = TypeVar("Writes")
Handlers = Mapping[type, Callable[[Any, Lang], str]]
"""How a view writes each kind of block."""

PLAIN = Style(escape=str)


def written(value: Any, style: Style, lang: Lang) -> str:
    """A value as text of the view. None is unknown and shows as a dash, never as 0; a mapping is text by language."""
    if value is None:
        return UNKNOWN
    if isinstance(value, Message):
        return said(value, style, lang)
    if isinstance(value, bool):
        return translated("yes" if value else "no", lang)
    if isinstance(value, int):
        return number(value, style)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (sp.Basic, Written)):
        return mathematics(value, style)
    if isinstance(value, tuple):
        return shape(value, style)
    if isinstance(value, Mapping):
        return style.escape(value.get(lang) or next(iter(value.values()), ""))
    return style.escape(str(value))


def handler(block: object, handlers: Mapping[type, Writes]) -> Writes:
    """What writes this block: the handler of its class, or of the class that it specialises."""
    return next(write for kind, write in handlers.items() if isinstance(block, kind))


def said(message: Message, style: Style, lang: Lang) -> str:
    """A message in the language wanted, its values in the view's notation."""
    words = {name: written(value, style, lang) for name, value in message.values.items()}
    text = (style.template or style.escape)(translated(message.template, lang)).format(**words)
    return CHINESE_GAP.sub("", text) if lang == "zh" else text


def number(value: int, style: Style) -> str:
    """A whole number, with thousands separated for readers."""
    return f"{value:,}" if style.grouped else str(value)


def shape(value: tuple[Any, ...], style: Style) -> str:
    """A shape: n×m, or $n \\times m$."""
    if style.latex:
        return style.math(r" \times ".join(size_latex(size) for size in value) or "1")
    return style.escape(notation.shape_text(value))


def mathematics(value: Formula, style: Style, graph: Graph | None = None) -> str:
    """An expression of heads or a name in mathematical notation, a size as a formula over the dims."""
    if style.latex:
        return style.math(latex(value, graph))
    return style.escape(text(value, graph))


def text(value: Formula, graph: Graph | None = None) -> str:
    """The Unicode form of a formula."""
    if isinstance(value, Written):
        return value.text
    return notation.text(value, graph) if _of_quantities(value) else size_text(value)


def latex(value: Formula, graph: Graph | None = None) -> str:
    """The LaTeX form of a formula."""
    if isinstance(value, Written):
        return value.latex
    return notation.latex(value, graph) if _of_quantities(value) else size_latex(value)


def _of_quantities(value: sp.Expr) -> bool:
    """Whether this is made of quantities; sizes are positive whole numbers, and SymPy knows that."""
    return isinstance(value, (Head, Factor)) or (isinstance(value, sp.Symbol) and not value.is_integer)
