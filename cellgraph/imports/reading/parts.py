"""Arrays of a trace in parts, and what rules need to know to make the parts of a result of those of operands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import sympy as sp

from cellgraph.imports.reading.arithmetic import Inexpressible
from cellgraph.imports.reading.blocks import Block, Each, Slot
from cellgraph.imports.reading.extents import Extent, cells, found
from cellgraph.imports.reading.inference import Inference
from cellgraph.imports.reading.sizes import BATCH
from cellgraph.imports.traced import TracedNode
from cellgraph.ops import Slice

Key = tuple[int, ...]
"""Which part an array: for each axis, the number of the part along it."""


@dataclass(frozen=True)
class Blocked:
    """An array in parts."""

    axes: tuple[Extent, ...]
    parts: Mapping[Key, Block]


@dataclass
class Reading:
    """What rules need to know: the axes of all nodes, and the lifted axes by their sizes."""

    inference: Inference
    each: Each

    def keys(self, axes: Iterable[Extent]) -> Iterator[Key]:
        """The parts of an array in row-major order."""
        return product(*(range(len(cells(extent))) for extent in axes))

    def slots(self, axes: Sequence[Extent], key: Key) -> list[Slot]:
        """The open axes of a part in row-major order, that of the batch included."""
        return [
            Slot(d, p, atom) for d, (extent, k) in enumerate(zip(axes, key, strict=True))
            for p, atom in enumerate(cells(extent)[k])
        ]  # fmt: skip

    def along(self, axes: Sequence[Extent], key: Key, gone: Collection[int], name: str) -> list[Slot]:
        """The open axes of a part along some axes. Raises Inexpressible where `name` would go over the batch."""
        slots = [slot for slot in self.slots(axes, key) if slot.axis in gone]
        if any(slot.size == BATCH for slot in slots):
            raise Inexpressible(f"a {name} over the batch: what one sample does would depend on the others")
        return slots

    def made(self, expr: sp.Expr, slots: Iterable[Slot]) -> Block:
        """A part that differs along all of these slots; the vector or matrix has them in this order."""
        own = [slot for slot in slots if slot.size != BATCH]
        lifted = frozenset(slot for slot in own if slot.size in self.each)
        core = tuple(slot for slot in own if slot not in lifted)
        self.check(core, lifted)
        return Block(expr, core, lifted)

    def check(self, core: Sequence[Slot], lifted: Iterable[Slot]) -> None:
        """Raise Inexpressible where a part has an axis too many."""
        if len([slot for slot in core if not slot.atom.whole]) > 2:
            told = "×".join(str(slot.size) for slot in core)
            raise Inexpressible(
                f"an array of more than two axes, {told}, of which none can be lifted, because a lifted axis has a size"
                " of its own: give these axes different sizes, or write products of matrices",
                *(slot.size for slot in core),
            )
        sizes = [slot.size for slot in lifted]
        if len(set(sizes)) < len(sizes):
            told = ", ".join(map(str, dict.fromkeys(sizes)))
            raise Inexpressible(
                f"an array has two axes of {told}, along one of which the same is done at each place: give the two"
                " sizes of their own"
            )


Rule = Callable[[Reading, int, TracedNode, Sequence[Blocked]], Blocked]


def renamed(block: Block, axis: Callable[[int], int]) -> Block:
    """The part with its slots at other axes."""

    def moved(slot: Slot) -> Slot:
        return replace(slot, axis=axis(slot.axis))

    return Block(block.expr, tuple(map(moved, block.core)), frozenset(map(moved, block.lifted)))


def seen(operand: Blocked, rank: int, key: Key) -> Block:
    """The part of an operand that goes with a part of the result: axes stand over one another from the last one on."""
    offset = rank - len(operand.axes)
    own = tuple(0 if found(e).size == 1 else key[d + offset] for d, e in enumerate(operand.axes))
    return renamed(operand.parts[own], lambda axis: axis + offset)


def sliced(reading: Reading, whole: Blocked, axes: Sequence[Extent], axis: int) -> Blocked:
    """The array with the axes that it has behind a norm, where it may be cut."""
    own, wanted = cells(whole.axes[axis]), cells(axes[axis])
    if len(own) == len(wanted):
        return replace(whole, axes=tuple(axes))
    if len(own) != 1 or any(len(cell) != 1 or cell[0].size in reading.each for cell in (*own, *wanted)):
        raise Inexpressible("a vector that is normed as a whole and has members behind that")
    starts = [sp.expand(sp.Add(*(cell[0].size for cell in wanted[:k]))) for k in range(len(wanted) + 1)]
    parts = {}
    for key in reading.keys(axes):
        block = whole.parts[(*key[:axis], 0, *key[axis + 1 :])]
        if len(block.core) != 1 or block.core[0].axis != axis:
            raise Inexpressible(
                "rows of a matrix that are normed as a whole and cut behind that", *(slot.size for slot in block.core)
            )
        place = key[axis]
        cut = Slice(block.expr, starts[place], starts[place + 1])
        parts[key] = Block(cut, (Slot(axis, 0, wanted[place][0]),), block.lifted)
    return Blocked(tuple(axes), parts)


def entry_by_entry(rule: Callable[..., Block]) -> Rule:
    """The rule of what acts entry by entry."""

    def made(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
        axes = reading.inference.axes[number]
        own = [_real(args, k - len(axes)) for k in range(len(axes))]
        parts = {}
        for key in reading.keys(own):
            block = rule(node, *(seen(operand, len(axes), key) for operand in args))
            reading.check(block.core, block.lifted)
            parts[key] = block
        whole = Blocked(tuple(own), parts)
        return sliced(reading, whole, axes, len(axes) - 1) if axes else whole

    return made


def _real(args: Sequence[Blocked], k: int) -> Extent:
    """The axis of operands, counted from the last one, that has more than one entry, if there is such a one."""
    there = [operand.axes[k] for operand in args if len(operand.axes) >= -k]
    return next((extent for extent in there if found(extent).size != 1), there[0])
