"""One expression while it is read: its tree, the places of its parts, its numbers, and what is wrong with it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeVar

import sympy as sp

from cellgraph.errors import Problem, Source, SpecError, quoted
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
