"""A few rows times a one-step Jacobian, without the Jacobian: they go back along the links, all rows together.

It is what reverse mode does with the rows as cotangents; what reaches a node through several matrices is one product
with those matrices below each other. For a product of few rows that is the cheapest way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.flows.blocks import PASS
from cellgraph.derive.flows.tape import Tape
from cellgraph.derive.flows.ways import Step, Term, Ways

Array = Any


@dataclass(frozen=True)
class Arrivals:
    """What reaches a node: rows of the product by state, and the cotangents of other nodes, scaled or through matrices.

    The place of a scale is None where it is 1.
    """

    states: tuple[int, ...]
    scaled: tuple[tuple[sp.Expr, int | None], ...]
    dense: tuple[tuple[sp.Expr, Term], ...]

    @property
    def alone(self) -> bool:
        """Whether a single thing arrives, and unchanged, so that it needs no array of its own."""
        unchanged = len(self.states) + sum(place is None for _, place in self.scaled)
        return unchanged == 1 == len(self.states) + len(self.scaled) + len(self.dense)


class Links:
    """The links of a cell seen from their sources: how a product goes back through a step."""

    def __init__(self, ways: Ways) -> None:
        self.ways = ways
        self.arrivals = _arrivals(ways)
        self.stacks = {
            node: np.concatenate([ways.fixed[term.place] for _, term in found.dense])
            for node, found in self.arrivals.items()
            if len(found.dense) > 1 and all(term.kind == "matrix" for _, term in found.dense)
        }
        """The matrices below each other of nodes where all are the same at every step."""

    def work(self, rows: int) -> int:
        """Multiplications for a product of so many rows."""
        count, total = self.ways.count, 0
        for node, terms in self.ways.every.items():
            own = (count[t.source] * (PASS if t.kind in ("same", "diag") else count[node] + PASS) for t in terms)
            total += sum(own)
        return rows * total


class Rows:
    """Room for so many rows to go back through the steps of a run, one step at a time."""

    def __init__(self, links: Links, rows: int) -> None:
        self.links = links
        self.beside: dict[sp.Expr, Array] = {}
        """Cotangents that go through matrices to the same node, beside each other."""
        self.parts: dict[sp.Expr, list[Array]] = {}
        """The columns of each of them."""
        self.own: dict[sp.Expr, Array] = {}
        """Where the cotangent of a node is gathered, if it is not an array that is there anyway."""
        count = links.ways.count
        self.scratch = {width: np.empty((rows, width)) for width in {count[node] for node in links.arrivals}}
        for node, found in links.arrivals.items():
            if len(found.dense) > 1:
                ends = np.cumsum([count[after] for after, _ in found.dense])
                self.beside[node] = np.empty((rows, ends[-1]))
                self.parts[node] = np.split(self.beside[node], ends[:-1], axis=1)
                for (after, _), part in zip(found.dense, self.parts[node], strict=True):
                    self.own.setdefault(after, part)
        for node, found in links.arrivals.items():
            if node not in self.own and not found.alone:
                self.own[node] = np.empty((rows, count[node]))

    def times(self, tape: Tape, product: Array, step: Step, out: Array) -> None:
        """out = product @ J, written down."""
        ways = self.links.ways
        known: dict[sp.Expr, Array] = {}
        for node, found in self.links.arrivals.items():
            plain = [product[:, ways.rows(i)] for i in found.states]
            plain += [known[after] for after, place in found.scaled if place is None]
            if node in ways.states:
                into = out[:, ways.rows(ways.states.index(node))]
            elif node in self.own:
                into = self.own[node]
            else:
                known[node] = plain[0]
                continue
            if found.dense:
                tape.matmul(self._bars(tape, node, known), self._factors(tape, node, step), into)
            for k, bar in enumerate(plain):
                if k or found.dense:
                    tape.add(into, bar, into)
                else:
                    tape.copy(bar, into)
            scaled = [(known[after], step.own[place]) for after, place in found.scaled if place is not None]
            known[node] = tape.add_scaled(scaled, into, bool(found.dense or plain), self.scratch[into.shape[1]])

    def _bars(self, tape: Tape, node: sp.Expr, known: Mapping[sp.Expr, Array]) -> Array:
        """The cotangents that go through matrices to a node, beside each other."""
        dense = self.links.arrivals[node].dense
        if node not in self.beside:
            return known[dense[0][0]]
        for (after, _), part in zip(dense, self.parts[node], strict=True):
            if known[after] is not part:
                tape.copy(known[after], part)
        return self.beside[node]

    def _factors(self, tape: Tape, node: sp.Expr, step: Step) -> Array:
        """The matrices through which something reaches a node, below each other."""
        if node in self.links.stacks:
            return self.links.stacks[node]
        found = [step.dense(term) for _, term in self.links.arrivals[node].dense]
        if len(found) == 1:
            return found[0]
        ends = np.cumsum([len(matrix) for matrix in found])
        whole = np.empty((ends[-1], found[0].shape[1]))
        for matrix, part in zip(found, np.split(whole, ends[:-1]), strict=True):
            tape.copy(matrix, part)
        return whole


def _arrivals(ways: Ways) -> dict[sp.Expr, Arrivals]:
    """What reaches every node, each after those it is reached from; the states before the step come last."""
    scaled: dict[sp.Expr, list[tuple[sp.Expr, int | None]]] = {}
    dense: dict[sp.Expr, list[tuple[sp.Expr, Term]]] = {}
    order = list(ways.every)[::-1]
    for node in order:
        for term in ways.every[node]:
            if term.kind in ("same", "diag"):
                scaled.setdefault(term.source, []).append((node, term.place if term.kind == "diag" else None))
            else:
                dense.setdefault(term.source, []).append((node, term))
    return {
        node: Arrivals(
            tuple(i for i, after in enumerate(ways.after) if after == node),
            tuple(scaled.get(node, ())),
            tuple(dense.get(node, ())),
        )
        for node in (*order, *ways.states)
    }
