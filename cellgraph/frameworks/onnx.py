"""ONNX: the recurrent operators, run by onnxruntime in float32; they cannot be differentiated there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import onnxruntime
from onnx import TensorProto, checker, helper

from cellgraph.frameworks.live import Array, Live, made_with
from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation, shapes

OPSET = 14
"""The version of the operators."""

INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")
"""What the operators take, by position; '' stands for one that is not given."""


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The operator that `implementation` names, over a sequence of one step; onnxruntime refuses wrong shapes."""
    inputs, hidden, options = made_with(cell, implementation, sizes)
    numbers = {symbol: sizes[str(symbol)] for symbol in cell.step.sizes}
    native = {n: tuple(int(s.subs(numbers)) for s in shape) for n, shape in shapes(implementation).items()}
    session = onnxruntime.InferenceSession(_model(implementation, inputs, hidden, options, native).SerializeToString())

    def step(arrays: Mapping[str, Array], fed: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        (x,) = fed
        before = {f"initial_{name}": state[None] for name, state in zip(implementation.states, states, strict=True)}
        return [after[0] for after in session.run(None, {**arrays, "X": x[None], **before})]

    return Live(f"onnxruntime {onnxruntime.__version__}", native, "float32", implementation.states, step, None)


def _model(
    implementation: Implementation, inputs: int, hidden: int, options: Mapping[str, Any], native: Mapping[str, Any]
) -> Any:
    """A model of one node whose weights are inputs, so that any can be given."""
    fed = {"X": (1, None, inputs), **native, **{f"initial_{s}": (1, None, hidden) for s in implementation.states}}
    order = [name if name in fed else "" for name in INPUTS]
    while not order[-1]:
        order.pop()
    outputs = [f"Y_{state}" for state in implementation.states]
    attributes = {key: value for key, value in options.items() if not isinstance(value, bool)}
    kind = implementation.name.rpartition(".")[2]
    node = helper.make_node(kind, order, ["", *outputs], hidden_size=hidden, **attributes)
    graph = helper.make_graph(
        [node],
        kind,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in fed.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, None, hidden)) for name in outputs],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    checker.check_model(model)
    return model
