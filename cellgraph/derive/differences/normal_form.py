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
from typing import Any

import sympy as sp

from cellgraph.derive.facts import fact
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, reachable
from cellgraph.ops import Shape, axes_of, core, numel, operands, resized

Labelled = tuple[dict[Any, str], list[tuple[Any, Any, str]]]
"""Labels of nodes, and edges with labels."""

ROUNDS = 6
"""How far colours spread before two normal forms are put side by side."""


@lru_cache(maxsize=2**16)
def free(expr: sp.Expr) -> frozenset[sp.Symbol]:
    """The names in a polynomial, of which a search asks the same again and again."""
    return frozenset(expr.free_symbols)


@lru_cache(maxsize=2**12)
def _spelt(number: sp.Expr) -> str:
    """A coefficient or a power, of which a search meets the same few again and again."""
    return str(number)


@dataclass(frozen=True)
class Atom:
    """One operation: its head, the polynomials it is applied to, and its static arguments."""

    head: type
    arguments: tuple[sp.Expr, ...]
    statics: tuple[sp.Expr, ...]

    def mapped(self, new: Callable[[sp.Expr], sp.Expr]) -> Atom:
        """The same operation of other polynomials."""
        return replace(self, arguments=tuple(new(a) for a in self.arguments))


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

        def new(expr: sp.Expr) -> sp.Expr:
            return expr if free(expr).isdisjoint(values) else sp.expand(expr.xreplace(values))

        return self.mapped(new, () if keep else values)

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
    def labelled(self) -> Labelled:
        """The normal form as a graph of labelled nodes, in which a name is a node and nothing else."""
        return _labelled(self)

    @cached_property
    def key(self) -> int:
        """A number that normal forms equal up to renaming share, for this run: colours refined by the neighbours'."""
        labels, edges = self.labelled
        # By number, because a polynomial takes long to look up.
        number = {node: k for k, node in enumerate(labels)}
        near: list[list[tuple[int, int]]] = [[] for _ in labels]
        for a, b, label in edges:
            near[number[a]].append((number[b], hash(label + ">")))
            near[number[b]].append((number[a], hash(label + "<")))
        colours = [hash(label) for label in labels.values()]
        for _ in range(ROUNDS):
            colours = [
                hash((own, *sorted([hash((colours[other], label)) for other, label in beside])))
                for own, beside in zip(colours, near, strict=True)
            ]
        return hash(tuple(sorted(colours)))


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
        names = free(expr)
        if names.isdisjoint(twins) and names.isdisjoint(more):
            return expr
        return sp.expand(expr.xreplace({**twins, **more}))

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
    from networkx import DiGraph
    from networkx.algorithms.isomorphism import DiGraphMatcher

    if a.key != b.key:
        return None
    graphs = []
    for labels, edges in (a.labelled, b.labelled):
        graph = DiGraph()
        graph.add_nodes_from((node, {"label": label}) for node, label in labels.items())
        graph.add_edges_from((x, y, {"label": label}) for x, y, label in edges)
        graphs.append(graph)

    def same(x: Mapping[str, Any], y: Mapping[str, Any]) -> bool:
        return bool(x["label"] == y["label"])

    matcher = DiGraphMatcher(*graphs, node_match=same, edge_match=same)
    if not matcher.is_isomorphic():
        return None
    return {x: y for x, y in matcher.mapping.items() if isinstance(x, sp.Symbol)}


def _labelled(found: NormalForm) -> Labelled:
    labels: dict[Any, str] = {s: f"{role} {axes_of(shape)} {core(shape)}" for s, (role, shape) in found.leaves.items()}
    edges: list[tuple[Any, Any, str]] = []
    for name, atom in found.atoms.items():
        labels[name] = f"{atom.head.__name__} {atom.statics}"
        for place, argument in enumerate(atom.arguments):
            # A node between tells apart two places of the same operand.
            labels[name, place] = f"place {place}"
            edges += [(name, (name, place), ""), ((name, place), _polynomial(labels, edges, argument), "")]
    for before, after in found.states:
        labels["after", before] = "state" + (" and output" if after == found.output else "")
        edges += [(("after", before), _polynomial(labels, edges, after), ""), (before, ("after", before), "next")]
    if all(after != found.output for _, after in found.states):
        labels["output"] = "output"
        edges.append(("output", _polynomial(labels, edges, found.output), ""))
    return labels, edges


def _polynomial(labels: dict[Any, str], edges: list[tuple[Any, Any, str]], expr: sp.Expr) -> Any:
    """The node of a polynomial: a sum of monomials, each a coefficient and powers of nodes."""
    todo = [expr]
    while todo:
        node = todo.pop()
        if node in labels:
            continue
        if node.is_Symbol:
            # A size, unless an atom of this name is still to come and gives its own label.
            labels[node] = f"size {node}"
            continue
        labels[node] = f"number {node}" if node.is_number else "sum"
        for term in () if node.is_number else sp.Add.make_args(node):
            coefficient, rest = term.as_coeff_Mul()
            labels[node, term] = f"term {_spelt(coefficient)}"
            edges.append((node, (node, term), ""))
            for factor in sp.Mul.make_args(rest):
                base, power = factor.as_base_exp()
                if base != 1:
                    todo.append(base)
                    edges.append(((node, term), base, _spelt(power)))
    return expr
