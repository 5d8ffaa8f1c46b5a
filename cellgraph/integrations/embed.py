"""The command embed: documents read, their blocks refreshed, and the result written, shown or only checked."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
from dataclasses import astuple, dataclass
from pathlib import Path

import click

from cellgraph.cli.output import write
from cellgraph.errors import CellgraphError
from cellgraph.integrations.documents import DrawnOutput, PrintedOutput, Refreshed, Syntax, refreshed
from cellgraph.integrations.running import output_of


@dataclass(frozen=True)
class Places:
    """The folder of pictures that a block gives no name, and the one below which a block may name any."""

    pictures: str | None = None
    root: str | None = None


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a block or picture is out of date.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
@click.option("--pictures", metavar="DIR", help="Where pictures go that have no -o; default: beside the document.")
@click.option("--root", metavar="DIR", help="Pictures may go below DIR; default: below the folder of the document.")
@click.option("-q", "--quiet", is_flag=True, help="Do not name the files that were changed.")
def embed(files: tuple[str, ...], check: bool, diff: bool, pictures: str | None, root: str | None, quiet: bool) -> None:
    """Refresh the generated blocks of Markdown and rST files.

    A block stands between two comments and holds what the command in the first one prints or draws:

    \b
    <!-- cellgraph: params lstm gru -i 128 -H 256 -->
    <!-- /cellgraph -->

    \b
    .. cellgraph: grad lstm
    .. /cellgraph

    Only cellgraph's own commands are run, without a shell. Paths count from the folder of the document.

    \b
    cellgraph embed README.md docs/*.md
    cellgraph embed README.md --check
    """
    wrong: list[str] = []
    stale = False
    for file in files:
        try:
            stale |= not _fresh(file, Places(pictures, root), check, diff, quiet)
        except CellgraphError as error:
            wrong.append(str(error))
    if wrong:
        raise CellgraphError("\n".join(wrong))
    if check and stale:
        click.get_current_context().exit(1)


def refreshed_document(text: str, file: str, places: Places = Places()) -> Refreshed:
    """The document of this text with its blocks refreshed; `file` says where it stands and what language it is."""
    folder = os.path.dirname(file) or "."
    unnamed, root = (None if place is None else os.path.relpath(place, folder) for place in astuple(places))
    lang = "zh" if re.search(r"\.zh\b", os.path.basename(file)) else "en"

    def run(arguments: list[str], syntax: Syntax) -> PrintedOutput | DrawnOutput:
        with contextlib.chdir(folder):
            return output_of(arguments, syntax, lang, (unnamed or "").replace(os.sep, "/"), root or ".")

    return refreshed(text, file, run)


def _fresh(file: str, places: Places, check: bool, diff: bool, quiet: bool) -> bool:
    """Whether a document was up to date; brings it up to date unless it is only to be checked or shown."""
    old = _text(file)
    found = refreshed_document(old, file, places)
    beside = os.path.dirname(file)
    outdated = {path: data for path, data in found.pictures.items() if _data(os.path.join(beside, path)) != data}
    if diff:
        _show_difference(old, found, file, outdated)
    for line in found.changed if check else ():
        click.echo(f"{file}:{line}: this block is out of date; run: cellgraph embed {file}", err=True)
    for path in outdated if check else ():
        click.echo(f"{os.path.join(beside, path)}: this picture is out of date; run: cellgraph embed {file}", err=True)
    if not check and not diff:
        for path, data in outdated.items():
            target = os.path.join(beside, path)
            os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
            write(target, data)
        if found.text != old:
            # A document that is a link stays one.
            write(os.path.realpath(file), found.text.encode("utf-8"))
        if (outdated or found.text != old) and not quiet:
            click.echo(file)
    return found.text == old and not outdated


def _text(file: str) -> str:
    try:
        return Path(file).read_bytes().decode("utf-8")
    except OSError as error:
        raise CellgraphError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CellgraphError(f"{file}: this file is not UTF-8 (byte {error.start}); convert it") from None


def _data(path: str) -> bytes | None:
    return Path(path).read_bytes() if os.path.isfile(path) else None


def _show_difference(old: str, found: Refreshed, file: str, outdated: dict[str, bytes]) -> None:
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), found.text.splitlines(keepends=True), file, f"{file} (refreshed)"
    )
    click.echo("".join(line if line.endswith("\n") else line + "\n" for line in lines), nl=False)
    for path in outdated:
        click.echo(f"picture {path} differs")
