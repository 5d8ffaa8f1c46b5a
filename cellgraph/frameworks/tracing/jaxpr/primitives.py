"""The primitives of JAX as operations of a trace: one row for each that cells use; what others are is not known."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy

from cellgraph.frameworks.tracing.building import TraceWriter
from cellgraph.frameworks.tracing.jaxpr.moves import MOVES, Emission


def _same(program: TraceWriter, eqn: Any, args: Sequence[int]) -> list[int]:
    return list(args)


def _one(op: str) -> Emission:
    return lambda program, eqn, args: program.elementwise(op, args[0])


def _two(op: str) -> Emission:
    return lambda program, eqn, args: program.elementwise(op, args[0], args[1])


def _of_truths(op: str) -> Emission:
    """Operations that are on bits where their operands are no truth values."""

    def emission(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
        if eqn.invars[0].aval.dtype != numpy.bool_:
            return program.unknown("an operation on bits", args, eqn.outvars[0].aval.shape)
        return program.elementwise(op, *args)

    return emission


NEUTRAL: Mapping[str, tuple[float, bool]] = MappingProxyType(
    {"add": (0.0, True), "sub": (0.0, False), "mul": (1.0, True)}
)
"""The number that changes nothing, on the right, and whether on the left too; libraries write it."""


def _arithmetic(op: str) -> Emission:
    number, either = NEUTRAL[op]

    def emission(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
        for this, other in (args[::-1], args) if either else (args[::-1],):
            value = program.known.get(this)
            if value is not None and (value == number).all() and program.shape(other) == eqn.outvars[0].aval.shape:
                return other
        return program.elementwise(op, *args)

    return emission


def _alike(op: str, of_itself: float) -> Emission:
    """Comparisons of a number with itself ask whether it is one: numbers of a cell are."""

    def emission(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
        if args[0] == args[1]:
            return program.constant(numpy.full(program.shape(args[0]), of_itself))
        return program.elementwise(op, *args)

    return emission


def _div(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    if not numpy.issubdtype(eqn.outvars[0].aval.dtype, numpy.floating):
        return program.unknown("a division of whole numbers that are computed", args, eqn.outvars[0].aval.shape)
    return program.elementwise("div", *args)


def _max(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    """The reductions of jax.numpy begin at minus infinity."""
    for this, other in (args, args[::-1]):
        if this in program.known and numpy.all(program.known[this] == -numpy.inf):
            return other
    return program.elementwise("max", *args)


def _composed(write: Callable[[TraceWriter, int], int]) -> Emission:
    return lambda program, eqn, args: write(program, args[0])


def _rsqrt(program: TraceWriter, a: int) -> int:
    return program.elementwise("div", program.constant(1.0), program.elementwise("sqrt", a))


def _log1p(program: TraceWriter, a: int) -> int:
    return program.elementwise("log", program.elementwise("add", program.constant(1.0), a))


def _expm1(program: TraceWriter, a: int) -> int:
    return program.elementwise("sub", program.elementwise("exp", a), program.constant(1.0))


def _exp2(program: TraceWriter, a: int) -> int:
    return program.elementwise("exp", program.elementwise("mul", a, program.constant(numpy.log(2.0))))


def _tan(program: TraceWriter, a: int) -> int:
    return program.elementwise("div", program.elementwise("sin", a), program.elementwise("cos", a))


def _hyperbolic(op: str) -> Emission:
    def write(program: TraceWriter, a: int) -> int:
        back = program.elementwise("exp", program.elementwise("neg", a))
        whole = program.elementwise(op, program.elementwise("exp", a), back)
        return program.elementwise("div", whole, program.constant(2.0))

    return _composed(write)


def _ceil(program: TraceWriter, a: int) -> int:
    return program.elementwise("neg", program.elementwise("floor", program.elementwise("neg", a)))


def _erfc(program: TraceWriter, a: int) -> int:
    return program.elementwise("sub", program.constant(1.0), program.elementwise("erf", a))


def _square(program: TraceWriter, a: int) -> int:
    return program.elementwise("pow", a, exponent=2)


def _finite(program: TraceWriter, a: int) -> int:
    """Numbers are finite in a cell."""
    return program.expand(program.constant(1.0), program.shape(a))


def _integer_pow(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    return program.elementwise("pow", args[0], exponent=int(eqn.params["y"]))


def _pow(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    base, exponent = args
    raised, its = program.known.get(exponent), program.known.get(base)
    if raised is not None and raised.size and (raised == raised.flat[0]).all():
        value = float(raised.flat[0])
        return program.elementwise("pow", base, exponent=int(value) if value.is_integer() else value)
    if its is not None and (its > 0).all():
        return program.elementwise("exp", program.elementwise("mul", exponent, program.elementwise("log", base)))
    reason = "a power whose exponent is computed: write jnp.exp(b * jnp.log(a)) where a is positive"
    return program.unknown(reason, args, eqn.outvars[0].aval.shape)


def _clamp(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    low, a, high = args
    return program.elementwise("max", program.elementwise("min", a, high), low)


def _select(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    which, *cases = args
    shape = eqn.outvars[0].aval.shape
    chosen = program.known.get(which)
    if chosen is not None and chosen.size and (chosen == chosen.flat[0]).all():
        return cases[int(chosen.flat[0])]
    if len(cases) != 2 or eqn.invars[0].aval.dtype != numpy.bool_:
        return program.unknown("a choice among several: write jnp.where", args, shape)
    return program.expand(program.elementwise("where", which, cases[1], cases[0]), shape)


def _convert(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    before, after = (var.aval.dtype for var in (eqn.invars[0], eqn.outvars[0]))
    floating = numpy.issubdtype(before, numpy.floating) or before.name == "bfloat16"
    if floating and after == numpy.bool_:
        return program.elementwise("not_equal", args[0], program.constant(0.0))
    if floating and numpy.issubdtype(after, numpy.integer):
        return program.unknown("numbers are made whole: write jnp.floor", args, eqn.outvars[0].aval.shape)
    return args[0]


def _dot(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    (left_over, right_over), (left_batch, right_batch) = eqn.params["dimension_numbers"]
    letters = iter(string.ascii_lowercase)
    left = [next(letters) for _ in program.shape(args[0])]
    right = [next(letters) for _ in program.shape(args[1])]
    for here, there in (*zip(left_over, right_over, strict=True), *zip(left_batch, right_batch, strict=True)):
        right[there] = left[here]
    over = {left[k] for k in left_over}
    batch = [left[k] for k in left_batch]
    free = [c for c in (*left, *right) if c not in over and c not in batch]
    equation = f"{''.join(left)},{''.join(right)}->{''.join([*batch, *free])}"
    return program.add("contract", args, eqn.outvars[0].aval.shape, equation=equation)


def _reduced(op: str) -> Emission:
    return lambda program, eqn, args: program.reduce(op, args[0], eqn.params["axes"])


def _product(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    """Factor by factor, along an axis of a few entries."""
    node = args[0]
    for axis in sorted(eqn.params["axes"], reverse=True):
        there = program.shape(node)
        parts = [program.slice(node, axis, k, k + 1) for k in range(there[axis])]
        node = parts[0]
        for part in parts[1:]:
            node = program.elementwise("mul", node, part)
        node = program.reshape(node, there[:axis] + there[axis + 1 :])
    return node


def _cumsum(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    axis, shape = eqn.params["axis"], program.shape(args[0])
    if not eqn.params["reverse"]:
        return program.add("cumsum", args, shape, axis=axis)
    turned = program.add("cumsum", [program.add("flip", args, shape, axis=axis)], shape, axis=axis)
    return program.add("flip", [turned], shape, axis=axis)


def _conv(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    said = eqn.params
    shape = eqn.outvars[0].aval.shape
    if set(said["window_strides"]) | set(said["lhs_dilation"]) | {said["batch_group_count"]} != {1}:
        return program.unknown("a convolution with a stride", args, shape)
    numbers = said["dimension_numbers"]
    found = program.add(
        "conv",
        [program.permute(args[0], numbers.lhs_spec), program.permute(args[1], numbers.rhs_spec)],
        [shape[k] for k in numbers.out_spec],
        padding=tuple((int(a), int(b)) for a, b in said["padding"]),
        dilation=tuple(map(int, said["rhs_dilation"])),
        groups=int(said["feature_group_count"]),
    )
    return program.permute(found, [numbers.out_spec.index(k) for k in range(len(shape))])


PRIMITIVES: Mapping[str, Emission] = MappingProxyType(
    {
        **{
            name: _one(op)
            for name, op in {
                "neg": "neg", "exp": "exp", "log": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tanh": "tanh",
                "logistic": "sigmoid", "erf": "erf", "abs": "abs", "sign": "sign", "floor": "floor",
                "stop_gradient": "stop",
            }.items()
        },
        **{
            name: _two(op)
            for name, op in {
                "min": "min", "gt": "greater", "ge": "greater_equal", "lt": "less", "le": "less_equal",
            }.items()
        },
        "add": _arithmetic("add"), "add_any": _arithmetic("add"), "sub": _arithmetic("sub"), "mul": _arithmetic("mul"),
        **{name: _of_truths(name) for name in ("and", "or", "not")},
        "eq": _alike("equal", 1.0), "ne": _alike("not_equal", 0.0),
        "div": _div, "max": _max, "rsqrt": _composed(_rsqrt), "log1p": _composed(_log1p), "expm1": _composed(_expm1),
        "exp2": _composed(_exp2), "tan": _composed(_tan), "sinh": _hyperbolic("sub"), "cosh": _hyperbolic("add"),
        "ceil": _composed(_ceil), "erfc": _composed(_erfc), "square": _composed(_square),
        "is_finite": _composed(_finite), "integer_pow": _integer_pow, "pow": _pow, "clamp": _clamp,
        "select_n": _select, "convert_element_type": _convert,
        "dot_general": _dot, "conv_general_dilated": _conv,
        **MOVES,
        "reduce_sum": _reduced("sum"), "reduce_max": _reduced("largest"), "reduce_min": _reduced("smallest"),
        "reduce_and": _reduced("smallest"), "reduce_or": _reduced("largest"), "reduce_prod": _product,
        "cumsum": _cumsum,
        **dict.fromkeys(("copy", "device_put", "optimization_barrier", "reduce_precision"), _same),
    }
)  # fmt: skip
"""The name of a primitive -> what writes its nodes."""
