"""Arrays of a trace in parts, and what rules need to know to make the parts of a result of those of operands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import sympy as sp

from cellgraph.imports.arithmetic import Inexpressible
from cellgraph.imports.blocks import Block, Each, Slot
from cellgraph.imports.extents import Extent, cells, found
from cellgraph.imports.inference import Inference
from cellgraph.imports.sizes import BATCH
from cellgraph.imports.traced import TracedNode

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
            raise Inexpressible("an array of more than two axes", *(slot.size for slot in core))
        sizes = [slot.size for slot in lifted]
        if len(set(sizes)) < len(sizes):
            raise Inexpressible(f"an array has two axes of {', '.join(map(str, set(sizes)))} members")


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


def entry_by_entry(rule: Callable[..., Block]) -> Rule:
    """The rule of what acts entry by entry."""

    def made(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
        axes = reading.inference.axes[number]
        parts = {}
        for key in reading.keys(axes):
            block = rule(node, *(seen(operand, len(axes), key) for operand in args))
            reading.check(block.core, block.lifted)
            parts[key] = block
        return Blocked(axes, parts)

    return made
