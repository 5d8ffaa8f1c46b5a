"""Odd cells for the tests of Jacobians: matrix-valued states, states of different shapes, operations that mix."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

import numpy as np
import sympy as sp

import cellgraph as cg
from cellgraph.graph import Cell, size
from cellgraph.ops import Head

NUMBERS = {"m": 3, "n": 4, "k": 2}
OTHERS = (5, 2, 3)
"""What further sizes are, by turns: a grid of positions has no two sides alike and is small."""


def made(name: str, states: Mapping[str, str], params: Mapping[str, str], equations: str, each: str = "") -> Cell:
    """A cell over the input x of size m, from shapes like {"U": "n n"}, equations and lifted axes; its output is h."""

    def shapes(given: Mapping[str, str]) -> str:
        return "".join(f"  {name}: [{', '.join(shape.split())}]\n" for name, shape in given.items())

    block = "".join(f"  {line.strip()}\n" for line in equations.strip().splitlines())
    return cg.loads(
        f"name: {name}\ntitle: {{en: {name}}}\nreference: made for a test\n"
        "dims: {m: input size, n: hidden size, k: other size}\n"
        f"{each and f'each: {each}'}\ninputs: {{x: [m]}}\n"
        f"states:\n{shapes(states)}params:\n{shapes(params)}equations: |\n{block}output: h\n"
    )


def sizes_of(cell: Cell) -> dict[str, int]:
    """A number for every size of a cell."""
    others = cycle(OTHERS)
    return {dim: NUMBERS.get(dim) or next(others) for dim in cell.dims}


def drawn(cell: Cell, seed: int, batch: tuple[int, ...] = (), scale: float = 1.0) -> dict[str, np.ndarray]:
    """Random numbers for every leaf of a step, sizes all different; parameters without batch axes."""
    draw = np.random.default_rng(seed)
    numbers = {size(dim): number for dim, number in sizes_of(cell).items()}
    found = {}
    for quantity in cell.step.leaves:
        lead = () if quantity.role in ("param", "const") else batch
        own = tuple(int(s.xreplace(numbers)) for s in quantity.shape or ())
        entries = scale * draw.normal(size=(*lead, *own)) if quantity.value is None else float(quantity.value)
        found[quantity.symbol.name] = np.asarray(entries)
    return found


def analytic(cell: Cell) -> bool:
    """Whether complex-step differentiation applies to every operation of the cell."""
    return all(
        node.op.analytic for e in cell.step.equations for node in sp.preorder_traversal(e.rhs) if isinstance(node, Head)
    )


def differences(cell: Cell, leaves: Mapping[str, np.ndarray], of: str, wrt: str) -> np.ndarray:
    """∂of/∂wrt: complex steps where the code is analytic, central differences elsewhere; one batch of all columns."""
    smooth = analytic(cell)
    delta = 1e-30 if smooth else 2e-5
    units = np.eye(leaves[wrt].size).reshape((-1, *leaves[wrt].shape))
    sides = [
        cg.step(cell, {**leaves, wrt: leaves[wrt] + step * units})[of]
        for step in ((1j * delta,) if smooth else (delta, -delta))
    ]
    change = sides[0].imag / delta if smooth else (sides[0] - sides[1]) / (2 * delta)
    size_of = cell.step.shape(sp.Symbol(of))
    whole = np.broadcast_to(change, (len(units), *change.shape[change.ndim - len(size_of) :]))
    return whole.reshape((len(units), -1)).T


FAST_WEIGHTS = made(
    "fast-weights",
    {"A": "n k", "h": "n"},
    {"W": "n m", "U": "n n", "V": "k n", "P": "k k", "b": "n", "l": ""},
    "q = tanh(V @ h[t-1])\n"
    "A = sigmoid(l) * (A[t-1] @ P) + outer(tanh(U @ h[t-1]), q)\n"
    "h = tanh(W @ x + A @ q + U @ (A[t-1] @ q) + b)",
)
CLOCK = made(
    "clock",
    {"h": "n", "p": ""},
    {"W": "n m", "U": "n n"},
    # What stands beside the scalar state is a vector, though no quantity in it is one.
    "p = p[t-1] + 1\nf = p * exp(-0.1 * cumsum(fill(1, n)))\nh = tanh(W @ x + U @ (cos(f) * h[t-1]))",
)
TWO_SHAPES = made(
    "two-shapes",
    {"h": "n", "s": "k", "a": ""},
    {"W": "n m", "U": "n n", "V": "n k", "Q": "k n", "R": "k m", "E": "n n"},
    "w = softmax(E @ h[t-1])\n"
    "h = tanh(W @ x + U @ (w * h[t-1]) + V @ s[t-1]) * sigmoid(a[t-1])\n"
    "s = max(Q @ h, R @ x) - min(s[t-1], 0.5)\n"
    "a = 0.9 * a[t-1] + mean(h) - sum(s[t-1] ** 2) / (1 + a[t-1] ** 2)",
)
NORMALISED = made(
    "normalised",
    {"h": "n"},
    {"W": "n m", "U": "n n", "L": "n n", "e": "n"},
    "a = concat(slice(U @ h[t-1], 0, 2), slice(h[t-1], 2, n)) + W @ x\n"
    "d = a - mean(a)\n"
    "h = tanh(e * d / sqrt(mean(d ** 2) + 0.01) + transpose(L) @ abs(h[t-1]))",
)
ODD = (FAST_WEIGHTS, TWO_SHAPES, NORMALISED, CLOCK)
