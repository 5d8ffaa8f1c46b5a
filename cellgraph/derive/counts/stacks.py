"""Stacks of one cell: layers over each other, in one direction or both."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation, formula


def native_count(cell: Cell, implementation: Implementation, layers: int = 1, bidirectional: bool = False) -> sp.Expr:
    """How many numbers the library stores for a stack: sum over layers and directions of its arrays' sizes.

    Raises ValueError as `stacked` does.
    """
    return sp.factor(sum(formula(implementation).subs(sizes) for _, _, sizes in stacked(cell, layers, bidirectional)))


def stacked(
    cell: Cell, layers: int = 1, bidirectional: bool = False
) -> Iterator[tuple[int, bool, dict[sp.Symbol, sp.Expr]]]:
    """Every cell of a stack: its layer from 0, whether it runs backwards, and its sizes in those of the whole.

    The first layer reads the input; each further one reads the outputs of all directions before it, one after the
    other. Raises ValueError where the cell cannot be stacked (its input or output is not one vector) or layers < 1.
    """
    if layers < 1:
        raise ValueError(f"layers is {layers}; it must be 1 or more")
    directions = 2 if bidirectional else 1
    further: dict[sp.Symbol, sp.Expr] = {}
    if layers > 1:
        inputs, output = cell.step.having("input"), cell.step.quantities[cell.output]
        vectors = [q.shape for q in (*inputs, output) if q.shape is not None and len(q.shape) == 1]
        if len(inputs) != 1 or len(vectors) != 2 or not isinstance(vectors[0][0], sp.Symbol):
            raise ValueError(f"{cell.name} cannot be stacked: that needs one input and one output, both vectors")
        further = {vectors[0][0]: directions * vectors[1][0]}
    for layer in range(layers):
        for reverse in (False, True)[:directions]:
            yield layer, reverse, further if layer else {}
