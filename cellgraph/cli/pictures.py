"""Commands that draw."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from cellgraph.errors import CellgraphError, nearest

from .files import emit
from .options import cells, language, usage

if TYPE_CHECKING:
    from cellgraph.views.draw import Picture

PICTURES: Mapping[str, Callable[[Picture, float, float | None], str | bytes]] = {
    "svg": lambda picture, scale, dpi: picture.svg,
    "png": lambda picture, scale, dpi: picture.png(scale, dpi),
    "dot": lambda picture, scale, dpi: picture.dot,
}
SUFFIXES = {".svg": "svg", ".png": "png", ".dot": "dot", ".gv": "dot"}
SHOWN = ("labels", "shapes", "params")


@click.command()
@click.argument("name", metavar="CELL")
@click.option("-o", "--output", metavar="FILE", help="The format from its suffix: .svg, .png, .dot.")
@click.option("-f", "--format", "format_", type=click.Choice(list(PICTURES)), help="Default: svg.")
@click.option("--detail", type=click.Choice(["equations", "operations"]), default="equations", show_default=True)
@click.option("--show", "shown", metavar="LIST", default="labels", help=f"Of {', '.join(SHOWN)}; comma-separated.")
@click.option("--rankdir", type=click.Choice(["LR", "TB"]), default="LR", show_default=True)
@click.option("--theme", type=click.Choice(["auto", "light", "dark", "print"]), default="auto", show_default=True)
@click.option("--engine", type=click.Choice(["embedded", "system"]), default="embedded", show_default=True)
@click.option("--scale", type=click.FloatRange(0.1, 20), default=2.0, show_default=True, help="Of a PNG.")
@click.option("--dpi", type=click.FloatRange(10, 2400), help="Of a PNG.")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language; default from the locale.")
def draw(
    name: str,
    output: str | None,
    format_: str | None,
    detail: str,
    shown: str,
    rankdir: str,
    theme: str,
    engine: str,
    scale: float,
    dpi: float | None,
    lang: str | None,
) -> None:
    """A picture of one step, drawn from the equations.

    \b
    cellgraph draw lstm -o lstm.svg
    cellgraph draw my-cell.yaml --detail operations -o my-cell.png
    """
    from cellgraph.derive.roles import roles
    from cellgraph.views.draw import draw as drawn

    wanted = format_ or _by_suffix(output)
    show = [part for part in shown.split(",") if part]
    for part in show:
        if part not in SHOWN:
            raise click.UsageError(f"--show has no {part!r}; it takes {', '.join(SHOWN)}{nearest(part, SHOWN)}")
    cell = cells([name])[0]
    with usage():
        picture = drawn(
            cell,
            detail=detail,
            show=show,
            roles=roles(cell),
            rankdir=rankdir,
            theme=theme,  # type: ignore[arg-type]
            lang=language(lang),
            engine=engine,  # type: ignore[arg-type]
        )
    emit(PICTURES[wanted](picture, scale, dpi), output, click.get_current_context().ensure_object(list))


def _by_suffix(output: str | None) -> str:
    if output is None or output == "-":
        return "svg"
    suffix = os.path.splitext(output)[1].lower()
    if suffix not in SUFFIXES:
        choices = ", ".join(SUFFIXES)
        raise CellgraphError(f"{output}: no picture has the suffix {suffix!r}; use one of {choices}, or --format")
    return SUFFIXES[suffix]
