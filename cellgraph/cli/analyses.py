"""Commands that say what a cell is and what it costs: structure, cost."""

from __future__ import annotations

import click

from .options import cells, deliver, printed, sized, sizes_of, usage

LIKE = ("torchinfo", "ptflops", "thop", "fvcore", "calflops")


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CELL...")
@printed
def structure(names: tuple[str, ...], format_: str | None, as_json: bool, output: str | None, lang: str | None) -> None:
    """Gates, carries, couplings, scan class, invariants, and what is handed on.

    \b
    cellgraph structure lstm gru
    cellgraph structure my-cell.yaml --json
    """
    from cellgraph.derive.structure_report import structure_report
    from cellgraph.report import joined

    deliver(joined([structure_report(cell) for cell in cells(names)]), format_, as_json, output, lang)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CELL...")
@click.option("--steps", type=click.IntRange(1), metavar="T", help="Also a whole sequence, and the memory of BPTT.")
@click.option("--batch", type=click.IntRange(1), default=1, show_default=True, metavar="B", help="Samples at once.")
@click.option("--bytes", "width", type=click.IntRange(1), default=4, show_default=True, help="Bytes a number takes.")
@click.option("--truncate", type=click.IntRange(1), metavar="K", help="Cut BPTT off after K steps.")
@click.option("--like", type=click.Choice(LIKE), multiple=True, help="What this counter prints; repeatable.")
@sized
@printed
def cost(
    names: tuple[str, ...],
    steps: int | None,
    batch: int,
    width: int,
    truncate: int | None,
    like: tuple[str, ...],
    sizes: tuple[tuple[str, int], ...],
    input_: int | None,
    hidden: int | None,
    format_: str | None,
    as_json: bool,
    output: str | None,
    lang: str | None,
) -> None:
    """Operations (MAC, FLOP, transcendental calls), bytes, arithmetic intensity, and the memory of BPTT.

    \b
    cellgraph cost lstm -i 128 -H 256
    cellgraph cost lstm gru -i 256 -H 256 --steps 1000 --batch 32
    cellgraph cost lstm -i 10 -H 20 --like thop --like calflops
    """
    from cellgraph.derive.cost_report import Run, cost_report
    from cellgraph.report import joined

    loaded = cells(names)
    run = Run(steps, batch, width, truncate)
    with usage():
        own = sizes_of(loaded, sizes, input_, hidden)
        reports = [cost_report(cell, run, like, **given) for cell, given in zip(loaded, own, strict=True)]
    deliver(joined(reports), format_, as_json, output, lang)
