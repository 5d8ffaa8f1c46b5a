"""The diagram at the level *operations*: one glyph for every operation, as textbooks draw a cell.

What only parameters and numbers make up is not a glyph but an inscription: W_f on the arrow of the vector that it
multiplies, "1−" in the glyph of 1 − z. An activation of a sum of such products is one box, a *layer*. Layers that
read the same vectors share a *join*, so that one wire goes to all of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations, count, pairwise

import sympy as sp

from cellgraph.graph import Call, fold, postorder, rebuilt, symbols_of
from cellgraph.graph.ring import is_arithmetic
from cellgraph.ops import Add, Div, Head, Mul, Sub, crossed, operands, weighted
from cellgraph.views.notation import latex_name, text_name
from cellgraph.views.pictures.diagram import ENTERING, Diagram, Edge, Node, Subject, goes_on, shown
from cellgraph.views.pictures.tracks import tracks

HOLE = sp.Symbol("\N{DOTTED CIRCLE}")
"""Stands for what comes in by an arrow, where an operation is inscribed with its constant operands."""


SIGNS = {
    "σ": r"\sigma ", "⊙": r"\odot ", "⊗": r"\otimes ", "⊕": r"\oplus ", "−": "-", "÷": r"\div ", "√": r"\sqrt{\cdot}",
    "Σ": r"\Sigma ", "·": r"\cdot ", "ᵀ": r"\cdot^{\top}", "ᵖ": "^{p}", "↓": r"\downarrow ", "↑": r"\uparrow ",
    "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "×": r"\times ", "≤": r"\leq ", "≥": r"\geq ",
    "𝟏": r"\mathbf{1}", "_": r"\_", "∗": r"\ast ", "⋆": r"\star ",
}  # fmt: skip
"""Signs in the labels of operations as LaTeX commands; the words in them are set upright."""


@dataclass(frozen=True)
class Operand:
    """What comes in by one arrow: a quantity or an operation, and the constant that multiplies it on the way.

    `sign` is what tells it from the other operand, in LaTeX and as text.
    """

    value: sp.Expr
    weight: sp.Expr | None = None
    sign: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Glyph:
    """One operation as it is drawn: its kind, what is written in it (in LaTeX and as text), what comes in, and
    constants that are added."""

    kind: str
    written: tuple[str, str]
    terms: tuple[Operand, ...]
    biases: tuple[sp.Expr, ...] = ()


@dataclass
class _Sketch:
    of: Subject
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def add(self, node: Node) -> None:
        self.nodes[node.id] = node


def operations(of: Subject) -> Diagram:
    """The glyph diagram of a step: states before, inputs, glyphs, joins, states after and outputs."""
    sketch = _Sketch(of)
    for quantity in of.graph.leaves:
        if not quantity.fixed:
            sketch.add(shown(of, quantity.symbol, ENTERING.get(quantity.role, "input")))
    for equation in of.graph.equations:
        _draw_equation(sketch, equation.lhs, equation.rhs)
    _join(sketch)
    _inscribe_biases(sketch)
    _end(sketch)
    found = of.diagram(sketch.nodes.values(), sketch.edges, "operations")
    return replace(found, edges=_with_belts(found, None if of.carried is None else {str(s) for s in of.carried}))


def _with_belts(diagram: Diagram, carried: Collection[str] | None) -> tuple[Edge, ...]:
    """The edges, those marked that carry a state straight on through the step."""
    kinds: dict[tuple[str, str], str] = {}
    for before, way in tracks(diagram).items():
        kept = all(diagram.node[name].arithmetic for name in way) and (carried is None or before in carried)
        kind = "belt" if kept else "through"
        kinds.update(dict.fromkeys(pairwise([before, *way, f"{diagram.belts[before]} out"]), kind))
    return tuple(replace(e, kind=kinds.get((e.tail, e.head), e.kind)) for e in diagram.edges)


def glyph(of: Subject, expr: sp.Expr) -> Glyph:
    """What is drawn for an expression's outermost operation (or for a layer: activation, sum and products at once)."""
    if not isinstance(expr, Head):
        return Glyph("operation", ("=", "="), (Operand(expr),) if _varies(of, expr) else ())
    inner = expr.args[0]
    varying = [operand for operand in operands(expr) if _varies(of, operand)]
    if expr.op.elementwise and not expr.op.inline and varying == [inner] and _is_affine(of, inner):
        return Glyph("layer", _written(expr.op.label), *_affine(of, inner))
    if _is_affine(of, expr):
        product = _weighted(of, expr)
        if product is not None and product.weight is not None:
            return Glyph("layer", of.written(product.weight), (Operand(product.value),))
        return Glyph("layer", _written(expr.op.label), *_affine(of, expr))
    if isinstance(expr, Call):
        return _called(of, expr, varying)
    if expr.op.notation.joins and len(varying) > 1:
        added = tuple(operand for operand in operands(expr) if operand not in varying)
        sign = expr.op.notation.latex.strip(), expr.op.notation.text.strip()
        latexes, texts = zip(sign, *map(of.written, added), strict=True)
        return Glyph("operation", (" ".join(latexes), " ".join(texts)), tuple(Operand(v) for v in varying))
    if len(varying) == len(expr.args):
        sign = _written(expr.op.label)
        # Of a difference or a quotient, what is taken away or divides comes by an arrow with the sign.
        terms = [
            Operand(v, None, sign if k and isinstance(expr, Sub | Div) else ("", "")) for k, v in enumerate(varying)
        ]
        return Glyph("operation", sign, tuple(terms))
    holes = [HOLE if operand in varying else operand for operand in expr.args]
    # A dot where an arrow comes in: 1 − ·, ·², α ⊙ ·.
    in_latex, as_text = of.written(type(expr)(*holes))
    inscribed = _filled(in_latex, r"\cdot "), _filled(as_text, "\N{MIDDLE DOT}")
    return Glyph("operation", inscribed, tuple(Operand(v) for v in varying))


def _called(of: Subject, expr: Call, varying: list[sp.Expr]) -> Glyph:
    """A function by its name, with numbers in it. Arrows say which operand is which, or what is learned beside it."""
    fixed = [operand for operand in operands(expr) if operand not in varying]
    if fixed and not any(symbols_of(operand) for operand in fixed):
        holes = [HOLE if operand in varying else operand for operand in operands(expr)]
        in_latex, as_text = of.written(type(expr)(*holes))
        inscribed = _filled(in_latex, r"\cdot "), _filled(as_text, "\N{MIDDLE DOT}")
        return Glyph("operation", inscribed, tuple(map(Operand, varying)))
    if len(varying) == 1:
        said = [of.written(operand) for operand in fixed]
        signs = [(", ".join(in_latex for in_latex, _ in said), ", ".join(as_text for _, as_text in said))]
    else:
        names = [(latex_name(p), text_name(p)) if _ordered(expr) else ("", "") for p in expr.function.parameters]
        signs = [sign for operand, sign in zip(operands(expr), names, strict=False) if operand in varying]
    terms = tuple(Operand(operand, None, sign) for operand, sign in zip(varying, signs, strict=True))
    return Glyph("operation", _written(expr.op.label), terms)


def _ordered(expr: Call) -> bool:
    """Whether it matters which operand is which."""
    first, *rest = expr.function.parameters
    turned = dict(zip(expr.function.parameters, (*rest, first), strict=True))
    return _unordered(expr.function.inside) != _unordered(rebuilt(expr.function.inside, turned))


def _unordered(expr: sp.Expr) -> str:
    """An expression as text that is the same for a + b and b + a."""

    def combine(node: Head, inner: list[str]) -> str:
        return f"{node.op.name}({sorted(inner) if isinstance(node, Add | Mul) else inner}, {node.args[len(inner) :]})"

    return fold(expr, str, combine)


def _varies(of: Subject, expr: sp.Expr) -> bool:
    """Whether an expression depends on more than parameters, constants and numbers."""
    quantities = of.graph.quantities
    return any(leaf in quantities and not quantities[leaf].fixed for leaf in postorder(expr))


def _weighted(of: Subject, expr: sp.Expr) -> Operand | None:
    """The term of a matrix product W v, of a convolution K ∗ v, or of a product p ⊙ v, with a constant W, K or p."""
    product = expr.args if isinstance(expr, Mul) else weighted(expr)
    if product is None:
        return None
    a, b = product
    if _varies(of, b) and not _varies(of, a):
        return Operand(b, a)
    return Operand(a, b) if isinstance(expr, Mul) and _varies(of, a) and not _varies(of, b) else None


def _is_affine(of: Subject, expr: sp.Expr) -> bool:
    """Whether an expression is a product with a constant matrix, or a sum that holds one."""
    parts = expr.args if isinstance(expr, Add) else (expr,)
    return any(weighted(part) and _weighted(of, part) for part in parts)


def _affine(of: Subject, expr: sp.Expr) -> tuple[tuple[Operand, ...], tuple[sp.Expr, ...]]:
    parts = expr.args if isinstance(expr, Add) else (expr,)
    terms = tuple(_weighted(of, part) or Operand(part) for part in parts if _varies(of, part))
    return terms, tuple(part for part in parts if not _varies(of, part))


def _written(label: str) -> tuple[str, str]:
    """An operation's label in LaTeX, words upright, and as text."""
    words = re.sub(r"[A-Za-z][A-Za-z0-9]+", lambda word: rf"\mathrm{{{word[0]}}}", label)
    return "".join(SIGNS.get(character, character) for character in words).strip(), label


def _filled(written: str, dot: str) -> str:
    """A dot for what comes in by an arrow; none where an operator leaves its place open at the end: 1 −."""
    hole = str(HOLE)
    open_end = written.startswith(f"{hole} ") or written.endswith(f" {hole}")
    return written.replace(hole, "" if open_end and written.count(hole) == 1 else dot).strip()


def _draw_equation(sketch: _Sketch, lhs: sp.Symbol, rhs: sp.Expr) -> None:
    """Glyphs of a right-hand side, arguments first; the outermost one gets the quantity's name as its id."""
    of = sketch.of
    drawn: list[Node] = []
    numbers = count(1)
    todo: list[tuple[str, sp.Expr, sp.Expr]] = [(str(lhs), rhs, lhs)]
    while todo:
        name, expr, home = todo.pop()
        found, arithmetic = glyph(of, expr), is_arithmetic(expr)
        biases = tuple(map(of.written, found.biases)) if "params" in of.show else ()
        drawn.append(
            Node(
                name, found.kind, of.roles.get(expr, "derived"), "", *found.written,
                biases=biases, home=home, arithmetic=bool(goes_on(expr)), axes=of.axes(expr) if of.each else (),
                crosses=bool(of.each) and _crosses(of, expr),
            )
        )  # fmt: skip
        for term in found.terms:
            symbol, tail = str(term.value), str(term.value)
            if isinstance(term.value, Head):
                symbol, tail = "", f"{lhs}.{next(numbers)}"
                todo.append((tail, term.value, home if arithmetic and is_arithmetic(term.value) else term.value))
            inscribed = term.sign if term.weight is None else of.written(term.weight)
            sketch.edges.append(Edge(tail, name, "use", *inscribed, symbol, value=term.value))
    drawn[0] = replace(drawn[0], role=of.role(lhs), symbol=str(lhs), name=latex_name(lhs, of.graph))
    if drawn[0].kind == "layer":
        drawn[0] = replace(drawn[0], label=of.label(lhs), shape=of.shape(lhs))
    for node in reversed(drawn):
        sketch.add(node)


def _crosses(of: Subject, expr: sp.Expr) -> bool:
    """Whether an operation goes along lifted axes that its result has too, as a softmax over experts does."""
    return isinstance(expr, Head) and any(str(axis) in of.axes(expr) for axis in crossed(expr))


def _join(sketch: _Sketch) -> None:
    """One wire for layers that read the same quantities: a join gathers them, and the weights go on its arrows."""
    weighted: dict[str, list[Edge]] = {}
    for edge in sketch.edges:
        if edge.latex and sketch.nodes[edge.head].kind == "layer":
            weighted.setdefault(edge.head, []).append(edge)
    for number in range(1, len(weighted) + 1):
        tails = _shared({head: frozenset(e.tail for e in edges) for head, edges in weighted.items()})
        if not tails:
            break
        join = f"join {number}"
        axes = {axis for tail in tails for axis in sketch.nodes[tail].axes}
        in_order = tuple(axis for axis in sketch.of.each if axis in axes)
        sketch.add(Node(join, "join", "derived", "", "", "", axes=in_order))
        values = {edge.tail: edge.value for edges in weighted.values() for edge in edges}
        sketch.edges += [
            Edge(tail, join, "join", symbol=tail, value=values[tail]) for tail in sketch.nodes if tail in tails
        ]
        for head in [head for head, edges in weighted.items() if tails <= {e.tail for e in edges}]:
            bundle = [edge for edge in weighted.pop(head) if edge.tail in tails]
            sketch.edges = [edge for edge in sketch.edges if edge not in bundle]
            inscribed = ", ".join(e.latex for e in bundle), ", ".join(e.text for e in bundle)
            sketch.edges.append(Edge(join, head, "bundle", *inscribed))


def _inscribe_biases(sketch: _Sketch) -> None:
    """Where parameters are shown: what a layer adds stands with the weights of its last arrow."""
    last = {edge.head: number for number, edge in enumerate(sketch.edges) if edge.latex}
    for name, number in last.items():
        biases, edge = sketch.nodes[name].biases, sketch.edges[number]
        if biases:
            latexes, texts = zip((edge.latex, edge.text), *biases, strict=True)
            sketch.edges[number] = replace(edge, latex=", ".join(latexes), text=", ".join(texts))


def _shared(readers: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The quantities that the most layers read together, at least two of each; the largest such set, else none."""
    readings = list(dict.fromkeys(a & b for a, b in combinations(readers.values(), 2)))
    found = [common for common in readings if len(common) > 1]
    return max(found, key=lambda common: (sum(common <= r for r in readers.values()), len(common)), default=frozenset())


def _end(sketch: _Sketch) -> None:
    """States after and the output: terminals, and the arrows to them."""
    of = sketch.of
    for symbol in dict.fromkeys(of.carries.values()):
        sketch.add(shown(of, symbol, "after", " out"))
        sketch.edges.append(Edge(str(symbol), f"{symbol} out", "end", symbol=str(symbol)))
    if of.output is not None:
        sketch.add(replace(shown(of, of.output, "after", " up"), kind="output"))
        sketch.edges.append(Edge(str(of.output), f"{of.output} up", "end", symbol=str(of.output)))
