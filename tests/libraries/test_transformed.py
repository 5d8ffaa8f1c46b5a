"""Transformed cells beside stacks and directions of PyTorch: outputs over a sequence, gradients through time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cellgraph as cg
from cellgraph.graph import Cell

INPUT, HIDDEN, SMALL, STEPS = 3, 5, 2, 4

Arrays = dict[str, np.ndarray]


def layer(of: str, name: str, number: int) -> str:
    """What the transform calls a parameter of a layer, counted from 1, or of the second direction."""
    if of == "stack":
        return f"{name}{number}" if "_" in name else f"{name}_{number}"
    return name if number == 1 else f"{name}r" if "_" in name else f"{name}_r"


def course(cell: Cell, weights: Arrays, inputs: list[Arrays], seeds: np.ndarray) -> tuple[np.ndarray, Arrays]:
    """The outputs of a run from zero states, and the gradients of the weights for these cotangents of the outputs."""
    state, runs = cg.initial_states(cell, {**weights, **inputs[0]}), []
    for given in inputs:
        runs.append(cg.step(cell, {**weights, **state, **given}))
        state = {before.name: runs[-1][after.name] for before, after in cell.carries.items()}
    total = {name: np.zeros_like(array) for name, array in weights.items()}
    back = {before.name: np.zeros_like(state[before.name]) for before in cell.carries}
    for run, seed in zip(reversed(runs), seeds[::-1], strict=True):
        bars = {after.name: back[before.name] for before, after in cell.carries.items()}
        bars[cell.output.name] = bars.get(cell.output.name, 0) + seed
        found = cg.vjp(cell, run, bars)
        total = {name: array + found[name] for name, array in total.items()}
        back = {name: found[name] for name in back}
    return np.stack([run[cell.output.name] for run in runs]), total


@pytest.mark.parametrize(("base", "kind", "proj"), [
    ("lstm", "LSTM", 0), ("lstm+projection", "LSTM", SMALL), ("gru-reset-after", "GRU", 0), ("rnn", "RNN", 0),
])  # fmt: skip
@pytest.mark.parametrize("change", ["stack", "bidirectional"])
def test_pytorch(base: str, kind: str, proj: int, change: str) -> None:
    import torch

    torch.manual_seed(5)
    extra: dict[str, Any] = {"proj_size": proj} if kind == "LSTM" else {}
    layers, both = (2, False) if change == "stack" else (1, True)
    module = getattr(torch.nn, kind)(INPUT, HIDDEN, num_layers=layers, bidirectional=both, dtype=torch.float64, **extra)
    arrays = {name: value.detach().numpy() for name, value in module.named_parameters()}
    _, own = cg.find(f"torch.nn.{kind}", **extra)
    places = [(0, False), (1, False)] if change == "stack" else [(0, False), (0, True)]
    weights = {
        layer(change, name, number): array
        for number, place in enumerate(places, 1)
        for name, array in own.unpack(arrays, *place).items()
    }
    x = np.random.default_rng(6).normal(size=(STEPS, INPUT))
    theirs, _ = module(torch.as_tensor(x))
    seeds = np.random.default_rng(7).normal(size=tuple(theirs.shape))
    (theirs * torch.as_tensor(seeds)).sum().backward()
    inputs = [{"x": x[k]} | ({"x_r": x[STEPS - 1 - k]} if both else {}) for k in range(STEPS)]
    half = theirs.shape[-1] // 2
    # The second direction's output at step k belongs to the place STEPS - 1 - k.
    turned = np.concatenate([seeds[:, :half], seeds[::-1, half:]], axis=-1) if both else seeds
    outputs, gradients = course(cg.load(f"{base}+{change}"), weights, inputs, turned)
    if both:
        outputs = np.concatenate([outputs[:, :half], outputs[::-1, half:]], axis=-1)
    assert outputs == pytest.approx(theirs.detach().numpy(), abs=1e-12)
    for number, place in enumerate(places, 1):
        mine = own.pack({name: gradients[layer(change, name, number)] for name in own.parameters}, *place)
        for name, array in mine.items():
            assert array == pytest.approx(dict(module.named_parameters())[name].grad.numpy(), abs=1e-10), name
