"""Arguments and options that mean the same in every command, and how their values become cells, sizes and reports."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from cellgraph import deadline
from cellgraph.cli.output import emit, say
from cellgraph.errors import CellgraphError, nearest
from cellgraph.messages import LANGUAGES
from cellgraph.views import VIEWS, shown

if TYPE_CHECKING:
    from cellgraph.derive.counts.sizes import Stack
    from cellgraph.graph import Cell
    from cellgraph.messages import Lang
    from cellgraph.report import Report

F = TypeVar("F", bound=Callable[..., Any])

RECEIVER = f"{__name__}.receiver"
"""Where a context holds what takes reports instead of a view: documents that make something of them themselves."""
POSITIVE = click.IntRange(min=1)
MOST_SECONDS = 1e6
LAYERS = click.IntRange(1, 10_000)
SUFFIXES = {".txt": "text", ".md": "markdown", ".rst": "rst", ".tex": "latex", ".csv": "csv", ".json": "json"}


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


@dataclass(frozen=True)
class Sizes:
    """The sizes that a user gave: by the names of dims, as the input size, as the hidden size."""

    named: tuple[tuple[str, int], ...]
    input: int | None
    hidden: int | None

    def of(self, loaded: Sequence[Cell]) -> list[dict[str, int]]:
        """For each cell, the sizes that it has of those given. A size that no cell has is wrong usage."""
        known = {name for cell in loaded for name in cell.dims}
        for name, _ in self.named:
            if name not in known:
                raise click.UsageError(f"no cell here has a size '{name}'; sizes are {', '.join(sorted(known))}")
        return [self._own(cell) for cell in loaded]

    def _own(self, cell: Cell) -> dict[str, int]:
        from cellgraph.derive.counts.sizes import hidden_dim, input_dim

        own = {name: value for name, value in self.named if name in cell.dims}
        for option, value, dim_of in (("-i", self.input, input_dim), ("-H", self.hidden, hidden_dim)):
            dim = None if value is None else dim_of(cell)
            if value is not None and dim is None:
                choices = ", ".join(cell.dims)
                raise click.UsageError(f"{cell.name} has no dim for {option}; use -s with one of {choices}")
            if value is not None:
                own.setdefault(str(dim), value)
        return own


@dataclass(frozen=True)
class Printing:
    """How a report is to be written: the format (None: by the file's suffix), the file (None: standard output)."""

    format: str | None
    json: bool
    output: str | None
    lang: Lang

    @property
    def view(self) -> str:
        """The name of the view that makes the format."""
        return "json" if self.json else self.format or by_suffix(self.output, SUFFIXES, "text")


def bundled(name: str, bundle: Callable[..., Any], options: Mapping[str, Callable[[Any], Any]]) -> Callable[[F], F]:
    """A decorator that gives a command these options, and hands it their values as one argument of that name."""

    def decorated(command: F) -> F:
        @wraps(command)
        def bundling(**given: Any) -> Any:
            values = [given.pop(option) for option in options]
            return command(**given, **{name: bundle(*values)})

        for option in reversed(tuple(options.values())):
            bundling = option(bundling)
        return cast(F, bundling)

    return decorated


def language(ctx: click.Context, param: click.Parameter | None, lang: str | None) -> Lang:
    """The language asked for, else CELLGRAPH_LANG, else the locale's."""
    places = ("CELLGRAPH_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    found = lang or next((os.environ[place] for place in places if os.environ.get(place)), "en")
    return "zh" if found.lower().startswith("zh") else "en"


spoken = click.option(
    "--lang", type=click.Choice(LANGUAGES), callback=language, help="Language; default from the locale."
)


def _stack(layers: int, bidirectional: bool) -> Stack:
    from cellgraph.derive.counts.sizes import Stack

    return Stack(layers, bidirectional)


sized = bundled(
    "sizes",
    Sizes,
    {
        "named": click.option(
            "-s", "--size", "named", type=SizeType(), multiple=True, help="A size of the cell; repeatable."
        ),
        "input_": click.option("-i", "--input-size", "input_", type=POSITIVE, metavar="N", help="Input size."),
        "hidden": click.option(
            "-H", "--hidden-size", "--units", "hidden", type=POSITIVE, metavar="N", help="Hidden size."
        ),
    },
)
stacked = bundled(
    "stack",
    _stack,
    {
        "layers": click.option(
            "--layers", type=LAYERS, default=1, show_default=True, metavar="N", help="Layers in a stack."
        ),
        "bidirectional": click.option(
            "--bidirectional", is_flag=True, help="One cell forwards and one backwards in each layer."
        ),
    },
)
printed = bundled(
    "printing",
    Printing,
    {
        "format_": click.option("-f", "--format", "format_", type=click.Choice(VIEWS), help="Default: text."),
        "as_json": click.option("--json", "as_json", is_flag=True, help="The same as --format json."),
        "output": click.option("-o", "--output", metavar="FILE", help="Write to FILE; the format from its suffix."),
        "lang": spoken,
    },
)


INSTEAD: Mapping[str, str] = MappingProxyType({
    "check": "split the spec, and check its parts",
    "show": "'show --spec' works",
    "params": "count one cell at a time",
    "cost": "'params' works",
    "structure": "'show' works",
    "budget": "'params' with sizes works",
    "diff": "'show' and 'params' work of each cell",
    "identify": "'show' and 'params' work",
    "explain": "'show' and 'params' work",
    "compare": "compare fewer cells, or 'params' of each",
    "grad": "ask for some gradients with --wrt, unroll fewer steps, or leave out --expand",
    "jacobian": "'grad' says the same as adjoints",
    "draw": "draw --detail equations, fewer steps, or --format dot or mermaid, which need no layout",
    "flow": "measure fewer --steps or --seeds, or smaller sizes with -s",
    "page": "'show', 'params' and 'grad' say in parts what a page says",
})  # fmt: skip
"""What works of a command that has a deadline, where all of it is too much. The others show what they are at, or do
next to nothing."""


def with_deadline(command: click.Command, name: str) -> click.Command:
    """The command, with a deadline if it is one of INSTEAD."""
    run = command.callback
    if name not in INSTEAD or run is None or any(param.name == "limit_seconds" for param in command.params):
        return command

    @wraps(run)
    def limited(limit_seconds: float, **given: Any) -> Any:
        with deadline.within(limit_seconds or None, INSTEAD[name]):
            return run(**given)

    command.callback = limited
    said = "Give up after N seconds of work, and say what is too large; 0: never."
    command.params.append(
        click.Option(
            ["--limit-seconds"], type=click.FloatRange(0, MOST_SECONDS), default=deadline.DEFAULT, show_default=True,
            envvar="CELLGRAPH_LIMIT_SECONDS", metavar="N", help=said,
        )
    )  # fmt: skip
    return command


def cells(names: Sequence[str]) -> list[Cell]:
    """The cells of these names, paths or standard input, remembered as files that no output may overwrite."""
    from cellgraph.spec import load

    specs = click.get_current_context().ensure_object(list)
    loaded = []
    for name in names:
        # Most names have no transforms, and then nothing of them is imported.
        file = _file(name) if "+" in name else name
        if file != "-":
            # Noted before it is read: whoever watches the files must hear of one that is wrong.
            specs.append(file)
        cell = load(name) if file == name else _transformed(name)
        origin = "standard input" if file == "-" else file if os.path.exists(file) else "the specs of cellgraph"
        say(f"{cell.name}: read from {origin}")
        deadline.DOING.set(f"'{click.get_current_context().info_name}' of {cell.name}")
        loaded.append(cell)
    return loaded


def _file(name: str) -> str:
    """The name or path of the spec that transforms are applied to."""
    from cellgraph.transforms.resolve import parts

    return parts(name)[0]


def _transformed(name: str) -> Cell:
    from cellgraph.transforms.resolve import load
    from cellgraph.transforms.transform import NotApplicable

    try:
        return load(name)
    except NotApplicable as refused:
        ctx = click.get_current_context()
        raise CellgraphError(refused.told(language(ctx, None, ctx.params.get("lang")))) from None


def emit_report(report: Report, printing: Printing) -> None:
    """Write a report in the format asked for: by name, by the file's suffix, else as text."""
    receive = click.get_current_context().meta.get(RECEIVER)
    if receive is not None:
        receive(report)
        return
    view, output = printing.view, printing.output
    if view == "text" and output is None and sys.stdout is not None and sys.stdout.isatty():
        from cellgraph.cli import terminal

        deadline.finish()
        terminal.show(report, printing.lang)
        return
    emit(shown(report, view, printing.lang), output, click.get_current_context().ensure_object(list))


@contextmanager
def usage() -> Iterator[None]:
    """Names and numbers that an option got wrong become wrong usage (exit code 2)."""
    try:
        yield
    except (KeyError, ValueError) as error:
        if isinstance(error, UnicodeError):
            raise
        raise click.UsageError(str(error.args[0])) from None


def by_suffix(output: str | None, formats: Mapping[str, str], default: str) -> str:
    """The format that an output's suffix asks for; the default for standard output. Raises CellgraphError."""
    if output is None or output == "-":
        return default
    suffix = os.path.splitext(output)[1].lower()
    if suffix not in formats:
        raise CellgraphError(
            f"{output}: no format has the suffix {suffix!r}; use one of {', '.join(formats)}, "
            f"or name it with --format{nearest(suffix, formats)}"
        )
    return formats[suffix]
