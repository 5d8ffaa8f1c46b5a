"""Operations of ATen that move entries, or put several arrays together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch

from cellgraph.frameworks.tracing.aten.calls import AtenCall, Ref, Rule, Written, apply, axis_of, node


def _same(call: AtenCall, a: Ref, *_: Any, **__: Any) -> Written:
    return call.program.expand(int(a), call.shape)


def _reshape(call: AtenCall, a: Ref, *_: Any, **__: Any) -> Written:
    return call.program.reshape(a, call.shape)


def _view(call: AtenCall, a: Ref, *_: Any, **__: Any) -> Written:
    first = call.given[0]
    return _reshape(call, a) if first.dtype == call.out.dtype else call.unknown("a view as numbers of another kind")


def _permute(call: AtenCall, a: Ref, order: Sequence[int]) -> Written:
    return call.program.permute(a, [k % len(order) for k in order])


def _transpose(call: AtenCall, a: Ref, one: int = -2, other: int = -1) -> Written:
    order = list(range(len(call.program.shape(a))))
    if order:
        order[one], order[other] = order[other], order[one]
    return call.program.permute(a, order)


def _cast(call: AtenCall, a: Ref, *_: Any, **__: Any) -> Written:
    """Kinds of floats are one; what is true is 1; a float as a whole number is cut."""
    before, after = call.given[0].dtype, call.out.dtype
    if after == torch.bool and before != torch.bool:
        return apply(call, "not_equal", a, 0)
    if after.is_complex:
        return call.unknown("complex numbers: write the real and the imaginary part as two states")
    if before.is_floating_point and not after.is_floating_point:
        cut = Ref(apply(call, "floor", Ref(apply(call, "abs", a))))
        return apply(call, "mul", Ref(apply(call, "sign", a)), cut)
    return int(a)


def _parts(call: AtenCall, a: Ref, sizes: Any = None, axis: int = 0) -> Written:
    """split, split_with_sizes, chunk: as large as what came back is."""
    axis, start, found = axis_of(call, a, axis), 0, []
    for part in call.out:
        found.append(call.program.slice(a, axis, start, start + part.shape[axis]))
        start += part.shape[axis]
    return found


def _unbind(call: AtenCall, a: Ref, axis: int = 0) -> Written:
    axis, program = axis_of(call, a, axis), call.program
    return [program.reshape(program.slice(a, axis, k, k + 1), part.shape) for k, part in enumerate(call.out)]


def _concat(call: AtenCall, parts: Sequence[Ref], axis: int = 0) -> Written:
    # PyTorch leaves out parts that are vectors without an entry, whatever rank the others have.
    parts = [part for part in parts if call.program.shape(part) != (0,)] or list(parts[:1])
    return call.program.concat(parts, axis % len(call.shape))


def _stack(call: AtenCall, parts: Sequence[Ref], axis: int = 0) -> Written:
    axis %= len(call.shape)
    shape = [1 if k == axis else s for k, s in enumerate(call.shape)]
    return call.program.concat([call.program.reshape(part, shape) for part in parts], axis)


def _repeat(call: AtenCall, a: Ref, times: Sequence[int]) -> Written:
    """Copies one after the other: an axis for the copies in front of each axis, and both as one."""
    program = call.program
    shape = [*[1] * (len(times) - len(program.shape(a))), *program.shape(a)]
    apart = [n for time, s in zip(times, shape, strict=True) for n in ((1, s) if time != 1 else (s,))]
    copied = [n for time, s in zip(times, shape, strict=True) for n in ((time, s) if time != 1 else (s,))]
    return program.reshape(program.expand(program.reshape(a, apart), copied), call.shape)


def _repeat_interleave(call: AtenCall, a: Ref, repeats: Any, dim: int | None = None, **_: Any) -> Written:
    """Each entry several times: an axis for the copies behind."""
    program = call.program
    if isinstance(repeats, Ref):
        return call.unknown("repeat_interleave with a tensor of numbers; write the parts with cat")
    source = program.reshape(a, [call.given[0].numel()]) if dim is None else int(a)
    shape = program.shape(source)
    axis = (dim or 0) % len(shape) + 1
    apart = program.reshape(source, [*shape[:axis], 1, *shape[axis:]])
    return program.reshape(program.expand(apart, [*shape[:axis], repeats, *shape[axis:]]), call.shape)


def _roll(call: AtenCall, a: Ref, shifts: Any, axes: Any = ()) -> Written:
    program, found = call.program, int(a)
    if axes in ((), []):
        found = program.reshape(found, [call.given[0].numel()])
        axes = (0,)
    for shift, axis in zip(*([v] if isinstance(v, int) else v for v in (shifts, axes)), strict=True):
        axis, count = axis_of(call, found, axis), program.shape(found)[axis_of(call, found, axis)]
        cut = -shift % count
        if cut:
            parts = [program.slice(found, axis, cut, count), program.slice(found, axis, 0, cut)]
            found = program.concat(parts, axis)
    return program.reshape(found, call.shape)


def _flip(call: AtenCall, a: Ref, axes: Sequence[int]) -> Written:
    found = int(a)
    for axis in axes:
        found = call.program.add("flip", [found], call.shape, axis=axis_of(call, a, axis))
    return found


def _pad(call: AtenCall, a: Ref, pads: Sequence[int], value: Any = 0) -> Written:
    """Pads begin with the last axis; a negative one takes entries away."""
    program, found = call.program, int(a)
    rank = len(call.shape)
    for k in range(len(pads) // 2):
        axis, (before, after) = rank - 1 - k, pads[2 * k : 2 * k + 2]
        count = program.shape(found)[axis]
        found = program.slice(found, axis, max(-before, 0), count - max(-after, 0))
        ends = []
        for length in (before, after):
            shape = [length if axis == j else s for j, s in enumerate(program.shape(found))]
            ends.append([program.expand(program.constant(value), shape)] if length > 0 else [])
        found = program.concat([*ends[0], found, *ends[1]], axis)
    return found


def _copied(call: AtenCall, a: Ref, source: Any, *_: Any) -> Written:
    """What is written; also a number."""
    return call.program.expand(node(call, source), call.shape)


def _filled(call: AtenCall, a: Ref, value: Any = 0) -> Written:
    return call.program.expand(node(call, value), call.shape)


SHAPES: Mapping[str, Rule] = MappingProxyType(
    {
        **dict.fromkeys(("clone", "alias", "lift_fresh", "lift", "expand"), _same),
        **dict.fromkeys(("_unsafe_view", "_reshape_alias", "squeeze", "unsqueeze"), _reshape),
        "view": _view,
        "permute": _permute,
        **dict.fromkeys(("transpose", "t"), _transpose),
        "_to_copy": _cast,
        **dict.fromkeys(("split", "split_with_sizes", "unsafe_split", "unsafe_split_with_sizes"), _parts),
        "unbind": _unbind,
        "cat": _concat,
        "stack": _stack,
        "repeat": _repeat,
        "roll": _roll,
        "flip": _flip,
        "constant_pad_nd": _pad,
        "copy": _copied,
        "fill": _filled,
        "zero": _filled,
    }
)
"""By name in ATen."""

FUNCTIONS: Mapping[str, Rule] = MappingProxyType({"repeat_interleave": _repeat_interleave})
"""By the name of a Python function."""
