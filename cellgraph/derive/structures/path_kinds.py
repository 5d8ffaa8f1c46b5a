"""What stands on the ways from the states before a step to those after it: matrices, and slopes of activations."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from cellgraph.derive.structures.flat import reached
from cellgraph.derive.structures.scan import links
from cellgraph.derive.structures.structure import State, Structure
from cellgraph.graph import symbols_of
from cellgraph.ops import Head, Matmul

PathKind = tuple[bool, bool]
"""Whether a way goes through a matrix, and whether through the slope of an activation."""

PLAIN: PathKind = (False, False)
"""A way of coefficients alone."""


@dataclass(frozen=True)
class PathKinds:
    """All ways between two sets of states: their kinds, and the matrices, vectors and activations that lie on any."""

    kinds: frozenset[PathKind]
    matrices: tuple[sp.Symbol, ...]
    vectors: tuple[sp.Symbol, ...]
    activations: tuple[str, ...]
    slopes: tuple[sp.Expr, ...]


def path_kinds(found: Structure, after: State, before: State) -> PathKinds:
    """The ways from `before`, before the step, to `after`, after it."""
    graph = found.step.graph
    varying = reached(graph, [before.before])
    leading = {after.after}
    for equation in reversed(graph.equations):
        if equation.lhs in leading:
            leading.update(symbols_of(equation.rhs))
    inside = [link for link in links(found.step, varying) if link.target in leading]
    kinds: dict[sp.Symbol, set[PathKind]] = {before.before: {(False, False)}}
    for link in inside:
        bent = link.target not in found.step.algebra and _elementwise(graph.definitions[link.target])
        for matrix, slope in kinds.get(link.source, ()):
            kinds.setdefault(link.target, set()).add((matrix or not (link.straight or bent), slope or bent))
    definitions = [graph.definitions[name] for name in dict.fromkeys(link.target for link in inside)]
    activated = [rhs.op for rhs in definitions if isinstance(rhs, Head) and rhs.op.slope is not None]
    scaling = [
        symbol
        for link in inside
        if link.target in found.step.algebra
        for symbol in link.mentions
        if symbol in graph.quantities and graph.quantities[symbol].role == "param"
    ]
    matrices = [s for rhs in definitions if isinstance(rhs, Matmul) for s in symbols_of(rhs.args[0])]
    return PathKinds(
        frozenset(kinds.get(after.after, ())),
        tuple(dict.fromkeys(s for s in matrices if s not in varying)),
        tuple(dict.fromkeys(scaling)),
        tuple(dict.fromkeys(op.name for op in activated)),
        tuple(op.slope for op in activated if op.slope is not None),
    )


def _elementwise(rhs: sp.Expr) -> bool:
    return isinstance(rhs, Head) and rhs.op.elementwise
