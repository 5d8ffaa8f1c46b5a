"""The search for what two cells have in common: both are simplified by rewrites until they meet in one form."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from math import isqrt
from types import MappingProxyType
from typing import NamedTuple

import sympy as sp

from cellgraph.deadline import hurried
from cellgraph.derive.differences.gate_polarity import SpecNames, normalise_polarity
from cellgraph.derive.differences.normal_form import NormalForm, normal_form, renaming
from cellgraph.derive.differences.rewrite import Rewrite
from cellgraph.derive.differences.rewrites import rewrites
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell

FARTHEST = 5
"""Edits at most; beyond, two cells have too little in common for a list of edits to explain anything."""
FREELY = 2
"""Rewrites of one cell that are all tried; further ones only where they can still lead to the other cell."""
MOST = 3_000_000
"""What the search from either cell may cost; a form of k nodes costs about k √k, and that of an LSTM 600."""
KINDS = tuple("tie merge delay open shut activation move widen unify drop diagonal skip projection".split())
"""Kinds of edits; of two ways to one cell, the one whose edits stand earlier here says more."""


@dataclass(frozen=True)
class Reached:
    """A normal form, the rewrites that lead to it from its cell, and the gates that are flipped in it."""

    form: NormalForm
    rewrites: tuple[Rewrite, ...]
    flipped: frozenset[sp.Symbol]
    stages: tuple[NormalForm, ...]
    """The normal form after each rewrite."""

    @property
    def rank(self) -> tuple[int, list[int]]:
        """Orders ways to the same form: fewest gates tied to others first, then by what the rewrites say of a cell."""
        ranks = [KINDS.index(rewrite.kind) for rewrite in self.rewrites]
        return ranks.count(0), ranks


class Meeting(NamedTuple):
    """What both cells lead to, in the names of either, and the names of the second for those of the first."""

    ours: Reached
    theirs: Reached
    names: Mapping[sp.Symbol, sp.Symbol]


def meeting(first: Frontier, second: Frontier, farthest: int = FARTHEST) -> Meeting | int:
    """Where the two meet after the fewest rewrites, of either together; where they do not meet, how many were tried."""
    tried = -1
    for total in range(farthest + 1):
        if hurried():
            break
        met: list[tuple[Reached, Reached]] = []
        for here, there in ((k, total - k) for k in range(total + 1)):
            if max(here, there) <= FREELY or min(here, there) < FREELY:
                level, other = first.level(here, second, there), second.level(there, first, here)
                met += [(reached, other[key]) for key, reached in level.items() if key in other]
        for ours, theirs in sorted(met, key=lambda pair: _churn(first, pair[0]) + _churn(second, pair[1])):
            names = renaming(ours.form, theirs.form)
            if names is not None:
                return Meeting(ours, theirs, names)
        if not (first.ended or second.ended):
            tried = total
    return tried


Features = Mapping[str, int]
"""Counts of a form that no rewrite raises."""


def _distinct(level: Mapping[int, Reached]) -> list[Features]:
    """The counts of the forms of a level, each once."""
    counts = [reached.form.features for reached in level.values()]
    return list({frozenset(found.items()): found for found in counts}.values())


def _within(features: Features, goals: Collection[Features] | None) -> bool:
    """Whether rewrites may lead to any of the goals, none of whose counts is higher; None: anything is a goal."""
    return goals is None or any(all(features.get(name, 0) >= count for name, count in goal.items()) for goal in goals)


def _churn(side: Frontier, reached: Reached) -> int:
    """How many matrices go on the way: of two ways as short, the one that tears down less says more."""
    return side.start.matrices - reached.form.matrices


NO_DIMS: Mapping[sp.Symbol, sp.Symbol] = MappingProxyType({})


class Frontier:
    """One cell and everything that can be reached from it, by the number of rewrites."""

    def __init__(self, cell: Cell, dims: Mapping[sp.Symbol, sp.Symbol] = NO_DIMS, most: int = MOST) -> None:
        found = structure(cell)
        self.cell, self.gates = cell, found.gate_symbols
        self.originals = found.step.originals
        self.scaled = {
            gate.symbol: tuple(dict.fromkeys(found.step.original(use.scaled) for use in gate.uses))
            for gate in found.gates
        }
        self.written = normal_form(cell).with_sizes(dims)
        """The form as the spec has it, no gate flipped."""
        self.start, flipped = normalise_polarity(self.written, self.gates)
        self.visited, self.most = 0, most
        self.ended = False
        """Whether there were more forms than the search may cost, or than there was time for."""
        self.further: dict[tuple[Frontier, int], list[dict[int, Reached]]] = {}
        self.levels: list[dict[int, Reached]] = [{self.start.key: Reached(self.start, (), flipped, ())}]

    def reached(self, distance: int) -> dict[int, Reached]:
        """The forms that so many rewrites lead to, FREELY at most, by key, each by the rewrites that say most."""
        while len(self.levels) <= distance:
            self.levels.append(self._next(self.levels[-1], set().union(*self.levels), None))
        return self.levels[distance]

    def level(self, distance: int, goal: Frontier, left: int) -> dict[int, Reached]:
        """The same at any distance; far out only those which `left` rewrites of the goal can meet."""
        if distance <= FREELY:
            return self.reached(distance)
        deep = self.further.setdefault((goal, left), [self.reached(FREELY)])
        goals = list(
            {
                tuple(sorted(r.form.features.items())): r.form.features
                for r in goal.level(left, self, distance).values()
            }.values()
        )
        while len(deep) <= distance - FREELY:
            deep.append(self._next(deep[-1], set().union(*self.levels, *deep), goals))
        return deep[distance - FREELY]

    def _next(
        self, level: Mapping[int, Reached], seen: set[int], goals: Collection[Features] | None
    ) -> dict[int, Reached]:
        fresh: dict[int, Reached] = {}
        tried: set[Hashable] = set()
        for reached in level.values():
            for found in self._further(reached, tried, goals) if _within(reached.form.features, goals) else ():
                key = found.form.key
                if key not in seen and (key not in fresh or found.rank < fresh[key].rank):
                    fresh[key] = found
        return fresh

    def _further(self, reached: Reached, tried: set[Hashable], goals: Collection[Features] | None) -> Iterator[Reached]:
        """What one more rewrite leads to, as long as every state depends on the input and some goal is not missed."""
        tied = any(rewrite.kind == "tie" for rewrite in reached.rewrites)
        for rewrite in rewrites(reached.form, self.gates, SpecNames(self.originals, reached.flipped, self.scaled)):
            done = frozenset(r.mark for r in (*reached.rewrites, rewrite))
            if (tied and rewrite.kind == "tie") or done in tried:
                continue
            tried.add(done)
            if self.visited > self.most or hurried():
                self.ended = True
                return
            nodes = len(reached.form.labelled.labels)
            self.visited += nodes * isqrt(nodes)
            made = rewrite.make()
            if _within(made.features, goals) and made.driven:
                form, flipped = normalise_polarity(made, self.gates)
                flipped = reached.flipped.symmetric_difference(flipped)
                yield Reached(form, (*reached.rewrites, rewrite), flipped, (*reached.stages, form))
