"""How tracers write programs: node by node, what is known of their values, and what of them is needed in the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy

from cellgraph.imports.traced import CalledAt, TracedNode

Array = Any


@dataclass
class TraceWriter:
    """Nodes as they are written.

    :known:  number of a node -> its value, where it follows from numbers that stand in the code
    :data:   numbers of the nodes of inputs and states
    :place:  where in the user's code the next nodes are called
    :native: what the library calls them
    """

    nodes: list[TracedNode] = field(default_factory=list)
    known: dict[int, Array] = field(default_factory=dict)
    data: set[int] = field(default_factory=set)
    place: CalledAt | None = None
    native: str = ""

    def add(self, op: str, args: Sequence[int] = (), shape: Sequence[int] = (), **attributes: Any) -> int:
        """A node more; its number."""
        sizes = tuple(int(s) for s in shape)
        self.nodes.append(TracedNode(op, tuple(args), sizes, attributes, self.native, self.place))
        return len(self.nodes) - 1

    def shape(self, node: int) -> tuple[int, ...]:
        """The shape of a node, in whole numbers."""
        return tuple(int(s) for s in self.nodes[node].shape)

    def constant(self, value: Array) -> int:
        """A number or an array that stands in the code; one that holds one number throughout is that, expanded."""
        array = numpy.asarray(value)
        if array.ndim and array.size and (array == array.flat[0]).all():
            node = self.add("expand", [self.constant(array.flat[0])], array.shape)
        elif array.ndim:
            node = self.add("constant", (), array.shape, value=array.astype(float))
        else:
            node = self.add("number", (), (), value=exact(array))
        self.known[node] = array
        return node

    def elementwise(self, op: str, *args: int, **attributes: Any) -> int:
        """A function entry by entry, under NumPy's broadcasting."""
        return self.add(op, args, numpy.broadcast_shapes(*map(self.shape, args)), **attributes)

    def reshape(self, node: int, shape: Sequence[int]) -> int:
        """The same entries in another shape; nothing where it has that already."""
        return node if self.shape(node) == tuple(shape) else self.add("reshape", [node], shape)

    def expand(self, node: int, shape: Sequence[int]) -> int:
        """NumPy's broadcasting."""
        return node if self.shape(node) == tuple(shape) else self.add("expand", [node], shape)

    def permute(self, node: int, order: Sequence[int]) -> int:
        """Axis k of the result is axis order[k]."""
        there = self.shape(node)
        order = tuple(int(k) for k in order)
        same = order == tuple(range(len(there)))
        return node if same else self.add("permute", [node], [there[k] for k in order], order=order)

    def slice(self, node: int, axis: int, start: int, stop: int, step: int = 1) -> int:
        """What stands from `start` to before `stop` along an axis."""
        shape = list(self.shape(node))
        if (start, stop, step) == (0, shape[axis], 1):
            return node
        shape[axis] = len(range(start, stop, step))
        return self.add("slice", [node], shape, axis=axis, start=int(start), stop=int(stop), step=int(step))

    def concat(self, nodes: Sequence[int], axis: int) -> int:
        """One after the other along an axis."""
        if len(nodes) == 1:
            return nodes[0]
        shape = list(self.shape(nodes[0]))
        shape[axis] = sum(self.shape(node)[axis] for node in nodes)
        return self.add("concat", nodes, shape, axis=axis)

    def reduce(self, op: str, node: int, axes: Iterable[int], keep: bool = False) -> int:
        """A sum, a mean or an extreme over some axes."""
        there = self.shape(node)
        over = tuple(sorted(int(axis) % len(there) for axis in axes))
        if not over:
            return node
        found = self.add(op, [node], [s for k, s in enumerate(there) if k not in over], axes=over)
        return self.reshape(found, [1 if k in over else s for k, s in enumerate(there)]) if keep else found

    def update(self, node: int, part: int, starts: Sequence[int]) -> int:
        """An array in which a smaller one of the same rank replaces what stands there."""
        there, inner = self.shape(node), self.shape(part)
        smaller = [axis for axis, (whole, some) in enumerate(zip(there, inner, strict=True)) if whole != some]
        if not smaller:
            return part
        axis, *more = smaller
        if more:
            slab = self.slice(node, axis, starts[axis], starts[axis] + inner[axis])
            part = self.update(slab, part, [0 if k == axis else s for k, s in enumerate(starts)])
        return self.add("update", [node, part], there, axis=axis, start=int(starts[axis]))

    def unknown(self, reason: str, args: Sequence[int], shape: Sequence[int]) -> int:
        """What no operation of ours is, and why, or what to write instead."""
        return self.add("unknown", args, shape, reason=reason)


def exact(value: Any) -> float:
    """A number as a float; one in single precision as the decimal that it stands for: 0.1, not 0.10000000149."""
    array = numpy.asarray(value)
    return float(str(array[()])) if array.dtype in (numpy.float32, numpy.float16) else float(array)
