"""Lipschitz constants of local factors: the supremum of each one's norm, from the ranges and slopes of the table.

A constant is scalar SymPy: a number where the ranges give one, otherwise in norms of parameters and largest entries of
quantities that have no range of their own (the cell state). None stands for unbounded: some activation on the way has
an infinite range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from math import ceil

import sympy as sp

from cellgraph.derive.jacobians.local import Link, Local
from cellgraph.derive.structures.ranges import ranges
from cellgraph.derive.structures.structure import Structure
from cellgraph.graph import parts, postorder, symbols_of
from cellgraph.graph.ring import Opaque, atoms, canonical, restored
from cellgraph.ops import (
    REALS,
    Chunksum,
    Column,
    Cumsum,
    Diag,
    Flatten,
    Head,
    Interval,
    Largest,
    Matmul,
    MaxAbs,
    Mean,
    Norm,
    Outer,
    Partial,
    Repeat,
    Row,
    Scale,
    Shape,
    Shift,
    Smallest,
    Softmax,
    Split,
    Spread,
    Sum,
    Tailsum,
    axes_of,
    core,
    crossed,
    numel,
    operands,
    row_cotangent,
    transposed,
)

BOTH = ("infinity", "two")
Count = Callable[[Shape, sp.Expr], Mapping[str, sp.Expr]]


def _running(shape: Shape, expr: sp.Expr) -> Mapping[str, sp.Expr]:
    """No row and no column of a running sum of n entries has more than n ones."""
    return dict.fromkeys(BOTH, numel(shape))


PARTIALS: Mapping[type[Head], Count] = {
    Cumsum: _running,
    Tailsum: _running,
    Repeat: lambda shape, expr: {"infinity": sp.S.One, "two": sp.sqrt(expr.args[1])},
    Chunksum: lambda shape, expr: {"infinity": expr.args[1], "two": sp.sqrt(expr.args[1])},
    Scale: lambda shape, expr: {"infinity": sp.S.One, "two": sp.sqrt(shape[1])},
}
"""By operation, the norms of its derivative by its first operand, where the others are 1: from its shape and itself."""


CROSSINGS: Mapping[type[Head], Callable[[sp.Expr], Mapping[str, sp.Expr]]] = {
    Sum: lambda count: {"infinity": count, "two": sp.sqrt(count)},
    Mean: lambda count: {"infinity": sp.S.One, "two": 1 / sp.sqrt(count)},
    **dict.fromkeys((Largest, Smallest, Shift, Flatten, Split), lambda count: dict.fromkeys(BOTH, sp.S.One)),
    Spread: lambda count: {"infinity": sp.S.One, "two": sp.sqrt(count)},
    Softmax: lambda count: dict.fromkeys(BOTH, sp.S.Half),
    **dict.fromkeys((Cumsum, Tailsum), lambda count: dict.fromkeys(BOTH, count)),
}
"""By operation, the norms of its derivative where it crosses an axis of so many members."""


class Lipschitz:
    """The constants of all links of one step, each found once. `norm` is "infinity" or "two"."""

    def __init__(self, links: Local, facts: Structure) -> None:
        self.links, self.facts = links, facts
        after = {state.before: state.after for state in facts.states}
        # States never leave the intervals of their invariants once they are inside.
        staying = [(i.state, i.interval) for i in facts.invariants if i.kind != "start"]
        known = {facts.state(state).before: interval for state, interval in staying if interval is not None}
        # A state after the step lies where the state before it lay.
        inside = ranges(facts.step.graph, known)
        self.ranges = replace(inside, intervals={**inside.intervals, **{after[s]: i for s, i in known.items()}})
        unbounded = self._limitless()
        self.unbounded = {node: unbounded[after.get(node, node)] for node in unbounded}
        """For every node, the activation without a limit that can make it as large as it likes; None without one."""
        self.known: dict[tuple[sp.Expr, Link], sp.Expr | None] = {}
        self.weights: dict[Link, sp.Expr | None] = {}

    def constant(self, node: sp.Expr, link: Link, norm: str) -> sp.Expr | None:
        """sup ‖factor‖ over everything that the step can compute, from all members to all members."""
        crossing = crossed(link.factor.args[0]) if isinstance(link.factor, Partial) else ()
        if crossing and type(link.factor.args[0]) in CROSSINGS:
            return CROSSINGS[type(link.factor.args[0])](crossing[0].size)[norm]
        one = self._member(node, link, norm)
        sources, results = axes_of(self.links.shapes[link.source]), axes_of(self.links.shapes[node])
        # One member reaches k of them, or k reach one: no row and no column of the blocks has more than k.
        spread = numel(tuple(axis.size for axis in results if axis not in sources))
        gathered = numel(tuple(axis.size for axis in sources if axis not in results))
        if one is None or spread * gathered == 1:
            return one
        return one * (gathered if norm == "infinity" else sp.sqrt(spread * gathered))

    def _member(self, node: sp.Expr, link: Link, norm: str) -> sp.Expr | None:
        """The same from one member to one member."""
        if isinstance(link.factor, Partial):
            return self._partial(node, link.factor, norm)
        if (node, link) not in self.known:
            self.known[node, link] = self._constant(node, link)
        entry = self.known[node, link]
        if entry is None or not isinstance(link.factor, (Column, Row)):
            return entry
        # A row or a column of N entries, none larger than e: N e or e in the ∞-norm, √N e in the 2-norm.
        count = numel(core(self.links.shapes[link.source if isinstance(link.factor, Row) else node]))
        if norm == "infinity":
            return entry * count if isinstance(link.factor, Row) else entry
        return entry * sp.sqrt(count)

    def weight(self, link: Link) -> sp.Expr | None:
        """The coefficient of a diagonal link in canonical form, if it is never negative."""
        if link not in self.weights:
            coefficient = link.factor.args[0] if isinstance(link.factor, Diag) else None
            own = coefficient is not None and self.range(coefficient).low >= 0
            self.weights[link] = canonical(coefficient) if own else None
        return self.weights[link]

    def cause(self, link: Link) -> sp.Expr:
        """What makes a factor unbounded: an activation without a limit, or else the factor itself."""
        coefficient = link.factor.args[0] if isinstance(link.factor, (Diag, Column, Row, Partial)) else link.factor
        causes = [self._cause(node) for node in postorder(coefficient)]
        return next((cause for cause in causes if cause is not None), coefficient)

    def range(self, expr: sp.Expr) -> Interval:
        """The interval of an expression over the step's quantities."""
        return self.facts.range_of(expr, self.ranges)

    def magnitude(self, coefficient: sp.Expr) -> sp.Expr | None:
        """sup |coefficient|, for a coefficient in heads."""
        return self._magnitude(canonical(coefficient), atoms(coefficient))

    def _magnitude(self, scalar: sp.Expr, order: Mapping[sp.Expr, sp.Expr]) -> sp.Expr | None:
        written = restored(scalar, order)
        own = self.range(written)
        if own.bounded:
            return exact(own.magnitude)
        if scalar.is_Mul:
            parts = [self._magnitude(part, order) for part in scalar.args]
            return None if None in parts else sp.Mul(*parts)
        if scalar.is_Pow and scalar.exp.is_Integer and scalar.exp > 0:
            base = self._magnitude(scalar.base, order)
            return None if base is None else base**scalar.exp
        if scalar.is_Add and not self._is_fixed(written):
            bounded = [part for part in scalar.args if self.range(restored(part, order)).bounded]
            if bounded:
                parts = [self._magnitude(part, order) for part in (sp.Add(*bounded), scalar - sp.Add(*bounded))]
                return None if None in parts else sp.Add(*parts)
        return None if self._is_unbounded(written) else Opaque(MaxAbs(written))

    def _constant(self, node: sp.Expr, link: Link) -> sp.Expr | None:
        factor, definition = link.factor, self.links.definition(node)
        slope = definition.op.slope if isinstance(definition, Head) else None
        if slope is not None:
            own = self.range(factor.args[0]) if isinstance(factor, Diag) else REALS
            least = min(slope, exact(own.magnitude)) if own.bounded else slope
            return least if least.is_finite else None
        if isinstance(factor, (Diag, Column, Row)):
            return self.magnitude(factor.args[0])
        if isinstance(definition, Softmax):
            # diag(p) − p pᵀ: row k has the sum 2 p_k (1 − p_k), and it is symmetric.
            return sp.S.Half
        return self._norm(factor)

    def _partial(self, node: sp.Expr, factor: sp.Expr, norm: str) -> sp.Expr | None:
        """The norm of ∂(expression)/∂(its k-th operand), from the other operands."""
        expr, _ = factor.args
        count = PARTIALS.get(type(expr))
        if count is None and _moves(factor):
            return sp.S.One
        others = [a for k, a in enumerate(operands(expr)) if k != factor.args[1]]
        if isinstance(expr, (Matmul, Outer)):
            (other,) = others
            if len(core(self.links.shapes[other])) == 2:
                # A ↦ A B, row by row.
                return self._norm(transposed(other))
            return self._length(other, Row if isinstance(expr, Matmul) else Column, norm)
        # Entries are scaled, repeated or added up: by rows for the ∞-norm, all of them for the 2-norm.
        if count is None:
            return self._norm(factor)
        scale = sp.Mul(*[self.magnitude(other) or sp.nan for other in others])
        return None if scale is sp.nan else scale * count(core(self.links.shapes[node]), expr)[norm]

    def _length(self, vector: sp.Expr, kind: type[sp.Expr], norm: str) -> sp.Expr | None:
        """The norm of a vector, as a map: from a scalar, as a column, or to one, as a row."""
        count = numel(core(self.links.shapes[vector]))
        own = self.range(vector)
        if norm == "two" and self.facts.is_unit(vector):
            return sp.S.One
        if norm == "infinity" and kind is Column:
            return self.magnitude(vector)
        if own.bounded:
            return exact(own.magnitude) * (count if norm == "infinity" else sp.sqrt(count))
        return self._norm(vector if norm == "two" else kind(vector))

    def _norm(self, factor: sp.Expr) -> sp.Expr | None:
        inner = factor.args[0] if isinstance(factor, (Column, Row)) else factor
        return None if self._is_unbounded(inner) else Opaque(Norm(factor))

    def _is_unbounded(self, expr: sp.Expr) -> bool:
        return any(self._cause(node) is not None for node in postorder(expr))

    def _cause(self, node: sp.Expr) -> sp.Expr | None:
        """The activation without a limit that a node is or holds; None without one."""
        limitless = isinstance(node, Head) and node.op.slope is not None and not self.range(node).bounded
        return node if limitless and not self._is_fixed(node) else self.unbounded.get(node)

    def _is_fixed(self, expr: sp.Expr) -> bool:
        """Whether an expression is the same at every step, whatever it is."""
        return self.facts.data.isdisjoint(symbols_of(expr))

    def _limitless(self) -> dict[sp.Expr, sp.Expr | None]:
        """For every node, the activation without a limit that it is or depends on; None without one."""
        found: dict[sp.Expr, sp.Expr | None] = {q.symbol: None for q in self.links.graph.leaves}
        for node in self.links.links:
            definition = self.links.definition(node)
            if node in found or self._is_fixed(node) or self.range(node).bounded:
                found[node] = None
            elif isinstance(definition, Head) and definition.op.slope is not None:
                found[node] = node
            else:
                # Of values, whether a gradient sees what they are made of or not.
                below = postorder(definition, lambda e: () if e in found else parts(e))
                found[node] = next((cause for e in below if (cause := found.get(e)) is not None), None)
        return found


def exact(bound: float | int | Fraction) -> sp.Expr:
    """The largest magnitude in an interval as a SymPy number: exact where it is, else rounded up to four places."""
    if isinstance(bound, float):
        return sp.Rational(ceil(bound * 10**4), 10**4)
    return sp.Rational(bound.numerator, bound.denominator)


def _moves(factor: Partial) -> bool:
    """Whether a partial derivative only moves entries: its transpose mentions nothing but what it is applied to."""
    back = row_cotangent(factor.args[0], int(factor.args[1]))
    return back.found is not None and set(symbols_of(back.found)) == {back.bar}
