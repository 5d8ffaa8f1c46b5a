"""Rows of the functions with a kink or a jump: step, sign, floor, relu, abs, max and min.

At the kink the derivative is the one from the left, as PyTorch has it: relu′(0) = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor, inf
from typing import Any

import sympy as sp

from cellgraph.ops.arithmetic import ELEMENTWISE, Mul, Sub, along, binary, common, flops, gathered
from cellgraph.ops.interval import Bound, Interval
from cellgraph.ops.pointwise import pointwise
from cellgraph.ops.row import EVERYWHERE, Head, Notation, operation


def _clipped(x: Interval) -> Interval:
    return Interval(max(x.low, 0), max(x.high, 0))


def _magnitude(x: Interval) -> Interval:
    nearest = x.low if x.low > 0 else -x.high if x.high < 0 else 0
    return Interval(nearest, x.magnitude)


def _floor(end: Bound) -> Bound:
    return end if abs(end) == inf else floor(end)


def _extreme(name: str) -> Callable[..., Any]:
    """xp.maximum or xp.minimum, which torch has for arrays only."""

    def extreme(xp: Any, a: Any, b: Any) -> Any:
        return getattr(xp, name)(*(v if hasattr(v, "ndim") else xp.asarray(v) for v in (a, b)))

    return binary(extreme)


Step: type[Head] = pointwise(
    "step",
    derivative=lambda y, x: None,
    value=lambda xp, x: (x > 0) * xp.ones_like(x),
    range=lambda x: Interval(int(x.low > 0), int(x.high > 0)),
    slope=sp.oo,
    text="[{0} > 0]",
    latex=r"\left[{0} > 0\right]",
    transcendental=False,
    analytic=False,
    module=__name__,
)

Sign: type[Head] = pointwise(
    "sign",
    derivative=lambda y, x: None,
    value=lambda xp, x: xp.sign(x),
    range=lambda x: Interval((x.low > 0) - (x.low < 0), (x.high > 0) - (x.high < 0)),
    slope=sp.oo,
    text="sign({0})",
    latex=r"\operatorname{{sign}}({0})",
    transcendental=False,
    analytic=False,
    module=__name__,
)

Floor: type[Head] = pointwise(
    "floor",
    derivative=lambda y, x: None,
    value=lambda xp, x: xp.floor(x),
    range=lambda x: Interval(_floor(x.low), _floor(x.high)),
    slope=sp.oo,
    text="⌊{0}⌋",
    latex=r"\left\lfloor {0}\right\rfloor",
    label="⌊·⌋",
    transcendental=False,
    analytic=False,
    module=__name__,
)

Relu: type[Head] = pointwise(
    "relu",
    # Of the output, which is positive exactly where the input is: the input need not be kept for the backward pass.
    derivative=lambda y, x: Step(y),
    value=lambda xp, x: x * (x > 0),
    range=_clipped,
    slope=sp.S.One,
    text="relu({0})",
    latex=r"\operatorname{{ReLU}}({0})",
    label="relu",
    transcendental=False,
    analytic=False,
    module=__name__,
)

Abs: type[Head] = pointwise(
    "abs",
    derivative=lambda y, x: Sign(x),
    value=lambda xp, x: xp.abs(x),
    range=_magnitude,
    slope=sp.S.One,
    text="|{0}|",
    latex=r"\left|{0}\right|",
    label="|·|",
    transcendental=False,
    analytic=False,
    module=__name__,
)

Max: type[Head] = operation(
    __name__,
    name="max",
    operands=2,
    arity=(2, 2),
    shape=common,
    vjp=gathered(lambda bar, out, a, b: (Mul(bar, Step(Sub(a, b))), Mul(bar, Sub(1, Step(Sub(a, b)))))),
    jacobian=along(lambda out, a, b: (Step(Sub(a, b)), Sub(1, Step(Sub(a, b))))),
    cost=flops,
    value=_extreme("maximum"),
    range=lambda a, b: Interval(max(a.low, b.low), max(a.high, b.high)),
    notation=Notation("max({0}, {1})", "max({0}, {1})", r"\max({0}, {1})", 90, loose=EVERYWHERE),
    label="max",
    analytic=False,
    **ELEMENTWISE,
)

Min: type[Head] = operation(
    __name__,
    name="min",
    operands=2,
    arity=(2, 2),
    shape=common,
    vjp=gathered(lambda bar, out, a, b: (Mul(bar, Sub(1, Step(Sub(a, b)))), Mul(bar, Step(Sub(a, b))))),
    jacobian=along(lambda out, a, b: (Sub(1, Step(Sub(a, b))), Step(Sub(a, b)))),
    cost=flops,
    value=_extreme("minimum"),
    range=lambda a, b: Interval(min(a.low, b.low), min(a.high, b.high)),
    notation=Notation("min({0}, {1})", "min({0}, {1})", r"\min({0}, {1})", 90, loose=EVERYWHERE),
    label="min",
    analytic=False,
    **ELEMENTWISE,
)
