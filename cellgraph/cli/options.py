"""Arguments and options that mean the same in every command, and how their values become cells, sizes and reports."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cellgraph.cli import terminal
from cellgraph.cli.files import emit
from cellgraph.errors import CellgraphError, nearest

if TYPE_CHECKING:
    from cellgraph.graph import Cell
    from cellgraph.report import Report
    from cellgraph.words import Lang

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("text", "markdown", "latex", "csv", "json")
RECEIVER = f"{__name__}.receiver"
"""Where a context holds what takes reports instead of a view: documents that make something of them themselves."""
SUFFIXES = {".txt": "text", ".md": "markdown", ".tex": "latex", ".csv": "csv", ".json": "json"}


class SizeType(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """NAME=VALUE, a positive whole number for a dim of the cell."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """The name and the number. A number too long to be a size is refused before Python reads it."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"\s*([A-Za-z]\w*)\s*=\s*([0-9]{1,40})\s*", value, re.ASCII)
        if not found or int(found[2]) < 1:
            self.fail(f"{value!r} is no size; write NAME=VALUE with a positive whole number, such as n=256", param, ctx)
        return found[1], int(found[2])


def sized(command: F) -> F:
    """-s, -i and -H."""
    positive = click.IntRange(min=1)
    command = click.option("-H", "--hidden-size", "--units", "hidden", type=positive, metavar="N", help="Hidden size.")(
        command
    )
    command = click.option("-i", "--input-size", "input_", type=positive, metavar="N", help="Input size.")(command)
    return click.option(
        "-s", "--size", "sizes", type=SizeType(), multiple=True, help="A size of the cell; repeatable."
    )(command)


def stacked(command: F) -> F:
    """--layers and --bidirectional."""
    command = click.option("--bidirectional", is_flag=True, help="One cell forwards and one backwards in each layer.")(
        command
    )
    return click.option("--layers", type=click.IntRange(1, 10_000), default=1, show_default=True, metavar="N")(command)


def printed(command: F) -> F:
    """-f, --json, -o, --lang."""
    command = click.option("--lang", type=click.Choice(["en", "zh"]), help="Language; default from the locale.")(
        command
    )
    command = click.option("-o", "--output", metavar="FILE", help="Write to FILE; the format from its suffix.")(command)
    command = click.option("--json", "as_json", is_flag=True, help="The same as --format json.")(command)
    return click.option("-f", "--format", "format_", type=click.Choice(FORMATS), help="Default: text.")(command)


def language(lang: str | None) -> Lang:
    """The language asked for, else CELLGRAPH_LANG, else the locale's."""
    places = ("CELLGRAPH_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    found = lang or next((os.environ[place] for place in places if os.environ.get(place)), "en")
    return "zh" if found.lower().startswith("zh") else "en"


def cells(names: Sequence[str]) -> list[Cell]:
    """The cells of these names, paths or standard input, remembered as files that no output may overwrite."""
    from cellgraph.spec import load

    context = click.get_current_context()
    specs = context.ensure_object(list)
    specs += [name for name in names if name != "-"]
    return [load(name) for name in names]


def sizes_of(
    loaded: Sequence[Cell], sizes: Sequence[tuple[str, int]], input_: int | None, hidden: int | None
) -> list[dict[str, int]]:
    """For each cell, the sizes that it has of those given. A size that no cell has is wrong usage."""
    from cellgraph.derive.counts.sizes import hidden_dim, input_dim

    known = {name for cell in loaded for name in cell.dims}
    for name, _ in sizes:
        if name not in known:
            raise click.UsageError(f"no cell here has a size '{name}'; sizes are {', '.join(sorted(known))}")
    found = []
    for cell in loaded:
        own = {name: value for name, value in sizes if name in cell.dims}
        for option, value, dim in (("-i", input_, input_dim(cell)), ("-H", hidden, hidden_dim(cell))):
            if value is not None and dim is None:
                raise click.UsageError(
                    f"{cell.name} has no dim for {option}; use -s with one of {', '.join(cell.dims)}"
                )
            if value is not None:
                own.setdefault(str(dim), value)
        found.append(own)
    return found


def deliver(report: Report, format_: str | None, as_json: bool, output: str | None, lang: str | None) -> None:
    """Write a report in the format asked for: by name, by the file's suffix, else as text."""
    from cellgraph.views import shown

    receive = click.get_current_context().meta.get(RECEIVER)
    if receive is not None:
        receive(report)
        return
    view = "json" if as_json else format_ or _by_suffix(output)
    if view == "text" and output is None and sys.stdout is not None and sys.stdout.isatty():
        terminal.show(report, language(lang))
        return
    emit(shown(report, view, language(lang)), output, click.get_current_context().ensure_object(list))


@contextmanager
def usage() -> Iterator[None]:
    """Names and numbers that an option got wrong become wrong usage (exit code 2)."""
    try:
        yield
    except (KeyError, ValueError) as error:
        if isinstance(error, UnicodeError):
            raise
        raise click.UsageError(str(error.args[0])) from None


def _by_suffix(output: str | None) -> str:
    if output is None or output == "-":
        return "text"
    suffix = os.path.splitext(output)[1].lower()
    if suffix not in SUFFIXES:
        raise CellgraphError(
            f"{output}: cannot tell the format from the suffix {suffix!r}; use one of {', '.join(SUFFIXES)}, "
            f"or name it with --format{nearest(suffix, SUFFIXES)}"
        )
    return SUFFIXES[suffix]
