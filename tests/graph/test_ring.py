"""The ring: elementwise arithmetic to scalar algebra and back, over every equation of every spec and its gradient."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sympy as sp
from laws import over
from zoo import cell_of

import cellgraph as cg
from cellgraph.graph.notation import source
from cellgraph.graph.ring import Opaque, atoms, canonical, common_factors, in_ring, is_arithmetic, restored
from cellgraph.ops import Add, Diag, Div, Fill, Matmul, Max, Mul, Neg, Pow, Sqrt, Sub, Sum, Tanh

z, h, U, a = sp.symbols("z h U alpha")


def right_hand_sides(name: str) -> Iterator[sp.Expr]:
    cell = cell_of(name)
    yield from (equation.rhs for graph in (cell.step, cg.gradient(cell)) for equation in graph.equations)


def powers(scalar: sp.Expr) -> sp.Expr:
    """The scalar with its roots, which are functions like any activation, as the powers that they are."""
    return scalar.replace(sp.Function("sqrt"), sp.sqrt)


@over(cg.cells()[::4])
def test_what_is_restored_is_the_same_element_of_the_ring(name: str) -> None:
    for rhs in right_hand_sides(name):
        scalar = canonical(rhs)
        for order in ({}, atoms(rhs), dict.fromkeys(atoms(rhs))):
            assert sp.expand(powers(canonical(restored(scalar, order)) - scalar)) == 0


def test_arithmetic_becomes_algebra_and_everything_else_one_atom() -> None:
    assert canonical(Sub(Mul(z, h), Div(Neg(h), 2))) == h * z + h / 2
    assert canonical(Mul(Fill(3, 5), z)) == 3 * z
    assert canonical(Tanh(Add(z, z))) == sp.Function("tanh")(2 * z)
    assert canonical(Mul(Matmul(U, h), z)) == z * Opaque(Matmul(U, h))
    assert canonical(Diag(z)) == Opaque(Diag(z))
    assert list(atoms(Mul(Tanh(z), Add(Matmul(U, h), z)))) == [canonical(Tanh(z)), Opaque(Matmul(U, h)), z]


@pytest.mark.parametrize(
    ("scalar", "written"),
    [
        (1 - z, Sub(1, z)),
        (-z * h, Neg(Mul(h, z))),
        (z - h - a, Add(z, Neg(a), Neg(h))),
        (h * (1 - z) / (1 + z), Div(Mul(h, Sub(1, z)), Add(1, z))),
        (sp.Rational(3, 2) * z, Mul(sp.Rational(3, 2), z)),
        (sp.sqrt(z), Sqrt(z)),
        (1 / sp.sqrt(z), Div(1, Sqrt(z))),
        (z ** sp.Rational(5, 2) / h**2, Div(Pow(z, sp.Rational(5, 2)), Pow(h, 2))),
        (-1 / h, Neg(Div(1, h))),
        (-z - 2, Add(Neg(2), Neg(z))),
        (sp.Integer(-3), sp.Integer(-3)),
    ],
)
def test_how_algebra_is_written(scalar: sp.Expr, written: sp.Expr) -> None:
    assert restored(scalar) == written
    assert powers(canonical(written)) == scalar


def test_factors_and_terms_stand_in_the_order_that_is_given() -> None:
    assert source(restored(a * h * z)) == "alpha * h * z"
    assert source(restored(a * h * z, dict.fromkeys([z, h]))) == "z * h * alpha"
    assert source(restored(1 - h - z, dict.fromkeys([z, h]))) == "1 - z - h"
    assert source(restored(2 * h + z * a, dict.fromkeys([h, z]))) == "2 * h + z * alpha"
    assert restored(z * h, {z: Tanh(h)}) == Mul(Tanh(h), h)


def test_common_factors_of_a_sum_stand_in_front() -> None:
    assert common_factors(z * h**2 - z * h * a) == z * h * (h - a)
    assert common_factors(z - h) == z - h
    assert common_factors(z * h) == z * h


def test_what_the_ring_holds() -> None:
    assert [in_ring(head.op) for head in (Add, Div, Pow, Max, Tanh, Sum)] == [True, True, True, False, False, False]
    assert [is_arithmetic(expr) for expr in (Add(z, h), Max(z, h), Tanh(z), Sum(z), z)] == [True, True, *[False] * 3]
