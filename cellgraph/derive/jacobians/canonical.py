"""Elementwise coefficients as ordinary scalar SymPy, and back: arrays under + and ⊙ form a commutative ring.

Whatever mixes coordinates (matrix products, softmax, sums, ...) stays one opaque atom of that ring.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

import sympy as sp
from sympy.core.expr import AtomicExpr
from sympy.core.function import AppliedUndef

from cellgraph.derive.structures.flat import in_ring
from cellgraph.graph import postorder
from cellgraph.ops import HEADS, Add, Div, Factor, Fill, Head, Mul, Neg, Pow, Sqrt, Sub, operands

Key = tuple[int, int]
"""Where a factor or term stands: the place of its first atom, and how much it holds."""

KEPT = 4096
"""How many results are remembered: the paths of a cell go by the same links again and again."""

NONE: Mapping[sp.Expr, sp.Expr | None] = {}


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


@lru_cache(maxsize=KEPT)
def canonical(expr: sp.Expr) -> sp.Expr:
    """The elementwise arithmetic of an expression as scalar SymPy: z ⊙ h + (1 − z) ⊙ h becomes h*z + h*(1 - z).

    Activations become undefined functions of their canonical arguments, everything else that is not elementwise an
    `Opaque` atom, so that equality of the result implies equality of the arrays.
    """
    done: dict[sp.Expr, sp.Expr] = {}
    for node in postorder(expr):
        if node in done:
            continue
        if not isinstance(node, Head):
            done[node] = Opaque(node) if isinstance(node, Factor) else node
        elif isinstance(node, Fill):
            # The ring's constants are arrays of equal entries.
            done[node] = done[node.args[0]]
        elif not node.op.elementwise:
            done[node] = Opaque(node)
        else:
            arguments = [done[a] for a in operands(node)]
            static = node.args[len(arguments) :]
            if rational(node):
                # The value column is plain arithmetic here, so it runs on SymPy's scalars as on arrays.
                done[node] = node.op.value(None, (0,) * len(arguments), *arguments, *static)
            else:
                done[node] = _function(node.op.name)(*arguments, *static)
    return done[expr]


def rational(node: sp.Expr) -> bool:
    """Whether this is elementwise arithmetic (+ − * / **), so that the ring looks through it."""
    return isinstance(node, Head) and in_ring(node.op)


@cache
def _function(name: str) -> Any:
    return sp.Function(name)


def tidied(scalar: sp.Expr) -> sp.Expr:
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
def leaves(expr: sp.Expr) -> Mapping[sp.Expr, sp.Expr]:
    """The ring's atoms in an expression of heads, in written order, each with what it was written as."""
    found: dict[sp.Expr, sp.Expr] = {}
    stack = [expr]
    while stack:
        node = stack.pop()
        if rational(node) or isinstance(node, Fill):
            stack.extend(reversed(operands(node)))
        elif isinstance(node, (Head, sp.Symbol)):
            found.setdefault(canonical(node), node)
    return MappingProxyType(found)


def restored(scalar: sp.Expr, order: Mapping[sp.Expr, sp.Expr | None] = NONE) -> sp.Expr:
    """The scalar in heads of the operation table again, factors and terms in the order of the atoms in `order`.

    An atom that `order` maps to an expression is written as that.
    """
    if scalar.is_Rational:
        return scalar
    rank = {atom: k for k, atom in enumerate(order)}
    done: dict[sp.Expr, sp.Expr] = {}
    keys: dict[sp.Expr, Key] = {}
    todo: list[tuple[sp.Expr, bool]] = [(scalar, False)]
    while todo:
        node, expanded = todo.pop()
        if node in done:
            continue
        if node in rank or not node.args:
            known = rank.get(node)
            keys[node] = (-1 if node.is_number else len(rank) if known is None else known, 0)
        written = order.get(node)
        if written is not None:
            done[node] = written
        elif not node.args:
            done[node] = node.expr if isinstance(node, Opaque) else node
        elif not expanded:
            todo.append((node, True))
            todo.extend((a, False) for a in node.args)
        else:
            inner = [keys[a] for a in node.args if not a.is_number]
            keys.setdefault(node, (min(inner)[0] if inner else -1, len(inner)))
            done[node] = _composed(node, done, keys)
    return done[scalar]


def _composed(node: sp.Expr, done: Mapping[sp.Expr, sp.Expr], keys: Mapping[sp.Expr, Key]) -> sp.Expr:
    if isinstance(node, AppliedUndef):
        return HEADS[node.func.__name__](*[done[a] for a in node.args])
    if isinstance(node, sp.Add):
        return _sum(node, done, keys)
    coefficient, rest = node.as_coeff_Mul()
    return _product(coefficient, rest, done, keys)


def _sum(node: sp.Expr, done: Mapping[sp.Expr, sp.Expr], keys: Mapping[sp.Expr, Key]) -> sp.Expr:
    """Positive terms first, so that it reads 1 − f and h − g."""
    terms = sorted((t.as_coeff_Mul() for t in node.args), key=lambda t: (bool(t[0].is_negative), _rank(t[1], keys)))
    plus = [_product(c, rest, done, keys) for c, rest in terms if not c.is_negative]
    minus = [_product(-c, rest, done, keys) for c, rest in terms if c.is_negative]
    if len(plus) == len(minus) == 1:
        return Sub(plus[0], minus[0])
    return Add(*plus, *map(Neg, minus))


def _rank(term: sp.Expr, keys: Mapping[sp.Expr, Key]) -> Key:
    return keys[term] if term in keys else min(keys.get(f, (-1, 0)) for f in sp.Mul.make_args(term))


def _product(
    coefficient: sp.Expr,
    rest: sp.Expr,
    done: Mapping[sp.Expr, sp.Expr],
    keys: Mapping[sp.Expr, Key],
) -> sp.Expr:
    """coefficient · rest, nested to the left, with negative powers below a fraction bar and the sign in front."""
    if coefficient.is_negative:
        return Neg(_product(-coefficient, rest, done, keys))
    above: list[sp.Expr] = [] if coefficient is sp.S.One else [coefficient]
    below: list[sp.Expr] = []
    for factor in sorted(sp.Mul.make_args(rest), key=lambda f: _rank(f, keys)):
        base, exponent = factor.as_base_exp()
        if exponent.is_Rational and exponent.is_negative:
            below.append(_power(done[base], -exponent))
        elif factor is not sp.S.One:
            above.append(_power(done[base], exponent) if factor.is_Pow else done[factor])
    return _chain(above) if not below else Div(_chain(above), _chain(below))


def _power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    if exponent == 1:
        return base
    return Sqrt(base) if exponent == sp.Rational(1, 2) else Pow(base, exponent)


def _chain(factors: list[sp.Expr]) -> sp.Expr:
    if not factors:
        return sp.S.One
    product = factors[0]
    for factor in factors[1:]:
        product = Mul(product, factor)
    return product
