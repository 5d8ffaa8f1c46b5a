"""What every library's adapter gives: the arrays of a real cell, one step through it, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from cellgraph.derive.counts.sizes import hidden_dim, input_dim
from cellgraph.graph import Cell, size
from cellgraph.implementations.implementation import Implementation

Array = Any
Step = Callable[[Mapping[str, Array], Sequence[Array], Sequence[Array]], list[Array]]
"""(arrays by native name, inputs, states before in the library's order) -> what a call gives back, in order."""

Cotangents = tuple[Mapping[str, Array], Sequence[Array], Sequence[Array]]


@dataclass(frozen=True)
class Live:
    """A real cell, as a function of its arrays.

    shapes:    of its arrays by native name, asked of the real object
    precision: the NumPy type in which the library computes this cell
    returns:   what `step` gives back, by the names of the spec
    step:      one step forward; an input is batch×m, a state batch×n
    vjp:       (arrays, inputs, states, cotangents of what `step` gives back) -> cotangents of arrays, inputs and
               states, by the library's own differentiation; None where it has none
    """

    version: str
    shapes: Mapping[str, tuple[int, ...]]
    precision: str
    returns: tuple[str, ...]
    step: Step
    vjp: Callable[[Mapping[str, Array], Sequence[Array], Sequence[Array], Sequence[Array]], Cotangents] | None


def made_with(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> tuple[int, int, dict[str, Any]]:
    """What a class is made with: its input size, its hidden size, and its options as keywords.

    Raises ValueError for a cell whose input and output are not one vector each.
    """
    inner, outer = input_dim(cell), hidden_dim(cell)
    if inner is None or outer is None:
        raise ValueError(f"{cell.name} has no input size or no hidden size")
    return sizes[inner.name], sizes[outer.name], options_of(implementation, sizes)


def options_of(implementation: Implementation, sizes: Mapping[str, int]) -> dict[str, Any]:
    """The options of a class as keywords, sizes as numbers."""
    numbers = {size(name): number for name, number in sizes.items()}
    given = implementation.options.items()
    return {key: int(value.subs(numbers)) if isinstance(value, sp.Expr) else value for key, value in given}
