"""How the `value` of a row runs on families: arrays are turned so that what the row acts on stands behind all else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from cellgraph.ops.axes import Axis, Shape, axes_of, core
from cellgraph.ops.lifting import Seen, crossed, is_plain, result_shape, row_arguments, seen_by_row, with_axes
from cellgraph.ops.row import Crossing, Head, operands

Array = Any


@dataclass(frozen=True)
class LiftedValue:
    """The `value` of a row for operands whose arrays are (batch axes, lifted axes, core)."""

    value: Callable[..., Array]
    crossing: Crossing | None
    over: tuple[Axis, ...]
    shapes: tuple[Shape, ...]
    seen: tuple[Seen, ...]
    made: Shape

    def __call__(self, xp: Any, ranks: tuple[int, ...], *arguments: Any) -> Array:
        """The array of the result; `arguments` are the operands' arrays, then the numbers that static arguments are."""
        count = len(self.shapes)
        operands = zip(arguments[:count], self.shapes, self.seen, strict=True)
        arrays = [self._operand(xp, *operand) for operand in operands]
        made = self.value(xp, tuple(len(own.shape) for own in self.seen), *arrays, *arguments[count:])
        kept = tuple(axis for axis in self.over if axis in axes_of(self.made))
        if not kept or self.crossing is None:
            return made
        behind = len(self.made) - len(axes_of(self.made))
        if self.crossing.along:
            return xp.moveaxis(made, -1, _place(kept[0], self.made))
        return xp.moveaxis(made, _before(len(kept), behind), [_place(axis, self.made) for axis in kept])

    def _operand(self, xp: Any, array: Array, shape: Shape, own: Seen) -> Array:
        """One operand's array with the axes that the row acts on behind all others, and a place for each of these."""
        if getattr(array, "ndim", 0) == len(core(shape)) and not axes_of(shape):
            # A number, or an array shared by all: it meets the others as it is.
            return array
        taken = [axis for axis in self.over if axis in axes_of(shape)]
        if taken and self.crossing is not None and self.crossing.along:
            return xp.moveaxis(array, _place(taken[0], shape), -1)
        if taken:
            places = [_place(axis, shape) for axis in taken]
            array = xp.moveaxis(array, places, _before(len(taken), len(core(shape))))
        lifted = sorted({axis for s in self.seen for axis in s.lifted}, key=lambda axis: axis.place)
        if tuple(lifted) == own.lifted:
            return array
        present: list[slice | None] = [slice(None) if axis in own.lifted else None for axis in lifted]
        return array[(..., *present, *[slice(None)] * len(own.shape))]


def _place(axis: Axis, shape: Shape) -> int:
    """Where an axis stands in an array of this shape, counted from the end."""
    return axes_of(shape).index(axis) - len(shape)


def _before(count: int, behind: int) -> list[int]:
    """The places of the last axes before the `behind` last ones."""
    return [k - count - behind for k in range(count)]


def value_of(node: Head, shapes: Sequence[Shape]) -> tuple[Callable[..., Array], tuple[int, ...]]:
    """What computes an operation on arrays, and the ranks of its operands: (xp, ranks, *arrays, *numbers) -> array.

    The numbers are those of `numbered(node)`.
    """
    ranks = tuple(map(len, shapes))
    if is_plain(node, shapes):
        return node.op.value, ranks
    node = with_axes(node, shapes)
    seen = tuple(seen_by_row(node, k, shape) for k, shape in enumerate(shapes))
    made = result_shape(node, shapes)
    return LiftedValue(node.op.value, node.op.crossing, crossed(node), tuple(shapes), seen, made), ranks


def numbered(node: Head) -> tuple[sp.Expr, ...]:
    """The static arguments that a row's value takes as numbers, the sizes of crossed axes last where it takes them."""
    return tuple(a.size if isinstance(a, Axis) else a for a in row_arguments(node)[len(operands(node)) :])
