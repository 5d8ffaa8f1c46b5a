"""Cells that no library computes, beside their papers' equations written out in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from zoo import cell_of

import cellgraph as cg

Arrays = dict[str, np.ndarray]


def drawn(cell: cg.Cell, sizes: dict[str, int], batch: int) -> Arrays:
    """Random arrays for the inputs, parameters and given constants."""
    draw = np.random.default_rng(7)
    numbers = {s: sizes[str(s)] for s in cell.step.sizes}
    return {
        q.symbol.name: draw.normal(
            size=((batch,) if q.role == "input" else ()) + tuple(int(s.subs(numbers)) for s in q.shape or ())
        )
        for q in cell.step.leaves
        if q.symbol not in cell.carries
    }


def test_the_unitary_rnn_is_a_product_of_unitary_maps() -> None:
    """W = D₃ R₂ F⁻¹ D₂ Π R₁ F D₁ between complex states, then modReLU; the first state is the learned one."""
    n, cell = 6, cell_of("urnn")
    given = drawn(cell, {"m": 3, "n": n}, 4)
    fourier = np.fft.fft(np.eye(n), norm="ortho")
    given |= {"P": np.eye(n)[np.random.default_rng(1).permutation(n)]}
    found = cg.step(cell, given)

    def phases(k: int) -> np.ndarray:
        return np.diag(np.exp(1j * given[f"theta_{k}"]))

    def reflection(k: int) -> np.ndarray:
        v = given[f"v_{k}"] + 1j * given[f"w_{k}"]
        return np.eye(n) - 2 * np.outer(v, v.conj()) / (v.conj() @ v)

    unitary = (
        phases(3) @ reflection(2) @ fourier.conj().T @ phases(2) @ given["P"] @ reflection(1) @ fourier @ phases(1)
    )
    np.testing.assert_allclose(found["F"] + 1j * found["G"], fourier, atol=1e-12)
    np.testing.assert_allclose(unitary @ unitary.conj().T, np.eye(n), atol=1e-12)
    before = np.broadcast_to(given["h_0"] + 1j * given["k_0"], (4, n))
    np.testing.assert_array_equal(found["h[t-1]"] + 1j * found["k[t-1]"], before)
    z = before @ unitary.T + given["x"] @ (given["V"] + 1j * given["E"]).T
    after = np.maximum(np.abs(z) + given["b"], 0) / (np.abs(z) + 1e-5) * z
    np.testing.assert_allclose(found["h"] + 1j * found["k"], after, rtol=1e-12)


@pytest.mark.parametrize("empty", [False, True])
def test_the_mass_conserving_lstm_conserves_mass(empty: bool) -> None:
    """Σ c + Σ h = Σ c⁻ + x, also from cells that hold nothing."""
    n, cell = 5, cell_of("lstm-mass-conserving")
    given = drawn(cell, {"m": 3, "n": n}, 4)
    before = np.zeros((4, n)) if empty else np.abs(np.random.default_rng(2).normal(size=(4, n)))
    found = cg.step(cell, {**given, "c[t-1]": before})
    np.testing.assert_allclose(found["R"].sum(axis=-1), 1, rtol=1e-12)
    np.testing.assert_allclose((found["c"] + found["h"]).sum(-1), before.sum(-1) + given["x"], rtol=1e-12)
    share = before / (1 if empty else before.sum(-1, keepdims=True))
    logits = given["a"] @ given["W_i"].T + share @ given["U_i"].T + given["b_i"]
    spread = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    np.testing.assert_allclose(found["c"] + found["h"], before @ found["R"] + given["x"][:, None] * spread, rtol=1e-12)


def test_a_node_of_a_tree_forgets_each_child_by_itself() -> None:
    """Equations 2 to 8 of Tai, Socher & Manning 2015 as sums over children; the first child is the state before."""
    cell = cell_of("lstm-tree")
    draw = np.random.default_rng(3)
    children = [(draw.normal(size=(4, 5)), draw.normal(size=(4, 5))) for _ in range(2)]
    given = drawn(cell, {"m": 3, "n": 5}, 4)
    (h_1, c_1), (h_2, c_2) = children
    found = cg.step(cell, {**given, "h[t-1]": h_1, "c[t-1]": c_1, "k": h_2, "d": c_2})

    def layer(gate: str, hidden: np.ndarray) -> np.ndarray:
        return given["x"] @ given[f"W_{gate}"].T + hidden @ given[f"U_{gate}"].T + given[f"b_{gate}"]

    def sigmoid(a: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-a))

    together = sum(h for h, _ in children)
    kept = sum(sigmoid(layer("f", h)) * c for h, c in children)
    c = sigmoid(layer("i", together)) * np.tanh(layer("g", together)) + kept
    np.testing.assert_allclose(found["c"], c, rtol=1e-12)
    np.testing.assert_allclose(found["h"], sigmoid(layer("o", together)) * np.tanh(c), rtol=1e-12)
    # With one child, that is with nothing from the other, it is the LSTM.
    nothing = np.zeros((4, 5))
    alone = cg.step(cell, {**given, "h[t-1]": h_1, "c[t-1]": c_1, "k": nothing, "d": nothing})
    lstm = cell_of("lstm")
    own = {s.symbol.name: {**given, "h[t-1]": h_1, "c[t-1]": c_1}[s.symbol.name] for s in lstm.step.leaves}
    np.testing.assert_allclose(alone["h"], cg.step(lstm, own)["h"], rtol=1e-12)
