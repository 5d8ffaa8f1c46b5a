"""What stands on the paths from the states before a step to those after it: matrices, and slopes of activations."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from cellgraph.derive.jacobians.local import local
from cellgraph.derive.structures.scan import links_between, mentioned
from cellgraph.derive.structures.structure import State, Structure
from cellgraph.graph import symbols_of
from cellgraph.ops import Diag, Head, Matmul

PathKind = tuple[bool, bool]
"""Whether a path goes through a matrix, and whether through the slope of an activation."""

PLAIN: PathKind = (False, False)
"""A path of coefficients alone."""


@dataclass(frozen=True)
class PathKinds:
    """All paths between two states: their kinds, and the matrices, vectors and activations that lie on any."""

    kinds: frozenset[PathKind]
    matrices: tuple[sp.Symbol, ...]
    vectors: tuple[sp.Symbol, ...]
    activations: tuple[str, ...]
    slopes: tuple[sp.Expr, ...]


def path_kinds(found: Structure, after: State, before: State) -> PathKinds:
    """The paths from `before`, before the step, to `after`, after it."""
    step, graph = found.step, found.step.graph
    inside = links_between(local(graph), [before.before], [after.after])
    kinds: dict[sp.Symbol, set[PathKind]] = {before.before: {PLAIN}}
    for target, link in inside:
        bent = target in step.operations and graph.definitions[target].op.elementwise
        mixed = not (bent or isinstance(link.factor, Diag))
        for matrix, slope in kinds.get(link.source, ()):
            kinds.setdefault(target, set()).add((matrix or mixed, slope or bent))
    definitions = [graph.definitions[name] for name in dict.fromkeys(target for target, _ in inside)]
    activated = [rhs.op for rhs in definitions if isinstance(rhs, Head) and rhs.op.slope is not None]
    matrices = [s for rhs in definitions if isinstance(rhs, Matmul) for s in symbols_of(rhs.args[0])]
    varying = graph.descendants([before.before])
    learned = {q.symbol for q in graph.having("param")}
    scaling = [s for target, link in inside if target in step.algebra for s in mentioned(link) if s in learned]
    return PathKinds(
        frozenset(kinds.get(after.after, ())),
        tuple(dict.fromkeys(s for s in matrices if s not in varying)),
        tuple(dict.fromkeys(scaling)),
        tuple(dict.fromkeys(op.name for op in activated)),
        tuple(op.slope for op in activated),
    )
