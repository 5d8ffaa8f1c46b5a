"""Keras on its JAX backend: cells and layers of keras.layers, in float32.

Keras computes some activations in float32 whatever it is asked for, so nothing is gained by asking for float64.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from cellgraph.frameworks.jax import differentiable
from cellgraph.frameworks.live import Array, Live, made_with
from cellgraph.graph import Cell, size
from cellgraph.implementations.implementation import Implementation


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The class that `implementation` names, made with these sizes; a layer class runs over a sequence of one step.

    Raises RuntimeError where Keras has already been imported with another backend.
    """
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import jax
    import keras

    if keras.backend.backend() != "jax":
        raise RuntimeError(f"Keras runs on {keras.backend.backend()} here; set KERAS_BACKEND=jax before it is imported")
    _, hidden, options = made_with(cell, implementation, sizes)
    numbers = {size(name): value for name, value in sizes.items()}
    inputs = tuple(int(s.subs(numbers)) for s in cell.step.having("input")[0].shape or ())
    named = getattr(keras.layers, implementation.name.rpartition(".")[2])
    layer = issubclass(named, keras.layers.RNN)
    module = named(hidden, **options, **({"return_state": True} if layer else {}))
    module.build((1, 1, *inputs) if layer else (1, *inputs))
    # A variable's path begins with names that Keras makes up for each object; a layer's arrays belong to its cell.
    names = ["/".join(variable.path.split("/")[-(2 if layer else 1) :]) for variable in module.trainable_variables]

    def step(arrays: Mapping[str, Array], fed: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        (x,) = fed
        weights = [arrays[name] for name in names]
        if layer:
            found, _ = module.stateless_call(weights, frozen, x[:, None], initial_state=list(states))
            return list(found[1:])
        (_, after), _ = module.stateless_call(weights, frozen, x, list(states))
        return list(after)

    frozen = [variable.value for variable in module.non_trainable_variables]
    shapes = {name: tuple(v.shape) for name, v in zip(names, module.trainable_variables, strict=True)}
    return differentiable(
        f"keras {keras.__version__}, jax {jax.__version__}", shapes, "float32", implementation.states, step
    )
