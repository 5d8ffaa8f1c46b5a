"""The primitives of JAX that move entries, choose some, or put several arrays together, as operations of a trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy

from cellgraph.frameworks.tracing.building import TraceWriter
from cellgraph.frameworks.tracing.jaxpr.indexing import gathered, scattered

Emission: TypeAlias = Callable[[TraceWriter, Any, Sequence[int]], int | list[int]]
"""(writer, equation of a jaxpr, nodes of its operands) -> node of its result, or a list of nodes for several."""


def _broadcast(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    shape, where = eqn.params["shape"], eqn.params["broadcast_dimensions"]
    there = [1] * len(shape) if where else []
    for axis, size in zip(where, program.shape(args[0]), strict=True):
        there[axis] = size
    return program.expand(program.reshape(args[0], there), shape)


def _reshape(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    order = eqn.params.get("dimensions")
    return _resized(program, eqn, args if order is None else [program.permute(args[0], order)])


def _resized(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    return program.reshape(args[0], eqn.outvars[0].aval.shape)


def _transpose(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    return program.permute(args[0], eqn.params["permutation"])


def _slice(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    starts, limits = eqn.params["start_indices"], eqn.params["limit_indices"]
    node = args[0]
    for axis, (start, stop, step) in enumerate(
        zip(starts, limits, eqn.params["strides"] or (1,) * len(starts), strict=True)
    ):
        node = program.slice(node, axis, start, stop, step)
    return node


def _starts(program: TraceWriter, nodes: Sequence[int], whole: Sequence[int], part: Sequence[int]) -> list[int] | None:
    """Where a part begins, if that is known; JAX keeps it within the array."""
    if any(node not in program.known for node in nodes):
        return None
    found = zip(nodes, whole, part, strict=True)
    return [min(max(int(program.known[node]), 0), size - some) for node, size, some in found]


MOVING = "where it begins is computed: shift by concatenating, or choose by jnp.where"


def _dynamic_slice(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    node, *given = args
    part = eqn.outvars[0].aval.shape
    starts = _starts(program, given, program.shape(node), part)
    if starts is None:
        return program.unknown(MOVING, args, part)
    for axis, (start, length) in enumerate(zip(starts, part, strict=True)):
        node = program.slice(node, axis, start, start + length)
    return node


def _dynamic_update(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    node, part, *given = args
    starts = _starts(program, given, program.shape(node), program.shape(part))
    if starts is None:
        return program.unknown(MOVING, args, program.shape(node))
    return program.update(node, part, starts)


def _concatenate(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    return program.concat(args, eqn.params["dimension"])


def _stack(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    axis, there = eqn.params["axis"], program.shape(args[0])
    return program.concat([program.reshape(a, (*there[:axis], 1, *there[axis:])) for a in args], axis)


def _unstack(program: TraceWriter, eqn: Any, args: Sequence[int]) -> list[int]:
    axis, shape = eqn.params["axis"], eqn.outvars[0].aval.shape
    return [program.reshape(program.slice(args[0], axis, k, k + 1), shape) for k in range(len(eqn.outvars))]


def _tile(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    node = args[0]
    for axis, times in enumerate(eqn.params["reps"]):
        node = program.concat([node] * int(times), axis)
    return node


def _split(program: TraceWriter, eqn: Any, args: Sequence[int]) -> list[int]:
    ends = numpy.cumsum(eqn.params["sizes"])
    pairs = zip((0, *ends), ends, strict=False)
    return [program.slice(args[0], eqn.params["axis"], int(start), int(end)) for start, end in pairs]


def _pad(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    node, filling = args
    for axis, (before, after, between) in enumerate(tuple(map(int, sides)) for sides in eqn.params["padding_config"]):
        if between:
            return program.unknown("padding between entries", args, eqn.outvars[0].aval.shape)
        length = program.shape(node)[axis]
        node = program.slice(node, axis, max(-before, 0), length - max(-after, 0))
        shape = list(program.shape(node))
        parts = [program.expand(filling, [*shape[:axis], k, *shape[axis + 1 :]]) for k in (before, after) if k > 0]
        node = program.concat([*parts[: before > 0], node, *parts[before > 0 :]], axis)
    return node


def _flip(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    node = args[0]
    for axis in eqn.params["dimensions"]:
        node = program.add("flip", [node], program.shape(node), axis=int(axis))
    return node


def _iota(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    return program.add("iota", (), eqn.params["shape"], axis=int(eqn.params["dimension"]))


MOVES: Mapping[str, Emission] = MappingProxyType(
    {
        "broadcast_in_dim": _broadcast, "reshape": _reshape, "squeeze": _resized, "expand_dims": _resized,
        "transpose": _transpose, "slice": _slice, "dynamic_slice": _dynamic_slice,
        "dynamic_update_slice": _dynamic_update, "gather": gathered, "scatter": scattered, "scatter-add": scattered,
        "scatter-mul": scattered, "concatenate": _concatenate, "stack": _stack, "unstack": _unstack, "tile": _tile,
        "split": _split, "pad": _pad, "rev": _flip, "iota": _iota,
    }
)  # fmt: skip
"""By primitive."""
