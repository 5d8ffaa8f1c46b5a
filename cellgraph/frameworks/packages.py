"""Packages of cells that are written in PyTorch, one step at a time: sru, ncps and xlstm in float64, and transformers.

The models of transformers compute in float32 whatever they are asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from importlib import import_module
from math import exp
from types import MappingProxyType
from typing import Any

import torch
from torch.func import functional_call

from cellgraph.frameworks.live import Live, made_with, options_of
from cellgraph.frameworks.torch import Called, Tensor, differentiable
from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation

Made = tuple[Any, Called]
"""A module, and how it is called."""


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The class that `implementation` names, made with these sizes.

    Raises ImportError also where a package cannot compile the extension that it needs to be imported.
    """
    home, _, name = implementation.name.rpartition(".")
    returns = implementation.returns or implementation.states
    if name in MADE:
        module, called = MADE[name](*made_with(cell, implementation, sizes))
        return differentiable(home.partition(".")[0], module.double(), returns, called)
    options = options_of(implementation, sizes)
    if name in HEADED:
        module, called = HEADED[name](options)
        return differentiable(home.partition(".")[0], module.double(), returns, called)
    module, called = _configured(home, name, options)
    return differentiable("transformers", module, returns, called, "float32")


def _configured(home: str, name: str, options: dict[str, Any]) -> Made:
    """A class of transformers, which is made with the configuration of its model."""
    kind, made = CONFIGURED[name]
    # Mamba-2 refuses heads that are together no multiple of the input's size, unless they are set afterwards.
    apart = kind == "Mamba2Config"
    configuration = getattr(import_module("transformers"), kind)(**({} if apart else options))
    for key, value in options.items():  # also what it would work out by itself
        setattr(configuration, key, value)
    if apart:
        width = options["num_heads"] * options["head_dim"]
        configuration.__dict__["expand"] = Fraction(width, options["hidden_size"])
    return made(import_module(home), name, configuration)


def _sru(inputs: int, hidden: int, options: Mapping[str, Any]) -> Made:
    try:
        with warnings.catch_warnings(action="ignore"):  # it warns where there is no CUDA
            import sru
    except (RuntimeError, OSError) as failed:
        raise ImportError("a C++ compiler", name="sru with a C++ compiler") from failed
    module = sru.SRUCell(inputs, hidden, **options)
    if options.get("rescale"):
        # The package keeps this factor in single precision.
        module.scale_x = torch.full((1,), (1 + 2 * exp(module.highway_bias)) ** 0.5, dtype=torch.float64)

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        with warnings.catch_warnings(action="ignore"):  # and where a gradient is asked of a processor
            found: Sequence[Tensor] = functional_call(module, weights, (*fed, *states))
        return [tensor.reshape(states[0].shape) for tensor in found]

    return module, called


def _cfc(inputs: int, hidden: int, options: Mapping[str, Any]) -> Made:
    from ncps.torch import CfCCell

    module = CfCCell(inputs, hidden, **options)

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        x, time = fed
        return [functional_call(module, weights, (x, states[0], time[:, None]))[1]]

    return module, called


def _ltc(inputs: int, hidden: int, options: Mapping[str, Any]) -> Made:
    """Every unit is joined with every other, and shown."""
    from ncps.torch import LTCCell
    from ncps.wirings import FullyConnected

    module = LTCCell(FullyConnected(hidden), inputs, **options).double()
    masks = {name: weight for name, weight in module.named_parameters() if not weight.requires_grad}

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        x, time = fed
        module._params = {**weights, **masks}  # where the class keeps its parameters a second time
        found: Sequence[Tensor] = module(x, states[0], time[:, None])
        return found

    return module, called


def _slstm(options: Mapping[str, Any]) -> Made:
    """Its states are vectors, the heads one after the other."""
    from xlstm import sLSTMLayer, sLSTMLayerConfig

    module = sLSTMLayer(sLSTMLayerConfig(backend="vanilla", **options))

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        given = {"slstm_state": torch.stack(list(states)).flatten(2), "return_last_state": True}
        out, after = functional_call(module, weights, (fed[0][:, None],), given)
        return [out[:, 0], *(state.reshape(states[0].shape) for state in after["slstm_state"])]

    return module, called


def _mlstm(options: Mapping[str, Any]) -> Made:
    from xlstm.blocks.mlstm.cell import mLSTMCell, mLSTMCellConfig

    module = mLSTMCell(mLSTMCellConfig(context_length=1, **options))
    # What runs one step is not its `forward`.
    module.forward = module.step

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        memory, normaliser, stabiliser = states
        before = (memory, normaliser[..., None], stabiliser[..., None, None])
        # It takes axes away in place.
        out, after = functional_call(module, weights, (*(array[:, None].clone() for array in fed), before))
        return [out[:, 0], after[0], after[1][..., 0], after[2][..., 0, 0]]

    return module, called


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
    heads = (-1,) if hasattr(configuration, "num_heads") else ()  # one axis, also where they are in groups

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        hidden, *window = states
        hidden = hidden.reshape(len(hidden), *heads, *hidden.shape[-2:])
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


MADE: Mapping[str, Callable[[int, int, Mapping[str, Any]], Made]] = MappingProxyType(
    {"SRUCell": _sru, "CfCCell": _cfc, "LTCCell": _ltc}
)
"""By class: what makes it from its input size, its hidden size and its options."""

HEADED: Mapping[str, Callable[[Mapping[str, Any]], Made]] = MappingProxyType(
    {"sLSTMLayer": _slstm, "mLSTMCell": _mlstm}
)
"""By class of xlstm: what makes it from its options, which tell all its sizes."""

CONFIGURED: Mapping[str, tuple[str, Callable[[Any, str, Any], Made]]] = MappingProxyType(
    {
        "RwkvSelfAttention": ("RwkvConfig", _rwkv),
        "MambaMixer": ("MambaConfig", _mamba),
        "Mamba2Mixer": ("Mamba2Config", _mamba),
        "RecurrentGemmaRglru": ("RecurrentGemmaConfig", _rglru),
        "RecurrentGemmaRecurrentBlock": ("RecurrentGemmaConfig", _griffin),
    }
)
"""By class of transformers: the configuration that it is made with, and what makes it from that."""
