"""Reading and writing at places that stand in the code: slices and updates, told from numbered entries."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy

from cellgraph.frameworks.tracing.building import TraceWriter

Array = Any


def taken(writer: TraceWriter, node: int, found: Array) -> int | None:
    """The entries of a node whose numbers, in row-major order, stand in `found`; None where they are in no order.

    Along each axis of the node they are a range, or some entries one by one.
    """
    axes = _along(found, writer.shape(node))
    if axes is None:
        return None
    order = []
    for axis, (along, entries) in enumerate(axes):
        node = _entries(writer, node, axis, entries)
        order += [] if along is None else [(along, axis)]
    kept = sorted(axis for _, axis in order)
    node = writer.reshape(node, [writer.shape(node)[axis] for axis in kept])
    ranks = {axis: k for k, axis in enumerate(kept)}
    node = writer.permute(node, [ranks[axis] for _, axis in sorted(order)])
    filled = [s if k in dict(order) else 1 for k, s in enumerate(found.shape)]
    return writer.expand(writer.reshape(node, filled), found.shape)


def replaced(writer: TraceWriter, node: int, part: int, number: Array, op: str = "") -> int | None:
    """A node in which entries are replaced by those of a part, or, by an operation, made of both.

    number: for each entry of the node, which entry of the part stands there from 1 on, in row-major order, or 0. None
    where these are no block in order.
    """
    filled = numpy.argwhere(number)
    if not len(filled):
        return node
    starts, ends = filled.min(0), filled.max(0) + 1
    block = number[tuple(slice(a, b) for a, b in zip(starts, ends, strict=True))]
    count = int(numpy.prod(writer.shape(part), dtype=int))
    if len(filled) != block.size or count != block.size or (block.ravel() != 1 + numpy.arange(count)).any():
        return None
    part = writer.reshape(part, block.shape)
    if op:
        before = node
        for axis, (start, end) in enumerate(zip(starts, ends, strict=True)):
            before = writer.slice(before, axis, int(start), int(end))
        part = writer.elementwise(op, before, part)
    return writer.update(node, part, [int(s) for s in starts])


def _along(found: Array, there: Sequence[int]) -> list[tuple[int | None, list[int]]] | None:
    """For each axis of the array that is read: along which axis of the result it runs, if any, and at which entries."""
    if (found < 0).any():
        return None
    where = numpy.unravel_index(found, there)
    axes: list[tuple[int | None, list[int]]] = []
    for numbers in map(numpy.asarray, where):
        moving = [k for k in range(found.ndim) if (numbers != numbers.take([0], k)).any()]
        if len(moving) > 1:
            return None
        line = numbers[tuple(slice(None) if k in moving else 0 for k in range(found.ndim))]
        axes.append((moving[0] if moving else None, [int(k) for k in numpy.atleast_1d(line)]))
    used = [along for along, _ in axes if along is not None]
    return axes if len(used) == len(set(used)) else None


def _entries(writer: TraceWriter, node: int, axis: int, entries: Sequence[int]) -> int:
    """Some entries along an axis: a slice where they are evenly spaced, else one by one."""
    steps = {b - a for a, b in pairwise(entries)} or {1}
    step = min(steps)
    if len(steps) == 1 and step > 0:
        return writer.slice(node, axis, entries[0], entries[-1] + 1, step)
    if len(steps) == 1 and step < 0:
        node = writer.slice(node, axis, entries[-1], entries[0] + 1, -step)
        return writer.add("flip", [node], writer.shape(node), axis=axis)
    return writer.concat([writer.slice(node, axis, k, k + 1) for k in entries], axis)
