"""Operations of ATen that choose entries of an array, or write some: slices, whole numbers, diagonals, triangles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import torch

from cellgraph.frameworks.tracing.aten.calls import AtenCall, Ref, Rule, Written, apply, axis_of

BY_DATA = "indexing by values of the data: no equation says which entry it is; a product with a one-hot vector does"


def _slice(
    call: AtenCall, a: Ref, axis: int = 0, start: int | None = None, stop: int | None = None, step: int = 1
) -> Written:
    axis = axis_of(call, a, axis)
    start, stop, _ = slice(start, stop).indices(call.program.shape(a)[axis])
    return call.program.slice(a, axis, start, max(start, stop), step)


def _select(call: AtenCall, a: Ref, axis: int, index: int) -> Written:
    axis = axis_of(call, a, axis)
    index %= call.program.shape(a)[axis]
    return call.program.reshape(call.program.slice(a, axis, index, index + 1), call.shape)


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


INDEXING: Mapping[str, Rule] = MappingProxyType(
    {
        "slice": _slice,
        "select": _select,
        "index": _index,
        "index_select": _index_select,
        "slice_scatter": _slice_scatter,
        "select_scatter": _select_scatter,
        "index_put": _index_put,
        "diagonal": _diagonal,
        "diag_embed": _diagonals,
        "trace": lambda call, a: call.program.reduce("sum", _diagonal(call, a), [0]),
        "tril": _triangle("less_equal"),
        "triu": _triangle("greater_equal"),
    }
)
"""By name in ATen."""
