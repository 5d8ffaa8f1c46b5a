"""Laws that every row of the operation table obeys; a new row is tested by having an example here."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy as sp
from laws import over

from cellgraph.graph import Quantity, postorder, shape_of, size
from cellgraph.ops import (
    FUNCTIONS,
    HEADS,
    OPERATORS,
    REDUCTIONS,
    Axis,
    Family,
    Head,
    Mismatch,
    Neg,
    axes_of,
    core,
    family,
    image,
    numbered,
    operands,
    value_of,
)
from cellgraph.ops import pulled as pulled_back

n, m, k, j, p = map(size, "nmkjp")
NUMBERS = {n: sp.Integer(3), m: sp.Integer(2), k: sp.Integer(4), j: sp.Integer(5), p: sp.Integer(6)}
J, P = Axis(j, 0), Axis(p, 1)
A, B, C, D = sp.symbols("A B C D")
ONE, THREE = sp.Integer(1), sp.Integer(3)

# Shapes of the operands and the static arguments; scalars stand beside arrays where they may.
EXAMPLES: dict[str, list[tuple[list[tuple[sp.Expr, ...]], list[Any]]]] = {
    "add": [([(n,), (n,), (n,)], []), ([(), (n, m)], []), ([(), ()], [])],
    "stop": [([(n,)], []), ([()], []), ([(n, m)], [])],
    "neg": [([(n,)], []), ([()], []), ([(n, m)], [])],
    "sub": [([(n,), (n,)], []), ([(), (n,)], []), ([(n, m), ()], [])],
    "mul": [([(n,), (n,)], []), ([(), (n, m)], []), ([(n,), ()], [])],
    "div": [([(n,), (n,)], []), ([(), (n,)], []), ([(n, m), ()], [])],
    "pow": [([(n,)], [2]), ([(n, m)], [3]), ([()], [-1]), ([(n,)], [sp.Rational(1, 2)])],
    "max": [([(n,), (n,)], []), ([(n,), ()], [])],
    "min": [([(n,), (n,)], []), ([(), (n, m)], [])],
    "matmul": [([(n, m), (m,)], []), ([(n, m), (m, k)], [])],
    "transpose": [([(n, m)], [])],
    "outer": [([(n,), (m,)], [])],
    "scale": [([(n,), (n, m)], [])],
    "rowdot": [([(n, m), (n, m)], [])],
    "cumsum": [([(n,)], [])],
    "tailsum": [([(k,)], [])],
    "repeat": [([(n,)], [k])],
    "chunksum": [([(k,)], [2])],
    "shift": [([(k,)], [1]), ([(n, m)], [-2])],
    "sum": [([(n,)], []), ([(n, m)], [])],
    "fill": [([()], [n]), ([()], [n, m])],
    "mean": [([(n,)], [])],
    "softmax": [([(n,)], [])],
    "concat": [([(n,), (m,)], []), ([(n,), (m,), (k,)], [])],
    "largest": [([(n,)], [])],
    "smallest": [([(n,)], [])],
    "flatten": [([Family([J], (n,))], [J]), ([Family([J, P], (n, m))], [J]), ([Family([J, P], ())], [P])],
    "split": [([(j * n,)], [J]), ([Family([P], (j * n, m))], [J]), ([Family([J], (p,))], [P])],
    "spread": [([(n,)], [J]), ([Family([P], ())], [J]), ([Family([J], (n, m))], [P])],
    "slice": [([(n,)], [1, n]), ([(k,)], [0, m])],
    "pad": [([(m,)], [1, k])],
    # One output channel of two input channels, then each channel by itself over two axes; more in test_convolution.
    "conv": [([(n, m), (THREE, ONE, m)], [1, 0]), ([(n, m, ONE), (THREE, ONE, ONE)], [1, 0])],
    "convtranspose": [([(n, ONE), (THREE, ONE, m)], [1, 0]), ([(n, m, ONE), (THREE, ONE, ONE)], [1, 0])],
    "convkernel": [([(n, m), (n, ONE)], [1, 0, 0, 3]), ([(n, m, ONE), (n, m, ONE)], [1, 0, 1, 3, 1])],
}
POINTWISE = [([(n,)], []), ([()], []), ([(n, m)], [])]
PLAIN = [(name, *example) for name in HEADS for example in EXAMPLES.get(name, POINTWISE)]
"""Every row on cores alone; families only where a row makes or unmakes them."""


def members(shape: tuple[sp.Expr, ...], *axes: Axis) -> tuple[sp.Expr, ...]:
    """The same shape for each value of more axes."""
    return family({*axes_of(shape), *axes}, core(shape))


def lifted() -> list[tuple[str, list[Any], list[Any]]]:
    """Every row lifted: over one axis that the first operand has, and over two that the operands share unevenly."""
    found = []
    for name, shapes, static in PLAIN:
        if not any(axes_of(shape) for shape in shapes) and not any(isinstance(s, Axis) for s in static):
            found.append((name, [members(shapes[0], J), *shapes[1:]], static))
            found.append((name, [members(shapes[0], P), *(members(shape, J) for shape in shapes[1:])], static))
    return found


def along() -> list[tuple[str, list[Any], list[Any]]]:
    """Every row that can go along an axis, with members of every rank, and another axis before or behind it."""
    rows = [(name, next(s for o, _, s in PLAIN if o == name)) for name, h in HEADS.items() if h.op.crossing]
    going = [(name, static) for name, static in rows if HEADS[name].op.crossing.along]  # type: ignore[union-attr]
    shapes = (Family([J], ()), Family([J, P], (n,)), Family([P], (n, m)))
    return [(name, [shape], [*static, axes_of(shape)[0]]) for name, static in going for shape in shapes]


SAMPLES = [*PLAIN, *lifted(), *along()]


def test_every_row_has_an_example() -> None:
    pointwise = [name for name, head in HEADS.items() if head.op.slope is not None]
    assert set(EXAMPLES) | set(pointwise) == set(HEADS)
    assert not set(EXAMPLES) & set(pointwise)


def applied(name: str, shapes: Sequence[tuple[sp.Expr, ...]], static: Sequence[Any]) -> tuple[Head, dict[Any, Any]]:
    symbols = [A, B, C][: len(shapes)]
    quantities = {s: Quantity(s, "input", shape) for s, shape in zip(symbols, shapes, strict=True)}
    return HEADS[name](*symbols, *static), quantities


def numbers(shape: Sequence[sp.Expr]) -> tuple[int, ...]:
    return tuple(int(sp.sympify(s).xreplace(NUMBERS)) for s in shape)


def value(expr: sp.Expr, arrays: dict[Any, Any], quantities: dict[Any, Any], xp: Any) -> Any:
    done: dict[Any, Any] = {}
    for node in postorder(expr):
        if isinstance(node, Head):
            arguments = operands(node)
            static = [s.xreplace(NUMBERS) for s in numbered(node)]
            static = [int(s) if s.is_Integer else float(s) for s in static]
            function, ranks = value_of(node, [shape_of(a, quantities) for a in arguments])
            done[node] = function(xp, ranks, *[done[a] for a in arguments], *static)
        else:
            done[node] = arrays[node] if node in arrays else float(node.xreplace(NUMBERS))
    return done[expr]


def pulled(expr: Head, quantities: dict[Any, Any]) -> tuple[sp.Symbol, sp.Symbol, tuple[sp.Expr | None, ...]]:
    """The cotangent seed, the name of the output, and the rule's answer."""
    bar, out = sp.symbols("bar out")
    shapes = tuple(quantities[a].shape for a in operands(expr))
    return bar, out, pulled_back(expr, bar, out, shapes)


@over(SAMPLES)
def test_cotangents_have_the_shape_of_their_arguments(name: str, shapes: Any, static: Any) -> None:
    expr, quantities = applied(name, shapes, static)
    bar, out, cotangents = pulled(expr, quantities)
    shape = shape_of(expr, quantities)
    known = {**quantities, bar: Quantity(bar, "seed", shape), out: Quantity(out, "derived", shape)}
    assert len(cotangents) == len(shapes)
    for cotangent, expected in zip(cotangents, shapes, strict=True):
        assert cotangent is None or shape_of(cotangent, known) == expected


@over(SAMPLES)
def test_vjp_agrees_with_central_differences(name: str, shapes: Any, static: Any) -> None:
    expr, quantities = applied(name, shapes, static)
    rng = np.random.default_rng(7)
    # Away from kinks and poles, and positive for the logarithm and the root.
    arrays: dict[Any, Any] = {s: rng.uniform(0.4, 1.9, numbers(q.shape)) for s, q in quantities.items()}
    bar, out, cotangents = pulled(expr, quantities)
    result = np.asarray(value(expr, arrays, quantities, np))
    weights = rng.normal(size=result.shape)
    shape = shape_of(expr, quantities)
    known = {**quantities, bar: Quantity(bar, "seed", shape), out: Quantity(out, "derived", shape)}
    for symbol, cotangent in zip(operands(expr), cotangents, strict=True):
        expected = np.zeros_like(arrays[symbol])
        for index in np.ndindex(expected.shape) if name != "stop" else ():
            moved = []
            for step in (1e-6, -1e-6):
                shifted = {s: a.copy() for s, a in arrays.items()}
                shifted[symbol][index] += step
                moved.append(float((weights * value(expr, shifted, quantities, np)).sum()))
            expected[index] = (moved[0] - moved[1]) / 2e-6
        found = 0 if cotangent is None else value(cotangent, {**arrays, bar: weights, out: result}, known, np)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def exact() -> Any:
    """An array namespace of SymPy expressions: NumPy's object arrays with SymPy's functions."""
    each = lambda f: np.frompyfunc(f, 1, 1)
    pair = lambda f: np.frompyfunc(f, 2, 1)
    functions = {name: each(getattr(sp, name)) for name in ("tanh", "sin", "cos", "exp", "log", "sqrt", "sign")}
    return SimpleNamespace(
        **functions,
        abs=each(sp.Abs), log1p=each(lambda x: sp.log(1 + x)), maximum=pair(sp.Max), minimum=pair(sp.Min),
        moveaxis=np.moveaxis, sum=np.sum, cumsum=np.cumsum, flip=np.flip, mean=np.mean, swapaxes=np.swapaxes,
        concatenate=np.concatenate, stack=np.stack, broadcast_to=np.broadcast_to,
        broadcast_shapes=np.broadcast_shapes, asarray=lambda x: np.asarray(x, dtype=object), max=lambda x, **_: 0,
        ones=lambda shape, dtype=None: np.ones(shape, dtype=object) * sp.S.One,
        zeros=lambda shape, dtype=None: np.zeros(shape, dtype=object) * sp.S.One,
        ones_like=lambda x: np.ones_like(x, dtype=object) * sp.S.One,
    )  # fmt: skip


SMOOTH = [plain for plain in PLAIN if HEADS[plain[0]].op.analytic]


@over(SMOOTH)
def test_vjp_agrees_with_sympy_entry_by_entry(name: str, shapes: Any, static: Any) -> None:
    expr, quantities = applied(name, shapes, static)
    xp = exact()
    arrays: dict[Any, Any] = {}
    for symbol, quantity in quantities.items():
        array = np.empty(numbers(quantity.shape), dtype=object)
        for index in np.ndindex(array.shape):
            array[index] = sp.Symbol(f"{symbol}{''.join(map(str, index))}", positive=True)
        arrays[symbol] = array
    result = np.asarray(value(expr, arrays, quantities, xp), dtype=object)
    weights = np.empty(result.shape, dtype=object)
    for i, index in enumerate(np.ndindex(result.shape)):
        weights[index] = sp.Rational(2 * i + 3, 7)
    loss = np.asarray(weights * result, dtype=object).sum()
    bar, out, cotangents = pulled(expr, quantities)
    shape = shape_of(expr, quantities)
    known = {**quantities, bar: Quantity(bar, "seed", shape), out: Quantity(out, "derived", shape)}
    point = {a: sp.Rational(3 + 2 * i, 11) for i, a in enumerate(sorted(sp.sympify(loss).free_symbols, key=str))}
    for symbol, cotangent in zip(operands(expr), cotangents, strict=True):
        found = value(cotangent, {**arrays, bar: weights, out: result}, known, xp)
        for index in np.ndindex(arrays[symbol].shape):
            derivative = sp.diff(loss, arrays[symbol][index])
            entry = np.asarray(found, dtype=object)[index]
            difference = sp.N((derivative - entry).subs(point), 40) if derivative != entry else 0
            assert abs(difference) < sp.Float("1e-14")


@over(SAMPLES)
def test_batches_are_what_one_sample_after_the_other_gives(name: str, shapes: Any, static: Any) -> None:
    expr, quantities = applied(name, shapes, static)
    rng = np.random.default_rng(3)
    batch = {s: rng.uniform(0.4, 1.9, (7, *numbers(q.shape))) for s, q in quantities.items()}
    together = value(expr, batch, quantities, np)
    single = [value(expr, {s: a[b] for s, a in batch.items()}, quantities, np) for b in range(7)]
    np.testing.assert_allclose(together, np.stack(single), rtol=1e-12)


@over(SAMPLES)
def test_values_lie_in_the_range_of_the_row(name: str, shapes: Any, static: Any) -> None:
    from cellgraph.ops import Interval

    expr, quantities = applied(name, shapes, static)
    low, high = (0.2, 1.7) if name in ("log", "sqrt", "div", "pow") else (-1.3, 1.7)
    rng = np.random.default_rng(11)
    interval = image(expr, [Interval(low, high)] * len(shapes))
    for _ in range(50):
        arrays = {s: rng.uniform(low, high, numbers(q.shape)) for s, q in quantities.items()}
        result = np.asarray(value(expr, arrays, quantities, np))
        assert float(interval.low) - 1e-12 <= result.min()
        assert result.max() <= float(interval.high) + 1e-12


@pytest.mark.parametrize(("name", "shapes", "static"), [plain for plain in PLAIN if HEADS[plain[0]].op.limits])
def test_no_entry_passes_the_limits_of_the_row(name: str, shapes: Any, static: Any) -> None:
    from cellgraph.ops import Interval

    expr, quantities = applied(name, shapes, static)
    rng = np.random.default_rng(13)
    limited = 0
    for low, high in ((-1.3, 1.7), (0, 2.3), (-2.4, 0)):
        ranges = [Interval(low, high)] * len(shapes)
        at_least, at_most = expr.op.limits(*expr.args, ranges=ranges)
        limited += len(at_least) + len(at_most)
        for _ in range(20):
            arrays = {s: rng.uniform(low, high, numbers(q.shape)) for s, q in quantities.items()}
            result = np.asarray(value(expr, arrays, quantities, np))
            for limit in at_least:
                assert np.all(value(limit, arrays, quantities, np) <= result + 1e-12)
            for limit in at_most:
                assert np.all(result <= value(limit, arrays, quantities, np) + 1e-12)
    assert limited


@pytest.mark.parametrize(("name", "shapes", "static"), [plain for plain in PLAIN if HEADS[plain[0]].op.total])
def test_the_entries_add_up_to_the_total_of_the_row(name: str, shapes: Any, static: Any) -> None:
    expr, quantities = applied(name, shapes, static)
    rng = np.random.default_rng(17)
    for _ in range(20):
        result = np.asarray(
            value(expr, {s: rng.normal(size=numbers(q.shape)) for s, q in quantities.items()}, quantities, np)
        )
        assert result.min() >= 0
        assert result.sum() == pytest.approx(expr.op.total)


@pytest.mark.parametrize("name", [name for name, head in HEADS.items() if head.op.slope is not None])
def test_slopes_are_never_exceeded_and_nearly_reached(name: str) -> None:
    op = HEADS[name].op
    low, high = (0.01, 20) if name in ("log", "sqrt") else (-20, 20)
    x = np.linspace(low, high, 400_001)
    y = op.value(np, (1,), x)
    steepest = np.abs(np.diff(y) / np.diff(x)).max()
    if op.slope == sp.oo:
        assert steepest > 4
    else:
        assert 0.999 * float(op.slope) <= steepest <= float(op.slope) * (1 + 1e-9)


@over(SAMPLES)
def test_heads_survive_pickling_and_replacement(name: str, shapes: Any, static: Any) -> None:
    expr, _ = applied(name, shapes, static)
    assert pickle.loads(pickle.dumps(expr)) == expr
    renamed = expr.xreplace({A: sp.Symbol("Z")})
    assert renamed.args[1:] == expr.args[1:]
    assert renamed.xreplace({sp.Symbol("Z"): A}) == expr


@pytest.mark.parametrize(
    ("expr", "said"),
    [
        (HEADS["mul"](A, B), "elementwise operands have shapes n and m"),
        (HEADS["add"](A, B), "elementwise operands have shapes n and m"),
        (HEADS["matmul"](A, B), "'@' joins n and m: the inner sizes n and m differ"),
        (HEADS["transpose"](A), "only a matrix can be transposed"),
        (HEADS["outer"](A, C), "the outer product takes two vectors"),
        (HEADS["matmul"](C, A), "the inner sizes m and n differ"),
        (HEADS["softmax"](C), "softmax takes a vector"),
        (HEADS["slice"](A, 0, n + 1), "a vector of size n has no part from 0 to n \\+ 1"),
        (HEADS["sum"](sp.S(2)), "the sum of a scalar"),
        (HEADS["matmul"](A, C), r"n and n×m; vectors are columns: the row x times A is written transpose\(A\) @ x$"),
        (HEADS["matmul"](sp.S(2), A), r"but they are scalar and n; the elementwise product is '\*'$"),
        (HEADS["spread"](D, J), "an operand of 'spread' has the axis j already"),
    ],
)
def test_shapes_that_do_not_agree_are_told(expr: Head, said: str) -> None:
    quantities = {A: Quantity(A, "input", (n,)), B: Quantity(B, "input", (m,)), C: Quantity(C, "input", (n, m))}
    quantities[D] = Quantity(D, "input", Family([J], (n,)))
    with pytest.raises(Mismatch, match=said):
        shape_of(expr, quantities)


def test_specs_write_each_public_operation_in_exactly_one_way() -> None:
    public = {head for head in HEADS.values() if head.op.public}
    written = [Neg, *OPERATORS.values(), *FUNCTIONS.values(), *REDUCTIONS.values()]
    assert set(written) == public
    assert len(written) == len(public)
