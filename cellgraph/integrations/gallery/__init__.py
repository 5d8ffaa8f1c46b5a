"""The command gallery: everything about every cell as files, written or held against those that are there."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from cellgraph.cli.blas import configure_openblas
from cellgraph.cli.output import write

# Before NumPy is loaded here, and for the processes that are started from here.
configure_openblas()

OWNED = ("cells", "families", "compare")
"""The folders of a gallery in which no other files stand."""


@click.command()
@click.argument("names", nargs=-1, metavar="[CELL]...")
@click.option("-o", "--output", metavar="DIR", default="outputs", show_default=True, help="Where the gallery goes.")
@click.option("--compared", is_flag=True, help="Only the cells that stories and comparisons show side by side.")
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file is out of date or left over.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes; default: one for each processor.")
@click.option("-q", "--quiet", is_flag=True, help="No progress bar, and no list of files.")
def gallery(names: tuple[str, ...], output: str, compared: bool, check: bool, jobs: int | None, quiet: bool) -> None:
    """Everything about every cell, as Markdown and SVG for a code host: index, page by page, side by side.

    \b
    cellgraph gallery -o build/gallery
    cellgraph gallery --compared -o outputs --check
    cellgraph gallery my-cell.yaml lstm -o compared
    """
    if compared and names:
        raise click.UsageError("--compared chooses the cells; leave it out, or the names of cells")
    made: set[str] = set()
    stale: list[str] = []
    for path, data in _files(names, compared, jobs or os.cpu_count() or 1, quiet):
        made.add(path)
        target = os.path.join(output, path)
        if os.path.isfile(target) and Path(target).read_bytes() == data:
            continue
        stale.append(path)
        if not check:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            write(target, data, [name for name in names if name != "-"])
    left = [path for path in _present(output) if path not in made]
    again = shlex.join(["cellgraph", "gallery", *names, *(["--compared"] if compared else []), "-o", output])
    for path in stale if check else ():
        click.echo(f"{os.path.join(output, path)}: out of date; run: {again}", err=True)
    for path in left:
        click.echo(f"{os.path.join(output, path)}: no part of the gallery any more; remove it", err=True)
    if not quiet and not check:
        click.echo(f"{len(made)} files in {output}, {len(stale)} of them new or changed", err=True)
    if check and (stale or left):
        click.get_current_context().exit(1)


def _files(names: tuple[str, ...], compared: bool, jobs: int, quiet: bool) -> Iterator[tuple[str, bytes]]:
    """Every file of the gallery, in order, with a progress bar on standard error."""
    from cellgraph.integrations.gallery.contents import compared_cells, contents_of
    from cellgraph.integrations.gallery.tasks import parts, tasks

    contents = contents_of(compared_cells() if compared else names)
    made = parts(contents, jobs)
    if quiet or not sys.stderr.isatty():
        yield from (item for part in made for item in part.items())
        return
    with click.progressbar(made, length=len(tasks(contents)), label="gallery", file=sys.stderr) as bar:
        for part in bar:
            yield from part.items()


def _present(output: str) -> list[str]:
    """The files in the folders that are the gallery's own."""
    found = [path for folder in OWNED for path in Path(output, folder).rglob("*") if path.is_file()]
    return sorted(path.relative_to(output).as_posix() for path in found)
