"""Cells of Keras on its JAX backend as steps: their variables by the attributes that hold them, not by count."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy

from cellgraph.frameworks.jax import VERSION
from cellgraph.frameworks.tracing.asked import Array, Asked, arguments, drawn
from cellgraph.frameworks.tracing.jaxpr.stepping import Stepping, made_of

NUMBERED = re.compile(r"variable(_\d+)?")


def of_keras(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Stepping:
    """A cell of keras.layers or of a user, whose call(inputs, states) gives back an output and the states.

    Raises RuntimeError where Keras has already been imported with another backend.
    """
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    if keras.backend.backend() != "jax":
        raise RuntimeError(f"Keras runs on {keras.backend.backend()} here; set KERAS_BACKEND=jax before it is imported")
    fed = drawn(asked, sizes, batch)
    with _double(), keras.StatelessScope():
        module = made_of(asked, sizes)
        given = {name: keras.KerasTensor(fed[name].shape) for name in (*asked.inputs, *asked.states)}
        args, keywords = arguments(asked, given)
        module(*args, **keywords)
        for variable in module.trainable_variables:
            # Its numbers are drawn anew; those that Keras would draw at the end of this scope take seconds.
            variable._initializer = lambda shape, dtype: numpy.zeros(shape, dtype)
    named = {id(variable): path for path, variable in variables(module)}
    learned = {named.get(id(v), v.path): v.value for v in module.trainable_variables}
    others = {named.get(id(v), v.path): v.value for v in module.non_trainable_variables}
    held = {name: value for name, value in others.items() if value.dtype.kind == "f"}

    def call(weights: Mapping[str, Array], fed: Mapping[str, Array]) -> Any:
        args, keywords = arguments(asked, fed)
        frozen = [weights.get(name, value) for name, value in others.items()]
        with _double():
            found, _ = module.stateless_call([weights[name] for name in learned], frozen, *args, **keywords)
        return found

    return Stepping(f"keras {keras.__version__}, {VERSION}", "float64", learned, held, call)


@contextmanager
def _double() -> Iterator[None]:
    """Where layers compute in float64, those within others too."""
    import keras

    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


def variables(module: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The variables of a layer and of the layers in its attributes, with their paths: 'gate/kernel'."""
    from keras import Layer, Variable

    for name, part in vars(module).items():
        several = isinstance(part, list | tuple) and not name.startswith("_")
        for place, inner in {f"{name}/{k}": one for k, one in enumerate(part)}.items() if several else ((name, part),):
            if isinstance(inner, Variable):
                # Keras numbers what was given no name, over all that it has made.
                yield path + (place if NUMBERED.fullmatch(inner.name) else inner.name), inner
            elif isinstance(inner, Layer):
                yield from variables(inner, f"{path}{place}/")
