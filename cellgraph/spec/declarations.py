"""What a spec declares: every name once, with its shape over the dims and the lifted axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from cellgraph.errors import Problem, Source, SpecError, quoted
from cellgraph.ops import Axis, Shape, family, in_order
from cellgraph.parse import size as parsed_size
from cellgraph.spec.readers import Located, Shapes, Sizes
from cellgraph.spec.sections import Document

TERMS = 60
"""The most terms that the number of entries of one array may have."""


@dataclass
class Construction:
    """A cell in the making: what is declared, and what is wrong so far."""

    document: Document
    problems: list[Problem]
    dims: Mapping[str, sp.Symbol]
    """Every size by name, those of lifted axes too."""
    axes: Mapping[str, Axis]
    taken: dict[str, str] = field(default_factory=dict)
    """What each declared name is, for messages: 'a parameter'."""
    shapes: dict[str, Shape | None] = field(default_factory=dict)

    def wrong(self, code: str, message: str, source: Source) -> None:
        """Notes a problem; checking goes on."""
        self.problems.append(Problem(code, message, source))


def declare(making: Construction) -> None:
    """Every declared name once, and the shapes of those that have one."""
    document = making.document
    places: dict[str, Source] = {}
    sections: tuple[tuple[str, Mapping[str, Located[Any]]], ...] = (
        ("a dim", document.dims),
        ("a lifted axis", document.each),
        ("an input", document.inputs),
        ("a state", document.states),
        ("a parameter", document.params),
        ("a constant", document.constants),
    )
    for kind, names in sections:
        for name, placed in names.items():
            if name in making.taken:
                told = f"'{name}' is {making.taken[name]} already, at line {places[name].line}"
                good = (
                    "leave it out under 'dims'" if kind == "a lifted axis" else "choose another name for one of the two"
                )
                making.wrong("E_DUP_NAME", f"{told}; {good}", placed.source)
            making.taken.setdefault(name, kind)
            places.setdefault(name, placed.source)
    for section in (document.inputs, document.states, document.params, document.constants):
        making.shapes |= _shapes(making, section)


def _shapes(
    making: Construction, section: Mapping[str, Located[str | Sizes | None]] | Shapes
) -> dict[str, Shape | None]:
    """The shapes of a section's names; a number is a scalar."""
    return {
        name: () if isinstance(placed.value, str) else None if placed.value is None
        else _shape(making, placed.value, name)
        for name, placed in section.items()
    }  # fmt: skip


def _shape(making: Construction, sizes: Sizes, name: str) -> Shape | None:
    """The shape that a list of sizes says: names of lifted axes first, as they stand in 'each', then the core."""
    lifted = [placed for placed in sizes if placed.value in making.axes]
    axes = [making.axes[placed.value] for placed in lifted]
    inside = tuple(placed for placed in sizes if placed not in lifted)
    if lifted and (sizes[: len(lifted)] != tuple(lifted) or tuple(axes) != in_order(axes)):
        named = {placed.value for placed in lifted}
        order = ", ".join([*(name for name in making.axes if name in named), *(placed.value for placed in inside)])
        message = f"lifted axes stand first in the shape of '{name}', each once and in the order of 'each'"
        hint = f"write [{order}]; a plain axis of the size of {lifted[0].value} is written 1*{lifted[0].value}"
        making.wrong("E_AXIS", f"{message}; {hint}", lifted[0].source)
        return None
    member = _core(making, inside, name)
    return None if member is None else family(axes, member)


def _core(making: Construction, sizes: Sizes, name: str) -> Shape | None:
    found: list[sp.Expr] = []
    terms = 1
    for placed in sizes:
        try:
            found.append(parsed_size(placed.value, placed.source, making.dims))
        except SpecError as error:
            making.problems += error.problems
            continue
        terms *= len(sp.Add.make_args(found[-1]))
        if found[-1].is_nonpositive:
            message = f"the size {quoted(placed.value, 40)} of '{name}' is not positive; write a size of 1 or more"
            making.wrong("E_SHAPE_FORM", message, placed.source)
            return None
        if terms > TERMS:
            message = f"the shape of '{name}' multiplies out to more than {TERMS} terms; use fewer dims"
            making.wrong("E_SIZE_EXPR", message, placed.source)
            return None
    return tuple(found) if len(found) == len(sizes) else None
