"""The input size and the hidden size of a cell, found by what its equations do."""

from __future__ import annotations

import numpy as np
import pytest
from zoo import EVERY, cell_of

import cellgraph as cg
from cellgraph.derive.counts.sizes import checked_sizes, hidden_dim, input_dim
from cellgraph.graph import size


def test_the_sizes_are_those_that_specs_call_so() -> None:
    """The words of the specs play no part in the search, and agree with it wherever they are there."""
    called = {"input size": input_dim, "hidden size": hidden_dim}
    for cell in map(cell_of, EVERY):
        for dim, words in cell.dims.items():
            assert words not in called or called[words](cell) == size(dim), cell.name


@pytest.mark.parametrize(
    ("name", "read", "hidden"),
    [
        ("convlstm-1d", "m", "n"),  # the last size of each; the first is a length
        ("lru", "m", "n"),  # the output is as large as the input
        ("jordan", "m", "n"),  # the output recurs
        ("lstm-projection-peephole", "m", "n"),  # a projection of n cells recurs
        ("mlstm", "m", "e"),  # the state is a matrix
        ("deltanet", "m", "m"),  # what the heads make together
        ("s4d", None, "n"),  # input and output are numbers
        ("lstm-grouped", None, None),  # no dim is a size by itself
        ("lstm+projection", "m", "n"),
        ("lstm+bidirectional", "m", "n"),
        ("gru+stack=3", "m", "n"),
    ],
)
def test_sizes_of_cells_that_are_not_plain(name: str, read: str | None, hidden: str | None) -> None:
    cell = cell_of(name)
    assert input_dim(cell) == (read and size(read))
    assert hidden_dim(cell) == (hidden and size(hidden))


SPEC = """
name: mine
dims: {a: 隐藏单元数, b: "how many numbers come in", c: 输出}
inputs: {u: [b]}
states: {s: [a]}
params: {A: [a, b], B: [a, a], C: [c, a]}
equations: |
  s = tanh(A @ u + B @ s[t-1])
  y = C @ s
output: y
"""


def test_words_in_any_language_will_do() -> None:
    cell = cg.loads(SPEC)
    assert (input_dim(cell), hidden_dim(cell)) == (size("b"), size("a"))


PRODUCT = """
name: blocks
dims: {q: blocks, p: block size, n: hidden size, k: how often}
inputs: {x: ["q*p", n]}
states: {h: ["q*p", n]}
params: {U: [n, n]}
equations: |
  h = tanh(h[t-1] @ U / k + x)
"""


def test_a_product_of_dims_and_one_that_no_shape_tells() -> None:
    cell = cg.loads(PRODUCT)
    [flow] = cg.flow([cell], [{"q": 2, "p": 3, "n": 2, "k": 5}], steps=3, seeds=1)
    assert flow.sizes == {"q": 2, "p": 3, "n": 2, "k": 5}
    assert 0.1 < 10 ** flow.log10_norm[-2] < 1
    assert '"k"' in cg.page(cell)


def test_sizes_are_given_to_a_run_where_the_arrays_do_not_tell_them() -> None:
    cell = cg.loads(PRODUCT)
    x, before, U = np.full((6, 2), 0.25), np.full((6, 2), 4.0), np.eye(2)
    with pytest.raises(ValueError, match="the size k cannot be told from the arrays; give it as well, such as k=8"):
        cg.step(cell, {"x": x, "h[t-1]": before, "U": U})
    values = cg.step(cell, {"x": x, "h[t-1]": before, "U": U}, k=2)
    assert np.allclose(values["h"], np.tanh(2.25))
    assert np.allclose(cg.step(cell, {"x": x, "U": U}, k=2)["h"], np.tanh(0.25))
    assert np.allclose(cg.evaluate(cell.step, {"x": x, "h[t-1]": before, "U": U}, k=2)["h"], values["h"])
    back = cg.vjp(cell, values, {"h": np.ones((6, 2))}, k=2)
    assert np.allclose(back["x"], 1 - np.tanh(2.25) ** 2)
    assert np.allclose(back["h[t-1]"], back["x"] / 2)
    with pytest.raises(ValueError, match=r"x has shape \(6, 2\), so that n is 2; elsewhere it is 3"):
        cg.step(cell, values, n=3, k=2)
    with pytest.raises(ValueError, match=r"h\[t-1\] has shape \(4, 2\), so that p\*q is 4; elsewhere it is 6"):
        cg.step(cell, {**values, "h[t-1]": before[:4]}, k=2)
    with pytest.raises(ValueError, match="blocks has no size 'm'; it has q, p, n, k"):
        cg.step(cell, values, m=3)
    with pytest.raises(ValueError, match="this graph has no size 'm'; it has k, n, p, q"):
        cg.evaluate(cell.step, values, m=3)


@pytest.mark.parametrize("wrong", [0, -3, True, 2.5, "4"])
def test_a_size_is_a_positive_whole_number(wrong: object) -> None:
    with pytest.raises(ValueError, match=f"size n={wrong!r}: a size is a positive whole number"):
        checked_sizes(cell_of("gru"), {"m": 3, "n": wrong})  # type: ignore[dict-item]
