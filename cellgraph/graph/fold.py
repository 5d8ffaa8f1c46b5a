"""Walking without recursion: a nest of any depth is a list, whatever is made of it a fold; and what links lead to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, KeysView, Mapping, Sequence
from typing import TypeVar

import sympy as sp

from cellgraph.ops import Head, operands

T = TypeVar("T")
Place = TypeVar("Place", bound=Hashable)


def parts(expr: sp.Expr) -> tuple[sp.Expr, ...]:
    """The operands of an operation; nothing for a symbol or a number."""
    return operands(expr) if isinstance(expr, Head) else ()


def postorder(expr: sp.Expr, parts: Callable[[sp.Expr], tuple[sp.Expr, ...]] = parts) -> list[sp.Expr]:
    """Every operand below an expression and the expression itself, arguments first; `parts` says what is below."""
    found: list[sp.Expr] = []
    stack = [expr]
    while stack:
        node = stack.pop()
        found.append(node)
        stack.extend(parts(node))
    found.reverse()
    return found


def fold(
    expr: sp.Expr,
    leaf: Callable[[sp.Expr], T],
    combine: Callable[[sp.Expr, list[T]], T],
    parts: Callable[[sp.Expr], Sequence[sp.Expr]] = parts,
) -> T:
    """The value of an expression: leaf(e) where nothing is below e, else combine(e, values of its parts).

    Linear in the size of the expression, arguments first. Raises what the two functions raise.

    >>> from cellgraph.ops import Add, Tanh
    >>> fold(Add(Tanh(sp.Symbol("x")), 1), lambda e: 0, lambda e, depths: 1 + max(depths))
    2
    """
    counted: list[tuple[sp.Expr, int]] = []
    stack = [expr]
    while stack:
        node = stack.pop()
        below = parts(node)
        counted.append((node, len(below)))
        stack.extend(below)
    values: list[T] = []
    for node, count in reversed(counted):
        if count:
            arguments = values[-count:]
            del values[-count:]
            values.append(combine(node, arguments))
        else:
            values.append(leaf(node))
    return values[0]


def symbols_of(expr: sp.Expr) -> tuple[sp.Symbol, ...]:
    """The symbols that an expression uses, each once, in written order."""
    return tuple(dict.fromkeys(node for node in postorder(expr) if isinstance(node, sp.Symbol)))


def with_operands(node: sp.Expr, arguments: list[sp.Expr]) -> sp.Expr:
    """The same operation, with the same static arguments, of other operands."""
    return type(node)(*arguments, *node.args[len(arguments) :])


def rebuilt(expr: sp.Expr, mapping: Mapping[sp.Expr, sp.Expr]) -> sp.Expr:
    """The expression with whole subexpressions replaced, outermost first; static arguments stay.

    >>> from cellgraph.ops import Mul, Tanh
    >>> x, s = sp.symbols("x s")
    >>> rebuilt(Mul(Tanh(x), x), {Tanh(x): s})
    Mul(s, x)
    """
    return fold(
        expr,
        lambda node: mapping.get(node, node),
        with_operands,
        lambda node: () if node in mapping else parts(node),
    )


def reachable(
    starts: Iterable[Place], links: Mapping[Place, Iterable[Place]], closed: Collection[Place] = ()
) -> KeysView[Place]:
    """What can be reached along links from `starts`, these included, nearest first; what is `closed` leads nowhere.

    >>> list(reachable(["c"], {"c": ["f", "g"], "f": ["x"], "g": ["h"]}, closed=["g"]))
    ['c', 'f', 'g', 'x']
    """
    found = dict.fromkeys(starts)
    todo = list(found)
    for place in todo:
        # The list grows as it is walked.
        if place not in closed:
            following = dict.fromkeys(other for other in links.get(place, ()) if other not in found)
            found |= following
            todo += following
    return found.keys()
