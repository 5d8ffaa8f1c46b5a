"""Operators of ONNX along axes: sums and extremes, softmax, normalisations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cellgraph.frameworks.tracing.onnx_graph.calls import OnnxCall, OnnxRule


def _reduced(op: str, before: str = "", after: str = "") -> OnnxRule:
    """A reduction, of what `before` makes of the entries, and what `after` makes of it."""

    def rule(call: OnnxCall) -> int | list[int]:
        rank = len(call.shape())
        axes = call.numbers(1, "axes")
        if axes is None and call.given(1):
            return call.unknown("axes that are computed")
        if not axes and call.said.get("noop_with_empty_axes"):
            return call.node()
        node = call.node() if not before else _step(call, before, call.node())
        over = [axis % rank for axis in axes] if axes else list(range(rank))
        node = call.writer.reduce(op, node, over, keep=bool(call.said.get("keepdims", 1)))
        return node if not after else _step(call, after, node)

    return rule


def _step(call: OnnxCall, op: str, node: int) -> int:
    return call.apply("pow", node, exponent=2) if op == "square" else call.apply(op, node)


def _softmax(call: OnnxCall) -> int:
    axis = int(call.said.get("axis", -1)) % len(call.shape())
    return call.writer.add("softmax", [call.node()], call.shape(), axis=axis)


def _log_softmax(call: OnnxCall) -> int:
    return call.apply("log", _softmax(call))


def _cumsum(call: OnnxCall) -> int | list[int]:
    axis = call.number(1, 0.0)
    if axis is None or call.said.get("exclusive") or call.said.get("reverse"):
        return call.unknown("a sum of this kind")
    return call.writer.add("cumsum", [call.node()], call.shape(), axis=int(axis) % len(call.shape()))


def _layer_norm(kind: str, usual: float) -> OnnxRule:
    """A normalisation along the last axis, with gain and bias where they are given."""

    def rule(call: OnnxCall) -> int | list[int]:
        if int(call.said.get("axis", -1)) % len(call.shape()) != len(call.shape()) - 1:
            return call.unknown("a normalisation over several axes")
        eps = float(call.said.get("epsilon", usual))
        node = call.writer.add(kind, [call.node()], call.shape(), eps=eps)
        node = call.apply("mul", node, call.node(1)) if call.given(1) else node
        return call.apply("add", node, call.node(2)) if call.given(2) else node

    return rule


def _batch_norm(call: OnnxCall) -> int | list[int]:
    """With the statistics that the file holds."""
    if call.said.get("training_mode"):
        return call.unknown("statistics of the batch: export the model in evaluation")
    channels = [1 if k != 1 else -1 for k in range(1, len(call.shape()))]
    gain, bias, mean, variance = (
        call.writer.reshape(call.node(k), [call.shape()[1] if s == -1 else s for s in channels]) for k in (1, 2, 3, 4)
    )
    root = call.apply("sqrt", call.apply("add", variance, float(call.said.get("epsilon", 1e-5))))
    scaled = call.apply("mul", gain, call.apply("div", call.apply("sub", call.node(), mean), root))
    return call.apply("add", scaled, bias)


REDUCTIONS: Mapping[str, OnnxRule] = MappingProxyType(
    {
        "ReduceSum": _reduced("sum"), "ReduceMean": _reduced("mean"), "ReduceMax": _reduced("largest"),
        "ReduceMin": _reduced("smallest"), "ReduceSumSquare": _reduced("sum", "square"),
        "ReduceL1": _reduced("sum", "abs"), "ReduceL2": _reduced("sum", "square", "sqrt"),
        "ReduceLogSum": _reduced("sum", "", "log"), "ReduceLogSumExp": _reduced("sum", "exp", "log"),
        "Softmax": _softmax, "LogSoftmax": _log_softmax, "CumSum": _cumsum,
        "LayerNormalization": _layer_norm("standardize", 1e-5), "RMSNormalization": _layer_norm("rms", 1e-5),
        "BatchNormalization": _batch_norm,
    }
)  # fmt: skip
"""By operator."""
