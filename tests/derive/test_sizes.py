"""The input size and the hidden size of a cell, found by what its equations do."""

from __future__ import annotations

import pytest
from zoo import EVERY, cell_of

import cellgraph as cg
from cellgraph.derive.counts.sizes import hidden_dim, input_dim
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
        ("deltanet", "m", "e"),  # the state is a matrix
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
