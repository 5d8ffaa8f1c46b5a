"""A few rows times a one-step Jacobian, without the Jacobian: they go back along the links, all rows together.

It is what reverse mode does with the rows as cotangents; what reaches a node through several matrices is one product
with those matrices below each other. For a product of few rows that is the cheapest way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.flows.blocks import PASS
from cellgraph.derive.flows.ways import Step, Term, Ways

Array = Any


class Rows:
    """Rows pulled back through the steps of a run, one step at a time."""

    def __init__(self, ways: Ways) -> None:
        self.ways = ways
        self.order = list(ways.every.items())[::-1]
        self.stacks: dict[tuple[int, ...], Array] = {}

    def work(self, rows: int) -> int:
        """Multiplications for a product of so many rows."""
        count, total = self.ways.count, 0
        for node, terms in self.order:
            own = (count[t.source] * (PASS if t.kind in ("same", "diag") else count[node] + PASS) for t in terms)
            total += sum(own)
        return rows * total

    def pulled(self, product: Array, step: Step, out: Array) -> Array:
        """product @ J, written into `out`."""
        ways = self.ways
        sums: dict[sp.Expr, list[Array]] = {}
        dense: dict[sp.Expr, list[tuple[Array, Term]]] = {}
        for i, after in enumerate(ways.after):
            sums.setdefault(after, []).append(product[:, ways.rows(i)])
        for node, terms in self.order:
            if node not in sums and node not in dense:
                continue
            bar = self._total(sums.pop(node, []), dense.pop(node, []), step)
            for term in terms:
                if term.kind == "same":
                    sums.setdefault(term.source, []).append(bar)
                elif term.kind == "diag":
                    sums.setdefault(term.source, []).append(bar * step.own[term.place])
                else:
                    dense.setdefault(term.source, []).append((bar, term))
        for j, before in enumerate(ways.states):
            self._total(sums.get(before, []), dense.get(before, []), step, out[:, ways.rows(j)])
        return out

    def _total(
        self, sums: Sequence[Array], dense: Sequence[tuple[Array, Term]], step: Step, out: Array | None = None
    ) -> Array:
        """All that reaches a node; in `out`, or a new array, or what is already there where it is the only thing."""
        total, owned = out, bool(dense) or out is not None
        if dense:
            bars, matrix = dense[0][0], self._stacked([term for _, term in dense], step)
            if len(dense) > 1:
                bars = np.concatenate([bar for bar, _ in dense], axis=1)
            total = np.matmul(bars, matrix, out=out)
        elif out is not None:
            out[...] = 0
        for bar in sums:
            if total is None:
                total = bar
            elif owned:
                total += bar
            else:
                total, owned = total + bar, True
        assert total is not None
        return total

    def _stacked(self, terms: Sequence[Term], step: Step) -> Array:
        """The factors below each other; those that are the same at every step only once."""
        if len(terms) == 1:
            return step.dense(terms[0])
        if any(term.kind != "matrix" for term in terms):
            return np.concatenate([step.dense(term) for term in terms])
        key = tuple(term.place for term in terms)
        if key not in self.stacks:
            self.stacks[key] = np.concatenate([step.fixed[place] for place in key])
        return self.stacks[key]
