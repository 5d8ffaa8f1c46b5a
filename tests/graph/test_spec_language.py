"""Whatever is printed in the language of specs reads back to an equal expression."""

from __future__ import annotations

from types import MappingProxyType

import pytest
import sympy as sp
from laws import over
from zoo import EVERY, cell_of

import cellgraph as cg
from cellgraph.errors import Source
from cellgraph.graph import Graph, fold, postorder, size, with_operands
from cellgraph.graph.notation import source
from cellgraph.ops import HEADS, OPERATORS, Add, Axis, Div, Head, Mul, Neg, Outer, Pow, Scale, Sqrt, Sub, Sum, Tanh
from cellgraph.parse import CodeLine, equation, statement
from cellgraph.parse.reading import NODES

x, y = sp.symbols("x y")
ARITHMETIC = (Add, Sub, Mul, Div, Neg)


@pytest.fixture(autouse=True)
def derived_operations_are_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operations that appear in derivatives only: no spec may use them, but they are printed."""
    functions = {name: head for name, head in HEADS.items() if head not in {*OPERATORS.values(), Neg}}
    monkeypatch.setattr(equation, "FUNCTIONS", MappingProxyType(functions))


def read(text: str, dims: dict[str, sp.Symbol], each: tuple[str, ...] = ()) -> sp.Expr:
    line = f"v = {text}"
    axes = {name: Axis(size(name), place) for place, name in enumerate(each)}
    return statement((CodeLine(line, Source("<test>", 1, 1, line)),), dims, axes).rhs


def normal(expr: sp.Expr) -> sp.Expr:
    """The expression with a − b as a + (−b), sums of sums as one sum, and arithmetic of numbers and sizes done."""

    def combine(node: sp.Expr, arguments: list[sp.Expr]) -> sp.Expr:
        if isinstance(node, Sub):
            node, arguments = Add(1, 1), [arguments[0], negated(arguments[1])]
        if isinstance(node, ARITHMETIC) and not any(isinstance(s, Head) or not known(s) for s in arguments):
            return node.op.value(None, (0,) * len(arguments), *arguments)
        if isinstance(node, Add):
            terms = [term for a in arguments for term in (a.args if isinstance(a, Add) else (a,))]
            return Add(*terms)
        return negated(arguments[0]) if isinstance(node, Neg) else with_operands(node, arguments)

    return fold(expr, lambda leaf: leaf, combine)


def negated(expr: sp.Expr) -> sp.Expr:
    return -expr if expr.is_number else Neg(expr)


def known(expr: sp.Expr) -> bool:
    """Whether an expression is made of numbers and sizes alone."""
    return all(symbol.is_integer for symbol in expr.free_symbols)


def renamed(expr: sp.Expr) -> sp.Expr:
    """The expression over names that a spec may have: adjoints are called δ_h and ∂L/∂W."""
    quantities = sorted((s for s in expr.free_symbols if not s.is_integer), key=str)
    return expr.xreplace({symbol: sp.Symbol(f"v{k}") for k, symbol in enumerate(quantities)})


@over(EVERY)
def test_every_part_of_a_step_and_its_gradient_reads_back(name: str) -> None:
    cell = cell_of(name)
    graphs: list[Graph] = [cell.step, cg.gradient(cell)]
    dims = {dim: size(dim) for dim in cell.dims}
    parts = {renamed(node) for graph in graphs for e in graph.equations for node in postorder(e.rhs)}
    # A gradient may add up more than an equation of a spec can hold.
    for part in (part for part in parts if sum(1 for _ in sp.preorder_traversal(part)) < NODES - 40):
        assert normal(read(source(part), dims, cell.each)) == normal(part), source(part)


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (Pow(x, sp.Rational(1, 3)), "x ** (1/3)"),
        (Pow(x, sp.Rational(-2, 3)), "x ** (-2/3)"),
        (Pow(Pow(x, -1), sp.Rational(1, 2)), "(x ** -1) ** 0.5"),
        (Div(1, Mul(Sqrt(x), y)), "1 / (sqrt(x) * y)"),
        (Mul(x, sp.Rational(-1, 4)), "x * (-0.25)"),
        (Mul(sp.Rational(-1, 4), x), "(-0.25) * x"),
        (Div(x, sp.Rational(2, 3)), "x / (2/3)"),
        (Neg(Pow(x, 2)), "-x ** 2"),
        (Pow(Neg(x), 2), "(-x) ** 2"),
        (Sum(Div(Tanh(x), size("n"))), "sum(tanh(x) / n)"),
        (Neg(Outer(x, y)), "-outer(x, y)"),
        (Mul(y, Scale(x, y)), "y * scale(x, y)"),
        (Add(Mul(x, y), Neg(Mul(y, y))), "x * y - y * y"),
        (Add(Neg(x), Neg(Add(x, y))), "-x - (x + y)"),
        (Add(x, Neg(Neg(y))), "x - (-y)"),
        (Neg(Mul(x, y)), "-(x * y)"),
    ],
)
def test_numbers_and_powers_read_back(expr: sp.Expr, text: str) -> None:
    assert source(expr) == text
    assert normal(read(text, {"n": size("n")})) == normal(expr)
