"""ncps: closed-form and liquid time-constant cells, one step over an elapsed time, in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from cellgraph.frameworks.live import Live, made_with
from cellgraph.frameworks.torch import Called, Tensor, differentiable
from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The class that `implementation` names, made with these sizes; its inputs are a vector and a time."""
    module, called = MADE[implementation.name.rpartition(".")[2]](*made_with(cell, implementation, sizes))
    return differentiable("ncps", module, implementation.returns or implementation.states, called)


def _cfc(inputs: int, hidden: int, options: Mapping[str, Any]) -> tuple[Any, Called]:
    from ncps.torch import CfCCell
    from torch.func import functional_call

    module = CfCCell(inputs, hidden, **options).double()

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        x, time = fed
        return [functional_call(module, weights, (x, states[0], time[:, None]))[1]]

    return module, called


def _ltc(inputs: int, hidden: int, options: Mapping[str, Any]) -> tuple[Any, Called]:
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


MADE: Mapping[str, Callable[[int, int, Mapping[str, Any]], tuple[Any, Called]]] = MappingProxyType(
    {"CfCCell": _cfc, "LTCCell": _ltc}
)
