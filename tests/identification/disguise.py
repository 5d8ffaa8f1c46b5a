"""Cells in disguise: every name another, sizes of which nothing is said, equations, sums and products in any order."""

from __future__ import annotations

from random import Random

import sympy as sp

from cellgraph.graph import Cell, Equation, Graph, Quantity, at_step, fold, size, stem, with_operands
from cellgraph.graph.symbols import time_of
from cellgraph.ops import Add, Head, Mul, resized


def disguised(cell: Cell, seed: int = 1) -> Cell:
    """The same cell, at which one cannot see that it is the same."""
    random = Random(seed)
    sizes = {own: size(f"s{k}") for k, own in enumerate(random.sample(cell.step.sizes, len(cell.step.sizes)))}
    stems = sorted({stem(s) for s in cell.step.quantities})
    other = dict(zip(random.sample(stems, len(stems)), (f"q{k}" for k in range(len(stems))), strict=True))
    names = {
        s: at_step(other[stem(s)], time_of(s)) if time_of(s) else sp.Symbol(other[stem(s)])
        for s in cell.step.quantities
    }

    def combine(node: Head, operands: list[sp.Expr]) -> sp.Expr:
        if isinstance(node, (Add, Mul)):
            random.shuffle(operands)
        return with_operands(node, operands)

    def hidden(expr: sp.Expr) -> sp.Expr:
        return fold(expr, lambda leaf: leaf, combine).xreplace({**names, **sizes})

    def renamed(q: Quantity) -> Quantity:
        shape = None if q.shape is None else resized(q.shape, sizes)
        return Quantity(names[q.symbol], q.role, shape, q.time, value=q.value)

    leaves = [renamed(q) for q in cell.step.leaves]
    computed = [renamed(cell.step.quantities[e.lhs]) for e in cell.step.equations]
    equations = [Equation(names[e.lhs], hidden(e.rhs)) for e in cell.step.equations]
    for shuffled in (leaves, equations):
        random.shuffle(shuffled)  # type: ignore[arg-type]
    carries = [(names[before], names[after]) for before, after in cell.carries.items()]
    random.shuffle(carries)
    return Cell(
        "disguised",
        Graph.build(leaves, equations, computed),
        dict(carries),
        names[cell.output],
        dims={str(new): f"a size {k}" for k, new in enumerate(sizes.values())},
        each=tuple(str(sizes[size(name)]) for name in cell.each),
        initial={names[s]: start.xreplace(names) for s, start in cell.initial.items() if s in names},
    )
