"""Graphs of ONNX traced, and the values of each trace beside what onnxruntime computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from libraries import onnx_cells as cells
from libraries.beside import agrees
from onnx import numpy_helper, parser

from cellgraph.errors import CodeError
from cellgraph.frameworks.tracing import onnx as tracer
from cellgraph.frameworks.tracing.onnx_graph.asked import asked_of
from cellgraph.frameworks.tracing.onnx_graph.file import opened
from cellgraph.frameworks.tracing.onnx_graph.layers import layers_of
from cellgraph.imports.reading.sizes import BATCH as SIZE
from cellgraph.imports.reading.sizes import unified
from cellgraph.imports.traced import Trace

BATCH = 7


def law(path: str) -> Trace:
    """A trace beside onnxruntime at the file's own sizes, and one program out of traces at others; that program."""
    own = asked_of(path)
    ahead = None if own.batch is None else BATCH
    agrees(tracer, own.asked, own.sizes, ahead)
    numbers = [
        dict(zip(own.sizes, primes, strict=False)) for primes in ((14, 6, 3), (22, 10, 5), (26, 34, 7), (38, 14, 11))
    ]
    traces = [tracer.traced(own.asked, sizes, ahead and 2 * k + 3) for k, sizes in enumerate(numbers)]
    program = unified(traces, numbers)
    shapes = {**own.asked.inputs, **own.asked.states}
    for name, node in {**program.inputs, **program.states}.items():
        assert program.nodes[node].shape == (*(() if ahead is None else (SIZE,)), *shapes[name])
    return program


@pytest.mark.parametrize("name", cells.GRAPHS)
def test_a_graph_is_traced_as_it_computes(name: str, tmp_path: Path) -> None:
    program = law(cells.written(name, tmp_path))
    assert list(program.after) == ["h"]


@pytest.mark.parametrize("name", cells.EXPORTED)
def test_what_pytorch_exports_is_traced_as_it_computes(name: str, tmp_path: Path) -> None:
    program = law(cells.exported(name, tmp_path))
    assert list(program.after) == {"lstm": ["h", "c"], "heads": ["S"]}.get(name, ["h"])


LAYER = """layer (float[t, batch, 4] X, float[1, batch, 6] h, float[1, batch, 6] c) => (float[1, batch, 6] h_next) {
    Y, h_next, c_next = %s
}"""


def layer(node: str, arrays: dict[str, tuple[int, ...]], folder: Path) -> str:
    """A file with one recurrent operator."""
    model = parser.parse_model(cells.HEAD + LAYER % node)
    draw = np.random.default_rng(0)
    model.graph.initializer.extend(
        numpy_helper.from_array(draw.uniform(-1, 1, shape).astype("float32"), name) for name, shape in arrays.items()
    )
    if "LSTM" not in node:
        del model.graph.node[0].output[2]
    path = folder / "layer.onnx"
    onnx.save(model, path)
    return str(path)


def gates(count: int) -> dict[str, tuple[int, ...]]:
    """Shapes of the arrays of an operator with so many gates."""
    return {"W": (1, 6 * count, 4), "R": (1, 6 * count, 6), "B": (1, 12 * count), "P": (1, 18)}


@pytest.mark.parametrize(
    ("node", "count", "name"),
    [
        ("LSTM <hidden_size = 6> (X, W, R, B, , h, c)", 4, "lstm"),
        ("LSTM <hidden_size = 6> (X, W, R, B, , h, c, P)", 4, "lstm-peephole"),
        ("LSTM <hidden_size = 6, input_forget = 1> (X, W, R, , , h, c)", 4, "lstm-cifg-input"),
        ("GRU <hidden_size = 6> (X, W, R, B, , h)", 3, "gru"),
        ('GRU <hidden_size = 6, linear_before_reset = 1, direction = "reverse"> (X, W, R)', 3, "gru-reset-after"),
        ('RNN <hidden_size = 6, activations = ["Tanh"]> (X, W, R, B, , h)', 1, "rnn"),
    ],
)
def test_a_recurrent_operator_is_a_cell_that_ships(node: str, count: int, name: str, tmp_path: Path) -> None:
    [found] = layers_of(layer(node, gates(count), tmp_path))
    assert (found.cell.name, found.implementation.name) == (name, f"onnx.{node[:4].strip(' <')}")
    assert found.backwards == ("reverse" in node)
    assert set(found.arrays) == set(found.implementation.arrays)
    parameters = found.implementation.unpack(found.arrays)
    assert parameters.keys() == found.implementation.parameters.keys()


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ("LSTM <hidden_size = 6, clip = 3.0> (X, W, R, B, , h, c)", "LSTM with values clipped at 3: no cell"),
        ('RNN <hidden_size = 6, activations = ["Relu"]> (X, W, R, B)', "RNN with the activations Relu: no cell"),
        ("GRU <hidden_size = 6> (X, W, h, B)", "GRU with weights that are computed, R: no cell"),
    ],
)
def test_a_recurrent_operator_that_is_none_is_refused(node: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(CodeError, match=said):
        layers_of(layer(node, gates(4), tmp_path))


def test_a_layer_within_a_step_is_unknown(tmp_path: Path) -> None:
    path = layer("LSTM <hidden_size = 6> (X, W, R, B, , h, c)", gates(4), tmp_path)
    with pytest.raises(CodeError, match="the sizes of X, h, c are open; give numbers to all axes"):
        asked_of(path)


def test_files_that_are_no_steps_are_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"\x08\x09 no model")
    nothing = tmp_path / "nothing.onnx"
    nothing.write_bytes(b"")
    apart = tmp_path / "apart.onnx"
    model = onnx.load(cells.written("minimal", tmp_path))
    onnx.save(model, apart, save_as_external_data=True, location="weights.bin", size_threshold=0)
    (tmp_path / "weights.bin").unlink()
    for path, said in (
        (tmp_path / "missing.onnx", "there is no such file"),
        (broken, "no model of ONNX, or is damaged"),
        (nothing, "no valid model of ONNX"),
        (apart, "weights.bin"),
    ):
        with pytest.raises(CodeError, match=said):
            opened(str(path))


def test_values_that_have_names_are_locals(tmp_path: Path) -> None:
    own = asked_of(cells.written("minimal", tmp_path))
    found = tracer.locals_of(own.asked, own.sizes, BATCH)
    assert [local.name for local in found] == ["z_in", "z", "keep", "g", "old", "new", "h_next"]
    assert tracer.locals_of(own.asked, {"m": 14, "n": 6}, BATCH) == ()
    with pytest.raises(CodeError, match="it runs at its own sizes alone: m = 4, n = 6"):
        tracer.live(own.asked, {"m": 14, "n": 6}, BATCH)
