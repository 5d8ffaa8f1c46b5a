"""Transformers: the recurrent parts of its models, one step at a time, in float32, in which they compute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any

import sympy as sp
import torch
from torch.func import functional_call

from cellgraph.frameworks.live import Live
from cellgraph.frameworks.torch import Called, Tensor, differentiable
from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The class that `implementation` names; its options are those of its model's configuration."""
    home, _, name = implementation.name.rpartition(".")
    kind, made = MADE[name]
    given = implementation.options.items()
    options = {key: sizes[value.name] if isinstance(value, sp.Symbol) else value for key, value in given}
    if kind == "Mamba2Config":  # which has to be told, and is twice the input for one head
        options["head_dim"] = 2 * options["hidden_size"]
    models = import_module(home)
    configuration = getattr(import_module("transformers"), kind)(**options)
    for key, value in options.items():  # also what it would work out by itself
        setattr(configuration, key, value)
    module, called = made(models, name, configuration)
    returns = implementation.returns or implementation.states
    return differentiable("transformers", module, returns, called, "float32")


Made = tuple[Any, Called]


def _rwkv(models: Any, name: str, configuration: Any) -> Made:
    """The parts of its `forward`, which writes states in place; keys are made float32 whatever is asked for."""
    module = getattr(models, name)(configuration)

    def forward(x: Tensor, before: Tensor, state: Sequence[Tensor]) -> Sequence[Tensor]:
        two = torch.stack([before, x], 1)
        receptance, key, value = (part[:, 1:] for part in module.extract_key_value(two)[:3])
        decay, bonus = module.time_decay, module.time_first
        mean, after = models.rwkv_linear_attention(decay, bonus, key, value, state=state, return_state=True)
        return [module.output(receptance * mean)[:, 0], *after, x]

    module.forward = forward

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        *sums, before = states
        found: Sequence[Tensor] = functional_call(module, weights, (fed[0], before, sums))
        return found

    return module, called


def _rglru(models: Any, name: str, configuration: Any) -> Made:
    """The second input, where there is one, is the position in the sequence; without it this is not the first step."""
    module = getattr(models, name)(configuration)

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        x, *positions = fed
        module.recurrent_states = states[0]
        position = (positions[0] > 0).long() if positions else torch.ones(len(x), dtype=torch.long)
        return [functional_call(module, weights, (x[:, None], position[:, None]))[:, 0]]

    return module, called


def _griffin(models: Any, name: str, configuration: Any) -> Made:
    module = getattr(models, name)(configuration, 0)

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        hidden, *window = states
        module.conv1d_state = torch.stack(window[::-1], -1)
        module.rg_lru.recurrent_states = hidden
        position = torch.ones(len(hidden), 1, dtype=torch.long)
        out, _ = functional_call(module, weights, (fed[0][:, None], position, None))
        return [out[:, 0], module.rg_lru.recurrent_states, *module.conv1d_state.unbind(-1)[::-1]]

    return module, called


def _mamba(models: Any, name: str, configuration: Any) -> Made:
    """One step with a cache, whose states it writes in place."""
    from transformers import DynamicCache

    module = getattr(models, name)(configuration, 0)
    apart = (1,) if hasattr(configuration, "num_heads") else ()  # an axis for the heads

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        hidden, *window = states
        hidden = hidden.reshape(len(hidden), *apart, *hidden.shape[1:])
        cache = DynamicCache(config=configuration)
        (layer, *_) = cache.layers
        # The cache holds one input more than the convolution still needs.
        inputs = torch.stack([torch.zeros_like(window[0]), *window[::-1]], -1)
        layer.lazy_initialization(conv_states=inputs, recurrent_states=hidden)
        layer.conv_states[0], layer.recurrent_states[0] = inputs, hidden.clone()
        layer.has_previous_state[0] = True
        out = functional_call(module, weights, (fed[0][:, None],), {"cache_params": cache})
        after = layer.conv_states[0].unbind(-1)[:0:-1]
        return [out[:, 0], layer.recurrent_states[0].reshape(states[0].shape), *after]

    return module, called


MADE: Mapping[str, tuple[str, Callable[[Any, str, Any], Made]]] = MappingProxyType(
    {
        "RwkvSelfAttention": ("RwkvConfig", _rwkv),
        "MambaMixer": ("MambaConfig", _mamba),
        "Mamba2Mixer": ("Mamba2Config", _mamba),
        "RecurrentGemmaRglru": ("RecurrentGemmaConfig", _rglru),
        "RecurrentGemmaRecurrentBlock": ("RecurrentGemmaConfig", _griffin),
    }
)
"""By class: the configuration that it is made with, and what makes it."""
