"""The states of a cell: how each is made, and which do not hold what the cell remembers.

An update is read off by exact algebra, through any named intermediates, as s = a ⊙ s⁻ + Σ b_k ⊙ v_k.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import sympy as sp

from cellgraph.derive.structures.flat import Flat
from cellgraph.derive.structures.scaling import divides, occurrences
from cellgraph.graph import Graph, fold, reachable, symbols_of
from cellgraph.graph.identities import is_zero
from cellgraph.graph.ring import canonical, in_ring
from cellgraph.ops import Add, Concat, Diag, Exp, Head, Max, Shift, Slice, core, factors


@dataclass(frozen=True)
class UpdateForm:
    """One quantity as a sum of scaled quantities, as scalar algebra over the names of the flat graph.

    `carried` is the coefficient of the state before the step (zero: there is no such term); `inputs` the coefficient
    of every other value that goes into the sum.
    """

    carried: sp.Expr
    inputs: Mapping[sp.Symbol, sp.Expr]
    left: sp.Expr = field(default=sp.S.Zero, repr=False)
    """What the quantity is beside the sum, over names that stand for what `named` says."""
    named: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict, repr=False)

    @cached_property
    def complete(self) -> bool:
        """Whether nothing but the sum goes into the quantity."""
        return is_zero(self.left, self.named)

    @property
    def parts(self) -> tuple[sp.Symbol, ...]:
        """The quantities that the sum is made of, those in its coefficients included, each once."""
        weights = (self.carried, *self.inputs.values())
        return tuple(dict.fromkeys([*self.inputs, *(s for w in weights for s in sorted(w.free_symbols, key=str))]))


def update_form(
    step: Flat,
    after: sp.Symbol,
    before: sp.Symbol,
    gates: Collection[sp.Symbol],
    data: Collection[sp.Symbol],
    whole: Collection[sp.Symbol] = (),
) -> UpdateForm:
    """The form of `after`. A name is one value unless its own arithmetic holds a gate or the state before.

    Names in `whole` are one value each, whatever their arithmetic holds.
    """
    if after not in step.algebra:
        return UpdateForm(sp.S.Zero, {after: sp.S.One})
    fixed = {before, *gates}
    opened = {after} | (step.graph.descendants(fixed, step.operations) - fixed - set(whole))
    summed = reachable([after], step.graph.uses, step.graph.quantities.keys() - opened)
    opened &= summed
    values = [s for s in summed if s in data and s not in fixed | opened]
    carried = _coefficient(step, after, before, opened)
    inputs = {value: _coefficient(step, after, value, opened) for value in values}
    parts = carried * before + sp.Add(*[b * value for value, b in inputs.items()])
    named = {name: step.algebra[name] for name in opened & step.algebra.keys()}
    return UpdateForm(carried, {value: b for value, b in inputs.items() if b != 0}, after - parts, named)


def _coefficient(step: Flat, after: sp.Symbol, of: sp.Symbol, opened: Collection[sp.Symbol]) -> sp.Expr:
    """The sum over all paths from `of` to `after` on which nothing but scaling and adding happens; zero without one."""
    found: dict[sp.Symbol, sp.Expr] = {of: sp.S.One}
    for equation in step.graph.equations:
        if equation.lhs in opened and any(s in found for s in equation.uses):
            found[equation.lhs] = _linearly(equation.rhs, found)
    return found.get(after, sp.S.Zero)


def _linearly(expr: sp.Expr, known: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    """d(expr) along linear paths only, given d of its symbols: Σ e_k d(operand k), where e_k does not vary itself."""

    def combine(node: Head, changes: list[sp.Expr]) -> sp.Expr:
        arguments = node.args[: len(changes)]
        found = factors(node, sp.Dummy(), ((),) * len(arguments))
        total = sp.S.Zero
        for factor, change in zip(found, changes, strict=True):
            if change != 0 and isinstance(factor, Diag) and not any(s in known for s in symbols_of(factor.args[0])):
                total += canonical(factor.args[0]) * change
        return total

    return fold(expr, lambda leaf: known.get(leaf, sp.S.Zero), combine)


@dataclass(frozen=True)
class State:
    """A state: its symbols before and after the step, its form, and whether some update reads it."""

    before: sp.Symbol
    after: sp.Symbol
    size: sp.Expr
    read: bool
    form: UpdateForm
    same_as: sp.Symbol | None = None
    """The state of which this one is nothing but another name."""


@dataclass(frozen=True)
class Carry:
    """A term a ⊙ s⁻ in the update of a state s, with no matrix on s⁻."""

    state: sp.Symbol
    coefficient: sp.Expr
    """In heads over the names of the spec."""
    scalar: sp.Expr
    """The same as scalar algebra over the names of the flat graph."""


Chain = list[sp.Expr]
"""The nodes from a symbol to the root of a right-hand side."""


def dividing(step: Flat, carries: Mapping[sp.Symbol, sp.Symbol], output: sp.Symbol) -> frozenset[sp.Symbol]:
    """The quantities that only divide, at this step or, as states, at a later one."""
    return _ending(step, carries, output, divides, lambda chain: True)


def stabilising(step: Flat, carries: Mapping[sp.Symbol, sp.Symbol], output: sp.Symbol) -> frozenset[sp.Symbol]:
    """The states after the step that are running maxima and stand only in exponents."""

    def additive(chain: Chain) -> bool:
        return all(in_ring(node.op) or isinstance(node, Max) for node in chain[1:])

    def exponent(chain: Chain) -> bool:
        place = next((k for k, node in enumerate(chain) if isinstance(node, Exp)), 0)
        return place > 0 and additive(chain[:place])

    found = _ending(step, carries, output, exponent, additive)
    return frozenset(after for before, after in carries.items() if after in found and _is_running(step, before, after))


def _is_running(step: Flat, before: sp.Symbol, after: sp.Symbol) -> bool:
    """Whether a state is the largest of things of which one is made by arithmetic from what it was."""
    highest = step.graph.definitions[after]
    if not isinstance(highest, Max):
        return False
    past = step.graph.descendants([before], step.operations)
    return not past.isdisjoint(symbols_of(highest))


def _ending(
    step: Flat,
    carries: Mapping[sp.Symbol, sp.Symbol],
    output: sp.Symbol,
    ends: Callable[[Chain], bool],
    leads: Callable[[Chain], bool],
) -> frozenset[sp.Symbol]:
    """The quantities of which every use `ends` as asked, or `leads` to a quantity of which that is true.

    A state after the step is used as the state before it too. What is never used, or only by itself, is not among them.
    """
    graph = step.graph
    used: dict[sp.Symbol, list[tuple[Chain, sp.Symbol]]] = {
        symbol: [(chain, user) for user in users for chain in occurrences(graph.definitions[user], symbol)]
        for symbol, users in graph.users.items()
    }
    ending = {s for s, uses in used.items() if any(ends(chain) for chain, _ in uses)}
    reaching = graph.ancestors(ending)
    later = {after: before for before, after in carries.items()}
    reaching |= {after for after, before in later.items() if before in reaching}
    found = set(graph.quantities) & reaching - {output}
    while True:
        kept = {
            symbol
            for symbol in found
            if (symbol not in later or not used[later[symbol]] or later[symbol] in found)
            and all(ends(chain) or (leads(chain) and user in found) for chain, user in used[symbol])
        }
        if kept == found:
            return frozenset(found)
        found = kept


def from_inputs(
    step: Flat, carries: Mapping[sp.Symbol, sp.Symbol], alone: Collection[sp.Symbol]
) -> frozenset[sp.Symbol]:
    """The states after the step that hold nothing but inputs, of this step and of earlier ones.

    What a state in `alone` holds of itself does not count.
    """
    found: set[sp.Symbol] = set()
    while True:
        more = {
            after
            for own, after in carries.items()
            if after
            not in step.graph.descendants(
                before
                for before, other in carries.items()
                if other not in found and (before != own or after not in alone)
            )
        }
        if more == found:
            return frozenset(found)
        found = more


def copies(step: Flat, carries: Mapping[sp.Symbol, sp.Symbol]) -> frozenset[sp.Symbol]:
    """The states after the step that are another state as it was before."""
    definitions = step.graph.definitions
    return frozenset(after for before, after in carries.items() if definitions[after] in carries.keys() - {before})


def shifting(step: Flat, carries: Mapping[sp.Symbol, sp.Symbol]) -> frozenset[sp.Symbol]:
    """The states after the step that move on what they held by some places and take in something new.

    Their Jacobian by themselves is nilpotent: after as many steps as there are places nothing of the old is left.
    """
    found = set[sp.Symbol]()
    for before, after in carries.items():
        moved: dict[sp.Expr, tuple[sp.Expr, ...] | None] = {before: (sp.S.Zero,)}
        for equation in step.graph.equations:
            if any(symbol in moved for symbol in equation.uses):
                moved[equation.lhs] = _moved(equation.rhs, moved, step.graph)
        places = moved.get(after) or ()
        if places and (all(p.is_positive for p in places) or all(p.is_negative for p in places)):
            found.add(after)
    return frozenset(found)


def _moved(
    expr: sp.Expr, known: Mapping[sp.Expr, tuple[sp.Expr, ...] | None], graph: Graph
) -> tuple[sp.Expr, ...] | None:
    """By how many places entries of a state stand further on in an expression; None where they do not just move."""

    def combine(node: Head, inner: list[tuple[sp.Expr, ...] | None]) -> tuple[sp.Expr, ...] | None:
        if any(places is None for places in inner):
            return None
        found = [(k, place) for k, places in enumerate(inner) for place in places or ()]
        if isinstance(node, Shift):
            return tuple(place + node.args[1] for _, place in found)
        if isinstance(node, Slice):
            return tuple(place - node.args[1] for _, place in found)
        if isinstance(node, Concat):
            sizes = [core(graph.shape(argument))[0] for argument in node.args]
            return tuple(sp.expand(place + sp.Add(*sizes[:k])) for k, place in found)
        return tuple(place for _, place in found) if isinstance(node, Add) or not found else None

    return fold(expr, lambda leaf: known.get(leaf, ()), combine)
