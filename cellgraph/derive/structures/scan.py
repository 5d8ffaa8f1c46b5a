"""Whether time can be parallelised: the scan class of a cell, from its Jacobian by the carried states.

L3: the Jacobian is free of every carried state, and full: a scan whose combine multiplies n×n matrices.
L2: free of every carried state, and diagonal: a scan with O(n) combine (Martin & Cundy 2018).
L1: diagonal, but it depends on the state. L0: full and state-dependent: one step after the other.
The backward pass is an affine scan for every cell, because the states are known by then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import sympy as sp

from cellgraph.derive.structures.flat import Flat, reached
from cellgraph.graph import Graph, symbols_of
from cellgraph.ops import Diag, Head, operands

CLASSES = {(True, True): "L2", (False, True): "L3", (True, False): "L1", (False, False): "L0"}
"""By (diagonal, free of the state)."""


class Link(NamedTuple):
    """A direct dependence: of what on what, whether its factor is diagonal, and the quantities in that factor."""

    target: sp.Symbol
    source: sp.Symbol
    straight: bool
    mentions: tuple[sp.Symbol, ...]


def scan_class(
    step: Flat, between: Collection[Link], before: Collection[sp.Symbol], after: Collection[sp.Symbol]
) -> str:
    """L0 to L3 for the Jacobian of the states `after` by the states `before`; `between` are the step's links."""
    varying = reached(step.graph, before)
    leading = _leading_to(step.graph, after)
    inside = [link for link in between if link.source in varying and link.target in leading]
    diagonal = all(link.straight for link in inside)
    free = not any(symbol in varying for link in inside for symbol in link.mentions)
    return CLASSES[diagonal, free]


def linear_in(
    step: Flat,
    between: Collection[Link],
    after: sp.Symbol,
    before: Collection[sp.Symbol],
    held: Collection[sp.Symbol],
) -> bool:
    """Whether `after` is an affine, diagonal function of `before` while the quantities in `held` stay fixed."""
    varying = reached(step.graph, before, held)
    leading = _leading_to(step.graph, [after], held)
    inside = [link for link in between if link.source in varying and link.target in leading and link.target not in held]
    return after in varying and all(link.straight and not any(s in varying for s in link.mentions) for link in inside)


def links(step: Flat, varying: Collection[sp.Symbol]) -> Iterator[Link]:
    """Every direct dependence on a varying quantity."""
    graph = step.graph
    for equation in graph.equations:
        lhs, rhs = equation.lhs, equation.rhs
        for symbol in symbols_of(rhs):
            if symbol not in varying:
                continue
            straight = graph.quantities[symbol].shape == graph.quantities[lhs].shape
            if lhs in step.algebra:
                slope = sp.diff(step.algebra[lhs], symbol)
                if slope != 0:
                    yield Link(lhs, symbol, straight, tuple(sorted(slope.free_symbols, key=str)))
            else:
                diagonal, mentioned = _local(graph, lhs, rhs, symbol)
                yield Link(lhs, symbol, straight and diagonal, mentioned)


def _local(graph: Graph, lhs: sp.Symbol, rhs: Head, symbol: sp.Symbol) -> tuple[bool, tuple[sp.Symbol, ...]]:
    """Whether an operation's derivative by one operand is diagonal, and the quantities on which it depends."""
    shapes = tuple(graph.shape(argument) for argument in operands(rhs))
    factors = rhs.op.jacobian(lhs, *rhs.args, shapes=shapes)
    bar = sp.Dummy("bar")
    pulled = rhs.op.vjp(bar, lhs, *rhs.args, shapes=shapes)
    places = [k for k, argument in enumerate(rhs.args[: len(shapes)]) if argument == symbol]
    diagonal = all(factors[k] is None or isinstance(factors[k], Diag) for k in places)
    mentioned = dict.fromkeys(s for k in places if pulled[k] is not None for s in symbols_of(pulled[k]) if s != bar)
    return diagonal, tuple(mentioned)


def _leading_to(graph: Graph, ends: Collection[sp.Symbol], held: Collection[sp.Symbol] = ()) -> set[sp.Symbol]:
    """The quantities on which any of `ends` depends, these included."""
    found = set(ends)
    for equation in reversed(graph.equations):
        if equation.lhs in found and equation.lhs not in held:
            found.update(symbols_of(equation.rhs))
    return found
