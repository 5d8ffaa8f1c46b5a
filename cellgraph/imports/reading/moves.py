"""Rules of what moves entries: reshaping, turning, cutting, joining, and the numbers of entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import sympy as sp

from cellgraph.imports.reading.arithmetic import Inexpressible, applied, spoken
from cellgraph.imports.reading.blocks import Block, Slot, oriented
from cellgraph.imports.reading.extents import cells, found
from cellgraph.imports.reading.parts import Blocked, Key, Reading, Rule, renamed, seen
from cellgraph.imports.reading.sizes import BATCH
from cellgraph.imports.traced import TracedNode
from cellgraph.ops import Abs, Add, Cumsum, Fill, Shift, Spread, Step, Sub


def _reshape(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    """Parts stay in row-major order, and so do the open axes of each."""
    [operand] = args
    axes = reading.inference.axes[number]
    parts = {}
    for before, after in zip(reading.keys(operand.axes), reading.keys(axes), strict=True):
        names = dict(zip(reading.slots(operand.axes, before), reading.slots(axes, after), strict=True))
        block = operand.parts[before]
        parts[after] = Block(block.expr, tuple(names[s] for s in block.core), frozenset(names[s] for s in block.lifted))
    return Blocked(axes, parts)


def _permute(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    order = [int(k) for k in node.attributes["order"]]
    [operand] = args
    return Blocked(
        reading.inference.axes[number],
        {tuple(key[k] for k in order): renamed(block, order.index) for key, block in operand.parts.items()},
    )


def _expand(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    axes = reading.inference.axes[number]
    return Blocked(axes, {key: seen(args[0], len(axes), key) for key in reading.keys(axes)})


def _start(reading: Reading, number: int) -> int:
    """How many parts of an axis stand before a cut."""
    head, _ = reading.inference.cuts[number]
    return 0 if head is None else len(cells(head))


def _slice(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    [operand] = args
    said, axes = node.attributes, reading.inference.axes[number]
    axis, step = said["axis"], said["step"]
    if axes == operand.axes:
        return operand
    if step == 1:
        start = _start(reading, number)
    else:
        start = said["start"]
    return Blocked(
        axes,
        {key: operand.parts[(*key[:axis], start + step * key[axis], *key[axis + 1 :])] for key in reading.keys(axes)},
    )


def _flip(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    axis, [operand] = node.attributes["axis"], args
    last = len(cells(operand.axes[axis])) - 1
    return Blocked(
        reading.inference.axes[number],
        {(*key[:axis], last - key[axis], *key[axis + 1 :]): block for key, block in operand.parts.items()},
    )


def _concat(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    axis, parts, start = node.attributes["axis"], {}, 0
    for operand in args:
        if found(operand.axes[axis]).size == 0:
            continue
        for key, block in operand.parts.items():
            parts[(*key[:axis], start + key[axis], *key[axis + 1 :])] = block
        start += len(cells(operand.axes[axis]))
    axes = reading.inference.axes[number]
    return Blocked(axes, {key: parts[key] for key in reading.keys(axes)})


def _update(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    whole, part = args
    axis, start = node.attributes["axis"], _start(reading, number)
    new = {(*key[:axis], start + key[axis], *key[axis + 1 :]): block for key, block in part.parts.items()}
    return Blocked(whole.axes, {key: new.get(key, block) for key, block in whole.parts.items()})


def _iota(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    axes, axis = reading.inference.axes[number], node.attributes["axis"]
    parts: dict[Key, Block] = {}
    starts: list[sp.Expr] = [sp.S.Zero]
    for cell in cells(axes[axis]):
        starts.append(starts[-1] + sp.Mul(*(atom.size for atom in cell)))
    for key in reading.keys(axes):
        slots = [slot for slot in reading.slots(axes, key) if slot.axis == axis]
        if any(slot.size == BATCH for slot in slots) or len(slots) > 1:
            raise Inexpressible("numbers of the entries along the batch, or along several axes at once")
        parts[key] = Block(starts[key[axis]])
        if slots:
            own = reading.made(sp.S.One, slots)
            parts[key] = replace(own, expr=applied(Sub, _numbered(reading, slots[0]), 1 - starts[key[axis]]))
    return Blocked(axes, parts)


def _shift(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    [operand] = args
    axis, by = node.attributes["axis"], node.attributes["by"]
    parts: dict[Key, Block] = {}
    for key, block in operand.parts.items():
        slots = [slot for slot in reading.slots(operand.axes, key) if slot.axis == axis]
        if len(slots) != 1 or len(cells(operand.axes[axis])) > 1 or slots[0].size == BATCH:
            raise Inexpressible("an array is moved along an axis that is cut elsewhere: keep the moved axis whole")
        [slot] = slots
        if block.expr == 0:
            parts[key] = block
        elif slot in block.lifted:
            parts[key] = replace(block, expr=Shift(block.expr, by, reading.each[slot.size]))
        elif slot in block.core:
            core = (slot, *(own for own in block.core if own != slot))
            parts[key] = Block(Shift(oriented(block, core), by), core, block.lifted)
        else:
            raise Inexpressible("an array is moved along an axis along which all its entries are the same")
    return Blocked(operand.axes, parts)


def _mark(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    axes, axis = reading.inference.axes[number], node.attributes["axis"]
    [key] = reading.keys(axes)
    slots = [slot for slot in reading.slots(axes, key) if slot.axis == axis]
    if len(slots) != 1:
        raise Inexpressible("an array is moved along an axis that is cut elsewhere: keep the moved axis whole")
    own = reading.made(sp.S.One, slots)
    run, place = _numbered(reading, slots[0]), node.attributes["place"]
    if place == 0:
        return Blocked(axes, {key: replace(own, expr=Step(Sub(sp.Rational(3, 2), run)))})
    if sp.expand(place - slots[0].size) == -1:
        return Blocked(axes, {key: replace(own, expr=Step(Add(Sub(run, slots[0].size), sp.Rational(1, 2))))})
    away = Abs(Sub(run, spoken(place + 1)))
    return Blocked(axes, {key: replace(own, expr=Sub(sp.S.One, Step(away)))})


def _numbered(reading: Reading, slot: Slot) -> sp.Expr:
    """The numbers of the entries along a slot, from 1."""
    if slot.size in reading.each:
        return Cumsum(Spread(sp.S.One, reading.each[slot.size]), reading.each[slot.size])
    return Cumsum(Fill(sp.S.One, slot.size))


MOVES: Mapping[str, Rule] = MappingProxyType(
    {
        "reshape": _reshape, "permute": _permute, "expand": _expand, "slice": _slice, "flip": _flip,
        "concat": _concat, "update": _update, "iota": _iota, "shift": _shift, "mark": _mark,
    }
)  # fmt: skip
"""The rules of this module by operation."""
