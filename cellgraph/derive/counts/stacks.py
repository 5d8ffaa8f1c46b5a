"""Stacks of a cell: layers one above the other, each in one direction or in both, and what that does to its sizes."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from cellgraph.graph import Cell
from cellgraph.messages import Message, message


@dataclass(frozen=True)
class Stack:
    """`layers` of a cell; each is one cell, or, if `bidirectional`, two: one forwards and one backwards in time.

    The first layer reads the input; each further one reads the outputs of all cells of the layer below, one after the
    other. Raises ValueError for layers < 1.
    """

    layers: int = 1
    bidirectional: bool = False

    def __post_init__(self) -> None:
        if self.layers < 1:
            raise ValueError(f"layers is {self.layers}; it must be 1 or more")

    @property
    def directions(self) -> int:
        """How many cells a layer has."""
        return 2 if self.bidirectional else 1

    @property
    def single(self) -> bool:
        """Whether it is one cell and no more."""
        return self == ONE

    @property
    def name(self) -> Message:
        """What a stack is called: "2 layers, both directions"."""
        parts = [message("{layers} layers", layers=self.layers)] if self.layers > 1 else []
        parts += [message("both directions")] if self.bidirectional else []
        return parts[0] if len(parts) == 1 else message("{first}, {second}", first=parts[0], second=parts[1])

    def further(self, cell: Cell) -> dict[sp.Symbol, sp.Expr]:
        """The sizes of a cell above the first layer, in those of the whole: {m: 2*n}.

        Raises ValueError where the cell has not one input and one output that are vectors.
        """
        inputs, output = cell.step.having("input"), cell.step.quantities[cell.output]
        vectors = [q.shape for q in (*inputs, output) if q.shape is not None and len(q.shape) == 1]
        if len(inputs) != 1 or len(vectors) != 2 or not isinstance(vectors[0][0], sp.Symbol):
            raise ValueError(f"{cell.name} cannot be stacked: that needs one input and one output, both vectors")
        return {vectors[0][0]: self.directions * vectors[1][0]}

    def total(self, cell: Cell, formula: sp.Expr) -> sp.Expr:
        """What all cells of the stack have together, where one has `formula`. Raises as `further` does."""
        above = (self.layers - 1) * formula.subs(self.further(cell)) if self.layers > 1 else 0
        return self.directions * (formula + above)


ONE = Stack()
"""One cell and no more."""
