"""Elementwise arithmetic as ordinary scalar SymPy, and back: arrays under +, − and ⊙ form a commutative ring.

Whatever mixes coordinates (matrix products, softmax, sums, ...) stays one opaque atom of that ring, so that questions
such as "do these two coefficients add up to one" have exact answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache, reduce
from types import MappingProxyType
from typing import Any

import sympy as sp
from sympy.core.expr import AtomicExpr
from sympy.core.function import AppliedUndef

from cellgraph.graph.fold import fold, parts
from cellgraph.ops import HEADS, Add, Div, Factor, Fill, Head, Mul, Neg, Op, Pow, Sqrt, Sub

KEPT = 4096
"""How many results are remembered: the paths of a cell go by the same links again and again."""

NO_ORDER: Mapping[sp.Expr, sp.Expr | None] = {}

Term = tuple[sp.Expr, Any]
"""An expression in heads, and its place among the terms of a sum or the factors of a product."""


class Opaque(AtomicExpr):
    """An expression that the commutative ring does not look into."""

    __slots__ = ("expr",)
    is_commutative = True
    expr: sp.Expr

    def __new__(cls, expr: sp.Expr) -> Opaque:
        atom: Opaque = AtomicExpr.__new__(cls)
        atom.expr = expr
        return atom

    def __getnewargs__(self) -> tuple[sp.Expr]:
        return (self.expr,)

    def _hashable_content(self) -> tuple[sp.Expr, ...]:
        return (self.expr,)

    def _sympystr(self, printer: Any) -> str:
        return f"[{printer._print(self.expr)}]"

    _latex = _sympystr


def in_ring(op: Op) -> bool:
    """Whether an operation is arithmetic of the ring: entry by entry, and a rational function of its operands."""
    return op.elementwise and op.inline and op.analytic


def is_arithmetic(expr: sp.Expr) -> bool:
    """Whether this is an operation of the ring or one like them, but with a kink: a maximum, |x|, ...

    Derivatives of such operations are gathered over a whole nest of them.
    """
    return isinstance(expr, Head) and expr.op.elementwise and expr.op.inline


@lru_cache(maxsize=KEPT)
def canonical(expr: sp.Expr) -> sp.Expr:
    """The elementwise arithmetic of an expression as scalar SymPy: z ⊙ h + (1 − z) ⊙ h becomes h*z + h*(1 - z).

    Activations become undefined functions of their canonical arguments, everything else that is not elementwise an
    `Opaque` atom, so that equality of the result implies equality of the arrays.

    >>> from cellgraph.ops import Mul, Sub
    >>> z, h = sp.symbols("z h")
    >>> canonical(Mul(Sub(1, z), h))
    h*(1 - z)
    """
    # π and e are atoms too: SymPy would make powers of e into a function of its own.
    opaque = (Head, Factor, sp.NumberSymbol)
    return fold(expr, lambda node: Opaque(node) if isinstance(node, opaque) else node, _scalar, _entrywise)


def _entrywise(node: sp.Expr) -> tuple[sp.Expr, ...]:
    """The operands that an expression is computed from entry by entry."""
    return parts(node) if isinstance(node, Head) and (node.op.elementwise or isinstance(node, Fill)) else ()


def _scalar(node: Head, arguments: list[sp.Expr]) -> sp.Expr:
    if isinstance(node, Fill):
        # The ring's constants are arrays of equal entries.
        return arguments[0]
    statics = node.args[len(arguments) :]
    if in_ring(node.op):
        # The value column is plain arithmetic here, so it runs on SymPy's scalars as on arrays.
        return node.op.value(None, (0,) * len(arguments), *arguments, *statics)
    return _function(node.op.name)(*arguments, *statics)


@cache
def _function(name: str) -> Any:
    return sp.Function(name)


def common_factors(scalar: sp.Expr) -> sp.Expr:
    """A sum with the factors that all its terms share in front: c·f·(1 − f) − g·f·(1 − f) as f·(1 − f)·(c − g).

    What `factor_terms` does to the outermost sum, without its search through everything inside.
    """
    if not scalar.is_Add:
        return scalar
    powers = [term.as_coeff_Mul()[1].as_powers_dict() for term in scalar.args]
    shared = [
        base ** min(p[base] for p in powers)
        for base in powers[0]
        if base != 1 and all(base in p and p[base].is_Integer and p[base].is_positive for p in powers)
    ]
    if not shared:
        return scalar
    common = sp.Mul(*shared)
    return common * sp.Add(*[term / common for term in scalar.args])


@lru_cache(maxsize=KEPT)
def atoms(expr: sp.Expr) -> Mapping[sp.Expr, sp.Expr]:
    """The ring's atoms in an expression of heads, in written order, each with what it was written as."""
    found: dict[sp.Expr, sp.Expr] = {}
    stack = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, Fill) or (isinstance(node, Head) and in_ring(node.op)):
            stack.extend(reversed(parts(node)))
        elif isinstance(node, (Head, sp.Symbol, sp.NumberSymbol)):
            found.setdefault(canonical(node), node)
    return MappingProxyType(found)


def restored(scalar: sp.Expr, order: Mapping[sp.Expr, sp.Expr | None] = NO_ORDER) -> sp.Expr:
    """The scalar in heads of the operation table again: positive terms first, negative powers below a fraction bar.

    Factors and terms stand in the order of the atoms in `order`, or else in SymPy's; an atom that `order` maps to an
    expression is written as that.

    >>> z, h = sp.symbols("z h")
    >>> restored(h - h*z)
    Sub(h, Mul(h, z))
    """
    rank = {atom: k for k, atom in enumerate(order)}

    def inside(node: sp.Expr) -> tuple[sp.Expr, ...]:
        known = order.get(node) is not None or node.is_Rational
        return () if known else node.args[:1] if node.is_Pow else node.args

    def leaf(node: sp.Expr) -> Term:
        written = order.get(node)
        if written is None:
            written = node.expr if isinstance(node, Opaque) else node
        return written, place(node, [])

    def combine(node: sp.Expr, inner: list[Term]) -> Term:
        return _written(node, inner), place(node, inner)

    def place(node: sp.Expr, inner: list[Term]) -> Any:
        """Where the first atom stands and how much is held. Numbers come first; a multiple is where its factor is."""
        if not order:
            return not node.is_number, sp.default_sort_key(node)
        if node in rank or (not inner and not node.is_number):
            return rank.get(node, len(rank)), 0
        places = [place for _, place in inner if place[0] >= 0]
        if not places:
            return -1, 0
        return min(places) if node.is_Mul and node.args[0].is_number else (min(places)[0], len(places))

    return fold(scalar, leaf, combine, inside)[0]


def _written(node: sp.Expr, inner: list[Term]) -> sp.Expr:
    """One function, power, sum or product in heads, from its arguments in heads."""
    if isinstance(node, AppliedUndef):
        return HEADS[node.func.__name__](*[expr for expr, _ in inner])
    if node.is_Pow:
        return _power(inner[0][0], node.exp)
    in_order = sorted(zip(node.args, inner, strict=True), key=lambda pair: pair[1][1])
    written = [(argument, expr) for argument, (expr, _) in in_order]
    return _sum([expr for _, expr in written]) if node.is_Add else _product(node.as_coeff_Mul()[0], written)


def _power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    if exponent.is_negative:
        return Div(sp.S.One, _power(base, -exponent))
    if exponent == 1:
        return base
    return Sqrt(base) if exponent == sp.Rational(1, 2) else Pow(base, exponent)


def _sum(terms: list[sp.Expr]) -> sp.Expr:
    """Positive terms first, so that it reads 1 − f and h − g."""
    plus = [term for term in terms if not _negative(term)]
    minus = [term.args[0] if isinstance(term, Neg) else -term for term in terms if _negative(term)]
    if len(plus) == len(minus) == 1:
        return Sub(plus[0], minus[0])
    return Add(*plus, *map(Neg, minus))


def _negative(term: sp.Expr) -> bool:
    return isinstance(term, Neg) or bool(term.is_number and term.is_negative)


def _product(coefficient: sp.Expr, factors: list[tuple[sp.Expr, sp.Expr]]) -> sp.Expr:
    """The factors, nested to the left, with the sign in front and what divides below one fraction bar."""
    above = [] if abs(coefficient) == 1 else [abs(coefficient)]
    below = []
    for factor, written in factors:
        if factor.is_Pow and factor.exp.is_negative:
            below.append(written.args[1])
        elif factor != coefficient:
            above.append(written)
    product = reduce(Mul, above or [sp.S.One])
    product = Div(product, reduce(Mul, below)) if below else product
    return Neg(product) if coefficient.is_negative else product
