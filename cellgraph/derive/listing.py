"""What a spec says, in order: equations with shapes, what is handed on, the readout; and the adjoint likewise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import sympy as sp

from cellgraph.derive.gradients.gradient import adjoint_equations, gradient
from cellgraph.derive.gradients.unreached import unreached
from cellgraph.derive.structures.roles import roles
from cellgraph.graph import Cell, Equation, Function, Graph, Quantity, functions_in
from cellgraph.graph.notation import source
from cellgraph.messages import Message, listed, message
from cellgraph.ops import axes_of
from cellgraph.report import Formulas, Line, Notated, Report, Written, lines_of
from cellgraph.roles import ROLES
from cellgraph.table import Table

DELTAS = {"total": Written("δ", r"\delta"), "outside": Written("Δ", r"\Delta")}
"""The letters of adjoints and of what comes to them from outside."""


def listing(cell: Cell, unfold: bool = False) -> Report:
    """The equations of one step, its quantities with roles and shapes, and the readout.

    Functions are called as in the spec, with what they are below the equations; with `unfold`, they are written out.
    """
    graphs = [replace(g, folded=None) if unfold else g.written for g in (cell.step, cell.readout) if g is not None]
    step, readout = graphs[0], graphs[1:]
    starts = ", ".join(f"{state} = {value}" for state, value in _initial(cell).items())
    blocks: list[Message | Formulas | Table] = [
        *([message("{title}", title=cell.title)] if cell.title else []),
        Formulas(lines_of(step, step.equations), step),
        *members(cell),
        *([] if unfold else definitions(step, *readout)),
        message("handed to the next step: {states}", states=", ".join(s.name for s in cell.carries.values())),
        *([message("before the first step, zero elsewhere: {states}", states=starts)] if starts else []),
        message("output: {output}", output=cell.output),
        _quantities(cell),
    ]
    for shown in readout:
        made = message("readout, made from the state and not handed on")
        blocks.append(Formulas(lines_of(shown, shown.equations), shown, made))
    if cell.reference:
        blocks.append(message("reference: {reference}", reference=cell.reference))
    if cell.note:
        blocks.append(message("note: {note}", note=cell.note))
    return Report(message("{cell}", cell=cell.name), tuple(blocks), _document(cell, graphs))


def members(cell: Cell) -> list[Message]:
    """For which members the equations hold, and when they have an index; nothing where nothing is lifted."""
    if not cell.each:
        return []
    called = {axis: cell.labels.get(axis) or cell.dims[axis] or axis for axis in cell.each}
    ranges = listed(message("{axis} = 1, …, {members}", axis=sp.Symbol(a), members=said) for a, said in called.items())
    return [message("for every {ranges}; where members meet what they share, they have an index", ranges=ranges)]


def definitions(*graphs: Graph) -> list[Formulas]:
    """What the functions of graphs are, a line for each; nothing where there are none."""
    lines = tuple(map(_definition, functions_in(*graphs)))
    return [Formulas(lines, None, message("where"))] if lines else []


def _definition(function: Function) -> Line:
    return Line(function.head(*function.parameters), function.body, note=_defaults(function))


def _defaults(function: Function) -> Message | None:
    """What the last parameters of a function are where a call leaves them out."""
    named = function.parameters[len(function.parameters) - len(function.defaults) :]
    own = [message("{name} = {value}", name=n, value=source(v)) for n, v in zip(named, function.defaults, strict=True)]
    return message("unless given: {numbers}", numbers=listed(own)) if own else None


def gradient_report(cell: Cell, adjoint: Graph | None = None) -> Report:
    """The adjoint equations, after the conventions and the names that they use.

    `adjoint` is the adjoint of the cell's unrolled graph; without it, that of one step.
    """
    adjoint = adjoint or gradient(cell)
    adjoints = adjoint_equations(adjoint)
    written = set(cell.step.definitions.items())
    forward = tuple(e for e in adjoint.equations if e not in adjoints and (e.lhs, e.rhs) not in written)
    blocks: list[Message | Formulas | Table] = list(_conventions(adjoint, adjoints))
    if forward:
        blocks.append(Formulas(lines_of(adjoint, forward), adjoint, message("names that the gradient refers to")))
    why = unreached(cell, adjoint)
    lines = tuple(replace(line, note=why.get(line.left)) for line in lines_of(adjoint, adjoints))
    blocks += [Formulas(lines, adjoint, message("adjoint equations")), *members(cell)]
    return Report(
        message("gradient of {cell}", cell=cell.name),
        tuple(blocks),
        {
            "cell": cell.name,
            "equations": [
                replace(line, keys={**line.keys, "because": why[e.lhs]}) if e.lhs in why else line
                for line, e in zip(_lines(adjoint, adjoints, "of"), adjoints, strict=True)
            ],
            "forward": _lines(adjoint, forward),
            "given": [Notated({"of": str(q.of)}, q.symbol, adjoint) for q in _seeds(adjoint, adjoints)],
        },
    )


def _conventions(adjoint: Graph, shown: Iterable[Equation]) -> Iterator[Message]:
    """What δ stands for, and which cotangents are given: those of the seeds that the equations shown use."""
    seeds = _seeds(adjoint, shown)
    if not seeds:
        yield message("A gradient has the shape of its variable.")
        return
    partial = [q for q in seeds if q.name.startswith("Δ")]
    example = (partial or seeds)[0].of
    yield message(
        "A gradient has the shape of its variable. {total} is {derivative} by every path from {q} to L, "
        "and so for every quantity.",
        total=sp.Symbol(f"δ_{example}"),
        derivative=sp.Symbol(f"∂L/∂{example}"),
        q=example,
    )
    yield message("Given from outside, by the loss and by later steps: {seeds}.", seeds=listed(q.symbol for q in seeds))
    if partial:
        yield message(
            "Each {outside} is only a part of its {total}: what comes back through the equations is added to it.",
            **DELTAS,
        )


def _seeds(adjoint: Graph, shown: Iterable[Equation]) -> list[Quantity]:
    """The cotangents from outside that these equations use."""
    used = {symbol for equation in shown for symbol in equation.uses}
    return [q for q in adjoint.having("seed") if q.symbol in used]


def _lines(graph: Graph, equations: Iterable[Equation], key: str = "name") -> list[Notated]:
    """Equations as JSON, the name of each under a key; under "of", an adjoint has that of the quantity it is of."""
    found = []
    for equation in equations:
        quantity = graph.quantities[equation.lhs]
        name = quantity.of if key == "of" else quantity.symbol
        keys = {key: str(name), "shape": [str(size) for size in quantity.shape or ()]}
        found.append(Notated(keys, Line(equation.lhs, equation.rhs), graph))
    return found


def _quantities(cell: Cell) -> Table:
    played = roles(cell)
    rows = tuple(
        (
            q.symbol,
            message(ROLES[played[q.symbol]].name),
            q.shape,
            *([", ".join(map(str, axes_of(q.shape or ())))] if cell.each else []),
            cell.labels.get(q.symbol.name, ""),
        )
        for q in cell.step.quantities.values()
    )
    columns = ("quantity", "role", "shape", *(["one for each"] if cell.each else []), "meaning")
    return Table(message("quantities"), columns, rows)


def _initial(cell: Cell) -> dict[str, str]:
    """What states are before the first step, where that is not zero, by name."""
    return {
        cell.carries[before].name: value.name if isinstance(value, sp.Symbol) else f"{float(value):g}"
        for before, value in cell.initial.items()
    }


def _document(cell: Cell, graphs: list[Graph]) -> dict[str, Any]:
    step, *readout = graphs
    functions = functions_in(*graphs)
    return {
        "cell": cell.name,
        "title": dict(cell.title),
        "states": [symbol.name for symbol in cell.carries.values()],
        "initial": _initial(cell),
        "output": cell.output.name,
        "quantities": [
            {
                "name": q.symbol.name,
                "role": q.role,
                "plays": roles(cell)[q.symbol],
                "shape": [str(size) for size in q.shape or ()],
            }
            for q in step.quantities.values()
        ],
        "equations": _lines(step, step.equations),
        **({"functions": [Notated({"name": f.name}, _definition(f)) for f in functions]} if functions else {}),
        "readout": [line for graph in readout for line in _lines(graph, graph.equations)],
        "reference": cell.reference,
        "note": dict(cell.note),
    }
