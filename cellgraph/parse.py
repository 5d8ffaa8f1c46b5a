"""Reads one equation, or one size, into heads of the operation table or into sizes. Nothing is ever evaluated.

SymPy's own readers (sympify, parse_expr) run what they read, so spec text never reaches them. Here the text is cut into
tokens and limited, then Python's `ast` finds its structure, and only what the tables below list is turned into heads.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import TypeVar

import sympy as sp

from .errors import Problem, Source, SpecError, nearest, quoted
from .names import NAME
from .ops import FUNCTIONS, OPERATORS, Add, Neg, Pow
from .tokens import Line, cut, python_text

NODES = 200
POWER = 100
DIGITS = 20
TERMS = 100

_BINARY: Mapping[type[ast.operator], str] = MappingProxyType({
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.MatMult: "@",
})  # fmt: skip

_HINTS: Mapping[type[ast.AST], str] = {
    ast.Attribute: "a '.' has no meaning here; the transpose of A is transpose(A)",
    ast.Tuple: "a ',' stands between the arguments of a function only; write one expression",
    ast.Slice: "parts of a vector are slice(v, start, stop)",
    ast.keyword: "arguments have no names here; write the value alone",
    ast.Starred: "a '*' needs an operand at its left",
    ast.List: "lists have no meaning here; vectors are joined with concat(a, b)",
}


@dataclass(frozen=True, slots=True)
class Use:
    """A name in an equation: `name`, or `name[t-1]` where `before` is set."""

    name: str
    before: bool
    source: Source


@dataclass(frozen=True, slots=True)
class Statement:
    """An equation as read: what it defines, its right-hand side, the names it uses, and where its parts stand."""

    lhs: str
    rhs: sp.Expr
    uses: tuple[Use, ...]
    source: Source
    spans: Mapping[sp.Expr, tuple[Source, str]] = field(compare=False)


def statement(lines: tuple[Line, ...], dims: Mapping[str, sp.Symbol]) -> Statement:
    """The equation `name = expression` in these lines; names that are not dims become quantities.

    Raises SpecError with every problem of the equation.
    """
    lhs, right = _sides(lines)
    reading = _Reading(right, dims)
    rhs = _folded(reading.tree(), reading.operands, reading.head)
    if reading.problems:
        raise SpecError(*reading.problems)
    return Statement(lhs, rhs, tuple(reading.uses), lines[0].source, reading.spans)


def size(text: str, source: Source, dims: Mapping[str, sp.Symbol]) -> sp.Expr:
    """A size: whole numbers and dims under + − * // and small powers, multiplied out. Raises SpecError."""
    reading = _Reading((Line(text, source),), dims)
    found, terms = _folded(reading.tree(), reading.size_operands, reading.size)
    if not reading.problems and terms > TERMS:
        reading.wrong("E_SIZE_EXPR", f"more than {TERMS} terms; use fewer dims or smaller powers", None)
    if reading.problems:
        raise SpecError(*reading.problems)
    return sp.expand(found)


def _sides(lines: tuple[Line, ...]) -> tuple[str, tuple[Line, ...]]:
    """The name that an equation defines, and the lines of its right-hand side."""
    first = lines[0]
    left, equals, right = first.text.partition("=")
    lhs = left.strip()
    form = "an equation is written 'name = expression'"
    if not equals:
        raise SpecError(Problem("E_EQ_FORM", f"there is no '='; {form}", first.source))
    if right.startswith("=") or lhs[-1:] in set("+-*/@%&|^:!<>"):
        raise SpecError(Problem("E_EQ_FORM", f"this is no single '='; {form}", first.place(len(left))))
    if lhs.endswith("[t-1]"):
        message = f"{quoted(lhs)} is given by the step before; an equation defines '{lhs[:-5]}' of this step"
        raise SpecError(Problem("E_LHS", message, first.source))
    if not NAME.fullmatch(lhs):
        raise SpecError(Problem("E_LHS", f"{quoted(lhs)} is not one name; {form}", first.source))
    rest = Line(right, first.place(len(left) + 1))
    if not right.strip() and len(lines) == 1:
        raise SpecError(Problem("E_EXPR_SYNTAX", "there is nothing after '='; write an expression", rest.source))
    return lhs, (rest, *lines[1:])


T = TypeVar("T")


def _folded(root: ast.expr, parts: Callable[[ast.expr], list[ast.expr]], whole: Callable[[ast.expr, list[T]], T]) -> T:
    """`whole` of every node and its folded `parts`, from the leaves up, without recursion."""
    todo: list[tuple[ast.expr, int]] = [(root, -1)]
    done: list[T] = []
    while todo:
        node, count = todo.pop()
        if count < 0:
            children = parts(node)
            todo.append((node, len(children)))
            todo.extend((child, -1) for child in reversed(children))
        else:
            arguments = done[len(done) - count :]
            del done[len(done) - count :]
            done.append(whole(node, arguments))
    return done[0]


class _Reading:
    """One expression while it is read: its lines, and what has been found in it so far."""

    def __init__(self, lines: tuple[Line, ...], dims: Mapping[str, sp.Symbol]) -> None:
        self.lines = lines
        self.dims = dims
        self.problems: list[Problem] = []
        self.uses: list[Use] = []
        self.spans: dict[sp.Expr, tuple[Source, str]] = {}
        self._coded: list[bytes] = []
        self._count = 0

    def tree(self) -> ast.expr:
        """The expression as Python sees it. Raises SpecError where it is none."""
        cut(self.lines)
        text = python_text(self.lines)
        self._coded = [line.encode() for line in text.split("\n")]
        try:
            return ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            row, column = (getattr(error, name, None) or 1 for name in ("lineno", "offset"))
            row = min(row, len(self.lines))
            place = self.lines[row - 1].place(max(0, column - (2 if row == 1 else 1)))
            message = "this is no expression; check the operators, commas and brackets here"
            raise SpecError(Problem("E_EXPR_SYNTAX", message, place)) from error

    def wrong(self, code: str, message: str, node: ast.expr | None) -> None:
        """Notes a problem; reading goes on with what is left, so that one report tells them all."""
        self.problems.append(Problem(code, message, self.place(node) if node else self.lines[0].source))

    def place(self, node: ast.expr) -> Source:
        """Where a node stands. `ast` counts columns in bytes, and the opening parenthesis was added."""
        before = self._coded[node.lineno - 1][: node.col_offset].decode()
        return self.lines[node.lineno - 1].place(len(before) - (node.lineno == 1))

    def text(self, node: ast.expr) -> str:
        """The text of a node, as far as it stands on one line."""
        start = self.place(node).column - self.lines[node.lineno - 1].source.column
        last = node.end_lineno or node.lineno
        end = len(self._coded[last - 1][: node.end_col_offset].decode()) - (last == 1)
        return self.lines[node.lineno - 1].text[start : end if last == node.lineno else None]

    def counted(self, node: ast.expr) -> None:
        """Counts a node; one problem when there are too many."""
        self._count += 1
        if self._count == NODES + 1:
            self.wrong("E_EXPR_SIZE", f"more than {NODES} operations and names; split the equation", node)

    def operands(self, node: ast.expr) -> list[ast.expr]:
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
            self.unknown(node)
        return []

    def unknown(self, node: ast.expr) -> None:
        if isinstance(node, ast.BinOp):
            hint = "whole division '//' is for sizes; write '/'"
        elif isinstance(node, ast.UnaryOp):
            hint = "a '+' before an operand does nothing; leave it out"
        else:
            hint = _HINTS.get(type(node), "use names, numbers, functions and + - * / ** @")
        self.wrong("E_EXPR_NODE", f"{quoted(self.text(node))} has no place in an equation: {hint}", node)

    def arguments(self, node: ast.Call) -> list[ast.expr]:
        """The operands of a function of the table, after a check of its name and how many arguments it has."""
        if not isinstance(node.func, ast.Name) or node.keywords:
            hint = "write function(argument, ...) with the name of a function"
            self.wrong("E_EXPR_NODE", f"{quoted(self.text(node))} is no call of a function: {hint}", node)
            return []
        name = node.func.id
        if name not in FUNCTIONS:
            hint = nearest(name, FUNCTIONS) or f"; the functions are {', '.join(FUNCTIONS)}"
            self.wrong("E_UNKNOWN_FUNC", f"unknown operation {quoted(name)}{hint}", node)
            return []
        op = FUNCTIONS[name].op
        low, high = op.arity
        if len(node.args) < low or (high is not None and len(node.args) > high):
            wanted = f"{low}" if low == high else f"{low} or more" if high is None else f"{low} to {high}"
            told = f"'{name}' takes {wanted} argument{'' if wanted == '1' else 's'}, and here are {len(node.args)}"
            self.wrong("E_ARITY", f"{told}; write {_example(name, low)}", node)
            return []
        return node.args[: op.operands]

    def check_time(self, node: ast.Subscript) -> None:
        index = "".join(self.text(node.slice).split())
        if not isinstance(node.value, ast.Name):
            self.wrong(
                "E_EXPR_NODE", "only a name has a step before; give the operand a name, a, and write a[t-1]", node
            )
        elif index == "t":
            self.wrong("E_PREV", f"a bare name is the current step; write '{node.value.id}'", node)
        elif re.match(r"t\b", index) and index != "t-1":
            hint = "to reach further back, hand the older value on in a state of its own"
            self.wrong(
                "E_PREV", f"only the step before, [t-1], is at hand, and not [{quoted(index)[1:-1]}]; {hint}", node
            )
        elif index != "t-1":
            self.wrong("E_EXPR_NODE", "brackets hold t-1 only; parts of a vector are slice(v, start, stop)", node)

    def head(self, node: ast.expr, values: list[sp.Expr]) -> sp.Expr:
        """A node as a head over its operands."""
        if self.problems:
            return sp.S.Zero
        found = self.leaf(node) if not values else self.applied(node, values)
        self.spans.setdefault(found, (self.place(node), self.text(node)))
        return found

    def applied(self, node: ast.expr, values: list[sp.Expr]) -> sp.Expr:
        if isinstance(node, ast.UnaryOp):
            return Neg(values[0])
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name)
            head = FUNCTIONS[node.func.id]
            return head(*values, *[self.static(a) for a in node.args[len(values) :]])
        assert isinstance(node, ast.BinOp)
        if isinstance(node.op, ast.Pow):
            return Pow(values[0], self.exponent(node.right))
        if isinstance(node.op, ast.Div) and values[1] == 0:
            self.wrong("E_DIV_ZERO", "division by zero; check the denominator", node.right)
        return OPERATORS[_BINARY[type(node.op)]](*values)

    def leaf(self, node: ast.expr) -> sp.Expr:
        if isinstance(node, ast.Constant):
            return self.number(node)
        if isinstance(node, ast.Name) and node.id in self.dims:
            return self.dims[node.id]
        before = isinstance(node, ast.Subscript)
        name = node.value if isinstance(node, ast.Subscript) else node
        assert isinstance(name, ast.Name)
        self.uses.append(Use(name.id, before, self.place(node)))
        return sp.Symbol(f"{name.id}[t-1]" if before else name.id)

    def number(self, node: ast.Constant) -> sp.Expr:
        """The exact number that the digits say: 0.1 is 1/10."""
        text = self.text(node)
        digits, _, power = text.lower().partition("e")
        if len(digits) > DIGITS or abs(int(power or 0)) > POWER:
            self.wrong("E_NUMBER", f"{quoted(text, 30)} is out of range; use at most {DIGITS} digits", node)
            return sp.S.Zero
        value = Fraction(text)
        return sp.Rational(value.numerator, value.denominator)

    def literal(self, node: ast.expr) -> sp.Expr | None:
        """A number, a negative one, or a quotient of two; None for anything else."""
        if isinstance(node, ast.Constant):
            return self.number(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return -self.number(node.operand)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            sides = [self.literal(side) for side in (node.left, node.right) if not isinstance(side, ast.BinOp)]
            if len(sides) == 2 and None not in sides and sides[1] != 0:
                return sides[0] / sides[1]
        return None

    def exponent(self, node: ast.expr) -> sp.Expr:
        value = self.literal(node)
        if value is None:
            told = "an exponent is one number, as in x ** 2 or x ** (1/2)"
            self.wrong(
                "E_POW", f"{told}; for other powers write exp({quoted(self.text(node), 30)[1:-1]} * log(x))", node
            )
        elif abs(value) > POWER or value == 0:
            self.wrong("E_POW", f"the exponent is not between 1 and {POWER} in size; use a smaller one", node)
        return sp.S.One if value is None else value

    def static(self, node: ast.expr) -> sp.Expr:
        """An argument that is no quantity: a number, or a size."""
        value = self.literal(node)
        return _folded(node, self.size_operands, self.size)[0] if value is None else value

    def size_operands(self, node: ast.expr) -> list[ast.expr]:
        self.counted(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            return [node.left]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.FloorDiv):
            return [node.left, node.right]
        if isinstance(node, ast.Name) and node.id not in self.dims:
            hint = (
                nearest(node.id, self.dims) or f"; declare it under 'dims', or use {', '.join(self.dims) or 'numbers'}"
            )
            self.wrong("E_DIM_NAME", f"there is no dim {quoted(node.id)}{hint}", node)
        elif not isinstance(node, ast.Name) and not (isinstance(node, ast.Constant) and self.text(node).isdigit()):
            hint = "write whole numbers and dims with + - * //"
            self.wrong("E_SIZE_EXPR", f"{quoted(self.text(node))} is no size; {hint}", node)
        return []

    def size(self, node: ast.expr, values: list[tuple[sp.Expr, int]]) -> tuple[sp.Expr, int]:
        """A node as a size, and how many terms it has at most when multiplied out."""
        if self.problems:
            return sp.S.One, 1
        if isinstance(node, ast.Name):
            return self.dims[node.id], 1
        if isinstance(node, ast.Constant):
            return self.number(node), 1
        assert isinstance(node, ast.BinOp)
        a, terms = values[0]
        if isinstance(node.op, ast.Pow):
            power = self.literal(node.right)
            if power not in (1, 2, 3, 4):
                self.wrong("E_SIZE_EXPR", "powers of sizes are 1 to 4; write a product", node.right)
                return a, terms
            return a**power, terms ** int(power)
        b, more = values[1]
        if isinstance(node.op, ast.FloorDiv):
            if b == 0:
                self.wrong("E_DIV_ZERO", "division by zero; check the denominator", node.right)
                return a, terms
            return sp.floor(a / b), 1
        if isinstance(node.op, ast.Mult):
            return (a * b, terms * more) if terms * more <= TERMS else (a, terms * more)
        return (a + b if isinstance(node.op, ast.Add) else a - b), terms + more


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


def _example(name: str, count: int) -> str:
    return f"{name}({', '.join('abcdefgh'[:count])})"
