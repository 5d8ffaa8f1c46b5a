"""Packages of cells that are written in PyTorch: sru, ncps and xlstm, one step at a time, in float64."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch.func import functional_call

from cellgraph.frameworks.live import Live, made_with
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
    module, called = MADE[name](*made_with(cell, implementation, sizes))
    returns = implementation.returns or implementation.states
    return differentiable(home.partition(".")[0], module.double(), returns, called)


def _sru(inputs: int, hidden: int, options: Mapping[str, Any]) -> Made:

    try:
        with warnings.catch_warnings(action="ignore"):  # it warns where there is no CUDA
            import sru
    except (RuntimeError, OSError) as failed:
        raise ImportError("a C++ compiler", name="sru with a C++ compiler") from failed
    module = sru.SRUCell(inputs, hidden, **options)

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


def _slstm(inputs: int, hidden: int, options: Mapping[str, Any]) -> Made:
    """With one head."""
    from xlstm import sLSTMLayer, sLSTMLayerConfig

    module = sLSTMLayer(sLSTMLayerConfig(embedding_dim=hidden, backend="vanilla", **options))

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        given = {"slstm_state": torch.stack(list(states)), "return_last_state": True}
        out, after = functional_call(module, weights, (fed[0][:, None],), given)
        return [out[:, 0], *after["slstm_state"]]

    return module, called


def _mlstm(inputs: int, hidden: int, options: Mapping[str, Any]) -> Made:
    """With one head."""
    from xlstm.blocks.mlstm.cell import mLSTMCell, mLSTMCellConfig

    module = mLSTMCell(mLSTMCellConfig(context_length=1, embedding_dim=hidden, **options))
    # What runs one step is not its `forward`.
    module.forward = module.step

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        memory, normaliser, stabiliser = states
        before = (memory[:, None], normaliser[:, None, :, None], stabiliser[:, None, None, None])
        # It takes axes away in place.
        out, after = functional_call(module, weights, (*(array[:, None].clone() for array in fed), before))
        return [out[:, 0], after[0][:, 0], after[1][:, 0, :, 0], after[2][:, 0, 0, 0]]

    return module, called


MADE: Mapping[str, Callable[[int, int, Mapping[str, Any]], Made]] = MappingProxyType(
    {"SRUCell": _sru, "CfCCell": _cfc, "LTCCell": _ltc, "sLSTMLayer": _slstm, "mLSTMCell": _mlstm}
)
"""By class: what makes it from its input size, its hidden size and its options."""
