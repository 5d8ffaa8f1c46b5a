"""Symbols, their names and their time: h is this step's, h[t-1] the step before's, h[3] that of step 3.

How a time is written into a name is known here and nowhere else.
"""

from __future__ import annotations

import sympy as sp


def stem(symbol: sp.Symbol | str) -> str:
    """The name without its time: h of h[t-1], and h of h.

    >>> stem("c_tilde[t-1]")
    'c_tilde'
    """
    return str(symbol).partition("[")[0]


def time_of(symbol: sp.Symbol | str) -> str:
    """The time as the name has it, empty for a name of this step: t-1 of h[t-1].

    >>> time_of("h[12]")
    '12'
    """
    return str(symbol).partition("[")[2].removesuffix("]")


def before(name: str) -> sp.Symbol:
    """The symbol of a state before the step.

    >>> before("h")
    h[t-1]
    """
    return sp.Symbol(f"{name}[t-1]")


def at_step(symbol: sp.Symbol | str, t: int | str) -> sp.Symbol:
    """The symbol of a quantity at step t of an unrolled graph, or at a time such as t-2.

    >>> at_step("h[t-1]", 3)
    h[3]
    """
    return sp.Symbol(f"{stem(symbol)}[{t}]")


def size(name: str) -> sp.Symbol:
    """The symbol of a dim. Sizes are ordinary SymPy algebra; quantities are plain symbols and never meet it."""
    return sp.Symbol(name, integer=True, positive=True)
