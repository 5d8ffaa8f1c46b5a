"""What a rule for an operation of ATen is given, and how it writes the numbers and nodes among its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from cellgraph.frameworks.tracing.building import TraceWriter

Written: TypeAlias = Any
"""The node of what an operation gives back, or one for each of several results, None for what cells do not use."""


class Ref(int):
    """The number of a node that stands for a tensor among arguments; other numbers there are numbers of the code."""

    truth = False
    """Whether the tensor holds truth values."""


@dataclass(frozen=True)
class AtenCall:
    """One call of an operation.

    :args:  its tensors as `Ref`, everything else as it was passed
    :given: the same with the tensors themselves
    :out:   what PyTorch gave back
    """

    program: TraceWriter
    args: tuple[Any, ...]
    given: tuple[Any, ...]
    out: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what comes back, or of the first of several."""
        first = self.out[0] if isinstance(self.out, tuple | list) else self.out
        return tuple(first.shape)

    def unknown(self, reason: str) -> Written:
        """No operation of ours: one unknown node for each result."""
        args = [int(a) for a in _flat(self.args) if isinstance(a, Ref)]
        if isinstance(self.out, tuple | list):
            return [self.program.unknown(reason, args, o.shape) if hasattr(o, "shape") else None for o in self.out]
        return self.program.unknown(reason, args, tuple(getattr(self.out, "shape", ())))


Rule = Callable[..., Written]
"""(call, *arguments, **keywords) -> nodes; arguments as the operation's own signature has them."""


def node(call: AtenCall, value: Any) -> int:
    """The node of a tensor, or of a number that stands in the code."""
    return int(value) if isinstance(value, Ref) else call.program.constant(value)


def apply(call: AtenCall, op: str, *values: Any, **attributes: Any) -> int:
    """A function entry by entry of tensors and numbers."""
    return call.program.elementwise(op, *(node(call, value) for value in values), **attributes)


def scaled(call: AtenCall, b: Any, alpha: Any) -> int:
    """A tensor or a number times a number of the code."""
    return node(call, b) if alpha == 1 else apply(call, "mul", alpha, b)


def refs(*numbers: int) -> tuple[Ref, ...]:
    """Nodes as a rule takes them from an operation."""
    return tuple(Ref(number) for number in numbers)


def axis_of(call: AtenCall, operand: int, axis: int) -> int:
    """An axis counted from the front; a number by itself has one."""
    return axis % max(len(call.program.shape(operand)), 1)


def axes_of_call(call: AtenCall, operand: int, axes: Any) -> tuple[int, ...]:
    """The axes that a reduction names: one, several, or all where it names none."""
    rank = len(call.program.shape(operand))
    if axes is None or axes == () or axes == []:
        return tuple(range(rank))
    return tuple(axis % max(rank, 1) for axis in ([axes] if isinstance(axes, int) else axes)) if rank else ()


def _flat(tree: Any) -> list[Any]:
    return [leaf for part in tree for leaf in _flat(part)] if isinstance(tree, tuple | list) else [tree]
