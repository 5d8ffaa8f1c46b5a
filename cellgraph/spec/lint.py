"""What is odd in a spec, though not wrong: names that nothing uses, a cell without memory, one without input."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from cellgraph.errors import Problem, Source
from cellgraph.graph import Graph, before, postorder, size, symbols_of
from cellgraph.ops import Head, operands
from cellgraph.spec.sections import Document


def oddities(document: Document, step: Graph, readout: Graph | None) -> Iterator[Problem]:
    """The warnings of a spec that is otherwise in order."""
    graphs = [step] if readout is None else [step, readout]
    used = {symbol for graph in graphs for equation in graph.equations for symbol in equation.uses}
    used |= {sp.Symbol(placed.value) for placed in document.initial.values()}
    yield from _unused(document, graphs, used)
    yield from _dead(step, readout)
    yield from _forgetful(document, used)
    yield from _deaf(document, step)
    yield from _alike(document, graphs)


def _warning(code: str, message: str, source: Source) -> Problem:
    return Problem(code, message, source, "warning")


def _unused(document: Document, graphs: list[Graph], used: set[sp.Symbol]) -> Iterator[Problem]:
    """Inputs and parameters that no equation uses, and dims that neither a shape nor an equation uses."""
    fixed = {
        symbol
        for graph in graphs
        for equation in graph.equations
        for node in postorder(equation.rhs)
        if isinstance(node, Head)
        for argument in node.args[len(operands(node)) :]
        for symbol in argument.free_symbols
    }
    sizes = {symbol for graph in graphs for symbol in graph.sizes} | fixed | used
    for name, described in document.dims.items():
        if size(name) not in sizes:
            yield _warning("W_UNUSED", f"the dim '{name}' is never used; use it or leave it out", described.source)
    for kind, section in (("input", document.inputs), ("parameter", document.params), ("constant", document.constants)):
        for name, placed in section.items():
            if sp.Symbol(name) not in used:
                yield _warning("W_UNUSED", f"the {kind} '{name}' is never used; use it or leave it out", placed.source)


def _dead(step: Graph, readout: Graph | None) -> Iterator[Problem]:
    """Quantities that are computed for nothing: no state, output or readout depends on them."""
    needed: set[sp.Symbol] = set()
    todo = [
        *step.outputs,
        *(symbol for symbol in (readout.quantities if readout else ()) if symbol in step.definitions),
    ]
    while todo:
        symbol = todo.pop()
        if symbol not in needed:
            needed.add(symbol)
            todo += symbols_of(step.definitions.get(symbol, sp.S.Zero))
    for equation in step.equations:
        if equation.lhs not in needed and equation.source:
            message = f"'{equation.lhs}' is computed and never used; use it or leave it out"
            yield _warning("W_DEAD", message, equation.source)


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
    follows: dict[sp.Symbol, list[sp.Symbol]] = {sp.Symbol(name): [before(name)] for name in document.states}
    for equation in step.equations:
        for symbol in equation.uses:
            follows.setdefault(symbol, []).append(equation.lhs)
    reached: set[sp.Symbol] = set()
    todo = [quantity.symbol for quantity in step.having("input")]
    while todo:
        symbol = todo.pop()
        if symbol not in reached:
            reached.add(symbol)
            todo += follows.get(symbol, [])
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
