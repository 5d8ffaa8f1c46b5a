"""Operations of ATen that act entry by entry, and what each is in the operations of a trace."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch

from cellgraph.frameworks.tracing.aten_calls import AtenCall, Ref, Rule, Written, apply, node, refs


def _of_one(op: str) -> Rule:
    return lambda call, a: apply(call, op, a)


def _of_two(op: str) -> Rule:
    return lambda call, a, b: apply(call, op, a, b)


def _function(name: str) -> Rule:
    return lambda call, a, *numbers: apply(call, "function", a, name=name, numbers=tuple(map(float, numbers)))


def _function_of_no_numbers(name: str) -> Rule:
    return lambda call, a, *_: apply(call, "function", a, name=name, numbers=())


def _truth(op: str, bits: bool) -> Rule:
    """A connective; of bits only where they are truth values."""

    def rule(call: AtenCall, *operands: Any) -> Written:
        given = [a for a in call.given if isinstance(a, torch.Tensor)]
        if all(a.dtype == torch.bool for a in given):
            return apply(call, op, *operands)
        if bits:
            return call.unknown("arithmetic with bits")
        return apply(call, op, *(apply(call, "not_equal", a, 0) for a in operands))

    return rule


def _scaled(call: AtenCall, b: Any, alpha: Any) -> int:
    return node(call, b) if alpha == 1 else apply(call, "mul", alpha, b)


def _add(call: AtenCall, a: Any, b: Any, alpha: Any = 1) -> Written:
    both = all(isinstance(t, torch.Tensor) and t.dtype == torch.bool for t in call.given)
    return apply(call, "or" if both else "add", a, Ref(_scaled(call, b, alpha)))


def _sub(call: AtenCall, a: Any, b: Any, alpha: Any = 1) -> Written:
    return apply(call, "sub", a, Ref(_scaled(call, b, alpha)))


def _rsub(call: AtenCall, a: Any, b: Any, alpha: Any = 1) -> Written:
    return apply(call, "sub", b, Ref(_scaled(call, a, alpha)))


def _div(call: AtenCall, a: Any, b: Any, rounding_mode: str | None = None) -> Written:
    found = Ref(apply(call, "div", a, b))
    if rounding_mode is None:
        return found
    return apply(call, "floor", found) if rounding_mode == "floor" else _trunc(call, found)


def _trunc(call: AtenCall, a: Ref) -> Written:
    return apply(call, "mul", *refs(apply(call, "sign", a), apply(call, "floor", Ref(apply(call, "abs", a)))))


def _ceil(call: AtenCall, a: Ref) -> Written:
    return apply(call, "neg", Ref(apply(call, "floor", Ref(apply(call, "neg", a)))))


def _remainder(call: AtenCall, a: Any, b: Any) -> Written:
    whole = apply(call, "floor", Ref(apply(call, "div", a, b)))
    return apply(call, "sub", a, Ref(apply(call, "mul", b, Ref(whole))))


def _pow(call: AtenCall, a: Any, b: Any) -> Written:
    """The logarithm of a number of the code is one itself."""
    if isinstance(b, Ref):
        log = apply(call, "log", a) if isinstance(a, Ref) else node(call, math.log(a)) if a > 0 else None
        return call.unknown("a power of a negative number") if log is None else _exp(call, "mul", b, Ref(log))
    return apply(call, "pow", a, exponent=b)


def _exp(call: AtenCall, op: str, *operands: Any) -> int:
    return apply(call, "exp", Ref(apply(call, op, *operands)))


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


def _lerp(call: AtenCall, start: Ref, end: Ref, weight: Any) -> Written:
    return apply(call, "add", start, Ref(apply(call, "mul", weight, Ref(apply(call, "sub", end, start)))))


def _addc(op: str) -> Rule:
    def rule(call: AtenCall, a: Ref, b: Ref, c: Ref, value: Any = 1) -> Written:
        return apply(call, "add", a, Ref(_scaled(call, Ref(apply(call, op, b, c)), value)))

    return rule


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
    return _scaled(call, Ref(found), scale)


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


def _where(call: AtenCall, condition: Ref, a: Any = None, b: Any = None) -> Written:
    return call.unknown("places where something holds: their number depends on values; use torch.where with three"
                        " arguments") if a is None else apply(call, "where", condition, a, b)  # fmt: skip


def _masked_fill(call: AtenCall, a: Ref, mask: Ref, value: Any) -> Written:
    return apply(call, "where", mask, value, a)


def _of_exponentials(op: str, by: float) -> Rule:
    """sinh and cosh."""

    def rule(call: AtenCall, a: Ref) -> Written:
        parts = refs(apply(call, "exp", a), _exp(call, "neg", a))
        return apply(call, "div", Ref(apply(call, op, *parts)), by)

    return rule


def _logaddexp(call: AtenCall, a: Ref, b: Ref) -> Written:
    return apply(call, "log", Ref(apply(call, "add", *refs(apply(call, "exp", a), apply(call, "exp", b)))))


def _never(call: AtenCall, a: Ref) -> Written:
    """Numbers are taken to be finite."""
    return call.program.expand(call.program.constant(False), call.shape)


COMPOSED: Mapping[str, Rule] = MappingProxyType(
    {
        "rsqrt": lambda call, a: apply(call, "div", 1, Ref(apply(call, "sqrt", a))),
        "reciprocal": lambda call, a: apply(call, "div", 1, a),
        "square": lambda call, a: apply(call, "pow", a, exponent=2),
        "tan": lambda call, a: apply(call, "div", *refs(apply(call, "sin", a), apply(call, "cos", a))),
        "sinh": _of_exponentials("sub", 2),
        "cosh": _of_exponentials("add", 2),
        "log1p": lambda call, a: apply(call, "log", Ref(apply(call, "add", 1, a))),
        "expm1": lambda call, a: apply(call, "sub", Ref(apply(call, "exp", a)), 1),
        "exp2": lambda call, a: _exp(call, "mul", math.log(2), a),
        "log2": lambda call, a: apply(call, "div", Ref(apply(call, "log", a)), math.log(2)),
        "log10": lambda call, a: apply(call, "div", Ref(apply(call, "log", a)), math.log(10)),
        "erfc": lambda call, a: apply(call, "sub", 1, Ref(apply(call, "erf", a))),
        "logit": lambda call, a, eps=None: apply(
            call, "log", Ref(apply(call, "div", a, Ref(apply(call, "sub", 1, a))))
        ) if eps is None else call.unknown("logit with eps; clamp first"),
        "ceil": _ceil,
        "trunc": _trunc,
        "fix": _trunc,
        "frac": lambda call, a: apply(call, "sub", a, Ref(_trunc(call, a))),
        "round": lambda call, a: apply(call, "floor", Ref(apply(call, "add", a, 0.5))),
        "remainder": _remainder,
        "floor_divide": lambda call, a, b: _div(call, a, b, "floor"),
        "positive": lambda call, a: int(a),
        "nan_to_num": lambda call, a, *_: int(a),
        "isnan": _never,
        "isinf": _never,
        "isfinite": lambda call, a: call.program.expand(call.program.constant(True), call.shape),
        "heaviside": lambda call, a, at: apply(
            call, "where", Ref(apply(call, "equal", a, 0)), at, Ref(apply(call, "greater", a, 0))
        ),
        "logaddexp": _logaddexp,
    }
)  # fmt: skip

POINTWISE: Mapping[str, Rule] = MappingProxyType(
    {
        **{op: _of_one(op) for op in ("neg", "exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "erf")},
        **{op: _of_one(op) for op in ("abs", "sign", "floor")},
        "sgn": _of_one("sign"),
        "detach": _of_one("stop"),
        "logical_not": _truth("not", False),
        "bitwise_not": _truth("not", True),
        "add": _add,
        "sub": _sub,
        "rsub": _rsub,
        "mul": _of_two("mul"),
        "div": _div,
        "maximum": _of_two("max"),
        "minimum": _of_two("min"),
        "fmax": _of_two("max"),
        "fmin": _of_two("min"),
        "max.other": _of_two("max"),
        "min.other": _of_two("min"),
        "gt": _of_two("greater"),
        "ge": _of_two("greater_equal"),
        "lt": _of_two("less"),
        "le": _of_two("less_equal"),
        "eq": _of_two("equal"),
        "ne": _of_two("not_equal"),
        "logical_and": _truth("and", False),
        "logical_or": _truth("or", False),
        "logical_xor": _of_two("not_equal"),
        "bitwise_and": _truth("and", True),
        "bitwise_or": _truth("or", True),
        "bitwise_xor": _truth("not_equal", True),
        "pow": _pow,
        "float_power": _pow,
        "where": _where,
        "masked_fill": _masked_fill,
        "clamp": _clamp,
        "clip": _clamp,
        "clamp_min": lambda call, a, low: _clamp(call, a, low),
        "clamp_max": lambda call, a, high: _clamp(call, a, None, high),
        "lerp": _lerp,
        "addcmul": _addc("mul"),
        "addcdiv": _addc("div"),
        "softplus": _softplus,
        "silu": _function_of_no_numbers("silu"),
        "mish": _function_of_no_numbers("mish"),
        "relu6": _function_of_no_numbers("relu6"),
        "hardsigmoid": _function_of_no_numbers("hard_sigmoid"),
        "softsign": _function_of_no_numbers("softsign"),
        "log_sigmoid_forward": lambda call, a: [_function("log_sigmoid")(call, a), None],
        "gelu": _gelu,
        "elu": _elu,
        "leaky_relu": _leaky_relu,
        "hardtanh": _hardtanh,
        "hardswish": _hardswish,
        "_prelu_kernel": _prelu,
        "threshold": _threshold,
        "softshrink": _softshrink,
        "hardshrink": _hardshrink,
        "glu": _glu,
        **COMPOSED,
    }
)
"""By name in ATen, with the overload where it matters; the forms in place are found by these too."""
