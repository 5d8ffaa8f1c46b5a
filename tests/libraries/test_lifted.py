"""Random cells with lifted axes beside JAX and PyTorch: the step, its gradient and its Jacobian."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp
from derive.dense import dense_jacobian
from lifted_cells import lifted_cell
from test_lifted_cells import SIZES, by_members, drawn, told
from zoo import DEEP

import cellgraph as cg

SEEDS = 500 if DEEP else 250
"""Each takes two seconds, most of which JAX needs to compile it."""


@pytest.mark.parametrize("seed", range(0, SEEDS, 5))
def test_lifted_cells_beside_pytorch(seed: int) -> None:
    import torch

    cell = lifted_cell(seed, smooth=False)
    leaves = drawn(cell)
    values = cg.step(cell, leaves, **told(cell))
    moved = {name: torch.as_tensor(array).requires_grad_() for name, array in leaves.items()}
    made = cg.step(cell, moved, xp=torch, **told(cell))
    rng = np.random.default_rng(3)
    bars = {o.name: rng.normal(size=np.shape(values[o.name])) for o in cell.step.outputs}
    back = cg.vjp(cell, values, bars, **told(cell))
    for name in bars:
        np.testing.assert_allclose(made[name].detach().numpy(), values[name], rtol=1e-8, atol=1e-8)
    torch.stack([(made[name] * torch.as_tensor(bar)).sum() for name, bar in bars.items()]).sum().backward()
    for name, leaf in moved.items():
        theirs = np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.numpy()
        np.testing.assert_allclose(back[name], theirs, rtol=1e-8, atol=1e-8, err_msg=f"{seed} {name}")


@pytest.mark.parametrize("seed", range(SEEDS))
def test_lifted_cells_beside_jax(seed: int) -> None:
    import jax

    cell = lifted_cell(seed, smooth=False)
    leaves = drawn(cell)
    values = cg.step(cell, leaves, **told(cell))
    for name, expected in by_members(cell, leaves).items():
        np.testing.assert_allclose(values[name], expected, rtol=1e-8, atol=1e-8)
    rng = np.random.default_rng(3)
    bars = {o.name: rng.normal(size=np.shape(values[o.name])) for o in cell.step.outputs}
    back = cg.vjp(cell, values, bars, **told(cell))
    states = {before.name: after.name for before, after in cell.carries.items()}

    def after(given: dict[str, Any]) -> dict[str, Any]:
        found = cg.step(cell, given, xp=jax.numpy, **told(cell))
        return {name: jax.numpy.asarray(found[name]) for name in {*bars, *states.values()}}

    with jax.enable_x64(True):
        moved = {name: jax.numpy.asarray(array) for name, array in leaves.items()}
        made, pull = jax.vjp(after, moved)
        (theirs,) = pull({name: jax.numpy.asarray(bars.get(name, 0 * array)) for name, array in made.items()})
        whole = jax.jacobian(lambda given: after({**moved, **given}))({name: moved[name] for name in states})
    for name, array in theirs.items():
        np.testing.assert_allclose(back[name], array, rtol=1e-8, atol=1e-8, err_msg=f"{seed} {name}")
    ours = dense_jacobian(cell, values, sizes={s: sp.Integer(SIZES[s]) for s in cell.step.sizes})
    for of in states.values():
        for wrt in states:
            flat = np.asarray(whole[of][wrt]).reshape(-1, leaves[wrt].size)
            np.testing.assert_allclose(ours.get((of, wrt), 0 * flat), flat, rtol=1e-8, atol=1e-8)
