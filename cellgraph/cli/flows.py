"""The command that measures gradients through time: flow."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from cellgraph import deadline
from cellgraph.cli.blas import configure_openblas
from cellgraph.cli.options import SUFFIXES, Printing, Sizes, by_suffix, cells, emit_report, printed, sized, usage
from cellgraph.cli.output import emit, quiet
from cellgraph.derive.flows import INITS

configure_openblas()

PLOTS = {".svg": "svg", ".png": "png", ".pdf": "pdf"}
LONG = 5_000
"""Steps in all from which a progress bar is worth its place."""


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CELL...")
@click.option("--steps", type=click.IntRange(1, 1_000_000), default=100, show_default=True, metavar="T")
@click.option("--seeds", type=click.IntRange(1, 10_000), default=5, show_default=True, metavar="K", help="Runs.")
@click.option("--init", "inits", type=click.Choice(INITS), multiple=True, help="How weights are drawn; repeatable.")
@click.option("--scale", "scales", type=float, multiple=True, metavar="G", help="Recurrent weights × G; repeatable.")
@click.option("--forget-bias", type=float, metavar="B", help="The bias of every gate on a carry.")
@click.option("--match-params", "match", is_flag=True, help="Size each cell to the parameter count of the first.")
@sized
@printed
def flow(
    names: tuple[str, ...],
    steps: int,
    seeds: int,
    inits: tuple[str, ...],
    scales: tuple[float, ...],
    forget_bias: float | None,
    match: bool,
    sizes: Sizes,
    printing: Printing,
) -> None:
    """How gradients shrink or grow through time: the norm of the product of Jacobians, measured on random runs.

    \b
    cellgraph flow rnn lstm gru
    cellgraph flow lstm --init torch --init keras --init chrono --steps 200 -o flow.svg
    cellgraph flow rnn --scale 1 --scale 2 --scale 4 --json
    """
    from cellgraph.derive.flows import flow as measured
    from cellgraph.derive.flows.flow_report import chart, flow_report
    from cellgraph.derive.flows.initialise import Initialisation

    loaded = cells(names)
    starts = [Initialisation(init, scale, forget_bias) for init in inits or ("torch",) for scale in scales or (1.0,)]
    # Looked at before the work begins.
    chosen = "json" if printing.json else printing.format
    format_ = chosen or by_suffix(printing.output, PLOTS | SUFFIXES, "text")
    with usage(), progress(len(loaded) * len(starts) * seeds * steps) as advance:
        own = sizes.of(loaded)
        results = measured.flow(loaded, own, starts, steps, seeds, match, advance)
    if format_ in PLOTS.values():
        from cellgraph.views.curves import WRITERS, curves

        specs = click.get_current_context().ensure_object(list)
        emit(WRITERS[format_](curves(chart(results), printing.lang)), printing.output, specs)
        return
    emit_report(flow_report(results, every=printing.view in ("csv", "json")), printing)


@contextmanager
def progress(total: int) -> Iterator[Callable[[int], None] | None]:
    """A progress bar on standard error for long work, where that is a terminal."""
    chosen = click.get_current_context().get_parameter_source("limit_seconds")
    if total >= LONG and chosen is click.core.ParameterSource.DEFAULT:
        # Who asks for so many steps means to wait for them.
        deadline.finish()
    if total < LONG or quiet() or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("flow", total=total)
        yield lambda steps: bar.advance(task, steps)
