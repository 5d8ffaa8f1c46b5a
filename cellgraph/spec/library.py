"""The specs that ship with cellgraph: their names, and the index of what each says of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache

from cellgraph.errors import SpecError
from cellgraph.spec.source import Text, folder, shipped, text

INDEX = "index.json"
"""The file beside the specs that holds the summary of each, so that a list of cells need not read them all."""


@dataclass(frozen=True)
class Summary:
    """What a list of cells says of one: all of it stands in the spec."""

    name: str
    title: Mapping[str, str]
    year: int | None
    family: str
    states: tuple[str, ...]
    matrices: int
    """Weight matrices and kernels of the step, those of a family counted once, readout apart."""
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
    return tuple(shipped())


@cache
def summaries() -> tuple[Summary, ...]:
    """A summary of every cell that ships with cellgraph, by name, out of the index."""
    import json

    entries = json.loads((folder() / INDEX).read_text(encoding="utf-8"))
    listed = ("states", "implementations", "recorded")
    return tuple(Summary(**{**entry, **{key: tuple(entry[key]) for key in listed}}) for entry in entries)


def index_text() -> str:
    """The index as it should be: the summaries of all specs as JSON, one a line."""
    import json

    found = [json.dumps(asdict(summary(text(name))), ensure_ascii=False) for name in cells()]
    return "[\n" + ",\n".join(found) + "\n]\n"


def summary(spec: Text) -> Summary:
    """The summary of a spec. Raises SpecError where it is not in order."""
    from cellgraph.spec import sections, yaml_nodes

    document, problems = sections.document(spec)
    if problems:
        raise SpecError(*problems)
    lines = document.equations.value if document.equations else ()
    used = {word for line in lines for word in re.findall(r"\w+", line.value.partition("#")[0])}
    matrices = [
        name
        for name, shape in document.params.items()
        if name in used and sum(size.value not in document.each for size in shape.value or ()) > 1
    ]
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
        tuple(section.entries) if isinstance(section, yaml_nodes.Mapping) else (),
        document.recorded,
    )


def schema_text() -> str:
    """The JSON Schema of specs (draft-07), for editors."""
    return (folder() / "cellgraph.schema.json").read_text(encoding="utf-8")
