"""Operations of ATen that move entries, choose some, or put several arrays together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import torch

from cellgraph.frameworks.tracing.aten_calls import AtenCall, Ref, Rule, Written, apply, axis_of, node

BY_DATA = "indexing by values of the data: no equation says which entry it is; a product with a one-hot vector does"


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


def _backwards(call: AtenCall, a: Ref) -> Written:
    return call.program.permute(a, range(len(call.program.shape(a)))[::-1])


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


def _slice(
    call: AtenCall, a: Ref, axis: int = 0, start: int | None = None, stop: int | None = None, step: int = 1
) -> Written:
    axis = axis_of(call, a, axis)
    start, stop, _ = slice(start, stop).indices(call.program.shape(a)[axis])
    return call.program.slice(a, axis, start, max(start, stop), step)


def _narrow(call: AtenCall, a: Ref, axis: int, start: int, length: int) -> Written:
    return _slice(call, a, axis, start, start + length)


def _select(call: AtenCall, a: Ref, axis: int, index: int) -> Written:
    axis = axis_of(call, a, axis)
    index %= call.program.shape(a)[axis]
    return call.program.reshape(call.program.slice(a, axis, index, index + 1), call.shape)


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


def _index(call: AtenCall, a: Ref, indices: Sequence[Any]) -> Written:
    """By whole numbers that stand in the code, along one axis or several: runs of entries, one after the other."""
    program, found = call.program, int(a)
    given: list[Any] = [None if index is None else call.given[1][k] for k, index in enumerate(indices)]
    named = [k for k, index in enumerate(given) if index is not None]
    numbers = [given[k] for k in named]
    if any(int(indices[k]) not in program.known for k in named):
        return call.unknown(BY_DATA)
    if any(index.dtype == torch.bool for index in numbers) or (len(named) > 1 and any(n.numel() != 1 for n in numbers)):
        return call.unknown("indexing by several arrays at once; choose along one axis after the other")
    for k, index in zip(named, numbers, strict=True):
        found = chosen(call, found, k, index.reshape(-1).tolist())
    return program.reshape(found, call.shape)


def chosen(call: AtenCall, a: int, axis: int, places: Sequence[int]) -> int:
    """The entries at some places along an axis."""
    count = call.program.shape(a)[axis]
    places = [place % count for place in places]
    cuts = [0, *(k for k in range(1, len(places)) if places[k] != places[k - 1] + 1), len(places)]
    runs = [(places[start], places[stop - 1] + 1) for start, stop in pairwise(cuts) if stop > start]
    return call.program.concat([call.program.slice(a, axis, *run) for run in runs], axis)


def _index_select(call: AtenCall, a: Ref, axis: int, index: Ref) -> Written:
    if int(index) not in call.program.known:
        return call.unknown(BY_DATA)
    return chosen(call, a, axis_of(call, a, axis), call.given[2].reshape(-1).tolist())


def _slice_scatter(
    call: AtenCall, a: Ref, part: Ref, axis: int = 0, start: int | None = None, stop: int | None = None, step: int = 1
) -> Written:
    axis = axis_of(call, a, axis)
    start, _, _ = slice(start, stop).indices(call.program.shape(a)[axis])
    if step != 1:
        return call.unknown("writing every so many entries; torch.stack the parts and flatten")
    return call.program.update(a, part, [start if k == axis else 0 for k in range(len(call.shape))])


def _select_scatter(call: AtenCall, a: Ref, part: Ref, axis: int, index: int) -> Written:
    axis = axis_of(call, a, axis)
    shape = [1 if k == axis else s for k, s in enumerate(call.shape)]
    return _slice_scatter(call, a, Ref(call.program.reshape(part, shape)), axis, index % call.shape[axis])


def _index_put(call: AtenCall, a: Ref, indices: Sequence[Any], values: Ref, accumulate: bool = False) -> Written:
    """At whole numbers of the code along one axis, or where a truth value holds."""
    program = call.program
    given: list[Any] = [None if index is None else call.given[1][k] for k, index in enumerate(indices)]
    named = [k for k, index in enumerate(given) if index is not None]
    if len(named) == 1 and given[named[0]].dtype == torch.bool and not call.given[2].ndim and not accumulate:
        mask = indices[named[0]]
        more = len(call.shape) - named[0] - given[named[0]].ndim
        return apply(call, "where", Ref(program.reshape(mask, [*program.shape(mask), *[1] * more])), values, a)
    if len(named) != 1 or accumulate or given[named[0]].dtype == torch.bool:
        return call.unknown("writing at several indices at once; write along one axis, or use torch.where")
    (axis,), index = named, given[named[0]]
    if int(indices[axis]) not in program.known or index.ndim > 1:
        return call.unknown(BY_DATA)
    places = [place % call.shape[axis] for place in index.reshape(-1).tolist()]
    part = program.expand(values, [len(places) if k == axis else s for k, s in enumerate(call.shape)])
    found = int(a)
    for k, place in enumerate(places):
        starts = [place if j == axis else 0 for j in range(len(call.shape))]
        found = program.update(found, program.slice(part, axis, k, k + 1), starts)
    return found


def _copied(call: AtenCall, a: Ref, source: Any, *_: Any) -> Written:
    """What is written; also a number."""
    return call.program.expand(node(call, source), call.shape)


def _filled(call: AtenCall, a: Ref, value: Any = 0) -> Written:
    return call.program.expand(node(call, value), call.shape)


def _diagonal(call: AtenCall, a: Ref, offset: int = 0, one: int = 0, other: int = 1) -> Written:
    """Of a square: what is left of it beside a unit matrix, summed along."""
    program, shape = call.program, call.program.shape(a)
    one, other = one % len(shape), other % len(shape)
    if offset or shape[one] != shape[other]:
        return call.unknown("a diagonal beside the main one, or of what is not square")
    last = [k for k in range(len(shape)) if k not in (one, other)]
    square = program.permute(a, [*last, one, other])
    kept = apply(call, "mul", Ref(square), Ref(unit(call, shape[one])))
    return program.reduce("sum", kept, [len(shape) - 1])


def _diagonals(call: AtenCall, a: Ref, offset: int = 0, one: int = -2, other: int = -1) -> Written:
    program, shape = call.program, call.shape
    if offset or (one % len(shape), other % len(shape)) != (len(shape) - 2, len(shape) - 1):
        return call.unknown("a diagonal beside the main one; multiply by torch.eye")
    return apply(call, "mul", Ref(program.reshape(a, [*shape[:-1], 1])), Ref(unit(call, shape[-1])))


def unit(call: AtenCall, rows: int, columns: int | None = None) -> int:
    """A unit matrix: 1 where both indices are one."""
    shape = (rows, rows if columns is None else columns)
    return apply(call, "equal", *(Ref(call.program.add("iota", [], shape, axis=axis)) for axis in (0, 1)))


def _triangle(op: str) -> Rule:
    """Entries on one side of a diagonal, the others 0: column - row is at most `diagonal` in the lower triangle."""

    def rule(call: AtenCall, a: Ref, diagonal: int = 0) -> Written:
        rows, columns = (call.program.add("iota", [], call.shape[-2:], axis=axis) for axis in (0, 1))
        apart = apply(call, "sub", Ref(columns), Ref(rows))
        return apply(call, "where", Ref(apply(call, op, Ref(apart), diagonal)), a, 0)

    return rule


def _shapes_of(names: Sequence[str], rule: Rule) -> dict[str, Rule]:
    return dict.fromkeys(names, rule)


SHAPES: Mapping[str, Rule] = MappingProxyType(
    {
        **_shapes_of(
            ("clone", "contiguous", "alias", "lift_fresh", "lift", "lift_fresh_copy", "expand", "expand_as"), _same
        ),
        "broadcast_to": _same,
        **_shapes_of(
            ("reshape", "_unsafe_view", "_reshape_alias", "squeeze", "unsqueeze", "flatten", "unflatten"), _reshape
        ),
        "view": _view,
        "permute": _permute,
        **_shapes_of(("transpose", "swapaxes", "swapdims", "t", "mT"), _transpose),
        "numpy_T": _backwards,
        **_shapes_of(("_to_copy", "to"), _cast),
        "slice": _slice,
        "narrow": _narrow,
        "select": _select,
        **_shapes_of(("split", "split_with_sizes", "unsafe_split", "unsafe_split_with_sizes", "chunk"), _parts),
        "unsafe_chunk": _parts,
        "unbind": _unbind,
        "cat": _concat,
        "stack": _stack,
        "repeat": _repeat,
        "roll": _roll,
        "flip": _flip,
        "constant_pad_nd": _pad,
        "index": _index,
        "index_select": _index_select,
        "slice_scatter": _slice_scatter,
        "select_scatter": _select_scatter,
        "index_put": _index_put,
        "copy": _copied,
        "fill": _filled,
        "zero": _filled,
        "diagonal": _diagonal,
        "diag_embed": _diagonals,
        "tril": _triangle("less_equal"),
        "triu": _triangle("greater_equal"),
    }
)
"""By name in ATen."""

FUNCTIONS: Mapping[str, Rule] = MappingProxyType({"repeat_interleave": _repeat_interleave})
"""By the name of a Python function."""
