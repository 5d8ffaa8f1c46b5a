"""The flat form of a graph: every operation that is no plain elementwise arithmetic stands under a name of its own.

What is left between the names is arithmetic of the ring (`graph.ring`), so it is ordinary scalar algebra.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import sympy as sp

from cellgraph.graph import Equation, Graph, fold, rebuilt, shapes_within, symbols_of, with_operands
from cellgraph.graph.ring import canonical, in_ring, restored
from cellgraph.ops import Diag, Div, Head, Mul, Shape, factors, operands, times


@dataclass(frozen=True)
class Flat:
    """A graph with one named operation an equation, ring arithmetic aside.

    `originals` says what the names that were made up stand for, in heads over the names of the graph it was made from.
    A name for a factor spread over a shape stands for the factor there, and in `spreads` for what it is.
    """

    graph: Graph
    originals: Mapping[sp.Expr, sp.Expr]
    spreads: Mapping[sp.Expr, sp.Expr]

    @cached_property
    def algebra(self) -> Mapping[sp.Symbol, sp.Expr]:
        """Ring definitions as scalar algebra; quantities that are made by any other operation are left out."""
        ring = (e for e in self.graph.equations if not isinstance(e.rhs, Head) or in_ring(e.rhs.op))
        return MappingProxyType({e.lhs: canonical(e.rhs) for e in ring})

    @cached_property
    def operations(self) -> frozenset[sp.Symbol]:
        """The quantities that are made by an operation outside the ring."""
        return frozenset(self.graph.definitions) - self.algebra.keys()

    def inlined(self, scalar: sp.Expr, names: Collection[sp.Symbol] | None = None) -> sp.Expr:
        """Scalar algebra with ring definitions in the place of their names: of those in `names`, or of all."""
        opened = self.algebra.keys() if names is None else self.algebra.keys() & names
        for name in reversed(self.algebra) if not opened.isdisjoint(scalar.free_symbols) else ():
            if name in opened and name in scalar.free_symbols:
                scalar = scalar.xreplace({name: self.algebra[name]})
        return scalar

    def original(self, expr: sp.Expr) -> sp.Expr:
        """Scalar algebra, or an operation, in heads over the names of the original graph.

        A spread factor is shown as the factor alone, unless something else of the whole shape stands beside it.
        """
        beside = expr.free_symbols - self.spreads.keys()
        whole = any(s in self.graph.quantities and self.graph.shape(s) for s in beside)
        names = {**self.originals, **self.spreads} if whole else self.originals
        return rebuilt(expr if isinstance(expr, Head) else restored(expr), names)

    def scaled(self, weight: sp.Expr, value: sp.Symbol) -> sp.Expr:
        """weight ⊙ value in heads over the names of the original graph, as the spec has it where it has it whole."""
        whole = Mul(weight, value)
        return self.originals[whole] if whole in self.originals else times(self.original(weight), self.original(value))


def flat(graph: Graph, nested: bool = True) -> Flat:
    """The flat form of a graph. Ring arithmetic stays nested; without `nested` it has one operation an equation too."""
    names: dict[sp.Expr, sp.Symbol] = {}
    originals: dict[sp.Expr, sp.Expr] = {}
    spreads: dict[sp.Expr, sp.Expr] = {}
    equations: list[Equation] = []

    def named(expr: sp.Expr) -> sp.Expr:
        """The name of an operation, made up where it has none; symbols and numbers need none."""
        if not isinstance(expr, Head):
            return expr
        if expr not in names:
            names[expr] = sp.Symbol(f"@{len(names)}")
            originals[names[expr]] = rebuilt(expr, originals)
            equations.append(Equation(names[expr], expr))
        return names[expr]

    def flattened(equation: Equation) -> sp.Expr:
        shapes = shapes_within(equation.rhs, graph.quantities)

        def combine(node: Head, arguments: list[sp.Expr]) -> sp.Expr:
            in_place = nested and in_ring(node.op)
            made = with_operands(node, arguments if in_place else [named(a) for a in arguments])
            spread = _spread_factor(node, shapes) if nested else None
            if spread is not None:
                return product(node, made, *spread)
            if node is equation.rhs:
                names.setdefault(made, equation.lhs)
                return made
            # A share such as f / (f + i) may be a gate, and a gate needs a name.
            return made if in_place and not isinstance(node, Div) else named(made)

        return fold(equation.rhs, lambda leaf: leaf, combine)

    def product(node: Head, made: Head, place: int, factor: sp.Expr) -> sp.Expr:
        """diag(a) S as the ring's product of S and a name for a spread over the shape of S."""
        spread = rebuilt(factor, dict(zip(node.args, made.args, strict=True)))
        name, scaled = named(with_operands(spread, [named(a) for a in operands(spread)])), made.args[place]
        # The name is shown as a, and the whole product as the spec has it.
        spreads.setdefault(name, originals[name])
        originals[name] = node.args[1 - place]
        originals.update({Mul(name, scaled): node, Mul(scaled, name): node})
        return Mul(name, scaled)

    for equation in graph.equations:
        rhs = flattened(equation)
        equations.append(Equation(equation.lhs, rhs, equation.source))
    known = [graph.quantities[e.lhs] for e in graph.equations]
    made = Graph.build(graph.leaves, equations, known, graph.outputs)
    return Flat(made, MappingProxyType(originals), MappingProxyType(spreads))


def _spread_factor(node: Head, shapes: Mapping[sp.Expr, Shape]) -> tuple[int, sp.Expr] | None:
    """For an operation that scales one of its two operands by the other spread out: which, and by what it is scaled.

    That is what its derivative says: it is diagonal, and does not depend on the operand itself.
    """
    if node.op.elementwise or len(node.args) != 2 or len(operands(node)) != 2:
        return None
    own = tuple(shapes[a] for a in operands(node))
    for place, factor in enumerate(factors(node, sp.Dummy(), own)):
        if isinstance(factor, Diag) and node.args[place] not in symbols_of(factor.args[0]):
            return place, factor.args[0]
    return None
