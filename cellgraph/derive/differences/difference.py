"""What turns one cell into another: a shortest list of edits, each a substitution, proved by what they lead to.

Both cells are reduced by edits until they meet in a cell that is the same up to renaming; the edits of the first are
then read forwards and those of the second backwards.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isqrt
from typing import Any

import sympy as sp

from cellgraph.derive.differences.edit import Rewrite
from cellgraph.derive.differences.gate_polarity import SpecNames, normalise_polarity
from cellgraph.derive.differences.normal_form import NormalForm, normal_form, renaming
from cellgraph.derive.differences.rewrites import rewrites
from cellgraph.derive.structures.structure import structure
from cellgraph.display import document
from cellgraph.graph import Cell, size
from cellgraph.words import Message, message

FARTHEST = 5
"""Edits at most; beyond, two cells have too little in common for a list of edits to explain anything."""
FREELY = 2
"""Edits from one cell that are all tried; further ones only where they can still lead to the other cell."""
MOST = 3_000_000
"""What the search from either cell may cost; a net of k nodes costs about k √k, and that of an LSTM 600."""
KINDS = ("tie", "merge", "open", "shut", "activation", "move", "drop", "diagonal", "skip", "projection")
"""Kinds of edits; of two ways to one cell, the one whose edits stand earlier here says more."""


@dataclass(frozen=True)
class Reached:
    """A net and the edits that lead to it from its cell."""

    net: NormalForm
    edits: tuple[Rewrite, ...]
    turned: frozenset[sp.Symbol]
    stages: tuple[NormalForm, ...]
    """The net after each edit."""

    @property
    def rank(self) -> tuple[int, list[int]]:
        """Orders ways to the same net: fewest gates tied to others first, then by what the edits say of a cell."""
        ranks = [KINDS.index(edit.kind) for edit in self.edits]
        return ranks.count(0), ranks


@dataclass(frozen=True)
class Edit:
    """One edit as it is told: what changes, by how many matrices and parameters, and what cell it gives."""

    kind: str
    text: Message
    matrices: int
    count: sp.Expr
    net: NormalForm | None


@dataclass(frozen=True)
class Difference:
    """The steps from `a` to `b`; None where no short list of edits joins them. `names`: leaves of b for those of a.

    `proved`: the two ends were put side by side and are equal, term by term, under `names`. `turned`: gates that the
    two cells use the other way round.
    """

    a: Cell
    b: Cell
    steps: tuple[Edit, ...] | None
    names: Mapping[sp.Symbol, sp.Symbol]
    turned: tuple[sp.Symbol, ...]
    proved: bool

    @property
    def equivalent(self) -> bool:
        """Whether the two are one cell under different names."""
        return self.steps == () and not self.begun

    @property
    def begun(self) -> Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]]:
        """The states of `a`, before the step, that begin otherwise than theirs in `b`: what both begin as."""
        found = {}
        for before, other in self.names.items():
            own, its = self.a.initial.get(before, sp.S.Zero), self.b.initial.get(other, sp.S.Zero)
            # A parameter that no equation uses has no name but its own.
            learned = isinstance(own, sp.Symbol) and isinstance(its, sp.Symbol) and own not in self.names
            alike = its not in self.names.values() if learned else self.names.get(own, own) == its
            if before in self.a.carries and not alike:
                found[before] = (own, its)
        return found

    def to_dict(self) -> dict[str, Any]:
        """The JSON document: lists, dictionaries, text and numbers."""
        from cellgraph.derive.differences.difference_report import difference_report

        return document(difference_report(self.a, self.b, found=self))


def difference(a: Cell, b: Cell) -> Difference:
    """The shortest list of edits from `a` to `b`, each by substitution. Sizes of `b` are called as those of `a`.

    >>> import cellgraph as cg
    >>> found = cg.diff(cg.load("lstm"), cg.load("gru"))
    >>> [(edit.kind, edit.matrices) for edit in found.steps], found.proved
    ([('tie', -2), ('merge', -2), ('open', 2)], True)
    """
    dims = {size(other): size(own) for own, said in a.dims.items() for other, also in b.dims.items() if said == also}
    first, second = _Side(a, {}), _Side(b, dims)
    for total in range(FARTHEST + 1):
        met: list[tuple[Reached, Reached]] = []
        for forth, back in ((k, total - k) for k in range(total + 1)):
            if max(forth, back) <= FREELY or min(forth, back) < FREELY:
                met += _meetings(first.level(forth, second, back), second.level(back, first, forth))
        for ours, theirs in sorted(met, key=lambda pair: _churn(first, pair[0]) + _churn(second, pair[1])):
            names = renaming(ours.net, theirs.net)
            if names is not None:
                return _told(a, b, dims, ours, theirs, names)
    return Difference(a, b, None, {}, (), False)


def _meetings(ours: Mapping[int, Reached], theirs: Mapping[int, Reached]) -> Iterator[tuple[Reached, Reached]]:
    return ((reached, theirs[key]) for key, reached in ours.items() if key in theirs)


def _least(level: Collection[Reached]) -> dict[str, int]:
    """What every net of a level has, at least."""
    counts = [reached.net.features for reached in level]
    return {name: min(c.get(name, 0) for c in counts) for name in counts[0]} if counts else {}


def _churn(side: _Side, reached: Reached) -> int:
    """How many matrices go on the way: of two ways as short, the one that tears down less says more."""
    return side.start.matrices - reached.net.matrices


class _Side:
    """One cell and everything that can be reached from it, by the number of edits."""

    def __init__(self, cell: Cell, dims: Mapping[sp.Symbol, sp.Symbol]) -> None:
        found = structure(cell)
        self.gates = frozenset(gate.symbol for gate in found.gates)
        self.meaning = found.step.meaning
        self.scaled = {
            gate.symbol: tuple(dict.fromkeys(found.step.spelled(use.scaled) for use in gate.uses))
            for gate in found.gates
        }
        self.start, around = normalise_polarity(normal_form(cell, dims), self.gates)
        self.visited = 0
        self.further: dict[int, list[dict[int, Reached]]] = {}
        self.levels: list[dict[int, Reached]] = [{self.start.key: Reached(self.start, (), around, ())}]

    def level(self, distance: int, goal: _Side, left: int) -> dict[int, Reached]:
        """The nets that so many edits lead to, by key, each by the edits that say most.

        Far out only those from which `left` edits of the goal can be met: no edit brings anything new.
        """
        while len(self.levels) <= min(distance, FREELY):
            self.levels.append(self._next(self.levels[-1], set().union(*self.levels), {}))
        if distance <= FREELY:
            return self.levels[distance]
        deep = self.further.setdefault(left, [self.levels[FREELY]])
        floor = _least(goal.level(left, self, distance).values())
        while len(deep) <= distance - FREELY:
            deep.append(self._next(deep[-1], set().union(*self.levels, *deep), floor))
        return deep[distance - FREELY]

    def _next(self, level: Mapping[int, Reached], seen: set[int], floor: Mapping[str, int]) -> dict[int, Reached]:
        fresh: dict[int, Reached] = {}
        tried: set[Hashable] = set()
        for reached in level.values():
            for found in self._further(reached, tried, floor):
                key = found.net.key
                if key in seen:
                    continue
                if key not in fresh or found.rank < fresh[key].rank:
                    fresh[key] = found
        return fresh

    def _further(self, reached: Reached, tried: set[Hashable], floor: Mapping[str, int]) -> Iterator[Reached]:
        """What one more edit leads to, as long as every state depends on the input and nothing in `floor` is lost."""
        tied = any(edit.kind == "tie" for edit in reached.edits)
        for edit in rewrites(reached.net, self.gates, SpecNames(self.meaning, reached.turned, self.scaled)):
            done = frozenset(e.mark for e in (*reached.edits, edit))
            if (tied and edit.kind == "tie") or done in tried:
                continue
            tried.add(done)
            if self.visited > MOST:
                return
            size_of_net = len(reached.net.drawn[0])
            self.visited += size_of_net * isqrt(size_of_net)
            made = edit.make()
            if all(made.features.get(name, 0) >= count for name, count in floor.items()) and made.driven:
                result, around = normalise_polarity(made, self.gates)
                around = reached.turned.symmetric_difference(around)
                yield Reached(result, (*reached.edits, edit), around, (*reached.stages, result))


def _told(
    a: Cell,
    b: Cell,
    dims: Mapping[sp.Symbol, sp.Symbol],
    ours: Reached,
    theirs: Reached,
    names: dict[sp.Symbol, sp.Symbol],
) -> Difference:
    steps: list[Edit] = []
    here = normal_form(a)
    for edit, stage in zip(ours.edits, ours.stages, strict=True):
        steps.append(_step(edit.kind, edit.forward, here, stage))
        here = stage
    befores = [normal_form(b, dims), *theirs.stages]
    for edit, before, after in reversed(list(zip(theirs.edits, befores, befores[1:], strict=False))):
        steps.append(_step(edit.kind, edit.inverse, after, before))
    around = tuple(s for s in names if (s in ours.turned) != (names[s] in theirs.turned))
    return Difference(a, b, tuple(_joined(steps, ours, theirs)), names, around, _equal(ours.net, theirs.net, names))


def _step(kind: str, text: Message, before: NormalForm, after: NormalForm) -> Edit:
    return Edit(kind, text, after.matrices - before.matrices, sp.factor(after.count - before.count), after)


def _joined(steps: list[Edit], ours: Reached, theirs: Reached) -> list[Edit]:
    """The steps, with an activation lost and one gained told as one exchange."""
    lost = next((k for k, edit in enumerate(ours.edits) if edit.kind == "activation"), None)
    gained = next((k for k, edit in enumerate(theirs.edits) if edit.kind == "activation"), None)
    if lost is None or gained is None:
        return steps
    text = message(
        "the activation {old} becomes {new}",
        old=ours.edits[lost].forward.values["function"],
        new=theirs.edits[gained].forward.values["function"],
    )
    last = len(steps) - 1 - gained
    # The steps between now keep the old activation, so the nets on the way are none that were made.
    between = [replace(step, net=None) for step in steps[lost + 1 : last]]
    exchange = Edit("activation", text, 0, sp.S.Zero, steps[last].net)
    return [*steps[:lost], *between, exchange, *steps[last + 1 :]]


def _equal(a: NormalForm, b: NormalForm, names: Mapping[sp.Symbol, sp.Symbol]) -> bool:
    """Whether two nets are equal term by term once the names of the first are those of the second."""

    def same(x: sp.Expr, y: sp.Expr) -> bool:
        return bool(sp.expand(x.xreplace(dict(names)) - y) == 0)

    after = dict(b.states)
    return (
        all(same(value, after[names[before]]) for before, value in a.states)
        and same(a.output, b.output)
        and all(
            atom.head is b.atoms[names[name]].head
            and all(same(x, y) for x, y in zip(atom.arguments, b.atoms[names[name]].arguments, strict=True))
            for name, atom in a.atoms.items()
        )
    )


diff = difference
"""The name under which the package and the command line offer it."""
