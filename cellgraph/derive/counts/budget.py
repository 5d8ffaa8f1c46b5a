"""The hidden size for a number of parameters: the largest that does not exceed it, and the nearest. Exact integers.

A count grows with its size, so the size is found by halving on exact counts. SymPy's `solve` is not asked:
for symbols that are known to be integers it returns nothing where no integer hits the target, which is nearly always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from cellgraph.derive.counts.params import params as counted
from cellgraph.derive.counts.sizes import ONE, Sizes, Stack, checked_sizes, dim_of, hidden_dim
from cellgraph.graph import Cell
from cellgraph.messages import message
from cellgraph.table import Table


@dataclass(frozen=True)
class Fit:
    """A size and the exact number of parameters that it gives."""

    size: int
    total: int


@dataclass(frozen=True, kw_only=True, repr=False)
class Budget(Table):
    """The fits for a target: `floor` is None where even size 1 takes more than the target."""

    dim: str
    formula: sp.Expr
    floor: Fit | None
    nearest: Fit


def budget(
    cell: Cell,
    params: int,
    as_: str | None = None,
    layers: int = 1,
    bidirectional: bool = False,
    dim: str | None = None,
    tie: Mapping[str, str] | None = None,
    **sizes: int,
) -> Budget:
    """The size `dim` (default: the hidden size) for which a cell has at most, and nearest to, `params` parameters.

    The other dims need `sizes`, or `tie` them to one another: {"m": "n"}. `as_`, `layers` and `bidirectional` as for
    `params`. Raises ValueError for a target below 1 and for sizes that are missing, wrong or without influence.

    >>> import cellgraph as cg
    >>> found = cg.budget(cg.load("gru"), params=394240, m=128)
    >>> found.to_dict()["floor"]
    {'sizes': {'m': 128, 'n': 303}, 'total': 392688}
    """
    if isinstance(params, bool) or not isinstance(params, int) or params < 1:
        raise ValueError(f"a budget is a positive whole number of parameters, not {params!r}")
    sought = hidden_dim(cell) if dim is None else dim_of(cell, dim)
    if sought is None:
        raise ValueError(f"{cell.name} does not say which dim is its hidden size; name one of {', '.join(cell.dims)}")
    formula = counted(cell, as_, layers, bidirectional).formula
    if str(sought) in sizes:
        raise ValueError(f"{sought} is the size that the budget is to find; leave it out")
    numbers = checked_sizes(cell, sizes)
    ties = {dim_of(cell, a): dim_of(cell, b) for a, b in (tie or {}).items()}
    count = _count(cell, formula.xreplace(ties).xreplace(numbers), sought)
    floor, nearest = fits(count, params)
    rows = [(message("at most"), floor), (message("nearest"), nearest)]
    return Budget(
        title=message("{cell} with {count} parameters", cell=cell.name, count=params),
        columns=("fit", f"{sought}", "parameters", "difference"),
        rows=tuple(
            (name, fit.size, fit.total, f"{fit.total - params:+,}") if fit else (name, None, None, None)
            for name, fit in rows
        ),
        notes=(
            message("counted by {formula}", formula=formula),
            *(() if floor else (message("even {dim} = 1 takes more", dim=sought),)),
        ),
        data={
            "cell": cell.name,
            "target": params,
            "formula": str(formula),
            "floor": _entry(floor, sought, numbers, ties),
            "nearest": _entry(nearest, sought, numbers, ties),
        },
        dim=str(sought),
        formula=formula,
        floor=floor,
        nearest=nearest,
    )


def matched(cell: Cell, sizes: Mapping[str, int], target: int, stack: Stack = ONE) -> dict[str, int]:
    """The sizes with the hidden one for which a stack of the cell has about `target` parameters."""
    others = {name: value for name, value in sizes.items() if name != str(hidden_dim(cell))}
    found = budget(cell, target, None, stack.layers, stack.bidirectional, None, None, **others)
    return {**others, found.dim: found.nearest.size}


def fits(count: Callable[[int], int], target: int) -> tuple[Fit | None, Fit]:
    """The largest size whose count is at most the target, and the one nearest to it; of two as near, the smaller."""
    low, high = 0, target + 1  # Nothing has none at all, and every size adds one at least.
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) <= target else (low, middle)
    above = Fit(high, count(high))
    if not low:
        return None, above
    below = Fit(low, count(low))
    return below, below if target - below.total <= above.total - target else above


def _count(cell: Cell, formula: sp.Expr, sought: sp.Symbol) -> Callable[[int], int]:
    """The count as a function of the size sought alone. Raises ValueError."""
    missing = sorted(str(s) for s in formula.free_symbols if s != sought)
    if missing:
        raise ValueError(f"the budget of {cell.name} needs the size {missing[0]} ({cell.dims.get(missing[0], '')})")
    if sought not in formula.free_symbols:
        raise ValueError(f"the number of parameters of {cell.name} does not depend on {sought}")
    return lambda value: int(formula.xreplace({sought: sp.Integer(value)}))


def _entry(
    fit: Fit | None, sought: sp.Symbol, numbers: Sizes, ties: Mapping[sp.Symbol, sp.Symbol]
) -> dict[str, Any] | None:
    if fit is None:
        return None
    sizes = {**numbers, sought: sp.Integer(fit.size)}
    sizes |= {a: sizes[b] for a, b in ties.items() if b in sizes}
    return {"sizes": {str(dim): int(value) for dim, value in sizes.items()}, "total": fit.total}
