"""One expression while it is read: its tree, the places of its parts, its numbers, and what is wrong with it.

Sizes are read here too: whole numbers and dims under + − * // and small powers, as SymPy algebra that stays small.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import TypeVar

import sympy as sp

from cellgraph.errors import Problem, Source, SpecError, listed, nearest, quoted
from cellgraph.parse.tokens import CodeLine, cut, python_text

NODES = 200
DIGITS = 20
MAGNITUDE = 100

T = TypeVar("T")


class ExpressionReader:
    """An expression in its lines, the dims that it may use, and the problems found in it so far."""

    def __init__(self, lines: tuple[CodeLine, ...], dims: Mapping[str, sp.Symbol]) -> None:
        self.lines = lines
        self.dims = dims
        self.problems: list[Problem] = []
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

    def wrong(self, code: str, message: str, node: ast.expr | None = None) -> None:
        """Notes a problem; reading goes on with what is left, so that one report tells them all."""
        self.problems.append(Problem(code, message, self.place(node) if node else self.lines[0].source))

    def place(self, node: ast.expr) -> Source:
        """Where a node stands."""
        return self.lines[node.lineno - 1].place(self._column(node.lineno, node.col_offset))

    def text(self, node: ast.expr) -> str:
        """The text of a node, as far as it stands on one line."""
        line = self.lines[node.lineno - 1].text
        start = self._column(node.lineno, node.col_offset)
        if node.end_lineno != node.lineno:
            return line[start:].strip()
        return line[start : self._column(node.lineno, node.end_col_offset or 0)]

    def _column(self, row: int, offset: int) -> int:
        """A column in characters: `ast` counts bytes, and counts the parenthesis that was put before the first line."""
        return max(0, len(self._coded[row - 1][:offset].decode()) - (row == 1))

    def counted(self, node: ast.expr) -> None:
        """Counts a node; one problem when there are too many."""
        self._count += 1
        if self._count == NODES + 1:
            self.wrong("E_EXPR_SIZE", f"more than {NODES} operations and names; split the equation in two", node)

    def number(self, node: ast.Constant) -> sp.Rational:
        """The exact number that the digits say: 0.1 is 1/10."""
        text = self.text(node)
        digits, _, power = text.lower().partition("e")
        if len(digits) > DIGITS or len(power) > 4 or abs(int(power or 0)) > MAGNITUDE:
            told = f"{quoted(text, 30)} is out of range"
            self.wrong("E_NUMBER", f"{told}; use at most {DIGITS} digits and exponents up to {MAGNITUDE}", node)
            return sp.S.One
        value = Fraction(text)
        return sp.Rational(value.numerator, value.denominator)

    def literal(self, node: ast.expr) -> sp.Rational | None:
        """A number, a negative one, or a quotient of two; None for anything else."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            above, below = self.signed(node.left), self.signed(node.right)
            return above / below if above is not None and below else None
        return self.signed(node)

    def signed(self, node: ast.expr) -> sp.Rational | None:
        """A number or a negative one; None for anything else."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return -self.number(node.operand)
        return self.number(node) if isinstance(node, ast.Constant) else None


def folded(root: ast.expr, parts: Callable[[ast.expr], list[ast.expr]], whole: Callable[[ast.expr, list[T]], T]) -> T:
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


TERMS = 40
"""The most terms that a size may have when it is multiplied out."""

Size = tuple[sp.Expr, int]
"""A size, and how many terms it has at most."""


def _product(a: Size, b: Size) -> Size:
    terms = a[1] * b[1]
    return (a[0] * b[0] if terms <= TERMS else a[0], terms)


def _quotient(a: Size, b: Size) -> Size:
    return (sp.floor(a[0] / b[0]), 1)


_OPERATIONS: Mapping[type[ast.operator], Callable[[Size, Size], Size]] = MappingProxyType({
    ast.Add: lambda a, b: (a[0] + b[0], a[1] + b[1]),
    ast.Sub: lambda a, b: (a[0] - b[0], a[1] + b[1]),
    ast.Mult: _product,
    ast.FloorDiv: _quotient,
})  # fmt: skip


def size(text: str, source: Source, dims: Mapping[str, sp.Symbol]) -> sp.Expr:
    """The size that a text says, multiplied out. Raises SpecError."""
    reading = ExpressionReader((CodeLine(text, source),), dims)
    found = sized(reading, reading.tree())
    if reading.problems:
        raise SpecError(*reading.problems)
    return sp.expand(found)


def sized(reading: ExpressionReader, root: ast.expr) -> sp.Expr:
    """The size of a part of an expression; what is wrong with it is left in `reading`."""

    def parts(node: ast.expr) -> list[ast.expr]:
        reading.counted(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            return [node.left]
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
            return [node.left, node.right]
        _check_leaf(reading, node)
        return []

    def whole(node: ast.expr, values: list[Size]) -> Size:
        if reading.problems:
            return sp.S.One, 1
        found = _combined(reading, node, values)
        if found[1] > TERMS:
            reading.wrong("E_SIZE_EXPR", f"more than {TERMS} terms; use fewer dims or smaller powers", node)
        return found

    return folded(root, parts, whole)[0]


def _check_leaf(reading: ExpressionReader, node: ast.expr) -> None:
    dims = reading.dims
    if isinstance(node, ast.Name):
        if node.id not in dims:
            hint = nearest(node.id, dims) or f"; declare it under 'dims', or use {listed(dims) or 'numbers'}"
            reading.wrong("E_DIM_NAME", f"there is no dim {quoted(node.id)}{hint}", node)
    elif not (isinstance(node, ast.Constant) and reading.text(node).isdigit()):
        told = f"{quoted(reading.text(node))} is no size"
        reading.wrong("E_SIZE_EXPR", f"{told}; write whole numbers and dims with + - * //", node)


def _combined(reading: ExpressionReader, node: ast.expr, values: list[Size]) -> Size:
    if isinstance(node, ast.Name):
        return reading.dims[node.id], 1
    if isinstance(node, ast.Constant):
        return reading.number(node), 1
    assert isinstance(node, ast.BinOp)
    if isinstance(node.op, ast.Pow):
        (inner, terms), power = values[0], reading.literal(node.right)
        if power in (1, 2, 3, 4):
            return (inner ** int(power) if terms ** int(power) <= TERMS else inner), terms ** int(power)
        reading.wrong("E_SIZE_EXPR", "powers of sizes are 1 to 4; write a product", node.right)
        return inner, terms
    if isinstance(node.op, ast.FloorDiv) and values[1][0] == 0:
        reading.wrong("E_DIV_ZERO", "division by zero; check the denominator", node.right)
        return values[0]
    return _OPERATIONS[type(node.op)](*values)
