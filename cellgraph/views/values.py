"""How a single value of a table or message is written: names, sizes, expressions, shapes, numbers and messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from cellgraph.messages import Lang, Message, translated
from cellgraph.report import Formula, Line, Report, Written
from cellgraph.table import Table

if TYPE_CHECKING:
    from cellgraph.graph import Graph
    from cellgraph.views.notation import Axes

CHINESE_GAP = r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])"
"""A space between two Chinese characters: there is one beside a name in Latin letters, and none elsewhere."""

LONG = 10**100
"""A number from which on its digits say nothing, and its power of ten says it all."""


@dataclass(frozen=True)
class Style:
    """How a view writes: escapers for plain text and message templates, and how mathematics is set off ('$...$')."""

    escape: Callable[[str], str]
    template: Callable[[str], str] | None = None
    latex: bool = False
    math: Callable[[str], str] = str
    grouped: bool = True
    unknown: str = "–"


Writes = TypeVar("Writes")
Writer = Callable[[Formula, "Graph | None", "Axes"], str]
Handlers = Mapping[type, Callable[[Any, Lang], str]]
"""How a view writes each kind of block."""

PLAIN = Style(escape=str)


def written(value: Any, style: Style, lang: Lang) -> str:
    """A value as text of the view. None is unknown and shows as a dash, never as 0; a mapping is text by language."""
    if value is None:
        return style.unknown
    if isinstance(value, str):
        return style.escape(value)
    if isinstance(value, Message):
        return format_message(value, style, lang)
    if isinstance(value, bool):
        return translated("yes" if value else "no", lang)
    if isinstance(value, int):
        if abs(value) >= LONG:
            return f"{Decimal(value):.2e}"
        return f"{value:,}" if style.grouped else str(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        return shape(value, style)
    if isinstance(value, Mapping):
        return style.escape(value.get(lang) or next(iter(value.values()), ""))
    return mathematics(value, style)


def written_table(block: Table, style: Style, lang: Lang) -> tuple[list[str], list[list[str]], list[list[str]]]:
    """The heads of the columns, the rows and the totals of a table, each entry as text of the view."""
    heads = [style.escape(translated(column, lang)) for column in block.columns]
    body, foot = (
        [[written(value, style, lang) for value in row] for row in rows] for rows in (block.rows, block.footer)
    )
    return heads, body, foot


def numeric(block: Table) -> list[bool]:
    """For each column whether it holds numbers, which stand to the right."""
    columns = [[row[k] for row in block.rows if row[k] not in (None, "")] for k in range(len(block.columns))]
    return [bool(c) and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in c) for c in columns]


def written_blocks(
    document: Report, handlers: Mapping[type, Callable[..., str]], *context: Any, title: str = "", between: str = "\n\n"
) -> str:
    """The title as written and the blocks that the view has something to say of, with a blank line between them."""
    texts = [title, *(handler(block, handlers)(block, *context) for block in document.blocks)]
    return between.join(text for text in texts if text)


def handler(block: object, handlers: Mapping[type, Writes]) -> Writes:
    """What writes this block: the handler of its class, or of the class that it specialises."""
    return next(write for kind, write in handlers.items() if isinstance(block, kind))


def format_message(message: Message, style: Style, lang: Lang) -> str:
    """A message in the language wanted, its values in the view's notation."""
    words = {name: written(value, style, lang) for name, value in message.values.items()}
    text = (style.template or style.escape)(translated(message.template, lang)).format(**words)
    return re.sub(CHINESE_GAP, "", text) if lang == "zh" else text


def shape(value: tuple[Any, ...], style: Style) -> str:
    """A shape: n×m, or $n \\times m$."""
    from cellgraph.ops import spelled
    from cellgraph.views import notation

    return style.math(notation.shape_latex(value)) if style.latex else style.escape(spelled(value, "1"))


def mathematics(value: Formula, style: Style, graph: Graph | None = None) -> str:
    """An expression of heads or a name in mathematical notation, a size as a formula over the dims."""
    return style.math(latex(value, graph)) if style.latex else style.escape(text(value, graph))


def text(value: Formula, graph: Graph | None = None, axes: Axes = frozenset()) -> str:
    """The Unicode form of a formula, its names with an index for each of these lifted axes that they have."""
    from cellgraph.views import notation

    return value.text if isinstance(value, Written) else notation.formula_text(value, graph, axes)


def latex(value: Formula, graph: Graph | None = None, axes: Axes = frozenset()) -> str:
    """The LaTeX form of a formula, its names with an index for each of these lifted axes that they have."""
    from cellgraph.views import notation

    return value.latex if isinstance(value, Written) else notation.formula_latex(value, graph, axes)


def sides(line: Line, graph: Graph | None, write: Writer) -> tuple[str, str]:
    """Both sides of a formula, as `text` or `latex` writes them: members have an index where others are shared."""
    from cellgraph.views import notation

    axes = notation.mixed(graph, *(side for side in (line.left, line.right) if not isinstance(side, Written)))
    return write(line.left, graph, axes), write(line.right, graph, axes)
