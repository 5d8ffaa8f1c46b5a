"""Equations to heads: what is understood, exactly how, and what is told about everything else."""

from __future__ import annotations

import keyword

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import over

from cellgraph.errors import Source, SpecError
from cellgraph.graph import size
from cellgraph.ops import (  # fmt: skip
    FUNCTIONS,
    HEADS,
    OPERATORS,
    REDUCTIONS,
    Add,
    Axis,
    Concat,
    Div,
    Matmul,
    Mul,
    Neg,
    Pow,
    Sigmoid,
    Slice,
    Sub,
    Sum,
    Tanh,
)
from cellgraph.parse import CodeLine, statement, statements
from cellgraph.parse.reading import NODES
from cellgraph.parse.tokens import DEPTH, LENGTH

m, n = (sp.Symbol(name, integer=True, positive=True) for name in "mn")
HIDDEN = next(name for name, head in HEADS.items() if not head.op.public)
"""An operation that stands in derivatives only."""
DIMS = {"m": m, "n": n}
AXES = {"j": Axis(size("j"), 0), "p": Axis(size("p"), 1)}
a, b, c, x, W, before = (sp.Symbol(name) for name in ("a", "b", "c", "x", "W", "h[t-1]"))
half = sp.Rational(1, 2)


def read(text: str) -> sp.Expr:
    return statement((CodeLine(f"y = {text}", Source("f", 7, 3)),), DIMS, AXES).rhs


@over(
    [
        ("a", a),
        ("a + b + c", Add(a, b, c)),
        ("(a + b) + (c + x)", Add(a, b, c, x)),
        ("a - b + c", Add(Sub(a, b), c)),
        ("a + b - c", Sub(Add(a, b), c)),
        ("a - (b + c)", Sub(a, Add(b, c))),
        ("a * b * c", Mul(Mul(a, b), c)),
        ("a * (b * c)", Mul(a, Mul(b, c))),
        ("a + b * c", Add(a, Mul(b, c))),
        ("a * b + c", Add(Mul(a, b), c)),
        ("W @ x + b", Add(Matmul(W, x), b)),
        ("W @ x * b", Mul(Matmul(W, x), b)),
        ("a / b / c", Div(Div(a, b), c)),
        ("-a", Neg(a)),
        ("-a * b", Mul(Neg(a), b)),
        ("-a ** 2", Neg(Pow(a, 2))),
        ("--a", Neg(Neg(a))),
        ("1 - a", Sub(1, a)),
        ("a ** 2", Pow(a, 2)),
        ("a ** -1", Pow(a, -1)),
        ("a ** 0.5", Pow(a, half)),
        ("a ** (1/3)", Pow(a, sp.Rational(1, 3))),
        ("a ** (-3/2)", Pow(a, sp.Rational(-3, 2))),
        ("(a ** 2) ** 3", Pow(Pow(a, 2), 3)),
        ("0.1 * a", Mul(sp.Rational(1, 10), a)),
        (".5 * a", Mul(half, a)),
        ("1e-3 * a", Mul(sp.Rational(1, 1000), a)),
        ("2.50 * a", Mul(sp.Rational(5, 2), a)),
        ("h[t-1]", before),
        ("h[t - 1]", before),
        ("h[ t-1 ]", before),
        ("sigmoid(W @ x)", Sigmoid(Matmul(W, x))),
        ("tanh(h[t-1])", Tanh(before)),
        ("concat(a, b, c)", Concat(a, b, c)),
        ("slice(a, 0, n)", Slice(a, sp.S.Zero, n)),
        ("slice(a, n, m + 2*n)", Slice(a, n, m + 2 * n)),
        ("slice(a, n//2, n)", Slice(a, sp.floor(n / 2), n)),
        ("sum(a) / n", Div(Sum(a), n)),
        ("sum", sp.Symbol("sum")),
        ("m * a", Mul(m, a)),
    ]
)
def test_what_is_understood(text: str, expected: sp.Expr) -> None:
    assert read(text) == expected


def test_nothing_is_evaluated_or_reordered() -> None:
    assert read("b * a + a * b").args == (Mul(b, a), Mul(a, b))
    assert read("0 * a + 1 * b") == Add(Mul(0, a), Mul(1, b))
    assert read("2 * 3") == Mul(2, 3)


@over([*FUNCTIONS, "E", "I", "N", "Q", "S", "O", "beta", "gamma", "zeta", "oo", "test"])
def test_no_name_is_reserved(name: str) -> None:
    assert read(f"{name} + a") == Add(sp.Symbol(name), a)


@over(sorted(set(keyword.kwlist) - {"True", "False", "None"}))
def test_keywords_of_python_are_names(word: str) -> None:
    read_ = statement((CodeLine(f"{word} = a * {word}[t-1] + tanh({word}) * c", Source("f", 1, 1)),), DIMS)
    assert read_.lhs == word
    assert read_.rhs == Add(Mul(a, sp.Symbol(f"{word}[t-1]")), Mul(Tanh(sp.Symbol(word)), c))
    columns = {(use.name, use.before): use.source.column for use in read_.uses}
    at = len(word) + 4
    assert columns[("a", False)] == at
    assert columns[(word, True)] == at + 4
    assert columns[(word, False)] == at + 4 + len(word) + 5 + 8
    assert columns[("c", False)] == at + 4 + len(word) + 5 + 8 + len(word) + 4


def test_every_operation_can_be_written() -> None:
    for name, head in FUNCTIONS.items():
        low = head.op.arity[0]
        operands = low if head.op.operands is None else head.op.operands
        along = head.op.crossing is not None and low > operands and not head.op.crossing.along
        written = ", ".join([*"abcx"[:operands], *(["j"] if along else ["0", "n"][: low - operands])])
        assert isinstance(read(f"{name}({written})"), head)
    for name, head in REDUCTIONS.items():
        assert isinstance(read(f"{name}(a)"), head)
    for sign, head in OPERATORS.items():
        assert isinstance(read(f"a {sign} {2 if sign == '**' else 'b'}"), head)


def test_parts_know_their_places() -> None:
    lines = (CodeLine("y = tanh(W @ x", Source("f", 3, 5)), CodeLine("+ lambda * (b / c))", Source("f", 4, 9)))
    found = statement(lines, DIMS)
    assert [(use.name, use.source.line, use.source.column) for use in found.uses] == [
        ("W", 3, 14), ("x", 3, 18), ("lambda", 4, 11), ("b", 4, 21), ("c", 4, 25)
    ]  # fmt: skip
    source, text = found.spans[Matmul(W, x)]
    assert (source.line, source.column, text) == (3, 14, "W @ x")
    source, text = found.spans[Div(b, c)]
    assert (source.line, source.column, text) == (4, 21, "b / c")


@over(
    [
        ("a b", "E_EXPR_SYNTAX", 9, "an operator is missing between 'a' and 'b'; write '@' .matrix. or '\\*'"),
        ("2 a", "E_EXPR_SYNTAX", 9, "an operator is missing between '2' and 'a'"),
        ("(a)(b)", "E_EXPR_SYNTAX", 10, "an operator is missing between '\\)' and '\\('"),
        ("a[t-1] b", "E_EXPR_SYNTAX", 14, "an operator is missing between '\\]' and 'b'"),
        ("a *", "E_EXPR_SYNTAX", 9, "'\\*' has nothing at its right"),
        ("* a", "E_EXPR_SYNTAX", 7, "'\\*' has nothing at its left"),
        ("a * / b", "E_EXPR_SYNTAX", 11, "'/' has nothing at its left"),
        ("tanh(, a)", "E_EXPR_SYNTAX", 12, "',' has nothing at its left"),
        ("(a", "E_EXPR_SYNTAX", 7, "'\\(' is never closed; add the '\\)'"),
        ("h[t-1", "E_EXPR_SYNTAX", 8, "'\\[' is never closed; add the '\\]'"),
        ("a)", "E_EXPR_SYNTAX", 8, "'\\)' closes nothing"),
        ("(a]", "E_EXPR_SYNTAX", 9, "']' closes nothing"),
        ("a) + (b", "E_EXPR_SYNTAX", 8, "'\\)' closes nothing"),
        ("h[]", "E_EXPR_SYNTAX", None, "this is no expression; check"),
        ("()", "E_EXPR_NODE", 7, "a ',' stands between"),
        ("", "E_EXPR_SYNTAX", 6, "there is nothing after '='"),
        ("a, b", "E_EXPR_NODE", 6, "a ',' stands between the arguments"),
        ("[a, b]", "E_EXPR_NODE", 7, "concat"),
        ("a // b", "E_EXPR_NODE", 7, "whole division"),
        ("+a", "E_EXPR_NODE", 7, "leave it out"),
        ("a ^ 2", "E_EXPR_CHAR", 9, "unexpected '\\^'; powers are written x \\*\\* 2"),
        ("a ⊙ b", "E_EXPR_CHAR", 9, "U\\+2299 .CIRCLED DOT OPERATOR.; write '\\*'"),
        ("σ(a)", "E_EXPR_CHAR", 7, "write sigmoid"),
        ("β * a", "E_EXPR_CHAR", 7, "write 'beta', which prints as β"),
        ("с + a", "E_EXPR_CHAR", 7, "U\\+0441 .CYRILLIC SMALL LETTER ES.; it only looks like the ASCII letter 'c'"),
        ("（a）", "E_EXPR_CHAR", 7, "write '\\('"),
        ("a 门", "E_EXPR_CHAR", 9, "names are made of ASCII letters"),
        ("a.T", "E_EXPR_NODE", 8, "transpose\\(A\\)"),
        ("a if b else c", "E_EXPR_NODE", 9, "'if' has no meaning here"),
        ("lambda: a", "E_EXPR_NODE", 13, "unexpected ':'"),
        ("tanh(x=a)", "E_EXPR_NODE", 13, "unexpected '='"),
        ("'a'", "E_EXPR_NODE", 7, "texts have no meaning"),
        ("0x10", "E_EXPR_NODE", 7, "'0x10' is no decimal number"),
        ("1_000", "E_EXPR_NODE", 7, "no decimal number"),
        ("3j", "E_EXPR_NODE", 7, "no decimal number"),
        ("010", "E_NUMBER", 7, "a number begins with 0; write 10"),
        ("123456789012345678901", "E_NUMBER", 7, "at most 20 digits"),
        ("1e999", "E_NUMBER", 7, "exponents up to 100"),
        ("1e" + "9" * 50, "E_NUMBER", 7, "out of range"),
        ("True", "E_RESERVED", 7, "'True' is no quantity"),
        ("None * a", "E_RESERVED", 7, "'None' is no quantity"),
        ("a / 0", "E_DIV_ZERO", 11, "division by zero"),
        ("a / 0.0", "E_DIV_ZERO", 11, "division by zero"),
        ("a ** b", "E_POW", 12, "an exponent is one number, as in x \\*\\* 2 .*; else write exp\\(b \\* log\\(x\\)\\)"),
        ("a ** 0", "E_POW", 12, "not 0"),
        ("a ** 101", "E_POW", 12, "at most 100"),
        ("a ** 2 ** 3", "E_POW", 14, "a power of a power"),
        ("a ** -b ** 3", "E_POW", 15, "a power of a power"),
        ("a ** (2 + 1)", "E_POW", 13, "an exponent is one number"),
        ("a ** (1/0)", "E_POW", 13, "an exponent is one number"),
        ("nope(a)", "E_UNKNOWN_FUNC", 7, "unknown operation 'nope'; "),
        ("sigmod(a)", "E_UNKNOWN_FUNC", 7, "did you mean 'sigmoid'"),
        (f"{HIDDEN}(a, n)", "E_UNKNOWN_FUNC", 7, f"unknown operation '{HIDDEN}'"),
        ("tanh()", "E_ARITY", 7, "'tanh' takes 1 argument, and here are 0; write tanh\\(a\\)"),
        ("max(a, b, c)", "E_ARITY", 7, "'max' takes 2 arguments, and here are 3; write max\\(a, b\\)"),
        ("concat(a)", "E_ARITY", 7, "'concat' takes 2 or more arguments"),
        ("slice(a, 0, k)", "E_DIM_NAME", 19, "there is no dim 'k'"),
        ("slice(a, b + 1, n)", "E_DIM_NAME", 16, "there is no dim 'b'"),
        ("slice(a, tanh(b), n)", "E_SIZE_EXPR", 16, "'tanh\\(b\\)' is no size"),
        ("h[t]", "E_PREV", 7, "a bare name is the current step; write 'h'"),
        ("h[t-2]", "E_PREV", 7, "only the step before, .t-1., is at hand"),
        ("h[t+1]", "E_PREV", 7, "not .t\\+1."),
        ("h[0]", "E_EXPR_NODE", 7, "slice\\(v, start, stop\\)"),
        ("tanh(a)[t-1]", "E_EXPR_NODE", 7, "only a name has a step before"),
        ("-----a", "E_EXPR_DEPTH", 11, "more than 4 signs"),
        ("(" * DEPTH + "a" + ")" * DEPTH, "E_EXPR_DEPTH", 6 + DEPTH, "brackets nested deeper than 32"),
        (" + ".join("a" * 205), "E_EXPR_SIZE", None, "symbols; split the equation"),
        ("tanh(" + " - ".join("a" * 150) + ") + " + "a " * 1 + "* b" * 45, "E_EXPR_SIZE", None, "split the equation"),
        ("a" * (LENGTH + 1), "E_EXPR_SIZE", None, "characters; split"),
    ]
)
def test_what_is_told(text: str, code: str, column: int | None, message: str) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        read(text)
    problem = caught.value.problems[0]
    assert problem.code == code
    # The expression begins at column 7, behind 'y = ' at column 3.
    assert column is None or problem.source.column == column


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("tanh(a)", "E_EQ_FORM", "there is no '='; an equation is written 'name = expression'"),
        ("y == a", "E_EQ_FORM", "this is no single '='"),
        ("y += a", "E_EQ_FORM", "this is no single '='"),
        ("y := a", "E_EQ_FORM", "this is no single '='"),
        ("= a", "E_LHS", "there is no name before '='"),
        ("1 = a", "E_LHS", "'1' is not one name"),
        ("y, z = a", "E_LHS", "'y, z' is not one name"),
        ("y.z = a", "E_LHS", "'y.z' is not one name"),
        ("__y = a", "E_LHS", "'__y' is not one name"),
        ("h[t-1] = a", "E_LHS", "'h.t-1.' comes from the step before; an equation defines 'h' of this step"),
        ("σ = a", "E_LHS", "'σ' is not one name"),
        ("y = a = b", "E_EXPR_NODE", "an equation has one '='"),
    ],
)
def test_what_is_told_of_left_sides(text: str, code: str, message: str) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        statement((CodeLine(text, Source("f", 1, 1)),), DIMS)
    assert caught.value.problems[0].code == code


def test_one_report_tells_all_mistakes_of_an_equation() -> None:
    with pytest.raises(SpecError, match="tnh") as caught:
        read("tnh(a) + max(a, b, a) + b[t-2] + slice(x, 0, k)")
    assert [problem.code for problem in caught.value.problems] == ["E_UNKNOWN_FUNC", "E_ARITY", "E_PREV"]


def test_blocks_are_cut_into_equations() -> None:
    text = "\n# first\na = tanh(b  # why\n      + c)\n\nb = (a\nc = b)\n  d = a"
    lines = [CodeLine(line, Source("f", number, 1, line)) for number, line in enumerate(text.split("\n"), 1)]
    found = [[(line.text, line.source.line, line.source.column) for line in lines] for lines in statements(lines)]
    assert found == [
        [("a = tanh(b", 3, 1), ("+ c)", 4, 7)],
        [("b = (a", 6, 1)],
        [("c = b)", 7, 1)],
        [("d = a", 8, 3)],
    ]


def test_the_longest_equation_passes() -> None:
    assert len(read(" + ".join("a" * (NODES - 1))).args) == NODES - 1
    deepest = "(" * (DEPTH - 1) + "a" + ")" * (DEPTH - 1)
    assert read(deepest) == a


def read_or_told(text: str) -> sp.Expr | SpecError:
    try:
        return read(text)
    except SpecError as error:
        return error


NAMES = st.sampled_from(["a", "b", "h[t-1]", "W", "lambda", "0.25", "3", "n"])
PIECES = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", " - ", " * ", " / ", " @ "]), inner).map("".join),
        inner.map(lambda e: f"({e})"),
        inner.map(lambda e: f"tanh({e})"),
        inner.map(lambda e: f"-{e}"),
        st.tuples(inner, inner).map(lambda pair: f"max({pair[0]}, {pair[1]})"),
    ),
    max_leaves=12,
)


def by_hand(text: str) -> sp.Expr:
    """The same language by precedence climbing over our own tokens: a second opinion on what `ast` finds."""
    import re

    tokens = re.findall(r"h\[t-1\]|[A-Za-z]+|[0-9.]+|.", text.replace(" ", ""))

    def primary() -> sp.Expr:
        token = tokens.pop(0)
        if token == "-":
            return Neg(primary())
        if token == "(":
            inner = climb(0)
            tokens.pop(0)
            return inner
        if token in ("tanh", "max"):
            tokens.pop(0)
            arguments = [climb(0)]
            while tokens.pop(0) == ",":
                arguments.append(climb(0))
            return FUNCTIONS[token](*arguments)
        if token == "n":
            return n
        return sp.Rational(token) if token[0].isdigit() else sp.Symbol(token)

    def climb(least: int) -> sp.Expr:
        left = primary()
        while tokens and tokens[0] in "+-*/@" and (binds := 1 if tokens[0] in "+-" else 2) > least:
            sign = tokens.pop(0)
            right = climb(binds)
            if sign == "+":
                terms = [t for side in (left, right) for t in (side.args if isinstance(side, Add) else (side,))]
                left = Add(*terms)
            else:
                left = OPERATORS[sign](left, right)
        return left

    return climb(0)


@settings(max_examples=150)
@given(PIECES)
def test_structure_agrees_with_precedence_climbing(text: str) -> None:
    found = read_or_told(text)
    if isinstance(found, SpecError):
        assert {problem.code for problem in found.problems} <= {"E_EXPR_DEPTH", "E_EXPR_SIZE"}
    else:
        assert found == by_hand(text)


@settings(max_examples=300)
@given(st.text(alphabet="abhtW01.+-*/@()[],= \"'\\^xlmn_é⊙#", max_size=40))
def test_any_text_is_read_or_told(text: str) -> None:
    found = read_or_told(text)
    assert isinstance(found, sp.Expr) or found.problems
