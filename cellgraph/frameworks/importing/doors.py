"""The doors to import from Python: a class, a function or a file of a library becomes a cell."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from cellgraph.frameworks.importing.entry import Tell, imported_code
from cellgraph.frameworks.importing.files import imported_file
from cellgraph.frameworks.importing.imported import Imported, document
from cellgraph.frameworks.importing.libraries import library_of
from cellgraph.frameworks.importing.saying import shape_of, size_from, value_of
from cellgraph.frameworks.importing.stated import Stated
from cellgraph.frameworks.importing.targets import target_of
from cellgraph.ops import Shape

Given = Mapping[str, Any]


def from_torch(
    target: Any,
    make: Given | None = None,
    inputs: Given | None = None,
    states: Given | None = None,
    returns: str = "",
    params: Given | None = None,
) -> Imported:
    """The cell that a class or a function of PyTorch computes in one step: traced, read, and run beside the code.

    What is not given is guessed from usual names, and told by what comes back.

    :target:  a class whose `forward` is one step, an object of it, or a function
    :make:    argument of the constructor -> a size ("n", "4*n") or a value
    :inputs:  argument of the step -> its shape without the batch: "m", "j,d,d", "" for a number
    :states:  likewise
    :returns: what a call gives back: "y, (h, c)"; "_" for what is of no interest
    :params:  likewise as `inputs`, of a function that is given what it learns

    The code is run, with your rights. Raises CodeError with every line of it that stands in the way, and CellgraphError
    where PyTorch is not installed.

    >>> import cellgraph as cg
    >>> import torch
    >>> found = cg.from_torch(torch.nn.GRUCell)
    >>> found
    <Imported gru-cell from torch.nn.modules.rnn.GRUCell>
    >>> found.agreement.passed, found.sizes["m"]
    (True, 'input size')
    """
    return _from("torch", target, make, inputs, states, returns, params)


def from_jax(
    target: Any,
    make: Given | None = None,
    inputs: Given | None = None,
    states: Given | None = None,
    returns: str = "",
    params: Given | None = None,
) -> Imported:
    """The cell that a function of JAX, or a cell of Flax, computes in one step.

    A function may take its parameters and states as pytrees. Arguments and errors are those of `from_torch`.

    >>> import cellgraph as cg
    >>> import jax.numpy as jnp
    >>> def step(params, h, x):
    ...     h = jnp.tanh(params["W"] @ x + params["U"] @ h)
    ...     return h, h
    >>> found = cg.from_jax(step, params={"W": "n,m", "U": "n,n"})
    >>> found.cell.output, found.agreement.passed
    (h, True)
    """
    return _from("", target, make, inputs, states, returns, params)


def from_keras(
    target: Any,
    make: Given | None = None,
    inputs: Given | None = None,
    states: Given | None = None,
    returns: str = "",
) -> Imported:
    """The cell that a layer of Keras computes in one step: a cell class, as keras.layers.RNN takes it.

    Arguments and errors are those of `from_torch`.

    >>> import cellgraph as cg
    >>> import keras
    >>> cg.from_keras(keras.layers.LSTMCell).implementation.states
    ('h', 'c')
    """
    return _from("keras", target, make, inputs, states, returns, None)


def from_onnx(path: str | os.PathLike[str]) -> Imported:
    """The cell of a file of ONNX: a graph that is one step, or one with the operators LSTM, GRU or RNN.

    No code is run but onnxruntime, at the sizes of the file. Raises CodeError with the nodes that stand in the way.

    >>> import cellgraph as cg
    >>> import onnx
    >>> import numpy, os, tempfile
    >>> text = '''<ir_version: 9, opset_import: ["" : 20]>
    ... step (float[batch, 4] x, float[batch, 6] h) => (float[batch, 6] h_next) {
    ...     a = MatMul (x, W)
    ...     b = MatMul (h, U)
    ...     c = Add (a, b)
    ...     h_next = Tanh (c)
    ... }'''
    >>> model = onnx.parser.parse_model(text)
    >>> weights = {"W": numpy.ones((4, 6), "float32"), "U": numpy.ones((6, 6), "float32")}
    >>> model.graph.initializer.extend(onnx.numpy_helper.from_array(array, name) for name, array in weights.items())
    >>> path = os.path.join(tempfile.mkdtemp(), "step.onnx")
    >>> onnx.save(model, path)
    >>> found = cg.from_onnx(path)
    >>> found.cell.name, found.agreement.passed
    ('step', True)
    """
    return imported_file(path)


def imported_from(request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """The document of the import that a request from the command line asks for: texts of options by their names."""
    if request["target"].endswith(".onnx"):
        return document(imported_file(request["target"], request["name"], tell))
    target, method = target_of(request["target"])
    make, inputs, states, params = (request[name] for name in ("make", "inputs", "states", "params"))
    stated = _stated(make, inputs, states, params, request["returns"], method)
    library = library_of(target, request["library"])
    return document(
        imported_code(target, request["target"], library, stated, request["name"], tell, request["unchecked"])
    )


def _from(
    library: str, target: Any, make: Given | None, inputs: Given | None, states: Given | None, returns: str,
    params: Given | None,
) -> Imported:  # fmt: skip
    named = target if hasattr(target, "__qualname__") else type(target)
    source = f"{named.__module__}.{named.__qualname__}"
    stated = _stated(make or {}, inputs or {}, states or {}, params or {}, returns)
    return imported_code(target, source, library, stated)


def _stated(make: Given, inputs: Given, states: Given, params: Given, returns: str, method: str = "") -> Stated:
    values = {name: value_of(value) if isinstance(value, str) else value for name, value in make.items()}
    fed, handed, learned = ({name: _shape(said) for name, said in own.items()} for own in (inputs, states, params))
    return Stated(values, fed, handed, learned, returns, method)


def _shape(said: Any) -> Shape:
    """A shape that is text, or a sequence of sizes: texts, numbers, SymPy sizes."""
    if isinstance(said, str):
        return shape_of(said)
    return tuple(size_from(part) if isinstance(part, str) else part for part in said)
