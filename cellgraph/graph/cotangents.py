"""Where cotangents go: the names in an expression that a gradient is passed on to, and the operations that stop it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from cellgraph.graph.fold import symbols_of
from cellgraph.graph.order_and_shapes import shapes_within
from cellgraph.graph.symbols import Quantity
from cellgraph.ops import Head, operands, pulled


@dataclass(frozen=True)
class Passed:
    """The names to which an expression passes a cotangent on; and for others, the operations in the way."""

    to: frozenset[sp.Symbol]
    stops: Mapping[sp.Symbol, tuple[str, ...]]


def passed_on(expr: sp.Expr, quantities: Mapping[sp.Symbol, Quantity]) -> Passed:
    """To which of its names an expression passes a cotangent on, and what stops it on the way to others.

    >>> from cellgraph.ops import Mul, Sign
    >>> k, x = sp.symbols("k x")
    >>> passed_on(Mul(Sign(k), x), {name: Quantity(name, "input", ()) for name in (k, x)})
    Passed(to=frozenset({x}), stops={k: ('sign',)})
    """
    shapes = shapes_within(expr, quantities)
    bar = sp.Dummy("bar")
    to: set[sp.Symbol] = set()
    stops: dict[sp.Symbol, dict[str, None]] = {}
    todo = [expr]
    while todo:
        node = todo.pop()
        if isinstance(node, sp.Symbol):
            to.add(node)
        elif isinstance(node, Head):
            arguments = operands(node)
            cotangents = pulled(node, bar, bar, tuple(shapes[argument] for argument in arguments))
            for argument, cotangent in zip(reversed(arguments), reversed(cotangents), strict=True):
                if cotangent is not None:
                    todo.append(argument)
                else:
                    for name in symbols_of(argument):
                        stops.setdefault(name, {})[node.op.name] = None
    return Passed(frozenset(to), {name: tuple(found) for name, found in stops.items()})


def stopping(start: sp.Symbol, passed: Mapping[sp.Symbol, Passed]) -> tuple[str, ...]:
    """The operations that stop the gradient on the paths from a name, by name; `passed` is in order of computation."""
    names = {start: None}
    found: dict[str, None] = {}
    for lhs, own in passed.items():
        found.update(dict.fromkeys(stop for name in names for stop in own.stops.get(name, ())))
        if not own.to.isdisjoint(names):
            names[lhs] = None
    return tuple(found)
