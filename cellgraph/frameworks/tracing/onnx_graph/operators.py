"""Operators of ONNX as operations of a trace: one row for each that cells use."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import reduce
from types import MappingProxyType

import numpy

from cellgraph.frameworks.tracing.onnx_graph.calls import OnnxCall, OnnxRule
from cellgraph.frameworks.tracing.onnx_graph.reductions import REDUCTIONS
from cellgraph.frameworks.tracing.onnx_graph.shapes import SHAPES


def _one(op: str) -> OnnxRule:
    return lambda call: call.apply(op, call.node())


def _many(op: str) -> OnnxRule:
    """Of two operands, or of as many as there are."""
    return lambda call: reduce(lambda a, b: call.apply(op, a, b), call.nodes())


def _named(name: str, *numbers: tuple[str, float]) -> OnnxRule:
    """A standard function, with the attributes that it has and their defaults."""
    return lambda call: call.function(name, *(float(call.said.get(key, usual)) for key, usual in numbers))


def _same(call: OnnxCall) -> int:
    return call.node()


def _first(call: OnnxCall) -> list[int]:
    """What dropout is in inference; the mask, if it is asked for, keeps all."""
    kept = call.writer.expand(call.writer.constant(1.0), call.shape())
    return [call.node(), kept][: call.outputs]


def _mean(call: OnnxCall) -> int:
    nodes = call.nodes()
    return call.apply("div", reduce(lambda a, b: call.apply("add", a, b), nodes), float(len(nodes)))


def _pow(call: OnnxCall) -> int | list[int]:
    exponent = call.number(1, 1.0)
    if exponent is None:
        return call.unknown("a power whose exponent is computed")
    return call.apply("pow", call.node(), exponent=int(exponent) if exponent.is_integer() else exponent)


def _clip(call: OnnxCall) -> int:
    node = call.node()
    for place, op, attribute in ((2, "min", "max"), (1, "max", "min")):
        if attribute in call.said:
            node = call.apply(op, node, float(call.said[attribute]))
        elif call.given(place):
            node = call.apply(op, node, call.node(place))
    return node


def _hard_sigmoid(call: OnnxCall) -> int:
    sloped = call.apply("mul", float(call.said.get("alpha", 0.2)), call.node())
    shifted = call.apply("add", sloped, float(call.said.get("beta", 0.5)))
    return call.apply("min", call.apply("max", shifted, 0.0), 1.0)


def _hard_swish(call: OnnxCall) -> int:
    return call.apply("mul", call.node(), call.function("hard_sigmoid"))


def _gelu(call: OnnxCall) -> int:
    return call.function("gelu_tanh" if call.said.get("approximate") == b"tanh" else "gelu")


def _selu(call: OnnxCall) -> int:
    alpha = float(call.said.get("alpha", 1.6732632423543772))
    return call.apply("mul", float(call.said.get("gamma", 1.0507009873554805)), call.function("elu", alpha))


def _celu(call: OnnxCall) -> int:
    alpha = float(call.said.get("alpha", 1.0))
    below = call.apply("sub", call.apply("exp", call.apply("div", call.apply("min", call.node(), 0.0), alpha)), 1.0)
    return call.apply("add", call.apply("relu", call.node()), call.apply("mul", alpha, below))


def _prelu(call: OnnxCall) -> int:
    below = call.apply("mul", call.node(1), call.apply("min", call.node(), 0.0))
    return call.apply("add", call.apply("relu", call.node()), below)


def _thresholded(call: OnnxCall) -> int:
    above = call.apply("greater", call.node(), float(call.said.get("alpha", 1.0)))
    return call.apply("where", above, call.node(), 0.0)


def _swish(call: OnnxCall) -> int:
    scaled = call.apply("mul", float(call.said.get("alpha", 1.0)), call.node())
    return call.apply("mul", call.node(), call.apply("sigmoid", scaled))


def _reciprocal(call: OnnxCall) -> int:
    return call.apply("div", 1.0, call.node())


def _ceil(call: OnnxCall) -> int:
    return call.apply("neg", call.apply("floor", call.apply("neg", call.node())))


def _tan(call: OnnxCall) -> int:
    return call.apply("div", call.apply("sin", call.node()), call.apply("cos", call.node()))


def _cast(call: OnnxCall) -> int | list[int]:
    # Types of ONNX: 1, 10, 11 and 16 are real numbers, 9 truth values.
    if call.said["to"] in (1, 10, 11, 16):
        return call.node()
    return call.apply("not_equal", call.node(), 0.0) if call.said["to"] == 9 else call.unknown("numbers are made whole")


def _matmul(call: OnnxCall) -> int:
    """NumPy's matmul; axes in front are the same ones, or stand before one operand alone."""
    writer, (a, b) = call.writer, (call.node(0), call.node(1))
    left, right = writer.shape(a), writer.shape(b)
    lead = numpy.broadcast_shapes(left[:-2], right[:-2])
    letters = string.ascii_lowercase[: len(lead)]
    names = []
    for node, shape, matrix in ((a, left, "yz"[-min(len(left), 2) :]), (b, right, "zx"[: min(len(right), 2)])):
        ahead = shape[:-2]
        kept = [k for k, s in enumerate(ahead) if s != 1 or lead[k + len(lead) - len(ahead)] == 1]
        names.append(("".join(letters[k + len(lead) - len(ahead)] for k in kept) + matrix, node, shape, kept))
    operands = [writer.reshape(node, (*(shape[k] for k in kept), *shape[-2:])) for _, node, shape, kept in names]
    out = letters + ("y" if len(left) > 1 else "") + ("x" if len(right) > 1 else "")
    sizes = dict(zip(letters, lead, strict=True)) | {"y": left[-2] if len(left) > 1 else 1, "x": right[-1]}
    return writer.add("contract", operands, [sizes[c] for c in out], equation=f"{names[0][0]},{names[1][0]}->{out}")


def _gemm(call: OnnxCall) -> int:
    a, b = call.node(0), call.node(1)
    first, second = ("ba", "ab")[not call.said.get("transA")], ("cb", "bc")[not call.said.get("transB")]
    sizes = dict(zip(first + second, (*call.shape(0), *call.shape(1)), strict=True))
    node = call.writer.add("contract", [a, b], [sizes["a"], sizes["c"]], equation=f"{first},{second}->ac")
    alpha, beta = (float(call.said.get(key, 1.0)) for key in ("alpha", "beta"))
    node = node if alpha == 1 else call.apply("mul", alpha, node)
    if not call.given(2):
        return node
    return call.apply("add", node, call.node(2) if beta == 1 else call.apply("mul", beta, call.node(2)))


def _einsum(call: OnnxCall) -> int | list[int]:
    equation = call.said["equation"].decode().replace(" ", "")
    nodes = call.nodes()
    terms, arrow, out = equation.partition("->")
    letters = terms.split(",")
    if "." in equation or not arrow or len(nodes) != 2 or any(len(set(term)) != len(term) for term in letters):
        return call.unknown("a product of this kind: write it as products of two arrays, with every axis named")
    sizes = {
        c: s
        for term, node in zip(letters, nodes, strict=True)
        for c, s in zip(term, call.writer.shape(node), strict=True)
    }
    return call.writer.add("contract", nodes, [sizes[c] for c in out], equation=equation)


def _conv(call: OnnxCall) -> int | list[int]:
    spatial, widths = call.shape()[2:], call.shape(1)[2:]
    dilation = tuple(int(k) for k in call.said.get("dilations", [1] * len(spatial)))
    if set(call.said.get("strides", [1])) != {1}:
        return call.unknown("a convolution with a stride")
    pads = [int(k) for k in call.said.get("pads", [0] * 2 * len(spatial))]
    mode = call.said.get("auto_pad", b"NOTSET").decode()
    if mode.startswith("SAME"):
        whole = [(w - 1) * d for w, d in zip(widths, dilation, strict=True)]
        small, large = [k // 2 for k in whole], [k - k // 2 for k in whole]
        pads = [*small, *large] if mode == "SAME_UPPER" else [*large, *small]
    padding = tuple(zip(pads[: len(spatial)], pads[len(spatial) :], strict=True))
    out = [s + sum(p) - (w - 1) * d for s, p, w, d in zip(spatial, padding, widths, dilation, strict=True)]
    shape = (call.shape()[0], call.shape(1)[0], *out)
    node = call.writer.add(
        "conv", [call.node(0), call.node(1)], shape, padding=padding, dilation=dilation,
        groups=int(call.said.get("group", 1)),
    )  # fmt: skip
    bias = call.given(2) and call.writer.reshape(call.node(2), (shape[1], *[1] * len(spatial)))
    return call.apply("add", node, bias) if call.given(2) else node


def _where(call: OnnxCall) -> int:
    return call.apply("where", *(call.node(k) for k in range(3)))


LOOP = "a loop over time inside: give one step of it"

OPERATORS: Mapping[str, OnnxRule] = MappingProxyType(
    {
        **SHAPES, **REDUCTIONS,
        **{
            name: _one(op)
            for name, op in {
                "Neg": "neg", "Exp": "exp", "Log": "log", "Sqrt": "sqrt", "Sin": "sin", "Cos": "cos", "Tanh": "tanh",
                "Sigmoid": "sigmoid", "Relu": "relu", "Softplus": "softplus", "Erf": "erf", "Abs": "abs",
                "Sign": "sign", "Floor": "floor", "Not": "not",
            }.items()
        },
        **{
            name: _many(op)
            for name, op in {
                "Add": "add", "Sub": "sub", "Mul": "mul", "Div": "div", "Max": "max", "Min": "min", "Sum": "add",
                "Greater": "greater", "GreaterOrEqual": "greater_equal", "Less": "less",
                "LessOrEqual": "less_equal", "Equal": "equal", "And": "and", "Or": "or", "Xor": "not_equal",
            }.items()
        },
        "Identity": _same, "Dropout": _first, "Cast": _cast, "CastLike": _same, "Mean": _mean, "Pow": _pow,
        "Clip": _clip, "Where": _where, "Reciprocal": _reciprocal, "Ceil": _ceil, "Tan": _tan,
        "HardSigmoid": _hard_sigmoid, "HardSwish": _hard_swish, "Gelu": _gelu, "Mish": _named("mish"),
        "Softsign": _named("softsign"), "Elu": _named("elu", ("alpha", 1.0)), "Selu": _selu, "Celu": _celu,
        "LeakyRelu": _named("leaky_relu", ("alpha", 0.01)), "PRelu": _prelu, "ThresholdedRelu": _thresholded,
        "Swish": _swish,
        "MatMul": _matmul, "Gemm": _gemm, "Einsum": _einsum, "Conv": _conv,
    }
)  # fmt: skip
"""By operator."""

REASONS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("Loop", "Scan", "LSTM", "GRU", "RNN"), LOOP),
        "If": "a value decides what is computed: write it with Where",
        **dict.fromkeys(("ArgMax", "ArgMin", "TopK", "Hardmax"), "it depends on the order of values"),
        **dict.fromkeys(
            ("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial"),
            "random numbers: export the model in evaluation",
        ),
    }
)
"""Why some operators have no equation here."""
