"""Rows of the smooth functions of one variable, applied to every entry: activations and elementary functions."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from math import inf
from typing import Any

import sympy as sp

from cellgraph.ops.arithmetic import Div, Mul, Neg, Pow, Sub, times
from cellgraph.ops.axes import Shape
from cellgraph.ops.factors import Diag
from cellgraph.ops.interval import Bound, Interval
from cellgraph.ops.row import EVERYWHERE, Cost, Head, Notation, numel, operation


def pointwise(
    name: str,
    *,
    derivative: Callable[[sp.Expr, sp.Expr], sp.Expr | None],
    image: Callable[[Interval], Interval],
    slope: sp.Expr,
    value: Callable[[Any, Any], Any] | None = None,
    text: str | None = None,
    latex: str | None = None,
    label: str | None = None,
    transcendental: bool = True,
    analytic: bool = True,
    **limits: Any,
) -> type[Head]:
    """The row of y = φ(x), entry by entry.

    `derivative` gives φ′ from (y, x), best in terms of y; None where it is 0 everywhere. `value` is what array
    namespaces have under this name, if none is given.
    """
    function = value or (lambda xp, x: getattr(xp, name)(x))
    called = f"{name}({{0}})"

    def vjp(bar: sp.Expr, out: sp.Expr, x: sp.Expr, *, shapes: tuple[Shape, ...]) -> tuple[sp.Expr | None]:
        derived = derivative(out, x)
        return (None if derived is None else times(bar, derived),)

    def jacobian(out: sp.Expr, x: sp.Expr, *, shapes: tuple[Shape, ...]) -> tuple[sp.Expr | None]:
        derived = derivative(out, x)
        return (None if derived is None else Diag(derived),)

    def cost(shapes: tuple[Shape, ...], out: Shape) -> Cost:
        return Cost(transcendental={name: numel(out)}) if transcendental else Cost(flop=numel(out))

    return operation(
        name,
        operands=1,
        arity=(1, 1),
        shape=lambda shape: shape,
        vjp=vjp,
        jacobian=jacobian,
        cost=cost,
        value=lambda xp, ranks, x: _number(function, x) if isinstance(x, (int, float)) else function(xp, x),
        range=image,
        slope=slope,
        notation=Notation(called, text or called, latex or rf"\{called}", loose=EVERYWHERE),
        label=label or name,
        elementwise=True,
        inline=False,
        public=True,
        analytic=analytic,
        **limits,
    )


def _number(function: Callable[[Any, Any], Any], x: float) -> float:
    """φ of a literal or a size: a number under every namespace, and in double precision."""
    import numpy

    return float(function(numpy, numpy.float64(x)))


def _increasing(function: Callable[[float], float], low: Bound, high: Bound) -> Callable[[Interval], Interval]:
    """The image of an interval under an increasing function with the limits `low` and `high`."""

    def image(x: Interval) -> Interval:
        return Interval(
            low if x.low == -inf else function(float(x.low)), high if x.high == inf else function(float(x.high))
        )

    return image


def _exp(x: float) -> float:
    return math.exp(x) if x < 700 else inf


def _logistic(x: float) -> float:
    return 1 / (1 + _exp(-x))


def _softplus(x: float) -> float:
    return x if x > 30 else math.log1p(math.exp(x))


def _erf(xp: Any, x: Any) -> Any:
    """The error function of PyTorch or JAX, or that of Python for each number; NumPy has none."""
    library = sys.modules[xp.__name__.partition(".")[0]]
    found = getattr(xp, "erf", None) or getattr(getattr(library, "lax", None), "erf", None)
    return found(x) if found else xp.vectorize(math.erf, otypes=[x.dtype])(x)


def _log_range(x: Interval) -> Interval:
    return Interval(math.log(x.low) if x.low > 0 else -inf, math.log(x.high) if 0 < x.high < inf else inf)


def _sqrt_range(x: Interval) -> Interval:
    return Interval(math.sqrt(max(x.low, 0)), math.sqrt(max(x.high, 0)))


Sigmoid: type[Head] = pointwise(
    "sigmoid",
    derivative=lambda y, x: Mul(y, Sub(1, y)),
    # The logistic function through tanh neither overflows nor needs a branch.
    value=lambda xp, x: 0.5 * (xp.tanh(0.5 * x) + 1),
    image=_increasing(_logistic, 0, 1),
    slope=sp.Rational(1, 4),
    text="σ({0})",
    latex=r"\sigma({0})",
    label="σ",
)

Tanh: type[Head] = pointwise(
    "tanh",
    derivative=lambda y, x: Sub(1, Pow(y, 2)),
    image=_increasing(math.tanh, -1, 1),
    slope=sp.S.One,
)

Sin: type[Head] = pointwise(
    "sin",
    derivative=lambda y, x: Cos(x),
    image=lambda x: Interval(-1, 1),
    slope=sp.S.One,
)

Cos: type[Head] = pointwise(
    "cos",
    derivative=lambda y, x: Neg(Sin(x)),
    image=lambda x: Interval(-1, 1),
    slope=sp.S.One,
)

Exp: type[Head] = pointwise(
    "exp",
    derivative=lambda y, x: y,
    image=_increasing(_exp, 0, inf),
    slope=sp.oo,
)

Log: type[Head] = pointwise(
    "log",
    derivative=lambda y, x: Div(1, x),
    image=_log_range,
    slope=sp.oo,
)

Sqrt: type[Head] = pointwise(
    "sqrt",
    derivative=lambda y, x: Div(1, Mul(2, y)),
    image=_sqrt_range,
    slope=sp.oo,
    text="√({0})",
    latex=r"\sqrt{{{0}}}",
    label="√",
)

Erf: type[Head] = pointwise(
    "erf",
    derivative=lambda y, x: Mul(Div(2, Sqrt(sp.pi)), Exp(Neg(Pow(x, 2)))),
    value=_erf,
    image=_increasing(math.erf, -1, 1),
    # 2/√π = 1.1283…, rounded up.
    slope=sp.Rational(11284, 10_000),
    latex=r"\operatorname{{erf}}({0})",
    # NumPy has it for real numbers only.
    analytic=False,
)

Softplus: type[Head] = pointwise(
    "softplus",
    derivative=lambda y, x: Sigmoid(x),
    value=lambda xp, x: xp.log1p(xp.exp(-xp.abs(x))) + x * (x > 0),
    image=_increasing(_softplus, 0, inf),
    limits=lambda x, *, ranges: ((x,), ()),
    slope=sp.S.One,
    latex=r"\operatorname{{softplus}}({0})",
    analytic=False,
)
