"""Numbers for dims: checking the sizes that a reader gives, and putting them into formulas."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from cellgraph.graph import Cell, postorder, size, symbols_of
from cellgraph.ops import Matmul, Shape, operands

Sizes = Mapping[sp.Symbol, sp.Integer]


def checked_sizes(cell: Cell, sizes: Mapping[str, int]) -> dict[sp.Symbol, sp.Integer]:
    """The sizes as symbols and exact integers. Raises ValueError for a name that the cell lacks or a size below 1."""
    dims = {name: dim_of(cell, name) for name in sizes}
    for name, value in sizes.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"size {name}={value!r}: a size is a positive whole number")
    return {dims[name]: sp.Integer(value) for name, value in sizes.items()}


def dim_of(cell: Cell, name: str) -> sp.Symbol:
    """The dim of that name. Raises ValueError where the cell has none."""
    if name not in cell.dims:
        raise ValueError(f"{cell.name} has no size {name!r}; it has {', '.join(cell.dims) or 'none'}")
    return size(name)


def number(formula: sp.Expr, sizes: Sizes) -> int | None:
    """The formula as an exact number, or None where a size is not given."""
    value = formula.xreplace(dict(sizes))
    return int(value) if value.is_Integer else None


def input_dim(cell: Cell) -> sp.Symbol | None:
    """The last size of the first input that is no scalar; None where that is no dim by itself."""
    return _last(next((q.shape for q in cell.step.having("input") if q.shape), ()))


def hidden_dim(cell: Cell) -> sp.Symbol | None:
    """The last size of the output, where it is a state, or else of the first state, where that is a vector.

    An output that is only a projection of what the step has computed is looked through: in h = P (o ⊙ tanh c), the
    hidden size is that of c. None where the size is no dim by itself.
    """
    step, states = cell.step, list(cell.carries.values())
    vector = len(step.quantities[states[0]].shape or ()) == 1
    if cell.output not in states:
        return _last(step.quantities[states[0] if vector else cell.output].shape)
    return _last(step.shape(_projected(cell, step.definitions[cell.output])))


def _projected(cell: Cell, rhs: sp.Expr) -> sp.Expr:
    """What a right-hand side is a projection of: of one vector, made of states, by a matrix; itself if of none."""
    products = [operands(node)[1] for node in postorder(rhs) if isinstance(node, Matmul)]
    recurring = cell.step.descendants(cell.carries)
    return rhs if len(products) != 1 or recurring.isdisjoint(symbols_of(products[0])) else products[0]


def _last(shape: Shape | None) -> sp.Symbol | None:
    return shape[-1] if shape and isinstance(shape[-1], sp.Symbol) else None
