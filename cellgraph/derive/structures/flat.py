"""The flat form of a graph: every operation that is no plain elementwise arithmetic stands under a name of its own.

Vectors under +, − and ⊙ form a commutative ring, so what is left between the names is ordinary scalar algebra
(`algebra`), and questions such as "do these two coefficients add up to one" have exact answers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import sympy as sp

from cellgraph.graph import Equation, Graph, postorder, rebuilt, shapes_within, symbols_of
from cellgraph.ops import Add, Diag, Div, Head, Mul, Neg, Op, Pow, Shape, Sub, operands, times


def in_ring(op: Op) -> bool:
    """Whether an operation is arithmetic of the ring: entry by entry, and a rational function of its operands."""
    return op.elementwise and op.inline and op.analytic


def nothing(op: Op) -> bool:
    """No operation stays unnamed: the graph then has one operation an equation."""
    return False


@dataclass(frozen=True)
class Flat:
    """A graph with one named operation an equation, ring arithmetic aside, and what the names it made up stand for."""

    graph: Graph
    meaning: Mapping[sp.Expr, sp.Expr]

    @cached_property
    def algebra(self) -> Mapping[sp.Symbol, sp.Expr]:
        """Ring definitions as scalar algebra; quantities that are made by any other operation are left out."""
        return MappingProxyType(
            {e.lhs: algebra(e.rhs) for e in self.graph.equations if not isinstance(e.rhs, Head) or in_ring(e.rhs.op)}
        )

    @cached_property
    def users(self) -> Mapping[sp.Symbol, tuple[Equation, ...]]:
        """The equations that use a quantity."""
        found: dict[sp.Symbol, list[Equation]] = {symbol: [] for symbol in self.graph.quantities}
        for equation in self.graph.equations:
            for symbol in symbols_of(equation.rhs):
                found.setdefault(symbol, []).append(equation)
        return MappingProxyType({symbol: tuple(equations) for symbol, equations in found.items()})

    def unfolded(self, expr: sp.Expr, opened: Collection[sp.Symbol] | None = None) -> sp.Expr:
        """Scalar algebra with the names that stand for ring arithmetic (those in `opened`, or all) written out."""
        for equation in reversed(self.graph.equations):
            name = equation.lhs
            if name in self.algebra and (opened is None or name in opened) and name in expr.free_symbols:
                expr = expr.xreplace({name: self.algebra[name]})
        return expr

    def spelled(self, expr: sp.Expr) -> sp.Expr:
        """The expression in heads over the names of the original graph."""
        return rebuilt(expr if isinstance(expr, Head) else written(expr), self.meaning)

    def scaled(self, weight: sp.Expr, value: sp.Symbol) -> sp.Expr:
        """weight ⊙ value in heads over the names of the original graph, as the spec has it where it has it whole."""
        whole = Mul(weight, value)
        return self.meaning[whole] if whole in self.meaning else times(self.spelled(weight), self.spelled(value))


def flat(graph: Graph, stays: Callable[[Op], bool] = in_ring) -> Flat:
    """The flat form of a graph; operations for which `stays` holds need no name of their own."""
    names: dict[sp.Expr, sp.Symbol] = {}
    meaning: dict[sp.Expr, sp.Expr] = {}
    equations: list[Equation] = []

    def named(expr: sp.Expr) -> sp.Symbol:
        if expr not in names:
            names[expr] = sp.Symbol(f"@{len(names)}")
            meaning[names[expr]] = rebuilt(expr, meaning)
            equations.append(Equation(names[expr], expr))
        return names[expr]

    def scaling(factor: sp.Expr, shown: sp.Expr) -> sp.Symbol:
        """A factor spread over an array by an operation of its own; it is shown as what is spread."""
        inner = rebuilt(factor, {a: named(a) for a in operands(factor) if isinstance(a, Head)})
        symbol = named(inner)
        meaning[symbol] = shown
        return symbol

    for equation in graph.equations:
        stack: list[sp.Expr] = []
        within = shapes_within(equation.rhs, graph.quantities)
        for node in postorder(equation.rhs):
            if not isinstance(node, Head):
                stack.append(node)
                continue
            count = len(operands(node))
            arguments = stack[len(stack) - count :]
            del stack[len(stack) - count :]
            if not stays(node.op):
                arguments = [named(a) if isinstance(a, Head) else a for a in arguments]
            made = type(node)(*arguments, *node.args[count:])
            spread = _spread(node, tuple(within[a] for a in operands(node))) if stays(Mul.op) else None
            if spread is not None:
                place, factor = spread
                given = dict(zip(operands(node), arguments, strict=True))
                row = scaling(rebuilt(factor, given), node.args[1 - place])
                stack.append(Mul(row, arguments[place]))
                # Whole, it is shown as the spec has it.
                meaning |= {Mul(row, arguments[place]): node, Mul(arguments[place], row): node}
                continue
            if node is equation.rhs:
                names.setdefault(made, equation.lhs)
            # A share such as f / (f + i) may be a gate, and a gate needs a name.
            unnamed = stays(node.op) and not isinstance(node, Div)
            stack.append(made if unnamed or node is equation.rhs else named(made))
        equations.append(Equation(equation.lhs, stack[0], equation.source))
    known = [graph.quantities[e.lhs] for e in graph.equations]
    return Flat(Graph.build(graph.leaves, equations, known, graph.outputs), MappingProxyType(meaning))


def _spread(node: Head, shapes: tuple[Shape, ...]) -> tuple[int, sp.Expr] | None:
    """For an operation that scales one of its two operands by the other spread out, which, and by what: diag(a) S."""
    if node.op.elementwise or len(shapes) != 2 or len(node.args) != 2:
        return None
    for place, factor in enumerate(node.op.jacobian(sp.Dummy(), *node.args, shapes=shapes)):
        if isinstance(factor, Diag) and node.args[place] not in symbols_of(factor.args[0]):
            return place, factor.args[0]
    return None


def reached(graph: Graph, starts: Iterable[sp.Symbol], held: Iterable[sp.Symbol] = ()) -> frozenset[sp.Symbol]:
    """The quantities that depend on any of `starts`, these included; quantities in `held` count as constants."""
    found, fixed = set(starts), set(held)
    for equation in graph.equations:
        if equation.lhs not in fixed and any(symbol in found for symbol in symbols_of(equation.rhs)):
            found.add(equation.lhs)
    return frozenset(found)


def algebra(expr: sp.Expr) -> sp.Expr:
    """A ring expression as ordinary scalar SymPy, one symbol for each quantity."""
    stack: list[sp.Expr] = []
    for node in postorder(expr):
        if isinstance(node, Head):
            count = len(operands(node))
            arguments = stack[len(stack) - count :]
            del stack[len(stack) - count :]
            stack.append(node.op.value(None, (0,) * count, *arguments, *node.args[count:]))
        else:
            stack.append(node)
    return stack[0]


def written(expr: sp.Expr) -> sp.Expr:
    """Scalar algebra as an expression of heads again: numbers and positive terms first."""
    if not expr.args:
        return expr
    if isinstance(expr, sp.Add):
        terms = sorted(expr.args, key=lambda term: (_negative(term), not term.is_number, sp.default_sort_key(term)))
        plus = [written(term) for term in terms if not _negative(term)]
        total = Add(*plus) if len(plus) > 1 else plus[0] if plus else None
        for term in terms[len(plus) :]:
            total = Neg(written(-term)) if total is None else Sub(total, written(-term))
        return total
    if _negative(expr):
        return Neg(written(-expr))
    top, bottom = sp.fraction(expr)
    if bottom != 1:
        return expr if expr.is_number else Div(written(top), written(bottom))
    if isinstance(expr, sp.Pow):
        return Pow(written(expr.base), expr.exp)
    factors = sorted(expr.args, key=lambda factor: (not factor.is_number, sp.default_sort_key(factor)))
    product = written(factors[0])
    for factor in factors[1:]:
        product = Mul(product, written(factor))
    return product


def _negative(expr: sp.Expr) -> bool:
    return bool(expr.as_coeff_Mul()[0].is_negative)


def source(expr: sp.Expr) -> str:
    """An expression in the language of specs, for documents that programs read: '1 - z'."""
    stack: list[tuple[str, int]] = []
    for node in postorder(expr):
        if not isinstance(node, Head):
            stack.append((str(node), 10 if node.is_number and node.is_negative else 100))
            continue
        count = len(operands(node))
        pieces = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        notation = node.op.notation
        closed = "source" in notation.loose
        parts = [
            piece if closed or binds > notation.binds or (binds == notation.binds and k == 0) else f"({piece})"
            for k, (piece, binds) in enumerate(pieces)
        ]
        every = [*parts, *(str(static) for static in node.args[count:])]
        text = notation.source.join(parts) if notation.joins else notation.source.replace("{*}", ", ".join(every))
        stack.append((text if notation.joins else text.format(*every), 100 if closed else notation.binds))
    return stack[0][0]
