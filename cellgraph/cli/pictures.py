"""Commands that draw."""

from __future__ import annotations

from typing import Any

import click

from cellgraph.cli.options import by_suffix, cells, spoken, usage
from cellgraph.cli.output import emit
from cellgraph.errors import nearest
from cellgraph.views.pictures import DETAILS, FORMATS, SHOWN, SUFFIXES


@click.command()
@click.argument("name", metavar="CELL")
@click.option("-o", "--output", metavar="FILE", help=f"The format from its suffix: {', '.join(SUFFIXES)}.")
@click.option("-f", "--format", "format_", type=click.Choice(FORMATS), help="Default: svg.")
@click.option("--detail", type=click.Choice(DETAILS), help="Default: equations.")
@click.option("--unroll", type=click.IntRange(1, 1000), default=1, metavar="T", help="So many steps side by side.")
@click.option("--gradient", is_flag=True, help="Mark the ways of the gradient through the step, or the steps.")
@click.option("--of", metavar="STATE", help="With --gradient: the state after, such as c.")
@click.option("--wrt", metavar="STATE", help="With --gradient: the state before, such as 'c[t-1]'.")
@click.option("--against", metavar="CELL", help="Draw this cell too, and mark what only one of the two has.")
@click.option("--show", "shown", metavar="LIST", default="labels", help=f"Of {', '.join(SHOWN)}; comma-separated.")
@click.option("--unfold", is_flag=True, help="Draw what functions are, in the place of their names.")
@click.option("--legend", is_flag=True, help="Say below the picture what its colours mean.")
@click.option("--rankdir", type=click.Choice(["LR", "TB"]), default="LR", show_default=True)
@click.option("--theme", type=click.Choice(["auto", "light", "dark", "print"]), default="auto", show_default=True)
@click.option("--engine", type=click.Choice(["embedded", "system"]), default="embedded", show_default=True)
@click.option("--scale", type=click.FloatRange(0.1, 20), default=2.0, show_default=True, help="Of a PNG.")
@click.option("--dpi", type=click.FloatRange(10, 2400), help="Of a PNG.")
@spoken
def draw(
    name: str,
    output: str | None,
    format_: str | None,
    unroll: int,
    gradient: bool,
    of: str | None,
    wrt: str | None,
    against: str | None,
    shown: str,
    scale: float,
    dpi: float | None,
    **options: Any,
) -> None:
    """A picture of one step or of several, drawn from the equations.

    \b
    cellgraph draw lstm -o lstm.svg
    cellgraph draw my-cell.yaml --detail operations -o my-cell.png
    cellgraph draw lstm --detail operations --unroll 3 -o lstm-3.pdf
    cellgraph draw lstm --gradient --of c --wrt "c[t-1]" -o carry.svg
    cellgraph draw gru --against gru-reset-after -o difference.svg
    """
    from cellgraph.drawing import draw as drawn

    wanted = format_ or by_suffix(output, SUFFIXES, "svg")
    show = [part for part in shown.split(",") if part]
    for part in show:
        if part not in SHOWN:
            raise click.UsageError(f"--show has no {part!r}; it takes {', '.join(SHOWN)}{nearest(part, SHOWN)}")
    if (of or wrt) and not gradient:
        raise click.UsageError("--of and --wrt belong to --gradient")
    if (of is None) != (wrt is None):
        raise click.UsageError("--of and --wrt go together")
    if against is not None and (gradient or unroll > 1):
        raise click.UsageError("--against draws one step of each cell; it goes with neither --unroll nor --gradient")
    cell, *others = cells([name] if against is None else [name, against])
    with usage():
        picture = drawn(
            cell,
            unroll=unroll,
            show=show,
            gradient=(of, wrt) if of and wrt else gradient,
            against=others[0] if others else None,
            **options,
        )
    emit(picture.written(wanted, scale, dpi), output, click.get_current_context().ensure_object(list))
