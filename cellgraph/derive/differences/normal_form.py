"""A cell in the form in which two cells can be compared: polynomials over operations, without names of intermediates.

Every operation outside the elementwise ring is an atom; its operands, and the states after the step, are polynomials in
atoms and leaves. Edits are substitutions in these polynomials, and two nets are equal up to renaming if their graphs
are isomorphic, with commutative arguments in any order and exact coefficients.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy as sp

from cellgraph.derive.differences.polynomials import free, replaced
from cellgraph.derive.structures.flat import Flat
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.graph import Cell
from cellgraph.ops import Shape, numel, operands

Drawing = tuple[dict[Any, str], list[tuple[Any, Any, str]]]
"""Labels of nodes, and edges with labels."""

ROUNDS = 6
"""How far colours spread before two nets are put side by side."""


@dataclass(frozen=True)
class Atom:
    """One operation: its head, the polynomials it is applied to, and its static arguments."""

    head: type
    arguments: tuple[sp.Expr, ...]
    statics: tuple[sp.Expr, ...]


@dataclass(frozen=True)
class NormalForm:
    """States (before, after as a polynomial), the output, the atoms in order of computation, and the leaves."""

    states: tuple[tuple[sp.Symbol, sp.Expr], ...]
    output: sp.Expr
    atoms: Mapping[sp.Symbol, Atom]
    leaves: Mapping[sp.Symbol, tuple[str, Shape]]

    def put(self, values: Mapping[sp.Symbol, sp.Expr], keep: bool = False) -> NormalForm:
        """The net with atoms, leaves or states replaced by polynomials, and without what nothing needs any more.

        With `keep`, a replaced atom stays: z := 1 − z turns it around.
        """

        atoms = {
            name: replace(atom, arguments=tuple(replaced(a, values) for a in atom.arguments))
            for name, atom in self.atoms.items()
            if keep or name not in values
        }
        states = tuple((before, replaced(after, values)) for before, after in self.states)
        return replace(self, states=states, output=replaced(self.output, values), atoms=atoms).pruned()

    def pruned(self) -> NormalForm:
        """The net with equal atoms and equal states made one, and without what no state and no output needs."""
        twins: dict[sp.Symbol, sp.Symbol] = {}
        while True:
            found, more = _merged(self, twins)
            if not more:
                break
            twins |= more
        needed = _needed(found)
        return replace(
            found,
            states=tuple((before, after) for before, after in found.states if before in needed),
            atoms={name: atom for name, atom in found.atoms.items() if name in needed},
            leaves={s: leaf for s, leaf in found.leaves.items() if s in needed},
        )

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
        return sum(len(shape) > 1 for _, shape in self.params)

    @property
    def count(self) -> sp.Expr:
        """How many numbers its parameters are."""
        return sp.Add(*[numel(shape) for _, shape in self.params])

    @property
    def driven(self) -> bool:
        """Whether there is a state, and every state depends on the input."""
        reached = {s for s, (role, _) in self.leaves.items() if role == "input"}
        inside = {name: {s for a in atom.arguments for s in free(a)} for name, atom in self.atoms.items()}
        inside |= {before: set(free(after)) for before, after in self.states}
        while True:
            more = {name for name, symbols in inside.items() if name not in reached and symbols & reached}
            if not more:
                return bool(self.states) and all(before in reached for before, _ in self.states)
            reached |= more

    @cached_property
    def features(self) -> Mapping[str, int]:
        """Counts that no edit of `edits` raises."""
        counts = Counter(atom.head.__name__ for atom in self.atoms.values())
        reading = [
            atom
            for atom in self.atoms.values()
            if any(self.leaves.get(s, ("",))[0] == "input" for a in atom.arguments for s in free(a))
        ]
        own = {"params": len(self.params), "matrices": self.matrices, "states": len(self.states)}
        return {**counts, **own, "reading": len(reading)}

    @cached_property
    def drawn(self) -> Drawing:
        """The net as a graph of labelled nodes, in which a name is a node and nothing else."""
        return _drawn(self)

    @cached_property
    def key(self) -> int:
        """A number that nets equal up to renaming share, for this run: colours refined by those of the neighbours."""
        labels, edges = self.drawn
        colours = {node: hash(label) for node, label in labels.items()}
        near: dict[Any, list[tuple[Any, str]]] = {node: [] for node in labels}
        for a, b, label in edges:
            near[a].append((b, label + ">"))
            near[b].append((a, label + "<"))
        for _ in range(ROUNDS):
            colours = {
                node: hash((colours[node], tuple(sorted(hash((colours[other], label)) for other, label in beside))))
                for node, beside in near.items()
            }
        return hash(tuple(sorted(colours.values())))


def normal_form(cell: Cell, dims: Mapping[sp.Symbol, sp.Symbol] | None = None) -> NormalForm:
    """The net of a cell, its dims renamed by `dims`."""
    found: Structure = structure(cell)
    step: Flat = found.step
    atoms: dict[sp.Symbol, Atom] = {}
    for equation in step.graph.equations:
        if equation.lhs not in step.algebra:
            count = len(operands(equation.rhs))
            arguments = tuple(sp.expand(step.unfolded(a)) for a in equation.rhs.args[:count])
            atoms[equation.lhs] = Atom(type(equation.rhs), arguments, equation.rhs.args[count:])
    leaves = {
        q.symbol: (q.role, tuple(size.xreplace(dict(dims or {})) for size in q.shape or ())) for q in step.graph.leaves
    }
    states = tuple((before, sp.expand(step.unfolded(after))) for before, after in cell.carries.items())
    return NormalForm(states, sp.expand(step.unfolded(cell.output)), atoms, leaves).pruned()


def _merged(found: NormalForm, twins: Mapping[sp.Symbol, sp.Symbol]) -> tuple[NormalForm, dict[sp.Symbol, sp.Symbol]]:
    """The net with names replaced by their twins, and the twins that this brings to light."""
    more: dict[sp.Symbol, sp.Symbol] = {}
    atoms: dict[sp.Symbol, Atom] = {}
    first: dict[Atom, sp.Symbol] = {}

    def new(expr: sp.Expr) -> sp.Expr:
        return sp.expand(expr.xreplace({**twins, **more}))

    for name, atom in found.atoms.items():
        own = replace(atom, arguments=tuple(new(a) for a in atom.arguments))
        if name in twins:
            continue
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


def _needed(found: NormalForm) -> set[sp.Symbol]:
    """Everything on which the output depends, through the states of earlier steps as well."""
    after = dict(found.states)
    needed: set[sp.Symbol] = set()
    todo = list(free(found.output))
    while todo:
        name = todo.pop()
        if name not in needed:
            needed.add(name)
            inside = found.atoms[name].arguments if name in found.atoms else (after[name],) if name in after else ()
            todo += [s for expr in inside for s in free(expr)]
    return needed


def renaming(a: NormalForm, b: NormalForm) -> dict[sp.Symbol, sp.Symbol] | None:
    """The names of `b` for the leaves and atoms of `a` under which the two are equal; None if there are none."""
    from networkx import DiGraph
    from networkx.algorithms.isomorphism import DiGraphMatcher

    if a.key != b.key:
        return None
    graphs = []
    for labels, edges in (a.drawn, b.drawn):
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


def _drawn(found: NormalForm) -> Drawing:
    labels: dict[Any, str] = {symbol: f"{role} {shape}" for symbol, (role, shape) in found.leaves.items()}
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
        if node.is_Symbol:
            # A size, unless an atom of this name is still to come and gives its own label.
            labels.setdefault(node, f"size {node}")
        if node in labels:
            continue
        labels[node] = f"number {node}" if node.is_number else "sum"
        for term in () if node.is_number else sp.Add.make_args(node):
            coefficient, rest = term.as_coeff_Mul()
            labels[node, term] = f"term {coefficient}"
            edges.append((node, (node, term), ""))
            for factor in sp.Mul.make_args(rest):
                base, power = factor.as_base_exp()
                if base != 1:
                    todo.append(base)
                    edges.append(((node, term), base, str(power)))
    return expr
