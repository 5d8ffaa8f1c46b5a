"""What primitives of JAX give of numbers that stand in the code, by NumPy: nothing has to be compiled for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy

Array = Any
LARGEST = 65536
"""The most entries of an array whose value is followed."""

Fold = Callable[..., Array]
"""(equation of a jaxpr, values of its operands) -> the value of its result, of any type of numbers."""


def _entrywise(function: Callable[..., Array]) -> Fold:
    return lambda eqn, *values: function(*values)


def _div(eqn: Any, a: Array, b: Array) -> Array:
    """JAX rounds quotients of whole numbers towards zero."""
    return numpy.divide(a, b) if eqn.outvars[0].aval.dtype.kind == "f" else numpy.trunc(numpy.divide(a, b))


def _broadcast(eqn: Any, a: Array) -> Array:
    there = [1] * len(eqn.params["shape"])
    for axis, size in zip(eqn.params["broadcast_dimensions"], numpy.shape(a), strict=True):
        there[axis] = size
    return numpy.broadcast_to(numpy.reshape(a, there), eqn.params["shape"])


def _reshape(eqn: Any, a: Array) -> Array:
    return numpy.reshape(a, eqn.outvars[0].aval.shape)


def _iota(eqn: Any) -> Array:
    shape, axis = eqn.params["shape"], eqn.params["dimension"]
    there = [-1 if k == axis else 1 for k in range(len(shape))]
    return numpy.broadcast_to(numpy.arange(shape[axis]).reshape(there), shape)


def _select(eqn: Any, which: Array, *cases: Array) -> Array:
    return numpy.choose(numpy.asarray(which, int), cases)


ENTRYWISE: Mapping[str, Callable[..., Array]] = MappingProxyType(
    {
        "add": numpy.add, "sub": numpy.subtract, "mul": numpy.multiply, "max": numpy.maximum, "min": numpy.minimum,
        "lt": numpy.less, "le": numpy.less_equal, "gt": numpy.greater, "ge": numpy.greater_equal, "eq": numpy.equal,
        "ne": numpy.not_equal, "and": numpy.bitwise_and, "or": numpy.bitwise_or, "not": numpy.invert,
        "neg": numpy.negative, "exp": numpy.exp, "log": numpy.log, "sqrt": numpy.sqrt, "sign": numpy.sign,
        "floor": numpy.floor, "abs": numpy.abs, "square": numpy.square, "stop_gradient": numpy.asarray,
        "convert_element_type": numpy.asarray,
    }
)  # fmt: skip

FOLDS: Mapping[str, Fold] = MappingProxyType(
    {
        **{name: _entrywise(function) for name, function in ENTRYWISE.items()},
        "div": _div, "broadcast_in_dim": _broadcast, "reshape": _reshape, "squeeze": _reshape,
        "expand_dims": _reshape, "iota": _iota, "select_n": _select,
    }
)  # fmt: skip
"""By primitive; JAX itself is asked for all others."""


def folded(eqn: Any, values: Sequence[Array]) -> list[Array | None]:
    """The values of what an equation gives; None where an array is too large, or is none of numbers."""
    avals = [var.aval for var in eqn.outvars]
    if not all(_followed(aval) for aval in avals):
        return [None] * len(avals)
    fold = FOLDS.get(eqn.primitive.name)
    if fold is None:
        found = eqn.primitive.bind(*values, **eqn.params)
        return [numpy.asarray(array) for array in (found if eqn.primitive.multiple_results else [found])]
    with numpy.errstate(all="ignore"):
        return [numpy.asarray(fold(eqn, *values)).astype(avals[0].dtype)]


def _followed(aval: Any) -> bool:
    """Whether these are real numbers, and few enough."""
    kind = getattr(aval, "dtype", None)
    return isinstance(kind, numpy.dtype) and kind.kind in "biuf" and numpy.prod(aval.shape, dtype=float) <= LARGEST
