"""The command that makes interactive pages: page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from .files import emit
from .options import cells, language

if TYPE_CHECKING:
    from cellgraph.graph import Cell
    from cellgraph.words import Lang

DETAILS = ("equations", "operations")

MOST = 4
"""Cells that one page holds at most; with more it would be neither small nor readable."""


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CELL...")
@click.option("-o", "--output", metavar="FILE", help="Where the page goes; default: standard output.")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="The language it opens in; default from the locale.")
def page(names: tuple[str, ...], output: str | None, lang: str | None) -> None:
    """One self-contained interactive page about one or several cells.

    \b
    cellgraph page lstm -o lstm.html
    cellgraph page rnn lstm gru -o story.html
    """
    if len(names) > MOST:
        raise click.UsageError(f"a page holds up to {MOST} cells, not {len(names)}")
    emit(made(cells(names), language(lang)), output, click.get_current_context().ensure_object(list))


def made(loaded: Sequence[Cell], lang: Lang = "en") -> str:
    """The page about these cells, each compared with the one before it (the first with the second)."""
    from cellgraph.derive.exhibit import differences, exhibit
    from cellgraph.derive.local import local
    from cellgraph.derive.roles import roles
    from cellgraph.views.draw import draw
    from cellgraph.views.page import Shown, shared
    from cellgraph.views.page import page as written

    pictures = [
        {d: draw(cell, detail=d, roles=roles(cell), links=local(cell.step).links) for d in DETAILS} for cell in loaded
    ]
    told = differences(loaded)
    shown = []
    for number, cell in enumerate(loaded):
        same = {}
        if len(loaded) > 1:
            other = number - 1 if number else 1
            names = told[max(number - 1, 0)]["names"]
            if number:
                names = {theirs: ours for ours, theirs in names.items()}
            same = {d: shared(pictures[number][d], pictures[other][d], names) for d in DETAILS}
        shown.append(Shown(cell, exhibit(cell), pictures[number], same))
    return written(shown, told, lang)
