"""Activations that autograd keeps, seen through PyTorch's saved-tensor hooks, for cells written out in eager code."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

import cellgraph as cg
from cellgraph.derive.counts.memory import saved
from cellgraph.graph import size

M, N = 3, 5
Tensors = dict[str, torch.Tensor]


def affine(p: Tensors, gate: str, x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    return p[f"W_{gate}"] @ x + p[f"U_{gate}"] @ h + p[f"b_{gate}"]


def rnn(p: Tensors, x: torch.Tensor, s: Tensors) -> Tensors:
    return {"h": torch.tanh(p["W"] @ x + p["U"] @ s["h"] + p["b"])}


def lstm(p: Tensors, x: torch.Tensor, s: Tensors) -> Tensors:
    f, i, o = (torch.sigmoid(affine(p, gate, x, s["h"])) for gate in "fio")
    c = f * s["c"] + i * torch.tanh(affine(p, "g", x, s["h"]))
    return {"h": o * torch.tanh(c), "c": c}


def gru(p: Tensors, x: torch.Tensor, s: Tensors) -> Tensors:
    z, r = (torch.sigmoid(affine(p, gate, x, s["h"])) for gate in "zr")
    g = torch.tanh(affine(p, "g", x, r * s["h"]))
    return {"h": z * s["h"] + (1 - z) * g}


def gru_reset_after(p: Tensors, x: torch.Tensor, s: Tensors) -> Tensors:
    z, r = (torch.sigmoid(affine(p, gate, x, s["h"])) for gate in "zr")
    u = p["U_g"] @ s["h"] + p["c_g"]
    g = torch.tanh(p["W_g"] @ x + p["b_g"] + r * u)
    return {"h": z * s["h"] + (1 - z) * g}


def kept(cell: cg.Cell, step: Callable[..., Tensors], steps: int) -> int:
    """How many numbers the graph of so many steps keeps, parameters aside, each array once."""
    torch.manual_seed(0)
    sizes = {size("m"): M, size("n"): N}
    params = {
        q.symbol.name: torch.randn([int(s.subs(sizes)) for s in q.shape or ()], requires_grad=True)
        for q in cell.step.having("param")
    }
    own = {p.untyped_storage().data_ptr() for p in params.values()}
    found: dict[int, torch.Tensor] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        place = tensor.untyped_storage().data_ptr()
        if place not in own:
            found[place] = tensor
        return tensor

    states = {after.name: torch.randn(N, requires_grad=True) for after in cell.carries.values()}
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        for _ in range(steps):
            states = step(params, torch.randn(M, requires_grad=True), states)
    return sum(tensor.numel() for tensor in found.values())


@pytest.mark.parametrize(
    ("name", "step"), [("rnn", rnn), ("lstm", lstm), ("gru", gru), ("gru-reset-after", gru_reset_after)]
)
def test_one_step_more_keeps_what_cellgraph_says(name: str, step: Callable[..., Tensors]) -> None:
    cell = cg.load(name)
    expected = saved(cell, rebuild=False).numbers.subs({size("m"): M, size("n"): N})
    assert kept(cell, step, 4) - kept(cell, step, 3) == expected
