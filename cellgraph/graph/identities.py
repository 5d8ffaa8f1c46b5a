"""Exact answers about scalar algebra that is never multiplied out: it is evaluated at random points of a prime field.

Two rational functions of degree d that differ agree at a random point with a chance below d / PRIME (Schwartz 1980,
Zippel 1979). So the work is linear in the number of different subexpressions, however long they are when written out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from random import Random

import sympy as sp

PRIME = 2**127 - 1
LARGEST = 2**40
"""The largest numerator and denominator of a constant that is recognised by its residue."""


def is_zero(scalar: sp.Expr, definitions: Mapping[sp.Symbol, sp.Expr] | None = None) -> bool:
    """Whether scalar algebra is identically zero; names in `definitions` stand for what they are defined as.

    >>> z, y = sp.symbols("z y")
    >>> is_zero((1 - z) * (1 + z) - y, {y: 1 - z**2})
    True
    """
    return constant_of(scalar, definitions) == 0


def constant_of(scalar: sp.Expr, definitions: Mapping[sp.Symbol, sp.Expr] | None = None) -> sp.Rational | None:
    """The number that scalar algebra is whatever its symbols are; None where it changes with any of them.

    >>> z, y = sp.symbols("z y")
    >>> constant_of(z + y / 2 - 1, {y: 1 - 2 * z}), constant_of(z + y)
    (-1/2, None)
    """
    if scalar.is_Rational:
        return scalar
    first, second = (_residue(scalar, definitions or {}, Random(seed)) for seed in (1, 2))
    return _rational(first) if first is not None and first == second else None


def _residue(scalar: sp.Expr, definitions: Mapping[sp.Symbol, sp.Expr], random: Random) -> int | None:
    """The value at one point of the field; None where it is divided by zero there."""
    values: dict[sp.Expr, int] = {}
    todo = [scalar]
    while todo:
        node = todo[-1]
        below = _below(node, definitions)
        missing = [part for part in below if part not in values]
        if node in values or not missing:
            todo.pop()
        todo += missing
        if node not in values and not missing:
            found = _value(node, [values[part] for part in below], random)
            if found is None:
                return None
            values[node] = found
    return values[scalar]


def _below(node: sp.Expr, definitions: Mapping[sp.Symbol, sp.Expr]) -> tuple[sp.Expr, ...]:
    """What the value of a node is computed from; nothing for an atom of the algebra."""
    if node in definitions:
        return (definitions[node],)
    if node.is_Pow:
        return (node.base,) if node.exp.is_Integer else ()
    arguments: tuple[sp.Expr, ...] = node.args if node.is_Add or node.is_Mul else ()
    return arguments


def _value(node: sp.Expr, below: list[int], random: Random) -> int | None:
    """The value of a node from those of its parts; an atom has a random one. None: it is divided by zero."""
    if node.is_Rational:
        return _quotient(int(node.p), int(node.q))
    if not below:
        return random.randrange(PRIME)
    if node.is_Pow:
        power = pow(below[0], abs(int(node.exp)), PRIME)
        return power if node.exp.is_positive else _quotient(1, power)
    if node.is_Add:
        return sum(below) % PRIME
    return reduce(lambda a, b: a * b % PRIME, below)


def _quotient(above: int, below: int) -> int | None:
    return above * pow(below, -1, PRIME) % PRIME if below % PRIME else None


def _rational(residue: int) -> sp.Rational | None:
    """The fraction of small numbers that has this residue (Wang 1981); None where there is none."""
    above, below = (PRIME, 0), (residue, 1)
    while abs(below[0]) > LARGEST:
        quotient = above[0] // below[0]
        above, below = below, (above[0] - quotient * below[0], above[1] - quotient * below[1])
    numerator, denominator = below
    return sp.Rational(numerator, denominator) if abs(denominator) <= LARGEST else None
