"""The values of a traced program in NumPy, straight from the table of operations: what tracers are held against."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from cellgraph.imports.traced import Trace, TracedNode

Array = Any
erf = np.vectorize(math.erf, otypes=[float])

ONE = {
    "neg": np.negative, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tanh": np.tanh,
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)), "relu": lambda a: np.maximum(a, 0), "erf": erf,
    "softplus": lambda a: np.logaddexp(0, a), "abs": np.abs, "sign": np.sign, "floor": np.floor, "stop": lambda a: a,
    "not": lambda a: 1 - a,
}  # fmt: skip
TWO = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "max": np.maximum, "min": np.minimum,
    "greater": np.greater, "greater_equal": np.greater_equal, "less": np.less, "less_equal": np.less_equal,
    "equal": np.equal, "not_equal": np.not_equal, "and": np.logical_and, "or": np.logical_or,
}  # fmt: skip
NAMED = {
    "silu": lambda a: a / (1 + np.exp(-a)),
    "gelu": lambda a: a / 2 * (1 + erf(a / np.sqrt(2))),
    "gelu_tanh": lambda a: a / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (a + 0.044715 * a**3))),
    "mish": lambda a: a * np.tanh(np.logaddexp(0, a)),
    "relu6": lambda a: np.clip(a, 0, 6),
    "leaky_relu": lambda a, slope=0.01: np.where(a > 0, a, slope * a),
    "elu": lambda a, alpha=1.0: np.where(a > 0, a, alpha * np.expm1(a)),
    "softsign": lambda a: a / (1 + np.abs(a)),
    "log_sigmoid": lambda a: -np.logaddexp(0, -a),
    "hard_sigmoid": lambda a: np.clip(a / 6 + 0.5, 0, 1),
    "hard_tanh": lambda a: np.clip(a, -1, 1),
    "square": np.square,
    "clip": lambda a, low, high: np.clip(a, low, high),
}


def values(program: Trace, given: Mapping[int, Array]) -> list[Array]:
    """The array of every node. given: number of each leaf's node -> its array."""
    found: list[Array] = []
    for number, node in enumerate(program.nodes):
        array = given[number] if node.op == "leaf" else _value(node, [found[k] for k in node.args])
        array = np.asarray(array, dtype=float)
        assert array.shape == tuple(node.shape), (number, node, array.shape)
        found.append(array)
    return found


def _value(node: TracedNode, args: list[Array]) -> Array:
    said: Any = node.attributes
    along = {"sum": np.sum, "mean": np.mean, "largest": np.max, "smallest": np.min}
    if node.op in ONE:
        return ONE[node.op](args[0])
    if node.op in TWO:
        return TWO[node.op](args[0], args[1])
    if node.op in along:
        return along[node.op](args[0], axis=tuple(said["axes"]))
    return OTHERS[node.op](node, said, *args)


def _update(node: TracedNode, said: Any, a: Array, b: Array) -> Array:
    found = a.copy()
    found[(*[slice(None)] * said["axis"], slice(said["start"], said["start"] + b.shape[said["axis"]]))] = b
    return found


def _softmax(node: TracedNode, said: Any, a: Array) -> Array:
    found = np.exp(a - a.max(said["axis"], keepdims=True))
    return found / found.sum(said["axis"], keepdims=True)


def _conv(node: TracedNode, said: Any, x: Array, kernel: Array) -> Array:
    padded = np.pad(x, [(0, 0), (0, 0), *said["padding"]])
    out, inner = kernel.shape[:2]
    groups = said["groups"]
    found = np.zeros(node.shape)
    spatial = node.shape[2:]
    for place in np.ndindex(*kernel.shape[2:]):
        at = tuple(slice(k * d, k * d + s) for k, d, s in zip(place, said["dilation"], spatial, strict=True))
        seen = padded[(slice(None), slice(None), *at)]
        for g in range(groups):
            rows = slice(g * out // groups, (g + 1) * out // groups)
            found[:, rows] += np.einsum(
                "bi...,oi->bo...", seen[:, g * inner : (g + 1) * inner], kernel[(rows, slice(None), *place)]
            )
    return found


def _iota(node: TracedNode, said: Any) -> Array:
    shape = [1] * len(node.shape)
    shape[said["axis"]] = -1
    return np.broadcast_to(np.arange(node.shape[said["axis"]]).reshape(shape), node.shape)


OTHERS: dict[str, Any] = {
    "constant": lambda node, said: said["value"],
    "number": lambda node, said: said["value"],
    "pow": lambda node, said, a: a ** said["exponent"],
    "where": lambda node, said, c, a, b: np.where(c > 0, a, b),
    "function": lambda node, said, a: NAMED[said["name"]](a, *said["numbers"]),
    "reshape": lambda node, said, a: a.reshape(node.shape),
    "permute": lambda node, said, a: a.transpose(said["order"]),
    "expand": lambda node, said, a: np.broadcast_to(a, node.shape),
    "slice": lambda node, said, a: a[(*[slice(None)] * said["axis"], slice(said["start"], said["stop"], said["step"]))],
    "flip": lambda node, said, a: np.flip(a, said["axis"]),
    "concat": lambda node, said, *parts: np.concatenate(parts, said["axis"]),
    "update": _update,
    "contract": lambda node, said, a, b: np.einsum(said["equation"], a, b),
    "softmax": _softmax,
    "cumsum": lambda node, said, a: np.cumsum(a, said["axis"]),
    "standardize": lambda node, said, a: (
        (a - a.mean(-1, keepdims=True)) / np.sqrt(a.var(-1, keepdims=True) + said["eps"])
    ),
    "rms": lambda node, said, a: a / np.sqrt((a**2).mean(-1, keepdims=True) + said["eps"]),
    "conv": _conv,
    "iota": _iota,
}
