"""A document to a cell: shapes, equations and names checked together, so that one report tells all that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import sympy as sp

from cellgraph.errors import Problem, SpecError, nearest, quoted
from cellgraph.graph import Cell, Graph, Quantity, Role, before, size
from cellgraph.graph.order_and_shapes import UNSHAPED
from cellgraph.ops import Axis, numel, spelled
from cellgraph.parse import NUMBERS
from cellgraph.parse import size as parsed_size
from cellgraph.spec.declarations import Construction, declare
from cellgraph.spec.equations import LEFT, ParsedEquations, equations, name_problems
from cellgraph.spec.functions import SHIPPED, vocabulary
from cellgraph.spec.readers import NUMBER
from cellgraph.spec.sections import Document

if TYPE_CHECKING:
    from cellgraph.implementations.implementation import Implementation


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
    declare(making)
    words, wrong_functions = vocabulary(document.functions) if document.functions else (SHIPPED, [])
    # A name that is declared or defined is what it is there.
    lines = [line.value.lstrip() for block in (document.equations, document.readout) if block for line in block.value]
    taken = {*making.taken, *(left[1] for line in lines if (left := LEFT.match(line)))}
    words = replace(words, numbers={name: number for name, number in NUMBERS.items() if name not in taken})
    inner, wrong_inner = equations(document.equations, making.dims, making.axes, words)
    outer, wrong_outer = equations(document.readout, making.dims, making.axes, words)
    making.problems += [*wrong_functions, *wrong_inner, *wrong_outer]
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
    known = not {"dims", "each"} & {*making.document.broken}
    told = dict.fromkeys(p for p in making.problems if known or p.code != "E_DIM_NAME")
    return tuple(sorted(told, key=lambda problem: (problem.source.line, problem.source.column)))


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
    if holes or not making.document.each:
        return None if holes else graph
    from cellgraph.graph.crossings import with_axes_named

    return with_axes_named(graph)


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
