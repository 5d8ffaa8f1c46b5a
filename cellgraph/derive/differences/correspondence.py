"""The correspondence of two equal cells: which quantity of the one is which of the other, and what changes its sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.derive.differences.difference import Difference, between, frontiers
from cellgraph.derive.differences.gate_polarity import negatable
from cellgraph.derive.differences.normal_form import normal_form
from cellgraph.graph import Cell


@dataclass(frozen=True)
class Correspondence:
    """`names`: inputs, states, parameters and constants of one cell, each with its name in the other.

    `negated`: the parameters of the one that are minus those of the other; there are some where a gate z of the one is
    1 − z in the other, since 1 − σ(a) = σ(−a). Under both, the two cells give the same numbers and gradients.
    """

    names: Mapping[str, str]
    negated: frozenset[str] = frozenset()

    def of(self, other: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the one cell from those of the other, both by name; what has no counterpart is left out.

        >>> Correspondence({"W": "V", "b": "c"}, frozenset({"b"})).of({"V": 2.0, "c": 3.0})
        {'W': 2.0, 'b': -3.0}
        """
        return {
            ours: -other[theirs] if ours in self.negated else other[theirs]
            for ours, theirs in self.names.items()
            if theirs in other
        }


def correspondence(cell: Cell, other: Cell) -> Correspondence | None:
    """What each quantity of `cell` is called in `other`, where the two are proved to be one; None where they are not.

    Left out is what the output never depends on. What states begin as may differ.

    >>> import cellgraph as cg
    >>> gru = cg.load("gru")
    >>> renamed = cg.loads(\"\"\"
    ... name: renamed
    ... dims: {m: input size, n: hidden size}
    ... inputs: {x: [m]}
    ... states: {h: [n]}
    ... params: {W: [n, m], V: [n, n], c: [n]}
    ... equations: |
    ...   h = tanh(c + V @ h[t-1] + W @ x)
    ... \"\"\")
    >>> dict(cg.correspondence(renamed, cg.load("rnn")).names)
    {'x': 'x', 'h[t-1]': 'h[t-1]', 'W': 'W', 'V': 'U', 'c': 'b', 'h': 'h'}
    >>> cg.correspondence(renamed, gru) is None
    True
    """
    found = between(*frontiers(cell, other), farthest=0)
    return corresponding(found) if found.steps == () and found.proved else None


def corresponding(found: Difference) -> Correspondence:
    """The correspondence that a difference without edits has found."""
    a, b = found.a, found.b
    leaves = [q.symbol for q in a.step.leaves if q.symbol in found.names]
    names = {s.name: found.names[s].name for s in leaves}
    names |= {a.carries[s].name: b.carries[found.names[s]].name for s in leaves if s in a.carries}
    # 1 − σ(a) = σ(−a), whichever of the two has it so.
    negated = set[sp.Symbol]().union(*(negatable(normal_form(a), gate) or () for gate in found.flipped))
    return Correspondence(MappingProxyType(names), frozenset(s.name for s in negated))
