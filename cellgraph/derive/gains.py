"""How much a local factor can enlarge a change: the supremum of its norm, from the ranges and slopes of the table.

A supremum is scalar SymPy: a number where the ranges give one, otherwise in norms of parameters and largest entries of
quantities that have no range of their own (the cell state). None stands for unbounded: some activation on the way has
an infinite range.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import sympy as sp

from cellgraph.graph import symbols_of
from cellgraph.ops import REALS, Column, Diag, Head, Interval, Largest, Norm, Partial, Row, numel, operands

from .canonical import Opaque, canonical, leaves, restored
from .local import Link, Local
from .ranges import range_of, ranges
from .structure import Structure


class Gains:
    """The gains of all links of one step, each found once. `norm` is "infinity" or "two"."""

    def __init__(self, links: Local, facts: Structure) -> None:
        self.links = links
        self.intervals = ranges(facts.step.graph, kept(facts))
        after = {state.before: state.after for state in facts.states}
        wild = _wild(links, self.intervals)
        self.wild = {node: wild[after.get(node, node)] for node in wild}
        self.known: dict[tuple[sp.Expr, Link], sp.Expr | None] = {}

    def gain(self, node: sp.Expr, link: Link, norm: str) -> sp.Expr | None:
        """sup ‖factor‖ over everything that the step can compute."""
        if (node, link) not in self.known:
            self.known[node, link] = self._gain(node, link)
        gain = self.known[node, link]
        if gain is None or not isinstance(link.factor, (Column, Row)):
            return gain
        # A row or a column of N entries, none larger than e: N e or e in the ∞-norm, √N e in the 2-norm.
        count = numel(self.links.shapes[link.source if isinstance(link.factor, Row) else node])
        if norm == "infinity":
            return gain * count if isinstance(link.factor, Row) else gain
        return gain * sp.sqrt(count)

    def unbounded(self, link: Link) -> sp.Expr:
        """What in a factor without a bound has none."""
        coefficient = link.factor.args[0] if isinstance(link.factor, (Diag, Column, Row)) else link.factor
        return next((restored(a) for a in leaves(coefficient) if self.magnitude(a) is None), coefficient)

    def range(self, expr: sp.Expr) -> Interval:
        """The interval of an expression over the step's quantities."""
        return range_of(expr, self.intervals)

    def magnitude(self, scalar: sp.Expr) -> sp.Expr | None:
        """sup |coefficient|, for a coefficient in canonical form."""
        own = self.range(restored(scalar))
        if own.bounded:
            return exact(own.magnitude)
        if scalar.is_Add or scalar.is_Mul:
            parts = [self.magnitude(part) for part in scalar.args]
            return None if None in parts else scalar.func(*parts)
        if scalar.is_Pow and scalar.exp.is_Integer and scalar.exp > 0:
            base = self.magnitude(scalar.base)
            return None if base is None else base**scalar.exp
        atom = restored(scalar)
        return None if scalar.args or self._is_wild(atom) else Opaque(Largest(atom))

    def _gain(self, node: sp.Expr, link: Link) -> sp.Expr | None:
        factor, definition = link.factor, self.links.definition(node)
        slope = definition.op.slope if isinstance(definition, Head) else None
        if slope is not None:
            own = self.range(factor.args[0]) if isinstance(factor, Diag) else REALS
            least = min(slope, exact(own.magnitude)) if own.bounded else slope
            return least if least.is_finite else None
        if isinstance(factor, (Diag, Column, Row)):
            return self.magnitude(canonical(factor.args[0]))
        if isinstance(factor, Partial) and _moves(factor):
            return sp.S.One
        return None if self._is_wild(factor) else Opaque(Norm(factor))

    def _is_wild(self, expr: sp.Expr) -> bool:
        return any(self.wild.get(s, False) for s in expr.free_symbols)


def kept(facts: Structure) -> Mapping[sp.Symbol, Interval]:
    """What is known of the states before a step: the intervals that they never leave once they are inside."""
    return {facts.state(i.state).before: i.interval for i in facts.invariants if i.interval is not None}


def exact(bound: float | int | Fraction) -> sp.Expr:
    """The end of an interval as a SymPy number, exact where it is."""
    return sp.Float(bound) if isinstance(bound, float) else sp.Rational(bound.numerator, bound.denominator)


def _wild(links: Local, intervals: Mapping[sp.Symbol, Interval]) -> dict[sp.Expr, bool]:
    """Which nodes hold an activation with an infinite end to its range, and no bound that makes up for it."""
    wild: dict[sp.Expr, bool] = {q.symbol: False for q in links.graph.leaves}
    for node, inner in links.links.items():
        definition = links.definition(node)
        if node in wild or range_of(definition, intervals).bounded:
            wild[node] = False
        else:
            own = isinstance(definition, Head) and definition.op.slope is not None
            wild[node] = own or any(wild[link.source] for link in inner)
    return wild


def _moves(factor: Partial) -> bool:
    """Whether a partial derivative only moves entries: its transpose mentions nothing but what it is applied to."""
    expr, k = factor.args[0], int(factor.args[1])
    bar = sp.Dummy("bar")
    shapes = tuple((sp.Dummy("rows", integer=True, positive=True),) for _ in operands(expr))
    pulled = expr.op.vjp(bar, sp.Dummy("out"), *expr.args, shapes=shapes)[k]
    return pulled is not None and set(symbols_of(pulled)) == {bar}
