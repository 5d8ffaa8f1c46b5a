"""What a row of the operation table holds, and how an operation becomes a SymPy head that is never evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sympy as sp
from sympy.core.basic import Basic

from cellgraph.ops.axes import Shape
from cellgraph.ops.factors import Partial
from cellgraph.ops.interval import Interval
from cellgraph.ops.printing import Printed

Cotangents = tuple["sp.Expr | None", ...]
Limits = tuple[tuple[sp.Expr, ...], tuple[sp.Expr, ...]]


class Mismatch(Exception):
    """Shapes that an operation cannot take; whoever knows the equation turns it into a ShapeError."""

    at: sp.Expr | None = None
    """The operation, once it is known."""


class Unshaped(Mismatch):
    """An operand whose own shape is not known, because something else is wrong."""


@dataclass(frozen=True)
class Cost:
    """Work of one application: multiply-accumulates, floating-point operations, calls of transcendental functions.

    A dot product of k numbers is k MAC and 2k − 1 FLOP; transcendental calls are counted by name, apart from the FLOP.
    """

    mac: sp.Expr = sp.S.Zero
    flop: sp.Expr = sp.S.Zero
    transcendental: Mapping[str, sp.Expr] = field(default_factory=dict)

    @property
    def arithmetic(self) -> sp.Expr:
        """The FLOP as two for each MAC and the rest, which is how people write them: 8n(m + n) + 4n."""
        return 2 * sp.factor(self.mac) + sp.factor(sp.expand(self.flop - 2 * self.mac))

    @property
    def calls(self) -> sp.Expr:
        """All transcendental calls together."""
        return sp.Add(*self.transcendental.values())

    def each(self, rule: Callable[[sp.Expr], sp.Expr]) -> Cost:
        """The cost with a rule applied to each of its formulas."""
        return Cost(rule(self.mac), rule(self.flop), {name: rule(n) for name, n in self.transcendental.items()})


EVERYWHERE = ("source", "text", "latex")


@dataclass(frozen=True)
class Notation:
    """How an operation is written: templates over the printed arguments, in three scripts.

    `source` is the language of specs and reads back, `text` is mathematics in Unicode, `latex` is LaTeX. A template
    names its arguments {0}, {1}, ...; where `joins` is true it is put between any number of them. `loose` names the
    scripts in which arguments stand inside delimiters and need no parentheses of their own; in the others `binds` is
    the precedence of the printed form (higher binds tighter).
    """

    source: str
    text: str
    latex: str
    binds: int = 0
    joins: bool = False
    loose: tuple[str, ...] = ()


@dataclass(frozen=True)
class Crossing:
    """How an operation crosses the lifted axes that stand last among its arguments.

    `along`: it acts along one such axis alone and is lifted over everything else; without an axis it acts on the core.
    Otherwise its rules see the axes in front of the core of each operand that it `takes` them from, and get them as
    last static arguments; where it `returns` them, they stand in front of the core of its result. Where they may be
    `implied` and none is named, it crosses all axes of its first operand if the members of that are vectors.
    """

    along: bool = False
    takes: tuple[bool, ...] = ()
    returns: bool = False
    implied: bool = False

    @property
    def named(self) -> bool:
        """Whether its axes are given with over=, and not as arguments."""
        return self.along or self.implied


@dataclass(frozen=True)
class Op:
    """One operation that a cell may use, and every rule about it. No column has a default that could hide a gap.

    The head's leading arguments are operands (quantities or expressions), `operands` many; None means all of them.
    The rest are static: exponents, offsets and sizes. Rules get operands and static arguments in the head's order.
    """

    name: str
    operands: int | None
    arity: tuple[int, int | None]
    shape: Callable[..., Shape]
    """(shapes of the operands, *static) -> shape of the result; raises Mismatch with a sentence."""
    vjp: Callable[..., Cotangents]
    """(bar, out, *args, shapes) -> one cotangent for each operand, in heads of this table; None for zero."""
    jacobian: Callable[..., tuple[sp.Expr | None, ...]]
    """(out, *args, shapes) -> one linear factor for each operand (see `factors`); None for zero."""
    cost: Callable[..., Cost]
    """(shapes of the operands, shape of the result, *static) -> Cost."""
    value: Callable[..., Any]
    """(xp, ranks, *args) -> array; operands may carry leading batch axes beyond their ranks."""
    range: Callable[..., Interval]
    """(*intervals of the operands, *static) -> interval of the result."""
    slope: sp.Expr | None
    """sup |φ'| of a pointwise function of one argument; infinite where unbounded; None for any other operation."""
    notation: Notation
    label: str
    """What the operation's node says in a diagram: σ, tanh, ⊙, +."""
    elementwise: bool
    """Whether coordinate i of the result depends on coordinate i of the operands alone."""
    inline: bool
    """Whether its derivative needs neither its output nor a name for its arguments (sums, products, ...)."""
    public: bool
    """Whether a spec may use it; the others appear in derivatives only."""
    analytic: bool = True
    """Whether its `value` is analytic code (no kinks, no |x|), so that complex-step differentiation applies."""
    limits: Callable[..., Limits] | None = None
    """(*args, ranges of the operands) -> what each entry of the result is at least, and what it is at most."""
    total: int | None = None
    """What the entries add up to, where none of them is negative and they always add up to the same."""
    crossing: Crossing | None = None
    """How it crosses lifted axes; None where it never does."""
    options: tuple[tuple[str, int], ...] = ()
    """The first static arguments where they are given by name, each with what it is otherwise."""


class Head(Printed):
    """An operation applied to arguments: a SymPy node that keeps its arguments as they were written.

    Made with Basic.__new__, so that nothing is evaluated, sorted or flattened behind the reader's back.
    """

    __slots__ = ()
    op: ClassVar[Op]

    def __new__(cls, *args: Any) -> Head:
        made: Head = Basic.__new__(cls, *[sp.Integer(a) if type(a) is int else a for a in args])
        return made


class Composed(Head):
    """A head that stands for an expression of other operations: what it does to families is what these do."""

    __slots__ = ()

    def shape_for(self, shapes: Sequence[Shape]) -> Shape:
        """The shape of the result for operands of these shapes. Raises Mismatch."""
        raise NotImplementedError

    def cost_for(self, shapes: Sequence[Shape]) -> Cost:
        """The work of one application to operands of these shapes."""
        raise NotImplementedError


def operation(name: str, **columns: Any) -> type[Head]:
    """The head class of a new row, which stands in `cellgraph.ops` under its capitalised name (for pickle)."""
    own = {"__slots__": (), "__module__": "cellgraph.ops", "__doc__": f"Head of {name!r}.", "op": Op(name, **columns)}
    return type(name.capitalize(), (Head,), own)


def arguments(operands: int | None) -> tuple[int, int | None]:
    """The arity of an operation without static arguments; any number of operands are two at least."""
    return (2, None) if operands is None else (operands, operands)


def mixing(
    name: str,
    *,
    operands: int | None = 1,
    arity: tuple[int, int | None] | None = None,
    jacobian: Callable[..., tuple[sp.Expr | None, ...]] | None = None,
    notation: Notation | None = None,
    label: str | None = None,
    inline: bool = True,
    public: bool = True,
    **columns: Any,
) -> type[Head]:
    """The row of an operation that mixes or moves entries. Its notation is name(...) where none is given.

    Without a `jacobian` there is no shorter form of its factors than those of the expression as a whole. `arity` is
    given where there are static arguments.
    """

    def partials(out: sp.Expr, *args: sp.Expr, shapes: tuple[Shape, ...]) -> tuple[sp.Expr | None, ...]:
        return tuple(Partial(head(*args), sp.Integer(k)) for k in range(len(shapes)))

    called = f"{name}({{*}})"
    head = operation(
        name,
        operands=operands,
        arity=arity or arguments(operands),
        jacobian=jacobian or partials,
        notation=notation or Notation(called, called, rf"\operatorname{{{{{name}}}}}({{*}})", loose=EVERYWHERE),
        label=label or name,
        slope=None,
        elementwise=False,
        inline=inline,
        public=public,
        **columns,
    )
    return head


def free(shapes: tuple[Shape, ...], out: Shape, *static: sp.Expr) -> Cost:
    """The cost of what only moves entries."""
    return Cost()


def operands(expr: Head) -> tuple[sp.Expr, ...]:
    """The arguments of a head that are quantities or expressions, without its static ones."""
    arguments: tuple[sp.Expr, ...] = expr.args
    return arguments if expr.op.operands is None else arguments[: expr.op.operands]


def total_cost(parts: Iterable[Cost]) -> Cost:
    """The sum of several pieces of work."""
    mac, flop = sp.S.Zero, sp.S.Zero
    calls: dict[str, sp.Expr] = {}
    for part in parts:
        mac, flop = mac + part.mac, flop + part.flop
        for name, count in part.transcendental.items():
            calls[name] = calls.get(name, sp.S.Zero) + count
    return Cost(sp.expand(mac), sp.expand(flop), calls)


def numel(shape: Shape) -> sp.Expr:
    """The number of entries of an array of this shape."""
    return sp.Mul(*shape)


def spelled(shape: Shape, scalar: str = "scalar", times: str = "×", write: Callable[[sp.Expr], str] = str) -> str:
    """A shape as text: 'n×m', '(2*d)×m', 'n' for a vector, and a word for a scalar."""
    beside = len(shape) > 1
    return (
        times.join(f"({write(s)})" if beside and isinstance(s, sp.Add | sp.Mul) else write(s) for s in shape) or scalar
    )
