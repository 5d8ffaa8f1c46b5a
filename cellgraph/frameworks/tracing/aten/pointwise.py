"""Operations of ATen that act entry by entry, and what each is in the operations of a trace."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cellgraph.frameworks.tracing.aten.calls import AtenCall, Ref, Rule, Written, apply, node, refs, scaled


def _of_one(op: str) -> Rule:
    return lambda call, a: apply(call, op, a)


def _of_two(op: str) -> Rule:
    return lambda call, a, b: apply(call, op, a, b)


def _truth(op: str, bits: bool) -> Rule:
    """A connective; of bits only where they are truth values."""

    def rule(call: AtenCall, *operands: Any) -> Written:
        if all(a.truth for a in operands):
            return apply(call, op, *operands)
        if bits:
            return call.unknown("arithmetic with bits")
        return apply(call, op, *(apply(call, "not_equal", a, 0) for a in operands))

    return rule


def _add(call: AtenCall, a: Any, b: Any, alpha: Any = 1) -> Written:
    both = all(isinstance(t, Ref) and t.truth for t in (a, b))
    return apply(call, "or" if both else "add", a, Ref(scaled(call, b, alpha)))


def _sub(call: AtenCall, a: Any, b: Any, alpha: Any = 1) -> Written:
    return apply(call, "sub", a, Ref(scaled(call, b, alpha)))


def _rsub(call: AtenCall, a: Any, b: Any, alpha: Any = 1) -> Written:
    return apply(call, "sub", b, Ref(scaled(call, a, alpha)))


def _div(call: AtenCall, a: Any, b: Any, rounding_mode: str | None = None) -> Written:
    found = Ref(apply(call, "div", a, b))
    if rounding_mode is None:
        return found
    return apply(call, "floor", found) if rounding_mode == "floor" else _trunc(call, found)


def _trunc(call: AtenCall, a: Ref) -> Written:
    return apply(call, "mul", *refs(apply(call, "sign", a), apply(call, "floor", Ref(apply(call, "abs", a)))))


def _ceil(call: AtenCall, a: Ref) -> Written:
    return apply(call, "neg", Ref(apply(call, "floor", Ref(apply(call, "neg", a)))))


def _rest(cut: Rule) -> Rule:
    """What is left of a beside whole multiples of b, of which there are a / b, cut."""

    def rule(call: AtenCall, a: Any, b: Any) -> Written:
        times = cut(call, Ref(apply(call, "div", a, b)))
        return apply(call, "sub", a, Ref(apply(call, "mul", b, Ref(times))))

    return rule


def _hypot(call: AtenCall, a: Ref, b: Ref) -> Written:
    squares = refs(*(apply(call, "pow", one, exponent=2) for one in (a, b)))
    return apply(call, "sqrt", Ref(apply(call, "add", *squares)))


def _area(sign: int) -> Rule:
    """asinh and acosh: log(a + sqrt(a² ± 1))."""

    def rule(call: AtenCall, a: Ref) -> Written:
        root = apply(call, "sqrt", Ref(apply(call, "add", Ref(apply(call, "pow", a, exponent=2)), sign)))
        return apply(call, "log", Ref(apply(call, "add", a, Ref(root))))

    return rule


def _atanh(call: AtenCall, a: Ref) -> Written:
    """½ log((1 + a) / (1 - a))."""
    parts = refs(apply(call, "add", 1, a), apply(call, "sub", 1, a))
    return apply(call, "mul", 0.5, Ref(apply(call, "log", Ref(apply(call, "div", *parts)))))


def _pow(call: AtenCall, a: Any, b: Any) -> Written:
    """The logarithm of a number of the code is one itself."""
    if isinstance(b, Ref):
        log = apply(call, "log", a) if isinstance(a, Ref) else node(call, math.log(a)) if a > 0 else None
        return call.unknown("a power of a negative number") if log is None else _exp(call, "mul", b, Ref(log))
    return apply(call, "pow", a, exponent=b)


def _exp(call: AtenCall, op: str, *operands: Any) -> int:
    return apply(call, "exp", Ref(apply(call, op, *operands)))


def _lerp(call: AtenCall, start: Ref, end: Ref, weight: Any) -> Written:
    return apply(call, "add", start, Ref(apply(call, "mul", weight, Ref(apply(call, "sub", end, start)))))


def _addc(op: str) -> Rule:
    def rule(call: AtenCall, a: Ref, b: Ref, c: Ref, value: Any = 1) -> Written:
        return apply(call, "add", a, Ref(scaled(call, Ref(apply(call, op, b, c)), value)))

    return rule


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


def _finite(is_so: bool) -> Rule:
    """Numbers are taken to be finite."""
    return lambda call, a: call.program.expand(call.program.constant(is_so), call.shape)


COMPOSED: Mapping[str, Rule] = MappingProxyType(
    {
        "rsqrt": lambda call, a: apply(call, "div", 1, Ref(apply(call, "sqrt", a))),
        "reciprocal": lambda call, a: apply(call, "div", 1, a),
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
        "frac": lambda call, a: apply(call, "sub", a, Ref(_trunc(call, a))),
        "round": lambda call, a: apply(call, "floor", Ref(apply(call, "add", a, 0.5))),
        "remainder": _rest(_of_one("floor")),
        "fmod": _rest(_trunc),
        "hypot": _hypot,
        "asinh": _area(1),
        "acosh": _area(-1),
        "atanh": _atanh,
        "xlogy": lambda call, a, b: apply(call, "mul", a, Ref(apply(call, "log", b))),
        "floor_divide": lambda call, a, b: _div(call, a, b, "floor"),
        "nan_to_num": lambda call, a, *_: int(a),
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
        "detach": lambda call, a: int(a) if int(a) in call.program.known else apply(call, "stop", a),
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
        "where": _where,
        "masked_fill": _masked_fill,
        "lerp": _lerp,
        "addcmul": _addc("mul"),
        "addcdiv": _addc("div"),
        **COMPOSED,
    }
)
"""By name in ATen, with the overload where it matters; the forms in place are found by these too."""

FUNCTIONS: Mapping[str, Rule] = MappingProxyType(
    {"isnan": _finite(False), "isinf": _finite(False), "isfinite": _finite(True)}
)
"""By the name of a Python function."""
