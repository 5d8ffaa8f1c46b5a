"""Notation: names, precedence, and that the language of specs reads back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from latex2mathml.converter import convert
from laws import over
from zoo import FEW, cell_of

import cellgraph as cg
from cellgraph import ops
from cellgraph.errors import Source
from cellgraph.graph import Equation, Graph, Quantity, size
from cellgraph.graph.notation import source
from cellgraph.ops import (
    Add,
    Concat,
    Diag,
    Div,
    Fill,
    Head,
    Matmul,
    Max,
    Mul,
    Neg,
    Outer,
    Pow,
    Scale,
    Sigmoid,
    Slice,
    Sub,
    Tanh,
    Transpose,
    spelled,
)
from cellgraph.parse import CodeLine, statement
from cellgraph.views import notation

n, m = size("n"), size("m")
a, b, c, U = sp.symbols("a b c U")


TINY = sp.Rational(1, 10**12)


@pytest.mark.parametrize(
    ("name", "text", "latex"),
    [
        ("W_f", "W_f", "W_{f}"),
        ("h[t-1]", "h[t−1]", "h_{t-1}"),
        ("h_tilde", "h̃", r"\tilde{h}"),
        ("h_tilde[t-1]", "h̃[t−1]", r"\tilde{h}_{t-1}"),
        ("alpha", "α", r"\alpha"),
        ("s2", "s2", "s_{2}"),
        ("s2[t-1]", "s2[t−1]", "s_{2,t-1}"),
        ("s2_f", "s2_f", "s_{2,f}"),
        ("s2_hat[t-1]", "s2_hat[t−1]", r"\hat{s}_{2,t-1}"),
        ("h_tilde_f", "h̃_f", r"\tilde{h}_{f}"),
        ("h_f_tilde", "h_f̃", r"h_{f,\mathrm{tilde}}"),
        ("x_bar_2", "x̄_2", r"\bar{x}_{2}"),
        ("W_xi", "W_xi", "W_{xi}"),
        ("W_eta", "W_η", r"W_{\eta}"),
        ("δ_h_tilde", "δ_h̃", r"\delta_{\tilde{h}}"),
        ("Δ_c[2]", "Δ_c[2]", r"\Delta_{c_{2}}"),
        ("∂L/∂W_f", "∂L/∂W_f", r"\frac{\partial L}{\partial W_{f}}"),
        ("xi", "ξ", r"\xi"),
        ("W_hi", "W_hi", "W_{hi}"),
        ("b_out", "b_out", r"b_{\mathrm{out}}"),
        ("gate", "gate", r"\mathrm{gate}"),
        ("ab", "ab", r"\mathrm{ab}"),
        ("W_a12", "W_a12", "W_{a12}"),
        ("gate_f_tilde", "gate_f̃", r"\mathrm{gate}_{f,\mathrm{tilde}}"),
        ("W1", "W1", "W_{1}"),
        ("c[12]", "c[12]", "c_{12}"),
        ("lambda", "λ", r"\lambda"),
    ],
)
def test_names_carry_their_meaning(name: str, text: str, latex: str) -> None:
    assert notation.text_name(name) == text
    assert notation.latex_name(name) == latex


@over(
    [
        (Add(Matmul(U, a), Neg(b)), "U @ a - b", "U a − b", r"U a - b"),
        (Mul(a, Div(b, c)), "a * (b / c)", "a ⊙ (b / c)", r"a \odot \frac{b}{c}"),
        (Div(a, Mul(b, c)), "a / (b * c)", "a / (b ⊙ c)", r"\frac{a}{b \odot c}"),
        (Sub(a, Sub(b, c)), "a - (b - c)", "a − (b − c)", "a - (b - c)"),
        (Add(a, Sub(b, c)), "a + (b - c)", "a + b − c", "a + b - c"),
        (Mul(a, Mul(b, c)), "a * (b * c)", "a ⊙ b ⊙ c", r"a \odot b \odot c"),
        (Mul(a, sp.Rational(-1, 4)), "a * (-0.25)", "a·(-0.25)", r"a\,(-0.25)"),
        (Mul(sp.Rational(-1, 4), a), "(-0.25) * a", "(-0.25)·a", r"(-0.25)\,a"),
        (Add(a, sp.Rational(-1, 4)), "a + (-0.25)", "a + (-0.25)", "a + (-0.25)"),
        (Add(sp.Rational(-1, 4), a), "-0.25 + a", "-0.25 + a", "-0.25 + a"),
        (Mul(sp.Rational(1, 3), a), "(1/3) * a", "1/3·a", r"\tfrac{1}{3}\,a"),
        (Mul(a, sp.Rational(1, 3)), "a * (1/3)", "a·(1/3)", r"a\,\tfrac{1}{3}"),
        (Sub(a, sp.Rational(-1, 2)), "a - (-0.5)", "a − (-0.5)", "a - (-0.5)"),
        (Mul(Mul(a, b), Sub(1, b)), "a * b * (1 - b)", "a ⊙ b ⊙ (1 − b)", r"a \odot b \odot (1 - b)"),
        (Mul(a, Matmul(U, b)), "a * (U @ b)", "a ⊙ U b", r"a \odot U b"),
        (Matmul(U, Mul(a, b)), "U @ (a * b)", "U (a ⊙ b)", r"U (a \odot b)"),
        (Sub(a, Add(b, c)), "a - (b + c)", "a − (b + c)", "a - (b + c)"),
        (Sub(Sub(a, b), c), "a - b - c", "a − b − c", "a - b - c"),
        (Pow(Tanh(a), 2), "tanh(a) ** 2", "tanh(a)²", r"\tanh(a)^{2}"),
        (Pow(Sub(1, a), -1), "(1 - a) ** -1", "(1 − a)⁻¹", "(1 - a)^{-1}"),
        (Div(Add(a, b), Mul(a, c)), "(a + b) / (a * c)", "(a + b) / (a ⊙ c)", r"\frac{a + b}{a \odot c}"),
        (Outer(a, b), "outer(a, b)", "a bᵀ", r"a b^{\top}"),
        (Matmul(Transpose(U), Add(a, b)), "transpose(U) @ (a + b)", "Uᵀ (a + b)", r"U^{\top} (a + b)"),
        (Sub(a, Neg(b)), "a - (-b)", "a − (−b)", "a - (-b)"),
        (Neg(Mul(a, b)), "-(a * b)", "−a ⊙ b", r"-a \odot b"),
        (Mul(sp.Rational(1, 2), a), "0.5 * a", "0.5·a", r"0.5\,a"),
        (Pow(Pow(a, 3), 2), "(a ** 3) ** 2", "(a³)²", "(a^{3})^{2}"),
        (Pow(Div(a, b), 2), "(a / b) ** 2", "(a / b)²", r"(\frac{a}{b})^{2}"),
        (Transpose(Pow(U, 2)), "transpose(U ** 2)", "(U²)ᵀ", r"(U^{2})^{\top}"),
        (Pow(Transpose(U), 2), "transpose(U) ** 2", "(Uᵀ)²", r"(U^{\top})^{2}"),
        (Matmul(Outer(a, b), c), "outer(a, b) @ c", "a bᵀ c", r"a b^{\top} c"),
        (Matmul(U, Outer(a, b)), "U @ outer(a, b)", "U (a bᵀ)", r"U (a b^{\top})"),
        (Matmul(Fill(a, n), c), "fill(a, n) @ c", "a 𝟏 c", r"a\,\mathbf{1} c"),
        (Matmul(U, Fill(a, n)), "U @ fill(a, n)", "U (a 𝟏)", r"U (a\,\mathbf{1})"),
        (Matmul(Scale(a, U), c), "scale(a, U) @ c", "diag(a) U c", r"\operatorname{diag}(a)\,U c"),
        (Matmul(U, Scale(a, b)), "U @ scale(a, b)", "U (diag(a) b)", r"U (\operatorname{diag}(a)\,b)"),
        (Slice(a, 0, n), "slice(a, 0, n)", "a[0:n]", "{a}_{[0:n]}"),
        (Concat(a, b), "concat(a, b)", "[a, b]", "[a, b]"),
        (Mul(Div(a, b), c), "(a / b) * c", "a / b ⊙ c", r"\frac{a}{b} \odot c"),
        (Sub(Neg(a), b), "-a - b", "−a − b", "-a - b"),
        (Neg(Neg(a)), "-(-a)", "−(−a)", "-(-a)"),
        (Max(0, a), "max(0, a)", "max(0, a)", r"\max(0, a)"),
        (Fill(0, n), "fill(0, n)", "0", "0"),
        (Fill(-1, n), "fill(-1, n)", "(-1) 𝟏", r"(-1)\,\mathbf{1}"),
        (Fill(1, n), "fill(1, n)", "𝟏", r"\mathbf{1}"),
        (Add(a, TINY), "a + 1e-12", "a + 1e-12", "a + 10^{-12}"),
        (Sub(a, 25 * TINY / 10), "a - 2.5e-12", "a − 2.5e-12", r"a - 2.5 \cdot 10^{-12}"),
        (Mul(-25 * TINY, a), "(-2.5e-11) * a", "(-2.5e-11)·a", r"(-2.5 \cdot 10^{-11})\,a"),
        (Div(a, TINY), "a / 1e-12", "a / 1e-12", r"\frac{a}{10^{-12}}"),
        (Mul(sp.Rational(1, 10**4), a), "0.0001 * a", "0.0001·a", r"0.0001\,a"),
        (Sigmoid(Add(a, b)), "sigmoid(a + b)", "σ(a + b)", r"\sigma(a + b)"),
    ]
)
def test_the_three_scripts(expr: sp.Expr, spec: str, text: str, latex: str) -> None:
    assert (source(expr), notation.text(expr), notation.latex(expr)) == (spec, text, latex)


def test_decimals_have_at_most_32_places() -> None:
    assert notation.text(sp.Rational(3, 2**32)) == "6.9849193096160888671875e-10"
    assert notation.text(10**6 + sp.Rational(3, 2**32)) == "1000000." + str(3 * 5**32).rjust(32, "0")
    assert notation.text(sp.Rational(3, 2**33)) == f"3/{2**33}"


def test_factors_are_diagonals_and_the_identity() -> None:
    assert notation.text(Diag(sp.S.One)) == "I"
    assert notation.text(Diag(Mul(a, b))) == "diag(a ⊙ b)"
    assert notation.latex(Diag(a)) == r"\operatorname{diag}(a)"


def test_quantities_of_a_step_have_their_time_in_latex() -> None:
    x, h, before, alpha = sp.symbols("x h h[t-1] alpha")
    leaves = [Quantity(x, "input", (n,)), Quantity(before, "state", (n,), -1), Quantity(alpha, "param", (), None)]
    equation = Equation(h, Add(Mul(alpha, x), before))
    graph = Graph.build(leaves, [equation])
    assert notation.latex_equation(equation, graph, "&") == r"h_{t} &= \alpha\,x_{t} + h_{t-1}"
    assert notation.text_equation(equation, graph) == "h = α·x + h[t−1]"
    assert notation.formula_latex(Mul(alpha, x), graph) == r"\alpha\,x_{t}"
    assert notation.formula_text(Mul(alpha, x), graph) == "α·x"


def test_adjoints_say_of_what_and_when() -> None:
    graph = cg.gradient(cell_of("lstm"))
    shown = {name: notation.latex_name(sp.Symbol(name), graph) for name in ("δ_a_f", "∂L/∂x", "∂L/∂W_f", "∂L/∂c[t-1]")}
    assert shown == {
        "δ_a_f": r"\delta_{a_{f,t}}",
        "∂L/∂x": r"\frac{\partial L}{\partial x_{t}}",
        "∂L/∂W_f": r"\frac{\partial L}{\partial W_{f}}",
        "∂L/∂c[t-1]": r"\frac{\partial L}{\partial c_{t-1}}",
    }


def test_what_is_multiplied_entry_by_entry_is_told_by_shapes() -> None:
    x, y, alpha, beta = sp.symbols("x y alpha beta")
    leaves = [Quantity(x, "input", (n,)), Quantity(y, "input", (n,))]
    leaves += [Quantity(number, "param", (), None) for number in (alpha, beta)]
    graph = Graph.build(leaves, [])
    shown = [notation.text(Mul(*factors), graph) for factors in ((x, y), (alpha, y), (alpha, beta))]
    assert shown == ["x ⊙ y", "α·y", "α·β"]
    assert notation.text(Mul(x, Transpose(y)), graph) == "x ⊙ yᵀ", "no vector is a matrix, so this has no shape"


@pytest.mark.parametrize(
    ("value", "text", "latex"),
    [
        (Mul(a, b), "a ⊙ b", r"a \odot b"),
        (Diag(a), "diag(a)", r"\operatorname{diag}(a)"),
        (sp.Symbol("h_tilde"), "h̃", r"\tilde{h}"),
        (size("alpha"), "alpha", r"\alpha"),
        (4 * n * (m + 1), "4*n*(m + 1)", "4 n (m + 1)"),
    ],
)
def test_formulas_are_of_quantities_or_of_sizes(value: sp.Expr, text: str, latex: str) -> None:
    assert (notation.formula_text(value), notation.formula_latex(value)) == (text, latex)


def nested() -> Iterator[sp.Expr]:
    """Every operation of every other, at each place."""
    heads = [head for head in vars(ops).values() if isinstance(head, type) and issubclass(head, Head) and head != Head]
    inner = [expr for head in heads if (expr := applied(head, a)) is not None]
    for head in heads:
        for expr in inner:
            yield from (found for given in ((expr,), (a, expr)) if (found := applied(head, *given)) is not None)


def applied(head: type[Head], *given: sp.Expr) -> Head | None:
    """The operation of these operands, more names and numbers, in the fewest arguments it takes; None if none are."""
    fewest, most = head.op.arity
    for count in range(max(fewest, len(given)), (most or 3) + 1):
        operands = head.op.operands or count
        arguments = [*given, *[b] * count][:count]
        return head(*[e if k < operands else sp.Integer(2) for k, e in enumerate(arguments)])
    return None


def test_the_derivative_by_an_operand_says_which() -> None:
    """Counted from one, as people do."""
    assert notation.text(ops.Partial(Matmul(U, a), 0)) == "∂1[U a]"
    assert notation.text(ops.Partial(Matmul(U, a), 1)) == "∂2[U a]"
    assert notation.latex(ops.Partial(Matmul(U, a), 1)) == r"\partial_{2}[U a]"


def test_one_axis_stands_alone_and_several_in_brackets() -> None:
    over = [ops.Sum(a, *axes) for axes in ([ops.Axis(n, 0)], [ops.Axis(n, 0), ops.Axis(size("p"), 1)])]
    assert [source(expr) for expr in over] == ["sum(a, over=n)", "sum(a, over=(n, p))"]
    assert [notation.latex(expr) for expr in over] == [r"\textstyle\sum_{n}(a)", r"\textstyle\sum_{n, p}(a)"]


def test_every_operation_of_every_other_is_latex_that_can_be_read() -> None:
    found = list(nested())
    assert len(found) > 1000
    for expr in found:
        assert convert(notation.latex(expr)).startswith("<math")


@over(FEW)
def test_every_equation_of_a_step_and_its_gradient_is_latex_that_can_be_read(name: str) -> None:
    """One subscript and one superscript each: s_2 at time t is no s_{2}_{t}, which TeX refuses."""
    cell = cell_of(name)
    for graph in (cell.step, cg.gradient(cell)):
        for equation in graph.equations:
            assert convert(notation.latex_equation(equation, graph)).startswith("<math")


names = st.sampled_from([a, b, c, sp.Symbol("h[t-1]")])
literals = st.sampled_from([sp.Integer(2), sp.Rational(1, 4), sp.Integer(7)])
expressions = st.recursive(
    names | literals,
    lambda inner: (
        st.builds(Mul, inner, inner)
        | st.builds(Sub, inner, inner)
        | st.builds(Neg, inner)
        | st.builds(Tanh, inner)
        | st.builds(Sigmoid, inner)
        | st.builds(lambda e: Pow(e, 2), inner)
        | st.builds(lambda e: Matmul(U, e), inner)
        | st.builds(Div, inner, names)
        | st.lists(inner.filter(lambda e: not isinstance(e, (Add, Neg))), min_size=2, max_size=4).map(lambda e: Add(*e))
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(expressions)
def test_the_language_of_specs_reads_back(expr: sp.Expr) -> None:
    text = f"v = {source(expr)}"
    assert statement((CodeLine(text, Source("<test>", 1, 1, text)),), {}).rhs == expr


def test_only_a_side_beside_others_needs_brackets() -> None:
    assert [spelled(shape, "1") for shape in ((n + m,), (n + m, n), (n,), ())] == [
        "m + n",
        "(m + n)×n",
        "n",
        "1",
    ]
    assert [notation.shape_latex(shape) for shape in ((n + m, n), ())] == [r"(m + n) \times n", "1"]
    assert [spelled(shape) for shape in ((2 * n, m), (2 * n,), (n, 3, n * m), ())] == [
        "(2*n)×m",
        "2*n",
        "n×3×(m*n)",
        "scalar",
    ]
    sides = ((2 * n, m), (2 * n,), (n + m, m))
    assert [notation.shape_latex(shape) for shape in sides] == [r"(2 n) \times m", "2 n", r"(m + n) \times m"]
