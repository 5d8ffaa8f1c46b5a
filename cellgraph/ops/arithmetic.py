"""Rows of the arithmetic written with operators: + − * / ** (all elementwise).

Operands have one shape, or are scalars that go with any shape; nothing else is broadcast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from cellgraph.ops.factors import Column, Diag
from cellgraph.ops.interval import REALS, Interval, negative, product, quotient, total
from cellgraph.ops.reduce import Sum
from cellgraph.ops.row import Cost, Head, Mismatch, Notation, Shape, numel, operation, spelled


def common(*shapes: Shape) -> Shape:
    """The one shape of elementwise operands, scalars aside; raises Mismatch."""
    found: Shape = ()
    for shape in shapes:
        if shape and found and shape != found:
            raise Mismatch(f"elementwise operands have shapes {spelled(found)} and {spelled(shape)}")
        found = found or shape
    return found


def gathered(rule: Callable[..., tuple[sp.Expr | None, ...]]) -> Callable[..., tuple[sp.Expr | None, ...]]:
    """The rule, where a scalar that was spread over an array gets the sum of the array's cotangent."""

    def vjp(bar: sp.Expr, out: sp.Expr, *args: sp.Expr, shapes: tuple[Shape, ...]) -> tuple[sp.Expr | None, ...]:
        spread = any(shapes)
        cotangents = rule(bar, out, *args)
        return tuple(
            Sum(cotangent) if spread and not shape and cotangent is not None else cotangent
            for cotangent, shape in zip(cotangents, shapes, strict=True)
        )

    return vjp


def along(rule: Callable[..., tuple[sp.Expr | None, ...]]) -> Callable[..., tuple[sp.Expr | None, ...]]:
    """Factors from coefficients: diag(e) for an operand of the result's shape, a column e for a scalar."""

    def jacobian(out: sp.Expr, *args: sp.Expr, shapes: tuple[Shape, ...]) -> tuple[sp.Expr | None, ...]:
        spread = any(shapes)
        return tuple(
            None if e is None else Column(e) if spread and not shape else Diag(e)
            for e, shape in zip(rule(out, *args), shapes, strict=True)
        )

    return jacobian


def aligned(ranks: tuple[int, ...], arrays: tuple[Any, ...]) -> list[Any]:
    """Batched scalars get trailing axes, so that their batch axes meet those of the arrays beside them."""
    rank = max(ranks)
    return [
        a if own == rank or getattr(a, "ndim", 0) == 0 else a[(..., *[None] * (rank - own))]
        for own, a in zip(ranks, arrays, strict=True)
    ]


def _added(xp: Any, ranks: tuple[int, ...], *arrays: Any) -> Any:
    first, *rest = aligned(ranks, arrays)
    for a in rest:
        first = first + a
    return first


def binary(function: Callable[[Any, Any, Any], Any]) -> Callable[..., Any]:
    def value(xp: Any, ranks: tuple[int, ...], *arrays: Any) -> Any:
        return function(xp, *aligned(ranks, arrays))

    return value


def times(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """a ⊙ b, nested to the left, so that it prints without parentheses; the factor 1 goes."""
    if a == 1 or b == 1:
        return b if a == 1 else a
    if isinstance(b, Mul):
        return times(times(a, b.args[0]), b.args[1])
    return Mul(a, b)


def flops(shapes: tuple[Shape, ...], out: Shape) -> Cost:
    return Cost(flop=(len(shapes) - 1) * numel(out))


ELEMENTWISE: dict[str, Any] = dict(slope=None, elementwise=True, inline=True, public=True)

Add: type[Head] = operation(
    __name__,
    name="add",
    operands=None,
    arity=(2, None),
    shape=common,
    vjp=gathered(lambda bar, out, *args: (bar,) * len(args)),
    jacobian=along(lambda out, *args: (sp.S.One,) * len(args)),
    cost=flops,
    value=_added,
    range=total,
    notation=Notation(" + ", " + ", " + ", 10, joins=True),
    label="+",
    **ELEMENTWISE,
)

Neg: type[Head] = operation(
    __name__,
    name="neg",
    operands=1,
    arity=(1, 1),
    shape=common,
    vjp=gathered(lambda bar, out, a: (Neg(bar),)),
    jacobian=along(lambda out, a: (sp.S.NegativeOne,)),
    cost=lambda shapes, out: Cost(flop=numel(out)),
    value=lambda xp, ranks, a: -a,
    range=negative,
    notation=Notation("-{0}", "−{0}", "-{0}", 20),
    label="−",
    **ELEMENTWISE,
)

Sub: type[Head] = operation(
    __name__,
    name="sub",
    operands=2,
    arity=(2, 2),
    shape=common,
    vjp=gathered(lambda bar, out, a, b: (bar, Neg(bar))),
    jacobian=along(lambda out, a, b: (sp.S.One, sp.S.NegativeOne)),
    cost=flops,
    value=binary(lambda xp, a, b: a - b),
    range=lambda a, b: total(a, negative(b)),
    notation=Notation("{0} - {1}", "{0} − {1}", "{0} - {1}", 10),
    label="−",
    **ELEMENTWISE,
)

Mul: type[Head] = operation(
    __name__,
    name="mul",
    operands=2,
    arity=(2, 2),
    shape=common,
    vjp=gathered(lambda bar, out, a, b: (Mul(bar, b), Mul(bar, a))),
    jacobian=along(lambda out, a, b: (b, a)),
    cost=flops,
    value=binary(lambda xp, a, b: a * b),
    range=product,
    notation=Notation("{0} * {1}", "{0} ⊙ {1}", r"{0} \odot {1}", 20),
    label="⊙",
    **ELEMENTWISE,
)

Div: type[Head] = operation(
    __name__,
    name="div",
    operands=2,
    arity=(2, 2),
    shape=common,
    vjp=gathered(lambda bar, out, a, b: (Div(bar, b), Neg(Div(Mul(bar, a), Pow(b, 2))))),
    jacobian=along(lambda out, a, b: (Div(1, b), Neg(Div(a, Pow(b, 2))))),
    cost=flops,
    value=binary(lambda xp, a, b: a / b),
    range=quotient,
    notation=Notation("{0} / {1}", "{0} / {1}", r"\frac{{{0}}}{{{1}}}", 20, loose=("latex",)),
    label="÷",
    **ELEMENTWISE,
)


def _power_range(a: Interval, exponent: sp.Expr) -> Interval:
    if exponent.is_Integer and exponent > 0:
        power = int(exponent)
        ends = (a.low**power, a.high**power)
        if power % 2:
            return Interval(*ends)
        return Interval(0 if a.low <= 0 <= a.high else min(ends), max(ends))
    if exponent.is_Integer and exponent < 0:
        return quotient(Interval(1, 1), _power_range(a, -exponent))
    return Interval(0, float(a.high) ** float(exponent)) if a.low >= 0 and exponent > 0 else REALS


def _power_cost(shapes: tuple[Shape, ...], out: Shape, exponent: sp.Expr) -> Cost:
    """A whole positive power is p − 1 products; any other calls pow."""
    if exponent.is_Integer and exponent > 0:
        return Cost(flop=(exponent - 1) * numel(out))
    return Cost(transcendental={"pow": numel(out)})


def _power_less(a: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """a^(p−1), which p times is the derivative of a^p."""
    return a if exponent == 2 else Pow(a, exponent - 1)


Pow: type[Head] = operation(
    __name__,
    name="pow",
    operands=1,
    arity=(2, 2),
    shape=lambda shape, exponent: shape,
    vjp=lambda bar, out, a, exponent, *, shapes: (times(times(exponent, bar), _power_less(a, exponent)),),
    jacobian=lambda out, a, exponent, *, shapes: (Diag(times(exponent, _power_less(a, exponent))),),
    cost=_power_cost,
    value=lambda xp, ranks, a, exponent: a**exponent,
    range=_power_range,
    notation=Notation("{0} ** {1}", "{0}{1}", "{0}^{{{1}}}", 40),
    label="xᵖ",
    **ELEMENTWISE,
)
