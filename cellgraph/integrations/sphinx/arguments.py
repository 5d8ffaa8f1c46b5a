"""From a directive's argument and options to the words of a command, and to the files that its page depends on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import click
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from cellgraph.cli import commands
from cellgraph.errors import CellgraphError
from cellgraph.graph import Cell, Equation
from cellgraph.integrations.running import language_of
from cellgraph.messages import Lang
from cellgraph.spec.source import shipped
from cellgraph.transforms.resolve import parts

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment

OptionSpec = dict[str, Callable[[str], Any]]
CAPTIONED: OptionSpec = {
    "name": directives.unchanged,
    "class": directives.class_option,
    "caption": directives.unchanged,
}
"""The options of directives whose tables or pictures can have captions."""
OUTPUT = ("output", "format_", "as_json", "theme", "quiet", "verbose")
"""Options about files and formats, which a document has no use for."""


@cache
def options_of(command: str) -> OptionSpec:
    """The options of a command as those of a directive: flags as flags, anything else as text that click will read."""
    return {
        name.removeprefix("--"): directives.flag if option.is_flag else directives.unchanged
        for option in _options(command)
        for name in option.opts
        if name.startswith("--")
    }


def words_of(command: str, directive: SphinxDirective) -> list[str]:
    """The command line that a directive stands for. Options that may be repeated take several values, with blanks."""
    repeated = {name.removeprefix("--") for option in _options(command) if option.multiple for name in option.opts}
    words = [command]
    for name in options_of(command):
        if name not in directive.options:
            continue
        value = directive.options[name]
        values = [] if value is None else value.split() if name in repeated else [value]
        words += [f"--{name}"] if value is None else [f"--{name}={value}" for value in values]
    return [*words, "--", *(located(name, directive.env) for name in directive.arguments[0].split())]


@contextmanager
def reading(directive: SphinxDirective) -> Iterator[list[str]]:
    """Takes the specs that a directive reads: its page depends on them. What goes wrong is an error at its place."""
    specs: list[str] = []
    try:
        yield specs
    except CellgraphError as error:
        raise directive.error(f"{directive.name}: {error}") from None
    finally:
        note(specs, directive.env)


def located(name: str, env: BuildEnvironment) -> str:
    """A cell's name as it is; the path of a spec as seen from its document, or from the top with a slash before it."""
    if name == "-":
        raise CellgraphError("a document cannot read standard input; name a cell or a file")
    spec, changes = parts(name)
    place = env.relfn2path(spec)[1] if spec.endswith((".yaml", ".yml")) or "/" in spec else spec
    return "+".join([place, *changes])


def equations_of(cell: Cell, names: Sequence[str]) -> tuple[Equation, ...]:
    """The equations of these quantities of a cell. Raises CellgraphError with the names that there are."""
    known = {equation.lhs.name: equation for equation in cell.step.equations}
    for name in names:
        if name not in known:
            raise CellgraphError(f"{cell.name} has no equation for {name!r}; it has {', '.join(known)}")
    return tuple(known[name] for name in names)


def note(specs: list[str], env: BuildEnvironment) -> None:
    """Have the page read again when one of these specs changes."""
    for spec in (parts(name)[0] for name in specs):
        path = spec if os.path.sep in spec else shipped().get(spec)
        if path:
            env.note_dependency(str(path))


def language(directive: SphinxDirective) -> Lang:
    """The language of a directive: its option, `cellgraph_lang`, or that of the documents."""
    config = directive.env.config
    return language_of(directive.options.get("lang") or config.cellgraph_lang or config.language or "en")


def _options(command: str) -> list[click.Option]:
    found = commands.get_command(click.Context(commands), command)
    params = found.params if found else []
    return [p for p in params if isinstance(p, click.Option) and p.name not in OUTPUT]
