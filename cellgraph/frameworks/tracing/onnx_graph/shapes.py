"""Operators of ONNX that move entries, choose some, or put several arrays together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy

from cellgraph.frameworks.tracing.onnx_graph.calls import OnnxCall, OnnxRule
from cellgraph.frameworks.tracing.placing import replaced, taken

COMPUTED = "places that are computed: choose by Where, or by a product with a one-hot vector"
BEYOND = 2**31
"""Ends beyond this are 'to the end'."""


def _reshape(call: OnnxCall) -> int | list[int]:
    said = call.extents(1, "shape")
    if said is None:
        return call.unknown("a shape that is computed from values")
    there = call.shape()
    shape = call.batched([there[k] if s == 0 and not call.said.get("allowzero") else s for k, s in enumerate(said)])
    if -1 in shape:
        rest = int(numpy.prod([s for s in shape if s != -1], dtype=int))
        shape[shape.index(-1)] = int(numpy.prod(there, dtype=int)) // max(rest, 1)
    return call.writer.reshape(call.node(), shape)


def _transpose(call: OnnxCall) -> int:
    return call.writer.permute(call.node(), call.said.get("perm", range(len(call.shape()))[::-1]))


def _axes(call: OnnxCall, place: int, rank: int) -> list[int] | None:
    found = call.numbers(place, "axes")
    return None if found is None else [axis % rank for axis in found]


def _squeeze(call: OnnxCall) -> int:
    there = call.shape()
    axes = _axes(call, 1, len(there))
    gone = [k for k, s in enumerate(there) if s == 1] if axes is None else axes
    return call.writer.reshape(call.node(), [s for k, s in enumerate(there) if k not in gone])


def _unsqueeze(call: OnnxCall) -> int:
    there = list(call.shape())
    added = call.numbers(1, "axes") or []
    axes = sorted(axis % (len(there) + len(added)) for axis in added)
    for axis in axes:
        there.insert(axis, 1)
    return call.writer.reshape(call.node(), there)


def _flatten(call: OnnxCall) -> int:
    there = call.shape()
    axis = int(call.said.get("axis", 1)) % (len(there) + 1)
    sizes = [int(numpy.prod(part, dtype=int)) for part in (there[:axis], there[axis:])]
    return call.writer.reshape(call.node(), sizes)


def _expand(call: OnnxCall) -> int | list[int]:
    said = call.extents(1)
    if said is None:
        return call.unknown("a shape that is computed from values")
    return call.writer.expand(call.node(), numpy.broadcast_shapes(call.shape(), tuple(call.batched(said))))


def _concat(call: OnnxCall) -> int:
    return call.writer.concat(call.nodes(), int(call.said["axis"]) % len(call.shape()))


def _split(call: OnnxCall) -> list[int]:
    axis = int(call.said.get("axis", 0)) % len(call.shape())
    length = call.shape()[axis]
    sizes = call.extents(1, "split")
    if sizes is None:
        each = -(-length // call.outputs)
        sizes = [min(each, length - k * each) for k in range(call.outputs)]
    ends = numpy.cumsum(sizes)
    pairs = zip((0, *ends), ends, strict=False)
    return [call.writer.slice(call.node(), axis, int(start), int(end)) for start, end in pairs]


def _slice(call: OnnxCall) -> int | list[int]:
    starts, ends = call.extents(1, "starts"), call.extents(2, "ends")
    if starts is None or ends is None:
        return call.unknown(COMPUTED)
    axes = call.numbers(3, "axes") or list(range(len(starts)))
    steps = call.numbers(4) or [1] * len(starts)
    node = call.node()
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        axis %= len(call.shape())
        chosen = range(call.shape()[axis])[slice(start, end if abs(end) < BEYOND else None, step)]
        node = _ranged(call, node, axis, chosen)
    return node


def _ranged(call: OnnxCall, node: int, axis: int, chosen: range) -> int:
    """Evenly spaced entries along an axis, backwards where the step is negative."""
    if chosen.step > 0 or not chosen:
        return call.writer.slice(
            node, axis, chosen.start, chosen.start + (len(chosen) - 1) * chosen.step + 1, chosen.step
        )
    node = _ranged(call, node, axis, chosen[::-1])
    return call.writer.add("flip", [node], call.writer.shape(node), axis=axis)


def _gather(call: OnnxCall) -> int | list[int]:
    """Entries at places that stand in the file."""
    there = call.shape()
    axis = int(call.said.get("axis", 0)) % len(there)
    places = call.numbers(1)
    value = call.args[1]
    if places is None or value is None or value.known is None:
        return call.unknown(COMPUTED)
    entries = [place % there[axis] for place in places]
    parts = [call.writer.slice(call.node(), axis, k, k + 1) for k in entries]
    shape = (*there[:axis], *value.known.shape, *there[axis + 1 :])
    return call.writer.reshape(call.writer.concat(parts, axis), shape)


def _gather_nd(call: OnnxCall) -> int | list[int]:
    """Entries or rows at places that stand in the file; so does the operator that takes them along one axis."""
    places = call.args[1]
    if places is None or places.known is None or call.said.get("batch_dims"):
        return call.unknown(COMPUTED)
    there = call.shape()
    numbers = numpy.arange(numpy.prod(there, dtype=int)).reshape(there)
    if call.op == "GatherND":
        found = numbers[tuple(numpy.moveaxis(places.known, -1, 0))]
    else:
        axis = int(call.said.get("axis", 0)) % len(there)
        found = numpy.take_along_axis(numbers, places.known % there[axis], axis)
    node = taken(call.writer, call.node(), found)
    return call.unknown("places of no regular order") if node is None else node


def _scatter_nd(call: OnnxCall) -> int | list[int]:
    """An array in which a block at known places is replaced, or has something added to it or multiplied by it."""
    places, how = call.args[1], call.said.get("reduction", b"none").decode()
    if places is None or places.known is None or how not in ("none", "add", "mul"):
        return call.unknown(COMPUTED)
    inner = call.shape(2)
    number = numpy.zeros(call.shape(), int)
    number[tuple(numpy.moveaxis(places.known, -1, 0))] = 1 + numpy.arange(numpy.prod(inner, dtype=int)).reshape(inner)
    node = replaced(call.writer, call.node(), call.node(2), number, "" if how == "none" else how)
    return call.unknown("places that are no block: write one after another") if node is None else node


def _tile(call: OnnxCall) -> int | list[int]:
    times = call.numbers(1)
    if times is None:
        return call.unknown("how often is computed")
    node = call.node()
    for axis, count in enumerate(times):
        node = call.writer.concat([node] * count, axis)
    return node


def _pad(call: OnnxCall) -> int | list[int]:
    pads = call.numbers(1, "pads")
    filling = call.number(2, float(call.said.get("value", 0.0)))
    if pads is None or filling is None or call.said.get("mode", b"constant") != b"constant":
        return call.unknown("padding that is no number on each side")
    rank, node = len(call.shape()), call.node()
    axes = _axes(call, 3, rank) or list(range(rank))
    for k, axis in enumerate(axes):
        before, after = pads[k], pads[k + len(axes)]
        shape = list(call.writer.shape(node))
        parts = [
            call.writer.expand(call.writer.constant(filling), [*shape[:axis], count, *shape[axis + 1 :]])
            for count in (before, after)
            if count > 0
        ]
        node = call.writer.concat([*parts[: before > 0], node, *parts[before > 0 :]], axis)
    return node


def _constant_of_shape(call: OnnxCall) -> int | list[int]:
    said = call.extents(0)
    if said is None:
        return call.unknown("a shape that is computed from values")
    value = float(numpy.asarray(call.said.get("value", 0.0)).reshape(()))
    return call.writer.expand(call.writer.constant(value), call.batched(said))


def _trilu(call: OnnxCall) -> int | list[int]:
    """The upper or lower triangle, by comparing numbers of rows and columns."""
    shift = call.number(1, 0.0)
    if shift is None:
        return call.unknown("which diagonal is computed")
    there = call.shape()
    rows, columns = (call.writer.add("iota", (), there, axis=len(there) - k) for k in (2, 1))
    kept = ("less_equal", "greater_equal")[int(call.said.get("upper", 1)) == 0]
    inside = call.apply(kept, call.apply("add", rows, shift), columns)
    return call.apply("where", inside, call.node(), 0.0)


def _eye_like(call: OnnxCall) -> int:
    there: Sequence[int] = call.shape()
    rows, columns = (call.writer.add("iota", (), there, axis=axis) for axis in (0, 1))
    return call.apply("equal", call.apply("add", rows, float(call.said.get("k", 0))), columns)


SHAPES: Mapping[str, OnnxRule] = MappingProxyType(
    {
        "Reshape": _reshape, "Transpose": _transpose, "Squeeze": _squeeze, "Unsqueeze": _unsqueeze,
        "Flatten": _flatten, "Expand": _expand, "Concat": _concat, "Split": _split, "Slice": _slice,
        "Gather": _gather, "GatherND": _gather_nd, "GatherElements": _gather_nd, "ScatterND": _scatter_nd,
        "Tile": _tile, "Pad": _pad, "ConstantOfShape": _constant_of_shape, "Trilu": _trilu,
        "EyeLike": _eye_like,
    }
)  # fmt: skip
"""By operator."""
