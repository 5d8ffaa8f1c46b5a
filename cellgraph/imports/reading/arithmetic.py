"""Expressions as they are made: numbers are computed at once, and what changes nothing is left out."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import sympy as sp

from cellgraph.imports.reading.sizes import BATCH
from cellgraph.ops import (
    Add,
    Div,
    Head,
    Max,
    Min,
    Mul,
    Neg,
    Outer,
    Pow,
    Sub,
    Transpose,
)  # fmt: skip


class Inexpressible(Exception):
    """What the language has no expression for as it stands; `lift` are sizes which might help as lifted axes."""

    def __init__(self, message: str, *lift: sp.Expr) -> None:
        super().__init__(message)
        self.lift = tuple(size for size in lift if isinstance(size, sp.Symbol) and size != BATCH)
        self.at: int | None = None


def is_number(expr: sp.Expr) -> bool:
    """Whether an expression is a number, or one of sizes alone."""
    return not expr.has(Head) and all(symbol.is_integer for symbol in expr.free_symbols)


def exact(value: float) -> sp.Expr:
    """A number of a program as its shortest decimal, or as a fraction of small numbers where it is one."""
    if value in (float("inf"), float("-inf")) or value != value:
        raise Inexpressible(f"the number {value} stands in the equations")
    near = Fraction(value).limit_denominator(64)
    if float(near) == value:
        return sp.Rational(near.numerator, near.denominator)
    return sp.Rational(repr(float(value)))


def spoken(expr: sp.Expr) -> sp.Expr:
    """A number of sizes in heads of the operation table, as equations have it; any other expression as it is."""
    if not is_number(expr) or isinstance(expr, sp.Symbol | sp.Number):
        return expr
    if isinstance(expr, sp.Add):
        return reduce(Add, map(spoken, expr.args))
    if isinstance(expr, sp.Pow) and not expr.exp.is_Integer:
        return Pow(spoken(expr.base), expr.exp)
    top, bottom = expr.as_numer_denom()
    if bottom != 1:
        return Div(spoken(top), spoken(bottom))
    if isinstance(expr, sp.Mul):
        return reduce(Mul, map(spoken, expr.args))
    if isinstance(expr, sp.Pow):
        return Pow(spoken(expr.base), expr.exp)
    raise Inexpressible(f"the number {expr} stands in the equations")


def applied(head: type[Head], *args: sp.Expr) -> sp.Expr:
    """An operation on expressions; on numbers it is done at once, and what changes nothing is left out."""
    if all(map(is_number, args)):
        folded = _folded(head, *args)
        if folded is not None:
            return folded
    if head is Add and 0 in args:
        return next((a for a in args if a != 0), sp.S.Zero)
    if head is Sub and args[1] == 0:
        return args[0]
    if head is Sub and args[0] == 0:
        return Neg(spoken(args[1]))
    if head in (Mul, Div) and args[1] == 1:
        return args[0]
    if head is Mul and args[0] == 1:
        return args[1]
    if (head is Mul and 0 in args) or (head is Div and args[0] == 0):
        return sp.S.Zero
    if head is Transpose and isinstance(args[0], Transpose | Outer):
        return args[0].args[0] if isinstance(args[0], Transpose) else Outer(*args[0].args[::-1])
    return head(*map(spoken, args))


def _folded(head: type[Head], *args: sp.Expr) -> sp.Expr | None:
    rules = {
        Add: lambda a, b: a + b, Sub: lambda a, b: a - b, Mul: lambda a, b: a * b, Div: lambda a, b: a / b,
        Neg: lambda a: -a, Max: sp.Max, Min: sp.Min,
    }  # fmt: skip
    if head not in rules or (head in (Max, Min) and any(a.free_symbols for a in args)):
        return None
    made: sp.Expr = rules[head](*args)
    return made
