"""Activations of ATen and clips, as functions of one variable."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cellgraph.frameworks.tracing.aten.calls import AtenCall, Ref, Rule, Written, apply, refs, scaled


def _function(name: str) -> Rule:
    return lambda call, a, *numbers: apply(call, "function", a, name=name, numbers=tuple(map(float, numbers)))


def _function_of_no_numbers(name: str) -> Rule:
    return lambda call, a, *_: apply(call, "function", a, name=name, numbers=())


def _clamp(call: AtenCall, a: Ref, low: Any = None, high: Any = None) -> Written:
    if None in (low, high) or isinstance(low, Ref) or isinstance(high, Ref):
        found = a if low is None else Ref(apply(call, "max", a, low))
        return found if high is None else apply(call, "min", found, high)
    return _hardtanh(call, a, low, high)


NAMED_CLIPS = {(-1.0, 1.0): "hard_tanh", (0.0, 6.0): "relu6"}


def _hardtanh(call: AtenCall, a: Ref, low: float = -1, high: float = 1) -> Written:
    limits = (float(low), float(high))
    name = NAMED_CLIPS.get(limits)
    return apply(call, "function", a, name=name or "clip", numbers=() if name else limits)


def _softplus(call: AtenCall, a: Ref, beta: float = 1, threshold: float = 20) -> Written:
    """Torch computes beyond the threshold what softplus is there but for 2e-9."""
    if beta == 1:
        return apply(call, "softplus", a)
    return apply(call, "div", Ref(apply(call, "softplus", Ref(apply(call, "mul", beta, a)))), beta)


def _gelu(call: AtenCall, a: Ref, approximate: str = "none") -> Written:
    return apply(call, "function", a, name="gelu_tanh" if approximate == "tanh" else "gelu", numbers=())


def _elu(call: AtenCall, a: Ref, alpha: float = 1, scale: float = 1, input_scale: float = 1) -> Written:
    """Also selu and celu, which scale what goes in or comes out."""
    if input_scale != 1:
        within = apply(call, "mul", input_scale, Ref(apply(call, "min", a, 0)))
        below = apply(call, "mul", alpha, Ref(apply(call, "sub", Ref(apply(call, "exp", Ref(within))), 1)))
        found = apply(call, "add", Ref(apply(call, "relu", a)), Ref(below))
    else:
        found = apply(call, "function", a, name="elu", numbers=() if alpha == 1 else (float(alpha),))
    return scaled(call, Ref(found), scale)


def _leaky_relu(call: AtenCall, a: Ref, slope: float = 0.01) -> Written:
    return apply(call, "function", a, name="leaky_relu", numbers=() if slope == 0.01 else (float(slope),))


def _prelu(call: AtenCall, a: Ref, weight: Ref) -> Written:
    below = apply(call, "mul", weight, Ref(apply(call, "min", a, 0)))
    return apply(call, "add", Ref(apply(call, "relu", a)), Ref(below))


def _hardswish(call: AtenCall, a: Ref) -> Written:
    return apply(call, "mul", a, Ref(apply(call, "function", a, name="hard_sigmoid", numbers=())))


def _threshold(call: AtenCall, a: Ref, threshold: Any, value: Any) -> Written:
    return apply(call, "where", Ref(apply(call, "greater", a, threshold)), a, value)


def _softshrink(call: AtenCall, a: Ref, by: float = 0.5) -> Written:
    above = apply(call, "relu", Ref(apply(call, "sub", a, by)))
    below = apply(call, "min", Ref(apply(call, "add", a, by)), 0)
    return apply(call, "add", *refs(above, below))


def _hardshrink(call: AtenCall, a: Ref, by: float = 0.5) -> Written:
    return apply(call, "mul", a, Ref(apply(call, "greater", Ref(apply(call, "abs", a)), by)))


def _glu(call: AtenCall, a: Ref, axis: int = -1) -> Written:
    axis %= len(call.program.shape(a))
    half = call.program.shape(a)[axis] // 2
    one, gate = (call.program.slice(a, axis, start, start + half) for start in (0, half))
    return apply(call, "mul", Ref(one), Ref(apply(call, "sigmoid", Ref(gate))))


ACTIVATIONS: Mapping[str, Rule] = MappingProxyType(
    {
        "clamp": _clamp,
        "clamp_min": lambda call, a, low: _clamp(call, a, low),
        "clamp_max": lambda call, a, high: _clamp(call, a, None, high),
        "softplus": _softplus,
        "silu": _function_of_no_numbers("silu"),
        "mish": _function_of_no_numbers("mish"),
        "hardsigmoid": _function_of_no_numbers("hard_sigmoid"),
        "log_sigmoid_forward": lambda call, a: [_function("log_sigmoid")(call, a), None],
        "gelu": _gelu,
        "elu": _elu,
        "celu": lambda call, a, alpha=1.0: _elu(call, a, alpha, 1, 1 / alpha),
        "leaky_relu": _leaky_relu,
        "hardtanh": _hardtanh,
        "hardswish": _hardswish,
        "_prelu_kernel": _prelu,
        "threshold": _threshold,
        "softshrink": _softshrink,
        "hardshrink": _hardshrink,
        "glu": _glu,
    }
)
"""By name in ATen."""

FUNCTIONS: Mapping[str, Rule] = MappingProxyType({"softsign": _function_of_no_numbers("softsign")})
"""By the name of a Python function."""
