"""The work of one step: multiply-accumulates, floating-point operations and transcendental calls, counted apart.

A dot product of k numbers is k MAC and 2k − 1 FLOP; an activation is a call by its name, and no FLOP. What does not
depend on the state can be computed for all steps at once ("hoisted"); the rest is sequential.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import sympy as sp

from cellgraph.derive.counts.memory import Saved, saved
from cellgraph.derive.counts.sizes import ONE, Stack
from cellgraph.derive.gradients.gradient import named
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, Graph, Quantity, postorder, shapes_within, symbols_of, with_operands
from cellgraph.ops import Cost, Head, Shape, cost_of, numel, operands, pulled, result_shape
from cellgraph.ops.row import total_cost


@dataclass(frozen=True)
class Costs:
    """What one step of a layer, or of a stack of them, costs for one sample, as formulas over the dims."""

    cell: Cell
    equations: tuple[tuple[sp.Symbol, Cost], ...]
    hoisted: Cost
    backward: sp.Expr
    """MAC of the backward step, gradients of parameters, state and input together."""
    weights: sp.Expr
    inputs: sp.Expr
    state: sp.Expr
    saved: Saved
    eager: Saved

    @cached_property
    def total(self) -> Cost:
        """One step."""
        return total_cost(work for _, work in self.equations)

    @cached_property
    def sequential(self) -> Cost:
        """The part of one step that waits for the state before it."""
        return total_cost([self.total, self.hoisted.each(lambda count: -count)])

    def intensity(self, batch: int | sp.Expr = 1, width: int = 4) -> sp.Expr:
        """FLOP for each byte moved by one step: B · FLOP / (s (P + B (m + 2 S))), with s bytes a number."""
        moved = width * (self.weights + batch * (self.inputs + 2 * self.state))
        return batch * self.total.flop / moved


WORK: Mapping[str, Callable[[Costs], sp.Expr]] = MappingProxyType(
    {
        "MAC a step": lambda found: sp.factor(found.total.mac),
        "FLOP a step": lambda found: found.total.arithmetic,
        "activation calls a step": lambda found: found.total.calls,
        "numbers handed on": lambda found: found.state,
        "numbers kept for BPTT a step": lambda found: found.saved.numbers,
    }
)
"""What is told of a step where cells stand side by side and on pages, and its formula."""


def costs(cell: Cell, stack: Stack = ONE) -> Costs:
    """The cost of one step, by equation and in total, with what can be hoisted and what training keeps.

    In a stack each equation's work is added up over its cells. Raises ValueError for a cell that cannot be stacked.
    """

    def everywhere(formula: sp.Expr) -> sp.Expr:
        return formula if stack == ONE else sp.expand(stack.total(cell, formula))

    def kept(rebuild: bool) -> Saved:
        found = saved(cell, rebuild)
        return replace(found, numbers=everywhere(found.numbers))

    graph = cell.written
    works = [
        total_cost(cost_of(*application) for application in _applications(graph.quantities, equation.rhs))
        for equation in graph.equations
    ]
    return Costs(
        cell=cell,
        equations=tuple((e.lhs, work.each(everywhere)) for e, work in zip(graph.equations, works, strict=True)),
        hoisted=total_cost(_hoisted(graph, graph.descendants(cell.carries))).each(everywhere),
        backward=everywhere(_backward(cell.step if cell.step.folded is None else named(cell.step))),
        weights=everywhere(sp.Add(*[numel(q.shape or ()) for q in graph.having("param")])),
        inputs=everywhere(sp.Add(*[numel(q.shape or ()) for q in graph.having("input")])),
        state=everywhere(structure(cell).reals),
        saved=kept(rebuild=True),
        eager=kept(rebuild=False),
    )


def _applications(quantities: Mapping[sp.Symbol, Quantity], expr: sp.Expr) -> Iterator[tuple[Head, tuple[Shape, ...]]]:
    """Every operation of an expression, as often as it stands there, with the shapes of its operands.

    Arithmetic with π or e alone, such as 2 π, makes a number, and no work.
    """
    shapes = shapes_within(expr, quantities)
    for node in postorder(expr):
        if isinstance(node, Head) and (symbols_of(node) or not node.atoms(sp.NumberSymbol)):
            yield node, tuple(shapes[operand] for operand in operands(node))


def _hoisted(graph: Graph, varying: Collection[sp.Symbol]) -> Iterator[Cost]:
    """The work that does not wait for the state. Terms of a sum are regrouped: W x + b comes before U h is added."""
    for equation in graph.equations:
        for node, shapes in _applications(graph.quantities, equation.rhs):
            early = [
                shape
                for operand, shape in zip(operands(node), shapes, strict=True)
                if not any(symbol in varying for symbol in symbols_of(operand))
            ]
            if len(early) == len(shapes) or (node.op.operands is None and early):
                yield cost_of(node, tuple(early))


def _backward(graph: Graph) -> sp.Expr:
    """MAC of the cotangents of every operation that itself costs MAC."""
    count = sp.S.Zero
    for equation in graph.equations:
        for node, shapes in _applications(graph.quantities, equation.rhs):
            if cost_of(node, shapes).mac != 0:
                count += sp.Add(*[cost_of(*work).mac for work in _pulled(node, shapes)])
    return sp.expand(count)


def _pulled(node: Head, shapes: tuple[Shape, ...]) -> Iterator[tuple[Head, tuple[Shape, ...]]]:
    """The operations in the cotangents of one operation, for operands of these shapes."""
    bar, out, *holes = (sp.Dummy(name) for name in ("bar", "out", *["operand"] * len(shapes)))
    result = result_shape(node, shapes)
    known = {
        symbol: Quantity(symbol, "derived", shape)
        for symbol, shape in zip((bar, out, *holes), (result, result, *shapes), strict=True)
    }
    for cotangent in pulled(with_operands(node, holes), bar, out, shapes):
        if cotangent is not None:
            yield from _applications(known, cotangent)
