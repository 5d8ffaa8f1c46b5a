"""Intervals of real numbers: what is known of a quantity's range, and arithmetic on that knowledge."""

from __future__ import annotations

from fractions import Fraction
from math import inf
from typing import NamedTuple

Bound = int | Fraction | float


class Interval(NamedTuple):
    """Every value lies between `low` and `high`; an infinite end means that nothing is known on that side."""

    low: Bound
    high: Bound

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite."""
        return -inf < self.low and self.high < inf

    @property
    def magnitude(self) -> Bound:
        """sup |v| over the interval."""
        return self.high if self.high > -self.low else -self.low

    def within(self, low: Bound, high: Bound) -> bool:
        """Whether the whole interval lies in [low, high]."""
        return low <= self.low and self.high <= high


REALS = Interval(-inf, inf)


def total(*terms: Interval) -> Interval:
    """{a + b + ...}: ends add."""
    return Interval(sum(t.low for t in terms), sum(t.high for t in terms))


def negative(a: Interval) -> Interval:
    """{-a}."""
    return Interval(-a.high, -a.low)


def product(a: Interval, b: Interval) -> Interval:
    """{a b}: the extremes are at the ends; 0 times an infinite end counts as 0."""
    ends = [0 if x == 0 or y == 0 else x * y for x in a for y in b]
    return Interval(min(ends), max(ends))


def quotient(a: Interval, b: Interval) -> Interval:
    """{a / b}; nothing is known where b may be zero."""
    if b.low <= 0 <= b.high:
        return REALS
    return product(a, Interval(reciprocal(b.high), reciprocal(b.low)))


def power(a: Interval, exponent: int) -> Interval:
    """{a^p} for a whole p that is not negative; an even power falls as far as 0."""
    low, high = (end**exponent for end in a)
    return Interval(low, high) if exponent % 2 or a.low >= 0 else Interval(high if a.high < 0 else 0, max(low, high))


def hull(*intervals: Interval) -> Interval:
    """The smallest interval that holds all of these."""
    return Interval(min(i.low for i in intervals), max(i.high for i in intervals))


def meet(a: Interval, b: Interval) -> Interval:
    """Where a value lies that lies in both."""
    return Interval(max(a.low, b.low), min(a.high, b.high))


def reciprocal(a: Bound) -> Bound:
    """1 / a, exact where a is; 0 for an infinite a."""
    if abs(a) == inf:
        return 0
    return 1 / Fraction(a) if isinstance(a, int) else 1 / a


def plain(bound: Bound) -> int | float | None:
    """A bound as JSON has it; an infinite one is null.

    >>> plain(Fraction(4, 2)), plain(Fraction(1, 2)), plain(inf)
    (2, 0.5, None)
    """
    if abs(bound) == inf:
        return None
    return int(bound) if bound == int(bound) else float(bound)
