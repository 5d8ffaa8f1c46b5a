"""The index of known cells by their forms, so that no search for the nearest has to read them all.

A form is known by a digest that names play no part in: neither those of quantities nor those of sizes. The index holds
the form of every cell that ships, the forms that one rewrite of it leads to, and the form of each of its transforms.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from zlib import crc32

from cellgraph.derive.differences.normal_form import NormalForm
from cellgraph.derive.differences.search import Frontier
from cellgraph.derive.differences.sizes import nameless
from cellgraph.graph import Cell
from cellgraph.spec import cells, load
from cellgraph.spec.source import folder, text
from cellgraph.transforms.table import TABLE, transformed
from cellgraph.transforms.transform import NotApplicable

FORMS = "forms.json"
"""The file beside the specs that holds the index."""
LARGEST = 2_000
"""Nodes of the largest form whose transforms are indexed."""


@dataclass(frozen=True)
class KnownForms:
    """What the index knows of a cell; `spec` tells whether it is that of the text from which it was made."""

    name: str
    spec: str
    form: str
    counts: Mapping[str, int]
    """How many operations of each kind, parameters, matrices and states there are."""
    rewritten: tuple[str, ...]
    transforms: Mapping[str, str]


@dataclass(frozen=True)
class Hit:
    """A known cell with a form that was looked for, so many rewrites away from the cell itself."""

    cell: str
    rewrites: int


def digest(form: NormalForm) -> str:
    """What a form is known by: eight hexadecimal digits."""
    return f"{nameless(form).digest % 2**32:08x}"


@cache
def entries() -> Mapping[str, KnownForms]:
    """What the index knows of every cell, by name."""
    found = json.loads((folder() / FORMS).read_text(encoding="utf-8"))
    return {known["name"]: KnownForms(**{**known, "rewritten": tuple(known["rewritten"])}) for known in found}


@cache
def hits() -> Mapping[str, tuple[Hit, ...]]:
    """The known cells by the digests of their forms: cells before transforms, and those of fewer rewrites first."""
    found: dict[str, list[Hit]] = {}
    for known in entries().values():
        found.setdefault(known.form, []).append(Hit(known.name, 0))
    for known in entries().values():
        for transform, form in known.transforms.items():
            # What ships, or another transform makes, has a name already.
            if form not in found:
                found[form] = [Hit(f"{known.name}+{transform}", 0)]
    for known in entries().values():
        for form in known.rewritten:
            found.setdefault(form, []).append(Hit(known.name, 1))
    return {form: tuple(own) for form, own in found.items()}


def stamp(name: str) -> str:
    """What tells whether the text of a spec is still the same."""
    return f"{crc32(text(name).text.encode()):08x}"


def entry(name: str) -> KnownForms:
    """What the index should know of a cell that ships."""
    cell = load(name)
    own = Frontier(cell)
    form = digest(own.start)
    forms = [digest(reached.form) for reached in own.reached(1).values()]
    made = dict(_transforms(cell)) if len(own.start.labelled.labels) <= LARGEST else {}
    return KnownForms(
        name,
        stamp(name),
        form,
        dict(sorted(own.start.features.items())),
        tuple(sorted({*forms} - {form})),
        {transform: found for transform, found in made.items() if found != form},
    )


def _transforms(cell: Cell) -> Iterator[tuple[str, str]]:
    for name in TABLE:
        try:
            yield name, digest(Frontier(transformed(cell, name)).start)
        except NotApplicable:
            continue


def index_text() -> str:
    """The index as it should be: what is known of each cell as JSON, one a line."""
    return "[\n" + ",\n".join(json.dumps(asdict(entry(name))) for name in cells()) + "\n]\n"
