"""The local derivatives of a graph: every quantity and every inner expression, linked to what it is computed from.

The links come from the `jacobian` column of the operation table. Elementwise arithmetic is gathered into one
coefficient for each operand, so that h = z ⊙ s + (1 − z) ⊙ g is linked to z by diag(s − g).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import sympy as sp

from cellgraph.derive.facts import fact
from cellgraph.graph import Graph, fold, parts, postorder, shapes_within
from cellgraph.graph.ring import is_arithmetic
from cellgraph.ops import (
    IDENTITY,
    Add,
    Column,
    Diag,
    Fill,
    Head,
    Shape,
    Stop,
    core,
    factors,
    operands,
    result_shape,
    times,
)


@dataclass(frozen=True)
class Link:
    """A change dv of `source` changes the node that holds this link by `factor` applied to dv."""

    source: sp.Expr
    factor: sp.Expr


@dataclass(frozen=True)
class Local:
    """Nodes, each after those it is linked to. A node is a quantity, or an expression inside an equation."""

    graph: Graph
    links: Mapping[sp.Expr, tuple[Link, ...]]
    shapes: Mapping[sp.Expr, Shape]

    def definition(self, node: sp.Expr) -> sp.Expr:
        """What a node is computed by: a quantity's right-hand side, or the expression itself."""
        return self.graph.definitions.get(node, node)


@fact
def local(graph: Graph) -> Local:
    """The local derivatives of every equation; leaves have no links."""
    links: dict[sp.Expr, tuple[Link, ...]] = {q.symbol: () for q in graph.leaves}
    shapes: dict[sp.Expr, Shape] = {s: q.shape or () for s, q in graph.quantities.items()}
    for equation in graph.equations:
        within = shapes_within(equation.rhs, graph.quantities)
        shapes.update({node: shape for node, shape in within.items() if isinstance(node, Head)})
        inner = _nodes(equation.rhs)
        for node in postorder(equation.rhs):
            if node in inner and node not in links:
                links[node] = _links(node, node, shapes)
        links[equation.lhs] = _links(equation.rhs, equation.lhs, shapes)
    return Local(graph, MappingProxyType(links), MappingProxyType(shapes))


@fact
def secants(graph: Graph) -> Local:
    """The same for changes of any size in a flat graph, so also for those that no gradient sees.

    A stop passes them on; a jump multiplies each entry by something that depends on where it is.
    """
    found = local(graph)
    unlinked = ((lhs, rhs) for lhs, rhs in graph.definitions.items() if not found.links[lhs])
    jumps = [(lhs, rhs) for lhs, rhs in unlinked if isinstance(rhs, Head) and rhs.op.elementwise]
    hidden = {
        lhs: tuple(Link(a, IDENTITY if isinstance(rhs, Stop) else Diag(rhs)) for a in parts(rhs) if a in found.shapes)
        for lhs, rhs in jumps
    }
    return Local(graph, MappingProxyType({**found.links, **hidden}), found.shapes)


def _nodes(rhs: sp.Expr) -> set[sp.Expr]:
    """The heads below a right-hand side that are nodes of their own: all but arithmetic inside arithmetic."""
    return {
        argument
        for node in postorder(rhs)
        for argument in parts(node)
        if isinstance(argument, Head) and not (is_arithmetic(node) and is_arithmetic(argument))
    }


def _links(expr: sp.Expr, out: sp.Expr, shapes: Mapping[sp.Expr, Shape]) -> tuple[Link, ...]:
    if is_arithmetic(expr) or not isinstance(expr, Head):
        return _gathered(expr, out, shapes)
    arguments = operands(expr)
    found = factors(expr, out, tuple(shapes.get(a, ()) for a in arguments))
    return tuple(
        Link(argument, _full(factor, shapes[out], shapes))
        for argument, factor in zip(arguments, found, strict=True)
        if factor is not None and argument in shapes
    )


def _gathered(expr: sp.Expr, out: sp.Expr, shapes: Mapping[sp.Expr, Shape]) -> tuple[Link, ...]:
    """One coefficient for each operand of nested elementwise arithmetic, summed over its occurrences."""
    terms: dict[sp.Expr, list[sp.Expr]] = {}
    todo: list[tuple[sp.Expr, sp.Expr, sp.Expr]] = [(expr, out, sp.S.One)]
    while todo:
        node, value, coefficient = todo.pop()
        if is_arithmetic(node):
            arguments = operands(node)
            own = tuple(shapes.get(a, ()) for a in arguments)
            found = factors(node, value, own)
            todo.extend(
                (a, a, times(coefficient, f.args[0]))
                for a, f in zip(reversed(arguments), reversed(found), strict=True)
                if f is not None
            )
        elif node in shapes:
            terms.setdefault(node, []).append(coefficient)
    spread = bool(core(shapes[out]))
    sums = {source: found[0] if len(found) == 1 else Add(*found) for source, found in terms.items()}
    return tuple(
        Link(source, _full(Column(e), shapes[out], shapes) if spread and not core(shapes[source]) else Diag(e))
        for source, e in sums.items()
    )


def _full(factor: sp.Expr, shape: Shape, shapes: Mapping[sp.Expr, Shape]) -> sp.Expr:
    """The factor, a column with as many entries as the result has, even where they are all equal."""
    if not isinstance(factor, Column):
        return factor
    (entries,) = factor.args
    scalar = not core(fold(entries, lambda leaf: shapes.get(leaf, ()), result_shape))
    return Column(Fill(entries, *core(shape))) if scalar else factor
