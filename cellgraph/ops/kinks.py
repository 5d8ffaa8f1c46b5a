"""Rows of the functions with a kink or a jump: step, sign, floor, relu, abs, max and min; and stop.

At the kink the derivative is the one from the left, as PyTorch has it: relu′(0) = 0. Of stop(a), which is a, the
derivative is 0 by definition.
"""

from __future__ import annotations

import sys
from math import floor, inf
from typing import Any

import sympy as sp

from cellgraph.ops.arithmetic import Neg, Sub, elementwise
from cellgraph.ops.interval import Bound, Interval
from cellgraph.ops.pointwise import pointwise
from cellgraph.ops.row import EVERYWHERE, Head, Notation, free, operation


def _clipped(x: Interval) -> Interval:
    return Interval(max(x.low, 0), max(x.high, 0))


def _magnitude(x: Interval) -> Interval:
    nearest = x.low if x.low > 0 else -x.high if x.high < 0 else 0
    return Interval(nearest, x.magnitude)


def _floor(end: Bound) -> Bound:
    return end if abs(end) == inf else floor(end)


KINKED: dict[str, Any] = dict(transcendental=False, analytic=False)

Step: type[Head] = pointwise(
    "step",
    derivative=lambda y, x: None,
    value=lambda xp, x: (x > 0) * xp.ones_like(x),
    image=lambda x: Interval(int(x.low > 0), int(x.high > 0)),
    slope=sp.oo,
    text="[{0} > 0]",
    latex=r"\left[{0} > 0\right]",
    **KINKED,
)

Sign: type[Head] = pointwise(
    "sign",
    derivative=lambda y, x: None,
    image=lambda x: Interval((x.low > 0) - (x.low < 0), (x.high > 0) - (x.high < 0)),
    slope=sp.oo,
    latex=r"\operatorname{{sign}}({0})",
    **KINKED,
)

Floor: type[Head] = pointwise(
    "floor",
    derivative=lambda y, x: None,
    image=lambda x: Interval(_floor(x.low), _floor(x.high)),
    slope=sp.oo,
    text="⌊{0}⌋",
    latex=r"\left\lfloor {0}\right\rfloor",
    label="⌊·⌋",
    **KINKED,
)

Relu: type[Head] = pointwise(
    "relu",
    # Of the output, which is positive exactly where the input is: the input need not be kept for the backward pass.
    derivative=lambda y, x: Step(y),
    value=lambda xp, x: x * (x > 0),
    image=_clipped,
    limits=lambda x, *, ranges: ((x,), ()),
    slope=sp.S.One,
    latex=r"\operatorname{{ReLU}}({0})",
    **KINKED,
)

Abs: type[Head] = pointwise(
    "abs",
    derivative=lambda y, x: Sign(x),
    image=_magnitude,
    limits=lambda x, *, ranges: ((x, Neg(x)), ()),
    slope=sp.S.One,
    text="|{0}|",
    latex=r"\left|{0}\right|",
    label="|·|",
    **KINKED,
)


def _arrays(xp: Any, *operands: Any) -> list[Any]:
    """The operands as arrays: torch has maximum and minimum for nothing else."""
    return [v if hasattr(v, "ndim") else xp.asarray(v) for v in operands]


Max: type[Head] = elementwise(
    "max",
    slopes=lambda a, b: (Step(Sub(a, b)), Sub(1, Step(Sub(a, b)))),
    value=lambda xp, a, b: xp.maximum(*_arrays(xp, a, b)),
    image=lambda a, b: Interval(max(a.low, b.low), max(a.high, b.high)),
    limits=lambda a, b, *, ranges: ((a, b), ()),
    notation=Notation("max({0}, {1})", "max({0}, {1})", r"\max({0}, {1})", loose=EVERYWHERE),
    label="max",
    analytic=False,
)

Min: type[Head] = elementwise(
    "min",
    slopes=lambda a, b: (Sub(1, Step(Sub(a, b))), Step(Sub(a, b))),
    value=lambda xp, a, b: xp.minimum(*_arrays(xp, a, b)),
    image=lambda a, b: Interval(min(a.low, b.low), min(a.high, b.high)),
    limits=lambda a, b, *, ranges: ((), (a, b)),
    notation=Notation("min({0}, {1})", "min({0}, {1})", r"\min({0}, {1})", loose=EVERYWHERE),
    label="min",
    analytic=False,
)


def _stopped(xp: Any, ranks: tuple[int, ...], x: Any) -> Any:
    """The array itself, through which the automatic differentiation of its library passes nothing back."""
    if hasattr(x, "detach"):
        return x.detach()
    # JAX has been imported by whoever hands in its namespace.
    library = sys.modules.get(getattr(xp, "__name__", "").removesuffix(".numpy"))
    lax = getattr(library, "lax", None)
    return x if lax is None else lax.stop_gradient(x)


Stop: type[Head] = operation(
    "stop",
    operands=1,
    arity=(1, 1),
    shape=lambda shape: shape,
    vjp=lambda bar, out, x, *, shapes: (None,),
    jacobian=lambda out, x, *, shapes: (None,),
    cost=free,
    value=_stopped,
    range=lambda x: x,
    # No activation: it bends nothing.
    slope=None,
    notation=Notation("stop({0})", "stop({0})", r"\operatorname{{stop}}({0})", loose=EVERYWHERE),
    label="stop",
    elementwise=True,
    inline=True,
    public=True,
    # A step into the complex plane would pass through it.
    analytic=False,
)
