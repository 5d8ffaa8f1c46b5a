"""What is written out is recognised in every spelling, and a call has the numbers of what it stands for."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from cellgraph.graph import rebuilt, size
from cellgraph.graph.notation import source
from cellgraph.imports.writing.functions import with_functions
from cellgraph.imports.writing.held import values_of
from cellgraph.imports.writing.numerals import numeral
from cellgraph.imports.writing.spellings import NUMBERS, PLAIN, SPELLINGS, spellings, written_out
from cellgraph.imports.writing.sums_and_products import flattened
from cellgraph.imports.writing.tidied import tidied
from cellgraph.ops import Add, Axis, Div, Exp, Max, Mul, Neg, Pow, Sigmoid, Spread, Sqrt, Sub, Sum, family
from cellgraph.spec.functions import standard

n, j = size("n"), size("j")
GIVEN = {"eps": "0.003", "slope": "0.2", "alpha": "0.7", "low": "-0.3", "high": "0.4"}
CASES = [(name, body) for name, _, body in written_out()]


def vector(name: str) -> sp.Symbol:
    return sp.Symbol(f"the {name}")


def of_vectors(body: sp.Expr) -> sp.Expr:
    """A pattern of its parameters as vectors and numbers."""
    names = {s: sp.Rational(GIVEN[s.name]) if s.name in NUMBERS else vector(s.name) for s in body.free_symbols}
    return rebuilt(body, names)


def numbers(expr: sp.Expr, shapes: dict[sp.Expr, tuple[sp.Expr, ...]], seed: int) -> np.ndarray:
    """What an expression of vectors is at a random point."""
    random = np.random.default_rng(seed)
    given = {s: random.normal(size=5) for s in sorted(expr.free_symbols, key=str) if str(s).startswith("the ")}
    return np.asarray(values_of([expr], dict(shapes), given, {n: 5})[expr])


@pytest.mark.parametrize("case", range(len(CASES)))
def test_every_spelling_is_recognised_and_has_the_same_numbers(case: int) -> None:
    name, body = CASES[case]
    expr = of_vectors(body)
    shapes = dict.fromkeys(expr.free_symbols, (n,))
    plain = tidied([expr], shapes)[expr]
    found = with_functions([plain], shapes)[plain]
    assert type(found).__name__.lower() == name, source(found)
    for seed in (1, 2):
        np.testing.assert_allclose(numbers(found, shapes, seed), numbers(expr, shapes, seed), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("slope", [2, -1])
def test_what_only_looks_like_a_function_is_none(slope: int) -> None:
    a = vector("a")
    expr = Max(a, Mul(sp.Integer(slope), a))
    plain = tidied([expr], {a: (n,)})[expr]
    assert "leaky_relu" not in source(with_functions([plain], {a: (n,)})[plain])


def test_every_function_and_spelling_is_in_the_table() -> None:
    assert {name for name, _ in CASES} == {*standard(), *(text.partition("(")[0] for text in SPELLINGS)} - PLAIN
    assert len(spellings()) == len(CASES)


def test_functions_go_along_lifted_axes() -> None:
    heads = Axis(j, 0)
    a = vector("a")
    shapes = {a: family([heads], (n,))}
    expr = Div(a, Sqrt(Add(Sum(Pow(a, sp.Integer(2)), heads), sp.Rational("1e-6"))))
    assert source(with_functions([expr], shapes, (heads,))[expr]) == "l2norm(the a, 1e-6, over=j)"


def test_some_factors_are_a_call_and_gains_are_learned() -> None:
    a, b, g = map(vector, "abg")
    shapes = dict.fromkeys((a, b, g), (n,))
    product = Mul(Mul(Mul(b, a), g), Sigmoid(a))
    assert with_functions([product], shapes)[product] == Mul(Mul(b, standard()["silu"].head(a)), g)
    norm = of_vectors(standard()["rms_norm"].inside)
    known = dict.fromkeys(norm.free_symbols, (n,))
    plain = tidied([norm], known)[norm]
    gained = with_functions([plain], known, (), [vector("gain")])[plain]
    assert source(gained) == "rms_norm(the a, the gain, 0.003)"
    assert source(with_functions([plain], known, (), [])[plain]) == "the gain * rms_norm(the a, 1, 0.003)"


@pytest.mark.parametrize(
    ("written", "tidy"),
    [
        (Add(Mul(sp.S.One, vector("a")), sp.S.Zero), "the a"),
        (Add(Neg(vector("a")), vector("b")), "the b - the a"),
        (Sub(sp.S.One, Neg(Neg(vector("a")))), "1 - the a"),
        (Mul(vector("a"), Div(sp.S.One, vector("b"))), "the a / the b"),
        (Mul(vector("a"), Pow(n, sp.Rational(-1, 2))), "the a / sqrt(n)"),
        (Mul(vector("a"), vector("a")), "the a ** 2"),
        (Add(vector("h"), Mul(vector("z"), Sub(vector("a"), vector("h")))), "the h + the z * (the a - the h)"),
        (Div(Sum(vector("a")), n), "mean(the a)"),
        (Mul(vector("a"), sp.Rational(0.1)), "0.1 * the a"),
        (Exp(sp.Float(0.7978845608028654)), "exp(sqrt(2 / pi))"),
        (Sub(vector("a"), Mul(sp.S.Zero, vector("b"))), "the a"),
    ],
)
def test_what_tracing_leaves_is_taken_out(written: sp.Expr, tidy: str) -> None:
    shapes = {s: (n,) for s in written.free_symbols if str(s).startswith("the ")}
    assert source(tidied([written], shapes)[written]) == tidy


def test_an_array_of_zeros_keeps_a_number_an_array() -> None:
    a = vector("a")
    expr = Add(a, Spread(sp.S.Zero, Axis(j, 0)))
    assert tidied([expr], {a: ()})[expr] == expr


def test_sums_and_products_are_written_from_left_to_right() -> None:
    a, b, c = map(vector, "abc")
    expr = Add(Add(a, Sub(b, c)), Mul(a, Mul(b, c)))
    assert source(flattened([expr])[expr]) == "the a + the b - the c + the a * the b * the c"


@pytest.mark.parametrize("value", [0.1, 1 / 3, 2 / 7, 1e-6, 0.7071067811865476, 6.283185307179586, 1.7159, 1 / 7.25])
def test_numerals_are_the_same_float(value: float) -> None:
    assert float(sp.N(_evaluated(numeral(sp.Rational(value))), 30)) == pytest.approx(value, rel=4e-16)


def _evaluated(expr: sp.Expr) -> sp.Expr:
    """A number in heads as SymPy has it."""
    return sp.sympify(source(expr))
