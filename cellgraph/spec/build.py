"""A document to a cell: shapes, equations and names checked together, so that one report tells all that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import sympy as sp

from cellgraph.errors import Problem, Source, SpecError, nearest, quoted
from cellgraph.graph import Cell, Graph, Quantity, Role, before, size
from cellgraph.graph.order_and_shapes import UNSHAPED
from cellgraph.ops import Axis, Shape, family, numel, spelled
from cellgraph.parse import size as parsed_size
from cellgraph.spec.equations import ParsedEquations, equations, name_problems
from cellgraph.spec.readers import NUMBER, Located, Shapes, Sizes
from cellgraph.spec.sections import Document

if TYPE_CHECKING:
    from cellgraph.implementations.implementation import Implementation

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


def cell(
    document: Document, form: Iterable[Problem] = (), trusted: bool = False
) -> tuple[Cell | None, tuple[Problem, ...]]:
    """The cell of a document, or None and every problem in the order of the file, if anything is wrong.

    `form` are the problems of the document's form, already found. What implementations are of a `trusted` document is
    read when it is asked for.
    """
    dims = {name: size(name) for name in (*document.dims, *document.each)}
    axes = {name: Axis(size(name), place) for place, name in enumerate(document.each)}
    making = Construction(document, list(form), dims, axes)
    _declarations(making)
    inner, wrong_inner = equations(document.equations, making.dims, making.axes)
    outer, wrong_outer = equations(document.readout, making.dims, making.axes)
    making.problems += [*wrong_inner, *wrong_outer]
    making.problems += name_problems(document, making.taken, inner, outer)
    within = {use.name for use in inner.uses} | {placed.value for placed in document.initial.values()}
    shown_only = {use.name for use in outer.uses} - within
    params = [name for name in document.params if name not in shown_only]
    step = _step(making, inner, params)
    readout = _readout(making, outer, step, shown_only) if step is not None and document.readout else None
    derived: dict[str, Any] = {
        "expects": _expected(making, params),
        "layouts": _layouts(making, params, trusted),
        "initial": _initial(making) if document.initial else {},
    }
    if step is None or making.problems:
        return None, _ordered(making)
    return _cell(document, step=step, readout=readout, **derived), ()


def _ordered(making: Construction) -> tuple[Problem, ...]:
    """The problems in the order of the file, each once; without dims, none of the sizes that use them is at fault."""
    known = "dims" not in making.document.broken
    told = dict.fromkeys(p for p in making.problems if known or p.code != "E_DIM_NAME")
    return tuple(sorted(told, key=lambda problem: (problem.source.line, problem.source.column)))


def _declarations(making: Construction) -> None:
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
                making.wrong("E_DUP_NAME", f"{told}; choose another name for one of the two", placed.source)
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
    if lifted and (sizes[: len(lifted)] != tuple(lifted) or axes != sorted(set(axes), key=lambda axis: axis.place)):
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


def _graph(
    making: Construction,
    found: ParsedEquations,
    leaves: list[Quantity],
    derived: list[Quantity],
    outputs: list[str] | None,
) -> Graph | None:
    """The graph of these equations; None where it has a mistake, or something that it needs is wrong already.

    What could not be read, and what is not defined, stands in as a leaf without a shape, so that the rest is checked.
    """
    given = {leaf.symbol for leaf in leaves}
    statements = [equation for equation in found.equations if equation.lhs not in given]
    defined = {equation.lhs for equation in statements}
    symbols = dict.fromkeys(
        [sp.Symbol(name) for name in found.unread]
        + [before(use.name) if use.before else sp.Symbol(use.name) for use in found.uses]
    )
    holes = [Quantity(s, "const", None) for s in symbols if s not in given and s not in defined]
    try:
        wanted = None if outputs is None else [sp.Symbol(name) for name in outputs]
        graph = Graph.build([*leaves, *holes], statements, derived, wanted)
    except SpecError as error:
        making.problems += [problem for problem in error.problems if problem.code != UNSHAPED]
        return None
    return None if holes else graph


def _step(making: Construction, found: ParsedEquations, params: list[str]) -> Graph | None:
    """The graph of one step, with every declared quantity as a leaf, used or not."""
    document, shapes = making.document, making.shapes
    leaves = [
        *(_leaf(making, name, "input") for name in document.inputs),
        *(Quantity(before(name), "state", shapes[name], -1) for name in document.states),
        *(_leaf(making, name, "param", None) for name in params),
        *_constants(making),
    ]
    states = [_leaf(making, name, "state") for name in document.states]
    output = [document.output.value] if document.output else []
    return _graph(making, found, leaves, states, list(dict.fromkeys([*document.states, *output])))


def _readout(making: Construction, found: ParsedEquations, step: Graph, params: set[str]) -> Graph | None:
    """The graph of the readout: its leaves are the quantities of the step that it uses, and its own parameters."""
    symbols = dict.fromkeys(before(use.name) if use.before else sp.Symbol(use.name) for use in found.uses)
    leaves = [step.quantities[symbol] for symbol in symbols if symbol in step.quantities]
    own = [_leaf(making, name, "param", None) for name in making.document.params if name in params]
    return _graph(making, found, [*leaves, *own], [], None)


def _constants(making: Construction) -> Iterator[Quantity]:
    """The constants as leaves: numbers with their value, arrays without."""
    for name, placed in making.document.constants.items():
        number = sp.Rational(placed.value) if isinstance(placed.value, str) else None
        yield Quantity(sp.Symbol(name), "const", making.shapes[name], None, value=number)


def _leaf(making: Construction, name: str, role: Role, time: int | None = 0) -> Quantity:
    return Quantity(sp.Symbol(name), role, making.shapes[name], time)


def _expected(making: Construction, params: list[str]) -> Mapping[str, sp.Expr]:
    """What the spec expects of the cell, held against it."""
    formula = making.document.expects.get("params")
    shapes = [making.shapes[name] for name in params]
    if formula is None:
        return {}
    try:
        wanted = parsed_size(formula.value, formula.source, making.dims)
    except SpecError as error:
        making.problems += error.problems
        return {}
    counted = sp.expand(sp.Add(*[numel(shape) for shape in shapes if shape is not None]))
    if None not in shapes and sp.expand(wanted - counted) != 0:
        told = f"the spec expects {_cut(wanted)} parameters, and those declared for the step are {_cut(counted)}"
        making.wrong("E_EXPECTS", f"{told}; correct the formula or the shapes", formula.source)
    return {"params": wanted}


def _initial(making: Construction) -> Mapping[sp.Symbol, sp.Expr]:
    """By the symbol of a state before the step: the number that each entry is, or the parameter that the state is.

    Zero is what every other state begins at, and so is left out.
    """
    document, shapes = making.document, making.shapes
    found: dict[sp.Symbol, sp.Expr] = {}
    for name, placed in document.initial.items():
        text = placed.value
        if name not in document.states:
            hint = nearest(name, document.states) or f"; the states are {', '.join(document.states)}"
            making.wrong("E_INITIAL", f"{quoted(name)} is no state{hint}", placed.source)
        elif text.removeprefix("-") == "inf":
            found[before(name)] = sp.oo if text == "inf" else -sp.oo
        elif NUMBER.fullmatch(text):
            found |= {before(name): sp.Rational(text)} if sp.Rational(text) else {}
        elif text not in document.params:
            hint = nearest(text, document.params) or "; write a number, such as -1e38, or declare it in 'params'"
            making.wrong("E_INITIAL", f"{quoted(text)} is no parameter{hint}", placed.source)
        elif None not in (own := (shapes.get(name), shapes.get(text))) and own[0] != own[1]:
            told = f"'{name}' is {spelled(own[0] or ())} and '{text}' is {spelled(own[1] or ())}"
            making.wrong("E_SHAPE", f"{told}; a state begins as a parameter of its own shape", placed.source)
        else:
            found[before(name)] = sp.Symbol(text)
    return MappingProxyType(found)


def _cut(formula: sp.Expr) -> str:
    return quoted(str(formula))[1:-1]


def _layouts(making: Construction, params: list[str], trusted: bool) -> Callable[[], tuple[Implementation, ...]]:
    """What tells the implementations: read now, for their mistakes, or later where there are known to be none."""
    document, section = making.document, making.document.implementations
    shapes = {name: shape for name in params if (shape := making.shapes[name]) is not None}
    if section is None or len(shapes) < len(params):
        return tuple

    def read() -> tuple[tuple[Implementation, ...], list[Problem]]:
        from cellgraph.spec.implementations import implementations

        output = document.output.value if document.output else ""
        return implementations(section, shapes, tuple(document.states), tuple(making.dims), output)

    if trusted:
        return lambda: read()[0]
    found, problems = read()
    making.problems += problems
    return lambda: found


def _cell(document: Document, **derived: Any) -> Cell:
    """The cell: what its document says as it stands, and what has been derived of it."""
    return Cell(
        name=document.name,
        carries=MappingProxyType({before(name): sp.Symbol(name) for name in document.states}),
        output=sp.Symbol(document.output.value if document.output else next(iter(document.states))),
        dims=MappingProxyType({name: placed.value for name, placed in {**document.dims, **document.each}.items()}),
        each=tuple(document.each),
        title=document.title,
        labels=MappingProxyType({name: placed.value for name, placed in document.labels.items()}),
        reference=document.reference,
        year=document.year,
        family=document.family,
        note=document.note,
        recorded=document.recorded,
        **derived,
    )
