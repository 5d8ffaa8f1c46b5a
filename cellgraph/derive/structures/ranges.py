"""The interval in which every quantity of a graph lies, from the `range` column of the operation table."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import inf
from types import MappingProxyType

import sympy as sp

from cellgraph.graph import Graph, fold, postorder
from cellgraph.graph.ring import canonical, in_ring, restored
from cellgraph.ops import REALS, Div, Head, Interval, Sub

UNIT = Interval(0, 1)


def ranges(graph: Graph, known: Mapping[sp.Symbol, Interval] | None = None) -> Mapping[sp.Symbol, Interval]:
    """The interval of every quantity, by its symbol; `known` says what is known of leaves, the others are any real."""
    found = {q.symbol: REALS if q.value is None else number(q.value) for q in graph.leaves} | dict(known or {})
    for equation in graph.equations:
        found[equation.lhs] = range_of(equation.rhs, found)
    return MappingProxyType(found)


def range_of(expr: sp.Expr, known: Mapping[sp.Symbol, Interval]) -> Interval:
    """The interval of an expression over quantities whose intervals are known.

    >>> from cellgraph.ops import Sub, Tanh
    >>> [str(end) for end in range_of(Sub(1, Tanh(sp.Symbol("x"))), {sp.Symbol("x"): REALS})]
    ['0', '2']
    """

    def combine(node: Head, arguments: list[Interval]) -> Interval:
        image = node.op.range(*arguments, *node.args[len(arguments) :])
        return UNIT if not image.bounded and isinstance(node, Div) and _share(node, known) else image

    return fold(expr, lambda leaf: known[leaf] if leaf in known else number(leaf), combine)


def number(value: sp.Expr) -> Interval:
    """The interval of a number, exact where the number is; a size is a positive whole number."""
    if isinstance(value, sp.Rational):
        exact = Fraction(int(value.p), int(value.q))
        return Interval(exact, exact)
    if isinstance(value, sp.Number):
        return Interval(float(value), float(value))
    return Interval(1, inf) if value.is_integer and value.is_positive else REALS


def _share(ratio: Head, known: Mapping[sp.Symbol, Interval]) -> bool:
    """Whether 0 ≤ a ≤ b for a ratio a / b, by exact algebra of b − a: then it lies in [0, 1]."""
    part, whole = ratio.args
    if not all(in_ring(node.op) for node in postorder(ratio) if isinstance(node, Head)):
        return False
    rest = restored(canonical(Sub(whole, part)))
    return range_of(part, known).low >= 0 and range_of(rest, known).low >= 0
