"""ONNX: a graph of one step as a trace. Nothing of it is run but by onnxruntime, to hold what is read against it.

A file has sizes of its own. Its numbers are expressions in these, so that it can be read at others; it runs at its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy
import onnx
import onnxruntime

from cellgraph.frameworks.live import Live
from cellgraph.frameworks.tracing.asked import Array, Asked, LocalVariable, Returned, at_sizes, drawn, returned_names
from cellgraph.frameworks.tracing.building import TraceWriter
from cellgraph.frameworks.tracing.onnx_graph.calls import OnnxValue, node_of
from cellgraph.frameworks.tracing.onnx_graph.file import OnnxFile, inputs_of, opened, wrong
from cellgraph.frameworks.tracing.onnx_graph.reading import written
from cellgraph.frameworks.tracing.recognised import recognised
from cellgraph.imports.traced import CalledAt, Trace, pruned

PRECISIONS: Mapping[int, str] = MappingProxyType({1: "float32", 10: "float16", 11: "float64"})
"""The NumPy type of each type of real numbers of ONNX that onnxruntime computes in."""


def traced(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Trace:
    """The graph at these sizes. Raises CodeError where it has an axis for samples and none is asked for, or none."""
    file = file_of(asked)
    writer, values, outputs = _read(asked, sizes, batch)
    leaves = {name: value.node for name, value in values.items() if value.node is not None}
    leaves |= {called: leaves[name] for name, called in _alias(asked, file).items()}
    named = dict(zip(returned_names(asked.returns) or asked.states, outputs.values(), strict=False))
    shown = [node for name, node in named.items() if name not in asked.states and name != "_"]
    trace = Trace(
        nodes=tuple(writer.nodes),
        inputs={name: leaves[name] for name in asked.inputs},
        states={name: leaves[name] for name in asked.states},
        parameters={name: leaves[name] for name in file.learned},
        buffers={name: leaves[name] for name in file.statistics},
        after={name: node for name, node in named.items() if name in asked.states},
        output=shown[0] if shown else None,
        batch=batch,
    )
    return recognised(pruned(trace), 1e-9 if _precision(file) == "float64" else 1e-6)


def structure(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> tuple[Returned, ...]:
    """The outputs of the graph, with their shapes."""
    writer, _, outputs = _read(asked, sizes, batch)
    nodes = list(outputs.values())
    return tuple(
        Returned(name, writer.shape(node), None if nodes.index(node) == k else nodes.index(node))
        for k, (name, node) in enumerate(outputs.items())
    )


def given(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Mapping[str, Array]:
    """Random numbers for inputs and states, and what the file holds, all at its own sizes drawn anew."""
    file = file_of(asked)
    draw = numpy.random.default_rng(1)
    weights = {
        name: draw.uniform(-1, 1, [file.at(k, sizes) for k in array.shape]) for name, array in file.learned.items()
    }
    alike = dict(sizes) == dict(file.sizes)
    held = {
        name: array if alike else draw.uniform(0.5, 1, [file.at(k, sizes) for k in array.shape])
        for name, array in file.statistics.items()
    }
    return {name: a.astype(_precision(file)) for name, a in (weights | held | drawn(asked, sizes, batch)).items()}


def locals_of(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> tuple[LocalVariable, ...]:
    """What the values of the graph held, where they have names: not those that an exporter made up.

    Nothing at sizes other than the file's own, where it cannot be run.
    """
    file = file_of(asked)
    if dict(sizes) != dict(file.sizes):
        return ()
    names = [
        (number, name)
        for number, node in enumerate(file.model.graph.node, 1)
        for name in node.output
        if node.op_type != "Constant"
        and name.isidentifier()
        and not name.endswith(tuple(f"_output_{k}" for k in range(10)))
    ]
    session = _session(file, [name for _, name in names])
    arrays = given(asked, sizes, batch)
    fed = {name: arrays[called] for name, called in _alias(asked, file).items()}
    found = session.run([name for _, name in names], {**{name: arrays[name] for name in file.learned}, **fed})
    return tuple(
        LocalVariable(name, numpy.asarray(array), CalledAt(file.path, number))
        for (number, name), array in zip(names, found, strict=True)
        if array.dtype.kind == "f"
    )


def live(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Live:
    """The graph in onnxruntime, forwards alone. Raises CodeError for sizes other than the file's own."""
    file = file_of(asked)
    if dict(sizes) != dict(file.sizes):
        own = ", ".join(f"{name} = {number}" for name, number in file.sizes.items())
        raise wrong(file.path, f"it runs at its own sizes alone: {own}")
    session, alias = _session(file), _alias(asked, file)
    returns = returned_names(asked.returns)

    def step(arrays: Mapping[str, Array], inputs: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        fed = {**dict(zip(asked.inputs, inputs, strict=True)), **dict(zip(asked.states, states, strict=True))}
        named = {**arrays, **{name: fed[called] for name, called in alias.items()}}
        found = session.run(None, {name: numpy.asarray(a, _precision(file)) for name, a in named.items()})
        return [array for name, array in zip(returns, found, strict=False) if name != "_"]

    shapes = {name: array.shape for name, array in file.learned.items()}
    shown = tuple(name for name in returns if name != "_")
    return Live(f"onnxruntime {onnxruntime.__version__}", shapes, _precision(file), shown, step, None)


def file_of(asked: Asked) -> OnnxFile:
    """The file that is asked about."""
    return asked.target if isinstance(asked.target, OnnxFile) else opened(str(asked.target))


def _alias(asked: Asked, file: OnnxFile) -> dict[str, str]:
    """By the name of each input of the graph: what it is called in what is asked."""
    return dict(zip(file.shapes, asked.call or (*asked.inputs, *asked.states), strict=True))


def _read(
    asked: Asked, sizes: Mapping[str, int], batch: int | None
) -> tuple[TraceWriter, dict[str, OnnxValue], dict[str, int]]:
    """What is written of a graph, its values by name, and the nodes of its outputs."""
    file = file_of(asked)
    if (file.batch is None) != (batch is None):
        raise wrong(file.path, f"its inputs have {'no' if file.batch is None else 'an'} axis for samples")
    ahead = () if batch is None else (batch,)
    shapes = {**asked.inputs, **asked.states}
    own = {name: (*ahead, *at_sizes(tuple(shapes[called]), sizes)) for name, called in _alias(asked, file).items()}
    writer, values = written(file, own, sizes, batch)
    outputs = {output.name: node_of(writer, values[output.name]) for output in file.model.graph.output}
    return writer, values, outputs


def _session(file: OnnxFile, shown: Sequence[str] = ()) -> Any:
    """The graph with what is learned as inputs, so that any can be given; shown: values that are outputs too."""
    model = onnx.ModelProto()
    model.CopyFrom(file.model)
    graph = model.graph
    kept = [tensor for tensor in graph.initializer if tensor.name not in file.learned]
    nodes = [n for n in graph.node if n.op_type != "Constant" or n.output[0] not in file.learned]
    listed = [value for value in graph.input if value.name not in file.learned]
    kinds = {name: onnx.helper.np_dtype_to_tensor_dtype(array.dtype) for name, array in file.learned.items()}
    weights = [onnx.helper.make_tensor_value_info(name, kinds[name], a.shape) for name, a in file.learned.items()]
    others = [onnx.ValueInfoProto(name=name) for name in shown if name not in {o.name for o in graph.output}]
    for field, values in (
        (graph.initializer, kept), (graph.node, nodes), (graph.input, [*listed, *weights]),
        (graph.output, [*graph.output, *others]),
    ):  # fmt: skip
        values = list(values)
        del field[:]
        field.extend(values)
    return onnxruntime.InferenceSession(model.SerializeToString())


def _precision(file: OnnxFile) -> str:
    """In what it computes, by the type of its first input."""
    first = inputs_of(file.model)[0]
    return PRECISIONS.get(first.type.tensor_type.elem_type, "float32")
