"""The axes of every array of a trace, unified: what adding, multiplying, cutting and joining arrays says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.imports.reading.extents import Extent, Extents, Uneven, found
from cellgraph.imports.traced import FUNCTIONS_OF_ONE, FUNCTIONS_OF_TWO, Trace, TracedNode

Axes = tuple[Extent, ...]


@dataclass
class Inference:
    """Axes of nodes as they become known, and for what cuts an axis, the parts before and inside of the cut."""

    extents: Extents
    axes: list[Axes] = field(default_factory=list)
    cuts: dict[int, tuple[Extent | None, Extent]] = field(default_factory=dict)
    """Number of a slice or an update -> what stands before it along its axis, and what it takes."""
    bridged: list[tuple[Extent, Extent]] = field(default_factory=list)
    """Axes before and after what goes along them as a whole, which need not be cut before because they are after."""
    learned: frozenset[int] = frozenset()
    """Numbers of the nodes of parameters."""

    def zero(self, size: Any) -> bool:
        """Whether there is nothing of this size."""
        return bool(sp.expand(size) == 0)

    def cut(self, number: int, extent: Extent, start: Any, middle: Extent) -> None:
        """A part of an axis, from `start` on, is `middle`."""
        if found(extent).whole:
            raise Uneven("the width of a kernel is cut")
        rest = sp.expand(found(extent).size - start - found(middle).size)
        head = None if self.zero(start) else Extent(sp.expand(start))
        tail = None if self.zero(rest) else Extent(rest)
        self.cuts[number] = (head, middle)
        self.extents.cut(extent, [part for part in (head, middle, tail) if part is not None])


def inferred(trace: Trace, numbers: Mapping[sp.Symbol, int]) -> Inference:
    """The axes of every node. numbers: sizes of one trace.

    Raises Uneven with the number of the node as `at`.
    """
    made = Inference(Extents(numbers), learned=frozenset(trace.parameters.values()))
    for number, node in enumerate(trace.nodes):
        try:
            made.axes.append(RULES[node.op](made, number, node, [made.axes[k] for k in node.args]))
        except Uneven as problem:
            problem.at = number
            raise
    for own, behind in made.bridged:
        if found(own).parts or found(own).factors or not found(behind).parts:
            made.extents.unify(own, behind)
    for name, number in trace.after.items():
        before, after = made.axes[trace.states[name]], made.axes[number]
        try:
            if len(before) != len(after):
                raise Uneven(f"the state {name} has {len(before)} axes before the step and {len(after)} after it")
            for one, two in zip(before, after, strict=True):
                made.extents.unify(one, two)
        except Uneven as problem:
            problem.at = number
            raise
    return made


def broadcast(made: Inference, node: TracedNode, args: Sequence[Axes]) -> Axes:
    """Axes of a result entry by entry: the last axes stand over one another, and those of one entry go with any."""
    rank = len(node.shape)
    result: list[Extent] = []
    for k in range(rank):
        own = [axes[k - rank] for axes in args if len(axes) >= rank - k]
        real = [extent for extent in own if found(extent).size != 1]
        for other in real[1:]:
            made.extents.unify(real[0], other)
        result.append(real[0] if real else own[0] if own else Extent(node.shape[k]))
    return tuple(result)


def _same(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    return args[0]


def _new(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    return tuple(Extent(size) for size in node.shape)


def _entrywise(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    axes = broadcast(made, node, args)
    normed = axes and any(found(after) is found(axes[-1]) for _, after in made.bridged)
    if normed and made.learned.intersection(node.args):  # the gain and the bias of a norm belong to it
        return (*axes[:-1], bridged(made, axes[-1]))
    return axes


def bridged(made: Inference, before: Extent) -> Extent:
    """An axis like this one that may be cut without it."""
    after = Extent(found(before).size)
    made.bridged.append((before, after))
    return after


def _reshape(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    after = _new(made, number, node, args)
    made.extents.regroup(args[0], after)
    return after


def _permute(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    return tuple(args[0][k] for k in node.attributes["order"])


def _expand(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    new = len(node.shape) - len(args[0])
    axes = [Extent(size) for size in node.shape[:new]]
    for own, size in zip(args[0], node.shape[new:], strict=True):
        axes.append(own if found(own).size == size else Extent(size))
    return tuple(axes)


def _slice(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    said, axes = node.attributes, list(args[0])
    axis, start, stop, step = said["axis"], said["start"], said["stop"], said["step"]
    own = axes[axis]
    size = found(own).size
    if made.zero(start) and made.zero(stop - size) and step == 1:
        return args[0]
    if step == 1:
        axes[axis] = Extent(sp.expand(stop - start))
        made.cut(number, own, start, axes[axis])
    elif size.is_Integer:
        units = [Extent(1) for _ in range(int(size))]
        made.extents.cut(own, units)
        axes[axis] = made.extents.chain(units[start:stop:step])
    else:
        groups = Extent(sp.cancel(size / step))
        made.extents.factor(own, (groups, Extent(step)))
        axes[axis] = groups
    return tuple(axes)


def _flip(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    axes, axis = list(args[0]), node.attributes["axis"]
    size = found(axes[axis]).size
    if not size.is_Integer:
        raise Uneven(f"the order of {size} entries is reversed; the language has no word for that")
    units = [Extent(1) for _ in range(int(size))]
    made.extents.cut(axes[axis], units)
    axes[axis] = made.extents.chain(units[::-1])
    return tuple(axes)


def _concat(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    axis = node.attributes["axis"]
    result = []
    for k in range(len(node.shape)):
        if k == axis:
            result.append(made.extents.chain([axes[k] for axes in args if not made.zero(found(axes[k]).size)]))
            continue
        for other in args[1:]:
            made.extents.unify(args[0][k], other[k])
        result.append(args[0][k])
    return tuple(result)


def _update(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    whole, part = args
    axis, start = node.attributes["axis"], node.attributes["start"]
    for k, (one, two) in enumerate(zip(whole, part, strict=True)):
        if k != axis:
            made.extents.unify(one, two)
    made.cut(number, whole[axis], start, part[axis])
    return whole


def labels(equation: str) -> tuple[list[str], str]:
    """The letters of each operand of a contraction, and those of its result."""
    left, _, right = equation.replace(" ", "").partition("->")
    return left.split(","), right


def _contract(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    operands, result = labels(node.attributes["equation"])
    known: dict[str, Extent] = {}
    for letters, axes in zip(operands, args, strict=True):
        for letter, extent in zip(letters, axes, strict=True):
            if letter in known:
                made.extents.unify(known[letter], extent)
            else:
                known[letter] = extent
    return tuple(known[letter] for letter in result)


def _reduced(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    return tuple(extent for k, extent in enumerate(args[0]) if k not in node.attributes["axes"])


def _along(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    """A norm of a whole vector may be cut behind it and not before: its result is sliced then."""
    axes = list(args[0])
    axis = node.attributes.get("axis", len(axes) - 1)
    size = found(axes[axis]).size
    if size.is_Integer or found(axes[axis]).whole:
        return args[0]
    axes[axis] = bridged(made, axes[axis])
    return tuple(axes)


def _conv(made: Inference, number: int, node: TracedNode, args: Sequence[Axes]) -> Axes:
    x, kernel = args
    groups = node.attributes["groups"]
    for width in kernel[2:]:
        found(width).whole = True
    if groups == 1:
        made.extents.unify(x[1], kernel[1])
    elif made.extents.equal(groups, found(x[1]).size) and made.extents.equal(found(kernel[0]).size, groups):
        made.extents.unify(x[1], kernel[0])
    else:
        raise Uneven("a convolution in groups; one over all channels or one for each channel can be said")
    for own, size in zip(x[2:], node.shape[2:], strict=True):
        if not made.extents.equal(found(own).size, size):
            raise Uneven(f"a convolution makes {size} positions of {found(own).size}: pad so that their number stays")
    return (x[0], kernel[0], *x[2:])


RULES: Mapping[str, Callable[[Inference, int, TracedNode, Sequence[Axes]], Axes]] = MappingProxyType(
    {
        **dict.fromkeys(("leaf", "constant", "number", "iota", "mark", "unknown"), _new),
        **dict.fromkeys((*FUNCTIONS_OF_ONE, "pow", "function", "shift"), _same),
        **dict.fromkeys(("leaf", "constant", "number", "iota", "mark", "unknown"), _new),
        **dict.fromkeys((*FUNCTIONS_OF_ONE, "pow", "function", "shift"), _same),
        **dict.fromkeys(("softmax", "cumsum", "standardize", "rms"), _along),
        **dict.fromkeys((*FUNCTIONS_OF_TWO, "where"), _entrywise),
        **dict.fromkeys(("sum", "mean", "largest", "smallest"), _reduced),
        "reshape": _reshape, "permute": _permute, "expand": _expand, "slice": _slice, "flip": _flip,
        "concat": _concat, "update": _update, "contract": _contract, "conv": _conv,
    }
)  # fmt: skip
"""What each operation says of axes: (inference, number, node, axes of the operands) -> axes of the result."""
