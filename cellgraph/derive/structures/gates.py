"""Gates: quantities that lie in [0, 1] and do nothing but scale other quantities, entry by entry.

Scaling through 1 − z is scaling, and so is scaling through any other elementwise function of z alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import sympy as sp

from cellgraph.derive.structures.flat import Flat
from cellgraph.graph import postorder, symbols_of
from cellgraph.ops import Diag, Head, Interval, operands


@dataclass(frozen=True)
class GateUse:
    """A place where a gate scales something: `factor` (the gate, or 1 − the gate, ...) times `scaled`, inside `lhs`."""

    factor: sp.Expr
    scaled: sp.Expr
    lhs: sp.Symbol


@dataclass(frozen=True)
class Gate:
    """A gate: its symbol in the flat graph, what the spec has there (a name or an expression), and where it scales."""

    symbol: sp.Symbol
    expr: sp.Expr
    uses: tuple[GateUse, ...]


def gates_of(
    step: Flat, intervals: Mapping[sp.Symbol, Interval], data: frozenset[sp.Symbol], kept: frozenset[sp.Symbol]
) -> tuple[Gate, ...]:
    """The gates of a flat step, in order of computation.

    `data` are the quantities that change with the input or the state (a learned constant is no gate); `kept` those
    that leave the step (a state is no gate).
    """
    found: dict[sp.Symbol, Gate] = {}
    for equation in step.graph.equations:
        symbol = equation.lhs
        if (
            symbol in data
            and symbol not in kept
            and intervals[symbol].within(0, 1)
            and not _renamed(step, symbol, intervals)
        ):
            uses = _uses(step, symbol, data, kept)
            if uses and not _function_of(step, symbol, data, found) and not _activation(step, symbol, uses):
                found[symbol] = Gate(symbol, step.originals.get(symbol, symbol), uses)
    # In z ⊙ g with both in [0, 1], the one that also scales something else is the gate, the other what is gated.
    free = {s for s, gate in found.items() for use in gate.uses if (data & {*symbols_of(use.scaled)}) - found.keys()}
    return tuple(
        gate for s, gate in found.items() if s in free or not any(free & {*symbols_of(use.scaled)} for use in gate.uses)
    )


def scales(step: Flat, symbol: sp.Symbol, data: frozenset[sp.Symbol]) -> bool:
    """Whether a quantity scales another somewhere, whatever else it does."""
    return any(
        isinstance(_use(chain, user, {symbol: symbol}, data), GateUse)
        for user in step.graph.users[symbol]
        for chain in _occurrences(step.graph.definitions[user], symbol)
    )


def _uses(
    step: Flat, symbol: sp.Symbol, data: frozenset[sp.Symbol], kept: frozenset[sp.Symbol]
) -> tuple[GateUse, ...] | None:
    """Every place where a quantity scales another; None if it is used in any other way."""
    uses: list[GateUse] = []
    todo: list[tuple[sp.Symbol, sp.Expr]] = [(symbol, symbol)]
    while todo:
        name, factor = todo.pop(0)
        if name in kept:
            return None
        for user in step.graph.users[name]:
            for chain in _occurrences(step.graph.definitions[user], name):
                use = _use(chain, user, {name: factor}, data)
                if use is None:
                    return None
                if isinstance(use, GateUse):
                    uses.append(use)
                else:
                    todo.append((user, user if user not in step.originals else use))
    return tuple(dict.fromkeys(uses))


def _use(
    chain: list[sp.Expr], lhs: sp.Symbol, factor: Mapping[sp.Symbol, sp.Expr], data: frozenset[sp.Symbol]
) -> GateUse | sp.Expr | None:
    """What becomes of one occurrence: a GateUse, the function of the gate that `lhs` is, or None."""
    for child, parent in pairwise(chain):
        others = [a for a in operands(parent) if a is not child and any(s in data for s in symbols_of(a))]
        if not parent.op.elementwise:
            return None
        if others:
            coefficient = _coefficient(parent, child)
            if coefficient is None or not any(s in data for s in symbols_of(coefficient)):
                return None
            return GateUse(child.xreplace(factor), coefficient, lhs)
    return chain[-1].xreplace(factor)


def _occurrences(rhs: sp.Expr, symbol: sp.Symbol) -> list[list[sp.Expr]]:
    """Each occurrence of a symbol in an expression, as the chain of nodes from the symbol to the root."""
    chains: list[list[sp.Expr]] = []
    todo: list[list[sp.Expr]] = [[rhs]]
    while todo:
        path = todo.pop()
        if path[0] == symbol:
            chains.append(path)
        elif isinstance(path[0], Head):
            todo.extend([argument, *path] for argument in reversed(operands(path[0])))
    return chains


def _coefficient(parent: Head, child: sp.Expr) -> sp.Expr | None:
    """The e of d(parent)/d(child) = diag(e), if the parent is linear in this operand; else None."""
    out, hole = sp.Dummy("out"), sp.Dummy("operand")
    arguments = [hole if a is child else a for a in operands(parent)]
    statics = parent.args[len(arguments) :]
    factors = parent.op.jacobian(out, *arguments, *statics, shapes=((),) * len(arguments))
    factor = factors[arguments.index(hole)]
    if not isinstance(factor, Diag) or {out, hole} & set(symbols_of(factor.args[0])):
        return None
    return factor.args[0]


def _function_of(step: Flat, symbol: sp.Symbol, data: frozenset[sp.Symbol], found: Mapping[sp.Symbol, Gate]) -> bool:
    """Whether a quantity is an elementwise function of one gate alone, such as 1 − z."""
    while symbol in step.graph.definitions:
        rhs = step.graph.definitions[symbol]
        varying = [s for s in symbols_of(rhs) if s in data]
        if len(varying) != 1 or not all(node.op.elementwise for node in postorder(rhs) if isinstance(node, Head)):
            return False
        symbol = varying[0]
        if symbol in found:
            return True
    return False


def _activation(step: Flat, symbol: sp.Symbol, uses: tuple[GateUse, ...]) -> bool:
    """Whether an unnamed quantity scales nothing but its own argument: x ⊙ σ(x) is an activation, and no gate."""
    rhs = step.graph.definitions[symbol]
    own = operands(rhs) if isinstance(rhs, Head) else ()
    return symbol in step.originals and len(own) == 1 and all(use.scaled == own[0] for use in uses)


def _renamed(step: Flat, symbol: sp.Symbol, intervals: Mapping[sp.Symbol, Interval]) -> bool:
    """Whether the spec has no name for a quantity, but one for what it makes of it alone: d = 0.1 σ(...)."""
    users = step.graph.users[symbol]
    if symbol not in step.originals or len(users) != 1 or users[0] in step.originals:
        return False
    (user,) = users
    rhs = step.graph.definitions[user]
    alone = all(s == symbol or step.graph.quantities[s].time is None for s in symbols_of(rhs))
    elementwise = all(node.op.elementwise for node in postorder(rhs) if isinstance(node, Head))
    return alone and elementwise and intervals[user].within(0, 1)
