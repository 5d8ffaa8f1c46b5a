"""Polynomials over named atoms, and where they lie while each atom stays in an interval of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import comb, inf

from cellgraph.ops.interval import REALS, Bound, Interval, power, product, total

TERMS = 64
"""Terms above which a polynomial is not written out."""
WORK = 64
"""Terms that are looked at in the search for the extremes of one polynomial."""

Monomial = tuple[str, ...]
"""The atoms of a product in alphabetical order, each as often as its power says."""


@dataclass(frozen=True)
class Polynomial:
    """Σ coefficient · monomial. Its arithmetic raises OverflowError where there would be too many terms."""

    terms: Mapping[Monomial, Fraction]

    def __add__(self, other: Polynomial) -> Polynomial:
        terms = dict(self.terms)
        for monomial, coefficient in other.terms.items():
            terms[monomial] = terms.get(monomial, Fraction(0)) + coefficient
        return _bounded({monomial: c for monomial, c in terms.items() if c})

    def __neg__(self) -> Polynomial:
        return Polynomial({monomial: -c for monomial, c in self.terms.items()})

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + -other

    def __mul__(self, other: Polynomial) -> Polynomial:
        if len(self.terms) * len(other.terms) > TERMS:
            raise OverflowError("too many terms")
        terms: dict[Monomial, Fraction] = {}
        for a, x in self.terms.items():
            for b, y in other.terms.items():
                monomial = tuple(sorted(a + b))
                terms[monomial] = terms.get(monomial, Fraction(0)) + x * y
        return Polynomial({monomial: c for monomial, c in terms.items() if c})

    def __pow__(self, exponent: int) -> Polynomial:
        result = ONE
        for _ in range(int(exponent)):
            result = result * self
        return result

    def __truediv__(self, other: Polynomial) -> Polynomial:
        """The quotient by a number."""
        return self * constant(1 / other.terms[()])

    @property
    def is_number(self) -> bool:
        """Whether no atom stands in it."""
        return self.terms.keys() <= {()}

    @property
    def atoms(self) -> Counter[str]:
        """How many terms each atom stands in."""
        return Counter(atom for monomial in self.terms for atom in dict.fromkeys(monomial))

    def degree(self, atom: str) -> int:
        """The highest power of an atom."""
        return max(monomial.count(atom) for monomial in self.terms)

    def coefficients(self, atom: str) -> list[Polynomial]:
        """The polynomials by which the powers of an atom are multiplied, from the power 0 on."""
        found: list[dict[Monomial, Fraction]] = [{} for _ in range(self.degree(atom) + 1)]
        for monomial, c in self.terms.items():
            found[monomial.count(atom)][tuple(a for a in monomial if a != atom)] = c
        return [Polynomial(terms) for terms in found]

    def renamed(self, name: Callable[[str], str]) -> Polynomial:
        """The same polynomial of other atoms."""
        return Polynomial({tuple(sorted(map(name, monomial))): c for monomial, c in self.terms.items()})


ONE = Polynomial({(): Fraction(1)})


def constant(value: Bound) -> Polynomial:
    """A number as a polynomial."""
    return Polynomial({(): Fraction(value)} if value else {})


def atom(name: str) -> Polynomial:
    """An atom as a polynomial."""
    return Polynomial({(name,): Fraction(1)})


def _bounded(terms: Mapping[Monomial, Fraction]) -> Polynomial:
    if len(terms) > TERMS:
        raise OverflowError("too many terms")
    return Polynomial(terms)


@dataclass(frozen=True)
class Limits:
    """What is known of atoms: the interval of each, and polynomials that some never fall below or never exceed."""

    box: dict[str, Interval]
    at_least: dict[str, tuple[Polynomial, ...]]
    at_most: dict[str, tuple[Polynomial, ...]]


def extremes(polynomial: Polynomial, limits: Limits) -> Interval:
    """An interval that holds every value of a polynomial.

    Over a box alone it is exact where each atom that stands in several terms stands there linearly, and these are few:
    then the extremes are at corners. Where an atom has a limit such as max(a, b) ≥ a, the limit is put in its place on
    the side on which it can only enlarge the value.

    >>> z, g = atom("z"), atom("g")
    >>> box = {"z": Interval(0, 1), "g": Interval(-1, 1)}
    >>> [str(end) for end in extremes(z * g + constant(1) - z, Limits(box, {}, {}))]
    ['-1', '1']
    """
    return Interval(-_upper(-polynomial, limits), _upper(polynomial, limits))


def _upper(polynomial: Polynomial, limits: Limits, depth: int = 3) -> Bound:
    found = [_span(polynomial, limits.box, WORK).high]
    if depth:
        found += [_upper(larger, limits, depth - 1) for larger in _larger(polynomial, limits)]
    return min(found)


def _larger(polynomial: Polynomial, limits: Limits) -> Iterator[Polynomial]:
    """The polynomial with the limit of an atom in the place of the atom, wherever that can only enlarge it."""
    for name in polynomial.atoms:
        if (name in limits.at_least or name in limits.at_most) and polynomial.degree(name) == 1:
            rest, slope = polynomial.coefficients(name)
            sign = _span(slope, limits.box, WORK)
            known = limits.at_least if sign.high <= 0 else limits.at_most if sign.low >= 0 else {}
            for limit in known.get(name, ()):
                try:
                    yield rest + slope * limit
                except OverflowError:
                    continue


def _span(polynomial: Polynomial, box: Mapping[str, Interval], work: int) -> Interval:
    """The values over a box: for an atom in several terms, the hull of the spans of its Bernstein coefficients."""
    repeated = [(count, name) for name, count in polynomial.atoms.items() if count > 1 and box[name] != REALS]
    if not repeated or work < len(polynomial.terms):
        return total(*(_monomial(monomial, c, box) for monomial, c in polynomial.terms.items()))
    name = max(repeated, key=lambda pair: pair[0])[1]
    own, powers = box[name], polynomial.coefficients(name)
    if own.bounded:
        spans = [_span(part, box, work // len(powers)) for part in _bernstein(powers, own)]
        return Interval(min(s.low for s in spans), max(s.high for s in spans))
    if len(powers) > 2:
        return _span(polynomial, {**box, name: REALS}, work)
    # Linear in an atom with one end: at that end, or without limit to the side to which the slope leads.
    rest, slope = powers
    direction = _span(slope, box, work // 2)
    rises, falls = (
        (direction.high > 0, direction.low < 0) if own.high == inf else (direction.low < 0, direction.high > 0)
    )
    end = own.low if own.high == inf else own.high
    at = _span(rest + slope * constant(end), box, work // 2)
    return Interval(-inf if falls else at.low, inf if rises else at.high)


def _bernstein(powers: list[Polynomial], own: Interval) -> list[Polynomial]:
    """The coefficients of Σ a_k z^k in the Bernstein basis of an interval: for degree 1 the values at its ends."""
    degree, low, width = len(powers) - 1, Fraction(own.low), Fraction(own.high) - Fraction(own.low)
    # In t from 0 to 1, where z = low + width t.
    moved = [
        _sum(powers[m] * constant(comb(m, k) * low ** (m - k) * width**k) for m in range(k, degree + 1))
        for k in range(degree + 1)
    ]
    return [
        _sum(moved[k] * constant(Fraction(comb(j, k), comb(degree, k))) for k in range(j + 1))
        for j in range(degree + 1)
    ]


def _sum(polynomials: Iterator[Polynomial]) -> Polynomial:
    return sum(polynomials, start=constant(0))


def _monomial(monomial: Monomial, coefficient: Fraction, box: Mapping[str, Interval]) -> Interval:
    found = Interval(coefficient, coefficient)
    for name, count in Counter(monomial).items():
        found = product(found, power(box[name], count))
    return found
