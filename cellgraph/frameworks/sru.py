"""SRU: the cell of the sru package, one step without dropout, in float64."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

from cellgraph.frameworks.live import Live, made_with
from cellgraph.frameworks.torch import Tensor, differentiable
from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The class that `implementation` names, made with these sizes.

    Raises ImportError also where the package cannot compile the extension that it needs to be imported.
    """
    from torch.func import functional_call

    try:
        with warnings.catch_warnings(action="ignore"):  # it warns where there is no CUDA
            import sru
    except (RuntimeError, OSError) as failed:
        raise ImportError("a C++ compiler", name="sru with a C++ compiler") from failed
    inputs, hidden, options = made_with(cell, implementation, sizes)
    module = getattr(sru, implementation.name.rpartition(".")[2])(inputs, hidden, **options).double()

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        with warnings.catch_warnings(action="ignore"):  # and where a gradient is asked of a processor
            found: Sequence[Tensor] = functional_call(module, weights, (*fed, *states))
        return [tensor.reshape(states[0].shape) for tensor in found]

    return differentiable("sru", module, implementation.returns, called)
