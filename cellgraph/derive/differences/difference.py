"""What turns one cell into another: a shortest list of edits, each a substitution, proved by what they lead to.

Both cells are simplified by rewrites until they meet in a cell that is the same up to renaming; the rewrites of the
first are then read forward and those of the second in the inverse direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import sympy as sp

from cellgraph.deadline import DOING
from cellgraph.derive.differences.normal_form import NormalForm
from cellgraph.derive.differences.search import FARTHEST, Frontier, Meeting, Reached, meeting
from cellgraph.derive.differences.sizes import matched_sizes
from cellgraph.display import Documented
from cellgraph.graph import Cell, reachable
from cellgraph.messages import Message, message


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
    that are 1 − z in the other cell. `tried`: where no edits join them, how many at most were all tried before the
    search ended; fewer than FARTHEST where there was too much to try.
    """

    a: Cell
    b: Cell
    steps: tuple[Edit, ...] | None
    names: Mapping[sp.Symbol, sp.Symbol]
    flipped: tuple[sp.Symbol, ...]
    proved: bool
    tried: int = FARTHEST

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
    return between(*frontiers(a, b))


def frontiers(a: Cell, b: Cell) -> tuple[Frontier, Frontier]:
    """Where a search starts from: either cell, with the sizes of the second called as those of the first."""
    first, second = Frontier(a), Frontier(b)
    dims = matched_sizes(a, b, first.start, second.start)
    return first, Frontier(b, dims) if any(x != y for x, y in dims.items()) else second


def between(first: Frontier, second: Frontier, farthest: int = FARTHEST) -> Difference:
    """The difference of two cells from which the search has started, or goes on; so many edits at most."""
    met = meeting(first, second, farthest)
    if isinstance(met, Meeting):
        return _told(first, second, met)
    return Difference(first.cell, second.cell, None, {}, (), False, met)


def _idle(cell: Cell) -> list[sp.Symbol]:
    carried = {before: [after] for before, after in cell.carries.items()}
    needed = reachable([cell.output], {**cell.step.uses, **carried})
    return [after for after in cell.carries.values() if after not in needed]


def _told(first: Frontier, second: Frontier, met: Meeting) -> Difference:
    ours, theirs, names = met
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
