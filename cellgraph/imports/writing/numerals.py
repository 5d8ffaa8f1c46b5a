"""Numbers of a program as people write them: 0.1 and not the 53 bits of it, 1/3, sqrt(2 / pi), 1 / sqrt(n)."""

from __future__ import annotations

from functools import cache

import sympy as sp

from cellgraph.ops import Div, Head, Log, Mul, Neg, Pow, Sqrt

SHORT = 12
"""A decimal of so many digits is what somebody typed; a longer one was computed."""
LARGEST = 1000
"""The largest denominator of a quotient of whole numbers that somebody typed."""
FACTORS = tuple(sp.Rational(p, q) for q in (1, 2, 3, 4, 8) for p in (1, 2, 3, 4, 8) if sp.gcd(p, q) == 1)
"""What a known number may be multiplied by."""
KNOWN: tuple[tuple[sp.Expr, sp.Expr], ...] = (
    (sp.pi, sp.pi),
    (sp.sqrt(2 / sp.pi), Sqrt(Div(2, sp.pi))),
    (sp.sqrt(sp.pi), Sqrt(sp.pi)),
    (sp.log(2), Log(sp.Integer(2))),
    (sp.log(10), Log(sp.Integer(10))),
    (sp.E, sp.E),
    *((sp.sqrt(k), Sqrt(sp.Integer(k))) for k in (2, 3, 5, 6, 7, 10)),
)
"""Irrational numbers that cells are written with, and how each is written."""


def numeral(number: sp.Expr) -> sp.Expr:
    """A number, or a formula of sizes, in heads of the language; it is the same to the last digit of a float.

    >>> numeral(sp.Rational(0.1)), numeral(sp.Float(0.7978845608028654)), numeral(1 / sp.sqrt(sp.Symbol("n")))
    (1/10, Sqrt(Div(2, pi)), Div(1, Sqrt(n)))
    """
    if isinstance(number, Head) or number.is_Symbol or number.is_Integer or number.is_NumberSymbol:
        return number
    if number.is_Rational or number.is_Float:
        return _decimal(sp.Rational(number))
    if number.is_Pow and number.exp.is_Rational and number.exp.is_negative:
        return Div(sp.S.One, numeral(1 / number))
    if number.is_Pow and number.exp == sp.Rational(1, 2):
        return Sqrt(numeral(number.base))
    if number.is_Pow and number.exp.is_Rational:
        return Pow(numeral(number.base), number.exp) if number.exp != 1 else numeral(number.base)
    if number.is_Mul and not _whole(number):
        return _quotient(number)
    return number


def _whole(size: sp.Expr) -> bool:
    """Whether a formula of sizes is written as it stands."""
    return all(power.exp.is_Integer and power.exp.is_positive for power in size.atoms(sp.Pow))


def _quotient(number: sp.Expr) -> sp.Expr:
    above, below = sp.fraction(number)
    if below != 1:
        return Div(numeral(above), numeral(below))
    coefficient, rest = number.as_coeff_Mul()
    if coefficient != 1:
        return Mul(numeral(coefficient), numeral(rest)) if coefficient != -1 else Neg(numeral(rest))
    first, *others = rest.args
    return Mul(numeral(first), numeral(sp.Mul(*others)))


@cache
def _decimal(number: sp.Rational) -> sp.Expr:
    if number.q <= LARGEST or abs(number) > 2**60:
        return number
    value = float(number)
    short: sp.Rational = sp.Rational(repr(value))
    if sum(map(str.isdigit, repr(value).partition("e")[0].replace(".", "").lstrip("0"))) <= SHORT:
        return short
    simple: sp.Rational = short.limit_denominator(LARGEST)
    if float(simple) == value:
        return simple
    return _known(value) or short


def _known(value: float) -> sp.Expr | None:
    """A number that has a name, or a multiple of it or of what divides by it, which this is to the last digits."""
    size, sign = abs(value), Neg if value < 0 else lambda expr: expr
    for factor in FACTORS:
        for known, written in KNOWN:
            for number, shown in ((factor * known, _times(factor, written)), (factor / known, _over(factor, written))):
                if abs(float(number) - size) <= 4e-16 * size:
                    return sign(shown)
    return None


def _times(factor: sp.Rational, written: sp.Expr) -> sp.Expr:
    product = written if factor.p == 1 else Mul(sp.Integer(factor.p), written)
    return product if factor.q == 1 else Div(product, sp.Integer(factor.q))


def _over(factor: sp.Rational, written: sp.Expr) -> sp.Expr:
    return Div(sp.Integer(factor.p), written if factor.q == 1 else Mul(sp.Integer(factor.q), written))
