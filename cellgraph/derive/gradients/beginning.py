"""The states before the first step, as arrays: what a sequence starts from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from cellgraph.graph import Cell

Array = Any


def beginning(
    cell: Cell,
    sizes: Mapping[sp.Symbol, sp.Integer],
    values: Mapping[str, Array],
    xp: Any,
    batch: tuple[int, ...] = (),
    dtype: Any = None,
) -> dict[str, Array]:
    """The arrays of all states before the first step, by name: what `Cell.initial` says, and zeros elsewhere.

    Each has the axes of `batch` before its own. `values` are those of the parameters that states begin as.
    Raises KeyError where such a parameter is missing, ValueError where a size is.
    """
    found: dict[str, Array] = {}
    for before in cell.carries:
        shape = [size.xreplace(dict(sizes)) for size in cell.step.quantities[before].shape or ()]
        if not all(size.is_Integer for size in shape):
            raise ValueError(f"the shape of {before} cannot be told from the arrays given")
        zeros = xp.zeros((*batch, *map(int, shape)), dtype=dtype)
        start = cell.initial.get(before, sp.S.Zero)
        if isinstance(start, sp.Symbol):
            found[before.name] = zeros + values[start.name]
        else:
            found[before.name] = zeros + float(start) if start else zeros
    return found
