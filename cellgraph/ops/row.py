"""What a row of the operation table holds, and how an operation becomes a SymPy head that is never evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sympy as sp
from sympy.core.basic import Basic

from cellgraph.ops.interval import Interval

Shape = tuple[sp.Expr, ...]
Cotangents = tuple["sp.Expr | None", ...]


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
    names its arguments {0}, {1}, ...; where `joins` is true it is put between any number of them. `binds` is the
    precedence of the printed form (higher binds tighter); `loose` names the scripts in which arguments stand inside
    delimiters and need no parentheses of their own.
    """

    source: str
    text: str
    latex: str
    binds: int
    joins: bool = False
    loose: tuple[str, ...] = ()


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


class Head(sp.Expr):
    """An operation applied to arguments: a SymPy node that keeps its arguments as they were written.

    Made with Basic.__new__, so that nothing is evaluated, sorted or flattened behind the reader's back.
    """

    __slots__ = ()
    op: ClassVar[Op]

    def __new__(cls, *args: Any) -> Head:
        made: Head = Basic.__new__(cls, *[sp.Integer(a) if type(a) is int else a for a in args])
        return made

    def _sympystr(self, printer: Any) -> str:
        # SymPy picks a printer by the name of a class, and its own for Add, Mul and Pow would never end.
        return f"{type(self).__name__}({', '.join(printer._print(a) for a in self.args)})"


def operation(module: str, **columns: Any) -> type[Head]:
    """The head class of a new row. `module` is where the head is assigned under its capitalised name (for pickle)."""
    op = Op(**columns)
    title = "".join(part.capitalize() for part in op.name.split("_"))
    return type(title, (Head,), {"__slots__": (), "__module__": module, "op": op, "__doc__": f"Head of {op.name!r}."})


MIXING: dict[str, Any] = dict(slope=None, elementwise=False, inline=True)
"""Columns of the rows that mix or move entries and whose derivatives need no name for what goes in or comes out."""


def operands(expr: Head) -> tuple[sp.Expr, ...]:
    """The arguments of a head that are quantities or expressions, without its static ones."""
    arguments: tuple[sp.Expr, ...] = expr.args
    return arguments if expr.op.operands is None else arguments[: expr.op.operands]


def cost_of(expr: Head, shapes: tuple[Shape, ...]) -> Cost:
    """The work of one application to operands of these shapes."""
    static = expr.args[len(operands(expr)) :]
    return expr.op.cost(shapes, expr.op.shape(*shapes, *static), *static)


def numel(shape: Shape) -> sp.Expr:
    """The number of entries of an array of this shape."""
    return sp.Mul(*shape)


def spelled(shape: Shape) -> str:
    """A shape as messages show it: 'n×m', or 'scalar'."""
    return "×".join(str(size) for size in shape) if shape else "scalar"
