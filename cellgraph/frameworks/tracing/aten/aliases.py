"""What tensors hold while some share memory: a write through one view is read through every other.

A view is a chain of nodes from the whole array that its memory holds. After a write to one view the whole is written
anew, by the inverse of the chain, and another view is found again from the whole when it is next read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from cellgraph.frameworks.tracing.building import TraceWriter
from cellgraph.imports.traced import TracedNode

Tensor = Any


@dataclass
class Memory:
    """The array that some memory holds: the node of it as a whole, and how often it was written."""

    whole: int
    writes: int = 0


@dataclass
class View:
    """A tensor: its memory, its own node, and the node of the whole and the count of writes when it was found."""

    memory: Memory
    node: int
    whole: int
    writes: int


@dataclass
class Aliases:
    """Every tensor seen, which stays alive so that no other takes its place in memory."""

    program: TraceWriter
    views: dict[int, View] = field(default_factory=dict)
    memories: dict[int, Memory] = field(default_factory=dict)
    alive: list[Tensor] = field(default_factory=list)

    def enter(self, tensor: Tensor, node: int) -> None:
        """A tensor whose node is found; it is a view if it shares memory with one that is known."""
        place = _place(tensor)
        memory = self.memories.get(place)
        if memory is None:
            memory = self.memories[place] = Memory(node)
        self.views[id(tensor)] = View(memory, node, memory.whole, memory.writes)
        self.alive.append(tensor)

    def twin(self, tensor: Tensor) -> Tensor | None:
        """A tensor that was seen and is the same part of the same memory: what `.data` was taken of."""
        if _place(tensor) not in self.memories:
            return None
        alike = (t for t in self.alive if t.data_ptr() == tensor.data_ptr() and t.shape == tensor.shape)
        return next((t for t in alike if t.stride() == tensor.stride()), None)

    def read(self, tensor: Tensor) -> int | None:
        """The node of what a tensor holds now, or None for one that was never seen."""
        view = self.views.get(id(tensor))
        if view is None:
            return None
        if view.writes < view.memory.writes:
            *_, view.node = self._again(view)
            view.whole, view.writes = view.memory.whole, view.memory.writes
        return view.node

    def write(self, tensor: Tensor, node: int) -> None:
        """Another value for a tensor that was read just before, and for all that shares its memory."""
        view = self.views[id(tensor)]
        chain = self._chain(view)
        stages = self._again(view)
        value = node
        for step, before in reversed(list(zip(chain, stages, strict=False))):
            value = INVERSES.get(step.op, _no_inverse)(self.program, step, before, value)
        view.memory.whole, view.memory.writes = value, view.memory.writes + 1
        view.node, view.whole, view.writes = node, value, view.memory.writes
        if chain and self.program.nodes[value].op != "unknown":
            # What was written is read again as a part of the whole, so that a further write finds its way.
            view.node = self._along(chain, value)[-1]

    def _chain(self, view: View) -> list[TracedNode]:
        """The steps from the whole to a view; empty where it is the whole."""
        steps, node = [], view.node
        while node != view.whole:
            steps.append(self.program.nodes[node])
            (node,) = steps[-1].args
        return steps[::-1]

    def _again(self, view: View) -> list[int]:
        """The nodes from the whole as it is now to a view."""
        return self._along(self._chain(view), view.memory.whole)

    def _along(self, chain: list[TracedNode], whole: int) -> list[int]:
        found = [whole]
        for step in chain:
            found.append(self.program.add(step.op, [found[-1]], step.shape, **step.attributes))
        return found


def _place(tensor: Tensor) -> int:
    """What tells one memory from another; nothing shares that of an array without an entry."""
    return tensor.untyped_storage().data_ptr() or -id(tensor)


def _sliced(program: TraceWriter, step: TracedNode, before: int, value: int) -> int:
    said = step.attributes
    if said["step"] != 1:
        reason = "writing every so many entries of an array; torch.stack the parts and flatten"
        return program.unknown(reason, [before, value], program.shape(before))
    return program.update(before, value, [said["start"] if k == said["axis"] else 0 for k in range(len(step.shape))])


def _permuted(program: TraceWriter, step: TracedNode, before: int, value: int) -> int:
    order = step.attributes["order"]
    return program.permute(value, [order.index(k) for k in range(len(order))])


def _no_inverse(program: TraceWriter, step: TracedNode, before: int, value: int) -> int:
    reason = f"writing into a view by {step.native}; write with torch.where or torch.cat"
    return program.unknown(reason, [before, value], program.shape(before))


INVERSES: Mapping[str, Callable[[TraceWriter, TracedNode, int, int], int]] = MappingProxyType(
    {
        "reshape": lambda program, step, before, value: program.reshape(value, program.shape(before)),
        "slice": _sliced,
        "permute": _permuted,
        "stop": lambda program, step, before, value: value,
    }
)
"""What the whole is, from what it was and from what is written into one step of a view."""
