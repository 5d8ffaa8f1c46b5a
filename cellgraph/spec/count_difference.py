"""Why a library stores more or fewer numbers than the cell has: one sentence, derived from what stands where."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from cellgraph.graph import Cell, postorder, symbols_of
from cellgraph.implementations.block_layout import block_shape, names_in
from cellgraph.implementations.implementation import Implementation, places
from cellgraph.messages import Message, message
from cellgraph.ops import HEADS, numel

COPIES = "two copies of {names} are added up: {extra} of these {whole} numbers are redundant"
COPIES_BUT = COPIES + "; {other} is not, it is multiplied by {factor}"


def count_difference(cell: Cell, implementation: Implementation) -> Message:
    """One sentence on how the library's count comes about, beside the cell's own."""
    clauses = [*_copies(cell, implementation), *_left_out(implementation), *_unread(implementation)]
    if not clauses:
        return message("each parameter is stored once")
    return clauses[0] if len(clauses) == 1 else message("{first}; {second}", first=clauses[0], second=clauses[1])


def redundant(implementation: Implementation) -> sp.Expr:
    """How many stored numbers are second copies, whose sum alone matters."""
    count = places(implementation)
    return sp.Add(*(numel(implementation.parameters[name]) * (count[name] - 1) for name in count))


def unread(implementation: Implementation) -> sp.Expr:
    """How many stored numbers the library never looks at."""
    stored = (numel(block_shape(block, implementation.parameters)) for block in implementation.arrays.values())
    count = places(implementation)
    return sp.expand(
        sp.Add(*stored) - sp.Add(*(numel(implementation.parameters[name]) * count[name] for name in count))
    )


def _unread(implementation: Implementation) -> list[Message]:
    extra = unread(implementation)
    return [message("{extra} of its numbers are never read", extra=extra)] if extra != 0 else []


def _copies(cell: Cell, implementation: Implementation) -> list[Message]:
    count = places(implementation)
    twice = [name for name in count if count[name] > 1]
    if not twice:
        return []
    holding = [block for block in implementation.arrays.values() if set(names_in(block)) & set(twice)]
    values = {
        "names": ", ".join(twice),
        "extra": redundant(implementation),
        "whole": sp.Add(*(numel(block_shape(block, implementation.parameters)) for block in holding)),
    }
    apart = _beside(cell, [name for block in holding for name in names_in(block)])
    if apart is None:
        return [message(COPIES, **values)]
    return [message(COPIES_BUT, **values, other=apart[0], factor=", ".join(apart[1]))]


def _beside(cell: Cell, order: list[str]) -> tuple[str, list[str]] | None:
    """The parameter that stands among the second copies and is none: and what it is multiplied by on its way."""
    seen: set[str] = set()
    repeated = False
    for name in order:
        repeated = repeated or name in seen
        seen.add(name)
        if repeated and order.count(name) == 1:
            factors = _factors(cell, sp.Symbol(name))
            if factors:
                return name, factors
    return None


def _factors(cell: Cell, parameter: sp.Symbol) -> list[str]:
    """What multiplies the sum that a parameter stands in, on its way into the step."""
    following = [parameter]
    for reached in following:
        for equation in cell.step.equations:
            if reached not in symbols_of(equation.rhs):
                continue
            factors = [
                str(factor)
                for node in postorder(equation.rhs)
                if isinstance(node, HEADS["mul"]) and any(reached in symbols_of(a) for a in node.args)
                for factor in node.args
                if isinstance(factor, sp.Symbol) and factor != reached
            ]
            if factors:
                return factors
            if equation.lhs not in following:
                following.append(equation.lhs)
    return []


def _left_out(implementation: Implementation) -> list[Message]:
    count = places(implementation)
    lacking: Iterable[str] = [name for name in implementation.parameters if not count[name]]
    names = ", ".join(lacking)
    fewer = sp.Add(*(numel(implementation.parameters[name]) for name in implementation.parameters if not count[name]))
    return [message("{names} is left out: {fewer} fewer", names=names, fewer=fewer)] if names else []
