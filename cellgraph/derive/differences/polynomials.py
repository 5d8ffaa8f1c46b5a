"""Expanded polynomials, of which a search asks the same again and again: what is in them, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import sympy as sp


@lru_cache(maxsize=2**16)
def free(expr: sp.Expr) -> frozenset[sp.Symbol]:
    """The names in an expression."""
    return frozenset(expr.free_symbols)


def replaced(expr: sp.Expr, values: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    """An expanded polynomial with polynomials for some of its names, expanded again."""
    return expr if free(expr).isdisjoint(values) else sp.expand(expr.xreplace(values))
