"""Converted weights beside the real libraries: every class runs on another's weights and gives the same numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from zoo import EVERY, cell_of

import cellgraph as cg
from cellgraph.frameworks import runnable
from cellgraph.frameworks.comparison import live
from cellgraph.frameworks.live import Live
from cellgraph.frameworks.verify import sizes_of
from cellgraph.graph import Cell, size
from cellgraph.implementations.implementation import Implementation, places
from cellgraph.weights.conversion import conversion
from cellgraph.weights.files import read, written

M, N, STEPS, BATCH = 3, 5, 4, 2
TOLERANCE = {"float64": 1e-12, "float32": 1e-5}


def pairs() -> list[tuple[Cell, Implementation, Implementation]]:
    """Every ordered pair of classes that compute the same cell and can be run."""
    by_cell = defaultdict(list)
    for cell in map(cell_of, EVERY):
        by_cell[cell.name] += [(cell, found) for found in cell.implementations if runnable(found.name)]
    return [(cell, ours, theirs) for own in by_cell.values() for (cell, ours), (_, theirs) in permutations(own, 2)]


PAIRS = pairs()


@cache
def real(name: str, number: int) -> Live:
    """The class that stands at this place in the spec, made once."""
    cell = cell_of(name)
    found = cell.implementations[number]
    return live(cell, found, {**sizes_of(cell), **found.sizes})


def named(pair: tuple[Cell, Implementation, Implementation]) -> str:
    return "-".join((pair[0].name, pair[1].name, pair[2].name))


@pytest.mark.parametrize(("cell", "ours", "theirs"), PAIRS, ids=map(named, PAIRS))
def test_one_class_on_the_weights_of_another_computes_the_same(
    cell: Cell, ours: Implementation, theirs: Implementation
) -> None:
    sizes = {**sizes_of(cell), **ours.sizes, **theirs.sizes}
    own, other = (real(cell.name, cell.implementations.index(found)) for found in (ours, theirs))
    draw, number = np.random.default_rng(0), places(theirs)
    numbers = {size(name): value for name, value in sizes.items()}

    def drawn(shape: Sequence[Any], *lead: int) -> np.ndarray:
        return draw.uniform(-1, 1, (*lead, *(int(s.subs(numbers)) for s in shape))).astype("float32").astype("float64")

    native = {name: draw.uniform(-1, 1, shape).astype("float32") for name, shape in own.shapes.items()}
    # What the other has no place for is zero.
    values = ours.unpack(native, sizes=sizes)
    native = ours.stored({name: value * bool(number[name]) for name, value in values.items()})
    arrays = {name: array.astype(own.precision) for name, array in native.items()}
    there = cg.convert(arrays, (cell, ours), (cell, theirs), sizes=sizes)
    assert {name: array.shape for name, array in there.items()} == dict(other.shapes)
    # What only one of them is told begins at zero.
    told = {*ours.states} & {*theirs.states}
    states = {s.name: drawn(cell.step.quantities[s].shape, BATCH) * (s.name in told) for s in cell.carries.values()}
    inputs = [drawn(q.shape, BATCH) for q in cell.step.having("input")]
    results = []
    for run, found, weights in ((own, ours, arrays), (other, theirs, there)):
        kind = run.precision
        given = {name: array.astype(kind) for name, array in weights.items()}
        after = run.step(given, [x.astype(kind) for x in inputs], [states[s].astype(kind) for s in found.states])
        results.append(dict(zip(run.returns, after, strict=True)))
    common = results[0].keys() & results[1].keys()
    assert common
    tolerance = max(TOLERANCE[run.precision] for run in (own, other))
    for name in common:
        one, two = results[0][name], results[1][name]
        np.testing.assert_allclose(one, two, rtol=0, atol=tolerance * max(1, np.abs(one).max()))


def torch_stack(kind: str, layers: int, both: bool, **options: Any) -> Any:
    import torch

    torch.manual_seed(layers + both)
    return getattr(torch.nn, kind)(M, N, num_layers=layers, bidirectional=both, **options)


def sequence() -> np.ndarray:
    return np.random.default_rng(5).uniform(-1, 1, (STEPS, BATCH, M)).astype("float32")


def outputs(module: Any, x: np.ndarray) -> np.ndarray:
    import torch

    return module(torch.as_tensor(x))[0].detach().numpy()  # type: ignore[no-any-return]


KERAS = [
    ("RNN", {}, "keras.layers.SimpleRNN"),
    ("RNN", {"nonlinearity": "relu", "bias": False}, "keras.layers.SimpleRNN(activation=relu)"),
    ("LSTM", {}, "keras.layers.LSTM"),
    ("LSTM", {"bias": False}, "keras.layers.LSTM"),
    ("GRU", {}, "keras.layers.GRU"),
]


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(("kind", "options", "target"), KERAS)
def test_a_stack_of_torch_runs_in_keras(kind: str, options: dict[str, Any], target: str, both: bool) -> None:
    """Two layers, named as Keras names its own, put into a model and run; and back into PyTorch."""
    import keras
    import torch

    keras.utils.clear_session()
    module = torch_stack(kind, 2, both, **options)
    _, found = cg.find(target)
    made = {key: value for key, value in found.options.items() if isinstance(value, (bool, str))}
    layers = [getattr(keras.layers, found.name.rpartition(".")[2])(N, return_sequences=True, **made) for _ in range(2)]
    if both:
        layers = [keras.layers.Bidirectional(layer) for layer in layers]
    model = keras.Sequential([keras.Input((STEPS, M)), *layers])
    # What stands before the name of the cell, of one layer after the other.
    own = [w.path for w in model.weights if w.path.endswith("/kernel")][:: 1 + both]
    prefixes = [path.removesuffix(found.native_name("kernel")).replace("forward", "{direction}") for path in own]
    source = f"torch.nn.{kind}" + (f"(nonlinearity={options['nonlinearity']})" if "nonlinearity" in options else "")
    there = cg.convert(module.state_dict(), source, target, to_prefix=prefixes, xp=torch)
    for weight in model.weights:
        if weight.path in there:
            weight.assign(there[weight.path].numpy())
    assert {w.path for w in model.weights if "seed" not in w.path} == set(there)
    x = sequence()
    theirs = np.swapaxes(np.asarray(model(np.swapaxes(x, 0, 1))), 0, 1)
    np.testing.assert_allclose(theirs, outputs(module, x), rtol=0, atol=3e-6)
    saved = {w.path: np.asarray(w.value) for w in model.weights}
    back = cg.convert(saved, target, source, prefix=prefixes)
    again = torch_stack(kind, 2, both, **{**options, "bias": True})
    again.load_state_dict({name: torch.tensor(array) for name, array in back.items()})
    np.testing.assert_allclose(outputs(again, x), outputs(module, x), rtol=0, atol=3e-6)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(
    ("kind", "target"),
    [("RNN", "onnx.RNN"), ("LSTM", "onnx.LSTM"), ("GRU", "onnx.GRU(linear_before_reset=1)")],
)
def test_a_layer_of_torch_runs_in_onnxruntime_and_comes_back_bit_for_bit(kind: str, target: str, both: bool) -> None:
    import onnxruntime
    import torch
    from onnx import TensorProto, helper

    module = torch_stack(kind, 1, both)
    there = cg.convert(module.state_dict(), f"torch.nn.{kind}", target, xp=torch)
    fed = {"X": sequence(), **{name: array.numpy() for name, array in there.items()}}
    options: dict[str, Any] = {"linear_before_reset": 1} if kind == "GRU" else {}
    if kind == "RNN":
        options["activations"] = ["Tanh"] * (1 + both)
    direction = "bidirectional" if both else "forward"
    node = helper.make_node(kind, ["X", "W", "R", "B"], ["Y"], hidden_size=N, direction=direction, **options)
    graph = helper.make_graph(
        [node], "one",
        [helper.make_tensor_value_info(key, TensorProto.FLOAT, value.shape) for key, value in fed.items()],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, None)],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    (y,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, fed)
    theirs = np.concatenate([y[:, k] for k in range(1 + both)], axis=-1)
    np.testing.assert_allclose(theirs, outputs(module, fed["X"]), rtol=0, atol=3e-6)
    back = cg.convert(there, target, f"torch.nn.{kind}", xp=torch)
    assert all(torch.equal(back[name], tensor) for name, tensor in module.state_dict().items())


def test_weights_of_flax_are_those_of_torch() -> None:
    """A stack of cells of flax.linen, saved flat as people do, becomes one LSTM of PyTorch."""
    import flax.linen as nn
    import jax
    import torch
    from flax.traverse_util import flatten_dict

    x = sequence()
    model = nn.Sequential([nn.RNN(nn.OptimizedLSTMCell(N)) for _ in range(2)])
    tree = model.init(jax.random.key(0), np.swapaxes(x, 0, 1))
    saved = flatten_dict(jax.tree.map(np.asarray, tree), sep=".")
    prefix = "params.layers_{layer}.cell."
    torch_weights = cg.convert(saved, "flax.linen.OptimizedLSTMCell", "torch.nn.LSTM", prefix=prefix)
    module = torch_stack("LSTM", 2, False)
    module.load_state_dict({name: torch.tensor(array) for name, array in torch_weights.items()})
    theirs = np.swapaxes(np.asarray(model.apply(tree, np.swapaxes(x, 0, 1))), 0, 1)
    np.testing.assert_allclose(outputs(module, x), theirs, rtol=0, atol=3e-6)


@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16"])
def test_files_that_torch_saves_are_read_with_their_types(kind: str, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    module = torch_stack("GRU", 2, True).to(getattr(torch, kind))
    state = module.state_dict(prefix="encoder.")
    save_file(state, tmp_path / "model.safetensors")
    torch.save({"state_dict": state, "epoch": 3, "nested": {"list": [1, 2]}}, tmp_path / "model.pt")
    plain, nested = (read(str(tmp_path / name)) for name in ("model.safetensors", "model.pt"))
    assert {f"state_dict.{name}" for name in plain} == set(nested) == {f"state_dict.{name}" for name in state}
    for name in state:
        assert plain[name].dtype.name == nested[f"state_dict.{name}"].dtype.name == kind
        assert plain[name].tobytes() == nested[f"state_dict.{name}"].tobytes()
    found = conversion(nested, "torch.nn.GRU", "onnx.GRU(linear_before_reset=1)", (), "l{layer}.")
    assert found.stack.naming.prefixes == ("state_dict.encoder.",)
    (tmp_path / "onnx.safetensors").write_bytes(written(found.arrays, ".safetensors"))
    tensors = load_file(tmp_path / "onnx.safetensors")
    assert {str(tensor.dtype) for tensor in tensors.values()} == {f"torch.{kind}"}
    back = cg.convert(
        tensors, "onnx.GRU(linear_before_reset=1)", "torch.nn.GRU", prefix="l{layer}.", to_prefix="encoder.", xp=torch
    )
    assert all(torch.equal(back[name], tensor) for name, tensor in state.items())


def test_a_whole_module_of_torch_is_not_read(tmp_path: Path) -> None:
    import torch

    torch.save(torch_stack("GRU", 1, False), tmp_path / "module.pt")
    with pytest.raises(cg.CellgraphError, match="PyTorch does not read this without running code in it"):
        read(str(tmp_path / "module.pt"))
    torch.save({"a": torch.eye(3).to_sparse(), "b": torch.eye(2)}, tmp_path / "sparse.pt")
    found = read(str(tmp_path / "sparse.pt"))
    assert found["b"].tolist() == [[1, 0], [0, 1]]
    with pytest.raises(cg.CellgraphError, match="array 'a' cannot be read: it is sparse or quantised"):
        found["a"]
