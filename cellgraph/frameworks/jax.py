"""JAX: the way back through a step that is a function of JAX arrays; Keras and Flax share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import jax
import numpy

from cellgraph.frameworks.live import Array, Cotangents, Live, Step


def differentiable(
    version: str, shapes: Mapping[str, tuple[int, ...]], precision: str, returns: tuple[str, ...], step: Step
) -> Live:
    """A live cell from a step under JAX, differentiated by JAX, in that precision."""

    def forward(arrays: Mapping[str, Array], inputs: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        with _precision(precision):
            return [numpy.asarray(state) for state in step(*_moved((arrays, list(inputs), list(states))))]

    def vjp(
        arrays: Mapping[str, Array], inputs: Sequence[Array], states: Sequence[Array], bars: Sequence[Array]
    ) -> Cotangents:
        with _precision(precision):
            pulled: Callable[[Any], Cotangents] = jax.vjp(step, *_moved((arrays, list(inputs), list(states))))[1]
            back: Cotangents = jax.tree.map(numpy.asarray, pulled(_moved(list(bars))))
            return back

    return Live(version, shapes, precision, returns, forward, vjp)


def _precision(name: str) -> AbstractContextManager[None]:
    context: AbstractContextManager[None] = jax.enable_x64(name == "float64")
    return context


def _moved(tree: Any) -> Any:
    return jax.tree.map(jax.numpy.asarray, tree)
