"""What is told of names from elsewhere: each spelling is right, and means what the name means there."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from laws import over

import cellgraph as cg
from cellgraph.ops import FUNCTIONS
from cellgraph.parse.spellings import ADVICE, SPELLINGS, spelled_here
from cellgraph.spec.functions import standard

SPEC = """\
name: spelled
dims: {m: "", n: "", d: "", start: "", stop: ""}
each: {j: "", p: ""}
inputs: {x: [m], a: [n], b: [n], c: [n], v: [stop], s: [], low: [], high: [], r: [j*d], u: [j, d]}
states: {h: []}
params: {A: [n, n], B: [n, n], C: [n, n], W: [n, m], gain: [GAIN], bias: [GAIN], K: [3, m, d]}
equations: |
  h = h[t-1]
  y = WRITTEN
output: y
"""


def outcome(written: str) -> tuple[dict[str, Any], Any]:
    """Random arrays, and what an expression makes of them."""
    # A convolution reads a family, and a norm of groups has weights for each of their units.
    text = SPEC.replace("GAIN", "d" if "split" in written else "n").replace("WRITTEN", written)
    cell, draw = cg.loads(text.replace("conv(x", "conv(u")), np.random.default_rng(2)
    sizes = {"m": 3, "n": 5, "d": 2, "j": 4, "p": 2, "start": 1, "stop": 6}
    numbers = {size: sizes[str(size)] for size in cell.step.sizes}
    own = {q.symbol.name: [int(s.subs(numbers)) for s in q.shape or ()] for q in cell.step.leaves}
    arrays = {name: draw.uniform(0.1, 2, size=shape) for name, shape in own.items()}
    return arrays, cg.step(cell, arrays, **{str(size): number for size, number in numbers.items()})["y"]


@over(dict.fromkeys(SPELLINGS.values()))
def test_a_spelling_is_an_expression_of_the_language(written: str) -> None:
    assert np.isfinite(outcome(written)[1]).all()


NUMPY = {
    "matmul": "A @ b", "addmm": "C + A @ B", "inner": "np.inner(a, b)", "permute": "A.T", "multiply": "a * b",
    "addcmul": "a + b * c", "rsqrt": "a ** -0.5", "lerp": "(1 - s) * a + s * b", "maximum": "np.maximum(a, b)",
    "clamp": "np.maximum(np.minimum(a, high), low)", "hypot": "np.hypot(a, b)", "round": "np.rint(a)",
    "ceil": "np.ceil(a)", "trunc": "np.trunc(a)", "fmod": "np.fmod(a, b)", "expm1": "np.expm1(a)",
    "log1p": "np.log1p(a)", "exp2": "np.exp2(a)", "log2": "np.log2(a)", "log10": "np.log10(a)", "tan": "np.tan(a)",
    "sinh": "np.sinh(a)", "cosh": "np.cosh(a)", "greater": "a > b", "swish": "a / (1 + np.exp(-a))",
    "cond": "np.where(c > 0, a, b)", "heaviside": "np.heaviside(a, 0)",
    "selu": "1.0507 * np.where(a > 0, a, 1.67326 * np.expm1(a))", "logsoftmax": "a - np.log(np.exp(a).sum())",
    "softmin": "np.exp(-a) / np.exp(-a).sum()", "std": "a.std()", "var": "a.var()", "rms": "np.sqrt((a ** 2).mean())",
    "logsumexp": "np.log(np.exp(a).sum())", "amax": "a.max()", "tile": "np.tile(a, 2)",
    "repeatinterleave": "np.repeat(a, 2)", "roll": "np.roll(a, 1)", "ones": "np.ones(5)", "arange": "np.arange(5)",
    "splitheads": "r.reshape(4, 2)", "mergeheads": "u.ravel()", "cat": "np.concatenate([a, b])", "narrow": "v[1:6]",
    "rowscale": "np.diag(a) @ A", "relu2": "np.maximum(a, 0) ** 2",
}  # fmt: skip
"""By a name in NumPy, or in another library: what it is in NumPy, over the arrays above."""


@over(NUMPY)
def test_a_spelling_means_what_the_name_means_elsewhere(name: str) -> None:
    arrays, found = outcome(SPELLINGS[name])
    np.testing.assert_allclose(found, eval(NUMPY[name], {"np": np}, arrays), rtol=1e-6)


def test_names_are_told_once_and_in_one_form() -> None:
    known = {name.replace("_", "") for name in (*FUNCTIONS, *standard())}
    assert not SPELLINGS.keys() & ADVICE.keys()
    assert not (SPELLINGS.keys() | ADVICE.keys()) & known
    assert all(name == name.lower() and "_" not in name for name in (*SPELLINGS, *ADVICE))


@over(
    """\
    SiLU LayerNorm RMSNorm GroupNorm BatchNorm Dropout Linear Dense einsum rearrange reshape view permute
    unsqueeze tile stack matmul bmm maximum clamp where argmax topk one_hot roll log_softmax Conv2D
    broadcast_to stop_gradient detach random randn scaled_dot_product_attention reduce_sum logical_and
    greater masked_fill vmap scan swiglu eye tril arange cosine_similarity Embedding gather flip sort
    atan2 round fmod""".split()
)
def test_names_of_other_libraries_are_known(name: str) -> None:
    told = spelled_here(name, [*standard()])
    assert "the operations are" not in told
    assert "did you mean" not in told or name.lower().replace("_", "") in told.replace("_", "")


@pytest.mark.parametrize(("written", "told"), [
    ("layer_norm(a)", "write layer_norm(a, gain, bias), or layer_norm(a, gain, bias, over=j) along"),
    ("softmax(u, j)", "write softmax(a), or softmax(a, over=j) along a lifted axis j"),
    ("split(r)", "'split' takes 2 arguments, and here are 1; write split(a, j)"),
    ("outer(a)", "write outer(a, b)"),
    ("h(t-1)", "unknown operation 'h'; the step before is written h[t-1]"),
])  # fmt: skip
def test_calls_that_are_wrong_are_told_how_they_look(written: str, told: str) -> None:
    with pytest.raises(cg.SpecError, match=re.escape(told)):
        outcome(written)
