"""States that forget: shift registers and buffers, however they are written, and how many steps they remember."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from cells import made, sizes_of
from families import family_and_sizes
from laws import over
from random_cells import random_cell, random_sizes
from zoo import TRIED, cell_of, seeds

import cellgraph as cg
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, size

N = size("n")


def forgetting(equations: str, **states: str) -> dict[str, object]:
    cell = made("buffer", states, {"W": "n m", "V": "n n", "U": "n 3*n", "v": "k"}, equations)
    return {state.name: steps for state, steps in structure(cell).forgets_after.items()}


@pytest.mark.parametrize(
    ("equations", "states", "steps"),
    [
        ("p = W @ x\n q = p[t-1]\n h = tanh(W @ x + q)", {"p": "n", "q": "n", "h": "n"}, {"p": 1, "q": 2, "h": 2}),
        ("p = W @ x\n q = p[t-1] + h[t-1]\n h = q", {"p": "n", "q": "n", "h": "n"}, {"p": 1}),
        ("b = concat(W @ x, slice(b[t-1], 0, 2*n))\n h = V @ h[t-1] + U @ b", {"b": "3*n", "h": "n"}, {"b": 3}),
        ("b = concat(slice(b[t-1], n, 3*n), W @ x)\n h = V @ h[t-1] + U @ b", {"b": "3*n", "h": "n"}, {"b": 3}),
        ("b = concat(slice(b[t-1], 0, n), W @ x, W @ x)\n h = U @ b", {"b": "3*n", "h": "n"}, {}),
        ("b = concat(h, slice(b[t-1], 0, 2*n))\n h = tanh(U @ b[t-1] + W @ x)", {"b": "3*n", "h": "n"}, {}),
        ("h = shift(h[t-1], 1) * (W @ x)", {"h": "n"}, {"h": N}),
        ("h = shift(h[t-1], -2) + W @ x", {"h": "n"}, {"h": sp.ceiling(N / 2)}),
        ("h = shift(h[t-1], -1) + shift(h[t-1], -2) + W @ x", {"h": "n"}, {"h": N}),
        ("h = shift(h[t-1], 1) + shift(h[t-1], -2) + W @ x", {"h": "n"}, {}),
        ("h = shift(h[t-1], 1) + h[t-1] + W @ x", {"h": "n"}, {}),
        ("h = shift(V @ h[t-1], 1) + W @ x", {"h": "n"}, {}),
        ("A = shift(A[t-1], 1) + outer(W @ x, v)\n h = A @ v", {"A": "n k", "h": "n"}, {"A": N, "h": N + 1}),
        ("h = (V @ h[t-1] - V @ h[t-1]) * 0 + W @ x", {"h": "n"}, {}),
        ("h = W @ x", {"h": "n"}, {"h": 1}),
    ],
)
def test_what_forgets_and_after_how_many_steps(
    equations: str, states: dict[str, str], steps: dict[str, object]
) -> None:
    assert forgetting(equations, **states) == steps


def test_a_cache_forgets_after_as_many_steps_as_it_has_places() -> None:
    """Its entries move along the axis of positions, of which each head has as many."""
    found = structure(cell_of("attention-window")).forgets_after
    assert {state.name: steps for state, steps in found.items()} == {"K": size("l"), "V": size("l"), "b": size("l")}


@over([*TRIED, *seeds(120)])
def test_nothing_older_is_left_after_so_many_steps(which: str | int) -> None:
    """Two runs over the same inputs, from different states, agree from then on."""
    cell = random_cell(which) if isinstance(which, int) else cell_of(which)
    sizes = random_sizes(cell) if isinstance(which, int) else sizes_of(cell)
    assert_forgotten(cell, sizes)


def test_a_window_of_each_head_forgets_after_as_many_steps_as_it_has_places() -> None:
    """Rows move within a member: neither the number of heads nor that of columns is how long it takes."""
    cell, sizes = family_and_sizes("windows")
    assert {s.name: steps for s, steps in structure(cell).forgets_after.items()} == {"B": size("l")}
    assert_forgotten(cell, sizes)


def assert_forgotten(cell: Cell, sizes: dict[str, int]) -> None:
    found = structure(cell).forgets_after
    if not found:
        return
    numbers = {size(dim): number for dim, number in sizes.items()}
    limits = {state: int(sp.sympify(steps).xreplace(numbers)) for state, steps in found.items()}
    draw = np.random.default_rng(5)

    def fresh(role: str) -> dict[str, np.ndarray]:
        shapes = {q.symbol.name: [int(s.xreplace(numbers)) for s in q.shape] for q in cell.step.having(role)}
        return {name: draw.normal(size=shape) for name, shape in shapes.items()}

    given = {q.symbol.name: np.asarray(float(q.value)) for q in cell.step.leaves if q.value is not None}
    weights = fresh("param") | fresh("const") | given
    runs = [{b.name: fresh("state")[b.name] for b in cell.carries} for _ in range(2)]
    for step in range(1, max(limits.values()) + 1):
        inputs = fresh("input")
        with np.errstate(all="ignore"):
            values = [cg.step(cell, {**weights, **inputs, **states}, **sizes) for states in runs]
        runs = [{b.name: v[a.name] for b, a in cell.carries.items()} for v in values]
        for state, limit in limits.items():
            if step >= limit:
                np.testing.assert_array_equal(*(v[state.name] for v in values))
