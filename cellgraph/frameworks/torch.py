"""PyTorch: cells and layers of torch.nn, and of libraries that are written like it, in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module, metadata
from inspect import signature
from typing import Any

import torch
from torch.func import functional_call

from cellgraph.frameworks.live import Array, Cotangents, Live, made_with
from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation

Tensor = Any
Called = Callable[[Mapping[str, Tensor], Sequence[Tensor], Sequence[Tensor]], Sequence[Tensor]]
"""(arrays by native name, inputs, states before) -> what a call gives back, in order; all of them tensors."""


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The class that `implementation` names, made with these sizes; a layer class runs over a sequence of one step."""
    home, _, name = implementation.name.rpartition(".")
    inputs, hidden, options = made_with(cell, implementation, sizes)
    module = getattr(import_module(home), name)(inputs, hidden, **options, dtype=torch.float64)
    layer = hasattr(module, "num_layers")
    returns = implementation.states if layer else implementation.returns or implementation.states
    return differentiable(home.partition(".")[0], module, returns, partial(_layer if layer else _cell, module))


def differentiable(
    package: str, module: Any, returns: tuple[str, ...], called: Called, precision: str = "float64"
) -> Live:
    """A live cell from a module of `package` and a way to call it, differentiated by PyTorch, in that precision."""
    shapes = {key: tuple(weight.shape) for key, weight in module.named_parameters() if weight.requires_grad}
    version = "" if package == "torch" else f"{package} {metadata.version(package)}, "
    return by_autograd(f"{version}torch {torch.__version__}", shapes, precision, returns, called)


def by_autograd(
    version: str, shapes: Mapping[str, tuple[int, ...]], precision: str, returns: tuple[str, ...], called: Called
) -> Live:
    """A live cell from a way to call it, differentiated by PyTorch, in that precision."""

    def step(arrays: Mapping[str, Array], fed: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        tensors = {key: torch.as_tensor(array) for key, array in arrays.items()}
        return [s.detach().numpy() for s in called(tensors, _tensors(fed), _tensors(states))]

    def vjp(
        arrays: Mapping[str, Array], fed: Sequence[Array], states: Sequence[Array], bars: Sequence[Array]
    ) -> Cotangents:
        leaves = [*arrays.values(), *fed, *states]
        dtype = getattr(torch, precision)
        tensors = [torch.as_tensor(array, dtype=dtype).clone().requires_grad_() for array in leaves]
        weights, split = dict(zip(arrays, tensors, strict=False)), len(arrays) + len(fed)
        seeds = [torch.as_tensor(bar, dtype=dtype) for bar in bars]

        def pulled() -> Sequence[Tensor]:
            after = called(weights, tensors[len(arrays) : split], tensors[split:])
            # No gradient passes through what was decided, as by a > 0.
            passing = [(one, seed) for one, seed in zip(after, seeds, strict=True) if one.requires_grad]
            if not passing:
                return [torch.zeros_like(tensor) for tensor in tensors]
            made, own = zip(*passing, strict=True)
            back: Sequence[Tensor] = torch.autograd.grad(made, tensors, own, allow_unused=True, materialize_grads=True)
            return back

        try:
            found = pulled()
        except RuntimeError:
            # Some write in place what the way back needs. PyTorch takes seconds to get ready for that.
            with torch.autograd.graph.allow_mutation_on_saved_tensors():
                found = pulled()
        numbers = [g.numpy() for g in found]
        return dict(zip(arrays, numbers, strict=False)), numbers[len(arrays) : split], numbers[split:]

    return Live(version, shapes, precision, returns, step, vjp)


def _tensors(arrays: Sequence[Array]) -> list[Tensor]:
    return [torch.as_tensor(array) for array in arrays]


def _flat(found: Any) -> list[Tensor]:
    """The tensors of nested tuples, in order."""
    return [tensor for part in found for tensor in _flat(part)] if isinstance(found, tuple) else [found]


def _cell(module: Any, weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> list[Tensor]:
    apart = len(signature(module.forward).parameters) == len(fed) + len(states)
    given = states if apart else (tuple(states),)
    return _flat(functional_call(module, weights, (*fed, *given)))


def _layer(module: Any, weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> list[Tensor]:
    before = [state[None] for state in states]
    inputs = [x[None] for x in fed]
    _, after = functional_call(module, weights, (*inputs, tuple(before) if len(before) > 1 else before[0]))
    # A state whose size differs from layer to layer comes back as a tuple, without an axis for the layers.
    return [state[0] if state.ndim > before[0].ndim - 1 else state for state in _flat(after)]
