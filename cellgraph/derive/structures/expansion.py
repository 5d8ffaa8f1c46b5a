"""Expressions written out as polynomials: through all names of arithmetic, over quantities that are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import sympy as sp

from cellgraph.derive.structures.polynomial import Limits, Monomial, Polynomial, atom, constant
from cellgraph.graph import fold, symbols_of
from cellgraph.graph.ring import in_ring
from cellgraph.ops import (
    Axis,
    Div,
    Fill,
    Head,
    Interval,
    Outer,
    Pow,
    Repeat,
    Scale,
    Slice,
    Stop,
    Transpose,
    crossed,
    operands,
)

MOVED = (Repeat, Slice, Transpose)
"""Operations that put entries elsewhere, whatever these are: they go with arithmetic."""
WRITTEN = (*MOVED, Fill, Outer, Scale, Stop)
"""Operations besides those of the ring that are written out."""


def is_written(expr: sp.Expr) -> bool:
    """Whether a name for an expression is replaced by it; a share a / b has an interval that a and 1 / b would lose."""
    if isinstance(expr, Div):
        return not symbols_of(expr.args[1])
    return not isinstance(expr, Head) or in_ring(expr.op) or isinstance(expr, WRITTEN)


@dataclass(frozen=True)
class Expansion:
    """What has been written out so far. Atoms have the names of quantities; what has no name gets one.

    `image` is the interval of an expression that becomes an atom, `intervals` those of the quantities, in order.
    """

    intervals: Mapping[sp.Symbol, Interval]
    definitions: Mapping[sp.Symbol, sp.Expr]
    image: Callable[[sp.Expr], Interval]
    limits: Limits = field(default_factory=lambda: Limits({}, {}, {}))
    totals: dict[str, tuple[int, tuple[Axis, ...]]] = field(default_factory=dict)
    """The atoms whose entries are never negative and add up to a number, with that number, and over which axes."""
    opened: dict[sp.Symbol, Polynomial] = field(default_factory=dict)
    unnamed: dict[sp.Expr, str] = field(default_factory=dict)

    def polynomial(self, expr: sp.Expr) -> Polynomial:
        """An expression as a polynomial, with what names of arithmetic stand for in their places."""
        for name, definition in self.definitions.items():
            if name in self.intervals and name not in self.opened:
                self._open(name, definition)
        return self._written(expr, self.opened)

    def shallow(self, expr: sp.Expr) -> Polynomial:
        """The same with every name as it is: d² where d = a − b is never negative, a² − 2 a b + b² may seem to be."""
        return self._written(expr, {})

    def shares(self, expr: sp.Expr, over: tuple[Axis, ...] = ()) -> Iterator[tuple[int, Polynomial]]:
        """An expression as Σ p_k ⊙ r_k, where the entries of p_k add up to t_k: every (t_k, r_k).

        Nothing where some term has no such factor.
        """
        found: dict[str, dict[Monomial, Fraction]] = {}
        for monomial, coefficient in self.polynomial(expr).terms.items():
            share = next((name for name in monomial if name in self.totals and self.totals[name][1] == over), None)
            if share is None:
                return
            left = list(monomial)
            left.remove(share)
            found.setdefault(share, {})[tuple(left)] = coefficient
        yield from ((self.totals[share][0], Polynomial(terms)) for share, terms in found.items())

    def _open(self, name: sp.Symbol, definition: sp.Expr) -> None:
        """Note what stands for a name: the polynomial of its definition, or itself with what limits it."""
        self.limits.box[name.name] = self.intervals[name]
        self.opened[name] = atom(name.name)
        if not isinstance(definition, Head):
            self.opened[name] = self._written(definition, self.opened)
        elif is_written(definition):
            opened = self._arithmetic(definition, [self._written(a, self.opened) for a in operands(definition)])
            self.opened[name] = self.opened[name] if opened is None else opened
        elif definition.op.total is not None:
            self.totals[name.name] = (definition.op.total, crossed(definition))
        elif definition.op.limits is not None and not crossed(definition):
            limits = definition.op.limits(*definition.args, ranges=[self.image(a) for a in operands(definition)])
            for side, found in zip((self.limits.at_least, self.limits.at_most), limits, strict=True):
                side[name.name] = tuple(self._written(limit, self.opened) for limit in found)

    def _written(self, expr: sp.Expr, opened: Mapping[sp.Symbol, Polynomial]) -> Polynomial:
        def combine(node: Head, inner: list[Polynomial]) -> Polynomial:
            found = self._arithmetic(node, inner)
            return self._atom(node) if found is None else found

        return fold(expr, lambda leaf: opened[leaf] if leaf in opened else self._atom(leaf), combine)

    def _atom(self, expr: sp.Expr) -> Polynomial:
        """What is no arithmetic, by its name or one made up; a number is a constant."""
        own = self.image(expr)
        if own.low == own.high:
            return constant(own.low)
        name = expr.name if expr.is_Symbol else self.unnamed.setdefault(expr, f"#{len(self.unnamed)}")
        self.limits.box[name] = own
        return atom(name)

    def _arithmetic(self, node: Head, inner: list[Polynomial]) -> Polynomial | None:
        """An operation of polynomials as a polynomial; None where it is none, or one of too many terms."""
        statics = node.args[len(inner) :]
        try:
            if isinstance(node, (Fill, Stop)):
                return inner[0]
            if isinstance(node, MOVED):
                return self._placed(inner[0], " ".join(map(str, (node.op.name, *statics))))
            if isinstance(node, Scale):
                return self._placed(inner[0], "rows") * inner[1]
            if isinstance(node, Outer):
                return self._placed(inner[0], "rows") * self._placed(inner[1], "columns")
            if isinstance(node, Div):
                number = inner[1].is_number and inner[1].terms
                return inner[0] / inner[1] if number else inner[0] * self._atom(Div(1, node.args[1]))
            if not in_ring(node.op) or (isinstance(node, Pow) and not (statics[0].is_Integer and statics[0] > 0)):
                return None
            found: Polynomial = node.op.value(None, (0,) * len(inner), *inner, *statics)
            return found
        except OverflowError:
            return None

    def _placed(self, polynomial: Polynomial, place: str) -> Polynomial:
        """The polynomial of the same atoms in another place."""
        for name in polynomial.atoms:
            self.limits.box[f"{name} {place}"] = self.limits.box[name]
        return polynomial.renamed(lambda name: f"{name} {place}")
