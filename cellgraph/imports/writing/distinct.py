"""Walking expressions in which much is shared: each different node once, however often it stands there.

A traced program written out in full grows with every use of what it computes; its different parts do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import sympy as sp

from cellgraph.graph import parts, with_operands
from cellgraph.ops import Head, Shape, result_shape

Shapes: TypeAlias = dict[sp.Expr, Shape]
"""The shape of every node that has been met; that of symbols is there from the beginning."""


def distinct(exprs: Iterable[sp.Expr], below: Callable[[sp.Expr], Iterable[sp.Expr]] = parts) -> list[sp.Expr]:
    """Every different node of some expressions once, operands before what is made of them, in written order.

    >>> from cellgraph.ops import Add, Mul
    >>> x = sp.Symbol("x")
    >>> distinct([Add(Mul(x, x), Mul(x, x))])
    [x, Mul(x, x), Add(Mul(x, x), Mul(x, x))]
    """
    found: dict[sp.Expr, None] = {}
    opened: set[sp.Expr] = set()
    todo = list(exprs)[::-1]
    while todo:
        node = todo[-1]
        if node in found:
            todo.pop()
        elif node in opened:
            found[todo.pop()] = None
        else:
            opened.add(node)
            todo += [part for part in below(node) if part not in found][::-1]
    return list(found)


def remade(node: sp.Expr, operands: Sequence[sp.Expr]) -> sp.Expr:
    """The operation of other operands; the node itself where they are its own, so that what is equal is one object.

    >>> from cellgraph.ops import Tanh
    >>> node = Tanh(sp.Symbol("x"))
    >>> remade(node, node.args) is node, remade(node, [sp.Symbol("y")])
    (True, Tanh(y))
    """
    own = parts(node)
    if all(old is new for old, new in zip(own, operands, strict=True)):
        return node
    return with_operands(node, list(operands))


def rewritten(exprs: Iterable[sp.Expr], rule: Callable[[sp.Expr], sp.Expr]) -> dict[sp.Expr, sp.Expr]:
    """What each different node becomes where `rule` is applied to it, its operands having been rewritten before.

    >>> from cellgraph.ops import Neg, Tanh
    >>> x = sp.Symbol("x")
    >>> made = rewritten([Tanh(Neg(Neg(x)))], lambda e: e.args[0].args[0] if str(e).startswith("Neg(Neg") else e)
    >>> made[Tanh(Neg(Neg(x)))]
    Tanh(x)
    """
    made: dict[sp.Expr, sp.Expr] = {}
    # One object for equal results, so that to compare two of them is to compare objects.
    same: dict[sp.Expr, sp.Expr] = {}
    for node in distinct(exprs):
        result = rule(remade(node, [made[part] for part in parts(node)]))
        made[node] = same.setdefault(result, result)
    return made


def replaced(expr: sp.Expr, mapping: Mapping[sp.Expr, sp.Expr]) -> sp.Expr:
    """The expression with some of its nodes replaced, outermost first, each different node looked at once."""
    made: dict[sp.Expr, sp.Expr] = {}
    for node in distinct([expr], lambda node: () if node in mapping else parts(node)):
        made[node] = mapping[node] if node in mapping else remade(node, [made[part] for part in parts(node)])
    return made[expr]


def shape_in(expr: sp.Expr, shapes: Shapes) -> Shape:
    """The shape of an expression, whose nodes and theirs are kept in `shapes`. Raises Mismatch."""
    for node in distinct([expr], lambda node: () if node in shapes else parts(node)):
        if node not in shapes:
            below = [shapes[part] for part in parts(node)]
            shapes[node] = result_shape(node, below) if isinstance(node, Head) else ()
    return shapes[expr]
