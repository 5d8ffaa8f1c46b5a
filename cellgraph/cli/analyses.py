"""Commands that say what a cell is and what it costs: structure, cost, budget, diff, identify, explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cellgraph.cli.options import Printing, Sizes, cells, emit_report, printed, sized, stacked, usage

if TYPE_CHECKING:
    from cellgraph.derive.counts.sizes import Stack

LIKE = ("torchinfo", "ptflops", "thop", "fvcore", "calflops")


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CELL...")
@printed
def structure(names: tuple[str, ...], printing: Printing) -> None:
    """Gates, carries, couplings, scan class, invariants, and what is handed on.

    \b
    cellgraph structure lstm gru
    cellgraph structure my-cell.yaml --json
    """
    from cellgraph.derive import analysis
    from cellgraph.report import joined

    emit_report(joined(list(map(analysis("structure"), cells(names)))), printing)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CELL...")
@click.option("--steps", type=click.IntRange(1), metavar="T", help="Also a whole sequence, and the memory of BPTT.")
@click.option("--batch", type=click.IntRange(1), default=1, show_default=True, metavar="B", help="Samples at once.")
@click.option("--bytes", "width", type=click.IntRange(1), default=4, show_default=True, help="Bytes a number takes.")
@click.option("--truncate", type=click.IntRange(1), metavar="K", help="Cut BPTT off after K steps.")
@click.option("--like", type=click.Choice(LIKE), multiple=True, help="What this counter prints; repeatable.")
@sized
@stacked
@printed
def cost(
    names: tuple[str, ...],
    steps: int | None,
    batch: int,
    width: int,
    truncate: int | None,
    like: tuple[str, ...],
    sizes: Sizes,
    stack: Stack,
    printing: Printing,
) -> None:
    """Operations (MAC, FLOP, transcendental calls), bytes, arithmetic intensity, and the memory of BPTT.

    \b
    cellgraph cost lstm -i 128 -H 256
    cellgraph cost lstm gru -i 256 -H 256 --steps 1000 --batch 32
    cellgraph cost lstm --layers 2 --bidirectional -i 128 -H 256
    cellgraph cost lstm -i 10 -H 20 --like thop --like calflops
    """
    from cellgraph.derive.counts.cost_report import Run, cost_report
    from cellgraph.report import joined

    loaded = cells(names)
    run = Run(steps, batch, width, truncate)
    with usage():
        own = sizes.of(loaded)
        reports = [cost_report(cell, run, like, stack, **given) for cell, given in zip(loaded, own, strict=True)]
    emit_report(joined(reports), printing)


@click.command()
@click.argument("name", metavar="CELL")
@click.option("--params", "target", type=click.IntRange(1), required=True, metavar="N", help="The budget.")
@click.option("--as", "as_", metavar="LIB", help="Count as this library does.")
@click.option("--of", "dim", metavar="DIM", help="The size to find; default: the hidden size.")
@click.option("--tie", multiple=True, metavar="A=B", help="Give size A the value of size B, such as m=n; repeatable.")
@sized
@stacked
@printed
def budget(
    name: str,
    target: int,
    as_: str | None,
    dim: str | None,
    tie: tuple[str, ...],
    sizes: Sizes,
    stack: Stack,
    printing: Printing,
) -> None:
    """The hidden size for a number of parameters: the largest below it, and the nearest.

    \b
    cellgraph budget gru --params 394240 -i 128
    cellgraph budget lstm --params 1000000 -i 40 --layers 2 --as torch
    cellgraph budget lstm --params 1000000 --tie m=n
    """
    from cellgraph.derive.counts import budget as fitting
    from cellgraph.messages import message
    from cellgraph.report import Report

    loaded = cells([name])
    ties = dict(pair.partition("=")[::2] for pair in tie)
    with usage():
        (own,) = sizes.of(loaded)
        found = fitting.budget(loaded[0], target, as_, stack.layers, stack.bidirectional, dim, ties, **own)
    emit_report(Report(message(""), (found,), found.data), printing)


@click.command()
@click.argument("first", metavar="CELL")
@click.argument("second", metavar="CELL")
@printed
def diff(first: str, second: str, printing: Printing) -> None:
    """The edits that turn one cell into the other, where a few suffice, each proved by substitution.

    \b
    cellgraph diff lstm gru
    cellgraph diff gru my-gru.yaml --json
    """
    from cellgraph.derive.differences.difference import difference
    from cellgraph.derive.differences.difference_report import difference_report
    from cellgraph.spec import load
    from cellgraph.spec.library import summaries

    found = difference(*cells([first, second]))
    known = (load(s.name) for s in summaries() if found.may_pass(len(s.states), s.matrices))
    emit_report(difference_report(found, known), printing)


@click.command()
@click.argument("name", metavar="CELL")
@printed
def identify(name: str, printing: Printing) -> None:
    """The known cells that are nearest to a cell, transforms included, each with the proved difference.

    \b
    cellgraph identify my-gru.yaml
    cellgraph identify lstm+peephole --json
    """
    from cellgraph.derive import report_of
    from cellgraph.identification.identify import identify as identification

    emit_report(report_of(identification(*cells([name]))), printing)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CELL...")
@printed
def explain(names: tuple[str, ...], printing: Printing) -> None:
    """What a cell hands on, what its gates do, why gradients survive or not, and what it costs, in prose.

    \b
    cellgraph explain lstm
    cellgraph explain my-cell.yaml --lang zh
    """
    from cellgraph.derive.prose.explain import explanation
    from cellgraph.report import joined

    emit_report(joined([explanation(cell) for cell in cells(names)]), printing)
