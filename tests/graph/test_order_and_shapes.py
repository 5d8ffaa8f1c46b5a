"""Equations in an order that can be computed; cycles and second definitions told, all of them."""

from __future__ import annotations

import random

import pytest
import sympy as sp

from cellgraph.errors import ShapeError, SpecError
from cellgraph.graph import Equation, Graph, Quantity, size
from cellgraph.graph.order_and_shapes import LONGEST, MOST, UNSHAPED, ordered
from cellgraph.ops import Add, Matmul, Mul, Tanh, Transpose

m, n = size("m"), size("n")
x = sp.Symbol("x")


def named(prefix: str, count: int) -> list[sp.Symbol]:
    return [sp.Symbol(f"{prefix}{k}") for k in range(count)]


def test_equations_keep_their_order_where_they_can() -> None:
    a, b, c = sp.symbols("a b c")
    equations = [Equation(a, Tanh(x)), Equation(c, Add(a, b)), Equation(b, Tanh(x))]
    assert [equation.lhs for equation in ordered(equations, [x])[0]] == [a, b, c]


def test_a_long_chain_in_any_order() -> None:
    names = named("a", 20_000)
    equations = [Equation(after, Tanh(before)) for before, after in zip([x, *names], names, strict=False)]
    random.Random(5).shuffle(equations)
    found, mistakes = ordered(equations, [x])
    assert [equation.lhs for equation in found] == names
    assert mistakes == []


def test_every_cycle_is_told_as_its_chain() -> None:
    a, b, c, d = sp.symbols("a b c d")
    equations = [Equation(a, Tanh(b)), Equation(b, Mul(a, x)), Equation(c, Tanh(c)), Equation(d, Tanh(x))]
    found, mistakes = ordered(equations, [x])
    assert [mistake.code for mistake in mistakes] == ["E_CYCLE", "E_CYCLE"]
    assert "a -> b -> a;" in mistakes[0].message
    assert "c -> c;" in mistakes[1].message
    assert {equation.lhs for equation in found} == {a, b, c, d}


def test_a_long_cycle_is_told_in_short() -> None:
    names = named("a", 500)
    found, mistakes = ordered([Equation(after, Tanh(names[k - 1])) for k, after in enumerate(names)], [])
    assert len(found) == 500
    assert len(mistakes) == 1
    assert mistakes[0].message.count("->") == LONGEST - 1


def test_thousands_of_cycles_are_not_told() -> None:
    names = named("a", 200)
    _, mistakes = ordered([Equation(name, Add(*names)) for name in names], [])
    assert len(mistakes) == MOST


def test_the_first_of_two_definitions_counts() -> None:
    a = sp.Symbol("a")
    found, mistakes = ordered([Equation(a, Tanh(x)), Equation(a, Mul(x, x)), Equation(x, Tanh(a))], [x])
    assert [equation.rhs for equation in found] == [Tanh(x)]
    assert [mistake.code for mistake in mistakes] == ["E_DUP_NAME", "E_DUP_NAME"]


def test_a_graph_tells_every_shape_that_does_not_agree_and_no_follow_ups() -> None:
    a, b, c, W = sp.symbols("a b c W")
    leaves = [Quantity(x, "input", (m,)), Quantity(W, "param", (n, m), None)]
    equations = [Equation(a, Matmul(W, W)), Equation(b, Tanh(a)), Equation(c, Add(x, Matmul(W, x)))]
    with pytest.raises(ShapeError, match=r"'a'.*\n.*'c'") as caught:
        Graph.build(leaves, equations)
    assert [problem.code for problem in caught.value.problems] == ["E_SHAPE", "E_SHAPE"]


def test_shapes_are_told_beside_a_cycle() -> None:
    a, b, c = sp.symbols("a b c")
    equations = [Equation(a, Tanh(b)), Equation(b, Tanh(a)), Equation(c, Transpose(x))]
    with pytest.raises(SpecError, match="a -> b -> a") as caught:
        Graph.build([Quantity(x, "input", (m,))], equations)
    assert [problem.code for problem in caught.value.problems] == ["E_CYCLE", "E_SHAPE"]


def test_a_leaf_without_a_shape_is_told_where_nothing_else_is_wrong() -> None:
    with pytest.raises(SpecError, match="the shape of 'x' is not known") as caught:
        Graph.build([Quantity(x, "input", None)], [Equation(sp.Symbol("a"), Tanh(x))])
    assert [problem.code for problem in caught.value.problems] == [UNSHAPED]
