"""The one-step Jacobians of a cell along a run, and a product with them in whichever way is less work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp

from cellgraph.derive.flows.blocks import Blocks
from cellgraph.derive.flows.rows import Rows
from cellgraph.derive.flows.ways import Step, Trace, Ways
from cellgraph.graph import Cell

Array = Any


class Transport:
    """The one-step Jacobians of some states of a cell along a run, for fixed parameters."""

    def __init__(
        self, cell: Cell, states: Sequence[sp.Symbol], sizes: Mapping[sp.Symbol, sp.Integer], params: Trace
    ) -> None:
        self.ways = Ways(cell, states, sizes, params)
        self.blocks, self.rows = Blocks(self.ways), Rows(self.ways)
        self.choices: dict[int, bool] = {}
        """Whether so many rows go along the links, by their number."""
        self.starts, self.links, self.fixed = self.ways.starts, self.ways.links, self.ways.fixed

    def size(self) -> int:
        """The number of entries of all states together."""
        return self.ways.size()

    def stretch(self, trace: Trace) -> Callable[[int], Step]:
        """The factors of a stretch of steps: a function of the step's place in it.

        `trace` holds inputs and states before the step, with the steps as their first axis.
        """
        return self.ways.stretch(trace)

    def dense(self, step: Step) -> Array:
        """The Jacobian of a step as one matrix, all states after by all states before."""
        return self.blocks.dense(step)

    def pulled(self, product: Array, step: Step, out: Array, spare: Array) -> Array:
        """product @ J, written into `out`; `spare` is overwritten too. All three have the same shape."""
        if self._by_rows(len(product)):
            return self.rows.pulled(product, step, out)
        return self.blocks.pulled(product, step, out, spare)

    def _by_rows(self, rows: int) -> bool:
        if rows not in self.choices:
            self.choices[rows] = self.rows.work(rows) < self.blocks.work(rows)
        return self.choices[rows]
