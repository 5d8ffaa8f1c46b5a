"""Rows that make and unmake families: members side by side, a vector cut into members, one array for every member."""

from __future__ import annotations

from typing import Any

import sympy as sp

from cellgraph.ops.axes import Axis, Shape
from cellgraph.ops.row import Crossing, Head, Mismatch, free, mixing, spelled
from cellgraph.ops.totals import Sum


def _flattened(shape: Shape, axis: Axis) -> Shape:
    """The members one after the other along their first axis."""
    count, *member = shape
    return (sp.expand(count * member[0]), *member[1:]) if member else (count,)


def _split(shape: Shape, axis: Axis) -> Shape:
    if not shape:
        raise Mismatch(f"a scalar cannot be cut into {axis} parts")
    part = sp.cancel(shape[0] / axis.size)
    if not part.is_polynomial():
        raise Mismatch(f"{spelled(shape)} cannot be cut into {axis} equal parts: {shape[0]} is no multiple of {axis}")
    return (axis.size, *shape[1:]) if part == 1 and len(shape) == 1 else (axis.size, part, *shape[1:])


def _flat_value(xp: Any, ranks: tuple[int, ...], x: Any, count: int) -> Any:
    lead, own = x.shape[: x.ndim - ranks[0]], x.shape[x.ndim - ranks[0] :]
    return x.reshape((*lead, own[0] * own[1], *own[2:])) if len(own) > 1 else x


def _split_value(xp: Any, ranks: tuple[int, ...], x: Any, count: int) -> Any:
    lead, own = x.shape[: x.ndim - ranks[0]], x.shape[x.ndim - ranks[0] :]
    return x if own == (count,) else x.reshape((*lead, count, own[0] // count, *own[1:]))


def _spread_value(xp: Any, ranks: tuple[int, ...], x: Any, count: int) -> Any:
    array = x if hasattr(x, "shape") else xp.asarray(x)
    lead, own = array.shape[: array.ndim - ranks[0]], array.shape[array.ndim - ranks[0] :]
    return xp.broadcast_to(array.reshape((*lead, 1, *own)), (*lead, count, *own))


Flatten: type[Head] = mixing(
    "flatten",
    arity=(2, 2),
    shape=_flattened,
    vjp=lambda bar, out, x, axis, *, shapes: (Split(bar, axis),),
    cost=free,
    value=_flat_value,
    range=lambda x: x,
    crossing=Crossing(takes=(True,)),
)

Split: type[Head] = mixing(
    "split",
    arity=(2, 2),
    shape=_split,
    vjp=lambda bar, out, x, axis, *, shapes: (Flatten(bar, axis),),
    cost=free,
    value=_split_value,
    range=lambda x: x,
    crossing=Crossing(takes=(False,), returns=True),
)

Spread: type[Head] = mixing(
    "spread",
    arity=(2, 2),
    shape=lambda shape, axis: (axis.size, *shape),
    vjp=lambda bar, out, x, axis, *, shapes: (Sum(bar, axis),),
    cost=free,
    value=_spread_value,
    range=lambda x: x,
    crossing=Crossing(takes=(False,), returns=True),
)
