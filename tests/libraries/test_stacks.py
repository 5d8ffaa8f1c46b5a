"""Layers, directions and time: whole stacks of the real libraries, rebuilt from single steps and unpacked weights."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pytest

import cellgraph as cg
from cellgraph.derive.counts.sizes import Stack
from cellgraph.graph import Cell, size
from cellgraph.implementations.implementation import Implementation, formula

INPUT, HIDDEN, STEPS, BATCH = 3, 5, 4, 2


def run(
    cell: Cell, implementation: Implementation, arrays: Mapping[str, Any], x: np.ndarray, layers: int, both: bool
) -> np.ndarray:
    """The outputs of a stack over a sequence (time×batch×m) from single steps; every state begins at zero."""
    sequence, found = x, []
    for layer, reverse in product(range(layers), (False, True)[: 1 + both]):
        weights = implementation.unpack(arrays, layer, reverse)
        shapes = {s.name: cell.step.quantities[s].shape for s in cell.carries}
        numbers = {size("n"): HIDDEN, size("p"): 2}
        states = {name: np.zeros((BATCH, int(shape[0].subs(numbers)))) for name, shape in shapes.items()}
        outputs = []
        for step in sequence[::-1] if reverse else sequence:
            values = cg.step(cell, {**weights, **states, "x": step})
            states = {before.name: values[after.name] for before, after in cell.carries.items()}
            outputs.append(values[cell.output.name])
        found.append(np.stack(outputs[::-1] if reverse else outputs))
        if not both or reverse:
            sequence, found = np.concatenate(found, axis=-1), []
    return sequence


@pytest.mark.parametrize(("layers", "both"), [(1, False), (1, True), (2, False), (3, True)])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("torch.nn.RNN", {}),
        ("torch.nn.RNN", {"nonlinearity": "relu", "bias": False}),
        ("torch.nn.LSTM", {}),
        ("torch.nn.LSTM", {"proj_size": 2}),
        ("torch.nn.GRU", {}),
    ],
)
def test_torch_layers(name: str, options: dict[str, Any], layers: int, both: bool) -> None:
    import torch

    torch.manual_seed(7)
    module = getattr(torch.nn, name.rpartition(".")[2])(
        INPUT, HIDDEN, num_layers=layers, bidirectional=both, dtype=torch.float64, **options
    )
    arrays = {key: value.detach().numpy() for key, value in module.named_parameters()}
    cell, implementation = cg.find(name, **options)
    counted = Stack(layers, both).total(cell, formula(implementation))
    assert counted.subs({size("m"): INPUT, size("n"): HIDDEN, size("p"): 2}) == sum(a.size for a in arrays.values())
    x = np.random.default_rng(8).normal(size=(STEPS, BATCH, INPUT))
    theirs = module(torch.as_tensor(x))[0].detach().numpy()
    np.testing.assert_allclose(run(cell, implementation, arrays, x, layers, both), theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["onnx.RNN", "onnx.GRU", "onnx.LSTM"])
def test_onnx_operators_in_both_directions(name: str) -> None:
    import onnxruntime
    from onnx import TensorProto, helper

    cell, implementation = cg.find(name)
    draw = np.random.default_rng(9)
    gates = {"onnx.RNN": 1, "onnx.GRU": 3, "onnx.LSTM": 4}[name]
    shapes = {"W": (2, gates * HIDDEN, INPUT), "R": (2, gates * HIDDEN, HIDDEN), "B": (2, 2 * gates * HIDDEN)}
    arrays = {key: draw.uniform(-1, 1, shape).astype("float32") for key, shape in shapes.items()}
    x = draw.uniform(-1, 1, (STEPS, BATCH, INPUT)).astype("float32")
    # Without activations given, the RNN operator has none for the second direction.
    extra = {"activations": ["Tanh", "Tanh"]} if name == "onnx.RNN" else {}
    node = helper.make_node(
        name[5:], ["X", "W", "R", "B"], ["Y"], hidden_size=HIDDEN, direction="bidirectional", **extra
    )
    fed = {"X": x, **arrays}
    graph = helper.make_graph(
        [node], "both",
        [helper.make_tensor_value_info(key, TensorProto.FLOAT, value.shape) for key, value in fed.items()],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, None)],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    (y,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, fed)
    theirs = np.concatenate([y[:, 0], y[:, 1]], axis=-1)
    np.testing.assert_allclose(run(cell, implementation, arrays, x, 1, True), theirs, rtol=0, atol=3e-6)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("keras.layers.SimpleRNN", {}),
        ("keras.layers.LSTM", {}),
        ("keras.layers.GRU", {"reset_after": True}),
        ("keras.layers.GRU", {"reset_after": False}),
    ],
)
def test_keras_layers_in_both_directions(name: str, options: dict[str, Any], bias: bool) -> None:
    import keras

    keras.utils.set_random_seed(10)
    layer = getattr(keras.layers, name.rpartition(".")[2])(
        HIDDEN, return_sequences=True, use_bias=bias, bias_initializer="random_normal", **options
    )
    module = keras.layers.Bidirectional(layer)
    module.build((BATCH, STEPS, INPUT))
    cell, implementation = cg.find(name, use_bias=bias, **options)
    assert (2 * formula(implementation)).subs({size("m"): INPUT, size("n"): HIDDEN}) == module.count_params()
    names = [native for reverse in (False, True) for native in native_names(implementation, reverse)]
    arrays = dict(zip(names, module.get_weights(), strict=True))
    x = np.random.default_rng(11).uniform(-1, 1, (STEPS, BATCH, INPUT)).astype("float32")
    theirs = np.swapaxes(np.asarray(module(np.swapaxes(x, 0, 1))), 0, 1)
    np.testing.assert_allclose(run(cell, implementation, arrays, x, 1, True), theirs, rtol=0, atol=3e-6)


def native_names(implementation: Implementation, reverse: bool) -> list[str]:
    return [implementation.native_name(name, 0, reverse) for name in implementation.arrays]
