"""A normal form as a graph of labelled nodes: colours that tell graphs apart, and the matching of two that are equal.

A name is a node and nothing else, so two forms are equal up to renaming if their graphs are isomorphic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from zlib import crc32

import sympy as sp

from cellgraph.ops import axes_of, core

if TYPE_CHECKING:
    from cellgraph.derive.differences.normal_form import NormalForm

ROUNDS = 6
"""How far colours spread before two graphs are put side by side."""
SPREAD, ADDED, WORD = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 2**64 - 1
"""Odd numbers whose bits look random, and the largest number of 64 bits."""


@dataclass(frozen=True)
class LabelledGraph:
    """Labels of nodes, and edges with labels."""

    labels: dict[Any, str]
    edges: list[tuple[Any, Any, str]]

    @cached_property
    def colours(self) -> Mapping[Any, int]:
        """A number for each node, refined by those of its neighbours: the same in graphs that are isomorphic.

        It is made of labels alone, in arithmetic that is the same in every run and on every machine.
        """
        # By number, because a polynomial takes long to look up.
        number = {node: k for k, node in enumerate(self.labels)}
        near: list[list[tuple[int, int]]] = [[] for _ in self.labels]
        for a, b, label in self.edges:
            near[number[a]].append((number[b], _hashed(label + ">")))
            near[number[b]].append((number[a], _hashed(label + "<")))
        colours = list(map(_hashed, self.labels.values()))
        for _ in range(ROUNDS):
            colours = [
                _mixed(own * ADDED + sum([colours[other] ^ label for other, label in beside]))
                for own, beside in zip(colours, near, strict=True)
            ]
        return dict(zip(self.labels, colours, strict=True))

    @cached_property
    def digest(self) -> int:
        """A number that isomorphic graphs share."""
        return _mixed(sum(map(_mixed, self.colours.values())))


def _mixed(number: int) -> int:
    """64 bits that depend on every bit of a number."""
    number = (number ^ number >> 31) * SPREAD & WORD
    return number ^ number >> 29


@lru_cache(maxsize=2**14)
def _hashed(label: str) -> int:
    return _mixed(crc32(label.encode()) + ADDED)


@lru_cache(maxsize=2**12)
def _spelt(label: Any) -> str:
    """A coefficient, a power or a shape, of which a search meets the same few again and again."""
    return str(label)


def labelled_graph(form: NormalForm, nameless: bool = False) -> LabelledGraph:
    """The graph of a form. Sizes are known by their names; with `nameless` they are nodes like all others."""
    labels: dict[Any, str] = {}
    edges: list[tuple[Any, Any, str]] = []
    for s, (role, shape) in form.leaves.items():
        axes, own = axes_of(shape), core(shape)
        labels[s] = f"{role} {len(axes)} {len(own)}" if nameless else f"{role} {_spelt(axes)} {_spelt(own)}"
        if nameless:
            edges += [(s, _size(labels, edges, axis.size), "axis") for axis in axes]
            edges += [(s, _size(labels, edges, size), f"size {k}") for k, size in enumerate(own)]
    for name, atom in form.atoms.items():
        if nameless:
            statics = [static.xreplace(dict.fromkeys(static.free_symbols, ANY)) for static in atom.statics]
            labels[name] = f"{atom.head.__name__} {statics}"
            edges += [(name, _size(labels, edges, s), f"static {k}") for k, s in enumerate(atom.statics)]
        else:
            labels[name] = f"{atom.head.__name__} {_spelt(atom.statics)}"
        for place, argument in enumerate(atom.arguments):
            # A node between tells apart two places of the same operand.
            labels[name, place] = f"place {place}"
            edges += [(name, (name, place), ""), ((name, place), _polynomial(labels, edges, argument, nameless), "")]
    for before, after in form.states:
        labels["after", before] = "state" + (" and output" if after == form.output else "")
        edges += [(("after", before), _polynomial(labels, edges, after, nameless), "")]
        edges += [(before, ("after", before), "next")]
    if all(after != form.output for _, after in form.states):
        labels["output"] = "output"
        edges.append(("output", _polynomial(labels, edges, form.output, nameless), ""))
    return LabelledGraph(labels, edges)


ANY = sp.Symbol("any", integer=True, positive=True)
"""What stands for every size whose name is left out."""


def _size(labels: dict[Any, str], edges: list[tuple[Any, Any, str]], size: sp.Basic) -> Any:
    """The node of a size without its name, or of an expression in sizes."""
    # A size may stand in a polynomial, too; the number 1 there is not the size 1.
    node = size if size.is_Symbol else ("size", size)
    if node not in labels:
        labels[node] = f"size {size.xreplace(dict.fromkeys(size.free_symbols, ANY))}"
        if node is not size:
            edges += [(node, _size(labels, edges, own), "of") for own in sorted(size.free_symbols, key=str)]
    return node


def _polynomial(labels: dict[Any, str], edges: list[tuple[Any, Any, str]], expr: sp.Expr, nameless: bool) -> Any:
    """The node of a polynomial: a sum of monomials, each a coefficient and powers of nodes."""
    todo = [expr]
    while todo:
        node = todo.pop()
        if node in labels:
            continue
        if node.is_Symbol:
            # A size, unless an atom of this name is still to come and gives its own label.
            labels[node] = f"size {ANY if nameless else node}"
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


def isomorphisms(a: LabelledGraph, b: LabelledGraph) -> Iterator[Mapping[Any, Any]]:
    """The ways to map the nodes of one graph to those of another so that labels and edges are the same."""
    from networkx import DiGraph
    from networkx.algorithms.isomorphism import DiGraphMatcher

    if a.digest != b.digest:
        return
    graphs = []
    for own in (a, b):
        graph = DiGraph()
        graph.add_nodes_from((node, {"label": (label, own.colours[node])}) for node, label in own.labels.items())
        graph.add_edges_from((x, y, {"label": label}) for x, y, label in own.edges)
        graphs.append(graph)

    def same(x: Mapping[str, Any], y: Mapping[str, Any]) -> bool:
        return bool(x["label"] == y["label"])

    yield from DiGraphMatcher(*graphs, node_match=same, edge_match=same).isomorphisms_iter()
