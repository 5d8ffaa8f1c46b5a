"""The work of one step: multiply-accumulates, floating-point operations and transcendental calls, counted apart.

A dot product of k numbers is k MAC and 2k − 1 FLOP; an activation is a call by its name, and no FLOP. What does not
depend on the state can be computed for all steps at once ("hoisted"); the rest is sequential.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import sympy as sp

from cellgraph.derive.counts.memory import Saved, saved
from cellgraph.derive.structures.flat import reached
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, Equation, Graph, postorder, shapes_within, symbols_of
from cellgraph.ops import Cost, Head, Shape, numel, operands


@dataclass(frozen=True)
class Work:
    """Operations, as formulas over the dims."""

    mac: sp.Expr = sp.S.Zero
    flop: sp.Expr = sp.S.Zero
    transcendental: Mapping[str, sp.Expr] = field(default_factory=dict)

    @property
    def arithmetic(self) -> sp.Expr:
        """The FLOP as two for each MAC and the rest, which is how people write them: 8n(m + n) + 4n."""
        products = sp.factor(self.mac)
        return 2 * products + sp.factor(sp.expand(self.flop - 2 * self.mac))

    @property
    def calls(self) -> sp.Expr:
        """All transcendental calls together."""
        return sp.Add(*self.transcendental.values())


@dataclass(frozen=True)
class Costs:
    """What one step of a layer, or of a stack of them, costs for one sample, as formulas over the dims."""

    cell: Cell
    equations: tuple[tuple[sp.Symbol, Work], ...]
    hoisted: Work
    backward: sp.Expr
    """MAC of the backward step, gradients of parameters, state and input together."""
    weights: sp.Expr
    inputs: sp.Expr
    state: sp.Expr
    saved: Saved
    eager: Saved

    @cached_property
    def total(self) -> Work:
        """One step."""
        return total(work for _, work in self.equations)

    @cached_property
    def sequential(self) -> Work:
        """The part of one step that waits for the state before it."""
        calls = {
            name: count - self.hoisted.transcendental.get(name, sp.S.Zero)
            for name, count in self.total.transcendental.items()
        }
        return Work(
            self.total.mac - self.hoisted.mac,
            self.total.flop - self.hoisted.flop,
            {name: count for name, count in calls.items() if count != 0},
        )

    def intensity(self, batch: int | sp.Expr = 1, width: int = 4) -> sp.Expr:
        """FLOP for each byte moved by one step: B · FLOP / (s (P + B (m + 2 S))), with s bytes a number."""
        moved = width * (self.weights + batch * (self.inputs + 2 * self.state))
        return batch * self.total.flop / moved


def costs(cell: Cell, layers: int = 1, bidirectional: bool = False) -> Costs:
    """The cost of one step, by equation and in total, with what can be hoisted and what training keeps.

    In a stack each equation's work is added up over its cells. Raises ValueError for a cell that cannot be stacked.
    """
    from cellgraph.derive.counts.stacks import stacked

    return _added_up(_one(cell), [inner for _, _, inner in stacked(cell, layers, bidirectional)])


def _one(cell: Cell) -> Costs:
    graph = cell.step
    varying = reached(graph, cell.carries)
    return Costs(
        cell=cell,
        equations=tuple((equation.lhs, _work(graph, equation)) for equation in graph.equations),
        hoisted=total(_hoisted(graph, equation, varying) for equation in graph.equations),
        backward=sp.Add(*[_backward(graph, equation) for equation in graph.equations]),
        weights=sp.Add(*[numel(q.shape or ()) for q in graph.having("param")]),
        inputs=sp.Add(*[numel(q.shape or ()) for q in graph.having("input")]),
        state=structure(cell).reals,
        saved=saved(cell),
        eager=saved(cell, rebuild=False),
    )


def _added_up(found: Costs, sizes: Sequence[Mapping[sp.Symbol, sp.Expr]]) -> Costs:
    """The cost of all cells of a stack, each with its own sizes."""
    if len(sizes) == 1:
        return found

    def added(expr: sp.Expr) -> sp.Expr:
        return sp.expand(sp.Add(*[expr.subs(inner) for inner in sizes]))

    def everywhere(work: Work) -> Work:
        return Work(added(work.mac), added(work.flop), {name: added(n) for name, n in work.transcendental.items()})

    return replace(
        found,
        equations=tuple((lhs, everywhere(work)) for lhs, work in found.equations),
        hoisted=everywhere(found.hoisted),
        backward=added(found.backward),
        weights=added(found.weights),
        inputs=added(found.inputs),
        state=added(found.state),
        saved=replace(found.saved, numbers=added(found.saved.numbers)),
        eager=replace(found.eager, numbers=added(found.eager.numbers)),
    )


def total(parts: Iterable[Work | Cost]) -> Work:
    """The sum of several pieces of work."""
    mac, flop = sp.S.Zero, sp.S.Zero
    calls: dict[str, sp.Expr] = {}
    for part in parts:
        mac, flop = mac + part.mac, flop + part.flop
        for name, count in part.transcendental.items():
            calls[name] = calls.get(name, sp.S.Zero) + count
    return Work(sp.expand(mac), sp.expand(flop), calls)


def _work(graph: Graph, equation: Equation) -> Work:
    shapes = shapes_within(equation.rhs, graph.quantities)
    return total(_cost(node, [shapes[a] for a in operands(node)]) for node in _heads(equation.rhs))


def _heads(rhs: sp.Expr) -> list[Head]:
    return [node for node in postorder(rhs) if isinstance(node, Head)]


def _cost(node: Head, shapes: list[Shape]) -> Cost:
    static = node.args[len(operands(node)) :]
    return node.op.cost(tuple(shapes), node.op.shape(*shapes, *static), *static)


def _hoisted(graph: Graph, equation: Equation, varying: Collection[sp.Symbol]) -> Work:
    """The work that does not wait for the state. Terms of a sum are regrouped: W x + b comes before U h is added."""
    shapes = shapes_within(equation.rhs, graph.quantities)
    found: list[Cost] = []
    for node in _heads(equation.rhs):
        early = [a for a in operands(node) if not any(s in varying for s in symbols_of(a))]
        if len(early) == len(operands(node)) or (node.op.operands is None and node.op.elementwise and len(early) > 1):
            found.append(_cost(node, [shapes[a] for a in early]))
    return total(found)


def _backward(graph: Graph, equation: Equation) -> sp.Expr:
    """MAC of the cotangents of everything in an equation that itself costs MAC."""
    shapes = shapes_within(equation.rhs, graph.quantities)
    count = sp.S.Zero
    for node in _heads(equation.rhs):
        arguments = operands(node)
        inner = [shapes[a] for a in arguments]
        if _cost(node, inner).mac == 0:
            continue
        bar, out = sp.Dummy("bar"), sp.Dummy("out")
        holes = [sp.Dummy("operand") for _ in arguments]
        known = {**dict(zip(holes, inner, strict=True)), bar: shapes[node], out: shapes[node]}
        static = node.args[len(arguments) :]
        for cotangent in node.op.vjp(bar, out, *holes, *static, shapes=tuple(inner)):
            if cotangent is not None:
                count += _macs(cotangent, known)
    return sp.expand(count)


def _macs(expr: sp.Expr, known: Mapping[sp.Symbol, Shape]) -> sp.Expr:
    shapes: dict[sp.Expr, Shape] = dict(known)
    count = sp.S.Zero
    for node in postorder(expr):
        if isinstance(node, Head):
            inner = [shapes[a] for a in operands(node)]
            shapes[node] = node.op.shape(*inner, *node.args[len(inner) :])
            count += _cost(node, inner).mac
        else:
            shapes.setdefault(node, ())
    return count
