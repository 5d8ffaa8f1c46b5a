"""How the `value` of a row runs on families: arrays are turned so that what the row acts on stands behind all else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from cellgraph.ops.axes import Axis, Shape, axes_of, core, place_in
from cellgraph.ops.lifting import (
    Seen,
    crossed,
    is_plain,
    lifted_axes,
    result_shape,
    row_statics,
    seen_by_row,
    with_axes,
)
from cellgraph.ops.row import Head

Array = Any
Places = tuple[int, ...]


@dataclass(frozen=True)
class Turn:
    """How an operand's array is turned: axes are moved from some places to others, and new ones are put between.

    An array of `shared` axes is a number, or what all members share without a batch, and meets the others as it is.
    """

    shared: int | None
    places: Places
    to: Places
    index: tuple[Any, ...] | None

    def __call__(self, xp: Any, array: Array) -> Array:
        """The array, turned."""
        if getattr(array, "ndim", 0) == self.shared:
            return array
        moved = xp.moveaxis(array, self.places, self.to) if self.places else array
        return moved if self.index is None else moved[self.index]


@dataclass(frozen=True)
class LiftedValue:
    """The `value` of a row for operands whose arrays are (batch axes, lifted axes, core); found once, run often."""

    value: Callable[..., Array]
    ranks: tuple[int, ...]
    turns: tuple[Turn, ...]
    places: Places
    to: Places

    def __call__(self, xp: Any, ranks: tuple[int, ...], *arguments: Any) -> Array:
        """The array of the result; `arguments` are the operands' arrays, then the numbers that static arguments are."""
        count = len(self.turns)
        arrays = [turn(xp, array) for turn, array in zip(self.turns, arguments[:count], strict=True)]
        made = self.value(xp, self.ranks, *arrays, *arguments[count:])
        return xp.moveaxis(made, self.places, self.to) if self.places else made


def _turn(over: Sequence[Axis], along: bool, shape: Shape, own: Seen, lifted: tuple[Axis, ...]) -> Turn:
    """How an operand of this shape comes before a row that is lifted over these axes."""
    taken = [axis for axis in over if axis in axes_of(shape)]
    places = tuple(place_in(axis, shape) for axis in taken)
    to = (-1,) * len(taken) if along else _before(len(taken), len(core(shape)))
    missing = lifted != own.lifted and not (taken and along)
    present = [slice(None) if axis in own.lifted else None for axis in lifted]
    index = (..., *present, *[slice(None)] * len(own.shape)) if missing else None
    return Turn(None if axes_of(shape) else len(core(shape)), places, to, index)


def _before(count: int, behind: int) -> Places:
    """The places of the last axes before the `behind` last ones."""
    return tuple(k - count - behind for k in range(count))


def value_of(node: Head, shapes: Sequence[Shape]) -> tuple[Callable[..., Array], tuple[int, ...]]:
    """What computes an operation on arrays, and the ranks of its operands: (xp, ranks, *arrays, *numbers) -> array.

    The numbers are those of `numbered(node)`.
    """
    ranks = tuple(map(len, shapes))
    if is_plain(node, shapes):
        return node.op.value, ranks
    node = with_axes(node, shapes)
    over, along = crossed(node), node.op.crossing is not None and node.op.crossing.along
    seen = [seen_by_row(node, k, shape) for k, shape in enumerate(shapes)]
    made, lifted = result_shape(node, shapes), lifted_axes(seen)
    turns = tuple(_turn(over, along, shape, own, lifted) for shape, own in zip(shapes, seen, strict=True))
    kept = [axis for axis in over if axis in axes_of(made)]
    places = (-1,) * len(kept) if along else _before(len(kept), len(core(made)))
    to = tuple(place_in(axis, made) for axis in kept)
    return LiftedValue(node.op.value, tuple(len(own.shape) for own in seen), turns, places, to), ranks


def numbered(node: Head) -> tuple[sp.Expr, ...]:
    """The static arguments that a row's value takes as numbers, the sizes of crossed axes last where it takes them."""
    return tuple(a.size if isinstance(a, Axis) else a for a in row_statics(node))
