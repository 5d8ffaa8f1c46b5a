"""Lifted axes, over which a quantity is a family of arrays: one member for each value of each axis.

Operations act on the members. The sizes of lifted axes stand first in a shape, in the order in which a spec declares
the axes; what is left is the core, the shape of one member.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy as sp

Shape = tuple[sp.Expr, ...]


class Axis(sp.Basic):
    """A lifted axis: its size, which is a dim like any other, and its place in the order of the axes.

    As a static argument of an operation it says that this axis is crossed: softmax over e, a sum over j.

    >>> heads = Axis(sp.Symbol("j", integer=True, positive=True), 0)
    >>> heads, heads.size, heads.place
    (j, j, 0)
    """

    __slots__ = ()

    def __new__(cls, size: sp.Symbol, place: int | sp.Integer) -> Axis:
        made: Axis = sp.Basic.__new__(cls, size, sp.Integer(place))
        return made

    @property
    def size(self) -> sp.Symbol:
        """How many members there are along it."""
        return self.args[0]

    @property
    def place(self) -> int:
        """Its place in the order of the axes of a cell."""
        return int(self.args[1])

    def _sympystr(self, printer: Any) -> str:
        return str(printer._print(self.size))

    _latex = _pretty = _sympystr

    def _sympyrepr(self, printer: Any) -> str:
        return f"ops.Axis({', '.join(map(printer._print, self.args))})"


class Family(tuple[sp.Expr, ...]):
    """The shape of a family: the sizes of its lifted axes, then the core. Equal to another of the same axes only.

    >>> from cellgraph.graph import size
    >>> j, d = size("j"), size("d")
    >>> heads = Family((Axis(j, 0),), (d, d))
    >>> heads, core(heads), heads == (j, d, d)
    ((j, d, d), (d, d), False)
    """

    axes: tuple[Axis, ...]

    def __new__(cls, axes: Sequence[Axis], core: Shape) -> Family:
        made = super().__new__(cls, (*(axis.size for axis in axes), *core))
        made.axes = tuple(axes)
        return made

    def __eq__(self, other: object) -> bool:
        return axes_of(other) == self.axes and tuple.__eq__(self, other)  # type: ignore[arg-type]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return tuple.__hash__(self)

    def __getnewargs__(self) -> tuple[tuple[Axis, ...], Shape]:
        return self.axes, core(self)


def axes_of(shape: Shape) -> tuple[Axis, ...]:
    """The lifted axes of a shape; a plain shape has none."""
    found: tuple[Axis, ...] = getattr(shape, "axes", ())
    return found


def core(shape: Shape) -> Shape:
    """The shape of one member."""
    return tuple(shape[len(axes_of(shape)) :]) if isinstance(shape, Family) else shape


def in_order(axes: Iterable[Axis]) -> tuple[Axis, ...]:
    """Each of these axes once, in the order in which a spec declares them."""
    given = dict.fromkeys(axes)
    return tuple(sorted(given, key=lambda axis: axis.place) if len(given) > 1 else given)


def place_in(axis: Axis, shape: Shape) -> int:
    """Where an axis stands in an array of this shape, counted from the end. Raises ValueError where it has none."""
    return axes_of(shape).index(axis) - len(shape)


def family(axes: Iterable[Axis], core: Shape) -> Shape:
    """The shape with these lifted axes, in their order, and this core; a plain shape where there are no axes."""
    given = [*axes]
    return Family(in_order(given), core) if given else tuple(core)


def resized(shape: Shape, sizes: Mapping[sp.Basic, sp.Basic]) -> Shape:
    """The shape with other sizes in the place of some, its axes being the same.

    >>> from cellgraph.graph import size
    >>> j, n, m = size("j"), size("n"), size("m")
    >>> resized(Family((Axis(j, 0),), (n, m)), {m: 2 * n})
    (j, n, 2*n)
    """
    return family([axis.xreplace(dict(sizes)) for axis in axes_of(shape)],
                  tuple(own.xreplace(dict(sizes)) for own in core(shape)))  # fmt: skip


def is_square(shape: Shape) -> bool:
    """Whether it is the shape of a square matrix, or of one for each member."""
    return len(core(shape)) == 2 and len(set(core(shape))) == 1


def diagonal_of(shape: Shape) -> Shape:
    """The shape of the diagonal of a square matrix, or of one for each member."""
    return family(axes_of(shape), core(shape)[:1])


def described(shape: Shape, spelled: str) -> str:
    """A shape in a message: how its core is spelled, and for each value of which axes."""
    axes = axes_of(shape)
    return f"{spelled} for each {', '.join(map(str, axes))}" if axes else spelled
