"""Identities of scalar algebra: true ones are found, false ones are not, and it is no matter how long they are."""

from __future__ import annotations

from itertools import pairwise

import pytest
import sympy as sp

from cellgraph.graph.identities import LARGEST, constant_of, is_zero

X, Y, Z = sp.symbols("x y z")
TRUE = [
    (X + Y) ** 3 - X**3 - 3 * X**2 * Y - 3 * X * Y**2 - Y**3,
    X / (X + Y) + Y / (X + Y) - 1,
    (X**2 - Y**2) / (X - Y) - X - Y,
    sp.sqrt(X + Y) * Z - Z * sp.sqrt(X + Y) + sp.Function("max")(X) * 0,
]
FALSE = [X - Y, (X + Y) ** 3 - X**3 - Y**3, X / (X + Y) - Y / (X + Y), X**127 - X**126, X * sp.sqrt(Y) - Y * sp.sqrt(X)]


@pytest.mark.parametrize("expr", TRUE, ids=str)
def test_what_is_zero_is_found(expr: sp.Expr) -> None:
    assert is_zero(expr)
    assert constant_of(expr + sp.Rational(22, 7)) == sp.Rational(22, 7)


@pytest.mark.parametrize("expr", FALSE, ids=str)
def test_what_is_not_zero_is_no_constant(expr: sp.Expr) -> None:
    assert constant_of(expr) is None


def test_names_stand_for_what_they_are_defined_as() -> None:
    assert is_zero(X + Y - 1, {Y: 1 - X})
    assert not is_zero(X + Y - 1)


def test_a_division_by_zero_is_nothing_constant() -> None:
    assert constant_of(1 / ((X + 1) * Y - X * Y - Z), {Z: Y}) is None


def test_a_number_is_itself_however_large() -> None:
    large = sp.Rational(LARGEST**5, 3)
    assert constant_of(large) == large
    assert constant_of(X + large - X) == large


def test_a_residue_of_large_numbers_is_no_constant() -> None:
    """What multiplies out to a number that its residue does not tell stays unknown: nothing false is said of it."""
    assert constant_of((X + LARGEST**2) * Y - X * Y, {Y: sp.S.One}) is None
    assert constant_of((X + LARGEST // 2) * Y - X * Y, {Y: sp.S.One}) == LARGEST // 2


def test_a_thousand_names_that_each_use_the_last_twice_are_a_thousand_steps() -> None:
    names = [sp.Symbol(f"e{k}") for k in range(1000)]
    doubled = {new: old + old * old for old, new in pairwise(names)}
    last = names[-1]
    assert is_zero(last * last - last**2, doubled)
    assert not is_zero(last - names[-2], doubled)
