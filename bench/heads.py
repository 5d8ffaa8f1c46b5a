"""A memory with heads beside the same with one: time to derive, which no number of heads changes, and to run."""

from __future__ import annotations

import numpy as np
import sympy as sp

import cellgraph as cg
from bench.timing import Measured, function, seconds, table
from cellgraph.derive.counts.cost import costs
from cellgraph.derive.gradients.compiled import counts_of
from cellgraph.derive.prose.explain import explanation
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell

DERIVED = {
    "gradient": cg.gradient, "Jacobian": cg.jacobian, "structure": structure, "explanation": explanation,
    "costs": costs,
}  # fmt: skip
SIZES = {"j": 8, "m": 96, "d": 48, "n": 64}
BATCH = 16


def text(heads: bool) -> str:
    """A spec of the gated delta rule, of several heads or of one."""
    j, beside = ("j, ", "flatten(S @ q, j)") if heads else ("", "S @ q")
    return f"""name: delta
dims: {{m: input size, d: key size, n: value size}}
{"each: {j: heads}" if heads else ""}
inputs: {{x: [m]}}
states: {{S: [{j}n, d]}}
params: {{W_q: [{j}d, m], W_k: [{j}d, m], W_v: [{j}n, m], w_f: [{j}m], w_b: [{j}m],
  W_o: [m, {"j*n" if heads else "n"}]}}
equations: |
  q = W_q @ x
  k = W_k @ x
  v = W_v @ x
  f = sigmoid(w_f @ x)
  b = sigmoid(w_b @ x)
  S = f * S[t-1] + outer(b * (v - S[t-1] @ k), k)
  y = W_o @ ({beside})
output: y
"""


def by_hand(w: dict[str, np.ndarray]) -> np.ndarray:
    """The same step as somebody would write it for NumPy."""

    def sigmoid(a: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-a))

    x, old = w["x"], w["S[t-1]"]
    q, k, v = (np.einsum("jdm,bm->bjd", w[name], x) for name in ("W_q", "W_k", "W_v"))
    f, b = (sigmoid(np.einsum("jm,bm->bj", w[name], x)) for name in ("w_f", "w_b"))
    error = b[..., None] * (v - np.einsum("bjnd,bjd->bjn", old, k))
    new = f[..., None, None] * old + np.einsum("bjn,bjd->bjnd", error, k)
    read = np.einsum("bjnd,bjd->bjn", new, q)
    made: np.ndarray = read.reshape(len(x), -1) @ w["W_o"].T
    return made


def derived(what: str, heads: bool, repeat: int = 5) -> Measured:
    """The fastest of several derivations, each for a cell of which nothing is known yet."""

    def once() -> float:
        cell = cg.loads(text(heads))
        return seconds(lambda: DERIVED[what](cell))

    once()
    return Measured(f"{what}, {'any number of heads' if heads else 'one head'}", min(once() for _ in range(repeat)))


def leaves(cell: Cell) -> dict[str, np.ndarray]:
    """Arrays of a step; a batch of inputs and states."""
    draw, found = np.random.default_rng(1), {}
    for q in cell.step.leaves:
        lead = () if q.fixed else (BATCH,)
        shape = counts_of(q.shape, {size: sp.Integer(SIZES[str(size)]) for size in cell.step.sizes})
        found[q.symbol.name] = draw.normal(size=(*lead, *shape)) / 10
    return found


def run() -> None:
    """Print the tables."""
    for what in DERIVED:
        table(f"{what} of a memory with heads", [derived(what, True), derived(what, False)])
    cell = cg.loads(text(True))
    given = leaves(cell)
    rows = [
        function("cellgraph.step, 8 heads", lambda: cg.step(cell, given), 20),
        function("einsum by hand, 8 heads", lambda: by_hand(given), 20),
    ]
    np.testing.assert_allclose(cg.step(cell, given)["y"], by_hand(given), rtol=1e-10)
    table(f"one step of 8 heads, a batch of {BATCH}", rows)
