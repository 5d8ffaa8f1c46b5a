"""Sums and products as people write them: one sum for sums of sums, what is taken off behind what is added."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import reduce
from typing import TypeAlias

import sympy as sp

from cellgraph.imports.writing.distinct import distinct, rewritten
from cellgraph.ops import Add, Div, Matmul, Mul, Neg, Sub

Factors: TypeAlias = list[tuple[sp.Expr, bool]]
"""Factors in written order, and whether they multiply; the others divide."""


def terms(node: sp.Expr) -> list[sp.Expr]:
    """The terms of a sum or difference in written order, those that are taken off as Neg.

    >>> a, b = sp.symbols("a b")
    >>> terms(Sub(a, b))
    [a, Neg(b)]
    """
    if isinstance(node, Sub):
        return [node.args[0], negated(node.args[1])]
    return list(node.args) if isinstance(node, Add) else [node]


def all_terms(node: sp.Expr) -> list[sp.Expr]:
    """The terms of a sum of sums and differences.

    >>> a, b, c = sp.symbols("a b c")
    >>> all_terms(Sub(Add(a, Sub(b, c)), a))
    [a, b, Neg(c), Neg(a)]
    """
    if not isinstance(node, (Add, Sub)):
        return [node]
    first, *others = terms(node)
    return [*all_terms(first), *(part for term in others for part in all_terms(term))]


def negated(node: sp.Expr) -> sp.Expr:
    """The negative of an expression, in which no sign stands twice.

    >>> negated(Neg(sp.Symbol("a"))), negated(sp.Integer(2))
    (a, -2)
    """
    if node.is_Rational:
        return -node
    return node.args[0] if isinstance(node, Neg) else Neg(node)


def added(parts: Sequence[sp.Expr]) -> sp.Expr:
    """The sum of terms, with its numbers as one number and what is positive first.

    >>> a, b = sp.symbols("a b")
    >>> added([Neg(a), sp.Integer(1), b, sp.Integer(-1)])
    Sub(b, a)
    """
    left = [sp.S.Zero if is_nothing(term) else term for term in parts]
    numbers = [term for term in left if term.is_Rational]
    if len(numbers) > 1 or 0 in numbers:
        total = sp.Add(*numbers)
        left = [*(term for term in left if not term.is_Rational), *([total] if total else [])]
    return _joined(_positive_first(left)) if left else sp.S.Zero


def is_nothing(term: sp.Expr) -> bool:
    """Whether it is a number, or an array, of zeros.

    >>> is_nothing(Neg(Mul(sp.S.Zero, sp.Symbol("a"))))
    True
    """
    inner = term.args[0] if isinstance(term, Neg) else term
    return bool(inner == 0 or (isinstance(inner, (Mul, Div)) and inner.args[0] == 0))


def _is_negative(term: sp.Expr) -> bool:
    return isinstance(term, Neg) or bool(term.is_Rational and term.is_negative)


def _positive_first(left: list[sp.Expr]) -> list[sp.Expr]:
    first = next((k for k, term in enumerate(left) if not _is_negative(term)), 0)
    return [left[first], *left[:first], *left[first + 1 :]]


def _joined(left: Sequence[sp.Expr]) -> sp.Expr:
    """A sum as its text reads back: the plain terms that stand together are one sum, what is taken off follows."""
    total, plain = left[0], [left[0]]
    for term in left[1:]:
        if _is_negative(term):
            total, plain = Sub(total, negated(term)), []
        else:
            plain = [*plain, term] if plain else [total, term]
            total = Add(*plain)
    return total


def inputs_first(expr: sp.Expr, states: Collection[sp.Expr]) -> sp.Expr:
    """The expression with products of matrices in the order of papers: in each sum those of states behind the others.

    >>> from cellgraph.ops import Matmul
    >>> W, U, x, h, b = sp.symbols("W U x h b")
    >>> inputs_first(Add(Matmul(U, h), b, Matmul(W, x)), [h])
    Add(Matmul(W, x), b, Matmul(U, h))
    """

    def rule(node: sp.Expr) -> sp.Expr:
        if not isinstance(node, Add):
            return node
        products = [term for term in node.args if isinstance(term, Matmul)]
        products.sort(key=lambda term: any(part in states for part in distinct([term])))
        return Add(*(products.pop(0) if isinstance(term, Matmul) else term for term in node.args))

    return rewritten([expr], rule)[expr]


def factors(node: sp.Expr) -> Factors:
    """The factors of a product, and those of what divides it.

    >>> a, b, c = sp.symbols("a b c")
    >>> factors(Div(Mul(a, b), c))
    [(a, True), (b, True), (c, False)]
    """
    if isinstance(node, Mul):
        return [factor for part in node.args for factor in factors(part)]
    if isinstance(node, Div):
        below = [(factor, not above) for factor, above in factors(node.args[1])]
        return [*factors(node.args[0]), *below]
    return [(node, True)]


def multiplied(parts: Factors) -> sp.Expr:
    """The product of factors from left to right.

    >>> a, b = sp.symbols("a b")
    >>> multiplied([(a, False), (b, True)])
    Mul(Div(1, a), b)
    """
    (first, above), *others = parts
    start = first if above else Div(sp.S.One, first)
    return reduce(lambda product, part: (Mul if part[1] else Div)(product, part[0]), others, start)


def flattened(exprs: Iterable[sp.Expr]) -> dict[sp.Expr, sp.Expr]:
    """What each node is as people write it: sums of sums as one sum, products of products from left to right.

    >>> a, b, c = sp.symbols("a b c")
    >>> whole = Sub(Add(a, Add(b, c)), Mul(a, Mul(b, c)))
    >>> flattened([whole])[whole]
    Sub(Add(a, b, c), Mul(Mul(a, b), c))
    """

    def rule(node: sp.Expr) -> sp.Expr:
        if isinstance(node, (Add, Sub)):
            return added(all_terms(node))
        if isinstance(node, Mul) and isinstance(node.args[1], Mul):
            return rule(Mul(rule(Mul(node.args[0], node.args[1].args[0])), node.args[1].args[1]))
        if isinstance(node, Mul) and all(part.is_Rational for part in node.args):
            return node.args[0] * node.args[1]
        return node

    return rewritten(exprs, rule)
