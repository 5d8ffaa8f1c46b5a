"""Symbols, their names and their time: h is this step's, h[t-1] the step before's, h[3] that of step 3; and quantities.

How a time is written into a name is known here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy as sp

from cellgraph.ops import Shape

Role = Literal["input", "state", "param", "const", "seed", "derived"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named array of the graph.

    `time` is 0 for the current step, −1 for the step before, t for step t of an unrolled graph, None for parameters.
    `of` is set for an adjoint: the quantity whose gradient it is. `value` is the number that a constant is, unless
    another is given for it.

    >>> import cellgraph as cg
    >>> [(q.symbol, q.role, q.shape, q.time) for q in cg.load("rnn").step.leaves][1:3]
    [(h[t-1], 'state', (n,), -1), (W, 'param', (n, m), None)]
    """

    symbol: sp.Symbol
    role: Role
    shape: Shape | None
    time: int | None = 0
    of: sp.Symbol | None = None
    value: sp.Rational | None = None

    @property
    def name(self) -> str:
        """What it is called at any time: h of h[t-1].

        >>> import cellgraph as cg
        >>> [q.name for q in cg.load("lstm").step.having("state")]
        ['h', 'c', 'c', 'h']
        """
        return stem(self.symbol)

    @property
    def fixed(self) -> bool:
        """Whether it is the same at every step: a parameter or a constant.

        >>> import cellgraph as cg
        >>> [q.name for q in cg.load("rnn").step.leaves if q.fixed]
        ['W', 'U', 'b']
        """
        return self.role in ("param", "const")


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
