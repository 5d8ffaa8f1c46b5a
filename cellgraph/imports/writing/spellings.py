"""How people write out functions and operations that have a name: patterns over scalar algebra, the largest first.

Scalar algebra is what `graph.ring` makes of elementwise arithmetic; here it goes on inside of what mixes entries, so
that sum(a * a) and sum(a ** 2) are one expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from types import MappingProxyType
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from cellgraph.errors import Source
from cellgraph.graph import Call, parts, postorder
from cellgraph.graph.ring import in_ring
from cellgraph.imports.writing.distinct import Shapes, distinct
from cellgraph.ops import FUNCTIONS, Axis, Head, Matmul, Max, Relu, Sqrt, along, core
from cellgraph.parse import CodeLine, Signature, definition
from cellgraph.spec.functions import SHIPPED, standard

DEEPEST = 16
"""How many operations deep scalar algebra goes before a name stands for the rest."""

PLAIN = frozenset({"square", "dot"})
"""Functions that read no better than what they are: a ** 2, sum(a * b)."""

NUMBERS = frozenset({"eps", "slope", "alpha", "low", "high"})
"""Parameters that stand for numbers alone."""

SPELLINGS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "sigmoid(a)": ("1 / (1 + exp(-a))", "exp(a) / (1 + exp(a))", "(tanh(a / 2) + 1) / 2"),
    "tanh(a)": (
        "(exp(a) - exp(-a)) / (exp(a) + exp(-a))", "(exp(2 * a) - 1) / (exp(2 * a) + 1)",
        "(1 - exp(-2 * a)) / (1 + exp(-2 * a))", "2 * sigmoid(2 * a) - 1", "2 / (1 + exp(-2 * a)) - 1",
    ),
    "softplus(a)": ("log(1 + exp(a))", "max(a, 0) + log(1 + exp(-abs(a)))"),
    "softmax(a)": ("exp(a) / sum(exp(a))", "exp(a - max(a)) / sum(exp(a - max(a)))"),
    "relu(a)": ("a * step(a)", "(a + abs(a)) / 2"),
    "abs(a)": ("sqrt(a ** 2)", "max(a, -a)"),
    "silu(a)": ("a / (1 + exp(-a))",),
    "relu6(a)": ("max(min(a, 6), 0)",),
    "hard_sigmoid(a)": ("max(min(a / 6 + 1 / 2, 1), 0)", "min(max(a + 3, 0), 6) / 6", "max(min(a + 3, 6), 0) / 6"),
    "hard_tanh(a)": ("max(min(a, 1), -1)",),
    "clip(a, low, high)": ("min(max(a, low), high)",),
    "leaky_relu(a, slope)": ("max(a, slope * a)", "step(a) * a + (1 - step(a)) * (slope * a)"),
    "elu(a, alpha)": (
        "max(a, 0) + alpha * exp(min(a, 0)) - alpha", "step(a) * a + (1 - step(a)) * (alpha * exp(a) - alpha)",
    ),
    "standardize(a, eps)": ("(a - mean(a)) / sqrt(mean(a ** 2) - mean(a) ** 2 + eps)",),
    "rms_norm(a, 1, eps)": ("a / sqrt(mean(a ** 2) + eps)",),
    "layer_norm(a, gain, bias, eps)": (
        "gain * (a - mean(a)) / sqrt(mean(a ** 2) - mean(a) ** 2 + eps) + bias",
    ),
})  # fmt: skip
"""Other ways to write what has a name, which give the same numbers; a number among the arguments is meant as such."""


@dataclass(frozen=True)
class Spelling:
    """One way to write what a function or an operation, `head`, makes of its arguments, along some lifted axes.

    :parameters: what the arguments are; a number is that argument
    :scalar:     the pattern, over `parameters`, in scalar algebra
    :operations: names of the operations in it that are no arithmetic
    :size:       how many different operations and operands it has
    """

    head: type[Head]
    axes: tuple[Axis, ...]
    parameters: tuple[sp.Expr, ...]
    scalar: sp.Expr
    operations: frozenset[str]
    size: int

    def of(self, arguments: Sequence[sp.Expr]) -> sp.Expr:
        """The call with these arguments, without the last ones where they are what they would be anyway."""
        given = list(arguments)
        if not issubclass(self.head, Call):
            return self.head(*given, *self.axes)
        for default in reversed(self.head.function.defaults):
            if given[-1] != default or self.axes:
                break
            given.pop()
        return self.head.over(given, self.axes)


@cache
def spellings(each: tuple[Axis, ...] = ()) -> tuple[Spelling, ...]:
    """Every known spelling, along vectors and along each of these lifted axes, the largest first.

    >>> [found.head.op.name for found in spellings()][:4]
    ['gelu_tanh', 'layer_norm', 'layer_norm', 'elu']
    """
    found = [_spelling(*text, axes) for text in written_out() for axes in ((), *((axis,) for axis in each))]
    kept = [spelling for spelling in found if spelling is not None]
    return tuple(sorted(kept, key=lambda spelling: (-spelling.size, len(spelling.scalar.free_symbols))))


def written_out() -> Iterator[tuple[str, tuple[sp.Expr, ...], sp.Expr]]:
    """The name, the arguments and the body of every spelling; functions as they are defined come first.

    >>> next(written_out())
    ('silu', (a,), Mul(a, Sigmoid(a)))
    """
    for function in standard().values():
        if function.name not in PLAIN:
            yield function.name, function.parameters, function.inside
    for called, bodies in SPELLINGS.items():
        name, _, listed = called.removesuffix(")").partition("(")
        given = listed.split(", ")
        own = Signature(name, tuple(part for part in given if not part.isdigit()), ())
        arguments = tuple(sp.Integer(part) if part.isdigit() else sp.Symbol(part) for part in given)
        for body in bodies:
            yield name, arguments, definition(own, CodeLine(body, Source("<spelling>", 1, 1)), SHIPPED).inside


def _spelling(name: str, parameters: tuple[sp.Expr, ...], body: sp.Expr, axes: tuple[Axis, ...]) -> Spelling | None:
    """A spelling along some axes; None where nothing in it can go along them."""
    expr = reduce(along, axes, body)
    if axes and expr == body:
        return None
    nodes = distinct([expr])
    scalar = scalars([expr], {})[expr]
    used = frozenset(term.func.__name__ for term in scalar.atoms(AppliedUndef))
    head = standard()[name].head if name in standard() else FUNCTIONS[name]
    return Spelling(head, axes, parameters, scalar, used, len(nodes))


def scalars(
    exprs: Iterable[sp.Expr], shapes: Shapes, known: dict[sp.Expr, sp.Expr] | None = None
) -> dict[sp.Expr, sp.Expr]:
    """Every different node of some expressions in scalar algebra, functions written out; added to those `known`.

    What no spelling looks into is a name, and so is what is too deep for any of them to see it from where it is used.

    >>> from cellgraph.ops import Mul, Sub, Sum
    >>> a, b = sp.symbols("a b")
    >>> whole = Sum(Mul(Sub(a, b), a))
    >>> scalars([whole], {})[whole]
    sum(a*(a - b))
    """
    made = {} if known is None else known
    depth: dict[sp.Expr, int] = {}
    for node in distinct(exprs, lambda node: () if node in made else parts(node)):
        if node not in made:
            below = [made[part] for part in parts(node)]
            depth[node] = 1 + max((depth.get(part, 0) for part in parts(node)), default=-1)
            made[node] = _scalar(node, below, shapes) if below else node
            if depth[node] > DEEPEST or (isinstance(made[node], AppliedUndef) and not _is_spelled(node)):
                made[node], depth[node] = sp.Symbol(f"node {len(made)}"), 0
    return made


def _is_spelled(node: Head) -> bool:
    """Whether anything is spelled with this operation, or with what is inside of this call."""
    return isinstance(node, Call) or node.op.name in _spelled_with() or isinstance(node, (Relu, Matmul))


@cache
def _spelled_with() -> frozenset[str]:
    """The names of the operations that anything is spelled with."""
    nodes = (node for _, _, body in written_out() for node in postorder(body))
    return frozenset(node.op.name for node in nodes if isinstance(node, Head))


def _scalar(node: Head, below: list[sp.Expr], shapes: Shapes) -> sp.Expr:
    statics = node.args[len(below) :]
    if isinstance(node, Call):
        inside = dict(node.function.given(below))
        for inner in distinct([node.inside]):
            if parts(inner):
                inside[inner] = _scalar(inner, [inside[part] for part in parts(inner)], {})
            else:
                inside.setdefault(inner, inner)
        return inside[node.inside]
    if in_ring(node.op):
        return node.op.value(None, (0,) * len(below), *below, *statics)
    if isinstance(node, Sqrt):
        return sp.sqrt(below[0])
    if isinstance(node, Relu):
        return _function(Max.op.name)(below[0], sp.S.Zero)
    if isinstance(node, Matmul) and all(len(core(shapes.get(part, (1, 1)))) == 1 for part in node.args):
        return _function("sum")(below[0] * below[1])
    return _function(node.op.name)(*below, *statics)


@cache
def _function(name: str) -> Any:
    return sp.Function(name)
