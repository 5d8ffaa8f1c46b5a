"""The rule of convolutions, over lifted axes, by kernels that are matrices or vectors at each tap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.imports.reading.arithmetic import Inexpressible
from cellgraph.imports.reading.blocks import Block, Slot, entrywise
from cellgraph.imports.reading.extents import cells, found
from cellgraph.imports.reading.parts import Blocked, Key, Reading, Rule
from cellgraph.imports.traced import TracedNode
from cellgraph.ops import (
    Add,
    Axis,
    Conv,
)


def _conv(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    """A convolution over lifted axes: the sum over the parts of the channels that are read."""
    x, kernel = args
    axes, said = reading.inference.axes[number], node.attributes
    spatial = range(2, len(x.axes))
    places = [found(x.axes[d]).size for d in spatial]
    if not all(size in reading.each for size in places):
        raise Inexpressible("a convolution over positions that are no size of the cell", *places)
    over_axes = [reading.each[size] for size in places]
    options = [sp.Integer(k) for k in _padded(said, [found(e).size for e in kernel.axes[2:]])]
    apart = said["groups"] != 1
    parts: dict[Key, Block] = {}
    for key in reading.keys(axes):
        terms = []
        for place in [0] if apart else range(len(cells(x.axes[1]))):
            read = key[1] if apart else place
            one = x.parts[(key[0], read, *key[2:])]
            two = kernel.parts[(key[1], place, *[0] * len(places))]
            terms.append(_convolved(one, two, options, over_axes, apart))
        parts[key] = reduce(lambda a, b: entrywise(Add, a, b), terms)
    return Blocked(axes, parts)


def _padded(said: Mapping[str, Any], widths: Sequence[sp.Expr]) -> tuple[int, int]:
    """(dilation, causal) as the language has them. Raises Inexpressible for any other padding."""
    [dilation, *others] = said["dilation"]
    reach = [int(dilation * (width - 1)) for width in widths]
    if all(d == dilation for d in others):
        if all(
            (before, after) == (r // 2, r // 2) and r % 2 == 0
            for (before, after), r in zip(said["padding"], reach, strict=True)
        ):
            return int(dilation), 0
        if len(reach) == 1 and tuple(said["padding"][0]) == (reach[0], 0):
            return int(dilation), 1
    raise Inexpressible("a convolution whose zeros stand neither on both sides alike nor all in front")


def _convolved(x: Block, kernel: Block, options: Sequence[sp.Expr], over_axes: Sequence[Axis], apart: bool) -> Block:
    inner = [slot for slot in kernel.core if not slot.atom.whole]
    if len(inner) != 2 - apart or len(x.core) > 1 or kernel.lifted:
        raise Inexpressible("a convolution of one channel, or by kernels that are no matrices at each tap")
    out = Slot(1, 0, inner[0].atom)
    return Block(Conv(x.expr, kernel.expr, *options, *over_axes), (out,), x.lifted)


CONVOLVING: Mapping[str, Rule] = MappingProxyType({"conv": _conv})
"""The rules of this module by operation."""
