"""The identity matrix in a program: where it is multiplied with something, that is what is left of it."""

from __future__ import annotations

from functools import partial, reduce

import sympy as sp

from cellgraph.imports.reading.arithmetic import applied
from cellgraph.ops import Abs, Add, Cumsum, Div, Fill, Mul, Neg, Outer, Step, Sub

IDENTITY = sp.Symbol("@identity")
"""Stands in expressions for an identity matrix, whose size its place tells."""

Split = tuple[sp.Expr, sp.Expr]


def without_identity(expr: sp.Expr) -> Split | None:
    """(A, s) of A + s I, for a scalar s; None where it is no such sum.

    >>> from cellgraph.ops import Add, Mul
    >>> A, s = sp.symbols("A s")
    >>> without_identity(Add(A, Mul(s, IDENTITY)))
    (A, s)
    """
    if IDENTITY not in expr.free_symbols:
        return expr, sp.S.Zero
    if expr == IDENTITY:
        return sp.S.Zero, sp.S.One
    if isinstance(expr, Neg):
        inner = without_identity(expr.args[0])
        return inner and (applied(Neg, inner[0]), applied(Neg, inner[1]))
    if isinstance(expr, Add | Sub):
        sides = [side for argument in expr.args if (side := without_identity(argument))]
        if len(sides) < len(expr.args):
            return None
        rests, factors = zip(*sides, strict=True)
        return reduce(partial(applied, type(expr)), rests), reduce(partial(applied, type(expr)), factors)
    if isinstance(expr, Mul) and IDENTITY in expr.args:
        [other] = [argument for argument in expr.args if argument != IDENTITY] or [IDENTITY]
        return None if other == IDENTITY else (sp.S.Zero, other)
    if isinstance(expr, Div) and expr.args[0] == IDENTITY:
        return sp.S.Zero, applied(Div, sp.S.One, expr.args[1])
    return None


def written_out(size: sp.Expr) -> sp.Expr:
    """The identity matrix in operations: 1 where the number of the row is that of the column."""
    numbers, ones = Cumsum(Fill(sp.S.One, size)), Fill(sp.S.One, size)
    return Sub(sp.S.One, Step(Abs(Sub(Outer(numbers, ones), Outer(ones, numbers)))))
