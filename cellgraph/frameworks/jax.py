"""JAX: the way back through a step that is a function of JAX arrays; Keras and Flax share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any

import jax
import numpy

from cellgraph.frameworks.live import Array, Cotangents, Live, Step

VERSION = f"jax {jax.__version__}"
ONCE: Mapping[str, int] = MappingProxyType({"xla_backend_optimization_level": 0})
"""What XLA is told of programs that run once: compiling takes longer than running."""


def differentiable(
    version: str,
    shapes: Mapping[str, tuple[int, ...]],
    precision: str,
    returns: tuple[str, ...],
    step: Step,
    arrays_in: str = "",
) -> Live:
    """A live cell from a step under JAX, compiled and differentiated by JAX, in that precision.

    arrays_in: the precision of its arrays, where it only computes some things in the lower one
    """
    wide = arrays_in or precision
    compiled = jax.jit(step, compiler_options=dict(ONCE))
    pulled = jax.jit(
        lambda arrays, inputs, states, bars: jax.vjp(step, arrays, inputs, states)[1](bars), compiler_options=dict(ONCE)
    )

    def forward(arrays: Mapping[str, Array], inputs: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        with in_precision(wide):
            return [
                numpy.asarray(state) for state in compiled(*_moved((dict(arrays), list(inputs), list(states)), wide))
            ]

    def vjp(
        arrays: Mapping[str, Array], inputs: Sequence[Array], states: Sequence[Array], bars: Sequence[Array]
    ) -> Cotangents:
        with in_precision(wide):
            back = pulled(*_moved((dict(arrays), list(inputs), list(states), list(bars)), wide))
            found: Cotangents = jax.tree.map(numpy.asarray, back)
            return found

    return Live(version, shapes, precision, returns, forward, vjp)


def in_precision(name: str) -> AbstractContextManager[None]:
    """Where arrays are made in float64, or in float32."""
    context: AbstractContextManager[None] = jax.enable_x64(name == "float64")
    return context


def _moved(tree: Any, precision: str) -> Any:
    return jax.tree.map(lambda array: jax.numpy.asarray(array, precision), tree)
