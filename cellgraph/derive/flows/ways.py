"""The ways from a cell's states before a step to those after it: which links are on them, and their factors as arrays.

What the factors need is computed for a stretch of steps at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from cellgraph.derive.gradients.compiled import Program, program
from cellgraph.derive.jacobians.dense import Factors
from cellgraph.derive.jacobians.local import Link, local
from cellgraph.graph import Cell, Graph, postorder, symbols_of
from cellgraph.ops import Column, Diag, Factor, Row

Array = Any
Trace = Mapping[str, Array]


class Term(NamedTuple):
    """One link: the source whose derivative comes in, and the factor (what it is, and where its array is found)."""

    source: sp.Expr
    kind: str
    place: int


Plan = Mapping[sp.Expr, tuple[Term, ...]]
"""Nodes, each after those it is computed from, with the links that are on a way."""


class Step(NamedTuple):
    """The arrays of one step's factors: vectors of coefficients, matrices that are the same at every step, others."""

    own: Sequence[Array]
    fixed: Sequence[Array]
    others: Sequence[Array]

    def dense(self, term: Term) -> Array:
        """The factor of a term that is no elementwise product, as a matrix."""
        arrays = {"matrix": self.fixed, "other": self.others, "column": self.own, "row": self.own}[term.kind]
        shape = {"column": (-1, 1), "row": (1, -1)}.get(term.kind)
        return arrays[term.place] if shape is None else arrays[term.place].reshape(shape)


def held(step: Step) -> Step:
    """The same vectors in arrays of their own."""
    return step._replace(own=[np.array(array, dtype=float) for array in step.own])


def hold(slot: Step, step: Step) -> None:
    """Put the vectors of a step into those of another."""
    for array, found in zip(slot.own, step.own, strict=True):
        array[...] = found


class Ways:
    """The links between some states of a cell before and after a step, for fixed parameters."""

    def __init__(
        self, cell: Cell, states: Sequence[sp.Symbol], sizes: Mapping[sp.Symbol, sp.Integer], params: Trace
    ) -> None:
        self.cell, self.params, self.states = cell, params, tuple(states)
        self.after = tuple(cell.carries[before] for before in states)
        self.links = local(cell.step)
        self.count = {node: _count(shape, sizes) for node, shape in self.links.shapes.items()}
        self.starts = np.cumsum([0, *(self.count[s] for s in states)])
        self.coefficients: dict[tuple[sp.Expr, int], int] = {}
        """Place of each coefficient, by what it is and how many entries it stands for."""
        self.matrices: dict[sp.Expr, int] = {}
        self.factors: dict[tuple[sp.Expr, sp.Expr], int] = {}
        self.changing = 0
        """Entries of the matrices that are others at every step."""
        self.every = self.plan(states)
        """The plan for all states together."""
        self.fixed = program(cell.step, list(self.matrices), sizes).bound(params, np).run({}, np)
        self.moving = program(cell.step, [e for e, _ in self.coefficients], sizes).bound(params, np)
        self.whole = _everything(cell.step, sizes).bound(params, np) if self.factors else None

    def plan(self, before: Collection[sp.Symbol]) -> Plan:
        """For every node on a way from these states to the states after: the links that are on such a way."""
        reached: set[sp.Expr] = set(before)
        for node, links in self.links.links.items():
            if any(link.source in reached for link in links):
                reached.add(node)
        useful: set[sp.Expr] = set(self.after)
        for node, links in reversed(list(self.links.links.items())):
            if node in useful:
                useful.update(link.source for link in links)
        return {
            node: tuple(self._term(node, link) for link in links if link.source in reached)
            for node, links in self.links.links.items()
            if node in reached and node in useful and node not in before
        }

    def stretch(self, trace: Trace) -> Callable[[int], Step]:
        """The factors of a stretch of steps: a function of the step's place in it.

        `trace` holds inputs and states before the step, with the steps as their first axis.
        """
        length = len(next(iter(trace.values())))
        found = self.moving.run(trace, np)
        own = [
            _flat(np.asarray(array), len(self.cell.step.shape(expr)), count, length)
            for array, (expr, count) in zip(found, self.coefficients, strict=True)
        ]
        values = None if self.whole is None else self._values(trace)

        def at(k: int) -> Step:
            others = [] if values is None else self._others({name: a[k] for name, a in values.items()})
            return Step([array[k] for array in own], self.fixed, others)

        return at

    def size(self) -> int:
        """The number of entries of all states together."""
        return int(self.starts[-1])

    def rows(self, i: int) -> slice:
        """Where the entries of a state are among those of all."""
        return slice(int(self.starts[i]), int(self.starts[i + 1]))

    def _term(self, node: sp.Expr, link: Link) -> Term:
        factor = link.factor
        if isinstance(factor, Diag) and factor.args[0] == 1:
            return Term(link.source, "same", 0)
        if isinstance(factor, (Diag, Column, Row)):
            count = self.count[link.source if isinstance(factor, Row) else node]
            place = self.coefficients.setdefault((factor.args[0], count), len(self.coefficients))
            return Term(link.source, type(factor).__name__.lower(), place)
        if len(self.links.shapes[link.source]) == 1 and self._is_fixed(factor):
            return Term(link.source, "matrix", self.matrices.setdefault(factor, len(self.matrices)))
        if (factor, link.source) not in self.factors:
            self.changing += self.count[node] * self.count[link.source]
        return Term(link.source, "other", self.factors.setdefault((factor, link.source), len(self.factors)))

    def _is_fixed(self, factor: sp.Expr) -> bool:
        if any(isinstance(node, Factor) for node in postorder(factor)):
            return False
        return all(self.cell.step.quantities[s].role in ("param", "const") for s in symbols_of(factor))

    def _values(self, trace: Trace) -> Trace:
        assert self.whole is not None
        length = len(next(iter(trace.values())))
        names = [*(q.symbol for q in self.cell.step.leaves), *self.cell.step.definitions]
        ranks = [len(self.cell.step.quantities[s].shape or ()) for s in names]
        arrays = [np.asarray(array) for array in self.whole.run(trace, np)]
        return {
            s.name: np.broadcast_to(a, (length, *a.shape[a.ndim - r :]))
            for s, r, a in zip(names, ranks, arrays, strict=True)
        }

    def _others(self, values: Trace) -> list[Array]:
        factors = Factors(self.cell.step, {**values, **self.params}, np)
        return [factors.dense(factor, self.links.shapes[source]) for factor, source in self.factors]


def _everything(graph: Graph, sizes: Mapping[sp.Symbol, sp.Integer]) -> Program:
    return program(graph, [*(q.symbol for q in graph.leaves), *graph.definitions], sizes)


def _flat(array: Array, rank: int, count: int, length: int) -> Array:
    """A coefficient as (steps, entries): scalars go with every entry, fixed arrays with every step."""
    lead = length if array.ndim > rank else 1
    return np.broadcast_to(array.reshape(lead, -1), (length, count))


def _count(shape: Sequence[sp.Expr], sizes: Mapping[sp.Symbol, sp.Integer]) -> int:
    count = 1
    for size in shape:
        count *= int(size.xreplace(dict(sizes)))
    return count
