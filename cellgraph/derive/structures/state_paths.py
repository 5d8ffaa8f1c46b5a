"""The paths from the states before a step to those after it: whether time can be parallelised, and what lies on them.

The scan class says what the Jacobian by the carried states allows. L3: it is free of every carried state, and full: a
scan whose combine multiplies n×n matrices. L2: free of every carried state, and diagonal: a scan with O(n) combine
(Martin & Cundy 2018). L1: diagonal, but it depends on the state. L0: full and state-dependent: one step after the
other. The backward pass is an affine scan for every cell, because the states are known by then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sympy as sp

from cellgraph.derive.jacobians.local import Link, Local, local
from cellgraph.derive.structures.flat import Flat
from cellgraph.graph import symbols_of
from cellgraph.graph.ring import canonical
from cellgraph.ops import Diag, Head, Matmul, Partial, is_affine, operands

CLASSES = {(True, True): "L2", (False, True): "L3", (True, False): "L1", (False, False): "L0"}
"""By (diagonal, free of the state)."""

PathKind = tuple[bool, bool]
"""Whether a path goes through a matrix, and whether through the slope of an activation."""

PLAIN: PathKind = (False, False)
"""A path of coefficients alone."""

Between = list[tuple[sp.Symbol, Link]]
"""Links, each with the quantity that it leads to."""


@dataclass(frozen=True)
class PathKinds:
    """All paths between two states: their kinds, and the matrices, vectors and activations that lie on any."""

    kinds: frozenset[PathKind]
    matrices: tuple[sp.Symbol, ...]
    vectors: tuple[sp.Symbol, ...]
    activations: tuple[str, ...]
    slopes: tuple[sp.Expr, ...]


def scan_class(links: Local, before: Collection[sp.Symbol], after: Collection[sp.Symbol]) -> str:
    """L0 to L3 for the Jacobian of the states `after` by the states `before`; `links` are those of a flat graph."""
    varying = links.graph.descendants(before)
    inside = links_between(links, before, after)
    diagonal = all(isinstance(link.factor, Diag) for _, link in inside)
    return CLASSES[diagonal, not any(s in varying for _, link in inside for s in mentioned(link))]


def linear_in(links: Local, after: sp.Symbol, before: Collection[sp.Symbol], held: Collection[sp.Symbol]) -> bool:
    """Whether `after` is an affine, diagonal function of `before` while the quantities in `held` stay fixed."""
    varying = links.graph.descendants(before, held)
    return after in varying and all(
        isinstance(link.factor, Diag) and not any(s in varying for s in mentioned(link))
        for _, link in links_between(links, before, [after], held)
    )


def links_between(
    links: Local, before: Collection[sp.Symbol], after: Collection[sp.Symbol], held: Collection[sp.Symbol] = ()
) -> Between:
    """The links on the paths from `before` to `after`, quantities in `held` fixed, in order of computation."""
    varying, leading = links.graph.descendants(before, held), links.graph.ancestors(after, held)
    ends = [node for node in links.links if node in leading and node not in held]
    return [(end, link) for end in ends for link in links.links[end] if link.source in varying and not _cancels(link)]


def mentioned(link: Link) -> tuple[sp.Symbol, ...]:
    """The quantities on which a local derivative depends."""
    factor = link.factor
    if isinstance(factor, Partial):
        expr, place = factor.args
        if not is_affine(expr, int(place)):
            return symbols_of(expr)
        return tuple(s for k, a in enumerate(operands(expr)) if k != place for s in symbols_of(a))
    scalar = canonical(factor.args[0]) if isinstance(factor, Diag) else factor
    return tuple(sorted(scalar.free_symbols, key=str))


def _cancels(link: Link) -> bool:
    return isinstance(link.factor, Diag) and canonical(link.factor.args[0]) == 0


def kinds_from(step: Flat, before: sp.Symbol) -> Mapping[sp.Symbol, frozenset[PathKind]]:
    """The kinds of all paths from a state before the step to each quantity that depends on it."""
    graph = step.graph
    kinds: dict[sp.Symbol, frozenset[PathKind]] = {before: frozenset({PLAIN})}
    for target, link in links_between(local(graph), [before], graph.quantities):
        bent = target in step.operations and graph.definitions[target].op.elementwise
        mixed = not (bent or isinstance(link.factor, Diag))
        passed = {(matrix or mixed, slope or bent) for matrix, slope in kinds.get(link.source, ())}
        kinds[target] = kinds.get(target, frozenset()) | passed
    return kinds


def path_kinds(step: Flat, after: sp.Symbol, before: sp.Symbol) -> PathKinds:
    """The paths to a state after the step from one before it."""
    graph = step.graph
    inside = links_between(local(graph), [before], [after])
    definitions = [graph.definitions[name] for name in dict.fromkeys(target for target, _ in inside)]
    activated = [rhs.op for rhs in definitions if isinstance(rhs, Head) and rhs.op.slope is not None]
    matrices = [s for rhs in definitions if isinstance(rhs, Matmul) for s in symbols_of(rhs.args[0])]
    varying = graph.descendants([before])
    learned = {q.symbol for q in graph.having("param")}
    scaling = [s for target, link in inside if target in step.algebra for s in mentioned(link) if s in learned]
    return PathKinds(
        kinds_from(step, before).get(after, frozenset()),
        tuple(dict.fromkeys(s for s in matrices if s not in varying)),
        tuple(dict.fromkeys(scaling)),
        tuple(dict.fromkeys(op.name for op in activated)),
        tuple(op.slope for op in activated),
    )
