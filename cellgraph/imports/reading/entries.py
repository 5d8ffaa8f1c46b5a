"""Rules of what acts entry by entry: arithmetic, functions of one variable, comparisons, and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.imports.reading.arithmetic import Inexpressible, exact, is_number, spoken
from cellgraph.imports.reading.blocks import Block, entrywise, over, times
from cellgraph.imports.reading.identity import IDENTITY
from cellgraph.imports.reading.parts import Blocked, Reading, Rule, entry_by_entry
from cellgraph.imports.traced import TracedNode, algebraic
from cellgraph.ops import FUNCTIONS, Abs, Add, Div, Max, Min, Neg, Pow, Sqrt, Step, Sub
from cellgraph.spec.functions import standard


def _head(head: type[Any]) -> Callable[..., Block]:
    return lambda node, *blocks: entrywise(head, *blocks)


ONE = Block(sp.S.One)


def _not(node: TracedNode, a: Block) -> Block:
    return entrywise(Sub, ONE, a)


def _above(node: TracedNode, a: Block, b: Block) -> Block:
    difference = entrywise(Sub, a, b)
    if is_number(difference.expr) and difference.expr.is_number:
        return Block(sp.Integer(int(difference.expr > 0)))
    return entrywise(Step, difference)


def _equal(node: TracedNode, a: Block, b: Block) -> Block:
    if isinstance(a.expr, Sub) and a.expr == b.expr and a.core != b.core and len(a.core) == len(b.core) == 1:
        return Block(IDENTITY, (*a.core, *b.core))
    return _not(node, _above(node, entrywise(Abs, entrywise(Sub, a, b)), Block(sp.S.Zero)))


def _where(node: TracedNode, c: Block, a: Block, b: Block) -> Block:
    if is_number(c.expr):
        return a if c.expr == 1 else b
    return entrywise(Add, times(c, a), times(_not(node, c), b))


def _pow(node: TracedNode, a: Block) -> Block:
    exponent = node.attributes["exponent"]
    power = exact(exponent) if isinstance(exponent, float) else algebraic(exponent)
    if is_number(a.expr):
        return replace(a, expr=a.expr**power)
    if power == sp.Rational(1, 2):
        return entrywise(Sqrt, a)
    if power == -sp.Rational(1, 2):
        return over(ONE, entrywise(Sqrt, a))
    return replace(a, expr=Div(sp.S.One, a.expr) if power == -1 else Pow(a.expr, power))


def _sqrt(node: TracedNode, a: Block) -> Block:
    return replace(a, expr=sp.sqrt(a.expr)) if is_number(a.expr) else entrywise(Sqrt, a)


def _function(node: TracedNode, a: Block) -> Block:
    function = standard()[node.attributes["name"]]
    numbers = [exact(float(number)) for number in node.attributes["numbers"]]
    while numbers and function.defaults and len(numbers) == len(function.parameters) - 1:
        if numbers[-1] != function.defaults[-1]:
            break
        numbers.pop()
    return replace(a, expr=function.head(spoken(a.expr), *numbers))


def _multiplied(node: TracedNode, a: Block, b: Block) -> Block:
    return times(a, b)


def _divided(node: TracedNode, a: Block, b: Block) -> Block:
    return over(a, b)


def _swapped(rule: Callable[..., Block]) -> Callable[..., Block]:
    return lambda node, a, b: rule(node, b, a)


def _negated(rule: Callable[..., Block]) -> Callable[..., Block]:
    return lambda node, a, b: _not(node, rule(node, a, b))


def _number(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    value = node.attributes["value"]
    expr = exact(value) if isinstance(value, float) else algebraic(value)
    return Blocked((), {(): Block(expr)})


def _constant(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    """An array that stands in the code: numbers, one for each of its parts."""
    value, axes = node.attributes["value"], reading.inference.axes[number]
    same = getattr(value, "size", 1) == 1 or bool((value == value.flat[0]).all())
    if same:
        expr = exact(float(value if not hasattr(value, "flat") else value.flat[0]))
        return Blocked(axes, {key: Block(expr) for key in reading.keys(axes)})
    if any(not size.is_Integer for size in map(algebraic, node.shape)):
        raise Inexpressible("an array of numbers in the code whose size depends on sizes: make it a buffer or an input")
    return Blocked(axes, {key: Block(exact(float(value[key]))) for key in reading.keys(axes)})


ENTRIES: Mapping[str, Rule] = MappingProxyType(
    {
        **{
            name: entry_by_entry(_head(FUNCTIONS[name]))
            for name in (
                "exp", "log", "sin", "cos", "tanh", "sigmoid", "relu", "softplus", "erf", "abs", "sign", "floor",
                "stop",
            )
        },
        "neg": entry_by_entry(_head(Neg)), "sqrt": entry_by_entry(_sqrt), "not": entry_by_entry(_not),
        "pow": entry_by_entry(_pow), "function": entry_by_entry(_function), "where": entry_by_entry(_where),
        "add": entry_by_entry(_head(Add)), "sub": entry_by_entry(_head(Sub)),
        "mul": entry_by_entry(_multiplied), "div": entry_by_entry(_divided),
        "max": entry_by_entry(_head(Max)), "min": entry_by_entry(_head(Min)),
        "greater": entry_by_entry(_above), "less": entry_by_entry(_swapped(_above)),
        "less_equal": entry_by_entry(_negated(_above)), "greater_equal": entry_by_entry(_swapped(_negated(_above))),
        "equal": entry_by_entry(_equal), "not_equal": entry_by_entry(_negated(_equal)),
        "and": entry_by_entry(_multiplied), "or": entry_by_entry(_head(Max)),
        "number": _number, "constant": _constant,
    }
)  # fmt: skip
"""The rules of this module by operation."""
