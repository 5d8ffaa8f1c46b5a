"""Overlays: a diagram with its nodes and edges marked; what is marked, and the factors, come as data.

*Gradient* marks every way back from one state to another, the carry apart, each edge with its local derivative.
*Difference* marks what one diagram has and another lacks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from cellgraph.graph import reachable
from cellgraph.ops import IDENTITY
from cellgraph.views.notation import latex, text, text_name
from cellgraph.views.pictures.diagram import Diagram, Edge, Node, Subject

Links = Mapping[sp.Expr, Sequence[tuple[sp.Expr, sp.Expr]]]
"""The local derivatives of every quantity and inner expression: by what, and the linear factor of its change."""
SEVERAL, TYPICAL = 4, 1
"""All factors are written on so many steps at most; of more, on the second alone, which is like all after it. Those
along the carry are written on every step."""


def gradient(
    diagrams: Sequence[Diagram], subjects: Sequence[Subject], links: Links, of: str, wrt: str
) -> tuple[Diagram, ...]:
    """The diagrams (of one step, or of several) with the ways from `wrt` to `of` marked, and factors on the edges.

    `of` names a state after the (last) step, `wrt` one before the (first). Raises ValueError where there is no way.
    """
    after = [str(symbol) for symbol in subjects[-1].graph.definitions]
    before = diagrams[0].before
    for name, choices in ((of, after), (wrt, before)):
        if name not in choices:
            raise ValueError(f"unknown quantity: {name!r} (must be one of {', '.join(choices)})")
    edges = [(_key(k, edge.tail), _key(k, edge.head)) for k, d in enumerate(diagrams) for edge in d.edges]
    on_way = _between(edges, wrt, of)
    if not on_way:
        raise ValueError(f"{of} does not depend on {wrt}")
    belt = [(edge.tail, edge.head) for d in diagrams for edge in d.edges if edge.kind == "belt"]
    carried = _between(belt, wrt, of)
    handed = [frozenset(e.tail for e in d.edges if _key(k, e.head) in on_way) for k, d in enumerate(diagrams)]
    marked = []
    for number, (diagram, subject) in enumerate(zip(diagrams, subjects, strict=True)):
        leaving = handed[number + 1] & on_way if number + 1 < len(diagrams) else frozenset([of])
        ends, held = ({f"{name} out" for name in names} for names in (leaving, leaving & carried))
        passed = _Passed(number, on_way | ends, carried | held)
        marked.append(_marked(diagram, subject, links, passed, len(diagrams) <= SEVERAL or number == TYPICAL))
    return tuple(marked)


@dataclass(frozen=True)
class _Passed:
    """The nodes of one step that a gradient passes, and those on the belt if it runs all the way."""

    step: int
    nodes: frozenset[str]
    belt: frozenset[str]

    def look(self, node: Node) -> str:
        if _key(self.step, node.id) not in self.nodes:
            return "calm"
        return "carry" if node.id in self.belt else "gradient"

    def mark(self, edge: Edge) -> str:
        if not {_key(self.step, edge.tail), _key(self.step, edge.head)} <= self.nodes:
            return "calm"
        return "carry" if edge.kind == "belt" and {edge.tail, edge.head} <= self.belt else "gradient"


def _key(number: int, name: str) -> str:
    """Ids are the same at every step for joins and glyphs without a name alone."""
    return f"{number} {name}" if name.startswith("join ") else name


def _between(edges: Iterable[tuple[str, str]], start: str, end: str) -> frozenset[str]:
    """What lies on the ways from start to end along edges, both ends included; nothing where there is no way."""
    out: dict[str, list[str]] = {}
    into: dict[str, list[str]] = {}
    for tail, head in edges:
        out.setdefault(tail, []).append(head)
        into.setdefault(head, []).append(tail)
    after, before = reachable([start], out), reachable([end], into)
    return frozenset(after & before)


def _marked(diagram: Diagram, subject: Subject, links: Links, passed: _Passed, fully: bool) -> Diagram:
    """The diagram with what the gradient passes marked; factors on all of it if `fully`, else along the carry alone.

    On arrows into layers a factor stands in the place of the weights. Edges that carry one value into one derivative
    have one factor: the first has it.
    """
    local, said = _local(subject, links), {"carry", "gradient"} if fully else {"carry"}
    nodes = tuple(replace(node, mark=passed.look(node)) for node in diagram.nodes)
    first: dict[object, Edge] = {}
    edges = []
    for plain in diagram.edges:
        edge = replace(plain, mark=passed.mark(plain))
        home = diagram.node[edge.head].home
        twin = first.setdefault((edge.tail, edge.value, home), edge)
        if edge.mark in said and home in local and twin is edge:
            bundled = [e.value for e in diagram.edges if e.head == edge.tail and passed.mark(e) != "calm"]
            values = bundled if edge.kind == "bundle" else [edge.value]
            factor = _factor(home, values, local, lambda factor: latex(factor, subject.graph), r"\,")
            edge = replace(edge, factor=factor, latex=factor if edge.latex else "")
        edges.append(edge)
    return replace(diagram, nodes=nodes, edges=tuple(edges))


def annotated(diagram: Diagram, subject: Subject, links: Links) -> Diagram:
    """The diagram with the local derivative along every edge as text, for pages that react to it."""
    edges = []
    for edge in diagram.edges:
        home = diagram.node[edge.head].home
        said = _factor(home, [edge.value], links, lambda factor: text(factor, subject.graph), " ")
        edges.append(replace(edge, derivative=said))
    return replace(diagram, edges=tuple(edges))


def _local(subject: Subject, links: Links) -> Links:
    """The local derivatives under the names of a numbered step."""
    now = subject.renamed
    return {
        node.xreplace(now): [(source.xreplace(now), factor.xreplace(now)) for source, factor in found]
        for node, found in links.items()
    }


def _factor(
    home: sp.Expr | None, values: Sequence[sp.Expr | None], links: Links, write: Callable[[sp.Expr], str], joint: str
) -> str:
    """The sum of the products of the factors on all ways from these values to their home, written out."""
    ways = [way for value in values for way in _ways(home, value, links)]
    return " + ".join(joint.join(write(factor) for factor in way if factor != IDENTITY) or "I" for way in ways)


def _ways(home: sp.Expr | None, value: sp.Expr | None, links: Links) -> list[tuple[sp.Expr, ...]]:
    """The factors on every way from a value to its home, through expressions that have no node of their own."""
    ways = []
    todo: list[tuple[sp.Expr | None, tuple[sp.Expr, ...]]] = [(home, ())]
    while todo:
        node, factors = todo.pop()
        for source, factor in links.get(node, ()):
            if source == value:
                ways.append((*factors, factor))
            elif not isinstance(source, sp.Symbol):
                todo.append((source, (*factors, factor)))
    return ways


def difference(a: Diagram, b: Diagram, names: Mapping[str, str]) -> tuple[Diagram, Diagram]:
    """Both diagrams, everything marked that the other lacks: removed from the first, added in the second.

    `names` maps quantities of the first to those of the second that play the same part; other names stand for
    themselves.
    """
    back = {theirs: ours for ours, theirs in names.items()}
    return _lacking(a, b, "removed", names), _lacking(b, a, "added", back)


def _lacking(diagram: Diagram, other: Diagram, mark: str, names: Mapping[str, str]) -> Diagram:
    """The diagram with everything marked that the other lacks; the rest is calm."""
    ours = {node.id: _signature(node, names) for node in diagram.nodes}
    said = {node.id: _signature(node, {}) for node in other.nodes}
    theirs, lines = set(said.values()), {(said[e.tail], e.text, said[e.head]) for e in other.edges}
    nodes = tuple(replace(node, mark="calm" if ours[node.id] in theirs else mark) for node in diagram.nodes)
    edges = tuple(
        replace(e, mark="calm" if (ours[e.tail], _named(e.text, names), ours[e.head]) in lines else mark)
        for e in diagram.edges
    )
    return replace(diagram, nodes=nodes, edges=edges)


def _signature(node: Node, names: Mapping[str, str]) -> tuple[str, ...]:
    """What makes a node the same in two diagrams: its kind, what it says and which quantity it is."""
    owner = node.id.partition(".")[0]
    return (node.kind, _named(node.text, names), names.get(owner, owner), names.get(node.symbol, node.symbol))


def _named(text: str, names: Mapping[str, str]) -> str:
    """Text of one diagram in the names of another."""
    shown = {text_name(ours): text_name(theirs) for ours, theirs in names.items()}
    return re.sub(r"[^\W\d]\w*", lambda word: shown.get(word[0], word[0]), text)
