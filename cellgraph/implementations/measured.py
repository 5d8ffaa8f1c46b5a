"""The sizes of a cell, worked out from the shapes of a library's real arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import sympy as sp

from cellgraph.implementations.block_layout import block_shape
from cellgraph.ops import Axis, Shape, axes_of, core, family, spelled

if TYPE_CHECKING:
    from cellgraph.implementations.implementation import Implementation

Known = dict[sp.Symbol, sp.Integer]


def measured(
    implementation: Implementation, native: Mapping[str, tuple[int, ...]], sizes: Mapping[str, int]
) -> dict[str, Shape]:
    """The parameters' shapes as numbers, out of those of real arrays, by their own names, and of sizes that are known.

    Raises ValueError for shapes that do not fit, and for sizes that neither tells.
    """
    sides: list[tuple[sp.Expr, int, str]] = []
    for name, block in implementation.arrays.items():
        expected = block_shape(block, implementation.parameters)
        if len(expected) != len(native[name]):
            raise ValueError(f"array '{name}' has shape {native[name]}; {implementation.name} has {spelled(expected)}")
        sides += [(size, given, name) for size, given in zip(expected, native[name], strict=True)]
    known = _given(implementation, sizes)
    # Sizes are sums of dims: those with one unknown tell it, and then others have one unknown. Each round tells one.
    while told := next((side for side in sides if len(side[0].free_symbols - known.keys()) == 1), None):
        size, given, name = told
        (symbol,) = size.free_symbols - known.keys()
        rest = size.xreplace(known)
        value = (given - rest.xreplace({symbol: sp.S.Zero})) / rest.coeff(symbol)
        if not (value.is_Integer and value > 0):
            raise ValueError(f"array '{name}' has a side of {given}, which is not {rest} for any whole {symbol}")
        known[symbol] = value
    missing = {s for shape in implementation.parameters.values() for side in shape for s in side.free_symbols} - {
        *known
    }
    if missing:
        options = [option for option, value in implementation.options.items() if value in missing]
        wanted = options or [f"sizes of {', '.join(sorted(map(str, missing)))}"]
        raise ValueError(
            f"the arrays of {implementation.name} do not tell every size of the cell; give {' and '.join(wanted)}"
        )
    for size, given, name in sides:
        if (made := size.xreplace(known)) != given:
            raise ValueError(f"array '{name}' has a side of {given}; the other arrays make it {made}")
    return {p: _numbered(shape, known) for p, shape in implementation.parameters.items()}


def _given(implementation: Implementation, sizes: Mapping[str, int]) -> Known:
    """The sizes that the class has, and those that are given, by their symbols."""
    for name, number in sizes.items():
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"{name} is {number!r}; a size is a positive whole number")
    own = {**implementation.sizes, **sizes}
    return {sp.Symbol(name, integer=True, positive=True): sp.Integer(number) for name, number in own.items()}


def _numbered(shape: Shape, known: Known) -> Shape:
    """A shape with these sizes put in."""
    axes = [Axis(axis.size.xreplace(known), axis.place) for axis in axes_of(shape)]
    return family(axes, tuple(size.xreplace(known) for size in core(shape)))
