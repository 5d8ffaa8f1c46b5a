"""Graphs of ONNX node by node as operations of a trace; what follows from numbers in the file is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy
import onnx
from onnx.reference import ReferenceEvaluator

from cellgraph.frameworks.tracing.asked import Array
from cellgraph.frameworks.tracing.building import TraceWriter, exact
from cellgraph.frameworks.tracing.onnx_graph.calls import OnnxCall, OnnxValue
from cellgraph.frameworks.tracing.onnx_graph.file import OnnxFile
from cellgraph.frameworks.tracing.onnx_graph.operators import OPERATORS, REASONS
from cellgraph.imports.traced import CalledAt


def written(
    file: OnnxFile, given: Mapping[str, Sequence[int]], sizes: Mapping[str, int], batch: int | None
) -> tuple[TraceWriter, dict[str, OnnxValue]]:
    """The nodes of a graph at these sizes, and by name what each of its values is. given: shapes of inputs."""
    writer = TraceWriter()
    values: dict[str, OnnxValue] = {"": OnnxValue()}
    values |= {name: OnnxValue(writer.add("leaf", (), shape)) for name, shape in given.items()}
    sized = partial(file.at, sizes=sizes)
    for name, array in file.held.items():
        if name in file.learned or name in file.statistics:
            values[name] = OnnxValue(writer.add("leaf", (), [sized(k) for k in array.shape]))
        else:
            values[name] = OnnxValue(None, array, True)
    samples = None if batch is None else (file.batch or 0, batch)
    for number, node in enumerate(file.model.graph.node, 1):
        if node.op_type == "Constant":
            continue
        writer.native, writer.place = node.op_type, CalledAt(file.path, number, told(node))
        args = [values[name] if name else None for name in node.input]
        call = OnnxCall(writer, node.op_type, len(node.output), args, attributes_of(node), sized, samples)
        values |= zip(node.output, _results(call, node), strict=False)
    return writer, values


def told(node: Any) -> str:
    """A node as a line: c = Add(a, b)."""
    return f"{', '.join(node.output)} = {node.op_type}({', '.join(node.input)})"


def _results(call: OnnxCall, node: Any) -> list[OnnxValue]:
    if call.op in ("Shape", "Size"):
        there = numpy.array(call.shape(), "int64")
        part = there[call.said.get("start", 0) : call.said.get("end", len(there))]
        return [OnnxValue(None, part if call.op == "Shape" else there.prod())]
    values = [arg for arg in call.args if arg is not None]
    if values and all(value.known is not None for value in values) and node.domain in ("", "ai.onnx"):
        return _folded(call, node, values)
    rule = OPERATORS.get(call.op) if node.domain in ("", "ai.onnx") else None
    nodes = rule(call) if rule else call.unknown(REASONS.get(call.op, ""))
    return [OnnxValue(k) for k in (nodes if isinstance(nodes, list) else [nodes])]


def _folded(call: OnnxCall, node: Any, values: Sequence[OnnxValue]) -> list[OnnxValue]:
    """What an operator gives of numbers, as the reference implementation has it."""
    literal = all(value.literal for value in values)
    mixed = call.op == "Concat" and not literal
    arrays = [_at_sizes(call, value.known) if mixed and value.literal else value.known for value in values]
    if call.op == "ConstantOfShape" and literal:
        arrays = [_at_sizes(call, arrays[0])]
    named = dict(zip((name for name in node.input if name), arrays, strict=True))
    return [OnnxValue(None, numpy.asarray(found), literal) for found in ReferenceEvaluator(node).run(None, named)]


def _at_sizes(call: OnnxCall, numbers: Array) -> Array:
    """A shape that stands in the file, at the sizes of this trace."""
    return numpy.array([call.sized(int(k)) for k in numpy.atleast_1d(numbers)], numbers.dtype).reshape(numbers.shape)


def attributes_of(node: Any) -> dict[str, Any]:
    """The attributes of a node; real numbers are single, and are what they stand for: 0.2 and not 0.20000000298."""
    found = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    tensors = {name: onnx.numpy_helper.to_array(v) for name, v in found.items() if isinstance(v, onnx.TensorProto)}
    numbers = {name: exact(numpy.float32(value)) for name, value in found.items() if isinstance(value, float)}
    return found | tensors | numbers
