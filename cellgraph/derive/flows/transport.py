"""The one-step Jacobians of a cell along a run, and products with them in whichever way is less work, on all cores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.flows.blocks import Blocks, work
from cellgraph.derive.flows.cores import cores, each
from cellgraph.derive.flows.rows import Links, Rows
from cellgraph.derive.flows.tape import Tape
from cellgraph.derive.flows.ways import Step, Trace, Ways, held, hold
from cellgraph.graph import Cell

Array = Any

WORTH = 1_000_000
"""Multiplications in a step that are worth a thread of their own."""


class Transport:
    """The one-step Jacobians of some states of a cell along a run, for fixed parameters."""

    def __init__(
        self, cell: Cell, states: Sequence[sp.Symbol], sizes: Mapping[sp.Symbol, sp.Integer], params: Trace
    ) -> None:
        self.ways = Ways(cell, states, sizes, params)
        self.plans = {before: self.ways.plan([before]) for before in self.ways.states}
        self.building = work(self.ways, self.plans, 0)
        """Multiplications that a Jacobian takes."""
        self.ends = Links(self.ways)
        self.slots: list[Step] = []
        """Arrays for the factors of a few steps."""
        self.blocks: list[Blocks] = []
        """The Jacobians of these steps."""
        # One for each thread that builds some of them.
        self.spare: list[dict[Any, Array]] = [{} for _ in range(cores())]
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
        whole = np.empty((1, self.size(), self.size()))
        self.passage(np.eye(self.size()), whole, step, along=False)([step])
        return whole[0]

    def along(self, rows: int) -> bool:
        """Whether so many rows have less work along the links than with the Jacobian."""
        return self.ends.work(rows) < work(self.ways, self.plans, rows)

    def passage(
        self, product: Array, kept: Array, like: Step, along: bool | None = None
    ) -> Callable[[Sequence[Step]], None]:
        """A function of steps: product @ J₁, product @ J₁ J₂, … into kept[0], kept[1], …, for as many as there are.

        The rows go along the links or are multiplied with the Jacobian, whichever is less work, if that is not said.
        All is written down beforehand, for the arrays as they lie in memory and factors such as those of one step;
        where matrices are others at every step, it is written down for each.
        """
        along = self.along(len(product)) if along is None else along
        if like.others:
            return partial(self._one_by_one, product, kept, along)
        slots = self._slots(len(kept), like)
        blocks = [] if along else self._blocks(slots)
        tapes = self._written(product, kept, slots, blocks)

        def go(steps: Sequence[Step]) -> None:
            for slot, step in zip(slots, steps, strict=False):
                hold(slot, step)
            self._run(blocks[: len(steps)], [part[: len(steps)] for part in tapes])

        return go

    def _one_by_one(self, product: Array, kept: Array, along: bool, steps: Sequence[Step]) -> None:
        for k, step in enumerate(steps):
            blocks = [] if along else [Blocks(self.ways, self.plans, step, self.spare[0])]
            self._run(blocks, self._written(kept[k - 1] if k else product, kept[k : k + 1], [step], blocks))

    def _run(self, blocks: Sequence[Blocks], tapes: Sequence[Sequence[Tape]]) -> None:
        building = [block.tape for block in blocks]
        each(_all, [[tape] for tape in building] if self.building >= WORTH else [building])
        each(_all, tapes)

    def _written(
        self, product: Array, kept: Array, slots: Sequence[Step], blocks: Sequence[Blocks]
    ) -> list[list[Tape]]:
        """By part of the rows a tape for every step: with the Jacobians if there are any, else along the links."""
        rows = len(product)
        before, found = [product, *kept], []
        for own in _parts(rows, rows * self.size() ** 2 if blocks else self.ends.work(rows)):
            room = None if blocks else Rows(self.ends, own.stop - own.start)
            found.append([Tape() for _ in slots])
            for k, tape in enumerate(found[-1]):
                if room is None:
                    blocks[k].times(tape, before[k][own], kept[k][own])
                else:
                    room.times(tape, before[k][own], slots[k], kept[k][own])
        return found

    def _slots(self, count: int, like: Step) -> list[Step]:
        self.slots += [held(like) for _ in range(len(self.slots), count)]
        return self.slots[:count]

    def _blocks(self, slots: Sequence[Step]) -> list[Blocks]:
        for k in range(len(self.blocks), len(slots)):
            self.blocks.append(Blocks(self.ways, self.plans, slots[k], self.spare[k % cores()]))
        return self.blocks[: len(slots)]


def _parts(rows: int, multiplications: int) -> list[slice]:
    """Rows in as many parts as there are cores, if each is worth a thread."""
    count = max(min(cores(), multiplications // WORTH, rows), 1)
    ends = [rows * k // count for k in range(count + 1)]
    return [slice(*pair) for pair in pairwise(ends)]


def _all(tapes: Sequence[Tape]) -> None:
    for tape in tapes:
        tape.run()
