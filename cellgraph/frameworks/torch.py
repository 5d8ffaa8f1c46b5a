"""PyTorch: cells and layers of torch.nn, and of libraries that are written like it, in float64."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module, metadata
from inspect import signature
from typing import Any

from cellgraph.frameworks.live import Array, Cotangents, Live, made_with
from cellgraph.graph import Cell
from cellgraph.spec.layout import Implementation


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The class that `implementation` names, made with these sizes; a layer class runs over a sequence of one step."""
    import torch

    home, _, name = implementation.name.rpartition(".")
    inputs, hidden, options = made_with(cell, implementation, sizes)
    module = getattr(import_module(home), name)(inputs, hidden, **options, dtype=torch.float64)
    called, returns = _cell, implementation.returns or implementation.states
    if hasattr(module, "num_layers"):
        called, returns = _layer, implementation.states

    def step(arrays: Mapping[str, Array], fed: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        tensors = {key: torch.as_tensor(array) for key, array in arrays.items()}
        return [s.detach().numpy() for s in called(module, tensors, _tensors(fed), _tensors(states))]

    def vjp(
        arrays: Mapping[str, Array], fed: Sequence[Array], states: Sequence[Array], bars: Sequence[Array]
    ) -> Cotangents:
        leaves = [*arrays.values(), *fed, *states]
        tensors = [torch.as_tensor(array).clone().requires_grad_() for array in leaves]
        weights, split = dict(zip(arrays, tensors, strict=False)), len(arrays) + len(fed)
        after = called(module, weights, tensors[len(arrays) : split], tensors[split:])
        found = torch.autograd.grad(after, tensors, _tensors(bars), allow_unused=True, materialize_grads=True)
        numbers = [g.numpy() for g in found]
        return dict(zip(arrays, numbers, strict=False)), numbers[len(arrays) : split], numbers[split:]

    shapes = {key: tuple(parameter.shape) for key, parameter in module.named_parameters()}
    package = home.partition(".")[0]
    version = "" if package == "torch" else f"{package} {metadata.version(package)}, "
    return Live(f"{version}torch {torch.__version__}", shapes, "float64", returns, step, vjp)


def _tensors(arrays: Sequence[Array]) -> list[Any]:
    import torch

    return [torch.as_tensor(array) for array in arrays]


def _flat(found: Any) -> list[Any]:
    """The tensors of nested tuples, in order."""
    return [tensor for part in found for tensor in _flat(part)] if isinstance(found, tuple) else [found]


def _cell(module: Any, weights: Mapping[str, Any], fed: Sequence[Any], states: Sequence[Any]) -> list[Any]:
    from torch.func import functional_call

    apart = len(signature(module.forward).parameters) == len(fed) + len(states)
    given = states if apart else (tuple(states),)
    return _flat(functional_call(module, weights, (*fed, *given)))


def _layer(module: Any, weights: Mapping[str, Any], fed: Sequence[Any], states: Sequence[Any]) -> list[Any]:
    from torch.func import functional_call

    before = [state[None] for state in states]
    inputs = [x[None] for x in fed]
    _, after = functional_call(module, weights, (*inputs, tuple(before) if len(before) > 1 else before[0]))
    # A state whose size differs from layer to layer comes back as a tuple, without an axis for the layers.
    return [state[0] if state.ndim > before[0].ndim - 1 else state for state in _flat(after)]
