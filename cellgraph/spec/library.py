"""The specs that ship with cellgraph: finding them by name, and listing them without loading SymPy."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from cellgraph.errors import Problem, Source, SpecError, nearest, quoted
from cellgraph.spec import form, nodes, source
from cellgraph.spec.source import Text


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list of cells says of one: all of it stands in the spec."""

    name: str
    title: Mapping[str, str]
    year: int | None
    family: str
    states: tuple[str, ...]
    matrices: int
    """Weight matrices of the step, readout apart."""
    formula: str
    """How many parameters the spec expects, over its dims; empty where it does not say."""
    implementations: tuple[str, ...] = ()
    """The classes of libraries whose arrays the spec describes, by their dotted names."""
    recorded: tuple[str, ...] = ()
    """The recorded runs that the cell is compared with, by the names of their files: library__Class."""


def cells() -> tuple[str, ...]:
    """The names of the cells that ship with cellgraph, in alphabetical order.

    >>> import cellgraph as cg
    >>> [name for name in cg.cells() if name.startswith("gru-reset")]
    ['gru-reset-after']
    """
    return tuple(_shipped())


@cache
def summaries() -> tuple[Summary, ...]:
    """A summary of every cell that ships with cellgraph, by name."""
    return tuple(summary(text(name)) for name in cells())


def summary(spec: Text) -> Summary:
    """The summary of a spec. Raises SpecError where it is not in order."""
    document, problems = form.document(spec)
    if problems:
        raise SpecError(*problems)
    lines = document.equations.lines if document.equations else ()
    used = {word for line in lines for word in re.findall(r"\w+", line.value.partition("#")[0])}
    matrices = [name for name, shape in document.params.items() if name in used and len(shape.value or ()) == 2]
    formula = document.expects.get("params")
    section = document.implementations
    return Summary(
        document.name,
        document.title,
        document.year,
        document.family,
        tuple(document.states),
        len(matrices),
        formula.value if formula else "",
        tuple(section.entries) if isinstance(section, nodes.Mapping) else (),
        document.recorded,
    )


def text(name_or_path: str | os.PathLike[str]) -> Text:
    """The text of a spec: one that ships with cellgraph, by name; a file, by path; '-' is standard input.

    Raises SpecError where there is none, and as `source.decoded` does.
    """
    if not isinstance(name_or_path, str):
        return source.read(name_or_path)
    name = name_or_path
    if name == "-":
        return _standard_input()
    if name in _shipped():
        spec = _shipped()[name]
        return source.decoded(spec.read_bytes(), f"{name}.yaml")
    if re.fullmatch(r"[\w-]*", name) and not os.path.exists(name):
        hint = nearest(name, cells()) or "; 'cellgraph list' lists those that there are"
        message = f"there is no cell or file {quoted(name)}{hint}"
        raise SpecError(Problem("E_FILE", message, Source(quoted(name)[1:-1], 0, 0)))
    return source.read(name_or_path)


def _standard_input() -> Text:
    if sys.stdin is None:  # closed by whoever started the program
        message = "there is no standard input; give a name or a path"
        raise SpecError(Problem("E_FILE", message, Source("<stdin>", 0, 0)))
    return source.received(sys.stdin.buffer)


@cache
def _shipped() -> Mapping[str, Traversable]:
    """The spec files by name."""
    found = {spec.name.removesuffix(".yaml"): spec for spec in _specs(folder())}
    return MappingProxyType(dict(sorted(found.items())))


@cache
def folder() -> Traversable:
    """The folder of specs: the package `cellgraph.specs`; beside this package where that is not installed."""
    try:
        return files("cellgraph.specs")
    except ModuleNotFoundError:
        return Path(__file__).parents[2] / "specs"


def schema_text() -> str:
    """The JSON Schema of specs (draft-07), for editors."""
    return (folder() / "cellgraph.schema.json").read_text(encoding="utf-8")


def _specs(place: Traversable) -> Iterator[Traversable]:
    """Every YAML file of a folder and the folders in it."""
    for entry in place.iterdir():
        if entry.is_dir():
            yield from _specs(entry)
        elif entry.name.endswith(".yaml"):
            yield entry
