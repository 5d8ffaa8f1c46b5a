"""The normal form of a cell, in which two cells can be compared: polynomials over operations, no intermediate names.

Every operation outside the elementwise ring is an atom; its operands, and the states after the step, are expanded
polynomials in atoms and leaves. Rewrites are substitutions in these polynomials, and two normal forms are equal up to
renaming if their graphs are isomorphic, with commutative arguments in any order and exact coefficients.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import sympy as sp

from cellgraph.derive.differences.labelled_graph import LabelledGraph, isomorphisms, labelled_graph
from cellgraph.derive.facts import fact
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, reachable
from cellgraph.ops import Shape, core, numel, operands, resized


@lru_cache(maxsize=2**16)
def free(expr: sp.Expr) -> frozenset[sp.Symbol]:
    """The names in a polynomial, of which a search asks the same again and again."""
    return frozenset(expr.free_symbols)


def substituted(expr: sp.Expr, values: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    """An expanded polynomial with names replaced by polynomials, expanded again; terms without these names stay."""
    if free(expr).isdisjoint(values):
        return expr
    terms = sp.Add.make_args(expr)
    changed = [term for term in terms if not free(term).isdisjoint(values)]
    kept = [term for term in terms if free(term).isdisjoint(values)]
    return sp.Add(*kept, sp.expand(sp.Add(*[term.xreplace(values) for term in changed])))


@dataclass(frozen=True)
class Atom:
    """One operation: its head, the polynomials it is applied to, and its static arguments."""

    head: type
    arguments: tuple[sp.Expr, ...]
    statics: tuple[sp.Expr, ...]

    def mapped(self, new: Callable[[sp.Expr], sp.Expr]) -> Atom:
        """The same operation of other polynomials."""
        arguments = tuple(map(new, self.arguments))
        same = all(x is y for x, y in zip(arguments, self.arguments, strict=True))
        return self if same else Atom(self.head, arguments, self.statics)


@dataclass(frozen=True)
class NormalForm:
    """States (before, after as a polynomial), the output, the atoms in order of computation, and the leaves."""

    states: tuple[tuple[sp.Symbol, sp.Expr], ...]
    output: sp.Expr
    atoms: Mapping[sp.Symbol, Atom]
    leaves: Mapping[sp.Symbol, tuple[str, Shape]]

    def mapped(self, new: Callable[[sp.Expr], sp.Expr], without: Collection[sp.Symbol] = ()) -> NormalForm:
        """The normal form with other polynomials and without some atoms, pruned of what nothing needs any more."""
        atoms = {name: atom.mapped(new) for name, atom in self.atoms.items() if name not in without}
        states = tuple((before, new(after)) for before, after in self.states)
        return replace(self, states=states, output=new(self.output), atoms=atoms).pruned()

    def substituted(self, values: Mapping[sp.Symbol, sp.Expr], keep: bool = False) -> NormalForm:
        """The normal form with atoms, leaves or states replaced by polynomials.

        With `keep`, a replaced atom stays: z := 1 − z flips a gate.
        """

        return self.mapped(lambda expr: substituted(expr, values), () if keep else values)

    def with_sizes(self, dims: Mapping[sp.Symbol, sp.Symbol]) -> NormalForm:
        """The normal form with its dims renamed."""
        own = dict(dims)
        leaves = {s: (role, resized(shape, own)) for s, (role, shape) in self.leaves.items()}
        atoms = {
            name: Atom(atom.head, atom.arguments, tuple(static.xreplace(own) for static in atom.statics))
            for name, atom in self.atoms.items()
        }
        return replace(self, leaves=leaves, atoms=atoms).mapped(lambda expr: expr.xreplace(own))

    def pruned(self) -> NormalForm:
        """The normal form with equal atoms and states made one, and without what the output does not depend on."""
        twins: dict[sp.Symbol, sp.Symbol] = {}
        while True:
            found, more = _merged(self, twins)
            if not more:
                break
            twins |= more
        needed = reachable(free(found.output), found.uses)
        return replace(
            found,
            states=tuple((before, after) for before, after in found.states if before in needed),
            atoms={name: atom for name, atom in found.atoms.items() if name in needed},
            leaves={s: leaf for s, leaf in found.leaves.items() if s in needed},
        )

    @cached_property
    def uses(self) -> Mapping[sp.Symbol, frozenset[sp.Symbol]]:
        """What each atom is made of, and each state before the step by the step before."""
        atoms = {name: frozenset().union(*map(free, atom.arguments)) for name, atom in self.atoms.items()}
        return {**atoms, **{before: free(after) for before, after in self.states}}

    def polynomials(self) -> Iterator[sp.Expr]:
        """Every polynomial of the net."""
        for atom in self.atoms.values():
            yield from atom.arguments
        for _, after in self.states:
            yield after
        yield self.output

    @property
    def params(self) -> list[tuple[sp.Symbol, Shape]]:
        """The parameters that the net still needs."""
        return [(s, shape) for s, (role, shape) in self.leaves.items() if role == "param"]

    @property
    def matrices(self) -> int:
        """How many of its parameters are matrices."""
        return sum(len(core(shape)) > 1 for _, shape in self.params)

    @property
    def count(self) -> sp.Expr:
        """How many numbers its parameters are."""
        return sp.Add(*[numel(shape) for _, shape in self.params])

    @property
    def driven(self) -> bool:
        """Whether there is a state, and every state depends on the input."""
        inputs = {s for s, (role, _) in self.leaves.items() if role == "input"}
        return bool(self.states) and all(inputs & reachable([before], self.uses) for before, _ in self.states)

    @cached_property
    def features(self) -> Mapping[str, int]:
        """Counts that no rewrite raises."""
        counts = Counter(atom.head.__name__ for atom in self.atoms.values())
        reading = [
            atom
            for atom in self.atoms.values()
            if any(self.leaves.get(s, ("",))[0] == "input" for a in atom.arguments for s in free(a))
        ]
        own = {"params": len(self.params), "matrices": self.matrices, "states": len(self.states)}
        return {**counts, **own, "reading": len(reading)}

    @cached_property
    def labelled(self) -> LabelledGraph:
        """The normal form as a graph of labelled nodes, in which a name is a node and nothing else."""
        return labelled_graph(self)

    @property
    def key(self) -> int:
        """A number that normal forms equal up to renaming share."""
        return self.labelled.digest


@fact
def normal_form(cell: Cell) -> NormalForm:
    """The normal form of a cell."""
    step = structure(cell).step

    def polynomial(expr: sp.Expr) -> sp.Expr:
        return sp.expand(step.inlined(expr))

    atoms: dict[sp.Symbol, Atom] = {}
    for equation in step.graph.equations:
        if equation.lhs in step.operations:
            arguments = operands(equation.rhs)
            statics = equation.rhs.args[len(arguments) :]
            atoms[equation.lhs] = Atom(type(equation.rhs), tuple(map(polynomial, arguments)), statics)
    leaves = {q.symbol: (q.role, q.shape or ()) for q in step.graph.leaves}
    states = tuple((before, polynomial(after)) for before, after in cell.carries.items())
    return NormalForm(states, polynomial(cell.output), atoms, leaves).pruned()


def _merged(found: NormalForm, twins: Mapping[sp.Symbol, sp.Symbol]) -> tuple[NormalForm, dict[sp.Symbol, sp.Symbol]]:
    """The normal form with names replaced by their twins, and the twins that this brings to light."""
    more: dict[sp.Symbol, sp.Symbol] = {}
    atoms: dict[sp.Symbol, Atom] = {}
    first: dict[Atom, sp.Symbol] = {}

    def new(expr: sp.Expr) -> sp.Expr:
        return substituted(expr, {**twins, **more}) if twins or more else expr

    for name, atom in found.atoms.items():
        if name in twins:
            continue
        own = atom.mapped(new)
        if own in first:
            more[name] = first[own]
        else:
            first[own] = name
            atoms[name] = own
    states: dict[sp.Symbol, sp.Expr] = {}
    made: dict[sp.Expr, sp.Symbol] = {}
    for before, after in found.states:
        if before not in twins:
            after = new(after)
            if after in made:
                more[before] = made[after]
            else:
                made[after] = before
                states[before] = after
    return replace(found, states=tuple(states.items()), output=new(found.output), atoms=atoms), more


def renaming(a: NormalForm, b: NormalForm) -> dict[sp.Symbol, sp.Symbol] | None:
    """The names of `b` for the leaves and atoms of `a` under which the two are equal; None if there are none."""
    found = next(isomorphisms(a.labelled, b.labelled), None)
    return None if found is None else {x: y for x, y in found.items() if isinstance(x, sp.Symbol)}
