"""What turns one cell into another: a shortest list of edits, each a substitution, proved by what they lead to.

Both cells are simplified by rewrites until they meet in a cell that is the same up to renaming; the rewrites of the
first are then read forward and those of the second in the inverse direction.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import isqrt

import sympy as sp

from cellgraph.deadline import DOING
from cellgraph.derive.differences.gate_polarity import SpecNames, normalise_polarity
from cellgraph.derive.differences.normal_form import NormalForm, normal_form, renaming
from cellgraph.derive.differences.rewrites import Rewrite, rewrites
from cellgraph.derive.structures.structure import structure
from cellgraph.display import Documented
from cellgraph.graph import Cell, reachable, size
from cellgraph.messages import Message, message

FARTHEST = 5
"""Edits at most; beyond, two cells have too little in common for a list of edits to explain anything."""
FREELY = 2
"""Rewrites of one cell that are all tried; further ones only where they can still lead to the other cell."""
MOST = 3_000_000
"""What the search from either cell may cost; a form of k nodes costs about k √k, and that of an LSTM 600."""
KINDS = ("tie", "merge", "delay", "open", "shut", "activation", "move", "drop", "diagonal", "skip", "projection")
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


@dataclass(frozen=True)
class Edit:
    """One step from a cell to another: what changes, by how many matrices and parameters, and the form it gives."""

    kind: str
    text: Message
    matrices: int
    count: sp.Expr
    form: NormalForm | None
    gone: tuple[sp.Symbol, ...] = ()
    new: tuple[sp.Symbol, ...] = ()
    """States that the one form has and the other lacks."""


@dataclass(frozen=True, repr=False)
class Difference(Documented):
    """The steps from `a` to `b`; None where no short list of edits joins them. `names`: leaves of b for those of a.

    `proved`: the two ends were put side by side and are equal, term by term, under `names`. `flipped`: gates
    that are 1 − z in the other cell.
    """

    a: Cell
    b: Cell
    steps: tuple[Edit, ...] | None
    names: Mapping[sp.Symbol, sp.Symbol]
    flipped: tuple[sp.Symbol, ...]
    proved: bool

    def _about(self) -> str:
        edits = "no short list of edits" if self.steps is None else f"edits: {len(self.steps)}"
        return f"from {self.a.name} to {self.b.name}: {edits}"

    @cached_property
    def waypoints(self) -> Mapping[int, NormalForm]:
        """The forms between the two cells that are known, by the number of the edit that gives them."""
        return {k: step.form for k, step in enumerate((self.steps or ())[:-1], 1) if step.form is not None}

    def may_pass(self, states: int, matrices: int) -> bool:
        """Whether a cell with so many may lie between the two; equal states are one state of a form."""
        return any(form.matrices == matrices and len(form.states) <= states for form in self.waypoints.values())

    @property
    def equivalent(self) -> bool:
        """Whether the two are one cell under different names."""
        return self.steps == () and not self.initial and not self.idle

    @cached_property
    def idle(self) -> tuple[tuple[Cell, sp.Symbol], ...]:
        """The states of either cell on which its output never depends; edits do not tell of them."""
        return tuple((cell, after) for cell in (self.a, self.b) for after in _idle(cell))

    @property
    def initial(self) -> Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]]:
        """The states of `a`, before the step, that begin otherwise than theirs in `b`: what either begins as."""
        found = {}
        for before, other in self.names.items():
            own, its = self.a.initial.get(before, sp.S.Zero), self.b.initial.get(other, sp.S.Zero)
            # A parameter that no equation uses has no name but its own.
            learned = isinstance(own, sp.Symbol) and isinstance(its, sp.Symbol) and own not in self.names
            alike = its not in self.names.values() if learned else self.names.get(own, own) == its
            if before in self.a.carries and not alike:
                found[before] = (own, its)
        return found


def difference(a: Cell, b: Cell) -> Difference:
    """The shortest list of edits from `a` to `b`, each by substitution. Sizes of `b` are called as those of `a`.

    >>> import cellgraph as cg
    >>> found = cg.diff(cg.load("lstm"), cg.load("gru"))
    >>> [(edit.kind, edit.matrices) for edit in found.steps], found.proved
    ([('tie', -2), ('merge', -2), ('open', 2)], True)
    """
    DOING.set(f"comparing {a.name} with {b.name}")
    dims = same_dims(a, b)
    first, second = _Side(a, {}), _Side(b, dims)
    for total in range(FARTHEST + 1):
        met: list[tuple[Reached, Reached]] = []
        for here, there in ((k, total - k) for k in range(total + 1)):
            if max(here, there) <= FREELY or min(here, there) < FREELY:
                level, other = first.level(here, second, there), second.level(there, first, here)
                met += [(reached, other[key]) for key, reached in level.items() if key in other]
        for ours, theirs in sorted(met, key=lambda pair: _churn(first, pair[0]) + _churn(second, pair[1])):
            names = renaming(ours.form, theirs.form)
            if names is not None:
                return _difference(first, second, ours, theirs, names)
    return Difference(a, b, None, {}, (), False)


def same_dims(a: Cell, b: Cell) -> dict[sp.Symbol, sp.Symbol]:
    """The sizes of `b`, each with that of `a` which is said to be the same."""
    return {
        size(theirs): size(ours) for ours, label in a.dims.items() for theirs, other in b.dims.items() if label == other
    }


def _idle(cell: Cell) -> list[sp.Symbol]:
    carried = {before: [after] for before, after in cell.carries.items()}
    needed = reachable([cell.output], {**cell.step.uses, **carried})
    return [after for after in cell.carries.values() if after not in needed]


def _least(level: Collection[Reached]) -> dict[str, int]:
    """What every form of a level has, at least."""
    counts = [reached.form.features for reached in level]
    return {name: min(c.get(name, 0) for c in counts) for name in counts[0]} if counts else {}


def _churn(side: _Side, reached: Reached) -> int:
    """How many matrices go on the way: of two ways as short, the one that tears down less says more."""
    return side.start.matrices - reached.form.matrices


class _Side:
    """One cell and everything that can be reached from it, by the number of rewrites."""

    def __init__(self, cell: Cell, dims: Mapping[sp.Symbol, sp.Symbol]) -> None:
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
        self.visited = 0
        self.further: dict[int, list[dict[int, Reached]]] = {}
        self.levels: list[dict[int, Reached]] = [{self.start.key: Reached(self.start, (), flipped, ())}]

    def level(self, distance: int, goal: _Side, left: int) -> dict[int, Reached]:
        """The forms that so many rewrites lead to, by key, each by the rewrites that say most.

        Far out only those from which `left` rewrites of the goal can be met: no rewrite brings anything new.
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
                key = found.form.key
                if key not in seen and (key not in fresh or found.rank < fresh[key].rank):
                    fresh[key] = found
        return fresh

    def _further(self, reached: Reached, tried: set[Hashable], floor: Mapping[str, int]) -> Iterator[Reached]:
        """What one more rewrite leads to, as long as every state depends on the input and nothing in `floor` goes."""
        tied = any(rewrite.kind == "tie" for rewrite in reached.rewrites)
        for rewrite in rewrites(reached.form, self.gates, SpecNames(self.originals, reached.flipped, self.scaled)):
            done = frozenset(r.mark for r in (*reached.rewrites, rewrite))
            if (tied and rewrite.kind == "tie") or done in tried:
                continue
            tried.add(done)
            if self.visited > MOST:
                return
            nodes = len(reached.form.labelled[0])
            self.visited += nodes * isqrt(nodes)
            made = rewrite.make()
            if all(made.features.get(name, 0) >= count for name, count in floor.items()) and made.driven:
                form, flipped = normalise_polarity(made, self.gates)
                flipped = reached.flipped.symmetric_difference(flipped)
                yield Reached(form, (*reached.rewrites, rewrite), flipped, (*reached.stages, form))


def _difference(
    first: _Side, second: _Side, ours: Reached, theirs: Reached, names: dict[sp.Symbol, sp.Symbol]
) -> Difference:
    steps: list[Edit] = []
    here = first.written
    for rewrite, stage in zip(ours.rewrites, ours.stages, strict=True):
        steps.append(_edit(rewrite.kind, rewrite.forward, here, stage))
        here = stage
    befores = [second.written, *theirs.stages]
    for rewrite, before, after in reversed(list(zip(theirs.rewrites, befores, befores[1:], strict=False))):
        steps.append(_edit(rewrite.kind, rewrite.inverse, after, before))
    flipped = tuple(s for s in names if (s in ours.flipped) != (names[s] in theirs.flipped))
    proved = _equal(ours.form, theirs.form, names)
    return Difference(first.cell, second.cell, tuple(_exchanged(steps, ours, theirs)), names, flipped, proved)


def _edit(kind: str, text: Message, before: NormalForm, after: NormalForm) -> Edit:
    gone, new = ([s for s, _ in x.states if s not in dict(y.states)] for x, y in ((before, after), (after, before)))
    matrices, count = after.matrices - before.matrices, sp.factor(after.count - before.count)
    return Edit(kind, text, matrices, count, after, tuple(gone), tuple(new))


def _exchanged(steps: list[Edit], ours: Reached, theirs: Reached) -> list[Edit]:
    """The steps, with an activation lost and one gained told as one exchange."""
    lost = next((k for k, rewrite in enumerate(ours.rewrites) if rewrite.kind == "activation"), None)
    gained = next((k for k, rewrite in enumerate(theirs.rewrites) if rewrite.kind == "activation"), None)
    if lost is None or gained is None:
        return steps
    text = message(
        "the activation {old} becomes {new}",
        old=ours.rewrites[lost].forward.values["function"],
        new=theirs.rewrites[gained].forward.values["function"],
    )
    last = len(steps) - 1 - gained
    # The steps between now keep the old activation, so the forms on the way are none that were made.
    between = [replace(step, form=None) for step in steps[lost + 1 : last]]
    exchange = Edit("activation", text, 0, sp.S.Zero, steps[last].form, steps[lost].gone, steps[last].new)
    return [*steps[:lost], *between, exchange, *steps[last + 1 :]]


def _equal(a: NormalForm, b: NormalForm, names: Mapping[sp.Symbol, sp.Symbol]) -> bool:
    """Whether two forms are equal term by term once the names of the first are those of the second."""

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
