"""Convolutions against a loop over positions, taps and channels, and the three rows against each other."""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pytest
import sympy as sp
from test_laws import A, B

import cellgraph as cg
from cellgraph.errors import SpecError
from cellgraph.graph import Quantity, shape_of, size
from cellgraph.graph.notation import source, written
from cellgraph.ops import Axis, Conv, Convkernel, Convtranspose, Family, Interval, Mismatch, cost_of, pulled, value_of


class Case(NamedTuple):
    """Positions, input channels, output channels (None where each channel is by itself), widths and options."""

    positions: tuple[int, ...]
    m: int
    n: int | None
    widths: tuple[int, ...]
    dilation: int = 1
    causal: int = 0

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Those of x, of the kernel and of the result."""
        channels = (self.m,) if self.n is None else (self.n, self.m)
        return (*self.positions, self.m), (*self.widths, *channels), (*self.positions, channels[0])


CASES = [
    Case((5,), 2, 3, (1,)),
    Case((6,), 2, 3, (3,)),
    Case((4,), 3, 2, (5,)),
    Case((7,), 2, 3, (3,), 2),
    Case((6,), 2, 3, (2,), 1, 1),
    Case((7,), 2, 3, (3,), 2, 1),
    Case((6,), 3, None, (3,)),
    Case((6,), 3, None, (4,), 1, 1),
    Case((4, 6), 2, 3, (3, 5)),
    Case((5, 4), 3, 2, (1, 3), 2),
    Case((4, 5), 2, None, (5, 3)),
    Case((3, 4, 5), 2, 3, (3, 1, 3)),
    Case((3, 4, 5), 3, 2, (1, 3, 5), 2),
    Case((3, 2, 4), 2, None, (3, 3, 1)),
]


def drawn(case: Case, seed: int = 1) -> list[np.ndarray]:
    draw = np.random.default_rng(seed)
    return [draw.normal(size=shape) for shape in case.shapes]


def looped(case: Case, x: np.ndarray, kernel: np.ndarray) -> tuple[np.ndarray, int]:
    """The result entry by entry, and how many products it takes, those with zeros beyond the ends included."""
    made, products = np.zeros(case.shapes[2]), 0
    before = [case.dilation * (w - 1) if case.causal else case.dilation * (w - 1) // 2 for w in case.widths]
    for place, tap in product(np.ndindex(*case.positions), np.ndindex(*case.widths)):
        at = [i + case.dilation * t - b for i, t, b in zip(place, tap, before, strict=True)]
        inside = all(0 <= i < count for i, count in zip(at, case.positions, strict=True))
        read = x[tuple(at)] if inside else np.zeros(case.m)
        made[place] += kernel[tap] * read if case.n is None else kernel[tap] @ read
        products += kernel[tap].size
    return made, products


def valued(head: Any, arrays: list[np.ndarray], *static: int) -> np.ndarray:
    """A row's value on arrays without batch axes."""
    return np.asarray(head.op.value(np, tuple(a.ndim for a in arrays), *arrays, *static))


@pytest.mark.parametrize("case", CASES)
def test_a_convolution_is_what_a_loop_gives(case: Case) -> None:
    x, kernel, _ = drawn(case)
    expected, products = looped(case, x, kernel)
    np.testing.assert_allclose(valued(Conv, [x, kernel], case.dilation, case.causal), expected, rtol=0, atol=1e-12)
    shapes = [tuple(map(sp.Integer, shape)) for shape in case.shapes]
    cost = Conv.op.cost(tuple(shapes[:2]), shapes[2], sp.Integer(case.dilation), sp.Integer(case.causal))
    assert (cost.mac, cost.flop) == (products, 2 * products - expected.size)


@pytest.mark.parametrize("case", CASES)
def test_the_three_rows_are_one_form_linear_in_each_of_three_arrays(case: Case) -> None:
    """⟨y, K ∗ x⟩ = ⟨Kᵀ ∗ y, x⟩ = ⟨y ⋆ x, K⟩, whatever the three arrays are."""
    x, kernel, y = drawn(case, 2)
    options = (case.dilation, case.causal)
    whole = (valued(Conv, [x, kernel], *options) * y).sum()
    assert (valued(Convtranspose, [y, kernel], *options) * x).sum() == pytest.approx(whole, rel=1e-12)
    found = valued(Convkernel, [x, y], *options, int(case.n is None), *case.widths)
    assert found.shape == kernel.shape
    assert (found * kernel).sum() == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_cotangents_are_the_three_rows_again(case: Case) -> None:
    """The adjoint of each row, and of each adjoint again: the two sides of ⟨ȳ, row(δ)⟩ = ⟨row*(ȳ), δ⟩ agree."""
    options = (case.dilation, case.causal)
    x, kernel, y = drawn(case, 3)
    rows = [
        (Conv(A, B, *options), (x, kernel), y),
        (Convtranspose(A, B, *options), (y, kernel), x),
        (Convkernel(A, B, *options, int(case.n is None), *case.widths), (x, y), kernel),
    ]
    bar, out = sp.symbols("bar out")
    for expr, arrays, seed in rows:
        shapes = tuple(tuple(map(sp.Integer, a.shape)) for a in arrays)
        arguments = {A: arrays[0], B: arrays[1], bar: seed}
        function, ranks = value_of(expr, shapes)
        statics = [int(s) for s in expr.args[2:]]
        whole = (np.asarray(function(np, ranks, *arrays, *statics)) * seed).sum()
        for operand, cotangent in zip(arrays, pulled(expr, bar, out, shapes), strict=True):
            assert isinstance(cotangent, (Conv, Convtranspose, Convkernel))
            sizes = 1 + len(case.widths) if isinstance(cotangent, Convkernel) else 0
            assert len(cotangent.args) == 2 + len(options) + sizes
            own = [arguments[a] for a in cotangent.args[:2]]
            found = valued(type(cotangent), own, *map(int, cotangent.args[2:]))
            assert found.shape == operand.shape
            assert (found * operand).sum() == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_batches_of_arrays_and_of_kernels_meet_each_other(case: Case) -> None:
    """Axes before those of the row: of x alone, of the kernel alone, and of both, where one of them is one long."""
    x, kernel, y = drawn(case, 4)
    draw = np.random.default_rng(5)
    many, kernels, ys = (draw.normal(size=(count, *a.shape)) for count, a in ((4, x), (1, kernel), (4, y)))
    options = (case.dilation, case.causal)
    ranks = (x.ndim, kernel.ndim)
    for head, own, others in ((Conv, many, kernels), (Convtranspose, ys, kernels)):
        expected = np.stack([valued(head, [a, others[0]], *options) for a in own])
        np.testing.assert_allclose(head.op.value(np, ranks, own, others[0], *options), expected, atol=1e-12)
        np.testing.assert_allclose(head.op.value(np, ranks, own, others, *options), expected, atol=1e-12)
        swept = head.op.value(np, ranks, own[0], np.stack([others[0], kernel]), *options)
        np.testing.assert_allclose(swept[1], valued(head, [own[0], kernel], *options), atol=1e-12)
    rest = (*options, int(case.n is None), *case.widths)
    expected = np.stack([valued(Convkernel, [a, b], *rest) for a, b in zip(many, ys, strict=True)])
    np.testing.assert_allclose(Convkernel.op.value(np, (x.ndim, y.ndim), many, ys, *rest), expected, atol=1e-12)


p, q, j, m, n = map(size, "pqjmn")
P, Q, J = Axis(p, 0), Axis(q, 1), Axis(j, 2)
KERNEL = (sp.Integer(3), sp.Integer(5), n, m)


def test_lifted_axes_are_gone_over_by_default_where_members_are_channels() -> None:
    x = Family([P, Q], (m,))
    quantities = {A: Quantity(A, "input", x), B: Quantity(B, "param", KERNEL)}
    assert (
        shape_of(Conv(A, B, 1, 0), quantities) == shape_of(Conv(A, B, 1, 0, P, Q), quantities) == Family([P, Q], (n,))
    )
    assert cost_of(Conv(A, B, 1, 0), [x, KERNEL]).mac == 15 * p * q * m * n
    # A kernel of its own for each head, and an input that all heads share.
    heads = Family([J], KERNEL)
    assert shape_of(Conv(A, B, 1, 0), {**quantities, B: Quantity(B, "param", heads)}) == Family([P, Q, J], (n,))
    by_x, by_kernel = pulled(Conv(A, B, 1, 0), sp.Symbol("bar"), sp.Symbol("out"), [x, heads])
    known = {
        **quantities,
        B: Quantity(B, "param", heads),
        sp.Symbol("bar"): Quantity(sp.Symbol("bar"), "seed", Family([P, Q, J], (n,))),
    }
    assert (shape_of(by_x, known), shape_of(by_kernel, known)) == (x, heads)
    # Members that have positions of their own are convolved one by one.
    whole = {A: Quantity(A, "input", Family([J], (p, q, m))), B: Quantity(B, "param", KERNEL)}
    assert shape_of(Conv(A, B, 1, 0), whole) == Family([J], (p, q, n))


@pytest.mark.parametrize("order", [(P, Q), (Q, P)])
def test_the_axes_that_are_named_go_with_the_widths_in_their_order(order: tuple[Axis, Axis]) -> None:
    draw = np.random.default_rng(6)
    x, kernel = draw.normal(size=(4, 6, 2)), draw.normal(size=(3, 5, 3, 2))
    expr = Conv(A, B, 1, 0, *order)
    function, ranks = value_of(expr, [Family([P, Q], (m,)), KERNEL])
    found = np.asarray(function(np, ranks, x, kernel, 1, 0, 4, 6))
    plain = valued(Conv, [x if order == (P, Q) else x.swapaxes(0, 1), kernel], 1, 0)
    np.testing.assert_allclose(found, plain if order == (P, Q) else plain.swapaxes(0, 1), atol=1e-12)


def test_options_are_written_where_they_are_chosen() -> None:
    assert source(Conv(A, B, 1, 0)) == "conv(A, B)"
    assert source(Conv(A, B, 2, 1, P)) == "conv(A, B, dilation=2, causal=1, over=p)"
    assert written(Conv(A, B, 1, 0, P, Q), "text", str) == "B ∗ A"
    assert written(Conv(A, B, 2, 0), "text", str) == "conv(A, B, dilation=2)"
    assert written(Conv(A, B, 1, 0), "latex", str) == r"B \ast A"


def test_sums_with_zeros_may_be_zero() -> None:
    positive, negative = Interval(0.5, 2.0), Interval(-3.0, -1.0)
    assert Conv.op.range(positive, positive) == (0, float("inf"))
    assert Conv.op.range(positive, negative) == (float("-inf"), 0)
    assert Conv.op.range(positive, Interval(0, 0)) == (0, 0)


@pytest.mark.parametrize(
    ("x", "kernel", "options", "told"),
    [
        ((4, 2), (2, 3, 2), (1, 0), "a kernel of even width, here 2, has no middle; take an odd one, or causal=1"),
        ((4, 5, 2), (3, 4, 3, 2), (1, 0), "a kernel of even width, here 4, has no middle; take an odd one$"),
        ((4, 2), (3, 3, 5), (1, 0), "the kernel 3×3×5 reads 5 channels, and 4×2 has 2"),
        ((4, 5, 2), (3, 2), (1, 0), "a kernel over 2 axes is 2 widths, then output and input channels"),
        ((4, 2), (3, 3, 3, 2), (1, 0), "a kernel over 1 axis is one width"),
        ((4,), (3,), (1, 0), "conv goes over one to three axes of positions"),
        ((2, 3, 4, 5, 6), (3, 3, 3, 3, 2, 6), (1, 0), "conv goes over one to three axes of positions"),
        ((4, 2), (3, 3, 2), (0, 0), "a dilation is a whole number from 1 on, and this is 0"),
        ((4, 2), (3, 3, 2), (sp.Rational(1, 2), 0), "a dilation is a whole number"),
        ((4, 5, 2), (3, 3, 3, 2), (1, 1), "causal is 0 or 1, and 1 over a single axis alone"),
        ((4, 2), (3, 3, 2), (1, 2), "causal is 0 or 1"),
    ],
)
def test_what_no_convolution_takes(x: Any, kernel: Any, options: Any, told: str) -> None:
    with pytest.raises(Mismatch, match=told):
        Conv.op.shape(*(tuple(map(sp.Integer, shape)) for shape in (x, kernel)), *map(sp.sympify, options))


SPEC = """\
name: made
reference: made for a test
dims: {m: input size, n: hidden size}
each: {p: height, q: width}
inputs: {x: [p, q, m]}
states: {h: [p, q, n]}
params: {W: [3, 5, n, m], U: [3, 1, n, n]}
equations: |
  h = tanh(conv(x, W) + conv(h[t-1], U))
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "told"),
    [
        ("W: [3, 5", "W: [2, 5", (9, 12), "a kernel of even width, here 2, has no middle; take an odd one"),
        ("W: [3, 5, n, m]", "W: [3, n]", (9, 12), "a kernel over 2 axes is 2 widths"),
        ("conv(x, W)", "conv(x, W, over=p)", (9, 12), "one width"),
        ("conv(x, W)", "conv(x, W, stride=2)", (9, 29), "arguments are named in over=j, dilation=2 and causal=1 only"),
        ("conv(x, W)", "conv(x * W, W)", (9, 17), "elementwise operands have shapes m and 3×5×n×m"),
        ("h = tanh(conv(x, W)", "h = tanh(sigmoid(x, dilation=2)", (9, 32), "'sigmoid' has no option 'dilation'"),
        ("conv(x, W)", "conv(x, W, dilation=0)", (9, 12), "a dilation is a whole number from 1 on"),
        ("conv(x, W)", "conv(x, W, over=m)", (9, 28), "'m' is no lifted axis"),
        ("conv(x, W)", "conv(x)", (9, 12), "'conv' takes 2 arguments, and here are 1"),
    ],
)
def test_mistakes_in_a_spec_are_told_with_place_and_remedy(old: str, new: str, place: Any, told: str) -> None:
    assert old in SPEC
    with pytest.raises(SpecError, match=told) as caught:
        cg.loads(SPEC.replace(old, new))
    assert [(p.source.line, p.source.column) for p in caught.value.problems][:1] == [place]


def test_options_read_back() -> None:
    over_time = SPEC.replace("{p: height, q: width}", "{l: length}").replace("[p, q,", "[l,")
    text = over_time.replace("[3, 5,", "[4,").replace("[3, 1,", "[3,")
    cell = cg.loads(text.replace("conv(x, W)", "conv(x, W, causal=1, dilation=2)"))
    (equation,) = cell.step.equations
    named = "tanh(conv(x, W, dilation=2, causal=1, over=l) + conv(h[t-1], U, over=l))"
    assert source(equation.rhs) == named, "the axes that were implied"
    assert cg.loads(text.replace("tanh(conv(x, W) + conv(h[t-1], U))", named)).step.equations[0].rhs == equation.rhs
