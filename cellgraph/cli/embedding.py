"""The command embed, and how the command of a block is run: parsed by click, its output caught."""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
from html import unescape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from cellgraph.errors import CellgraphError, quoted

from .files import write

if TYPE_CHECKING:
    from cellgraph.integrations.blocks import Syntax
    from cellgraph.integrations.embed import Drawn, Printed, Refreshed

PRINTING = (
    "list", "show", "params", "cost", "structure", "explain", "budget", "compare", "diff", "grad", "jacobian",
    "flow", "schema",
)  # fmt: skip
DRAWING = ("draw",)
"""What blocks may run: commands that print or draw, and change nothing."""
FORMATS = {"markdown": "markdown", "rst": "text"}
"""The format of a block that names none, by document language."""
WIDTH = 100


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a block or picture is out of date.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
@click.option("--pictures", metavar="DIR", help="Where pictures go that have no -o; default: beside the document.")
@click.option("-q", "--quiet", is_flag=True, help="Do not name the files that were changed.")
def embed(files: tuple[str, ...], check: bool, diff: bool, pictures: str | None, quiet: bool) -> None:
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
    stale = [file for file in files if not _fresh(file, pictures, check, diff, quiet)]
    if check and stale:
        click.get_current_context().exit(1)


def _fresh(file: str, folder: str | None, check: bool, diff: bool, quiet: bool) -> bool:
    """Whether a document was up to date; brings it up to date unless it is only to be checked or shown."""
    old = _text(file)
    found = refreshed_document(old, file, folder)
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


def refreshed_document(text: str, file: str, pictures: str | None = None) -> Refreshed:
    """The document of this text with its blocks refreshed; `file` says where it stands and what language it is."""
    from cellgraph.integrations.embed import refreshed

    folder = os.path.dirname(file) or "."
    place = "" if pictures is None else os.path.relpath(pictures, folder).replace(os.sep, "/")
    chinese = re.search(r"\.zh\b", os.path.basename(file)) is not None

    def run(arguments: list[str], syntax: Syntax) -> Printed | Drawn:
        with contextlib.chdir(folder):
            return output_of(arguments, syntax, "zh" if chinese else "en", place)

    return refreshed(text, file, run)


def output_of(arguments: list[str], syntax: Syntax, lang: str, pictures: str = "") -> Printed | Drawn:
    """What a command of ours prints or draws. Raises CellgraphError for anything that it refuses."""
    from cellgraph.integrations.embed import Printed, allowed

    name, *rest = arguments
    allowed(name, (*PRINTING, *DRAWING))
    if "-" in rest:
        raise CellgraphError("a block cannot read standard input; name a cell or a file")
    if name in DRAWING and not {"-h", "--help"} & set(rest):
        return _drawn(name, rest, lang, pictures)
    given = _given(name, rest)
    if given.get("output") is not None:
        raise CellgraphError("the output of a block stands in the document; leave -o out")
    view = "json" if given.get("as_json") else str(given.get("format_") or FORMATS[syntax.name])
    if {"-h", "--help"} & set(rest):
        view = "text"
    if name == "schema":
        view = "json"
    return Printed(_ran(name, rest, {"format_": view, "lang": lang}).decode("utf-8"), view)


def _given(name: str, rest: list[str]) -> dict[str, object]:
    """The options of a command line, read by click; empty where it asks for help."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return dict(_context(name, rest).params)
    except click.exceptions.Exit:
        return {}
    except click.ClickException as error:
        raise CellgraphError(error.format_message()) from None


def _ran(name: str, rest: list[str], defaults: dict[str, object]) -> bytes:
    """Everything that a command writes to standard output, options that were not given set by `defaults`."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
    said = io.StringIO()
    code = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
            context = _context(name, rest)
            for key in defaults.keys() & context.params.keys():
                if context.get_parameter_source(key) is not click.core.ParameterSource.COMMANDLINE:
                    context.params[key] = defaults[key]
            with context:
                context.command.invoke(context)
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    except click.ClickException as error:
        raise CellgraphError(error.format_message()) from None
    if code:
        raise CellgraphError(said.getvalue().strip() or f"this command ended with exit code {code}")
    out.flush()
    return raw.getvalue()


def _context(name: str, rest: list[str]) -> click.Context:
    from . import COMMANDS, commands

    top = click.Context(commands, info_name="cellgraph", terminal_width=WIDTH, **commands.context_settings)
    command = commands.get_command(top, name)
    if command is None:
        raise CellgraphError(f"there is no command {name!r}; there are {', '.join(COMMANDS)}")
    return command.make_context(name, list(rest), parent=top)


def _drawn(name: str, rest: list[str], lang: str, pictures: str) -> Drawn:
    """The picture of a draw command: light and dark where no theme is asked for, and what it shows in words."""
    from cellgraph.integrations.embed import Drawn

    given = _given(name, rest)
    path = _picture_path(given, pictures)
    view = PurePosixPath(path).suffix[1:].lower()
    words = _without_output(rest)

    def picture(theme: str, format_: str) -> bytes:
        return _ran(name, words, {"theme": theme, "format_": format_, "lang": lang})

    shown = picture("light", "svg").decode("utf-8")
    desc = re.search(r"<desc[^>]*>(.*?)</desc>", shown, re.DOTALL)
    alt = unescape(desc[1]) if desc else ""
    if given.get("theme") not in (None, "auto"):
        return Drawn({path: picture("", view)}, path, "", alt)
    dark = str(PurePosixPath(path).with_stem(PurePosixPath(path).stem + "-dark"))
    return Drawn({path: picture("light", view), dark: picture("dark", view)}, path, dark, alt)


def _picture_path(given: dict[str, object], pictures: str) -> str:
    """Where a picture goes, from the folder of its document. Raises CellgraphError for a place outside of it."""
    output = given.get("output")
    if output is None:
        names = given.get("name") or given.get("names")
        cell = PurePosixPath(str(names if isinstance(names, str) else "-".join(names))).stem  # type: ignore[arg-type]
        detail = given.get("detail")
        suffix = given.get("format_") or "svg"
        return str(PurePosixPath(pictures, f"{cell}-{detail}.{suffix}" if detail else f"{cell}.{suffix}"))
    path = PurePosixPath(str(output))
    if not re.fullmatch(r"[\w./-]+\.(?:svg|png)", str(path)):
        raise CellgraphError(f"{quoted(str(output))} cannot be linked; name a .svg or .png file without spaces")
    if path.is_absolute() or ".." in path.parts:
        raise CellgraphError(f"{quoted(str(output))} is outside the folder of the document; name a file in it")
    return str(path)


def _without_output(rest: list[str]) -> list[str]:
    """The words of a command line without -o FILE, which says where a picture is linked and is not for the command."""
    kept: list[str] = []
    skip = False
    for word in rest:
        if skip:
            skip = False
        elif word in ("-o", "--output"):
            skip = True
        elif not word.startswith("--output=") and not (word.startswith("-o") and len(word) > 2):
            kept.append(word)
    return kept


def _text(file: str) -> str:
    try:
        return Path(file).read_bytes().decode("utf-8")
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
