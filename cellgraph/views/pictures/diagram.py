"""The diagram: which boxes and arrows a picture of a cell has, and what they say; no coordinates, no colours.

At the level *equations* there is one box for every equation, holding it typeset; an arrow stands for every use of a
quantity in an equation. (The level *operations* is in `operations`.)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.graph import (
    Call,
    Cell,
    Equation,
    Graph,
    folded,
    postorder,
    reachable,
    stem,
    symbols_of,
)
from cellgraph.graph.ring import is_arithmetic
from cellgraph.messages import Lang, translated
from cellgraph.ops import Scale, axes_of, in_order, operands, spelled
from cellgraph.views.notation import latex, latex_equation, latex_name, text, text_equation, text_name

ENTERING = {"state": "before", "param": "param", "const": "param"}
"""The kind of the node of a quantity that enters the picture, by the quantity's role; any other is an input."""
TELLING = ("gate", "coefficient", "mask", "candidate")
"""Roles that the glyph of an operation shows; of a state the terminals show them."""
STRAIGHT = ("belt", "through")
"""Kinds of edges that are drawn straight where the layout allows."""


@dataclass(frozen=True)
class Node:
    """A box or glyph. `kind` says what is drawn; `role` which look it has; `symbol` is the quantity it stands for.

    `latex` and `text` are what stands in it; `name` is the quantity's name in LaTeX where that is something else, and
    `biases` are constants that a layer adds, in LaTeX and as text. `home` is the quantity or expression with whose
    local derivatives those of the node's operands are gathered; `arithmetic` is whether it is made of elementwise sums,
    products and the like, over which a state is carried.
    """

    id: str
    kind: str
    role: str
    symbol: str
    latex: str
    text: str
    label: str = ""
    shape: str = ""
    name: str = ""
    biases: tuple[tuple[str, str], ...] = ()
    mark: str = ""
    home: sp.Expr | None = None
    arithmetic: bool = False
    axes: tuple[str, ...] = ()
    """The lifted axes of what it computes: it stands for one such node for each value of each of them."""
    crosses: bool = False
    """Whether it mixes the members along one of these axes."""

    @property
    def look(self) -> str:
        """The role whose look it has; an operation that plays no part of its own looks like one."""
        return self.role if self.kind != "operation" or self.role in TELLING else "glyph"

    def said(self) -> list[str]:
        """What is written in the node, as lines of text; glyphs of named quantities with the name."""
        named = self.kind in ("layer", "operation") and self.symbol
        first = f"{text_name(self.symbol)} = {self.text}" if named else self.text
        return [text for text in (first, self.label, self.shape) if text]


@dataclass(frozen=True)
class Edge:
    """An arrow that carries a quantity.

    `kind`: use; belt (a state carried on by elementwise arithmetic); through (a state that goes straight on, but not
    by arithmetic alone); end (to a terminal); join and bundle (to and from a join).
    `latex` and `text` are inscribed on it (weights); `value` is the quantity or expression that it carries and
    `derivative` the local derivative along it, as text. An overlay gives it a `mark`, and a `factor` to show, in LaTeX.
    """

    tail: str
    head: str
    kind: str = "use"
    latex: str = ""
    text: str = ""
    symbol: str = ""
    mark: str = ""
    factor: str = ""
    derivative: str = ""
    value: sp.Expr | None = None


@dataclass(frozen=True)
class Diagram:
    """Nodes and edges in drawing order; states enter by `before` and leave, in the same order, by `after`."""

    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    before: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    lang: Lang = "en"
    rankdir: str = "LR"
    belts: Mapping[str, str] = field(default_factory=dict)
    detail: str = "equations"
    brief: bool = False
    each: Mapping[str, str] = field(default_factory=dict)
    """The lifted axes in their order, and what the members along each are called."""

    @cached_property
    def node(self) -> Mapping[str, Node]:
        """The nodes by their ids."""
        return {node.id: node for node in self.nodes}


@dataclass(frozen=True)
class Subject:
    """What is drawn and how: a graph, with the names, carries and labels of the cell whose step it is."""

    graph: Graph
    name: str = "graph"
    carries: Mapping[sp.Symbol, sp.Symbol] = field(default_factory=dict)
    output: sp.Symbol | None = None
    title: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    roles: Mapping[sp.Expr, str] = field(default_factory=dict)
    carried: Collection[sp.Symbol] | None = None
    """States before the step that keep a multiple of their value; None where the picture itself has to tell."""
    lang: Lang = "en"
    show: Collection[str] = ("labels",)
    """Which of SHOWN is drawn."""
    rankdir: str = "LR"
    renamed: Mapping[sp.Expr, sp.Expr] = field(default_factory=dict)
    """At a numbered step: what its quantities are called in the cell, and here."""
    each: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The lifted axes in their order, and what the members along each are called."""

    def role(self, symbol: sp.Symbol) -> str:
        """The role by which a quantity is coloured: as derived where that is known, else as the graph says."""
        if symbol in self.roles:
            return self.roles[symbol]
        return "state" if symbol in self.carries.values() else self.graph.quantities[symbol].role

    def label(self, symbol: sp.Symbol) -> str:
        """What the spec calls a quantity, where labels are shown."""
        return self.spoken(self.labels.get(stem(symbol), {})) if "labels" in self.show else ""

    def shape(self, symbol: sp.Symbol) -> str:
        """The shape of a quantity, where shapes are shown."""
        return spelled(self.graph.quantities[symbol].shape or (), "1") if "shapes" in self.show else ""

    def axes(self, expr: sp.Expr) -> tuple[str, ...]:
        """The lifted axes of a quantity or of an expression over quantities."""
        return tuple(str(axis) for axis in axes_of(self.graph.shape(expr)))

    def spoken(self, said: Mapping[str, str]) -> str:
        """Words of the spec in the reader's language or the other one."""
        return said.get(self.lang) or next(iter(said.values()), "")

    def written(self, expr: sp.Expr) -> tuple[str, str]:
        """An expression in LaTeX and as text."""
        return latex(expr, self.graph), text(expr, self.graph)

    def diagram(self, nodes: Iterable[Node], edges: Iterable[Edge], detail: str) -> Diagram:
        """The diagram of these nodes and edges, with what is said of the whole."""
        nodes = tuple(nodes)
        before, inputs, after = (
            tuple(node.id for node in nodes if node.kind == kind) for kind in ("before", "input", "after")
        )
        belts = MappingProxyType({str(a): str(b) for a, b in self.carries.items()})
        each = {axis: self.spoken(said) for axis, said in self.each.items()}
        return Diagram(
            self.name, nodes, tuple(edges), before, inputs, after,
            self.spoken(self.title), _description(self), self.lang, self.rankdir, belts, detail, each=each,
        )  # fmt: skip


def subject(drawn: Graph | Cell, unfold: bool = False, **options: Any) -> Subject:
    """A cell's step, or any graph, made ready to be drawn; options are fields of a Subject.

    Functions are called as they were written, and with `unfold` what they are inside is drawn.
    """
    graph = drawn if isinstance(drawn, Graph) else drawn.step
    if graph.folded is not None and not unfold:
        options["roles"] = {folded(e, graph.functions): role for e, role in options.get("roles", {}).items()}
    graph = replace(graph, folded=None) if unfold else graph.folded or graph
    if isinstance(drawn, Graph):
        axes = {axis for quantity in graph.quantities.values() for axis in axes_of(quantity.shape or ())}
        return Subject(graph, each={str(a): {} for a in in_order(axes)}, **options)
    each = {axis: drawn.labels.get(axis) or {"en": drawn.dims[axis]} for axis in drawn.each}
    return Subject(graph, drawn.name, drawn.carries, drawn.output, drawn.title, drawn.labels, each=each, **options)


def equations(of: Subject) -> Diagram:
    """One box per equation, one arrow per use of a quantity (parameters only with show=params)."""
    graph = of.graph
    nodes = [
        shown(of, q.symbol, ENTERING.get(q.role, "input")) for q in graph.leaves if not q.fixed or "params" in of.show
    ]
    nodes += [_equation(of, equation) for equation in graph.equations]
    known = {node.id for node in nodes}
    # The states after in the order of the states before, then the output.
    leaving = dict.fromkeys([*of.carries.values(), *([] if of.output is None else [of.output])])
    nodes += [shown(of, symbol, "after", " out") for symbol in leaving]
    kinds = _kinds(of)
    edges = [
        Edge(str(used), str(equation.lhs), kinds.get((used, equation.lhs), "use"), symbol=str(used), value=used)
        for equation in graph.equations
        for used in symbols_of(equation.rhs)
        if str(used) in known
    ]  # fmt: skip
    into = {edge.head: edge.kind for edge in edges if edge.kind in STRAIGHT}
    edges += [Edge(str(s), f"{s} out", into.get(str(s), "end"), symbol=str(s)) for s in leaving]
    return of.diagram(nodes, edges, "equations")


def named(diagram: Diagram) -> Diagram:
    """The diagram with the names of quantities in their glyphs, f = σ, for layouts that keep no room beside them."""
    nodes = tuple(
        replace(node, latex=f"{node.name} = {node.latex}", text=node.said()[0])
        if node.name and node.kind in ("layer", "operation")
        else node
        for node in diagram.nodes
    )
    return replace(diagram, nodes=nodes)


def _description(of: Subject) -> str:
    """Alternative text: what comes in, what is handed on and every equation, in one paragraph."""
    graph = of.graph
    each = [of.spoken(said) or axis for axis, said in of.each.items()]
    parts = [
        ("For each of: {names}", each, ", "),
        ("Inputs: {names}", [text_name(q.symbol) for q in graph.having("input")], ", "),
        ("Handed to the next step: {names}", [text_name(s) for s in of.carries.values()], ", "),
        ("Equations: {names}", [text_equation(e, graph) for e in graph.equations], "; "),
    ]
    stop = "。" if of.lang == "zh" else ". "
    said = [translated(template, of.lang).format(names=joint.join(names)) for template, names, joint in parts if names]
    return stop.join([*said, ""]).strip()


def goes_on(expr: sp.Expr) -> tuple[sp.Expr, ...]:
    """What a state goes on through: arithmetic, rows that are scaled, and the arithmetic inside of functions."""
    if isinstance(expr, Call):
        return expr.leading(goes_on)
    return operands(expr) if is_arithmetic(expr) else expr.args[1:] if isinstance(expr, Scale) else ()


def _kinds(of: Subject) -> dict[tuple[sp.Symbol, sp.Symbol], str]:
    """The kinds of the edges by which a state goes on to its next value: belts where it is carried, else through."""
    back = {
        equation.lhs: [node for node in postorder(equation.rhs, goes_on) if isinstance(node, sp.Symbol)]
        for equation in of.graph.equations
    }
    ahead: dict[sp.Symbol, list[sp.Symbol]] = {}
    for user, used in back.items():
        for symbol in used:
            ahead.setdefault(symbol, []).append(user)
    found: dict[tuple[sp.Symbol, sp.Symbol], str] = {}
    for before, after in of.carries.items():
        others = set(of.carries.values()) - {after}
        on = reachable([before], ahead, others) & reachable([after], back, others) - others
        kept = after in on and (of.carried is None or before in of.carried)
        found |= {(s, user): "belt" for s in on for user in ahead.get(s, ()) if kept and user in on}
        if not kept and before in of.graph.uses.get(after, ()):
            found[before, after] = "through"
    return found


def shown(of: Subject, symbol: sp.Symbol, kind: str, suffix: str = "") -> Node:
    """The node of a quantity that enters or leaves the picture; a suffix to its name tells where it leaves."""
    role = "output" if kind == "after" and symbol not in of.carries.values() else of.role(symbol)
    return Node(
        f"{symbol}{suffix}", kind, role, str(symbol), latex_name(symbol, of.graph), text_name(symbol),
        label=of.label(symbol) if kind != "after" else "", shape=of.shape(symbol),
        axes=of.axes(symbol) if of.each else (),
    )  # fmt: skip


def _equation(of: Subject, equation: Equation) -> Node:
    symbol = equation.lhs
    return Node(
        str(symbol), "equation", of.role(symbol), str(symbol),
        latex_equation(equation, of.graph), text_equation(equation, of.graph), of.label(symbol), of.shape(symbol),
        home=symbol, name=latex_name(symbol, of.graph), axes=of.axes(symbol) if of.each else (),
    )  # fmt: skip
