"""Where a quantity scales others, entry by entry, and whether it does anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import sympy as sp

from cellgraph.derive.structures.flat import Flat
from cellgraph.graph import postorder, symbols_of, with_operands
from cellgraph.graph.ring import restored
from cellgraph.ops import Diag, Div, Fill, Head, Outer, Repeat, Sum, Transpose, factors, operands

SPREADING = (Fill, Outer, Repeat, Transpose)
"""Operations whose result has one entry of the operand in each of its entries, as it is or times a constant."""


@dataclass(frozen=True)
class GateUse:
    """A place where a gate scales something: `factor` (the gate, or 1 − the gate, ...) times `scaled`, inside `lhs`.

    `outer` tells the product f_i v_j of every entry by every entry from that of each entry by its own.
    """

    factor: sp.Expr
    scaled: sp.Expr
    lhs: sp.Symbol
    outer: bool = False


@dataclass(frozen=True)
class Scaling:
    """What is known of a flat step while its gates are looked for.

    `data` change with the input or the state; `leaving` are the states after the step and its `output`; `dividing` are
    quantities that only divide, `entrywise` those of which each entry is made from one entry of every quantity that
    varies, and from constants; what is made of `coefficients` alone scales as these do; `whole` are gates that count
    as themselves, whatever they are made of.
    """

    step: Flat
    data: Set[sp.Symbol]
    leaving: Set[sp.Symbol]
    output: sp.Symbol
    dividing: Set[sp.Symbol]
    entrywise: Set[sp.Symbol]
    coefficients: Set[sp.Symbol] = frozenset()
    whole: Set[sp.Symbol] = frozenset()

    def with_coefficients(self, coefficients: Set[sp.Symbol], whole: Set[sp.Symbol] = frozenset()) -> Scaling:
        """The same step with these known to scale, and with them whatever is made of them alone."""
        known = set(coefficients)
        for equation in self.step.graph.equations:
            varying = [s for s in equation.uses if s in self.data]
            if varying and known.issuperset(varying) and equation.lhs in self.entrywise:
                known.add(equation.lhs)
        return replace(self, coefficients=frozenset(known), whole=frozenset(whole))

    @cached_property
    def free(self) -> frozenset[sp.Symbol]:
        """The quantities that change with the input or the state and are not known to scale."""
        return frozenset(self.data) - self.coefficients

    def uses(self, symbol: sp.Symbol) -> tuple[GateUse, ...] | None:
        """Every place where a quantity scales another; None if it is used in any other way."""
        uses: list[GateUse] = []
        todo: list[tuple[sp.Symbol, sp.Expr]] = [(symbol, symbol)]
        seen: set[sp.Symbol] = set()
        while todo:
            name, factor = todo.pop(0)
            if name != symbol and (name in self.leaving or name in self.whole):
                return None
            seen.add(name)
            for user in self.step.graph.users[name]:
                for chain in occurrences(self.step.graph.definitions[user], name):
                    use = self._use(chain, user, factor)
                    if use is None:
                        return None
                    if isinstance(use, GateUse):
                        uses.append(use)
                    elif user not in seen:
                        todo.append((user, user))
        return tuple(dict.fromkeys(uses))

    def _use(self, chain: list[sp.Expr], lhs: sp.Symbol, factor: sp.Expr) -> GateUse | sp.Expr | None:
        """What becomes of one occurrence: a GateUse, the function of the gate that `lhs` is, or None."""
        name, varying = chain[0], self._varying(chain[0])
        for place, (child, parent) in enumerate(pairwise(chain)):
            beside = [a for a in operands(parent) if a is not child and varying(a)]
            if not beside and (isinstance(parent, SPREADING) or self._is_single(parent)):
                continue
            if not parent.op.elementwise and not (beside and isinstance(parent, Outer)):
                return None
            if beside and not (isinstance(parent, Div) and child is parent.args[0]):
                coefficient = beside[0] if isinstance(parent, Outer) else _coefficient(parent, child)
                if coefficient is not None and varying(coefficient):
                    return GateUse(factor, coefficient, lhs, isinstance(parent, Outer))
                return self._added(chain[place:], name, lhs, factor)
            factor = with_operands(parent, [factor if a is child else a for a in operands(parent)])
        return factor

    def _is_single(self, node: Head) -> bool:
        """Whether an operation adds up one entry: the sum of a slice of size 1 is that entry."""
        return isinstance(node, Sum) and self.step.graph.shape(node.args[0]) == (1,)

    def _varying(self, name: sp.Symbol) -> Callable[[sp.Expr], bool]:
        """Whether an expression changes with more than a quantity and what is known to scale."""
        others = self.free - {name}
        return lambda expr: not others.isdisjoint(symbols_of(expr))

    def _added(self, chain: list[sp.Expr], name: sp.Symbol, lhs: sp.Symbol, factor: sp.Expr) -> GateUse | None:
        """A term of a sum: in a divisor a weight may be summed up, elsewhere all that it scales there must vary."""
        if lhs in self.dividing or divides(chain):
            return GateUse(factor, sp.S.One, lhs)
        if lhs not in self.step.algebra:
            return None
        scaled = sp.expand(sp.diff(self.step.algebra[lhs], name))
        if name in scaled.free_symbols or self.free.isdisjoint(scaled.free_symbols):
            return None
        return GateUse(name, restored(sp.factor_terms(scaled)), lhs)


def entrywise(step: Flat, data: Set[sp.Symbol]) -> frozenset[sp.Symbol]:
    """The quantities of which each entry is made from one entry of every quantity that varies, and from constants."""
    mixed = {
        equation.lhs
        for equation in step.graph.equations
        for node in postorder(equation.rhs)
        if isinstance(node, Head) and _varies(node, data) and not node.op.elementwise
        if not isinstance(node, SPREADING) or sum(_varies(a, data) for a in operands(node)) > 1
    }
    return frozenset(step.graph.definitions.keys() - mixed)


def _varies(expr: sp.Expr, data: Set[sp.Symbol]) -> bool:
    return any(s in data for s in symbols_of(expr))


def occurrences(rhs: sp.Expr, symbol: sp.Symbol) -> Iterator[list[sp.Expr]]:
    """Each occurrence of a symbol in an expression, as the chain of nodes from the symbol to the root."""
    todo: list[list[sp.Expr]] = [[rhs]]
    while todo:
        path = todo.pop()
        if path[0] == symbol:
            yield path
        elif isinstance(path[0], Head):
            todo.extend([argument, *path] for argument in reversed(operands(path[0])))


def divides(chain: list[sp.Expr]) -> bool:
    """Whether a chain of nodes goes up through a divisor."""
    return any(isinstance(parent, Div) and child is parent.args[1] for child, parent in pairwise(chain))


def _coefficient(parent: Head, child: sp.Expr) -> sp.Expr | None:
    """The e of d(parent)/d(child) = diag(e), if the parent is linear in this operand; else None."""
    out, hole = sp.Dummy("out"), sp.Dummy("operand")
    arguments = [hole if a is child else a for a in operands(parent)]
    found = factors(with_operands(parent, arguments), out, ((),) * len(arguments))
    factor = found[arguments.index(hole)]
    if not isinstance(factor, Diag) or {out, hole} & set(symbols_of(factor.args[0])):
        return None
    return factor.args[0]
