"""Whole numbers and other numbers of several traces, as expressions in sizes."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from imports.tape import Tape, sizes_of

from cellgraph.graph import size
from cellgraph.imports.reading.sizes import BATCH, NoFit, SizeFit, traces_needed, unified
from cellgraph.imports.traced import Trace

M, N, J = map(size, "mnj")
NUMBERS = [{size(name): number for name, number in own.items()} | {BATCH: 41 + 2 * t}
           for t, own in enumerate(sizes_of("mnj"))]  # fmt: skip

WHOLE = [
    4 * N,
    M + N,
    2 * M + N - 1,
    J * N,
    3 * N + 2 * J * M,
    N * J + 2 * M * J + 4,
    BATCH * N,
    N**2,
    6 * N - M,
    sp.Integer(7),
]
NUMBER = [
    N ** sp.Rational(-1, 2),
    2 / M,
    sp.sqrt(M * N) / 3,
    -sp.sqrt(3 * N),
    1 / (M + N),
    1 / N**2,
    sp.Rational(1, 10),
]


def test_there_are_more_traces_than_sizes() -> None:
    assert [traces_needed(k) for k in (1, 3, 4, 6)] == [4, 4, 5, 7]


@pytest.mark.parametrize("expected", WHOLE, ids=str)
def test_whole_numbers_are_found(expected: sp.Expr) -> None:
    assert sp.expand(SizeFit(NUMBERS).whole([int(expected.subs(own)) for own in NUMBERS]) - expected) == 0


@pytest.mark.parametrize("expected", NUMBER, ids=str)
def test_numbers_are_found_from_their_squares_and_reciprocals(expected: sp.Expr) -> None:
    found = SizeFit(NUMBERS).number([float(expected.subs(own)) for own in NUMBERS])
    assert sp.simplify(found - expected) == 0 or abs(found - float(expected)) < 1e-15


@given(st.tuples(*[st.integers(-5, 9)] * 3))
def test_any_sum_of_few_products_is_found(weights: tuple[int, int, int]) -> None:
    expected = sum(w * term for w, term in zip(weights, (M, N * J, sp.S.One), strict=True))
    assert sp.expand(SizeFit(NUMBERS).whole([int(expected.subs(own)) for own in NUMBERS]) - expected) == 0


def test_what_no_formula_fits_is_said() -> None:
    with pytest.raises(NoFit, match=r"a size is 8, 1, 9, 2, 13 at m = 11, n = 5, j = 17; .* no sum of few products"):
        SizeFit(NUMBERS).whole([8, 1, 9, 2, 13])
    with pytest.raises(NoFit, match=r"a number is 0\.3, 0\.1, .* which no simple formula is"):
        SizeFit(NUMBERS).number([0.3, 0.1, 2.7182818, 3.1415926, 0.5772])


def program(t: Tape, n: int, twice: bool) -> Trace:
    x, h = t.given("input", "x", n), t.given("state", "h", n)
    return t.trace(h=(x * h).one("tanh") if twice else x + h)


def test_programs_that_differ_are_told_apart() -> None:
    sizes = sizes_of("n")
    traces = [program(Tape(41 + t), twice=t > 1, **own) for t, own in enumerate(sizes)]
    with pytest.raises(NoFit, match="at other sizes the code does something else here: add, then mul"):
        unified(traces, sizes)
    longer = [*[program(Tape(41), False, 5)], *[program(Tape(43), False, 7)]]
    with pytest.raises(NoFit, match="it has a loop over a size"):
        unified([longer[0], Trace((*longer[1].nodes, longer[1].nodes[-1]), {}, {}, {}, {}, batch=43)], sizes[:2])
