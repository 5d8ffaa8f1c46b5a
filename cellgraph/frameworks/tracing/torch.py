"""PyTorch: one step of a module or a function of the user's own, as a traced program and to be run beside a spec.

Code is run as it is, once, in float64, and every operation that it comes to is written down. No part of PyTorch that
compiles is needed, which would take longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy
import torch

from cellgraph.frameworks.live import Live
from cellgraph.frameworks.torch import by_autograd
from cellgraph.frameworks.tracing.asked import (
    Array,
    Asked,
    LocalVariable,
    Returned,
    arguments,
    at_sizes,
    drawn,
    leaves,
    returned_names,
)
from cellgraph.frameworks.tracing.aten.modules import Made, in_double, made, problem, with_weights
from cellgraph.frameworks.tracing.aten.recording import AtenMode, FunctionMode, Recording, run
from cellgraph.frameworks.tracing.recognised import recognised
from cellgraph.frameworks.tracing.watching import watched
from cellgraph.imports.traced import Trace

Tensor = Any


def traced(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Trace:
    """One step at these sizes. Raises CodeError with the user's line where it cannot be followed."""
    step = made(asked, sizes)
    tensors = _drawn_into(step, asked, sizes, batch)
    recording = Recording(named={id(tensor): name for name, tensor in step.kept.items()}, own=step.own)
    nodes = {name: recording.leaf(tensor) for name, tensor in tensors.items()}
    parameters = {name: recording.leaf(tensor) for name, tensor in step.learned.items()}
    for tensor in step.learned.values():
        tensor.requires_grad_(False)  # else what is kept for the way back is recorded too
    given, said = arguments(asked, tensors)
    with in_double(), AtenMode(recording), FunctionMode(recording):
        found = _named(run(step.called, given, said, step.own), asked)
        after = {name: recording.node(tensor) for name, tensor in found.items()}
    shown = [node for name, node in after.items() if name not in asked.states]
    return recognised(
        Trace(
            nodes=tuple(recording.program.nodes),
            inputs={name: nodes[name] for name in asked.inputs},
            states={name: nodes[name] for name in asked.states},
            parameters={**{name: nodes[name] for name in asked.params}, **parameters},
            after={name: node for name, node in after.items() if name in asked.states},
            buffers=recording.buffers,
            output=shown[0] if shown else None,
            batch=batch,
        )
    )


def structure(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> tuple[Returned, ...]:
    """The arrays that a call gives back. Raises CodeError."""
    step = made(asked, sizes)
    given, said = arguments(asked, _drawn_into(step, asked, sizes, batch))
    with in_double(), torch.no_grad():
        found = _tensors(run(step.called, given, said, step.own))
    first = {id(tensor): k for k, (_, tensor) in reversed(list(enumerate(found)))}
    return tuple(
        Returned(path, tuple(tensor.shape), first[id(tensor)] if first[id(tensor)] < k else None)
        for k, (path, tensor) in enumerate(found)
    )


def given(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Mapping[str, Array]:
    """The arrays that `locals_of` runs with: inputs, states, and parameters and buffers by native name."""
    step = made(asked, sizes)
    tensors = _drawn_into(step, asked, sizes, batch)
    every = {**step.learned, **step.kept, **tensors}
    return {name: tensor.detach().numpy().astype(float) for name, tensor in every.items()}


def locals_of(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> tuple[LocalVariable, ...]:
    """What the local variables of the user's code held, in order, in one step with the arrays of `given`."""
    step = made(asked, sizes)
    passed, said = arguments(asked, _drawn_into(step, asked, sizes, batch))
    with in_double(), torch.no_grad():
        return watched(lambda: run(step.called, passed, said, step.own), step.own, _array)


def live(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Live:
    """The user's code, to be run beside a spec; its states and what it gives back in the order of `asked`."""
    step = made(asked, sizes)
    shapes = {name: tuple(tensor.shape) for name, tensor in step.learned.items()}
    shapes |= {name: at_sizes(tuple(shape), sizes) for name, shape in asked.params.items()}
    returns = tuple(dict.fromkeys(name for name in returned_names(asked.returns) if name != "_"))

    def called(weights: Mapping[str, Tensor], fed: Sequence[Tensor], states: Sequence[Tensor]) -> list[Tensor]:
        names = (*asked.inputs, *asked.states)
        # Some write their states in place.
        tensors = {name: tensor.clone() for name, tensor in zip(names, (*fed, *states), strict=True)}
        passed, said = arguments(asked, {**tensors, **weights})
        with in_double():
            found = run(with_weights, (step, weights, passed, said), {}, step.own)
        named = _named(found, asked)
        return [named[name] for name in returns]

    return by_autograd(f"torch {torch.__version__}", shapes, "float64", returns, called)


def _drawn_into(step: Made, asked: Asked, sizes: Mapping[str, int], batch: int | None) -> dict[str, Tensor]:
    """Random numbers for what is passed, and in the place of every parameter."""
    draw = numpy.random.default_rng(1)
    with torch.no_grad():
        for tensor in step.learned.values():
            tensor.copy_(torch.as_tensor(draw.uniform(-1, 1, tuple(tensor.shape))))
    return {name: torch.as_tensor(array) for name, array in drawn(asked, sizes, batch).items()}


def _tensors(found: Any) -> list[tuple[str, Tensor]]:
    return [(path, leaf) for path, leaf in leaves(found) if isinstance(leaf, torch.Tensor)]


def _named(found: Any, asked: Asked) -> dict[str, Tensor]:
    """What came back, by the names in `asked.returns`."""
    tensors, names = _tensors(found), returned_names(asked.returns)
    if len(tensors) != len(names):
        where = ", ".join(f"{path or 'it'} {'×'.join(map(str, tensor.shape))}" for path, tensor in tensors)
        words = f"a call gives back {len(tensors)} arrays ({where}), and --returns names {len(names)}"
        raise problem("E_RETURNS", words, asked.target)
    return {name: tensor for name, (_, tensor) in zip(names, tensors, strict=True) if name != "_"}


def _array(value: Any) -> Array | None:
    """A local variable as an array, if it is one of numbers."""
    if not isinstance(value, torch.Tensor) or value.is_complex() or value.is_sparse:
        return None
    return value.detach().numpy().astype(float)
