"""Reports on a terminal: rich tables and colours. Anything that is not a terminal gets the plain text view instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cellgraph.messages import Lang
    from cellgraph.report import Formulas, Report
    from cellgraph.table import Table


def show(report: Report, lang: Lang) -> None:
    """Print a report to standard output, with rich's colours unless NO_COLOR is set."""
    from rich.console import Console
    from rich.text import Text

    from cellgraph.report import Formulas
    from cellgraph.table import Table
    from cellgraph.views import text, values

    console = Console(highlight=False)
    title = values.format_message(report.title, text.STYLE, lang)
    if title:
        console.print(Text(title, style="bold"))
    for block in report.blocks:
        console.print()
        if isinstance(block, Table):
            _table(block, lang, console)
        elif isinstance(block, Formulas):
            console.print(_formulas(block, lang), soft_wrap=True)
        else:
            console.print(Text(text.paragraph(block, lang)))


def _table(block: Table, lang: Lang, console: object) -> None:
    from rich import box
    from rich.table import Table as Grid
    from rich.text import Text

    from cellgraph.messages import translated
    from cellgraph.views import text, values

    title = values.format_message(block.title, text.STYLE, lang)
    grid = Grid(title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD, show_footer=False)
    for column, right in zip(block.columns, values.numeric(block), strict=True):
        side = "right" if right else "left"
        grid.add_column(Text(translated(column, lang)), justify=side, overflow="fold")  # type: ignore[arg-type]
    for row in block.rows:
        grid.add_row(*[Text(values.written(value, text.STYLE, lang)) for value in row])
    if block.footer:
        grid.add_section()
    for row in block.footer:
        grid.add_row(*[Text(values.written(value, text.STYLE, lang), style="bold") for value in row])
    console.print(grid)  # type: ignore[attr-defined]
    for note in block.notes:
        console.print(Text(values.format_message(note, text.STYLE, lang), style="dim"))  # type: ignore[attr-defined]


def _formulas(block: Formulas, lang: Lang) -> object:
    from rich.text import Text

    from cellgraph.views import text

    shown = Text(text.formulas(block, lang))
    shown.highlight_regex(r"(?m)^\s+\S.*?(?= = )", "cyan")
    return shown
