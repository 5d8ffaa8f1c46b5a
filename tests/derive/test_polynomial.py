"""Polynomials over named atoms: their arithmetic, and intervals that hold all of their values and no more."""

from __future__ import annotations

import random
from fractions import Fraction
from math import inf

import pytest

from cellgraph.derive.structures.polynomial import Limits, Polynomial, atom, constant, extremes
from cellgraph.ops import REALS, Interval

Z, G, H, P, S = map(atom, "zghps")
BOX = {
    "z": Interval(0, 1),
    "g": Interval(-1, 1),
    "h": REALS,
    "p": Interval(0, inf),
    "s": REALS,
    "n": Interval(-inf, -2),
}
ONE, N = constant(1), atom("n")


def between(polynomial: Polynomial, **limits: tuple[Polynomial, ...]) -> tuple[object, object]:
    """The interval over the box; `s` may be limited from below or above."""
    known = {side: {"s": limits[side]} if side in limits else {} for side in ("at_least", "at_most")}
    return tuple(extremes(polynomial, Limits(BOX, **known)))


@pytest.mark.parametrize(
    ("polynomial", "low", "high"),
    [
        (constant(0), 0, 0),
        (ONE - Z, 0, 1),
        (Z * G + (ONE - Z) * G, -1, 1),
        (Z * G + ONE - Z, -1, 1),
        ((ONE - Z) ** 2, 0, 1),
        ((ONE - Z) ** 3, 0, 1),
        (G**2 - G**2, 0, 0),
        (G**2, 0, 1),
        (G**3, -1, 1),
        (H**2, 0, inf),
        (H + G, -inf, inf),
        (H - H + G, -1, 1),
        (P + P * Z, 0, inf),
        (ONE - P - P * Z, -inf, 1),
        (ONE + P - P * G, 1, inf),
        (P * G + P * Z * Z, -inf, inf),
        (N + N * Z, -inf, -2),
        (ONE - N - N * Z, 3, inf),
        (N * N + N, -inf, inf),
        ((Z + G) / constant(2), Fraction(-1, 2), 1),
    ],
)
def test_extremes_over_a_box(polynomial: Polynomial, low: object, high: object) -> None:
    assert between(polynomial) == (low, high)


def test_a_limit_is_put_in_the_place_of_an_atom_where_it_can_only_enlarge() -> None:
    assert between(H - S) == (-inf, inf)
    assert between(H - S, at_least=(H,)) == (-inf, 0)
    assert between(H - S, at_least=(H, H + P + ONE)) == (-inf, -1)
    assert between(S - H, at_least=(H,)) == (0, inf)
    assert between(S - H, at_most=(H + Z,)) == (-inf, 1)
    assert between(S - H, at_least=(H - Z,), at_most=(H + Z,)) == (-1, 1)
    assert between(H * Z - S * Z, at_least=(H,)) == (-inf, 0)
    assert between(G * H - G * S, at_least=(H,)) == (-inf, inf)
    assert between(H * H - S * S, at_least=(H,)) == (-inf, inf)


def test_extremes_hold_every_value_and_are_reached_where_all_is_linear() -> None:
    """Each atom linear: the extremes are at corners of the box."""
    draw = random.Random(3)
    names = "abcde"
    for _ in range(60):
        terms = {
            tuple(sorted(draw.sample(names, draw.randint(0, 3)))): Fraction(draw.randint(-3, 3) or 1) for _ in range(7)
        }
        box = {name: Interval(-draw.randint(0, 2), draw.randint(0, 2)) for name in names}
        found = extremes(Polynomial(terms), Limits(box, {}, {}))
        corners = [[]]
        for name in names:
            corners = [[*corner, (name, end)] for corner in corners for end in box[name]]
        values = [value_at(Polynomial(terms), dict(corner)) for corner in corners]
        assert (found.low, found.high) == (min(values), max(values))
        for _ in range(20):
            point = {name: draw.uniform(*box[name]) for name in names}
            assert found.low - 1e-9 <= value_at(Polynomial(terms), point) <= found.high + 1e-9


def value_at(polynomial: Polynomial, point: dict[str, float]) -> float:
    total = 0
    for monomial, coefficient in polynomial.terms.items():
        product = coefficient
        for name in monomial:
            product *= point[name]
        total += product
    return total


def test_arithmetic_stops_where_there_would_be_too_many_terms() -> None:
    long = sum((atom(f"a{k}") for k in range(40)), start=constant(0))
    assert len((long * constant(3)).terms) == 40
    assert (long - long).terms == {}
    with pytest.raises(OverflowError, match="too many terms"):
        long * long
    with pytest.raises(OverflowError, match="too many terms"):
        long + sum((atom(f"b{k}") for k in range(40)), start=constant(0))
