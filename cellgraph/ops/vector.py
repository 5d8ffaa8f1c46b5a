"""Rows that mix or move the coordinates of a vector: mean, softmax, largest and smallest, concat, slice and pad."""

from __future__ import annotations

from typing import Any

import sympy as sp

from cellgraph.ops.arithmetic import Div, Mul, Sub
from cellgraph.ops.axes import Shape
from cellgraph.ops.factors import Diag, Row
from cellgraph.ops.interval import Interval, hull
from cellgraph.ops.kinks import Abs, Step
from cellgraph.ops.linear import Outer
from cellgraph.ops.row import EVERYWHERE, Cost, Crossing, Head, Mismatch, Notation, free, mixing, numel, spelled
from cellgraph.ops.totals import Fill, Sum


def _vector(shape: Shape, name: str) -> sp.Expr:
    if len(shape) != 1:
        hint = "; where each row is meant by itself, rows are a lifted axis, under 'each'" if len(shape) == 2 else ""
        raise Mismatch(f"{name} takes a vector, and this is {spelled(shape)}{hint}")
    return shape[0]


def _mean_shape(shape: Shape) -> Shape:
    _vector(shape, "mean")
    return ()


def _softmax_shape(shape: Shape) -> Shape:
    return (_vector(shape, "softmax"),)


def _softmax_vjp(bar: sp.Expr, out: sp.Expr, x: sp.Expr, *, shapes: tuple[Shape, ...]) -> tuple[sp.Expr]:
    """x̄ = y ⊙ (ȳ − Σ ȳ ⊙ y)."""
    return (Mul(out, Sub(bar, Sum(Mul(bar, out)))),)


def _softmax_value(xp: Any, ranks: tuple[int, ...], x: Any) -> Any:
    highest = xp.max(x, axis=-1, keepdims=True)
    # torch returns the places of the maxima beside their values.
    powers = xp.exp(x - getattr(highest, "values", highest))
    return powers / xp.sum(powers, axis=-1, keepdims=True)


def _softmax_cost(shapes: tuple[Shape, ...], out: Shape) -> Cost:
    """n exponentials, n − 1 additions and n divisions; the shift by the maximum is numerical hygiene, not counted."""
    return Cost(flop=2 * numel(out) - 1, transcendental={"exp": numel(out)})


def _concat_shape(*shapes: Shape) -> Shape:
    return (sp.Add(*[_vector(shape, "concat") for shape in shapes]),)


def _parts(shapes: tuple[Shape, ...]) -> list[tuple[sp.Expr, sp.Expr]]:
    """Where each operand of a concat begins and ends in the result."""
    ends = [sp.Add(*[shape[0] for shape in shapes[: k + 1]]) for k in range(len(shapes))]
    return list(zip([sp.S.Zero, *ends], ends, strict=False))


def _concat_value(xp: Any, ranks: tuple[int, ...], *arrays: Any) -> Any:
    lead = xp.broadcast_shapes(*[tuple(a.shape[:-1]) for a in arrays])
    return xp.concatenate([xp.broadcast_to(a, (*lead, a.shape[-1])) for a in arrays], axis=-1)


def _slice_shape(shape: Shape, start: sp.Expr, stop: sp.Expr) -> Shape:
    size = _vector(shape, "slice")
    if not (start.is_integer and stop.is_integer):
        raise Mismatch(f"a part from {start} to {stop} does not begin and end at whole numbers")
    if start.is_negative or (size - stop).is_negative or (stop - start).is_nonpositive:
        raise Mismatch(f"a vector of size {size} has no part from {start} to {stop}")
    return (stop - start,)


def _pad_value(xp: Any, ranks: tuple[int, ...], x: Any, start: int, total: int) -> Any:
    def zeros(count: int) -> Any:
        return xp.zeros((*x.shape[:-1], count), dtype=x.dtype)

    return xp.concatenate([zeros(start), x, zeros(total - start - x.shape[-1])], axis=-1)


Mean: type[Head] = mixing(
    "mean",
    shape=_mean_shape,
    vjp=lambda bar, out, x, *, shapes: (Fill(Div(bar, shapes[0][0]), *shapes[0]),),
    jacobian=lambda out, x, *, shapes: (Row(Div(1, shapes[0][0])),),
    cost=lambda shapes, out: Cost(flop=numel(shapes[0])),
    value=lambda xp, ranks, x: xp.mean(x, axis=-1),
    range=lambda x: x,
    crossing=Crossing(along=True),
)

Softmax: type[Head] = mixing(
    "softmax",
    shape=_softmax_shape,
    vjp=_softmax_vjp,
    jacobian=lambda out, x, *, shapes: (Sub(Diag(out), Outer(out, out)),),
    cost=_softmax_cost,
    value=_softmax_value,
    range=lambda x: Interval(0, 1),
    total=1,
    inline=False,
    crossing=Crossing(along=True),
)


def _extreme(name: str, shown: str) -> type[Head]:
    """The row of the largest or the smallest entry of a vector; those that share that place share its derivative."""

    def shape_of(shape: Shape) -> Shape:
        _vector(shape, shown)
        return ()

    def share(out: sp.Expr, x: sp.Expr) -> sp.Expr:
        here = Sub(1, Step(Abs(Sub(x, out))))
        return Div(here, Sum(here))

    def value(xp: Any, ranks: tuple[int, ...], x: Any) -> Any:
        # torch returns the places beside the values.
        found = getattr(xp, shown)(x, axis=-1, keepdims=False)
        return getattr(found, "values", found)

    return mixing(
        name,
        shape=shape_of,
        vjp=lambda bar, out, x, *, shapes: (Mul(bar, share(out, x)),),
        jacobian=lambda out, x, *, shapes: (Row(share(out, x)),),
        cost=lambda shapes, out: Cost(flop=numel(shapes[0]) - 1),
        value=value,
        range=lambda x: x,
        notation=Notation(f"{shown}({{*}})", f"{shown}({{*}})", rf"\{shown}({{*}})", loose=EVERYWHERE),
        label=shown,
        inline=False,
        analytic=False,
        crossing=Crossing(along=True),
    )


Largest: type[Head] = _extreme("largest", "max")
Smallest: type[Head] = _extreme("smallest", "min")

Concat: type[Head] = mixing(
    "concat",
    operands=None,
    shape=_concat_shape,
    vjp=lambda bar, out, *args, shapes: tuple(Slice(bar, *part) for part in _parts(shapes)),
    cost=free,
    value=_concat_value,
    range=hull,
    notation=Notation("concat({*})", "[{*}]", "[{*}]", loose=EVERYWHERE),
)

Slice: type[Head] = mixing(
    "slice",
    arity=(3, 3),
    shape=_slice_shape,
    vjp=lambda bar, out, x, start, stop, *, shapes: (Pad(bar, start, shapes[0][0]),),
    cost=free,
    value=lambda xp, ranks, x, start, stop: x[..., start:stop],
    range=lambda x, *static: x,
    notation=Notation("slice({*})", "{0}[{1}:{2}]", "{{{0}}}_{{[{1}:{2}]}}", 60, loose=("source",)),
)

Pad: type[Head] = mixing(
    "pad",
    arity=(3, 3),
    shape=lambda shape, start, total: (total,),
    vjp=lambda bar, out, x, start, total, *, shapes: (Slice(bar, start, start + shapes[0][0]),),
    cost=free,
    value=_pad_value,
    range=lambda x, *static: hull(x, Interval(0, 0)),
    public=False,
)
