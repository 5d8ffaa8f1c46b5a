"""Rows of the arithmetic written with operators: + − * / ** (all elementwise).

Operands have one shape, or are scalars that go with any shape; nothing else is broadcast.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any

import sympy as sp

from cellgraph.ops.axes import Shape
from cellgraph.ops.factors import Column, Diag
from cellgraph.ops.interval import REALS, Interval, negative, power, product, quotient, total
from cellgraph.ops.row import Cost, Cotangents, Head, Mismatch, Notation, arguments, numel, operation, spelled
from cellgraph.ops.totals import Sum


def common(*shapes: Shape) -> Shape:
    """The one shape of elementwise operands, scalars aside; raises Mismatch."""
    found: Shape = ()
    for shape in shapes:
        if shape and found and shape != found:
            hint = "; the matrix product is '@'" if len(found) == 2 and found[1] == shape[0] else ""
            raise Mismatch(f"elementwise operands have shapes {spelled(found)} and {spelled(shape)}{hint}")
        found = found or shape
    return found


def aligned(ranks: tuple[int, ...], arrays: tuple[Any, ...]) -> list[Any]:
    """Batched scalars get trailing axes, so that their batch axes meet those of the arrays beside them."""
    rank = max(ranks)
    return [
        a if own == rank or getattr(a, "ndim", 0) == 0 else a[(..., *[None] * (rank - own))]
        for own, a in zip(ranks, arrays, strict=True)
    ]


def times(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """a ⊙ b, nested to the left, so that it prints without parentheses; the factor 1 goes."""
    if a == 1 or b == 1:
        return b if a == 1 else a
    if isinstance(b, Mul):
        return times(times(a, b.args[0]), b.args[1])
    return Mul(a, b)


def elementwise(
    name: str,
    *,
    slopes: Callable[..., Cotangents],
    value: Callable[..., Any],
    image: Callable[..., Interval],
    notation: Notation,
    label: str,
    operands: int | None = 2,
    pulled: Callable[..., Cotangents] | None = None,
    analytic: bool = True,
    **limits: Any,
) -> type[Head]:
    """The row of an operation entry by entry: a FLOP an entry for each operand but the first, or for the only one.

    `slopes` gives the derivatives by the operands; `pulled` gives their products with a cotangent, where they are
    written otherwise. `value` gets its arrays with their axes aligned.
    """

    def vjp(bar: sp.Expr, out: sp.Expr, *args: sp.Expr, shapes: tuple[Shape, ...]) -> Cotangents:
        # A scalar that was spread over an array gets the sum of the array's cotangent.
        found = pulled(bar, *args) if pulled else tuple(_scaled(bar, slope) for slope in slopes(*args))
        return tuple(c if shape or not any(shapes) else Sum(c) for c, shape in zip(found, shapes, strict=True))

    def jacobian(out: sp.Expr, *args: sp.Expr, shapes: tuple[Shape, ...]) -> tuple[sp.Expr | None, ...]:
        # diag(e) for an operand of the result's shape, a column e for a scalar.
        return tuple(
            Diag(e) if shape or not any(shapes) else Column(e) for e, shape in zip(slopes(*args), shapes, strict=True)
        )

    return operation(
        name,
        operands=operands,
        arity=arguments(operands),
        shape=common,
        vjp=vjp,
        jacobian=jacobian,
        # A sum of which one term alone is computed ahead has nothing to add yet.
        cost=lambda shapes, out: Cost(flop=(len(shapes) - (operands != 1)) * numel(out)),
        value=lambda xp, ranks, *arrays: value(xp, *aligned(ranks, arrays)),
        range=image,
        slope=None,
        notation=notation,
        label=label,
        elementwise=True,
        inline=True,
        public=True,
        analytic=analytic,
        **limits,
    )


def _scaled(bar: sp.Expr, slope: sp.Expr) -> sp.Expr:
    """The cotangent times a slope; 1 and −1 are not written as factors."""
    return bar if slope == 1 else Neg(bar) if slope == -1 else Mul(bar, slope)


Add: type[Head] = elementwise(
    "add",
    operands=None,
    slopes=lambda *args: (sp.S.One,) * len(args),
    value=lambda xp, *arrays: reduce(add, arrays),
    image=total,
    notation=Notation(" + ", " + ", " + ", 10, joins=True),
    label="+",
)

Neg: type[Head] = elementwise(
    "neg",
    operands=1,
    slopes=lambda a: (sp.S.NegativeOne,),
    value=lambda xp, a: -a,
    image=negative,
    notation=Notation("-{0}", "−{0}", "-{0}", 20),
    label="−",
)

Sub: type[Head] = elementwise(
    "sub",
    slopes=lambda a, b: (sp.S.One, sp.S.NegativeOne),
    value=lambda xp, a, b: a - b,
    image=lambda a, b: total(a, negative(b)),
    notation=Notation("{0} - {1}", "{0} − {1}", "{0} - {1}", 10),
    label="−",
)

Mul: type[Head] = elementwise(
    "mul",
    slopes=lambda a, b: (b, a),
    pulled=lambda bar, a, b: (Mul(bar, b), Mul(bar, a)),
    value=lambda xp, a, b: a * b,
    image=product,
    notation=Notation("{0} * {1}", "{0} ⊙ {1}", r"{0} \odot {1}", 20),
    label="⊙",
)

Div: type[Head] = elementwise(
    "div",
    slopes=lambda a, b: (Div(1, b), Neg(Div(a, Pow(b, 2)))),
    pulled=lambda bar, a, b: (Div(bar, b), Neg(Div(Mul(bar, a), Pow(b, 2)))),
    value=lambda xp, a, b: a / b,
    image=quotient,
    notation=Notation("{0} / {1}", "{0} / {1}", r"\frac{{{0}}}{{{1}}}", 20, loose=("latex",)),
    label="÷",
)


def _power_range(a: Interval, exponent: sp.Expr) -> Interval:
    if exponent < 0:
        return quotient(Interval(1, 1), _power_range(a, -exponent))
    if not exponent.is_Integer:
        return Interval(*(float(end) ** float(exponent) for end in a)) if a.low >= 0 else REALS
    return power(a, int(exponent))


def _power_cost(shapes: tuple[Shape, ...], out: Shape, exponent: sp.Expr) -> Cost:
    """A whole positive power is p − 1 products; any other calls pow."""
    if exponent.is_Integer and exponent > 0:
        return Cost(flop=(exponent - 1) * numel(out))
    return Cost(transcendental={"pow": numel(out)})


def _power_less(a: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """a^(p−1), which p times is the derivative of a^p."""
    return a if exponent == 2 else Pow(a, exponent - 1)


Pow: type[Head] = operation(
    "pow",
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
    slope=None,
    elementwise=True,
    inline=True,
    public=True,
)
