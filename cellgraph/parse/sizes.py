"""Sizes: whole numbers and dims under + − * // and small powers, as ordinary SymPy algebra that stays small."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType

import sympy as sp

from cellgraph.errors import Source, SpecError, listed, nearest, quoted
from cellgraph.parse.reading import ExpressionReader, folded
from cellgraph.parse.tokens import CodeLine

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
