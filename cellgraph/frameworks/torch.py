"""PyTorch: cells and layers of torch.nn, and of libraries that are written like it, in float64."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from cellgraph.graph import Cell
from cellgraph.spec.layout import Implementation

from .live import Array, Cotangents, Live, made_with


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The class that `implementation` names, made with these sizes; a layer class runs over a sequence of one step."""
    import torch

    home, _, name = implementation.name.rpartition(".")
    inputs, hidden, options = made_with(cell, implementation, sizes)
    module = getattr(import_module(home), name)(inputs, hidden, **options, dtype=torch.float64)
    called = _layer if hasattr(module, "num_layers") else _cell

    def step(arrays: Mapping[str, Array], x: Array, states: Sequence[Array]) -> list[Array]:
        tensors = {key: torch.as_tensor(array) for key, array in arrays.items()}
        return [s.detach().numpy() for s in called(module, tensors, torch.as_tensor(x), _tensors(states))]

    def vjp(arrays: Mapping[str, Array], x: Array, states: Sequence[Array], bars: Sequence[Array]) -> Cotangents:
        leaves = [*arrays.values(), x, *states]
        tensors = [torch.as_tensor(array).clone().requires_grad_() for array in leaves]
        weights = dict(zip(arrays, tensors, strict=False))
        after = called(module, weights, tensors[len(arrays)], tensors[len(arrays) + 1 :])
        found = [g.numpy() for g in torch.autograd.grad(after, tensors, _tensors(bars))]
        return dict(zip(arrays, found, strict=False)), found[len(arrays)], found[len(arrays) + 1 :]

    shapes = {key: tuple(parameter.shape) for key, parameter in module.named_parameters()}
    return Live(f"torch {torch.__version__}", shapes, "float64", step, vjp)


def _tensors(arrays: Sequence[Array]) -> list[Any]:
    import torch

    return [torch.as_tensor(array) for array in arrays]


def _cell(module: Any, weights: Mapping[str, Any], x: Any, states: Sequence[Any]) -> list[Any]:
    from torch.func import functional_call

    after = functional_call(module, weights, (x, tuple(states) if len(states) > 1 else states[0]))
    return list(after) if len(states) > 1 else [after]


def _layer(module: Any, weights: Mapping[str, Any], x: Any, states: Sequence[Any]) -> list[Any]:
    from torch.func import functional_call

    before = [state[None] for state in states]
    _, after = functional_call(module, weights, (x[None], tuple(before) if len(before) > 1 else before[0]))
    return [state[0] for state in (after if len(before) > 1 else [after])]
