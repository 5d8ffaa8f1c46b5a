"""The `cost` column of every row against counting: its `value` is run on numbers that count what is done with them."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from laws import over
from test_laws import NUMBERS, SAMPLES, applied, numbers, value

from cellgraph.ops import HEADS, Cost, Head, cost_of

CONVOLUTIONS = {"conv", "convtranspose", "convkernel"}
"""The operations that work with the zeros beyond the ends too, as frameworks count them."""

CONTRACTIONS = {"matmul", "outer", "rowdot"} | CONVOLUTIONS
"""The operations whose products are multiply-accumulates; a product entry by entry is none."""

CALLS = {"sigmoid", "tanh", "sin", "cos", "exp", "log", "sqrt", "softplus", "erf"}
"""The functions of one variable that count as a call for each entry; each other one is a FLOP for each entry."""


class Neutral:
    """A one that only spreads a number, or a shift that only keeps exponentials small: no work is done with it."""


class Counting:
    """A number that counts the operations it takes part in."""

    done: ClassVar[Counter[str]] = Counter()

    def _counted(self, name: str, other: Any) -> Counting:
        if not isinstance(other, Neutral):
            Counting.done[name] += 1
        return self

    def __add__(self, other: Any) -> Counting:
        return self._counted("sum", other)

    def __mul__(self, other: Any) -> Counting:
        return self._counted("product", other)

    def __truediv__(self, other: Any) -> Counting:
        return self._counted("quotient", other)

    def __neg__(self) -> Counting:
        return self._counted("sign", None)

    def __pow__(self, exponent: Any) -> Counting:
        if exponent != int(exponent) or exponent < 1:
            return self._counted("pow", None)
        for _ in range(int(exponent) - 1):
            self._counted("product", None)
        return self

    __sub__ = __radd__ = __rsub__ = __add__
    __rmul__ = __mul__


def filled(shape: tuple[int, ...], entry: Any) -> np.ndarray:
    array = np.empty(shape, dtype=object)
    array[...] = entry
    return array


def largest(x: np.ndarray, axis: int, keepdims: bool) -> Any:
    """What a softmax subtracts, which is no work of its own; or the largest entry, a comparison for each but one."""
    return filled((*x.shape[:-1], 1), Neutral()) if keepdims else np.sum(x, axis=axis)


def namespace(zero: Any) -> Any:
    """What the rows but those of one variable call, over arrays of such numbers."""
    return SimpleNamespace(
        sum=np.sum, mean=np.mean, cumsum=np.cumsum, flip=np.flip, swapaxes=np.swapaxes, asarray=np.asarray,
        concatenate=np.concatenate, broadcast_to=np.broadcast_to, broadcast_shapes=np.broadcast_shapes,
        maximum=np.frompyfunc(lambda a, b: a + b, 2, 1), minimum=np.frompyfunc(lambda a, b: a + b, 2, 1),
        exp=np.frompyfunc(lambda x: x._counted("exp", None), 1, 1),
        moveaxis=np.moveaxis, stack=np.stack, max=largest, min=largest,
        ones=lambda shape, dtype=None: filled(shape, Neutral()),
        zeros=lambda shape, dtype=None: filled(shape, zero),
    )  # fmt: skip


def counted(expr: Head, quantities: dict[Any, Any]) -> Counter[str]:
    """How often each operation is done in one application."""
    arrays = {symbol: filled(numbers(quantity.shape), Counting()) for symbol, quantity in quantities.items()}
    Counting.done = Counter()
    zero = Counting() if expr.op.name in CONVOLUTIONS else Neutral()
    value(expr, arrays, quantities, namespace(zero))
    return Counting.done


def number(formula: sp.Expr) -> int:
    return int(sp.sympify(formula).xreplace(NUMBERS))


@over([p for p in SAMPLES if HEADS[p[0]].op.slope is None])
def test_the_cost_of_a_row_is_what_its_value_does(name: str, shapes: Any, static: Any) -> None:
    expr, quantities = applied(name, shapes, static)
    found, done = cost_of(expr, tuple(shapes)), counted(expr, quantities)
    assert number(found.flop) == sum(done[kind] for kind in ("sum", "product", "quotient", "sign"))
    assert number(found.mac) == (done["product"] if name in CONTRACTIONS else 0)
    calls = {kind: count for kind, count in done.items() if kind in ("exp", "pow")}
    assert {function: number(count) for function, count in found.transcendental.items()} == calls


@over([p for p in SAMPLES if HEADS[p[0]].op.slope is not None])
def test_a_function_of_one_variable_is_a_call_or_a_flop_for_each_entry(name: str, shapes: Any, static: Any) -> None:
    expr, _ = applied(name, shapes, static)
    found, entries = cost_of(expr, tuple(shapes)), int(np.prod(numbers(shapes[0])))
    assert found.mac == 0
    assert number(found.flop) == (0 if name in CALLS else entries)
    expected = {name: entries} if name in CALLS else {}
    assert {function: number(count) for function, count in found.transcendental.items()} == expected


def test_arithmetic_is_two_for_each_mac_and_the_rest() -> None:
    m, n = sp.symbols("m n", positive=True)
    assert str(Cost(mac=4 * n * m + 4 * n * n, flop=8 * n * (m + n) + 4 * n).arithmetic) == "8*n*(m + n) + 4*n"
