"""Running our own commands from within documents: parsed by click, their output caught, nothing else started."""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from cellgraph.cli import COMMANDS, commands
from cellgraph.cli.options import RECEIVER
from cellgraph.errors import CellgraphError, nearest, quoted
from cellgraph.integrations.documents import DrawnOutput, PrintedOutput, Syntax

if TYPE_CHECKING:
    from cellgraph.messages import Lang
    from cellgraph.report import Report

PRINTING = (
    "list", "show", "params", "cost", "structure", "explain", "budget", "compare", "diff", "grad", "jacobian",
    "flow", "schema",
)  # fmt: skip
DRAWING = ("draw",)
"""What documents may run: commands that print or draw, and change nothing. Some that print can draw, too."""
PICTURES = (".svg", ".png")
HELP = frozenset({"-h", "--help"})
WIDTH = 100


def output_of(
    arguments: Sequence[str], syntax: Syntax, lang: str, pictures: str = "", root: str = "."
) -> PrintedOutput | DrawnOutput:
    """What a command prints or draws for a block of a document. Raises CellgraphError for anything that it refuses.

    `pictures` is the folder of pictures that have no name, and `root` the one below which others may name themselves,
    both from the folder of the document, which is the current one.
    """
    name, rest = permitted(arguments)
    if HELP & set(rest):
        return PrintedOutput(_ran(name, rest, {}).decode("utf-8"), "text")
    given = _context(name, rest).params
    output = given.get("output")
    if name in DRAWING or PurePosixPath(str(output)).suffix in PICTURES:
        themes = syntax.themes and given.get("theme") == "auto"
        return _drawn(arguments, lang, _picture_path(given, pictures, root), themes)
    if output is not None:
        raise CellgraphError("the output of a block stands in the document; leave -o out")
    only = given.get("as_json") or name == "schema"
    view = "json" if only else str(given.get("format_") or syntax.name)
    return PrintedOutput(_ran(name, rest, {"format_": view, "lang": lang}).decode("utf-8"), view)


def permitted(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The name and the words of a command, if documents may run it. Raises CellgraphError with the choices."""
    name, *rest = arguments
    choices = [choice for choice in (*PRINTING, *DRAWING) if choice in COMMANDS]
    if name not in choices:
        raise CellgraphError(f"no block runs {name!r}{nearest(name, choices) or '; blocks take ' + ', '.join(choices)}")
    if "-" in rest:
        raise CellgraphError("a block cannot read standard input; name a cell or a file")
    return name, rest


def language_of(locale: str) -> Lang:
    """The language of documents whose locale is called so."""
    return "zh" if locale.lower().startswith("zh") else "en"


def report_of(arguments: Sequence[str], lang: str, specs: list[str]) -> Report:
    """The report that a command would print. Raises CellgraphError.

    `specs` takes the names and paths of the cells that it reads, also where it fails.
    """
    name, rest = permitted(arguments)
    found: list[Report] = []
    _ran(name, rest, {"lang": lang}, found, specs)
    if not found:
        raise CellgraphError(f"'{name}' has no report that could stand here")
    return found[0]


def picture_of(
    arguments: Sequence[str], lang: str, specs: list[str], theme: str = "light", suffix: str = ".svg"
) -> tuple[bytes, str]:
    """The picture that a command draws, and what it shows in words; `specs` as in report_of. Raises CellgraphError.

    Without a theme it is that of the command.
    """
    name, rest = permitted(arguments)
    defaults = {"lang": lang, "theme": theme} if theme else {"lang": lang}
    found: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        # The words stand in the SVG.
        for wanted in dict.fromkeys([".svg", suffix]):
            target = Path(folder, f"picture{wanted}")
            _ran(name, rest, defaults, specs=specs, fixed={"output": str(target), "format_": None})
            found[wanted] = target.read_bytes()
    return found[suffix], _described(found[".svg"], name, rest)


def _ran(
    name: str,
    rest: Sequence[str],
    defaults: Mapping[str, Any],
    reports: list[Report] | None = None,
    specs: list[str] | None = None,
    fixed: Mapping[str, Any] | None = None,
) -> bytes:
    """Everything that a command writes to standard output.

    `defaults` are options where none are given, `fixed` ones whatever is given. With `reports`, reports go there and
    are not printed; `specs` takes the names and paths of the cells that were read.
    """
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
    said = io.StringIO()
    code = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
            context = _context(name, rest)
            defaults = {"limit_seconds": 0.0, **defaults}  # documents are made in the background
            for key in defaults.keys() & context.params.keys():
                if context.get_parameter_source(key) is not click.core.ParameterSource.COMMANDLINE:
                    context.params[key] = defaults[key]
            context.params.update(fixed or {})
            if reports is not None:
                context.meta[RECEIVER] = reports.append
            if specs is not None:
                context.obj = specs
            with context:
                context.command.invoke(context)
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    except click.ClickException as error:
        raise CellgraphError(error.format_message()) from None
    except OSError as error:
        raise CellgraphError(f"{error.filename}: {error.strerror}") from None
    if code:
        raise CellgraphError(said.getvalue().strip() or f"this command ended with exit code {code}")
    out.flush()
    return raw.getvalue()


def _context(name: str, rest: Sequence[str]) -> click.Context:
    """The command line as click reads it. Raises CellgraphError; Exit where it asks for help."""
    top = click.Context(commands, info_name="cellgraph", terminal_width=WIDTH, **commands.context_settings)
    command = commands.get_command(top, name)
    assert command is not None, "what documents may run is in COMMANDS"
    try:
        return command.make_context(name, list(rest), parent=top)
    except click.ClickException as error:
        raise CellgraphError(error.format_message()) from None


def _drawn(arguments: Sequence[str], lang: str, path: str, themes: bool) -> DrawnOutput:
    """The picture of a block: one for light and one for dark pages, or one picture for both."""
    place = PurePosixPath(path)
    dark = str(place.with_stem(f"{place.stem}-dark")) if themes else ""
    shades = {path: "light", dark: "dark"} if themes else {path: ""}
    found = {file: picture_of(arguments, lang, [], theme, place.suffix) for file, theme in shades.items()}
    return DrawnOutput({file: data for file, (data, _) in found.items()}, path, dark, found[path][1])


def _described(svg: bytes, name: str, rest: Sequence[str]) -> str:
    """What a picture says to those who do not see it; else what was asked for."""
    desc = re.search(r"<desc[^>]*>(.*?)</desc>", svg.decode("utf-8"), re.DOTALL)
    said = " ".join(unescape(desc[1]).split()) if desc else ""
    return said or f"{name} {' '.join(word for word in rest if not word.startswith('-'))}"


def _picture_path(given: Mapping[str, Any], pictures: str, root: str) -> str:
    """Where a picture goes, from the folder of its document. Raises CellgraphError for a place outside of `root`."""
    output = given.get("output")
    if output is None:
        names = given.get("name") or "-".join(given["names"])
        detail, suffix = given.get("detail"), given.get("format_") or "svg"
        cell = PurePosixPath(names).stem
        path = PurePosixPath(f"{cell}-{detail}.{suffix}" if detail else f"{cell}.{suffix}")
    else:
        path = PurePosixPath(output)
    if not re.fullmatch(r"[\w./-]+", str(path)) or path.suffix not in PICTURES:
        raise CellgraphError(f"{quoted(str(path))} cannot be linked; name a .svg or .png file without spaces")
    # A link to a folder is followed to where it leads; one to a file would be replaced.
    if path.is_absolute() or not Path(path).parent.resolve().is_relative_to(Path(root).resolve()):
        place = "the folder of the document" if root == "." else quoted(root)
        raise CellgraphError(f"{quoted(str(path))} is outside {place}; name a file in it, or a wider --root")
    return str(path if output is not None else PurePosixPath(pictures) / path)
