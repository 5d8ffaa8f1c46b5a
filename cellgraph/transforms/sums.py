"""The sums that a cell makes of weighted inputs and states, and which of their terms recall the past.

A weight product is a matrix product, or a convolution, of something learned with something that changes from step to
step. Names play no
part: W x + U h + b is found by what it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, parts, postorder, shapes_within, symbols_of
from cellgraph.graph.ring import in_ring
from cellgraph.ops import Add, Conv, Div, Head, Matmul, Mul, Neg, Sub, core, operands

LINEAR = (Add, Sub, Neg, Mul)
"""What a weight product may stand in and still be part of a sum."""


@dataclass(frozen=True)
class WeightedSum:
    """A vector that is a sum with a weight product in it: in the equation of `lhs`, as `node`, of these terms."""

    lhs: sp.Symbol
    node: sp.Expr
    terms: tuple[sp.Expr, ...]


@dataclass(frozen=True)
class WeightedSums:
    """The sums of a cell."""

    cell: Cell

    @cached_property
    def varying(self) -> frozenset[sp.Symbol]:
        """What changes from step to step."""
        inputs = [q.symbol for q in self.cell.step.having("input")]
        return self.cell.step.descendants([*inputs, *self.cell.carries])

    @cached_property
    def weighted(self) -> frozenset[sp.Symbol]:
        """The quantities that are sums or scaled weight products themselves."""
        found: set[sp.Symbol] = set()
        for equation in self.cell.step.equations:
            if any(self._weighted(node, found) for node in _linearly(equation.rhs)):
                found.add(equation.lhs)
        return frozenset(found)

    @cached_property
    def recalled(self) -> frozenset[sp.Symbol]:
        """What is made from states before the step with no weight product and no new state on the way.

        States that only remember inputs count as inputs.
        """
        found = {state.before for state in structure(self.cell).fed_back}
        new = set(self.cell.carries.values())
        for equation in self.cell.step.equations:
            if equation.lhs not in new and self._recalls(equation.rhs, found):
                found.add(equation.lhs)
        return frozenset(found)

    @cached_property
    def all(self) -> tuple[WeightedSum, ...]:
        """The sums, each whole: one that is only a term of others is left to them, and the update of a state that is
        carried on by addition is none."""
        several = (made for equation in self.cell.step.equations for made in self._of(equation.lhs, equation.rhs))
        # What a function reads more than once stands more than once in its body.
        found = list(dict.fromkeys(several))
        whole = {made.lhs for made in found if made.node == self.cell.step.definitions[made.lhs]}
        carried = {carry.state for carry in structure(self.cell).carries}
        inner = {lhs for lhs in whole if lhs in carried or self._only_added(lhs, found)}
        return tuple(made for made in found if made.lhs not in inner)

    def weighs(self, node: sp.Expr) -> bool:
        """Whether a node is a weight product: one operand changes from step to step, and the other does not."""
        return isinstance(node, (Matmul, Conv)) and sum(self.varies(a) for a in operands(node)) == 1

    def varies(self, expr: sp.Expr) -> bool:
        """Whether an expression changes from step to step."""
        return any(symbol in self.varying for symbol in symbols_of(expr))

    def recalls(self, expr: sp.Expr) -> bool:
        """Whether an expression is made from states before the step with no weight product on the way."""
        return self._recalls(expr, self.recalled)

    def recurrent(self, term: sp.Expr) -> bool:
        """Whether weights of a term see what is recalled."""
        return any(self.weighs(node) and any(self.recalls(a) for a in operands(node)) for node in postorder(term))

    def terms(self, node: sp.Expr) -> tuple[sp.Expr, ...]:
        """The terms of a sum, with names that stand for sums written out."""
        definitions, found, todo = self.cell.step.definitions, [], [node]
        while todo:
            term = todo.pop()
            inner = definitions[term] if term in self.weighted and term not in self.cell.carries.values() else term
            if isinstance(inner, Add):
                todo += reversed(inner.args)
            else:
                found.append(inner)
        return tuple(found)

    def activated(self, own: WeightedSum) -> bool:
        """Whether an activation takes a sum, scaled and added to others at most, under any name on the way."""
        definitions = self.cell.step.definitions
        todo, seen = [(own.lhs, own.node)], {own.lhs}
        while todo:
            lhs, part = todo.pop()
            linear = {part}
            for node in postorder(definitions[lhs]):
                if isinstance(node, Head) and not linear.isdisjoint(operands(node)):
                    if node.op.elementwise and not in_ring(node.op):
                        return True
                    linear |= {node} if isinstance(node, (*LINEAR, Div)) else set()
            if definitions[lhs] in linear and lhs not in self.cell.carries.values():
                users = [e.lhs for e in self.cell.step.equations if lhs in e.uses and e.lhs not in seen]
                seen |= set(users)
                todo += [(user, lhs) for user in users]
        return False

    def has_weights(self, term: sp.Expr) -> bool:
        """Whether a term is a weight product, scaled or not, or a name of such."""
        return any(self._weighted(node, self.weighted) for node in _linearly(term))

    def _weighted(self, node: sp.Expr, known: frozenset[sp.Symbol] | set[sp.Symbol]) -> bool:
        return node in known or self.weighs(node)

    def _recalls(self, expr: sp.Expr, known: frozenset[sp.Symbol] | set[sp.Symbol]) -> bool:
        return any(node in known for node in postorder(expr, lambda node: () if self.weighs(node) else parts(node)))

    def _of(self, lhs: sp.Symbol, rhs: sp.Expr) -> Iterator[WeightedSum]:
        """The sums in an equation, outermost first and not inside one another."""
        shapes = shapes_within(rhs, self.cell.step.quantities)
        todo: list[tuple[sp.Expr, bool]] = [(rhs, False)]
        while todo:
            node, activated = todo.pop()
            total = isinstance(node, Add) and any(map(self.has_weights, node.args)) and not self._updates(node)
            if len(core(shapes[node])) == 1 and (total or (activated and self.weighs(node))):
                yield WeightedSum(lhs, node, tuple(node.args) if total else (node,))
            elif isinstance(node, Head):
                todo += [(argument, node.op.slope is not None) for argument in reversed(operands(node))]

    def _updates(self, node: Head) -> bool:
        """Whether a sum holds f ⊙ s⁻ with an f that varies: then it is the update of a state, and nothing to weigh."""
        kept = [term for term in node.args if not self.has_weights(term) and self.recalls(term)]
        return any(sum(symbol in self.varying for symbol in symbols_of(term)) > 1 for term in kept)

    def _only_added(self, name: sp.Symbol, found: list[WeightedSum]) -> bool:
        """Whether a quantity is used for nothing but as a term of sums."""
        users = [e for e in self.cell.step.equations if name in e.uses]
        nodes = {made.lhs: [m.node for m in found if m.lhs == made.lhs] for made in found}
        inside = all(any(name in node.args for node in nodes.get(user.lhs, ())) for user in users)
        return bool(users) and inside and name not in {*self.cell.carries.values(), self.cell.output}


def total(terms: list[sp.Expr]) -> sp.Expr:
    """The sum of terms; a single one is itself."""
    return Add(*terms) if len(terms) > 1 else terms[0]


def _linearly(expr: sp.Expr) -> list[sp.Expr]:
    """The parts of an expression that are reached through sums and products alone, the expression included."""
    return postorder(expr, lambda node: operands(node) if isinstance(node, LINEAR) else ())
