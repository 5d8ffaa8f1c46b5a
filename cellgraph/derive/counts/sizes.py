"""Numbers for dims: checking the sizes that a reader gives, and putting them into formulas."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from cellgraph.graph import Cell, size

Sizes = Mapping[str, int]


def checked_sizes(cell: Cell, sizes: Sizes) -> dict[sp.Symbol, sp.Integer]:
    """The sizes as symbols and exact integers. Raises ValueError for a name that the cell lacks or a size below 1."""
    for name, value in sizes.items():
        if name not in cell.dims:
            raise ValueError(f"{cell.name} has no size {name!r}; it has {', '.join(cell.dims) or 'none'}")
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"size {name}={value!r}: a size is a positive whole number")
    return {size(name): sp.Integer(value) for name, value in sizes.items()}


def number(formula: sp.Expr, sizes: Mapping[sp.Symbol, sp.Integer]) -> int | None:
    """The formula as an exact number, or None where a size is not given."""
    value = formula.xreplace(dict(sizes))
    return int(value) if value.is_Integer else None


def input_dim(cell: Cell) -> sp.Symbol | None:
    """The dim that the spec calls 'input size', or that the first input has."""
    return _described(cell, "input size") or _first(cell, "input")


def hidden_dim(cell: Cell) -> sp.Symbol | None:
    """The dim that the spec calls 'hidden size', or that the output has."""
    return _described(cell, "hidden size") or _sole(cell.step.quantities[cell.output].shape)


def _described(cell: Cell, description: str) -> sp.Symbol | None:
    return next((size(name) for name, said in cell.dims.items() if said == description), None)


def _first(cell: Cell, role: str) -> sp.Symbol | None:
    inputs = cell.step.having(role)  # type: ignore[arg-type]
    return _sole(inputs[0].shape) if inputs else None


def _sole(shape: tuple[sp.Expr, ...] | None) -> sp.Symbol | None:
    return shape[0] if shape and len(shape) == 1 and isinstance(shape[0], sp.Symbol) else None
