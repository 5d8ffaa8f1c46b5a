"""One expression while it is read: its tree, the places of its parts, its numbers, and what is wrong with it.

Sizes are read here too: whole numbers and dims under + − * // and small powers, as SymPy algebra that stays small.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType

import sympy as sp

from cellgraph.errors import Problem, Source, SpecError, listed, nearest, quoted
from cellgraph.graph import fold
from cellgraph.parse.tokens import CodeLine, cut, python_text

NODES = 200
DIGITS = 20
MAGNITUDE = 100
TERMS = 40
"""The most terms that a size may have when it is multiplied out."""

Size = tuple[sp.Expr, int]
"""A size, and how many terms it has at most."""


def _product(a: Size, b: Size) -> Size:
    terms = a[1] * b[1]
    return (a[0] * b[0] if terms <= TERMS else a[0], terms)


_OPERATIONS: Mapping[type[ast.operator], Callable[[Size, Size], Size]] = MappingProxyType({
    ast.Add: lambda a, b: (a[0] + b[0], a[1] + b[1]),
    ast.Sub: lambda a, b: (a[0] - b[0], a[1] + b[1]),
    ast.Mult: _product,
    ast.FloorDiv: lambda a, b: (sp.floor(a[0] / b[0]), 1),
})  # fmt: skip


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

    def error(self) -> SpecError:
        """Every problem, in the order of the text."""
        return SpecError(*sorted(self.problems, key=lambda problem: (problem.source.line, problem.source.column)))

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
        return sp.Rational(text)

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

    def sized(self, root: ast.expr) -> sp.Expr:
        """The size that this is: whole numbers and dims under + − * // and small powers."""
        return fold(root, self.size_leaf, self.size_of, self.size_operands)[0]

    def size_operands(self, node: ast.expr) -> tuple[ast.expr, ...]:
        """The operands of an operation on sizes; nothing for a leaf, nor for what is wrong."""
        self.counted(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            return (node.left,)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return (node.operand,)
        return (node.left, node.right) if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS else ()

    def size_leaf(self, node: ast.expr) -> Size:
        """A dim or a whole number."""
        if isinstance(node, ast.Constant) and self.text(node).isdigit():
            return self.number(node), 1
        if not isinstance(node, ast.Name):
            told = f"{quoted(self.text(node))} is no size"
            self.wrong("E_SIZE_EXPR", f"{told}; write whole numbers and dims with + - * //", node)
        elif node.id in self.dims:
            return self.dims[node.id], 1
        else:
            known = f"; declare it under 'dims', or use {listed(self.dims) or 'numbers'}"
            self.wrong("E_DIM_NAME", f"there is no dim {quoted(node.id)}{nearest(node.id, self.dims) or known}", node)
        return sp.S.One, 1

    def size_of(self, node: ast.BinOp | ast.UnaryOp, values: list[Size]) -> Size:
        """An operation on sizes, so far as nothing is wrong; SymPy multiplies out at most TERMS terms."""
        if isinstance(node, ast.UnaryOp):
            return -values[0][0], values[0][1]
        power = self.literal(node.right) if isinstance(node.op, ast.Pow) else None
        if self.problems:
            return values[0]
        if isinstance(node.op, ast.Pow) and power not in (1, 2, 3, 4):
            self.wrong("E_SIZE_EXPR", "powers of sizes are 1 to 4; write a product", node.right)
            return values[0]
        if isinstance(node.op, ast.FloorDiv) and values[1][0] == 0:
            self.wrong("E_DIV_ZERO", "division by zero; check the denominator", node.right)
            return values[0]
        found = reduce(_product, values * int(power)) if power else _OPERATIONS[type(node.op)](*values)
        if found[1] > TERMS:
            self.wrong("E_SIZE_EXPR", f"more than {TERMS} terms; use fewer dims or smaller powers", node)
        return found


def size(text: str, source: Source, dims: Mapping[str, sp.Symbol]) -> sp.Expr:
    """The size that a text says, multiplied out. Raises SpecError."""
    reading = ExpressionReader((CodeLine(text, source),), dims)
    found = reading.sized(reading.tree())
    if reading.problems:
        raise reading.error()
    return sp.expand(found)
