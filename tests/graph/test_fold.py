"""Walking expressions: folds, replacement, and that depth costs no recursion."""

from __future__ import annotations

import sympy as sp

from cellgraph.graph import fold, postorder, rebuilt, symbols_of
from cellgraph.ops import Add, Concat, Matmul, Mul, Pow, Slice, Tanh

x, y, U = sp.symbols("x y U")


def test_arguments_come_first_and_in_order() -> None:
    expr = Add(Matmul(U, x), Tanh(y))
    assert postorder(expr) == [U, x, Matmul(U, x), y, Tanh(y), expr]
    assert symbols_of(Add(y, Mul(x, y))) == (y, x)


def test_static_arguments_are_no_operands() -> None:
    assert postorder(Slice(x, 0, 3)) == [x, Slice(x, 0, 3)]
    assert fold(Pow(x, 2), str, lambda node, below: f"{below[0]}^{node.args[1]}") == "x^2"


def test_values_come_in_written_order() -> None:
    expr = Concat(x, Mul(y, x), U)
    assert fold(expr, str, lambda node, below: f"{node.op.name}({','.join(below)})") == "concat(x,mul(y,x),U)"


def test_replacement_is_outermost_first_and_keeps_static_arguments() -> None:
    inner = Tanh(x)
    assert rebuilt(Mul(inner, Slice(inner, 0, 2)), {inner: y, x: U}) == Mul(y, Slice(y, 0, 2))
    assert rebuilt(x, {x: y}) == y


def test_depth_is_no_recursion() -> None:
    expr = x
    for _ in range(20_000):
        expr = Tanh(expr)
    assert fold(expr, lambda leaf: 0, lambda node, below: below[0] + 1) == 20_000
