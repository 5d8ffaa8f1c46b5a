"""Reading and writing at places that stand in the code (x[jnp.array([0, 2])], x.at[1:3].set): slices and updates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy

from cellgraph.frameworks.tracing.building import TraceWriter

Array = Any

COMPUTED = "places that are computed: choose by jnp.where, or by a product with a one-hot vector"


def gathered(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    """What stands at places that are known: along each axis a range, or some entries one by one."""
    shape = eqn.outvars[0].aval.shape
    node, places = args
    if places not in program.known:
        return program.unknown(COMPUTED, args, shape)
    there = program.shape(node)
    found = _placed(eqn, numpy.arange(numpy.prod(there, dtype=int)).reshape(there), program.known[places])
    axes = _along(found, there)
    if axes is None:
        return program.unknown("places of no regular order", args, shape)
    order = []
    for axis, (along, entries) in enumerate(axes):
        node = _entries(program, node, axis, entries)
        order += [] if along is None else [(along, axis)]
    kept = [program.shape(node)[axis] for axis in sorted(axis for _, axis in order)]
    node = program.reshape(node, kept)
    ranks = {axis: k for k, axis in enumerate(sorted(axis for _, axis in order))}
    node = program.permute(node, [ranks[axis] for _, axis in sorted(order)])
    return program.expand(program.reshape(node, [s if k in dict(order) else 1 for k, s in enumerate(shape)]), shape)


def scattered(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    """An array in which a block at known places is replaced, or has something added to it or multiplied by it."""
    node, places, part = args
    there = program.shape(node)
    if places not in program.known:
        return program.unknown(COMPUTED, args, there)
    count = int(numpy.prod(program.shape(part), dtype=int))
    number = _placed(
        eqn, numpy.zeros(there, int), program.known[places], 1 + numpy.arange(count).reshape(program.shape(part))
    )
    filled = numpy.argwhere(number)
    if not len(filled):
        return node
    starts, ends = filled.min(0), filled.max(0) + 1
    block = number[tuple(slice(a, b) for a, b in zip(starts, ends, strict=True))]
    if len(filled) != block.size or (block.ravel() != 1 + numpy.arange(count)).any():
        return program.unknown("places that are no block: write one block after another", args, there)
    part = program.reshape(part, block.shape)
    if eqn.primitive.name != "scatter":
        before = node
        for axis, (start, end) in enumerate(zip(starts, ends, strict=True)):
            before = program.slice(before, axis, int(start), int(end))
        part = program.elementwise({"scatter-add": "add", "scatter-mul": "mul"}[eqn.primitive.name], before, part)
    return program.update(node, part, [int(s) for s in starts])


def _placed(eqn: Any, numbers: Array, places: Array, *parts: Array) -> Array:
    """What a gather or a scatter does, done to numbers of places."""
    import jax

    said = dict(eqn.params)
    if parts:
        said |= {"update_jaxpr": None, "update_consts": ()}
        return numpy.asarray(jax.lax.scatter_p.bind(numbers, places, *parts, **said))
    return numpy.asarray(jax.lax.gather_p.bind(numbers, places, **said | {"fill_value": -1}))


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


def _entries(program: TraceWriter, node: int, axis: int, entries: Sequence[int]) -> int:
    """Some entries along an axis: a slice where they are evenly spaced, else one by one."""
    steps = {b - a for a, b in pairwise(entries)} or {1}
    step = min(steps)
    if len(steps) == 1 and step > 0:
        return program.slice(node, axis, entries[0], entries[-1] + 1, step)
    if len(steps) == 1 and step < 0:
        node = program.slice(node, axis, entries[-1], entries[0] + 1, -step)
        return program.add("flip", [node], program.shape(node), axis=axis)
    return program.concat([program.slice(node, axis, k, k + 1) for k in entries], axis)
