"""Specs run under PyTorch and JAX: the same values, and their automatic differentiation as a judge of our gradients."""

from typing import Any

import numpy as np
import pytest

import cellgraph as cg
from cellgraph.graph import Cell, size

SIZES = {"m": 3, "n": 5, "p": 2}
STRAIGHT = cg.loads(
    "name: straight-through\nreference: made for a test\n"
    "dims: {m: input size, n: hidden size}\ninputs: {x: [m]}\nstates: {h: [n]}\n"
    "params: {W: [n, m], U: [n, n], k: [n], v: [n]}\nequations: |\n"
    "  a = W @ x + U @ h[t-1]\n"
    "  y = a + stop(sign(a) - a)\n"
    "  h = y * tanh(a) + stop(k) * h[t-1] * sigmoid(v) + stop(tanh(v * k)) + stop(2)\n"
)
CELLS = [*(cg.load(name) for name in cg.cells()), STRAIGHT]
BATCH = 4


Arrays = dict[str, np.ndarray]


def drawn(cell: Cell) -> tuple[Arrays, Arrays, Arrays]:
    """Random numbers for every leaf of a step, for its constant arrays, and cotangents of its states; over a batch."""
    draw = np.random.default_rng(12)
    numbers = {size(dim): SIZES.get(dim, 2) for dim in cell.dims}

    def array(quantity: Any) -> np.ndarray:
        batch = () if quantity.role in ("param", "const") else (BATCH,)
        return draw.normal(size=(*batch, *(int(s.subs(numbers)) for s in quantity.shape)))

    leaves = {q.symbol.name: array(q) for q in cell.step.leaves if q.role != "const"}
    fixed = {q.symbol.name: array(q) for q in cell.step.leaves if q.role == "const" and q.value is None}
    return leaves, fixed, {s.name: array(cell.step.quantities[s]) for s in cell.carries.values()}


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_gradients_equal_those_of_pytorch(cell: Cell) -> None:
    import torch

    leaves, fixed, bars = drawn(cell)
    values = cg.step(cell, {**leaves, **fixed})
    ours = cg.vjp(cell, values, bars)
    tensors = {name: torch.as_tensor(array).requires_grad_() for name, array in leaves.items()}
    theirs = cg.step(cell, {**tensors, **{n: torch.as_tensor(a) for n, a in fixed.items()}}, xp=torch)
    for name in bars:
        np.testing.assert_allclose(theirs[name].detach().numpy(), values[name], rtol=1e-12, atol=1e-12)
    outputs = [theirs[name] for name in bars]
    seeds = [torch.as_tensor(bar) for bar in bars.values()]
    # A leaf on which no state depends has gradient zero here, and none there.
    found = torch.autograd.grad(outputs, list(tensors.values()), seeds, allow_unused=True)
    for name, gradient in zip(tensors, found, strict=True):
        expected = np.zeros_like(leaves[name]) if gradient is None else gradient.numpy()
        np.testing.assert_allclose(ours[name], expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_gradients_equal_those_of_jax(cell: Cell) -> None:
    import jax

    leaves, fixed, bars = drawn(cell)
    ours = cg.vjp(cell, cg.step(cell, {**leaves, **fixed}), bars)

    def outputs(given: dict[str, Any]) -> list[Any]:
        found = cg.step(cell, {**given, **fixed}, xp=jax.numpy)
        return [found[name] for name in bars]

    with jax.enable_x64(True):
        moved = {name: jax.numpy.asarray(array) for name, array in leaves.items()}
        (theirs,) = jax.vjp(outputs, moved)[1]([jax.numpy.asarray(bar) for bar in bars.values()])
    for name, gradient in theirs.items():
        np.testing.assert_allclose(ours[name], np.asarray(gradient), rtol=1e-9, atol=1e-10)


def test_layouts_take_tensors_apart_and_put_them_together() -> None:
    import torch

    cell, implementation = cg.find("torch.nn.LSTMCell")
    module = torch.nn.LSTMCell(3, 5, dtype=torch.float64)
    values = implementation.unpack(dict(module.named_parameters()), xp=torch)
    assert all(isinstance(value, torch.Tensor) for value in values.values())
    x, h, c = (torch.randn(BATCH, k, dtype=torch.float64) for k in (3, 5, 5))
    ours = cg.step(cell, {**values, "x": x, "h[t-1]": h, "c[t-1]": c}, xp=torch)
    torch.testing.assert_close((ours["h"], ours["c"]), module(x, (h, c)), rtol=0, atol=1e-12)
    # Gradients flow through unpacking into the module's own parameters.
    ours["h"].sum().backward()
    own = {name: parameter.grad.clone() for name, parameter in module.named_parameters()}
    cotangents = cg.vjp(
        cell,
        {name: value.detach() for name, value in ours.items()},
        {"h": torch.ones_like(h), "c": torch.zeros_like(c)},
        xp=torch,
    )
    for name, gradient in implementation.pack(cotangents, xp=torch).items():
        torch.testing.assert_close(gradient, own[name], rtol=0, atol=1e-10)
