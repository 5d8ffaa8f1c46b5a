"""Operations of ATen along axes: sums and extremes, softmax, norms and normalisations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch

from cellgraph.frameworks.tracing.aten.calls import AtenCall, Ref, Rule, Written, apply, axes_of_call, axis_of, refs


def _reduced(op: str) -> Rule:
    def rule(call: AtenCall, a: Ref, axes: Any = None, keep: bool = False, **_: Any) -> Written:
        return call.program.reduce(op, a, axes_of_call(call, a, axes), keep)

    return rule


def _extreme(op: str) -> Rule:
    """The extreme along an axis; where it stands is no equation."""

    def rule(call: AtenCall, a: Ref, axis: int, keep: bool = False) -> Written:
        found = call.program.reduce(op, a, [axis_of(call, a, axis)], keep)
        where = "the place of an extreme: no equation says which entry it is"
        return [found, call.program.unknown(where, [a], call.shape)]

    return rule


def _squares(call: AtenCall, a: Ref, axes: tuple[int, ...], correction: Any) -> int:
    """The mean square of what differs from the mean, with n - correction in place of n."""
    program, shape = call.program, call.program.shape(a)
    count = math.prod(shape[axis] for axis in axes)
    mean = program.reduce("mean", a, axes, True)
    squares = apply(call, "pow", Ref(apply(call, "sub", a, Ref(mean))), exponent=2)
    if correction == 0:
        return program.reduce("mean", squares, axes, True)
    return apply(call, "div", Ref(program.reduce("sum", squares, axes, True)), count - correction)


def _variance(root: bool, mean_too: bool = False) -> Rule:
    """Torch's older overload says `unbiased` where the newer has a correction."""

    def rule(
        call: AtenCall, a: Ref, axes: Any = None, unbiased: Any = None, keep: bool = False, **said: Any
    ) -> Written:
        if isinstance(axes, bool):
            axes, unbiased = None, axes
        correction = said.get("correction", 1 if unbiased is None else int(unbiased))
        over, program = axes_of_call(call, a, axes), call.program
        found = _squares(call, a, over, 1 if correction is None else correction)
        found = apply(call, "sqrt", Ref(found)) if root else found
        found = program.reshape(found, call.shape)
        return [found, program.reduce("mean", a, over, keep or bool(said.get("keepdim")))] if mean_too else found

    return rule


def _norm(call: AtenCall, a: Ref, order: Any = 2, axes: Any = None, keep: bool = False, **_: Any) -> Written:
    """A vector norm: of the sum, or the extreme, of absolute values to a power."""
    program, over, order = call.program, axes_of_call(call, a, axes), 2 if order is None else order
    if isinstance(order, str):
        return call.unknown("a norm of a matrix that is no sum of squares")
    if order == 2:
        return apply(call, "sqrt", Ref(program.reduce("sum", apply(call, "pow", a, exponent=2), over, keep)))
    size = apply(call, "abs", a)
    if math.isinf(order):
        return program.reduce("largest" if order > 0 else "smallest", size, over, keep)
    if order == 1:
        return program.reduce("sum", size, over, keep)
    total = program.reduce("sum", apply(call, "pow", Ref(size), exponent=order), over, keep)
    return apply(call, "pow", Ref(total), exponent=1 / order)


def _softmax(call: AtenCall, a: Ref, axis: int, *_: Any) -> Written:
    return call.program.add("softmax", [a], call.shape, axis=axis_of(call, a, axis))


def _log_softmax(call: AtenCall, a: Ref, axis: int, *_: Any) -> Written:
    """a - log Σ exp a."""
    return apply(call, "sub", a, Ref(int(_logsumexp(call, a, axis, True))))


def _logsumexp(call: AtenCall, a: Ref, axes: Any, keep: bool = False) -> Written:
    total = call.program.reduce("sum", apply(call, "exp", a), axes_of_call(call, a, axes), keep)
    return apply(call, "log", Ref(total))


def _cumsum(call: AtenCall, a: Ref, axis: int, **_: Any) -> Written:
    return call.program.add("cumsum", [a], call.shape, axis=axis_of(call, a, axis))


def _affine(call: AtenCall, a: int, weight: Ref | None, bias: Ref | None) -> int:
    scaled = a if weight is None else apply(call, "mul", Ref(a), weight)
    return scaled if bias is None else apply(call, "add", Ref(scaled), bias)


def _over_last(call: AtenCall, op: str, a: int, count: int, eps: float) -> int:
    """Standardized over the last axes, which are one for that time."""
    program, shape = call.program, call.program.shape(a)
    flat = program.reshape(a, [*shape[: len(shape) - count], math.prod(shape[len(shape) - count :])])
    return program.reshape(program.add(op, [flat], program.shape(flat), eps=float(eps)), shape)


def _layer_norm(
    call: AtenCall, a: Ref, shape: Sequence[int], weight: Ref | None = None, bias: Ref | None = None, eps: float = 1e-5,
    *_: Any,
) -> Written:  # fmt: skip
    return [_affine(call, _over_last(call, "standardize", a, len(shape), eps), weight, bias), None, None]


def _rms_norm(
    call: AtenCall, a: Ref, shape: Sequence[int], weight: Ref | None = None, eps: float | None = None
) -> Written:
    eps = torch.finfo(torch.float64).eps if eps is None else eps
    return _affine(call, _over_last(call, "rms", a, len(shape), eps), weight, None)


def _group_norm(
    call: AtenCall, a: Ref, weight: Ref | None, bias: Ref | None, batch: int, channels: int, rest: int, groups: int,
    eps: float,
) -> Written:  # fmt: skip
    program, shape = call.program, call.program.shape(a)
    apart = program.reshape(a, [batch, groups, channels // groups * rest])
    found = program.reshape(_over_last(call, "standardize", apart, 1, eps), shape)
    along = [1, channels, *[1] * (len(shape) - 2)]
    learned = [None if p is None else Ref(program.reshape(p, along)) for p in (weight, bias)]
    return [_affine(call, found, *learned), None, None]


def _batch_norm(
    call: AtenCall, a: Ref, weight: Ref | None, bias: Ref | None, mean: Ref | None, variance: Ref | None, *said: Any
) -> Written:
    """With the running statistics: (a - mean) / sqrt(variance + eps)."""
    training, eps = (said[0], said[-1]) if len(said) > 2 else (False, said[-1])
    if training or mean is None or variance is None:
        return call.unknown("a mean over the batch: one sample's step would depend on the others")
    program = call.program
    along = [1, call.shape[1], *[1] * (len(call.shape) - 2)]
    mean, variance, *learned = (
        None if p is None else Ref(program.reshape(p, along)) for p in (mean, variance, weight, bias)
    )
    width = apply(call, "sqrt", Ref(apply(call, "add", variance, eps)))
    found = apply(call, "div", *refs(apply(call, "sub", a, mean), width))
    return [_affine(call, found, *learned), *[None] * (len(call.out) - 1)]


def _weight_norm(call: AtenCall, direction: Ref, gain: Ref, axis: int = 0) -> Written:
    """g v / ‖v‖, the norm over all axes but one."""
    over = [k for k in range(len(call.program.shape(direction))) if k != axis]
    length = _norm(call, direction, 2, over, True)
    return [apply(call, "mul", direction, Ref(apply(call, "div", gain, Ref(int(length))))), None]


REDUCTIONS: Mapping[str, Rule] = MappingProxyType(
    {
        "sum": _reduced("sum"),
        "mean": _reduced("mean"),
        "amax": _reduced("largest"),
        "amin": _reduced("smallest"),
        **dict.fromkeys(("max", "any"), _reduced("largest")),
        **dict.fromkeys(("min", "all"), _reduced("smallest")),
        "max.dim": _extreme("largest"),
        "min.dim": _extreme("smallest"),
        "var": _variance(False),
        "std": _variance(True),
        "var_mean": _variance(False, True),
        "std_mean": _variance(True, True),
        **dict.fromkeys(("linalg_vector_norm", "norm"), _norm),
        "_softmax": _softmax,
        "_log_softmax": _log_softmax,
        "logsumexp": _logsumexp,
        "cumsum": _cumsum,
        "logcumsumexp": lambda call, a, axis: apply(call, "log", Ref(_cumsum(call, Ref(apply(call, "exp", a)), axis))),
        "native_layer_norm": _layer_norm,
        "native_group_norm": _group_norm,
        **dict.fromkeys(
            ("native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training",
             "_batch_norm_with_update", "_batch_norm_no_update", "cudnn_batch_norm"),
            _batch_norm,
        ),
        "_weight_norm_interface": _weight_norm,
    }
)  # fmt: skip
"""By name in ATen, with the overload where it matters."""

FUNCTIONS: Mapping[str, Rule] = MappingProxyType(
    {"rms_norm": lambda call, *args, **said: _rms_norm(call, *args, **said)}
)
"""By the name of a Python function."""
