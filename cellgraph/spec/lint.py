"""What is odd in a spec, though not wrong: names that nothing uses, a cell without memory, one without input."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from cellgraph.errors import Problem, Source
from cellgraph.graph import Cell, Graph, before, reachable, size
from cellgraph.graph.cotangents import passed_on, stopping
from cellgraph.spec.sections import Document


def lint(document: Document, cell: Cell) -> tuple[Problem, ...]:
    """The warnings of a spec that is otherwise in order, in the order of the file."""
    step, readout = cell.step, cell.readout
    graphs = [step] if readout is None else [step, readout]
    used = {symbol for graph in graphs for equation in graph.equations for symbol in equation.uses}
    used |= {sp.Symbol(placed.value) for placed in document.initial.values()}
    found = [
        *_unused(document, graphs, used),
        *_dead(step, readout),
        *_untrained(document, graphs, used),
        *_forgetful(document, used),
        *_deaf(document, step),
        *_alike(document, graphs),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: (problem.source.line, problem.source.column)))


def _warning(code: str, message: str, source: Source) -> Problem:
    return Problem(code, message, source, "warning")


def _unused(document: Document, graphs: list[Graph], used: set[sp.Symbol]) -> Iterator[Problem]:
    """Inputs and parameters that no equation uses, and dims that neither a shape nor an equation uses."""
    sizes = {symbol for graph in graphs for symbol in graph.sizes}
    for kind, dims in (("dim", document.dims), ("lifted axis", document.each)):
        for name, described in dims.items():
            if size(name) not in sizes:
                message = f"the {kind} '{name}' is never used; use it or leave it out"
                yield _warning("W_UNUSED", message, described.source)
    for kind, section in (("input", document.inputs), ("parameter", document.params), ("constant", document.constants)):
        for name, placed in section.items():
            if sp.Symbol(name) not in used:
                yield _warning("W_UNUSED", f"the {kind} '{name}' is never used; use it or leave it out", placed.source)


def _dead(step: Graph, readout: Graph | None) -> Iterator[Problem]:
    """Quantities that are computed for nothing: no state, output or readout depends on them."""
    shown = readout.quantities if readout else {}
    needed = step.ancestors([*step.outputs, *(symbol for symbol in shown if symbol in step.definitions)])
    for equation in step.equations:
        if equation.lhs not in needed and equation.source:
            message = f"'{equation.lhs}' is computed and never used; use it or leave it out"
            yield _warning("W_DEAD", message, equation.source)


def _untrained(document: Document, graphs: list[Graph], used: set[sp.Symbol]) -> Iterator[Problem]:
    """Parameters that equations use, but that no gradient reaches."""
    passed = {e.lhs: passed_on(e.rhs, graph.quantities) for graph in graphs for e in graph.equations}
    reached = {placed.value for placed in document.initial.values()}
    links = {lhs: own.to for lhs, own in passed.items()}
    reached |= {str(symbol) for symbol in reachable([s for graph in graphs for s in graph.outputs], links)}
    for name, placed in document.params.items():
        if sp.Symbol(name) in used and name not in reached:
            stops = " or ".join(stopping(sp.Symbol(name), passed))
            why = f"every path from it passes {stops}" if stops else "nothing that comes out is computed from it"
            message = f"no gradient reaches the parameter '{name}': {why}; if it is not trained, make it a constant"
            yield _warning("W_NO_GRADIENT", message, placed.source)


def _forgetful(document: Document, used: set[sp.Symbol]) -> Iterator[Problem]:
    """States whose value before the step no equation reads."""
    forgotten = [name for name in document.states if before(name) not in used]
    if len(forgotten) == len(document.states):
        name = forgotten[0]
        message = f"no equation reads a state before the step, so the cell is not recurrent; use {name}[t-1] in one"
        yield _warning("W_NOT_RECURRENT", message, document.states[name].source)
        return
    for name in forgotten:
        message = f"the state '{name}' is handed on, but no equation reads {name}[t-1]; leave it out of the states"
        yield _warning("W_UNUSED", message, document.states[name].source)


def _deaf(document: Document, step: Graph) -> Iterator[Problem]:
    """Outputs that no input reaches, in this step or, by way of the states, in a later one."""
    reached: frozenset[sp.Symbol] = frozenset()
    inputs = {quantity.symbol for quantity in step.having("input")}
    while not inputs <= reached:
        # What a step hands on reaches the next one as the state before it.
        reached = step.descendants(reached | inputs)
        inputs |= {before(name) for name in document.states if sp.Symbol(name) in reached}
    output = document.output.value if document.output else next(iter(document.states))
    if sp.Symbol(output) not in reached:
        message = f"no input reaches the output '{output}'; let an equation use the input"
        yield _warning("W_NO_INPUT_PATH", message, document.sources["inputs"])


def _alike(document: Document, graphs: list[Graph]) -> Iterator[Problem]:
    """Names that differ in underscores only, and so print alike or nearly so."""
    places = {
        **{str(equation.lhs): equation.source for graph in graphs for equation in graph.equations},
        **{name: placed.source for name, placed in document.dims.items()},
        **{
            name: p.source
            for section in (document.inputs, document.states, document.params)
            for name, p in section.items()
        },
    }
    first: dict[str, str] = {}
    for name, source in places.items():
        other = first.setdefault(name.replace("_", ""), name)
        if other != name and source:
            message = f"'{name}' and '{other}' differ in underscores only and are easily confused; rename one"
            yield _warning("W_RENDER", message, source)
