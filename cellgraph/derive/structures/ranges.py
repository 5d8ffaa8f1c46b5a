"""The interval in which every quantity of a graph lies.

Each operation has its image of intervals in the `range` column of the operation table. That forgets what operands have
to do with each other, as in a − max(a, b) or z + (1 − z) g: arithmetic in which something stands twice is written out
as a polynomial, and the extremes of that are sought.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import inf, nextafter
from types import MappingProxyType

import sympy as sp

from cellgraph.derive.structures.expansion import WRITTEN, Expansion
from cellgraph.derive.structures.polynomial import ONE, Polynomial, atom, constant, extremes
from cellgraph.graph import Graph, fold, postorder
from cellgraph.graph.ring import in_ring
from cellgraph.ops import REALS, Chunksum, Cumsum, Div, Head, Interval, Matmul, Pow, Sqrt, Sum, Tailsum, crossed
from cellgraph.ops import image as image_of
from cellgraph.ops.interval import Bound, hull, meet, product, reciprocal, total

HALF = sp.Rational(1, 2)
NOTHING = Interval(0, 0)
SQUARED = 8
"""Terms of a polynomial that is still squared."""
ENDS = 12
"""How many numbers a ratio is compared with at most."""


@dataclass(frozen=True)
class Ranges:
    """The intervals of quantities, and what these are by their definitions.

    >>> from cellgraph.ops import Mul, Sub, Tanh
    >>> x, z = sp.symbols("x z")
    >>> known = Ranges({x: REALS, z: Interval(0, 1)})
    >>> [[str(end) for end in known.of(e)] for e in (Sub(1, Tanh(x)), Sub(z, Mul(z, Tanh(x))))]
    [['0', '2'], ['0', '2']]
    """

    intervals: Mapping[sp.Symbol, Interval]
    definitions: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    support: Mapping[sp.Expr, frozenset[sp.Expr]] = field(default_factory=dict)
    """What a quantity is arithmetic of, or is limited by; only itself where nothing is said."""
    rules: Mapping[type[Head], Rule] = field(default_factory=lambda: RATIOS)

    def of(self, expr: sp.Expr) -> Interval:
        """The interval of an expression over the quantities."""
        image = self._image(expr, self.rules)
        if isinstance(expr, Head) and in_ring(expr.op):
            seen: set[sp.Expr] = set()
            for leaf in postorder(expr):
                own = self.support.get(leaf) or ((leaf,) if leaf.is_Symbol else ())
                if not seen.isdisjoint(own):
                    opened = self.extremes(self.expansion.polynomial(expr))
                    return meet(image, meet(opened, self.extremes(self.expansion.shallow(expr))))
                seen.update(own)
        return image

    def _image(self, expr: sp.Expr, rules: Mapping[type[Head], Rule]) -> Interval:
        """The image of intervals under an expression, operation by operation."""

        def combine(node: Head, arguments: list[Interval]) -> Interval:
            image = image_of(node, arguments)
            rule = rules.get(type(node))
            return image if rule is None else meet(image, rule(self, node))

        known = self.intervals
        return fold(expr, lambda leaf: known[leaf] if leaf in known else number(leaf), combine)

    def extremes(self, polynomial: Polynomial) -> Interval:
        """Where a polynomial over the atoms of the expansion lies."""
        return extremes(polynomial, self.expansion.limits)

    @cached_property
    def expansion(self) -> Expansion:
        """Expressions written out over these quantities."""
        return Expansion(self.intervals, self.definitions, lambda expr: self._image(expr, {}))


def ranges(
    graph: Graph,
    known: Mapping[sp.Symbol, Interval] | None = None,
    narrowed: Callable[[sp.Symbol, Interval], Interval] = lambda symbol, own: own,
    at_least: Mapping[sp.Symbol, tuple[Polynomial, ...]] | None = None,
) -> Ranges:
    """The interval of every quantity, by its symbol; `known` says what is known of leaves, the others are any real.

    `narrowed` is what is assumed of a quantity whose interval has been found, `at_least` what leaves do not fall below.
    """
    given = {q.symbol: REALS if q.value is None else number(q.value) for q in graph.leaves} | dict(known or {})
    found = {symbol: narrowed(symbol, own) for symbol, own in given.items()}
    support: dict[sp.Expr, frozenset[sp.Expr]] = {}
    heads = [e.rhs for e in graph.equations if isinstance(e.rhs, Head)]
    rules = RATIOS if all(rhs.op.total is None for rhs in heads) else {**RATIOS, **SHARES}
    made = Ranges(MappingProxyType(found), graph.definitions, support, rules)
    if at_least:
        made.expansion.limits.box.update({symbol.name: own for symbol, own in found.items()})
        made.expansion.limits.at_least.update({symbol.name: limits for symbol, limits in at_least.items()})
    for equation in graph.equations:
        rhs = equation.rhs
        found[equation.lhs] = narrowed(equation.lhs, made.of(rhs))
        if not isinstance(rhs, Head) or in_ring(rhs.op) or rhs.op.limits is not None or isinstance(rhs, WRITTEN):
            support[equation.lhs] = frozenset[sp.Expr]().union(*(support.get(s, {s}) for s in equation.uses))
    return made


def range_of(expr: sp.Expr, known: Mapping[sp.Symbol, Interval]) -> Interval:
    """The interval of an expression over quantities of which nothing but intervals is known.

    >>> from cellgraph.ops import Sub, Tanh
    >>> [str(end) for end in range_of(Sub(1, Tanh(sp.Symbol("x"))), {sp.Symbol("x"): REALS})]
    ['0', '2']
    """
    return Ranges(known).of(expr)


def number(value: sp.Expr) -> Interval:
    """The interval of a number, exact where the number is; a size is a positive whole number."""
    if isinstance(value, sp.Rational):
        exact = Fraction(int(value.p), int(value.q))
        return Interval(exact, exact)
    if isinstance(value, sp.NumberSymbol):
        return Interval(nextafter(float(value), -inf), nextafter(float(value), inf))
    if isinstance(value, sp.Number):
        return Interval(float(value), float(value))
    return Interval(1, inf) if value.is_integer and value.is_positive else REALS


def _ratio(known: Ranges, ratio: Head) -> Interval:
    """Where a / b lies where b is never negative; a bounded factor of all of a may be taken apart."""
    part, whole = (known.expansion.polynomial(side) for side in ratio.args)
    if whole.is_number or known.extremes(whole).low < 0:
        return REALS
    root = _radicand(known.definitions.get(ratio.args[1], ratio.args[1]))
    square = None if root is None else known.expansion.polynomial(root)
    found = _quotient(known, part, whole, square)
    for name, count in part.atoms.items():
        factor = known.expansion.limits.box[name]
        if not found.bounded and count == len(part.terms) and part.degree(name) == 1 and factor.bounded:
            found = meet(found, product(factor, _quotient(known, part.coefficients(name)[1], whole, square)))
    return found


def _quotient(known: Ranges, part: Polynomial, whole: Polynomial, square: Polynomial | None) -> Interval:
    """a / b lies below every κ with a ≤ κ b, and above every κ with κ b ≤ a; in [−1, 1] where a² ≤ b²."""
    ends: set[Bound] = {-1, 0, 1}
    for name in part.atoms:
        own = known.expansion.limits.box[name]
        ends |= {end for end in (own.low, own.high) if -inf < end < inf}
    ends |= {c / whole.terms[monomial] for monomial, c in part.terms.items() if monomial in whole.terms}
    tried = [(end, constant(end)) for end in sorted(ends)[:ENDS]]
    # What is left between them is divided by b too.
    most = reciprocal(known.extremes(whole).high or inf)
    above = ((end, _margin(known, whole, k, part)) for end, k in tried)
    below = ((end, _margin(known, part, ONE, whole, k)) for end, k in reversed(tried))
    high = next((end - left * most for end, left in above if left >= 0), inf)
    low = next((end + left * most for end, left in below if left >= 0), -inf)
    found = Interval(low, high)
    if square is not None and not found.bounded and _margin(known, square, ONE, part, part) >= 0:
        return meet(found, Interval(-1, 1))
    return found


def _margin(known: Ranges, a: Polynomial, b: Polynomial, c: Polynomial, d: Polynomial = ONE) -> Bound:
    """The least that a b − c d can be."""
    try:
        return known.extremes(a * b - c * d).low
    except OverflowError:
        return -inf


def _radicand(root: sp.Expr) -> sp.Expr | None:
    """What an expression is the square root of; None where it is none."""
    if isinstance(root, Sqrt) or (isinstance(root, Pow) and root.args[1] == HALF):
        return root.args[0]
    return None


def has_unit_length(known: Ranges, vector: sp.Expr) -> bool:
    """Whether Σ v² ≤ 1 for v = a / √w: where w is no less than a sum of a²."""
    ratio = known.definitions.get(vector, vector)
    if not isinstance(ratio, Div):
        return False
    above, below = ratio.args
    square = _radicand(known.definitions.get(below, below))
    if square is None:
        return False
    part, whole = known.expansion.polynomial(above), known.expansion.polynomial(square)
    sums = [(name, d.args[0]) for name, d in known.definitions.items() if isinstance(d, Sum)]
    return any(
        _margin(known, whole, ONE, atom(name.name)) >= 0 and known.expansion.polynomial(summed) == part * part
        for name, summed in sums
        if name.name in whole.atoms and len(part.terms) < SQUARED
    )


def _summed(known: Ranges, node: Head) -> Interval:
    """Σ p ⊙ r, where p is never negative and adds up to t, is t times a mean of r; a part of the sum, no more."""
    spans = [_times(t, known.extremes(rest)) for t, rest in known.expansion.shares(node.args[0], crossed(node))]
    if not isinstance(node, Sum):
        spans = [hull(span, NOTHING) for span in spans]
    return total(*spans) if spans else REALS


def _averaged(known: Ranges, node: Head) -> Interval:
    """A (p ⊙ r), where p is never negative and adds up to t: means over the rows of A."""
    matrix, vector = node.args
    spans = [_times(t, product(known.of(matrix), known.extremes(rest))) for t, rest in known.expansion.shares(vector)]
    return total(*spans) if spans else REALS


def _times(number: Bound, span: Interval) -> Interval:
    return product(Interval(number, number), span)


Rule = Callable[[Ranges, Head], Interval]
"""What is known of an operation's result beyond the image of its operands' intervals."""

RATIOS: Mapping[type[Head], Rule] = MappingProxyType({Div: _ratio})
SHARES: Mapping[type[Head], Rule] = MappingProxyType(
    {Matmul: _averaged, **dict.fromkeys((Sum, Cumsum, Tailsum, Chunksum), _summed)}
)
"""Rules for where something adds up to a number, as a softmax does."""
