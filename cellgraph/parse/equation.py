"""Equations: 'name = expression' to a name and heads of the operation table, with the place of every name used."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import sympy as sp

from cellgraph.errors import Problem, Source, SpecError, nearest, quoted
from cellgraph.graph import before, fold
from cellgraph.names import NAME
from cellgraph.ops import FUNCTIONS, OPERATORS, Neg, Pow
from cellgraph.parse.reading import MAGNITUDE, ExpressionReader
from cellgraph.parse.tokens import CodeLine

_BINARY: Mapping[type[ast.operator], str] = MappingProxyType({
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.MatMult: "@",
})  # fmt: skip

_HINTS: Mapping[type[ast.AST], str] = MappingProxyType({
    ast.BinOp: "whole division '//' is for sizes; write '/'",
    ast.UnaryOp: "a '+' before an operand does nothing; leave it out",
    ast.Tuple: "a ',' stands between the arguments of a function only; write one expression",
    ast.List: "lists have no meaning here; vectors are joined with concat(a, b)",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class NameUse:
    """A name in an equation: `name`, or `name[t-1]` where `before` is set."""

    name: str
    before: bool
    source: Source


@dataclass(frozen=True, slots=True)
class Statement:
    """An equation as read: what it defines, its right-hand side, the names it uses, and where its parts stand."""

    lhs: str
    rhs: sp.Expr
    uses: tuple[NameUse, ...]
    source: Source
    spans: Mapping[sp.Expr, tuple[Source, str]] = field(compare=False)


def statement(lines: tuple[CodeLine, ...], dims: Mapping[str, sp.Symbol]) -> Statement:
    """The equation `name = expression` in these lines; names that are not dims become quantities.

    Raises SpecError with every problem of the equation.
    """
    lhs, right = _sides(lines)
    reading = _Equation(right, dims)
    rhs = fold(reading.tree(), reading.head, reading.head, reading.operands)
    if reading.problems:
        raise reading.error()
    return Statement(lhs, rhs, tuple(reading.uses), lines[0].source, reading.spans)


def _sides(lines: tuple[CodeLine, ...]) -> tuple[str, tuple[CodeLine, ...]]:
    """The name that an equation defines, and the lines of its right-hand side."""
    first = lines[0]
    left, equals, right = first.text.partition("=")
    lhs = left.strip()
    form = "an equation is written 'name = expression'"
    if not equals:
        raise SpecError(Problem("E_EQ_FORM", f"there is no '='; {form}", first.source))
    if right.startswith("=") or lhs[-1:] in tuple("+-*/@%&|^:!<>"):
        raise SpecError(Problem("E_EQ_FORM", f"this is no single '='; {form}", first.place(len(left))))
    if lhs.endswith("[t-1]"):
        message = f"{quoted(lhs)} comes from the step before; an equation defines {quoted(lhs[:-5])} of this step"
        raise SpecError(Problem("E_LHS", message, first.source))
    if not lhs:
        raise SpecError(Problem("E_LHS", f"there is no name before '='; {form}", first.source))
    if not NAME.fullmatch(lhs):
        raise SpecError(Problem("E_LHS", f"{quoted(lhs)} is not one name; {form}", first.source))
    rest = CodeLine(right, first.place(len(left) + 1))
    if not right.strip() and len(lines) == 1:
        raise SpecError(Problem("E_EXPR_SYNTAX", "there is nothing after '='; write an expression", rest.source))
    return lhs, (rest, *lines[1:])


class _Equation(ExpressionReader):
    """The right-hand side of an equation while it is read, with the names and places found so far."""

    def __init__(self, lines: tuple[CodeLine, ...], dims: Mapping[str, sp.Symbol]) -> None:
        super().__init__(lines, dims)
        self.uses: list[NameUse] = []
        self.spans: dict[sp.Expr, tuple[Source, str]] = {}

    def operands(self, node: ast.expr) -> Sequence[ast.expr]:
        """The operands of an operation that the table knows; nothing for a leaf, nor for what is wrong."""
        self.counted(node)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            if isinstance(node.op, ast.Pow):
                return [node.left]
            return _summands(node) if isinstance(node.op, ast.Add) else [node.left, node.right]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return [node.operand]
        if isinstance(node, ast.Call):
            return self.arguments(node)
        if isinstance(node, ast.Subscript):
            self.check_time(node)
        elif not isinstance(node, ast.Name | ast.Constant):
            hint = _HINTS.get(type(node), "use names, numbers, functions and + - * / ** @")
            self.wrong("E_EXPR_NODE", f"{quoted(self.text(node))} has no place in an equation: {hint}", node)
        return []

    def arguments(self, node: ast.Call) -> list[ast.expr]:
        """The operands of a function of the table, once its name and how many arguments it has are in order."""
        if not isinstance(node.func, ast.Name):
            told = f"{quoted(self.text(node))} is no call of a function"
            self.wrong("E_EXPR_NODE", f"{told}; write function(argument), or an operator before '('", node)
            return []
        name = node.func.id
        if name not in FUNCTIONS:
            known = f"; the operations are {', '.join(FUNCTIONS)}, and a product is written a @ (...) or a * (...)"
            hint = nearest(name, FUNCTIONS) or known
            self.wrong("E_UNKNOWN_FUNC", f"unknown operation {quoted(name)}{hint}", node)
            return []
        op = FUNCTIONS[name].op
        low, high = op.arity
        if len(node.args) < low or (high is not None and len(node.args) > high):
            wanted = f"{low} or more arguments" if high is None else "1 argument" if high == 1 else f"{high} arguments"
            example = f"{name}({', '.join('abcdefgh'[:low])})"
            self.wrong("E_ARITY", f"'{name}' takes {wanted}, and here are {len(node.args)}; write {example}", node)
            return []
        return node.args[: op.operands]

    def check_time(self, node: ast.Subscript) -> None:
        """Square brackets hold the step before, of a name, and nothing else."""
        index = "".join(self.text(node.slice).split())
        if not isinstance(node.value, ast.Name):
            hint = "give the operand a name, a, in an equation of its own and write a[t-1]"
            self.wrong("E_EXPR_NODE", f"only a name has a step before; {hint}", node)
        elif index == "t":
            self.wrong("E_PREV", f"a bare name is the current step; write '{node.value.id}'", node)
        elif re.match(r"t\b", index) and index != "t-1":
            told = f"only the step before, [t-1], is at hand, and not [{quoted(index)[1:-1]}]"
            self.wrong("E_PREV", f"{told}; to reach further back, hand the value on in a state of its own", node)
        elif index != "t-1":
            self.wrong("E_EXPR_NODE", "brackets hold t-1 only; parts of a vector are slice(v, start, stop)", node)

    def head(self, node: ast.expr, values: Sequence[sp.Expr] = ()) -> sp.Expr:
        """A node as a head over its operands, where it has some; as a leaf where it has none."""
        if self.problems:
            return sp.S.One
        found = self.applied(node, values) if values else self.leaf(node)
        self.spans.setdefault(found, (self.place(node), self.text(node)))
        return found

    def applied(self, node: ast.expr, values: Sequence[sp.Expr]) -> sp.Expr:
        """An operation over its operands and static arguments."""
        if isinstance(node, ast.UnaryOp):
            return Neg(values[0])
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name)
            return FUNCTIONS[node.func.id](*values, *[self.static(argument) for argument in node.args[len(values) :]])
        assert isinstance(node, ast.BinOp)
        if isinstance(node.op, ast.Pow):
            return Pow(values[0], self.exponent(node.right))
        if isinstance(node.op, ast.Div) and values[1] == 0:
            self.wrong("E_DIV_ZERO", "division by zero; check the denominator", node.right)
        return OPERATORS[_BINARY[type(node.op)]](*values)

    def leaf(self, node: ast.expr) -> sp.Expr:
        """A number, a size, or a quantity, whose use is noted."""
        if isinstance(node, ast.Constant):
            return self.number(node)
        if isinstance(node, ast.Name) and node.id in self.dims:
            return self.dims[node.id]
        earlier = isinstance(node, ast.Subscript)
        name = node.value if isinstance(node, ast.Subscript) else node
        assert isinstance(name, ast.Name)
        self.uses.append(NameUse(name.id, earlier, self.place(node)))
        return before(name.id) if earlier else sp.Symbol(name.id)

    def exponent(self, node: ast.expr) -> sp.Expr:
        """The one number that an exponent is."""
        value = self.literal(node)
        if value is None:
            other = f"exp({quoted(self.text(node), 30)[1:-1]} * log(x))"
            self.wrong("E_POW", f"an exponent is one number, as in x ** 2 or x ** (1/2); else write {other}", node)
            return sp.S.One
        if value == 0 or abs(value) > MAGNITUDE:
            self.wrong("E_POW", f"an exponent is not 0 and at most {MAGNITUDE} in size; use another", node)
        return value

    def static(self, node: ast.expr) -> sp.Expr:
        """An argument that is no quantity: a number, or a size."""
        value = self.literal(node)
        return self.sized(node) if value is None else value


def _summands(node: ast.BinOp) -> list[ast.expr]:
    """The terms of a sum of sums, in written order."""
    found: list[ast.expr] = []
    todo: list[ast.expr] = [node]
    while todo:
        term = todo.pop()
        if isinstance(term, ast.BinOp) and isinstance(term.op, ast.Add):
            todo += [term.right, term.left]
        else:
            found.append(term)
    return found
