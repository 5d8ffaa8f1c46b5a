"""Hessian-vector products and Jacobians of one step beside those of JAX and PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from derive.dense import dense_jacobian

import cellgraph as cg
from cellgraph.derive.gradients.evaluate import evaluate
from cellgraph.graph import Cell, size

SIZES = {"m": 3, "n": 5, "p": 2}
CELLS = [cg.load(name) for name in cg.cells()]


def drawn(cell: Cell, seed: int = 12) -> dict[str, np.ndarray]:
    """Random numbers at which a step is finite, for all its leaves; a constant with a value has that value."""
    draw = np.random.default_rng(seed)
    numbers = {size(dim): SIZES.get(dim, 4) for dim in cell.dims}
    leaves = {
        q.symbol.name: draw.normal(size=[int(s.subs(numbers)) for s in q.shape or ()])
        if q.value is None
        else np.asarray(float(q.value))
        for q in cell.step.leaves
    }
    with np.errstate(invalid="ignore"):
        found = cg.step(cell, leaves)
    if all(np.isfinite(array).all() for array in found.values()):
        return leaves
    # It takes the root of a state, which is never negative.
    return leaves | {before.name: np.abs(leaves[before.name]) for before in cell.carries}


def test_hessian_vector_products_of_an_lstm_step_equal_those_of_jax() -> None:
    import jax

    cell = cg.load("lstm")
    leaves, along, bars = drawn(cell), drawn(cell, 13), {"h": np.arange(1.0, 6), "c": np.linspace(-1, 2, 5)}
    first = cg.gradient(cell)
    gradients = {first.quantities[s].of.name: s.name for s in first.outputs}
    second = cg.adjoint(first, of=[gradients[leaf] for leaf in along])
    wanted = {gradients[leaf]: v for leaf, v in along.items()}
    seeds = {q.symbol.name: bars[q.of.name] for q in first.having("seed")}
    seeds |= {q.symbol.name: wanted[q.of.name] for q in second.having("seed") if q.of.name in wanted}
    found = evaluate(second, {**leaves, **seeds})
    ours = {second.quantities[s].of.name: found[s.name] for s in second.outputs}

    def loss(given: dict[str, Any]) -> Any:
        values = cg.step(cell, given, xp=jax.numpy)
        return sum((values[name] * bar).sum() for name, bar in bars.items())

    with jax.enable_x64(True):
        moved = {name: jax.numpy.asarray(array) for name, array in leaves.items()}
        tangent = {name: jax.numpy.asarray(array) for name, array in along.items()}
        _, theirs = jax.jvp(jax.grad(loss), (moved,), (tangent,))
    for name in leaves:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_jacobians_equal_those_of_jax(cell: Cell) -> None:
    import jax

    leaves = drawn(cell)
    ours = dense_jacobian(cell, cg.step(cell, leaves))
    states = {s.name: leaves[s.name] for s in cell.carries}

    def after(given: dict[str, Any]) -> dict[str, Any]:
        values = cg.step(cell, {**leaves, **given}, xp=jax.numpy)
        return {s.name: jax.numpy.asarray(values[s.name]) for s in cell.carries.values()}

    with jax.enable_x64(True):
        theirs = jax.jacobian(after)({name: jax.numpy.asarray(array) for name, array in states.items()})
    for of, columns in theirs.items():
        for wrt, matrix in columns.items():
            flat = np.asarray(matrix).reshape(-1, states[wrt].size)
            np.testing.assert_allclose(ours.get((of, wrt), 0 * flat), flat, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_jacobians_equal_those_of_pytorch(cell: Cell) -> None:
    import torch

    leaves = {name: torch.as_tensor(array) for name, array in drawn(cell).items()}
    ours = dense_jacobian(cell, cg.step(cell, leaves, xp=torch), xp=torch)
    states = [s.name for s in cell.carries]
    made = [s.name for s in cell.carries.values()]

    def after(*given: Any) -> tuple[Any, ...]:
        values = cg.step(cell, {**leaves, **dict(zip(states, given, strict=True))}, xp=torch)
        return tuple(values[name] for name in made)

    theirs = torch.autograd.functional.jacobian(after, tuple(leaves[name] for name in states))
    for of, row in zip(made, theirs, strict=True):
        for wrt, matrix in zip(states, row, strict=True):
            flat = matrix.reshape(-1, leaves[wrt].numel()).numpy()
            found = ours[of, wrt].numpy() if (of, wrt) in ours else 0 * flat
            np.testing.assert_allclose(found, flat, rtol=1e-9, atol=1e-10)
