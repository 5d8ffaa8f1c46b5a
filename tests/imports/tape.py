"""Programs written by hand as traces: arrays with operators that write down what is done to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cellgraph.imports.reading.sizes import traces_needed, unified
from cellgraph.imports.traced import Trace, TracedNode

PRIMES = (11, 5, 17, 7, 13, 19, 3, 23, 29, 2, 31, 37)


class Tape:
    """Nodes of one trace as they are written."""

    def __init__(self, batch: int) -> None:
        self.nodes: list[TracedNode] = []
        self.batch = batch
        self.named: dict[str, dict[str, int]] = {"input": {}, "state": {}, "param": {}}

    def put(self, op: str, *args: Written, shape: Sequence[int], **attributes: Any) -> Written:
        """One more node."""
        self.nodes.append(TracedNode(op, tuple(a.number for a in args), tuple(shape), attributes))
        return Written(self, len(self.nodes) - 1)

    def given(self, role: str, name: str, *shape: int) -> Written:
        """An array that is given; inputs and states have a batch axis in front."""
        lead = () if role == "param" else (self.batch,)
        array = self.put("leaf", shape=(*lead, *shape))
        self.named[role][name] = array.number
        return array

    def trace(self, output: Written | None = None, **after: Written) -> Trace:
        """The program."""
        return Trace(
            tuple(self.nodes), self.named["input"], self.named["state"], self.named["param"],
            {name: array.number for name, array in after.items()},
            output=None if output is None else output.number, batch=self.batch,
        )  # fmt: skip


class Written:
    """One array of a tape."""

    def __init__(self, tape: Tape, number: int) -> None:
        self.tape, self.number = tape, number

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(int(s) for s in self.tape.nodes[self.number].shape)

    def _other(self, other: Any) -> Written:
        return other if isinstance(other, Written) else self.tape.put("number", shape=(), value=other)

    def two(self, op: str, other: Any) -> Written:
        other = self._other(other)
        return self.tape.put(op, self, other, shape=np.broadcast_shapes(self.shape, other.shape))

    def one(self, op: str, **attributes: Any) -> Written:
        return self.tape.put(op, self, shape=self.shape, **attributes)

    def __add__(self, other: Any) -> Written:
        return self.two("add", other)

    def __sub__(self, other: Any) -> Written:
        return self.two("sub", other)

    def __rsub__(self, other: Any) -> Written:
        return self._other(other).two("sub", self)

    def __mul__(self, other: Any) -> Written:
        return self.two("mul", other)

    def __truediv__(self, other: Any) -> Written:
        return self.two("div", other)

    def einsum(self, equation: str, other: Written) -> Written:
        left, _, result = equation.partition("->")
        sizes = dict(zip("".join(left.split(",")), (*self.shape, *other.shape), strict=True))
        return self.tape.put("contract", self, other, shape=[sizes[k] for k in result], equation=equation)

    def linear(self, weight: Written) -> Written:
        return self.einsum("bm,nm->bn", weight)

    def reshape(self, *shape: int) -> Written:
        return self.tape.put("reshape", self, shape=shape)

    def permute(self, *order: int) -> Written:
        return self.tape.put("permute", self, shape=[self.shape[k] for k in order], order=order)

    def part(self, start: int, stop: int, axis: int = -1) -> Written:
        axis %= len(self.shape)
        shape = [stop - start if k == axis else size for k, size in enumerate(self.shape)]
        return self.tape.put("slice", self, shape=shape, axis=axis, start=start, stop=stop, step=1)

    def chunk(self, count: int, axis: int = -1) -> list[Written]:
        own = self.shape[axis] // count
        return [self.part(k * own, (k + 1) * own, axis) for k in range(count)]

    def update(self, part: Written, start: int, axis: int = -1) -> Written:
        """The array in which a part has taken the place of what stands from `start` on."""
        return self.tape.put("update", self, part, shape=self.shape, axis=axis % len(self.shape), start=start)

    def expand(self, *shape: int) -> Written:
        return self.tape.put("expand", self, shape=shape)

    def conv(self, kernel: Written, groups: int = 1) -> Written:
        """A convolution that keeps the number of positions."""
        widths = kernel.shape[2:]
        return self.tape.put(
            "conv", self, kernel, shape=(self.shape[0], kernel.shape[0], *self.shape[2:]), groups=groups,
            padding=tuple((w // 2, w // 2) for w in widths), dilation=(1,) * len(widths),
        )  # fmt: skip

    def reduced(self, op: str, *axes: int) -> Written:
        axes = tuple(axis % len(self.shape) for axis in axes)
        return self.tape.put(op, self, shape=[s for k, s in enumerate(self.shape) if k not in axes], axes=axes)


def concat(*parts: Written, axis: int = -1) -> Written:
    axis %= len(parts[0].shape)
    shape = list(parts[0].shape)
    shape[axis] = sum(part.shape[axis] for part in parts)
    return parts[0].tape.put("concat", *parts, shape=shape, axis=axis)


def sizes_of(names: Sequence[str], count: int | None = None) -> list[dict[str, int]]:
    """Numbers for sizes, different in every trace."""
    needed = count or traces_needed(len(names) + 1)
    return [{name: PRIMES[(k + 3 * t) % len(PRIMES)] for k, name in enumerate(names)} for t in range(needed)]


def traced(program: Callable[..., Trace], *names: str) -> tuple[Trace, list[Trace], list[Mapping[str, int]]]:
    """A program, which takes a tape and sizes, at open sizes; and its traces at the sizes of each."""
    sizes = sizes_of(names)
    traces = [program(Tape(41 + 2 * t), **own) for t, own in enumerate(sizes)]
    return unified(traces, sizes), traces, sizes
