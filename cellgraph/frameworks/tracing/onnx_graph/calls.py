"""What a rule for an operator of ONNX is given: its node, its operands, and numbers of the file at the sizes of now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from cellgraph.frameworks.tracing.asked import Array
from cellgraph.frameworks.tracing.building import TraceWriter, exact


@dataclass(frozen=True)
class OnnxValue:
    """One value of a graph: its node in the trace once it has one, and its numbers where they are known.

    :literal: the numbers stand in the file; those that are sizes are the file's own
    """

    node: int | None = None
    known: Array | None = None
    literal: bool = False


def node_of(writer: TraceWriter, value: OnnxValue) -> int:
    """The node of a value; one whose numbers are known is written where it is needed."""
    if value.node is not None:
        return value.node
    known = numpy.asarray(value.known)
    if known.ndim == 1 and known.size > 1 and (known == numpy.arange(known.size)).all():
        return writer.add("iota", (), known.shape, axis=0)
    return writer.constant(known)


@dataclass(frozen=True)
class OnnxCall:
    """One node of a graph.

    :args:  its operands, None for those that are left out
    :said:  its attributes
    :sized: a number of the file -> what it is at the sizes of this trace
    :batch: the number of samples in the file, and of this trace
    """

    writer: TraceWriter
    op: str
    outputs: int
    args: Sequence[OnnxValue | None]
    said: Mapping[str, Any]
    sized: Callable[[int], int]
    batch: tuple[int, int] | None

    def given(self, number: int) -> bool:
        """Whether there is such an operand."""
        return number < len(self.args) and self.args[number] is not None

    def node(self, number: int = 0) -> int:
        """The node of an operand."""
        value = self.args[number]
        assert value is not None
        return node_of(self.writer, value)

    def nodes(self) -> list[int]:
        """The nodes of all operands that are given."""
        return [self.node(k) for k in range(len(self.args)) if self.given(k)]

    def shape(self, number: int = 0) -> tuple[int, ...]:
        """The shape of an operand."""
        return self.writer.shape(self.node(number))

    def numbers(self, number: int, attribute: str = "") -> list[int] | None:
        """Whole numbers that are an operand, or an attribute in older files, as they are; None where not known."""
        if attribute in self.said:
            return [int(k) for k in numpy.atleast_1d(self.said[attribute])]
        value = self.args[number] if self.given(number) else None
        return None if value is None or value.known is None else [int(k) for k in numpy.atleast_1d(value.known)]

    def extents(self, number: int, attribute: str = "") -> list[int] | None:
        """The same where they are sizes or places along an axis, at the sizes of this trace."""
        found = self.numbers(number, attribute)
        value = self.args[number] if attribute not in self.said and self.given(number) else None
        if found is None or (value is not None and not value.literal):
            return found
        return [self.sized(k) for k in found]

    def batched(self, shape: Sequence[int]) -> list[int]:
        """A shape that stands in the file, with the samples of this trace in front if it has those of the file."""
        return [self.batch[1], *shape[1:]] if self.batch and shape and shape[0] == self.batch[0] else list(shape)

    def number(self, number: int, otherwise: float) -> float | None:
        """An operand that is one real number; None where it is computed."""
        if not self.given(number):
            return otherwise
        value = self.args[number]
        assert value is not None
        return None if value.known is None or value.known.size != 1 else exact(value.known.reshape(()))

    def apply(self, op: str, *args: int | float, **attributes: Any) -> int:
        """A function entry by entry of nodes, and of floats that stand for numbers."""
        nodes = [self.writer.constant(a) if isinstance(a, float) else a for a in args]
        return self.writer.elementwise(op, *nodes, **attributes)

    def function(self, name: str, *numbers: float) -> int:
        """A function of specs/functions.yaml of the first operand."""
        return self.writer.elementwise("function", self.node(), name=name, numbers=numbers)

    def unknown(self, reason: str) -> list[int]:
        """No operation of ours, whatever its shape is."""
        shape = self.shape() if self.given(0) else ()
        return [self.writer.unknown(reason, self.nodes(), shape) for _ in range(self.outputs)]


OnnxRule = Callable[[OnnxCall], int | list[int]]
"""A call -> the node of its result, or one for each."""
