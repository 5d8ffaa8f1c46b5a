"""Intervals of quantities: what a range is made of, and that no value of any cell leaves it."""

from __future__ import annotations

from fractions import Fraction
from math import inf

import numpy as np
import pytest
import sympy as sp
from cells import drawn
from laws import over
from variants import variant
from zoo import FEW, cell_of

import cellgraph as cg
from cellgraph.derive.structures.ranges import number, range_of, ranges
from cellgraph.graph import size
from cellgraph.ops import REALS, Add, Div, Interval, Mul, Pow, Sub, Sum, Tanh

A, B, C, D = sp.symbols("A B C D")


@pytest.mark.parametrize(
    ("value", "interval"),
    [
        (sp.Rational(-2, 3), (Fraction(-2, 3), Fraction(-2, 3))),
        (sp.Integer(5), (5, 5)),
        (sp.Float("0.3"), (0.3, 0.3)),
        (sp.pi.evalf(30), (float(sp.pi), float(sp.pi))),
        (size("n"), (1, inf)),
        (2 * size("n") + size("m"), (1, inf)),
        (size("n") - 3, (-inf, inf)),
        (-size("n"), (-inf, inf)),
        (sp.Symbol("a", positive=True), (-inf, inf)),
        (A, (-inf, inf)),
    ],
)
def test_numbers_are_exact_and_sizes_are_positive(value: sp.Expr, interval: tuple[float, float]) -> None:
    found = number(value)
    assert found == interval
    assert type(found.low) is type(interval[0]) or isinstance(found.low, Fraction)


@pytest.mark.parametrize(
    ("expr", "interval"),
    [
        (Sub(1, A), (0, 1)),
        (Add(A, Mul(2, A), B), (-1, 4)),
        (Mul(B, Tanh(C)), (-1, 1)),
        (Add(C, A), (-inf, inf)),
        (Sum(A), (0, inf)),
        (Pow(B, 2), (0, 1)),
        (Pow(B, 3), (-1, 1)),
        (Div(A, size("n")), (0, 1)),
        (Div(B, size("n")), (-1, 1)),
        # A share of a sum: a ≤ a + b where neither is negative, however the sum is written.
        (Div(A, Add(A, D)), (0, 1)),
        (Div(D, Add(A, D)), (0, 1)),
        (Div(D, Add(Mul(2, D), A)), (0, Fraction(1, 2))),
        (Div(D, Sub(D, A)), (-inf, inf)),
        (Div(A, Add(A, B)), (-inf, inf)),
        (Div(B, Add(B, D)), (-inf, inf)),
        (Div(Mul(2, D), Add(D, A)), (0, 2)),
        (Div(A, Tanh(Add(A, D))), (0, inf)),
        (Div(A, Add(A, 1)), (0, Fraction(1, 2))),
        (Div(Mul(3, A), Add(1, A)), (0, Fraction(3, 2))),
    ],
)
def test_ranges_of_expressions(expr: sp.Expr, interval: tuple[float, float]) -> None:
    """Over A in [0, 1], B in [−1, 1], D, which is never negative, and C, of which nothing is known."""
    assert range_of(expr, {A: Interval(0, 1), B: Interval(-1, 1), C: REALS, D: Interval(0, inf)}) == interval


def test_what_is_known_of_a_leaf_is_used_and_its_value_is_its_range() -> None:
    step = variant("gated", "f = sigmoid(W @ x)\nh = f * h[t-1] + (1 - f) * tanh(W_g @ x)").step
    h, before, f = sp.Symbol("h"), sp.Symbol("h[t-1]"), sp.Symbol("f")
    assert ranges(step).intervals[h] == ranges(step).intervals[before] == REALS
    assert ranges(step).intervals[f] == (0, 1)
    found = ranges(step, {before: Interval(-1, 1)}).intervals
    assert (found[before], found[h]) == ((-1, 1), (-1, 1))
    antisymmetric = ranges(cell_of("antisymmetric-rnn").step).intervals
    assert (antisymmetric[sp.Symbol("eps")], antisymmetric[sp.Symbol("gamma")]) == ((1, 1), (0, 0))
    with pytest.raises(TypeError, match="does not support item assignment"):
        found[h] = REALS  # type: ignore[index]


@over(FEW)
def test_no_value_of_a_random_cell_leaves_its_range(name: str) -> None:
    cell = cell_of(name)
    found = ranges(cell.step).intervals
    for seed in range(6):
        with np.errstate(all="ignore"):
            values = cg.step(cell, drawn(cell, seed, scale=10.0 ** (seed - 3)))
        for symbol, interval in found.items():
            value = np.asarray(values[symbol.name])
            if value.size and np.all(np.isfinite(value)):
                assert float(interval.low) - 1e-9 <= value.min(), symbol
                assert value.max() <= float(interval.high) + 1e-9, symbol
