"""What holds of the members of families: what each keeps for itself, what all share, and where they meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sympy as sp

from cellgraph.derive.facts import fact
from cellgraph.derive.structures.witness import witness
from cellgraph.graph import Cell, Graph, parts, postorder, symbols_of
from cellgraph.ops import Axis, Head, Matmul, Split, axes_of, core, crossed, crossed_by, in_order, operands


@dataclass(frozen=True)
class Members:
    """What holds along one lifted axis of a cell. States are named as they are after the step.

    `apart` are the states of which no member ever changes with what another member keeps, in however many steps;
    `meetings` the quantities in whose equations the axis is crossed; `shared` what is given once and read by several.
    """

    axis: Axis
    states: tuple[sp.Symbol, ...]
    apart: tuple[sp.Symbol, ...]
    shared: tuple[sp.Symbol, ...]
    meetings: tuple[sp.Symbol, ...]
    blocks: tuple[sp.Symbol, ...]
    """Parameters that multiply what comes from a state kept apart: seen as one matrix they are block-diagonal."""


@fact
def members(cell: Cell) -> tuple[Members, ...]:
    """What holds along each lifted axis that quantities of the cell have, in the order of the axes.

    >>> import cellgraph as cg
    >>> members(cg.load("lstm"))
    ()
    """
    graph = cell.step
    axes = {axis for q in graph.quantities.values() for axis in axes_of(q.shape or ())}
    return tuple(_along(cell, axis) for axis in in_order(axes))


def _along(cell: Cell, axis: Axis) -> Members:
    graph = cell.step
    lifted = {s for s, q in graph.quantities.items() if axis in axes_of(q.shape or ())}
    states = tuple(after for before, after in cell.carries.items() if before in lifted)
    joined = _joined(graph, axis)
    mixed = _mixed(cell, joined, lifted)
    apart = tuple(after for after in states if after not in mixed)
    readers: dict[sp.Symbol, set[sp.Symbol]] = {}
    for equation in graph.equations:
        for symbol in _whole(equation.rhs, axis) if equation.lhs in lifted else ():
            readers.setdefault(symbol, set()).add(equation.lhs)
    leaves = {q.symbol for q in graph.leaves if q.role != "const"}
    seen = witness(cell)
    beyond = seen.beyond(axis) if joined else frozenset()
    return Members(
        axis=axis,
        states=states,
        apart=apart,
        shared=tuple(s for s, by in readers.items() if s in leaves - lifted and seen.reaches_several(s, axis, by)),
        meetings=tuple(place for place in joined if place in beyond),
        blocks=tuple(dict.fromkeys(_blocks(cell, axis, apart))),
    )


def _whole(rhs: sp.Expr, axis: Axis) -> Iterator[sp.Symbol]:
    """The symbols that an expression reads whole: of what is cut apart along the axis each member reads its part."""
    nodes = postorder(rhs, lambda node: () if isinstance(node, Split) and axis in crossed(node) else parts(node))
    return (node for node in nodes if isinstance(node, sp.Symbol))


def _crosses(graph: Graph, node: sp.Expr, axis: Axis) -> bool:
    """Whether an operation lets members read each other; what only makes members takes no axis from its operands."""
    crossing = node.op.crossing if isinstance(node, Head) else None
    if crossing is None or not (crossing.along or any(crossing.takes)):
        return False
    return axis in crossed_by(node, tuple(map(graph.shape, operands(node))))


def _joined(graph: Graph, axis: Axis) -> dict[sp.Symbol, set[sp.Symbol]]:
    """The quantities in whose equations members read each other, each with the names that are read so."""
    found: dict[sp.Symbol, set[sp.Symbol]] = {}
    for equation in graph.equations:
        for node in postorder(equation.rhs):
            if _crosses(graph, node, axis):
                found.setdefault(equation.lhs, set()).update(symbols_of(node))
    return found


def _mixed(cell: Cell, joined: Mapping[sp.Symbol, set[sp.Symbol]], lifted: set[sp.Symbol]) -> set[sp.Symbol]:
    """The quantities in which members may have read what other members keep, now or in an earlier step."""
    graph = cell.step
    mixed: set[sp.Symbol] = set()
    while True:
        kept = graph.descendants(before for before in cell.carries if before in lifted or before in mixed)
        found = set(mixed)
        for equation in graph.equations:
            if not kept.isdisjoint(joined.get(equation.lhs, ())) or not found.isdisjoint(equation.uses):
                found.add(equation.lhs)
        found |= {before for before, after in cell.carries.items() if after in found}
        if found == mixed:
            return mixed
        mixed = found


def _blocks(cell: Cell, axis: Axis, apart: tuple[sp.Symbol, ...]) -> Iterator[sp.Symbol]:
    graph = cell.step
    kept = graph.descendants(before for before, after in cell.carries.items() if after in apart)
    shapes = {q.symbol: graph.shape(q.symbol) for q in graph.having("param")}
    matrices = {symbol for symbol, shape in shapes.items() if axis in axes_of(shape) and len(core(shape)) == 2}
    for equation in graph.equations:
        for node in postorder(equation.rhs):
            if isinstance(node, Matmul) and node.args[0] in matrices and not kept.isdisjoint(symbols_of(node.args[1])):
                yield node.args[0]
