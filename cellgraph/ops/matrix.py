"""Rows for matrix states and for ordered axes: scaled rows, running sums, shifts, repeats, and their transposes."""

from __future__ import annotations

from typing import Any

import sympy as sp

from cellgraph.ops.axes import Shape
from cellgraph.ops.factors import Diag, Partial
from cellgraph.ops.interval import REALS, Interval, product
from cellgraph.ops.linear import Outer
from cellgraph.ops.row import Cost, Crossing, Head, Mismatch, Notation, free, mixing, numel, spelled
from cellgraph.ops.totals import Fill


def _scale_shape(a: Shape, matrix: Shape) -> Shape:
    if len(a) != 1 or len(matrix) != 2 or a[0] != matrix[0]:
        raise Mismatch(f"scale takes a vector and a matrix with as many rows, but they are {spelled(a)} "
                       f"and {spelled(matrix)}")  # fmt: skip
    return matrix


def _rowdot_shape(a: Shape, b: Shape) -> Shape:
    if len(a) != 2 or a != b:
        raise Mismatch(f"rowdot takes two matrices of one shape, but they are {spelled(a)} and {spelled(b)}")
    return (a[0],)


def _running_shape(shape: Shape) -> Shape:
    if len(shape) != 1:
        raise Mismatch(f"a running sum is that of a vector, and this is {spelled(shape)}")
    return shape


def _summed(x: Interval) -> Interval:
    return Interval(x.low if x.low >= 0 else REALS.low, x.high if x.high <= 0 else REALS.high)


def _shift_shape(shape: Shape, by: sp.Expr) -> Shape:
    if not shape:
        raise Mismatch("shift moves the entries of a vector or the rows of a matrix, and this is a scalar")
    if not by.is_integer or by == 0:
        raise Mismatch(f"shift moves by a whole number of places, forwards or backwards, and this is {by}")
    return shape


def _shifted(xp: Any, ranks: tuple[int, ...], x: Any, by: int) -> Any:
    axis = x.ndim - ranks[0]
    keep = [slice(None)] * axis
    count = min(abs(by), x.shape[axis])
    rest = x[(*keep, slice(0, x.shape[axis] - count) if by > 0 else slice(count, None))]
    empty = xp.zeros((*x.shape[:axis], count, *x.shape[axis + 1 :]), dtype=x.dtype)
    return xp.concatenate([empty, rest] if by > 0 else [rest, empty], axis)


def _repeat_shape(shape: Shape, times: sp.Expr) -> Shape:
    return (sp.expand(_running_shape(shape)[0] * times),)


def _chunk_shape(shape: Shape, times: sp.Expr) -> Shape:
    return (sp.cancel(_running_shape(shape)[0] / times),)


def _chunked(xp: Any, ranks: tuple[int, ...], x: Any, times: int) -> Any:
    return xp.sum(x.reshape((*x.shape[:-1], x.shape[-1] // times, times)), axis=-1)


def _repeated(xp: Any, ranks: tuple[int, ...], x: Any, times: int) -> Any:
    spread = xp.broadcast_to(x[..., None], (*x.shape, times))
    return spread.reshape((*x.shape[:-1], x.shape[-1] * times))


Scale: type[Head] = mixing(
    "scale",
    operands=2,
    shape=_scale_shape,
    vjp=lambda bar, out, a, matrix, *, shapes: (Rowdot(bar, matrix), Scale(a, bar)),
    jacobian=lambda out, a, matrix, *, shapes: (
        Partial(Scale(a, matrix), sp.S.Zero),
        Diag(Outer(a, Fill(1, shapes[1][1]))),
    ),
    cost=lambda shapes, out: Cost(flop=numel(out)),
    value=lambda xp, ranks, a, matrix: a[..., None] * matrix,
    range=product,
    notation=Notation("scale({0}, {1})", "diag({0}) {1}", r"\operatorname{{diag}}({0})\,{1}", 30, loose=("source",)),
    label="diag ·",
)

Rowdot: type[Head] = mixing(
    "rowdot",
    operands=2,
    shape=_rowdot_shape,
    vjp=lambda bar, out, a, b, *, shapes: (Scale(bar, b), Scale(bar, a)),
    cost=lambda shapes, out: Cost(mac=numel(shapes[0]), flop=2 * numel(shapes[0]) - numel(out)),
    value=lambda xp, ranks, a, b: xp.sum(a * b, axis=-1),
    range=lambda a, b: REALS,
    label="Σ⊙",
    public=False,
)

Cumsum: type[Head] = mixing(
    "cumsum",
    crossing=Crossing(along=True),
    shape=_running_shape,
    vjp=lambda bar, out, x, *, shapes: (Tailsum(bar),),
    cost=lambda shapes, out: Cost(flop=numel(out) - 1),
    value=lambda xp, ranks, x: xp.cumsum(x, -1),
    range=_summed,
    label="Σ↓",
)

Tailsum: type[Head] = mixing(
    "tailsum",
    crossing=Crossing(along=True),
    shape=_running_shape,
    vjp=lambda bar, out, x, *, shapes: (Cumsum(bar),),
    cost=lambda shapes, out: Cost(flop=numel(out) - 1),
    value=lambda xp, ranks, x: xp.flip(xp.cumsum(xp.flip(x, (-1,)), -1), (-1,)),
    range=_summed,
    label="Σ↑",
    public=False,
)

Shift: type[Head] = mixing(
    "shift",
    crossing=Crossing(along=True),
    arity=(2, 2),
    shape=_shift_shape,
    vjp=lambda bar, out, x, by, *, shapes: (Shift(bar, -by),),
    cost=free,
    value=_shifted,
    range=lambda x, by: Interval(min(x.low, 0), max(x.high, 0)),
)

Repeat: type[Head] = mixing(
    "repeat",
    arity=(2, 2),
    shape=_repeat_shape,
    vjp=lambda bar, out, x, times, *, shapes: (Chunksum(bar, times),),
    cost=free,
    value=_repeated,
    range=lambda x, times: x,
)

Chunksum: type[Head] = mixing(
    "chunksum",
    arity=(2, 2),
    shape=_chunk_shape,
    vjp=lambda bar, out, x, times, *, shapes: (Repeat(bar, times),),
    cost=lambda shapes, out, times: Cost(flop=numel(shapes[0]) - numel(out)),
    value=_chunked,
    range=lambda x, times: _summed(x),
    label="Σ",
    public=False,
)
