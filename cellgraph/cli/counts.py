"""Commands that count: params and compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cellgraph.cli.options import Printing, Sizes, cells, emit_report, printed, sized, stacked, usage

if TYPE_CHECKING:
    from cellgraph.derive.counts.params import Parameters
    from cellgraph.derive.counts.sizes import Stack


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CELL...")
@click.option("--as", "as_", metavar="LIB|all", help="Count the arrays of a library: torch, keras, flax, onnx, or all.")
@click.option("--max-params", type=click.IntRange(min=0), metavar="N", help="Exit with 1 if a cell has more than N.")
@sized
@stacked
@printed
def params(
    names: tuple[str, ...],
    as_: str | None,
    max_params: int | None,
    sizes: Sizes,
    stack: Stack,
    printing: Printing,
) -> None:
    """Every parameter, its shape and number; totals as formulas and, with sizes, as numbers.

    \b
    cellgraph params lstm gru -i 128 -H 256
    cellgraph params lstm --as all -s m=128 -s n=256
    cellgraph params gru-reset-after --layers 2 --bidirectional -i 128 -H 256 --as torch
    """
    from cellgraph.derive.counts import params as counting

    loaded = cells(names)
    with usage():
        tables = [
            table
            for cell, own in zip(loaded, sizes.of(loaded), strict=True)
            for table in (
                counting.every_count(cell, stack, **own)
                if as_ == "all"
                else [counting.params(cell, as_, stack.layers, stack.bidirectional, **own)]
            )
        ]
    emit_report(counting.report(tables), printing)
    if max_params is not None:
        _hold(tables, max_params)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CELL CELL...")
@sized
@stacked
@click.option("--match-params", "match", is_flag=True, help="Size each cell to the parameter count of the first.")
@printed
def compare(
    names: tuple[str, ...],
    sizes: Sizes,
    stack: Stack,
    match: bool,
    printing: Printing,
) -> None:
    """Cells side by side, at equal size or at equal budget.

    \b
    cellgraph compare rnn lstm gru -i 128 -H 256
    cellgraph compare lstm gru -i 128 -H 256 --match-params --format markdown
    """
    from cellgraph.derive.counts.compare import comparison

    loaded = cells(names)
    with usage():
        report = comparison(loaded, sizes.of(loaded), stack, match)
    emit_report(report, printing)


def _hold(tables: Sequence[Parameters], limit: int) -> None:
    """Exit with 1 where a count is over the limit, or is not known because a size is missing."""
    for table in tables:
        cell, total = table.cell, table.total
        if total is None:
            raise click.UsageError(f"--max-params needs every size of {cell}; give them with -i, -H or -s")
        if total > limit:
            click.echo(f"{cell} has {total} parameters, more than {limit}", err=True)
            click.get_current_context().exit(1)
