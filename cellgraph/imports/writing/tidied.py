"""What tracing leaves behind, taken out: factors of one, signs twice over, numbers not yet computed, nested sums.

What somebody wrote stays as it was written: the order of terms and factors, h + z * (n - h), 1 - sigmoid(a).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import sympy as sp

from cellgraph.graph import parts, with_operands
from cellgraph.imports.writing.distinct import Shapes, distinct, rewritten, shape_in
from cellgraph.imports.writing.numerals import numeral
from cellgraph.imports.writing.sums_and_products import added, is_nothing, negated, terms
from cellgraph.ops import (
    Add,
    Div,
    Fill,
    Flatten,
    Head,
    Max,
    Mean,
    Min,
    Mismatch,
    Mul,
    Neg,
    Pow,
    Relu,
    Split,
    Spread,
    Sqrt,
    Stop,
    Sub,
    Sum,
    Transpose,
    core,
    crossed,
    result_shape,
)

HALF = sp.Rational(1, 2)


def tidied(exprs: Iterable[sp.Expr], shapes: Shapes) -> dict[sp.Expr, sp.Expr]:
    """What each node of some expressions is, simplified; `shapes` has those of symbols, and gets those of all nodes.

    >>> from cellgraph.graph import size
    >>> a, h = sp.symbols("a h")
    >>> shapes = {a: (size("n"),), h: (size("n"),)}
    >>> whole = Add(Mul(sp.Integer(1), a), Neg(Neg(h)))
    >>> tidied([whole], shapes)[whole]
    Add(a, h)
    """

    def rule(node: sp.Expr) -> sp.Expr:
        # Rules are few and each makes the node smaller, so that they are applied until none fits.
        while True:
            better = _once(node, shapes)
            if better == node:
                shape_in(node, shapes)
                return node
            node = better

    return rewritten(exprs, rule)


def _once(node: sp.Expr, shapes: Shapes) -> sp.Expr:
    if not parts(node):
        return numeral(node)
    if node.op.elementwise:
        node = _unspread(node, shapes)
    if type(node) in FOLDED and all(part.is_Rational for part in parts(node)):
        known = _computed(node)
        if known is not None:
            return known
    rule = RULES.get(type(node))
    better = rule(node) if rule is not None else node
    if better == node or _same_shape(better, node, shapes):
        return _mean(better, shapes) if isinstance(better, (Div, Mul)) else better
    return node


def _same_shape(better: sp.Expr, node: sp.Expr, shapes: Shapes) -> bool:
    """Whether a simpler form is an array of the same shape: a number added to zeros is no array any more."""
    return shape_in(better, shapes) == shape_in(node, shapes)


def _computed(node: Head) -> sp.Expr | None:
    """Arithmetic of numbers; None where it has no rational value."""
    arguments = [sp.Rational(part) for part in parts(node)]
    if isinstance(node, Div) and arguments[1] == 0:
        return None
    value = node.op.value(None, (0,) * len(arguments), *arguments, *node.args[len(arguments) :])
    return value if isinstance(value, sp.Rational) else None


def _unspread(node: Head, shapes: Shapes) -> Head:
    """An elementwise operation without copies for members and entries, which it makes by itself."""
    for place, part in enumerate(parts(node)):
        if isinstance(part, (Spread, Fill)):
            arguments = list(parts(node))
            arguments[place] = part.args[0]
            try:
                shape = result_shape(node, [shape_in(argument, shapes) for argument in arguments])
            except Mismatch:
                continue
            if shape == result_shape(node, [shape_in(argument, shapes) for argument in parts(node)]):
                return _unspread(with_operands(node, arguments), shapes)
    return node


def _mean(node: sp.Expr, shapes: Shapes) -> sp.Expr:
    """A sum over as many entries as it is divided by is a mean."""
    summed, by = node.args
    if isinstance(node, Mul):
        if isinstance(summed, Div) and summed.args[0] == 1:
            summed, by = by, summed
        by = by.args[1] if isinstance(by, Div) and by.args[0] == 1 else 1 / by if by.is_Rational and by != 0 else None
    if not isinstance(summed, Sum) or by is None:
        return node
    own, axes = shape_in(summed.args[0], shapes), crossed(summed)
    count = axes[0].size if len(axes) == 1 else core(own)[0] if not axes and len(core(own)) == 1 else None
    return Mean(*summed.args) if by == count else node


def _sum(node: Head) -> sp.Expr:
    return added(terms(node))


def _difference(node: Head) -> sp.Expr:
    a, b = node.args
    if is_nothing(a):
        return negated(b)
    if is_nothing(b):
        return a
    if isinstance(b, Neg) or (b.is_Rational and b.is_negative):
        return Add(a, negated(b))
    if isinstance(a, Neg):
        return Neg(Add(a.args[0], b))
    return node


def _minus(node: Head) -> sp.Expr:
    a = node.args[0]
    if isinstance(a, Sub):
        return Sub(a.args[1], a.args[0])
    return negated(a) if isinstance(a, Neg) or a.is_Rational else node


def _product(node: Head) -> sp.Expr:
    a, b = node.args
    if 1 in (a, b):
        return b if a == 1 else a
    if -1 in (a, b):
        return negated(b if a == -1 else a)
    if isinstance(a, Neg) or isinstance(b, Neg):
        return negated(Mul(a.args[0], b) if isinstance(a, Neg) else Mul(a, b.args[0]))
    if b.is_Rational and not a.is_Rational:
        return Mul(b, a)
    if a == b and not a.is_number:
        return Pow(a, sp.Integer(2))
    if isinstance(b, Div) and b.args[0] == 1:
        return Div(a, b.args[1])
    if isinstance(a, Div) and a.args[0] == 1:
        return Div(b, a.args[1])
    return node


def _ratio(node: Head) -> sp.Expr:
    a, b = node.args
    if b == 1:
        return a
    if isinstance(a, Neg):
        return Neg(Div(a.args[0], b))
    if b == -1:
        return negated(a)
    if isinstance(b, Div) and b.args[0] == 1:
        return b.args[1] if a == 1 else Mul(a, b.args[1])
    return node


def _power(node: Head) -> sp.Expr:
    a, exponent = node.args
    if exponent.is_Float:
        return Pow(a, sp.Rational(str(exponent)))
    if exponent == 1:
        return a
    if exponent == HALF:
        return Sqrt(a)
    if exponent.is_negative:
        return Div(sp.S.One, _power(Pow(a, -exponent)))
    return node


def _root(node: Head) -> sp.Expr:
    inner = node.args[0]
    if inner.is_Rational and not inner.is_negative:
        root = sp.sqrt(inner)
        return root if root.is_Rational else node
    return node


def _stopped(node: Head) -> sp.Expr:
    """What is the same whatever comes in has no gradient to stop."""
    return node if any(part.is_Symbol for part in distinct([node])) else node.args[0]


def _turned(node: Head) -> sp.Expr:
    return node.args[0].args[0] if isinstance(node.args[0], Transpose) else node


def _largest(node: Head) -> sp.Expr:
    a, b = node.args
    if a.is_Rational and not b.is_Rational:
        return type(node)(b, a)
    return Relu(a) if b == 0 and isinstance(node, Max) else node


def _undone(inverse: type[Head]) -> Callable[[Head], sp.Expr]:
    def rule(node: Head) -> sp.Expr:
        inner = node.args[0]
        return inner.args[0] if isinstance(inner, inverse) and inner.args[1:] == node.args[1:] else node

    return rule


RULES: Mapping[type[Head], Callable[[Head], sp.Expr]] = MappingProxyType({
    Add: _sum, Sub: _difference, Neg: _minus, Mul: _product, Div: _ratio, Pow: _power, Sqrt: _root,
    Transpose: _turned, Stop: _stopped, Max: _largest, Min: _largest, Flatten: _undone(Split), Split: _undone(Flatten),
})  # fmt: skip
"""What each operation is where it can be written shorter."""

FOLDED = frozenset({Add, Sub, Neg, Mul, Div, Pow})
"""Operations that are computed where all of their operands are numbers."""
