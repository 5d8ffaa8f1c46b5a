"""Rows of the sum of an array and of its transpose, `fill`: one number everywhere."""

from __future__ import annotations

from math import inf
from typing import Any

import sympy as sp

from cellgraph.ops.axes import Shape
from cellgraph.ops.factors import Column, Row
from cellgraph.ops.interval import Interval
from cellgraph.ops.row import EVERYWHERE, Cost, Crossing, Head, Mismatch, Notation, free, mixing, numel


def _sum_shape(shape: Shape) -> Shape:
    if not shape:
        raise Mismatch("the sum of a scalar is the scalar itself")
    return ()


def _sum_value(xp: Any, ranks: tuple[int, ...], x: Any) -> Any:
    return xp.sum(x, axis=tuple(range(-ranks[0], 0)))


def _fill_value(xp: Any, ranks: tuple[int, ...], x: Any, *sizes: int) -> Any:
    batched = getattr(x, "ndim", 0) > 0
    spread = x[(..., *[None] * len(sizes))] if batched else x
    return spread * xp.ones(sizes, dtype=getattr(x, "dtype", None))


Sum: type[Head] = mixing(
    "sum",
    shape=_sum_shape,
    vjp=lambda bar, out, x, *, shapes: (Fill(bar, *shapes[0]),),
    crossing=Crossing(along=True),
    jacobian=lambda out, x, *, shapes: (Row(sp.S.One),),
    cost=lambda shapes, out: Cost(flop=numel(shapes[0]) - 1),
    value=_sum_value,
    range=lambda x: Interval(-inf if x.low < 0 else 0, inf if x.high > 0 else 0),
    limits=lambda x, *, ranges: ((x,), ()) if ranges[0].low >= 0 else ((), ()),
    notation=Notation("sum({0})", "Σ({0})", r"\textstyle\sum({0})", loose=EVERYWHERE),
    label="Σ",
)

Fill: type[Head] = mixing(
    "fill",
    arity=(2, None),
    shape=lambda shape, *sizes: sizes,
    vjp=lambda bar, out, x, *sizes, shapes: (Sum(bar),),
    jacobian=lambda out, x, *sizes, shapes: (Column(sp.S.One),),
    cost=free,
    value=_fill_value,
    range=lambda x, *sizes: x,
    notation=Notation("fill({*})", "{0} 𝟏", r"{0}\,\mathbf{{1}}", 30, loose=("source",)),
    label="𝟏",
)
