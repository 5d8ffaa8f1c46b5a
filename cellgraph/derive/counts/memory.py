"""What back-propagation through time keeps: the activations that some derivative needs and nothing kept can rebuild.

σ′ and tanh′ come from their outputs, a product needs both factors, a matrix product its input; all of this is read off
the `vjp` column of the operation table. Numbers are per time step and sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt

import sympy as sp

from cellgraph.derive.structures.flat import flat
from cellgraph.graph import Cell, Graph, symbols_of
from cellgraph.ops import Head, cost_of, numel, operands, pulled


@dataclass(frozen=True)
class Saved:
    """The activations kept for one step: expressions over the names of the spec, and how many numbers they are."""

    kept: tuple[sp.Expr, ...]
    numbers: sp.Expr


def saved(cell: Cell, rebuild: bool = True) -> Saved:
    """What one step must keep for the backward pass.

    With `rebuild`, whatever follows from kept values without a matrix product is computed again instead (1 − z,
    r ⊙ h, tanh c); without, it is kept too, as eager automatic differentiation does.
    """
    step = flat(cell.step, nested=False)
    graph = step.graph
    data = graph.descendants([*(q.symbol for q in graph.having("input")), *cell.carries])
    names = _roots(graph)
    # A state is kept where it is made, once: what the next step calls h[t-1] is the h of this one.
    twins: dict[sp.Symbol, sp.Symbol] = {}
    for before, after in cell.carries.items():
        names[before] = twins.setdefault(names[after], before)
    needed = {twins.get(names[s], names[s]) for s in _needed(graph) if s in data}
    available = {s for s in needed if s not in graph.definitions}
    kept = [q.symbol for q in graph.leaves if q.symbol in needed]
    for equation in graph.equations:
        name = equation.lhs
        if twins.get(name) in available:
            available.add(name)
        elif names[name] != name or name not in data:
            continue
        elif rebuild and _rebuildable(graph, equation.rhs, {s for s in data if names[s] not in available}):
            available.add(name)
        elif name in needed:
            available.add(name)
            kept.append(name)
    return Saved(
        tuple(step.originals.get(name, name) for name in kept),
        sp.Add(*[numel(graph.quantities[name].shape or ()) for name in kept]),
    )


def bptt(
    numbers: sp.Expr, state: sp.Expr, steps: int, batch: int, width: int, truncate: int | None = None
) -> dict[str, sp.Expr]:
    """Bytes of activations for `steps` steps: all kept; kept for the last `truncate` steps; with √T checkpoints.

    Checkpoints keep the state every ⌈√T⌉ steps and one stretch of activations at a time (Chen et al. 2016).
    """
    stretch = isqrt(steps - 1) + 1
    stretches = -(-steps // stretch)
    found = {"all": width * steps * batch * numbers}
    if truncate is not None:
        found["truncated"] = width * min(truncate, steps) * batch * numbers
    found["checkpoints"] = width * batch * (stretches * state + stretch * numbers)
    return found


def _needed(graph: Graph) -> Iterator[sp.Symbol]:
    """Every quantity that some local derivative mentions."""
    learned = graph.descendants([q.symbol for q in graph.leaves if q.role != "const"])
    bar = sp.Dummy("bar")
    for equation in graph.equations:
        rhs = equation.rhs
        if isinstance(rhs, Head):
            shapes = tuple(graph.shape(argument) for argument in operands(rhs))
            found = pulled(rhs, bar, equation.lhs, shapes)
            for operand, cotangent in zip(operands(rhs), found, strict=True):
                if cotangent is not None and operand in learned:
                    yield from (s for s in symbols_of(cotangent) if s != bar)


def _roots(graph: Graph) -> dict[sp.Symbol, sp.Symbol]:
    """For every quantity the one that it is another name of, itself if none."""
    found = {symbol: symbol for symbol in graph.quantities}
    for equation in graph.equations:
        if isinstance(equation.rhs, sp.Symbol):
            found[equation.lhs] = found[equation.rhs]
    return found


def _rebuildable(graph: Graph, rhs: sp.Expr, missing: set[sp.Symbol]) -> bool:
    """Whether a value follows from those at hand without a matrix product."""
    free = not isinstance(rhs, Head) or cost_of(rhs, tuple(map(graph.shape, operands(rhs)))).mac == 0
    return free and missing.isdisjoint(symbols_of(rhs))
