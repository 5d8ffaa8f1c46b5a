"""Functions: what a call is inside, what it costs, and that unfolding and folding undo each other."""

from __future__ import annotations

import copy
import pickle

import pytest
import sympy as sp

from cellgraph.graph import Function, Quantity, folded, functions_of, shape_of, size, unfolded
from cellgraph.graph.functions import weight
from cellgraph.graph.notation import source
from cellgraph.ops import Add, Div, Matmul, Mean, Mismatch, Mul, Sigmoid, Sqrt, Sub, Tanh, cost_of

n, m = size("n"), size("m")
a, b, eps, x, y, W = sp.symbols("a b eps x y W")
SILU = Function("silu", (a,), Mul(a, Sigmoid(a)), label="SiLU")
CENTRED = Function("centred", (a,), Sub(a, Mean(a)))
NORM = Function(
    "norm", (a, b, eps),
    Div(Mul(b, CENTRED.head(a)), Sqrt(Add(Mean(Mul(CENTRED.head(a), CENTRED.head(a))), eps))),
    (sp.Rational(1, 100_000),),
)  # fmt: skip
KNOWN = {s: Quantity(s, "input", shape) for s, shape in {x: (n,), y: (n,), W: (n, m), a: ()}.items()}


def test_what_a_call_leaves_out_is_its_number() -> None:
    short, long = NORM.head(x, y), NORM.head(x, y, sp.Rational(1, 100_000))
    assert short != long
    assert unfolded(short) == unfolded(long) == NORM.inside.xreplace({a: x, b: y, eps: sp.Rational(1, 100_000)})


def test_parameters_are_replaced_at_once() -> None:
    swapped = Function("swapped", (a, b), Sub(a, b))
    assert unfolded(swapped.head(b, a)) == Sub(b, a)


@pytest.mark.parametrize("call", [SILU.head(Add(x, y)), NORM.head(SILU.head(x), y), NORM.head(x, y, sp.Rational(1, 2))])
def test_folding_undoes_unfolding(call: sp.Expr) -> None:
    assert folded(unfolded(Tanh(call)), functions_of([call])) == Tanh(call)


def test_what_only_looks_alike_is_not_folded() -> None:
    for other in (Mul(x, Sigmoid(y)), Mul(Sigmoid(x), x), Mul(x, Tanh(x))):
        assert folded(other, [SILU]) == other
    identity = Function("same", (a,), a)
    assert folded(Tanh(x), [identity]) == Tanh(x)


def test_equal_functions_make_equal_calls_also_after_pickling_and_copying() -> None:
    again = Function("silu", (a,), Mul(a, Sigmoid(a)), label="SiLU")
    call = SILU.head(x)
    assert again.head is SILU.head
    assert pickle.loads(pickle.dumps(call)) == copy.deepcopy(call) == call
    assert Function("silu", (a,), Mul(a, Tanh(a))).head(x) != call


def test_a_call_has_the_shape_of_its_inside() -> None:
    assert shape_of(NORM.head(x, y), KNOWN) == (n,)
    assert shape_of(SILU.head(W), KNOWN) == (n, m)
    with pytest.raises(Mismatch, match=r"inside of norm\(a, b, eps\), mean takes a vector, and this is n×m"):
        shape_of(NORM.head(W, a), KNOWN)


def test_what_stands_twice_in_a_body_is_computed_once() -> None:
    cost = cost_of(NORM.head(x, y), ((n,), (n,)))
    # mean n, difference n; squares n, mean n, + eps 1; gain n, quotient n.
    assert sp.expand(cost.flop - (6 * n + 1)) == 0
    assert dict(cost.transcendental) == {"sqrt": 1}
    product = Function("product", (a, b), Add(Matmul(a, b), Matmul(a, b)))
    assert cost_of(product.head(W, x), ((n, m), (m,))).mac == n * m


def test_the_length_is_known_without_writing_it_out() -> None:
    from cellgraph.graph import postorder

    call = Tanh(NORM.head(SILU.head(Add(x, y)), y))
    assert weight(call) == len(postorder(unfolded(call)))
    long = SILU
    for k in range(200):
        long = Function(f"f{k}", (a,), Mul(long.head(a), long.head(a)))
    assert weight(long.head(x)) == 2**200 * 5 - 1


def test_kinds_are_those_of_the_body() -> None:
    assert SILU.head.op.elementwise
    assert not NORM.head.op.elementwise
    assert (SILU.sign, CENTRED.sign) == ("SiLU", "centred")
    with pytest.raises(TypeError, match="take unfolded"):
        SILU.head.op.range()


def test_calls_are_written_by_name() -> None:
    assert source(NORM.head(SILU.head(Add(x, y)), y)) == "norm(silu(x + y), y)"
    assert sp.latex(SILU.head(x)) == r"\operatorname{SiLU}(x)"
    assert sp.latex(Function("my_norm", (a,), Tanh(a)).head(x)) == r"\operatorname{my\_norm}(x)"
