"""The ends of intervals: which of them no value reaches, and which of them some values come near to for certain."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

import sympy as sp

from cellgraph.derive.structures.ranges import Ranges, ranges
from cellgraph.graph import Graph, postorder
from cellgraph.graph.ring import in_ring
from cellgraph.ops import (
    REALS,
    Abs,
    Add,
    Cos,
    Exp,
    Head,
    Interval,
    Matmul,
    Mul,
    Relu,
    Repeat,
    Sigmoid,
    Sin,
    Slice,
    Softplus,
    Sub,
    Tanh,
    Transpose,
    operands,
)

LARGE = 15
"""A magnitude at which σ and tanh are still told from their limits in double precision."""
FEW = 8
"""Atoms of a polynomial of which all corners are looked at."""
FOLLOWING = (Sigmoid, Tanh, Exp, Softplus, Relu, Abs, Slice, Repeat, Transpose)
"""Operations that come near the ends of their images where their operand comes near its ends."""
WAVES = (Sin, Cos)
"""Those that do where their operand is any real number."""


def finite_ranges(graph: Graph, wide: Ranges) -> Ranges:
    """The intervals while nothing that is without limit grows large: an end that they miss is never reached.

    A function that only rises never reaches its limit, and what is linear in such functions has its extremes at their
    limits. Of functions with a kink or a jump nothing is concluded.
    """

    def narrowed(symbol: sp.Symbol, own: Interval) -> Interval:
        definition, whole = graph.definitions.get(symbol), wide.intervals[symbol]
        kinked = isinstance(definition, Head) and not definition.op.analytic and not isinstance(definition, Softplus)
        low, high = whole if kinked else own
        return Interval(max(low, -LARGE) if whole.low == -inf else low, min(high, LARGE) if whole.high == inf else high)

    return ranges(graph, {q.symbol: wide.intervals[q.symbol] for q in graph.leaves}, narrowed)


Leaves = frozenset[sp.Symbol]


class Free:
    """Which quantities come near to both ends of their intervals, whatever others that do so are.

    Each does so by leaves of its own: σ(W x + U h + b) by b alone, if b stands nowhere else, whatever h is. Parameters
    and inputs are any real numbers. Of states nothing is said: where they can get to is not asked.
    """

    def __init__(self, graph: Graph, known: Ranges) -> None:
        self.graph, self.known = graph, known
        self.movers: dict[sp.Symbol, Leaves | None] = {}
        for q in graph.leaves:
            self.movers[q.symbol] = Leaves([q.symbol]) if q.role in ("param", "input") else None
            if q.value is not None:
                self.movers[q.symbol] = Leaves()
        for equation in graph.equations:
            self.movers[equation.lhs] = self.leaves(equation.rhs)

    def leaves(self, expr: sp.Expr) -> Leaves | None:
        """The leaves by which an expression comes near to both ends of its interval; None where that is not known."""
        if not isinstance(expr, Head):
            return self.movers.get(expr) if expr.is_Symbol else Leaves()
        mover = self._mover(expr)
        if mover is not None:
            return Leaves([mover])
        if in_ring(expr.op):
            return self._of_arithmetic(expr)
        (operand, *others) = operands(expr)
        follows = isinstance(expr, FOLLOWING) or (isinstance(expr, WAVES) and self.known.of(operand) == REALS)
        return self.leaves(operand) if follows and not others else None

    def _mover(self, expr: Head) -> sp.Symbol | None:
        """A parameter that stands nowhere else, and that the rest is added to or multiplied by."""
        moved = postorder(expr, lambda node: operands(node) if isinstance(node, (Add, Sub)) else ())
        if isinstance(expr, (Matmul, Mul)):
            moved = [a for a in operands(expr) if all(self.known.of(o) != (0, 0) for o in operands(expr) if o != a)]
        return next((a for a in moved if self._alone(a, expr)), None)

    def _alone(self, leaf: sp.Expr, expr: Head) -> bool:
        quantity = self.graph.quantities.get(leaf)
        if quantity is None or quantity.role != "param":
            return False
        users = [self.graph.definitions[user] for user in self.graph.users[leaf]]
        return len(users) == 1 and postorder(users[0]).count(leaf) == postorder(expr).count(leaf) == 1

    def _of_arithmetic(self, expr: Head) -> Leaves | None:
        """Linear in each atom, and these free of each other: then its extremes are at corners of their box."""
        polynomial = self.known.expansion.polynomial(expr)
        atoms = [self.movers.get(sp.Symbol(name)) for name in polynomial.atoms]
        linear = all(polynomial.degree(name) == 1 for name in polynomial.atoms)
        return _union(atoms) if linear and len(atoms) <= FEW else None


def _union(parts: Iterable[Leaves | None]) -> Leaves | None:
    """Leaves of all parts, where no two have any in common."""
    found: Leaves = Leaves()
    for part in parts:
        if part is None or not found.isdisjoint(part):
            return None
        found |= part
    return found
