"""Correspondences of equal cells, held against numbers; and what no sign of a parameter can turn around."""

from __future__ import annotations

import numpy as np
import pytest
from derive.variants import CELLS, affine, variant

import cellgraph as cg
from cellgraph.graph import Cell
from cellgraph.graph.symbols import time_of


def assert_corresponding(cell: Cell, other: Cell) -> None:
    """Both give the same states and, up to signs, the same gradients for the same numbers."""
    found = cg.correspondence(cell, other)
    assert found is not None
    draw = np.random.default_rng(7)
    sizes = {str(d): 2 + k for k, d in enumerate(other.step.sizes)}
    values = {
        q.symbol.name: draw.normal(size=[int(d.xreplace({s: sizes[str(s)] for s in d.free_symbols})) for d in q.shape])
        for q in other.step.leaves
        if q.shape is not None
    }
    mine, theirs = cg.step(cell, found.of(values)), cg.step(other, values)
    seeds = {after.name: draw.normal(size=mine[after.name].shape) for after in cell.carries.values()}
    for name in seeds:
        np.testing.assert_allclose(mine[name], theirs[found.names[name]], rtol=1e-12)
    ours = cg.vjp(cell, mine, seeds)
    its = found.of(cg.vjp(other, theirs, {found.names[name]: seed for name, seed in seeds.items()}))
    for name, gradient in ours.items():
        np.testing.assert_allclose(gradient, its[name], rtol=1e-9, atol=1e-12, err_msg=name)
    assert [name for name in found.names if time_of(name) == "t-1"]


def test_a_flipped_gate_negates_its_parameters() -> None:
    other = variant("other", affine("z") + affine("g", "tanh") + "h = (1 - z) * h[t-1] + z * g")
    found = cg.correspondence(CELLS["janet"], other)
    assert found is not None
    assert found.negated == {"W_f", "U_f", "b_f"}
    assert found.names["b_f"] == "b_z"
    assert_corresponding(CELLS["janet"], other)
    assert_corresponding(other, CELLS["janet"])


@pytest.mark.parametrize(
    "gate",
    ["z = sigmoid(sigmoid(W_z @ x + b_z))", "z = sigmoid(b_z * b_z)", "z = sigmoid(b_z + b_q + b_z * b_q)",
     "z = sigmoid(relu(b_z))"],
)  # fmt: skip
def test_a_gate_that_no_sign_turns_around_is_not_the_other_way_round(gate: str) -> None:
    g = affine("g", "tanh")
    one = variant("one", f"{gate}\n{g}h = z * h[t-1] + (1 - z) * g")
    two = variant("two", f"{gate}\n{g}h = (1 - z) * h[t-1] + z * g")
    assert not cg.diff(one, two).equivalent
    assert cg.correspondence(one, two) is None
    assert_corresponding(one, one)


def test_an_odd_function_hands_a_sign_on() -> None:
    gate, g = "z = sigmoid(tanh(W_z @ x + b_z))", affine("g", "tanh")
    one = variant("one", f"{gate}\n{g}h = z * h[t-1] + (1 - z) * g")
    two = variant("two", f"{gate}\n{g}h = (1 - z) * h[t-1] + z * g")
    assert_corresponding(one, two)
