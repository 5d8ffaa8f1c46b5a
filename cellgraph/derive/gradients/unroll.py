"""Unrolling: T copies of a step in one graph, the states handed from copy to copy, the parameters shared."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from cellgraph.derive.gradients.gradient import gc_paused, named
from cellgraph.graph import Cell, Equation, Graph, Quantity, at_step, rebuilt


@gc_paused()
def unroll(cell: Cell, steps: int) -> Graph:
    """The graph of steps 1 to T: h[1] from x[1] and h[0], h[2] from x[2] and h[1], and so on.

    States before the first step are leaves; one that is learned is computed, h[0] = h_0, so that h_0 has a gradient.
    Its outputs are the cell's output at every step and the other states after the last, so that
    `adjoint(unroll(cell, T))` is back-propagation through time (Werbos 1990). Raises ValueError for T < 1.

    >>> import cellgraph as cg
    >>> graph = cg.unroll(cg.load("linear-rnn"), 2)
    >>> [(equation.lhs, equation.rhs) for equation in graph.equations][1]
    (h[2], Add(Matmul(W, x[2]), Matmul(U, h[1]), b))
    >>> graph.outputs
    (h[1], h[2])
    """
    if steps < 1:
        raise ValueError(f"steps must be a whole number of at least 1, not {steps!r}")
    step = named(cell.step)
    shared = [q for q in step.leaves if q.time is None]
    learned = {before: value for before, value in cell.initial.items() if isinstance(value, sp.Symbol)}
    leaves = shared + [at(step.quantities[symbol], 0) for symbol in cell.carries if symbol not in learned]
    derived = [at(step.quantities[symbol], 0) for symbol in learned]
    equations = [Equation(at_step(before, 0), value) for before, value in learned.items()]
    for t in range(1, steps + 1):
        clock = {q.symbol: at(q, t) for q in step.quantities.values() if q.time is not None}
        leaves += [clock[q.symbol] for q in step.leaves if q.time == 0]
        derived += [clock[equation.lhs] for equation in step.equations]
        mapping: dict[sp.Expr, sp.Expr] = {symbol: quantity.symbol for symbol, quantity in clock.items()}
        equations += [Equation(mapping[e.lhs], rebuilt(e.rhs, mapping), e.source) for e in step.equations]
    last = [at_step(after, steps) for after in cell.carries.values() if after != cell.output]
    return Graph.build(leaves, equations, derived, [*(at_step(cell.output, t) for t in range(1, steps + 1)), *last])


def at(quantity: Quantity, t: int) -> Quantity:
    """A quantity of one step as it stands in copy t; a state before the step belongs to copy t − 1."""
    time = t + (quantity.time or 0) if t else 0
    return replace(quantity, symbol=at_step(quantity.symbol, time), time=time)
