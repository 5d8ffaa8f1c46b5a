"""Modules of Flax as steps: flax.linen with the variables that it initialises, flax.nnx with those that it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy
from flax import nnx

from cellgraph.frameworks.flax import FLAX, linen, nnx_module
from cellgraph.frameworks.tracing.asked import Array, Asked, arguments, drawn
from cellgraph.frameworks.tracing.jaxpr.stepping import Stepping, made_of

PRECISION = {"dtype": "float64", "param_dtype": "float64"}


def of_linen(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Stepping:
    """A class of flax.linen, or an object of it with the fields in `asked.make` set anew."""
    fields = {name for name in PRECISION if name in getattr(asked.target, "__dataclass_fields__", {})}
    module = made_of(asked, sizes, **{name: PRECISION[name] for name in fields})
    args, keywords = arguments(asked, drawn(asked, sizes, batch))
    learned, held, called = linen(module, *args, method=asked.method or None, **keywords)
    return _stepping(asked, learned, held, called)


def of_nnx(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Stepping:
    """A class of flax.nnx, or an object of it, as it is in evaluation."""
    module = nnx.clone(_sketched(lambda: made_of(asked, sizes, rngs=nnx.Rngs(0), **PRECISION)))
    module.set_attributes(deterministic=True, use_running_average=True, raise_if_not_found=False)
    return _stepping(asked, *nnx_module(module, asked.method or "__call__"))


def _sketched(make: Callable[[], Any]) -> Any:
    """What a constructor makes, with shapes in place of what it learns: those numbers are drawn anew.

    It is run as it is where its arrays decide something, or where some stand in it without a variable around them.
    """
    try:
        sketch = nnx.eval_shape(make)
    except (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError):
        return make()
    plain = [value for _, part in nnx.iter_graph(sketch) for value in getattr(part, "__dict__", {}).values()]
    if any(isinstance(value, jax.Array) for value in plain):
        return make()
    values = jax.jit(lambda: {path: leaf.get_value() for path, leaf in _held(make())})()
    held = [(path, leaf.replace(values[path])) for path, leaf in _held(sketch)]
    if held:
        nnx.update(sketch, nnx.from_flat_state(held))
    return sketch


def _held(module: Any) -> list[tuple[tuple[str, ...], Any]]:
    """The variables that are not learned, by path, without states of random numbers."""
    others = nnx.to_flat_state(nnx.split(module, nnx.Param, ...)[2])
    return [(path, leaf) for path, leaf in others if not isinstance(leaf, nnx.RngState)]


def _stepping(asked: Asked, learned: Mapping[str, Array], held: Mapping[str, Array], called: Any) -> Stepping:
    def call(weights: Mapping[str, Array], fed: Mapping[str, Array]) -> Any:
        args, keywords = arguments(asked, fed)
        return called(weights, *args, **keywords)

    held = {name: numpy.asarray(array, "float64") for name, array in held.items() if array.dtype.kind == "f"}
    return Stepping(FLAX, "float64", learned, held, call)
