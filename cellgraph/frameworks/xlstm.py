"""xLSTM: the sLSTM layer and the mLSTM cell of the xlstm package, with one head, in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from cellgraph.frameworks.live import Live
from cellgraph.frameworks.torch import Called, Tensor, differentiable
from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The class that `implementation` names, made with these sizes."""
    (width,) = {sizes[str(size)] for size in cell.step.sizes}
    module, called = MADE[implementation.name.rpartition(".")[2]](width, implementation.options)
    return differentiable("xlstm", module, implementation.returns, called)


def _slstm(width: int, options: Mapping[str, Any]) -> tuple[Any, Called]:
    import torch
    from torch.func import functional_call
    from xlstm import sLSTMLayer, sLSTMLayerConfig

    module = sLSTMLayer(sLSTMLayerConfig(embedding_dim=width, backend="vanilla", **options)).double()

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        given = {"slstm_state": torch.stack(list(states)), "return_last_state": True}
        out, after = functional_call(module, weights, (fed[0][:, None],), given)
        return [out[:, 0], *after["slstm_state"]]

    return module, called


def _mlstm(width: int, options: Mapping[str, Any]) -> tuple[Any, Called]:
    from torch.func import functional_call
    from xlstm.blocks.mlstm.cell import mLSTMCell, mLSTMCellConfig

    module = mLSTMCell(mLSTMCellConfig(context_length=1, embedding_dim=width, **options)).double()
    # What runs one step is not its `forward`.
    module.forward = module.step

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        memory, normaliser, stabiliser = states
        before = (memory[:, None], normaliser[:, None, :, None], stabiliser[:, None, None, None])
        # It takes axes away in place.
        out, after = functional_call(module, weights, (*(array[:, None].clone() for array in fed), before))
        return [out[:, 0], after[0][:, 0], after[1][:, 0, :, 0], after[2][:, 0, 0, 0]]

    return module, called


MADE: Mapping[str, Callable[[int, Mapping[str, Any]], tuple[Any, Called]]] = MappingProxyType(
    {"sLSTMLayer": _slstm, "mLSTMCell": _mlstm}
)
