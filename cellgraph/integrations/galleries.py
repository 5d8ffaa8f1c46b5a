"""The command gallery: its parts made on several processors, its files written or held against those there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cellgraph.cli import blas
from cellgraph.cli.files import write

# Before NumPy is loaded here, and for the processes that are started from here.
blas.tell()

if TYPE_CHECKING:
    from cellgraph.integrations.gallery import Plan, Task

OWNED = ("cells", "families", "compare")


@click.command()
@click.argument("names", nargs=-1, metavar="[CELL]...")
@click.option("-o", "--output", metavar="DIR", default="outputs", show_default=True, help="Where the gallery goes.")
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file is out of date or left over.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes; default: one for each processor.")
@click.option("-q", "--quiet", is_flag=True, help="No progress bar, and no list of files.")
def gallery(names: tuple[str, ...], output: str, check: bool, jobs: int | None, quiet: bool) -> None:
    """Everything about every cell, as Markdown and SVG for a code host: index, page by page, side by side.

    \b
    cellgraph gallery -o outputs
    cellgraph gallery -o outputs --check
    cellgraph gallery my-cell.yaml lstm -o compared
    """
    made: set[str] = set()
    stale: list[str] = []
    for path, data in _files(names, jobs, quiet):
        made.add(path)
        target = os.path.join(output, path)
        if os.path.isfile(target) and Path(target).read_bytes() == data:
            continue
        stale.append(path)
        if not check:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            write(target, data, [name for name in names if name != "-"])
    left = [path for path in _present(output) if path not in made]
    for path in stale if check else ():
        click.echo(f"{os.path.join(output, path)}: out of date; run: cellgraph gallery -o {output}", err=True)
    for path in left:
        click.echo(f"{os.path.join(output, path)}: no part of the gallery any more; remove it", err=True)
    if not quiet and not check:
        click.echo(f"{len(made)} files in {output}, {len(stale)} of them new or changed", err=True)
    if check and (stale or left):
        click.get_current_context().exit(1)


def _files(names: tuple[str, ...], jobs: int | None, quiet: bool) -> Iterator[tuple[str, bytes]]:
    """Every file of the gallery, in order, with a progress bar on standard error."""
    from cellgraph.integrations.gallery import plan, tasks

    of = plan(names)
    todo = tasks(of)
    parts = _done(of, todo, min(jobs or os.cpu_count() or 1, len(todo)))
    if quiet or not sys.stderr.isatty():
        yield from (item for part in parts for item in part.items())
        return
    with click.progressbar(parts, length=len(todo), label="gallery", file=sys.stderr) as bar:
        for part in bar:
            yield from part.items()


def _done(of: Plan, todo: tuple[Task, ...], jobs: int) -> Iterator[dict[str, bytes]]:
    from cellgraph.integrations.gallery import files

    if jobs == 1:
        yield from (files(of, task) for task in todo)
        return
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial
    from multiprocessing import get_context

    # Started afresh and not forked: a fork takes locks and threads of this process with it.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(files, of), todo)


def _present(output: str) -> list[str]:
    """The files in the folders that are the gallery's own."""
    found = [path for folder in OWNED for path in Path(output, folder).rglob("*") if path.is_file()]
    return sorted(path.relative_to(output).as_posix() for path in found)
