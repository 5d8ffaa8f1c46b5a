"""The command that makes interactive pages: page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cellgraph.cli.blas import configure_openblas
from cellgraph.cli.options import Sizes, cells, sized, spoken, usage
from cellgraph.cli.output import emit

if TYPE_CHECKING:
    from cellgraph.messages import Lang

configure_openblas()

MOST = 4
"""Cells that one page holds at most; with more it would be neither small nor readable."""


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CELL...")
@click.option("-o", "--output", metavar="FILE", help="Where the page goes; default: standard output.")
@sized
@spoken
def page(names: tuple[str, ...], output: str | None, sizes: Sizes, lang: Lang) -> None:
    """One self-contained interactive page about one or several cells.

    \b
    cellgraph page lstm -o lstm.html
    cellgraph page rnn lstm gru -o story.html
    cellgraph page lstm -i 8 -H 16 -o small.html
    """
    from cellgraph.pages import page as made

    if len(names) > MOST:
        raise click.UsageError(f"a page holds up to {MOST} cells, not {len(names)}")
    loaded = cells(names)
    with usage():
        html = made(*loaded, lang=lang, sizes=sizes.of(loaded))
    emit(html, output, click.get_current_context().ensure_object(list))
