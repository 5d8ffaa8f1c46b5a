"""What a row says of itself: how many arguments it takes, which intervals it maps to which, and what kind it is of."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import inf
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy as sp
from laws import over
from test_laws import SAMPLES, A, B, C

from cellgraph.ops import (
    FUNCTIONS,
    HEADS,
    REALS,
    Add,
    Axis,
    Column,
    Diag,
    Fill,
    Interval,
    Mismatch,
    Mul,
    Neg,
    Pow,
    Sub,
    operands,
)
from cellgraph.ops.arithmetic import times
from cellgraph.ops.interval import plain

VARIADIC = {"add": 2, "concat": 2, "fill": 2, "convkernel": 4}
"""The rows that take any number of arguments, and how many at least."""
POINTWISE = {name for name, head in HEADS.items() if head.op.slope is not None}
CONVOLUTIONS = {"conv", "convtranspose", "convkernel"}
KINKED = {"step", "sign", "floor", "relu", "abs", "max", "min"}


@over(SAMPLES)
def test_a_row_takes_as_many_arguments_as_its_examples(name: str, shapes: Any, static: Any) -> None:
    op = HEADS[name].op
    if name in VARIADIC:
        assert op.arity == (VARIADIC[name], None)
        assert op.operands == (len(shapes) if static else None)
    else:
        named = op.crossing is not None and op.crossing.along
        given = [s for s in static[len(op.options) :] if not (named and isinstance(s, Axis))]
        assert op.arity == (len(shapes) + len(given),) * 2
        assert op.operands == len(shapes)


def test_kinds() -> None:
    """Each column in one set: what a new row is of these must be said here."""
    ops = {name: head.op for name, head in HEADS.items()}
    arithmetic = {"add", "neg", "sub", "mul", "div", "pow"}
    assert {name for name, op in ops.items() if op.elementwise} == POINTWISE | arithmetic | {"max", "min", "stop"}
    assert {name for name, op in ops.items() if not op.inline} == POINTWISE | {"softmax", "largest", "smallest"}
    assert {name for name, op in ops.items() if not op.public} == {
        *("rowdot", "tailsum", "chunksum", "pad"),
        *("convtranspose", "convkernel"),
    }
    assert {name for name, op in ops.items() if op.options} == CONVOLUTIONS
    assert {name for name, op in ops.items() if not op.analytic} == KINKED | {
        "erf",
        "softplus",
        "stop",
        "largest",
        "smallest",
    }
    assert {name for name, op in ops.items() if op.notation.joins} == {"add"}
    crossing = {name: op.crossing for name, op in ops.items() if op.crossing is not None}
    running = {"sum", "mean", "largest", "smallest", "softmax", "cumsum", "tailsum", "shift"}
    assert {name for name, own in crossing.items() if own.along} == running
    assert crossing.keys() - running == {"flatten", "split", "spread", *CONVOLUTIONS}
    assert {name for name in FUNCTIONS if FUNCTIONS[name].op.name != name} == set()


INTERVALS = [
    (-2.0, 3.0),
    (-3.0, -0.5),
    (1.5, 3.0),
    (0.0, 2.5),
    (-2.5, 0.0),
    (0.25, 0.5),
    (-0.75, 1.0),
    (-0.5, 0.25),
    (2.0, 2.0),
]
POWERS = [1, 2, 3, 4, -1, -2, -3, *(sp.Rational(p, 2) for p in (1, 3, -1, -3))]
EXACT = [
    *((name, (interval,), ()) for name in POINTWISE - {"sin", "cos"} | {"neg"} for interval in INTERVALS),
    *(("pow", (interval,), (power,)) for power in POWERS for interval in INTERVALS),
    *((name, pair, ()) for name in ("add", "sub", "mul", "div", "max", "min") for pair in product(INTERVALS, repeat=2)),
]


def defined(name: str, intervals: Any, static: Any) -> bool:
    """Whether an operation has a finite value everywhere on these intervals."""
    low, high = intervals[-1]
    if name == "log":
        return low > 0
    if name == "sqrt" or (name == "pow" and not static[0].is_Integer and static[0] > 0):
        return low >= 0
    if name == "pow" and not static[0].is_Integer:
        return low > 0
    return not (name == "div" or (name == "pow" and static[0] < 0)) or low > 0 or high < 0


@pytest.mark.parametrize("name", sorted({name for name, *_ in EXACT}))
def test_the_range_of_an_operation_is_the_image_of_intervals(name: str) -> None:
    """Neither more nor less than what a fine grid finds, zero and both ends on it."""
    op = HEADS[name].op
    for other, intervals, static in EXACT:
        exponents = tuple(sp.sympify(s) for s in static)
        if other != name or not defined(name, intervals, exponents):
            continue
        grids = [np.unique(np.append(np.linspace(*i, 61), [0.0] if i[0] <= 0 <= i[1] else [])) for i in intervals]
        meshes = [np.asarray(mesh) for mesh in np.meshgrid(*grids)]
        values = op.value(np, (meshes[0].ndim,) * len(meshes), *meshes, *map(float, exponents))
        found = op.range(*(Interval(*i) for i in intervals), *exponents)
        assert float(found.low) == pytest.approx(values.min(), abs=1e-12), (intervals, static)
        assert float(found.high) == pytest.approx(values.max(), abs=1e-12), (intervals, static)


@pytest.mark.parametrize("name", sorted(POINTWISE - {"floor", "log"}))
def test_the_range_over_all_numbers_is_where_a_function_goes(name: str) -> None:
    op = HEADS[name].op
    ends = (-40.0, 40.0) if name not in ("sqrt",) else (0.0, 40.0)
    grid = np.linspace(*ends, 4001)
    values = op.value(np, (1,), grid)
    found = op.range(REALS if ends[0] < 0 else Interval(0, inf))
    assert all(isinstance(end, int) or abs(end) == inf for end in op.range(REALS) if name != "sqrt"), "limits are exact"
    for end, extreme in ((found.low, values.min()), (found.high, values.max())):
        assert float(end) == pytest.approx(extreme, abs=1e-5) or (abs(end) == inf and abs(extreme) > 6)


@over(
    [
        ("exp", (-inf, 800.0), (), (0, inf)),
        ("log", (0.0, 1.0), (), (-inf, 0)),
        ("log", (0.5, inf), (), (-0.6931471805599453, inf)),
        ("log", (-1.0, -0.5), (), (-inf, inf)),
        ("log", (-1.0, 0.0), (), (-inf, inf)),
        ("sqrt", (-1.0, 4.0), (), (0, 2)),
        ("floor", (-inf, 2.5), (), (-inf, 2)),
        ("floor", (-0.5, inf), (), (-1, inf)),
        ("sin", (0.25, 0.5), (), (-1, 1)),
        ("cos", (0.25, 0.5), (), (-1, 1)),
        ("pow", (-1.0, 2.0), (-1,), (-inf, inf)),
        ("pow", (-1.0, 2.0), (-2,), (-inf, inf)),
        ("pow", (-1.0, 2.0), (sp.Rational(1, 2),), (-inf, inf)),
        ("pow", (-1.0, 2.0), (sp.Rational(-1, 2),), (-inf, inf)),
        ("pow", (0.0, 2.0), (sp.Rational(-1, 2),), (-inf, inf)),
        ("pow", (4.0, inf), (sp.Rational(1, 2),), (2, inf)),
        ("pow", (4.0, inf), (sp.Rational(-1, 2),), (0, 0.5)),
        ("pow", (-inf, 2.0), (2,), (0, inf)),
        ("pow", (1.0, 2.0), (0,), (1, 1)),
        ("pow", (0.0, 2.0), (0,), (1, 1)),
        ("softmax", (-3.0, 2.0), (), (0, 1)),
        ("mean", (-3.0, 2.0), (), (-3, 2)),
        ("slice", (-3.0, 2.0), (1, 2), (-3, 2)),
        ("repeat", (-3.0, 2.0), (4,), (-3, 2)),
        ("fill", (-3.0, 2.0), (4,), (-3, 2)),
        ("transpose", (-3.0, 2.0), (), (-3, 2)),
        ("pad", (1.0, 2.0), (1, 4), (0, 2)),
        ("pad", (-2.0, -1.0), (1, 4), (-2, 0)),
        ("shift", (1.0, 2.0), (1,), (0, 2)),
        ("shift", (-2.0, -1.0), (1,), (-2, 0)),
    ]
)
def test_ranges_that_are_not_images(name: str, given: Any, static: Any, image: Any) -> None:
    assert HEADS[name].op.range(Interval(*given), *map(sp.sympify, static)) == pytest.approx(image)


@pytest.mark.parametrize("name", ["sum", "cumsum", "tailsum", "chunksum"])
def test_sums_of_any_number_of_terms_keep_their_sign_alone(name: str) -> None:
    """A running sum has a first term alone, so it is no nearer to zero than that."""
    op = HEADS[name].op
    static = (sp.Integer(2),) if name == "chunksum" else ()
    least = (0, 0) if name == "sum" else (0.5, -0.5)
    assert op.range(Interval(0.5, 2.0), *static) == (least[0], inf)
    assert op.range(Interval(-2.0, -0.5), *static) == (-inf, least[1])
    assert op.range(Interval(-0.5, 0.25), *static) == (-inf, inf)
    assert op.range(Interval(0, 0), *static) == (0, 0)


def test_products_of_matrices_may_be_anything_and_those_of_vectors_are_products() -> None:
    given = Interval(-2.0, 3.0), Interval(0.5, 4.0)
    assert HEADS["matmul"].op.range(*given) == HEADS["rowdot"].op.range(*given) == REALS
    assert HEADS["outer"].op.range(*given) == HEADS["scale"].op.range(*given) == (-8, 12)
    assert HEADS["concat"].op.range(*given, Interval(-1.0, 5.0)) == (-2, 5)


def test_intervals() -> None:
    assert [Interval(-2, 1).magnitude, Interval(-1, 2).magnitude, Interval(-inf, 2).magnitude] == [2, 2, inf]
    assert [i.bounded for i in (Interval(-2, 1), Interval(-inf, 1), Interval(0, inf), REALS)] == [True, *[False] * 3]
    assert Interval(-1, 1).within(-1, 1)
    assert not Interval(-1.5, 1).within(-1, 1)
    assert not Interval(-1, 1.5).within(-1, 1)
    assert HEADS["div"].op.range(Interval(1, 2), Interval(3, inf)) == (0, Fraction(2, 3))
    assert HEADS["mul"].op.range(Interval(0, 2), Interval(-1, inf)) == (-2, inf)


def test_a_product_is_nested_to_the_left_and_has_no_factor_one() -> None:
    assert times(A, B) == Mul(A, B)
    assert times(sp.S.One, B) == B
    assert times(A, sp.S.One) == A
    assert times(A, Mul(B, C)) == Mul(Mul(A, B), C)
    assert times(sp.S.Zero, B) == Mul(0, B)
    assert times(A, sp.S.Zero) == Mul(A, 0)
    assert times(sp.Integer(2), B) == Mul(2, B)
    assert times(A, sp.Integer(2)) == Mul(A, 2)


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "max", "min"])
def test_a_scalar_beside_an_array_has_a_column_and_any_other_operand_a_diagonal(name: str) -> None:
    op, row = HEADS[name].op, (sp.Integer(3),)
    for shapes, kinds in (((row, row), (Diag, Diag)), ((row, ()), (Diag, Column)), (((), row), (Column, Diag))):
        assert tuple(map(type, op.jacobian(C, A, B, shapes=shapes))) == kinds
    assert tuple(map(type, op.jacobian(C, A, B, shapes=((), ())))) == (Diag, Diag)


def test_batched_scalars_meet_the_batches_of_vectors_and_matrices() -> None:
    scalars, vectors = np.array([2.0, 3.0]), np.arange(8.0).reshape(2, 4)
    matrices = np.arange(24.0).reshape(2, 3, 4)
    value = HEADS["mul"].op.value
    np.testing.assert_array_equal(value(np, (0, 1), scalars, vectors), scalars[:, None] * vectors)
    np.testing.assert_array_equal(value(np, (2, 0), matrices, scalars), matrices * scalars[:, None, None])
    np.testing.assert_array_equal(value(np, (0, 2), np.float64(2), matrices), 2 * matrices)


def test_a_power_is_products_where_it_can_be() -> None:
    op, n = HEADS["pow"].op, sp.Symbol("n")
    costs = {p: op.cost(((n,),), (n,), sp.sympify(p)) for p in (0, 1, 2, 3, -1, sp.Rational(1, 2))}
    assert {p: cost.flop for p, cost in costs.items()} == {0: 0, 1: 0, 2: n, 3: 2 * n, -1: 0, sp.Rational(1, 2): 0}
    assert {p for p, cost in costs.items() if cost.transcendental} == {0, -1, sp.Rational(1, 2)}
    assert op.vjp(C, B, A, sp.Integer(2), shapes=((n,),)) == (Mul(Mul(2, C), A),)
    assert op.vjp(C, B, A, sp.Integer(3), shapes=((n,),)) == (Mul(Mul(3, C), Pow(A, 2)),)
    assert op.jacobian(B, A, sp.Integer(1), shapes=((n,),)) == (Diag(Pow(A, 0)),)


def test_the_cotangent_of_a_difference_is_a_negation() -> None:
    shape = (sp.Symbol("n"),)
    assert Sub.op.vjp(C, sp.Symbol("out"), A, B, shapes=(shape, shape)) == (C, Neg(C))


def test_pairare_the_arguments_that_are_no_sizes() -> None:
    assert operands(Fill(A, 3, 4)) == (A,)
    assert operands(Add(A, B, C)) == (A, B, C)
    assert operands(Sub(A, B)) == (A, B)


@pytest.mark.parametrize(
    ("name", "shapes", "static", "message"),
    [
        ("matmul", [(2, 3), (4, 5)], (), "inner sizes 3 and 4 differ"),
        ("matmul", [(2, 3), (2, 3)], (), r"at its right, but they are 2×3 and 2×3|inner sizes"),
        ("matmul", [(2, 3), (2, 3, 4)], (), "wants a matrix at its left"),
        ("matmul", [(), ()], (), "the elementwise product is"),
        ("matmul", [(2, 3), (3, 4, 5)], (), "a matrix or vector at its right"),
        ("outer", [(2, 3), (3,)], (), "takes two vectors"),
        ("outer", [(3,), (2, 3)], (), "takes two vectors"),
        ("transpose", [(2,)], (), "only a matrix"),
        ("scale", [(2, 2), (2, 3)], (), "a vector and a matrix with as many rows"),
        ("scale", [(2,), (2,)], (), "a vector and a matrix with as many rows"),
        ("scale", [(3,), (2, 3)], (), "a vector and a matrix with as many rows"),
        ("rowdot", [(2,), (2,)], (), "two matrices of one shape"),
        ("rowdot", [(2, 3), (3, 2)], (), "two matrices of one shape"),
        ("cumsum", [(2, 3)], (), "a running sum is that of a vector"),
        ("repeat", [(2, 3)], (2,), "a running sum is that of a vector"),
        ("shift", [()], (1,), "and this is a scalar"),
        ("shift", [(4,)], (0,), "by a whole number of places"),
        ("shift", [(4,)], (sp.Rational(1, 2),), "by a whole number of places"),
        ("slice", [(4,)], (sp.Rational(1, 2), 2), "does not begin and end at whole numbers"),
        ("slice", [(4,)], (0, sp.Rational(3, 2)), "does not begin and end at whole numbers"),
        ("slice", [(4,)], (-1, 2), "has no part from -1 to 2"),
        ("slice", [(4,)], (2, 5), "has no part from 2 to 5"),
        ("slice", [(4,)], (2, 2), "has no part from 2 to 2"),
        ("mean", [(2, 3)], (), "mean takes a vector"),
        ("softmax", [()], (), "softmax takes a vector, and this is scalar"),
        ("concat", [(2,), (2, 3)], (), "concat takes a vector, and this is 2×3"),
        ("max", [(2,), (3,)], (), "elementwise operands have shapes 2 and 3"),
    ],
)
def test_shapes_that_a_row_refuses(name: str, shapes: Any, static: Any, message: str) -> None:
    with pytest.raises(Mismatch, match=message):
        HEADS[name].op.shape(*[tuple(map(sp.Integer, shape)) for shape in shapes], *map(sp.sympify, static))


@pytest.mark.parametrize(
    ("name", "shapes", "static", "shape"),
    [
        ("matmul", [(2, 3), (3, 4)], (), (2, 4)),
        ("matmul", [(2, 3), (3,)], (), (2,)),
        ("shift", [(4,)], (-2,), (4,)),
        ("slice", [(4,)], (0, 4), (4,)),
        ("slice", [(4,)], (3, 4), (1,)),
        ("chunksum", [(6,)], (3,), (2,)),
        ("add", [(), (4,), ()], (), (4,)),
    ],
)
def test_shapes_that_a_row_gives(name: str, shapes: Any, static: Any, shape: Any) -> None:
    assert HEADS[name].op.shape(*[tuple(map(sp.Integer, s)) for s in shapes], *map(sp.sympify, static)) == shape


def test_a_bound_is_a_number_of_json_and_an_infinite_one_is_none() -> None:
    bounds = (Fraction(4, 2), Fraction(1, 2), 3, 0.25, inf, -inf)
    assert [plain(bound) for bound in bounds] == [2, 0.5, 3, 0.25, None, None]


@pytest.mark.parametrize("divisor", [(-1.0, 0.0), (0.0, 2.0), (-1.0, 2.0), (0, 0)])
def test_nothing_is_known_of_a_quotient_whose_divisor_may_be_zero(divisor: tuple[float, float]) -> None:
    assert HEADS["div"].op.range(Interval(1, 2), Interval(*divisor)) == REALS


@pytest.mark.parametrize(("name", "found"), [("max", [2.0, 3.0]), ("min", [1.0, 2.0])])
def test_libraries_that_compare_arrays_alone_are_given_arrays(name: str, found: list[float]) -> None:
    """PyTorch has maximum and minimum for nothing else, and a constant of a spec is a plain number."""

    def among_arrays(function: Any) -> Any:
        return lambda *given: function(*given) if all(isinstance(a, np.ndarray) for a in given) else None

    strict = SimpleNamespace(asarray=np.asarray, maximum=among_arrays(np.maximum), minimum=among_arrays(np.minimum))
    array = np.array([1.0, 3.0])
    for pair in ((array, 2.0), (2.0, array)):
        assert list(HEADS[name].op.value(strict, (1, 0), *pair)) == found
