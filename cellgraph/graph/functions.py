"""Functions: expressions over parameters that are called by name, and what a call is where mathematics looks inside.

A call is a head whose row is derived from the body. Nothing is derived by hand for a function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from typing import Any, ClassVar, NamedTuple

import sympy as sp

from cellgraph.graph.fold import fold, parts, postorder, rebuilt, symbols_of, with_operands
from cellgraph.graph.order_and_shapes import shapes_within
from cellgraph.ops import Axis, Cost, Head, Mismatch, Notation, Op, Partial, Shape, along, cost_of, crossed, operands
from cellgraph.ops.row import EVERYWHERE, Composed, Crossing, total_cost

MOST_NODES = 4000
"""The most operations and names of an equation with the bodies of its functions in it."""


@dataclass(frozen=True)
class Function:
    """name(parameters) = body. The last parameters may have numbers that they are where a call leaves them out.

    >>> from cellgraph.ops import Mul, Sigmoid
    >>> a, x = sp.symbols("a x")
    >>> silu = Function("silu", (a,), Mul(a, Sigmoid(a)), label="SiLU")
    >>> silu.head(x), unfolded(silu.head(x)), silu.sign
    (silu(x), Mul(x, Sigmoid(x)), 'SiLU')
    """

    name: str
    parameters: tuple[sp.Symbol, ...]
    body: sp.Expr
    """As written: it may hold calls of other functions."""
    defaults: tuple[sp.Expr, ...] = ()
    label: str = ""

    def __post_init__(self) -> None:
        # Those that it calls have been written out before, so that nothing nests however many call one another.
        if self.length <= MOST_NODES:
            self.__dict__["inside"] = unfolded(self.body)

    @property
    def head(self) -> type[Call]:
        """What a call of it is made with."""
        return _head(self)

    @property
    def sign(self) -> str:
        """What a picture writes for it."""
        return self.label or self.name

    @cached_property
    def inside(self) -> sp.Expr:
        """The body in operations alone."""
        return unfolded(self.body)

    @cached_property
    def operations(self) -> tuple[Head, ...]:
        """The operations of the inside, each once, arguments first."""
        return tuple(dict.fromkeys(node for node in postorder(self.inside) if isinstance(node, Head)))

    @cached_property
    def weight(self) -> tuple[int, Mapping[sp.Expr, int]]:
        """The number of operations and numbers of the inside, and how often each parameter stands there.

        It is counted without writing the inside out, which may be far too long.
        """
        return _weight(self.body, self.parameters)

    @cached_property
    def length(self) -> int:
        """How many operations, names and numbers the inside is."""
        constant, often = self.weight
        return constant + sum(often.values())

    def given(self, arguments: Iterable[sp.Expr]) -> dict[sp.Symbol, sp.Expr]:
        """What each parameter is in a call."""
        arguments = tuple(arguments)
        left_out = len(self.parameters) - len(arguments)
        return dict(zip(self.parameters, (*arguments, *self.defaults[len(self.defaults) - left_out :]), strict=True))


class Call(Composed):
    """A function applied to arguments, as it was written.

    Axes may stand behind all of its arguments: then every operation of the body that goes along a vector goes along the
    lifted axis, as in layer_norm(a, gain, bias, over=j).
    """

    __slots__ = ()
    function: ClassVar[Function]

    @classmethod
    def over(cls, arguments: Sequence[sp.Expr], axes: Sequence[Axis]) -> Call:
        """The call with these arguments, along these axes."""
        given = cls.function.given(arguments).values() if axes else arguments
        return cls(*given, *axes)

    @property
    def inside(self) -> sp.Expr:
        """The body over the parameters, along the axes of the call."""
        return reduce(along, crossed(self), self.function.inside)

    def shape_for(self, shapes: Sequence[Shape]) -> Shape:
        """The shape of the inside. Raises Mismatch."""
        return self._shapes(shapes)[self.inside]

    def cost_for(self, shapes: Sequence[Shape]) -> Cost:
        """The work of the inside; what stands in it twice is computed once, and what is a number has been before."""
        known = self._shapes(shapes)
        heads = dict.fromkeys(node for node in postorder(self.inside) if isinstance(node, Head) and symbols_of(node))
        return total_cost(cost_of(head, [known[operand] for operand in operands(head)]) for head in heads)

    def leading(self, onward: Callable[[sp.Expr], tuple[sp.Expr, ...]]) -> tuple[sp.Expr, ...]:
        """The arguments that the result is made of, where `onward` says into which operands to follow."""
        met = {*postorder(self.function.inside, onward)}
        return tuple(a for p, a in self.function.given(operands(self)).items() if p in met)

    def _shapes(self, shapes: Sequence[Shape]) -> dict[sp.Expr, Shape]:
        """The shapes of the inside and of all of its parts, for operands of these shapes."""
        parameters = self.function.parameters
        given = (*shapes, *[()] * (len(parameters) - len(shapes)))
        known = {p: _Shaped(shape) for p, shape in zip(parameters, given, strict=True)}
        try:
            return shapes_within(self.inside, known)  # type: ignore[arg-type]
        except Mismatch as mismatch:
            raise Mismatch(f"inside of {self.function.name}({', '.join(map(str, parameters))}), {mismatch}") from None

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Its class has no place that pickle could import it from.
        return _called, (self.function, self.args)


def unfolded(expr: sp.Expr) -> sp.Expr:
    """The expression with the bodies of functions in the place of their calls, and nothing else changed."""

    def combine(node: Head, arguments: list[sp.Expr]) -> sp.Expr:
        if not isinstance(node, Call):
            return with_operands(node, arguments)
        return rebuilt(node.inside, node.function.given(arguments))

    return fold(expr, lambda leaf: leaf, combine)


def folded(expr: sp.Expr, functions: Iterable[Function]) -> sp.Expr:
    """The expression with calls in the place of what these functions are inside, the outermost and largest first.

    >>> from cellgraph.ops import Mul, Sigmoid, Tanh
    >>> a, x = sp.symbols("a x")
    >>> folded(Tanh(Mul(x, Sigmoid(x))), [Function("silu", (a,), Mul(a, Sigmoid(a)))])
    Tanh(silu(x))
    """
    known = sorted((f for f in functions if isinstance(f.inside, Head)), key=lambda f: -len(f.operations))
    found: dict[sp.Expr, tuple[type[Head], list[sp.Expr]]] = {}

    def below(node: sp.Expr) -> tuple[sp.Expr, ...]:
        if node not in found:
            for function in known:
                arguments = _matched(function, node)
                if arguments is not None:
                    found[node] = (function.head, arguments)
                    return tuple(arguments)
            return parts(node)
        return tuple(found[node][1])

    def combine(node: Head, arguments: list[sp.Expr]) -> sp.Expr:
        return found[node][0](*arguments) if node in found else with_operands(node, arguments)

    return fold(expr, lambda leaf: leaf, combine, below) if known else expr


def _matched(function: Function, expr: sp.Expr) -> list[sp.Expr] | None:
    """The arguments with which a function is this expression, without those that it would have anyway; or None."""
    given: dict[sp.Expr, sp.Expr] = {}
    todo = [(function.inside, expr)]
    while todo:
        own, other = todo.pop()
        if own in function.parameters:
            if given.setdefault(own, other) != other:
                return None
        elif isinstance(own, Head) and type(own) is type(other) and len(own.args) == len(other.args):
            todo += zip(own.args, other.args, strict=True)
        elif own != other:
            return None
    arguments = [given[parameter] for parameter in function.parameters]
    for default in reversed(function.defaults):
        if arguments[-1] != default:
            break
        arguments.pop()
    return arguments


def weight(expr: sp.Expr) -> int:
    """How many operations, names and numbers an expression is when it is unfolded."""
    return _weight(expr, ())[0]


def functions_of(exprs: Iterable[sp.Expr]) -> tuple[Function, ...]:
    """The functions that expressions call, in the order in which a reader meets them: then those that these call."""
    todo, found = list(exprs), dict[Function, None]()
    for expr in todo:
        for node in postorder(expr):
            if isinstance(node, Call) and node.function not in found:
                found[node.function] = None
                todo.append(node.function.body)
    return tuple(found)


def _weight(expr: sp.Expr, parameters: tuple[sp.Symbol, ...]) -> tuple[int, dict[sp.Expr, int]]:
    """How much an expression holds beside its parameters, and how often it holds each of these."""
    known = dict.fromkeys(parameters, 0)

    def leaf(node: sp.Expr) -> tuple[int, dict[sp.Expr, int]]:
        return (0, {node: 1}) if node in known else (1, {})

    def combine(node: Head, below: list[tuple[int, dict[sp.Expr, int]]]) -> tuple[int, dict[sp.Expr, int]]:
        own, times = 1, [1] * len(below)
        if isinstance(node, Call):
            own, often = node.function.weight
            given = node.function.given(operands(node))
            own += sum(often.get(p, 0) for p in list(given)[len(below) :])
            times = [often.get(p, 0) for p in list(given)[: len(below)]]
        counts: dict[sp.Expr, int] = {}
        for factor, (inner, uses) in zip(times, below, strict=True):
            own += factor * inner
            for name, count in uses.items():
                counts[name] = counts.get(name, 0) + factor * count
        return own, counts

    return fold(expr, leaf, combine)


class _Shaped(NamedTuple):
    """All that shapes are inferred from."""

    shape: Shape


def _called(function: Function, arguments: tuple[sp.Expr, ...]) -> Call:
    return function.head(*arguments)


@cache
def _head(function: Function) -> type[Call]:
    """The class of the calls of a function, the same for equal functions, so that equal calls are equal."""
    # The calls in the body know what they are, so that nothing is written out here.
    heads = [node for node in postorder(function.body) if isinstance(node, Head)]
    count = len(function.parameters)
    called = f"{function.name}({{*}})"
    sign = function.sign.replace("_", r"\_").replace(" ", r"\ ")
    op = Op(
        name=function.name,
        operands=count,
        arity=(count - len(function.defaults), count),
        shape=_inside,
        vjp=_inside,
        jacobian=lambda out, *args, shapes: tuple(
            Partial(function.head(*args), sp.Integer(k)) for k in range(len(args))
        ),
        cost=_inside,
        value=_inside,
        range=_inside,
        slope=None,
        notation=Notation(called, called, rf"\operatorname{{{{{sign}}}}}({{*}})", loose=EVERYWHERE),
        label=function.sign,
        elementwise=all(head.op.elementwise for head in heads),
        inline=False,
        public=True,
        analytic=all(head.op.analytic for head in heads),
        crossing=Crossing(along=True) if any(head.op.crossing and head.op.crossing.along for head in heads) else None,
    )
    own = {"__slots__": (), "__module__": __name__, "__doc__": f"Head of {called!r}.", "op": op, "function": function}
    return type(function.name, (Call,), own)


def _inside(*given: Any, **more: Any) -> Any:
    """In the place of a rule that is that of the operations inside: graphs are unfolded before it is asked for."""
    raise TypeError("a call has no rule of its own here; take unfolded(expr)")
