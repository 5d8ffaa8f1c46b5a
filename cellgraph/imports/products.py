"""Rules of products of arrays and of what goes along an axis: sums, means, extremes, softmax, norms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import product
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.imports.blocks import (
    PAIRWISE,
    Block,
    Inexpressible,
    Slot,
    contraction,
    entrywise,
    exact,
    extreme,
    over,
    side_by_side,
    total,
)  # fmt: skip
from cellgraph.imports.extents import cells, found
from cellgraph.imports.identity import IDENTITY, without_identity
from cellgraph.imports.inference import labels
from cellgraph.imports.parts import Blocked, Key, Reading, Rule, renamed
from cellgraph.imports.sizes import BATCH
from cellgraph.imports.traced import TracedNode
from cellgraph.ops import (
    Add,
    Axis,
    Conv,
    Cumsum,
    Div,
    Exp,
    Flatten,
    Largest,
    Mean,
    Mul,
    Pow,
    Smallest,
    Softmax,
    Split,
    Sqrt,
    Sub,
    along,
)
from cellgraph.spec.functions import standard


def _contract(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    operands, result = labels(node.attributes["equation"])
    axes = reading.inference.axes[number]
    letters = sorted({*operands[0], *operands[1]})
    extents = dict(zip("".join(operands), (e for array in args for e in array.axes), strict=True))
    summed = [letter for letter in letters if letter not in result]
    counts = {letter: len(cells(extents[letter])) for letter in letters}
    parts = {}
    for key in reading.keys(axes):
        chosen = dict(zip(result, key, strict=True))
        terms = []
        for places in product(*(range(counts[letter]) for letter in summed)):
            at = chosen | dict(zip(summed, places, strict=True))
            one, two = (
                renamed(array.parts[tuple(at[letter] for letter in own)], lambda k, own=own: letters.index(own[k]))  # type: ignore[misc]
                for own, array in zip(operands, args, strict=True)
            )
            if 0 in (one.expr, two.expr):
                continue
            gone = [
                Slot(letters.index(letter), p, atom) for letter in summed
                for p, atom in enumerate(cells(extents[letter])[at[letter]])
            ]  # fmt: skip
            terms.append(_contracted(reading, one, two, gone))
        block = reduce(lambda a, b: entrywise(Add, a, b), terms) if terms else Block(sp.S.Zero)
        block = renamed(block, lambda k: result.index(letters[k]))
        reading.check(block.core, block.lifted)
        parts[key] = block
    return Blocked(axes, parts)


def _contracted(reading: Reading, a: Block, b: Block, gone: list[Slot]) -> Block:
    for one, two in ((a, b), (b, a)):
        wide = next((slot for slot in one.core if slot.place == -1), None)
        if wide is not None:
            own = [slot for slot in gone if slot.axis == wide.axis]
            flat = side_by_side(two, own, reading.each, wide)
            return contraction(one, flat, [wide, *(slot for slot in gone if slot not in own)], reading.each)
        if IDENTITY in one.expr.free_symbols and len(one.core) == 2:
            made = _through_identity(reading, one, two, gone)
            if made is not None:
                return made
    return contraction(a, b, gone, reading.each)


def _through_identity(reading: Reading, matrix: Block, other: Block, gone: Sequence[Slot]) -> Block | None:
    """(A + s I) b as A b + s b; None where the matrix is no such sum."""
    inside = [slot for slot in matrix.core if slot in gone]
    split = without_identity(matrix.expr)
    if len(inside) != 1 or inside[0] not in other.core or split is None:
        return None
    rest, factor = split
    [kept] = [slot for slot in matrix.core if slot not in inside]
    turned = replace(other, core=tuple(kept if slot == inside[0] else slot for slot in other.core))
    scaled = replace(matrix, expr=factor, core=())
    left = [slot for slot in gone if slot not in inside]
    own = total(entrywise(Mul, scaled, turned), left, reading.each)
    if rest == 0:
        return own
    return entrywise(Add, contraction(replace(matrix, expr=rest), other, gone, reading.each), own)


def _reduced(name: str) -> Rule:
    def made(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
        [operand] = args
        axes, gone = reading.inference.axes[number], set(node.attributes["axes"])
        left = [d for d in range(len(operand.axes)) if d not in gone]
        groups: dict[Key, list[Block]] = {key: [] for key in reading.keys(axes)}
        for key, part in operand.parts.items():
            slots = [slot for slot in reading.slots(operand.axes, key) if slot.axis in gone]
            if any(slot.size == BATCH for slot in slots):
                raise Inexpressible(f"a {name} over the batch: what one sample does would depend on the others")
            groups[tuple(key[d] for d in left)].append(REDUCED[name](part, slots, reading.each))
        count = sp.Mul(*(found(operand.axes[d]).size for d in gone))
        parts = {key: renamed(JOINED[name](blocks, count), left.index) for key, blocks in groups.items()}
        return Blocked(axes, parts)

    return made


def _summed(blocks: Sequence[Block], count: sp.Expr) -> Block:
    return reduce(lambda a, b: entrywise(Add, a, b), blocks)


def _mean(blocks: Sequence[Block], count: sp.Expr) -> Block:
    return entrywise(Div, _summed(blocks, count), Block(count))


REDUCED: Mapping[str, Callable[..., Block]] = {
    "sum": total, "mean": total,
    "largest": lambda block, slots, each: extreme(Largest, block, slots, each),
    "smallest": lambda block, slots, each: extreme(Smallest, block, slots, each),
}  # fmt: skip
JOINED: Mapping[str, Callable[..., Block]] = {
    "sum": _summed, "mean": _mean,
    "largest": lambda blocks, count: reduce(lambda a, b: entrywise(PAIRWISE[Largest], a, b), blocks),
    "smallest": lambda blocks, count: reduce(lambda a, b: entrywise(PAIRWISE[Smallest], a, b), blocks),
}  # fmt: skip


def _softmax(a: sp.Expr, node: TracedNode) -> sp.Expr:
    return Softmax(a)


def _cumsum(a: sp.Expr, node: TracedNode) -> sp.Expr:
    return Cumsum(a)


def _named(name: str) -> Callable[[sp.Expr, TracedNode], sp.Expr]:
    def called(a: sp.Expr, node: TracedNode) -> sp.Expr:
        function, eps = standard()[name], exact(float(node.attributes["eps"]))
        return function.head(a, *([] if function.defaults == (eps,) else [eps]))

    return called


def _root_mean_square(a: sp.Expr, node: TracedNode) -> sp.Expr:
    return Div(a, Sqrt(Add(Mean(Pow(a, sp.Integer(2))), exact(float(node.attributes["eps"])))))


ALONG: Mapping[str, Callable[[sp.Expr, TracedNode], sp.Expr]] = {
    "softmax": _softmax, "cumsum": _cumsum, "standardize": _named("standardize"), "rms": _root_mean_square,
}  # fmt: skip
"""What goes along a vector, as an expression of it."""


def _along(name: str) -> Rule:
    """The rule of what goes along one axis and leaves an array of the same axes."""

    def rule(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
        [operand] = args
        axis = node.attributes.get("axis", len(operand.axes) - 1)
        groups: dict[Key, list[Key]] = {}
        for key in operand.parts:
            groups.setdefault((*key[:axis], *key[axis + 1 :]), []).append(key)
        parts: dict[Key, Block] = {}
        for keys in groups.values():
            blocks = [operand.parts[key] for key in keys]
            slots = [[s for s in reading.slots(operand.axes, key) if s.axis == axis] for key in keys]
            if any(slot.size == BATCH for own in slots for slot in own):
                raise Inexpressible(f"a {name} over the batch: what one sample does would depend on the others")
            results = (
                [_one(reading, name, node, blocks[0], slots[0])]
                if len(keys) == 1
                else PIECEWISE[name](reading, node, blocks, slots)
            )
            parts |= dict(zip(keys, results, strict=True))
        return Blocked(operand.axes, parts)

    return rule


def _one(reading: Reading, name: str, node: TracedNode, block: Block, slots: Sequence[Slot]) -> Block:
    """The rule on an axis that is one part."""
    if not slots:
        return _single(name, block)
    inner = [slot for slot in slots if slot in block.core]
    outer = [slot for slot in slots if slot in block.lifted]
    if len(inner) + len(outer) < len(slots):
        raise Inexpressible(f"a {name} of entries that are all the same")
    if len(slots) == 1 and outer:
        [slot] = slots
        return replace(block, expr=along(ALONG[name](block.expr, node), reading.each[slot.size]))
    if len(block.core) == 2:
        raise Inexpressible(f"a {name} of each row", *[s.size for s in block.core if s not in slots], inner[0].size)
    if not outer:
        return replace(block, expr=ALONG[name](block.expr, node))
    expr = block.expr
    for slot in reversed(outer):
        expr = Flatten(expr, reading.each[slot.size])
    expr = ALONG[name](expr, node)
    for slot in outer:
        expr = Split(expr, reading.each[slot.size])
    return replace(block, expr=expr)


def _single(name: str, block: Block) -> Block:
    if name == "softmax":
        return Block(sp.S.One)
    if name == "cumsum":
        return block
    raise Inexpressible(f"a {name} of one entry")


def _softmaxes(
    reading: Reading, node: TracedNode, blocks: Sequence[Block], slots: Sequence[Sequence[Slot]]
) -> list[Block]:
    raised = [entrywise(Exp, block) for block in blocks]
    sums = [total(block, own, reading.each) for block, own in zip(raised, slots, strict=True)]
    whole = reduce(lambda a, b: entrywise(Add, a, b), sums)
    return [over(block, whole) for block in raised]


def _cumsums(
    reading: Reading, node: TracedNode, blocks: Sequence[Block], slots: Sequence[Sequence[Slot]]
) -> list[Block]:
    if any(slots):
        raise Inexpressible("running sums over parts of an axis")
    run = [blocks[0]]
    for block in blocks[1:]:
        run.append(entrywise(Add, run[-1], block))
    return run


def _standardized(centred: bool) -> Callable[..., list[Block]]:
    def made(
        reading: Reading, node: TracedNode, blocks: Sequence[Block], slots: Sequence[Sequence[Slot]]
    ) -> list[Block]:
        count = Block(sp.expand(sum((sp.Mul(*(slot.size for slot in own)) for own in slots), sp.S.Zero)))

        def mean(parts: Sequence[Block]) -> Block:
            sums = [total(block, own, reading.each) for block, own in zip(parts, slots, strict=True)]
            return over(reduce(lambda a, b: entrywise(Add, a, b), sums), count)

        if centred:
            middle = mean(blocks)
            blocks = [entrywise(Sub, block, middle) for block in blocks]
        square = mean([replace(block, expr=Pow(block.expr, sp.Integer(2))) for block in blocks])
        root = entrywise(Sqrt, entrywise(Add, square, Block(exact(float(node.attributes["eps"])))))
        return [over(block, root) for block in blocks]

    return made


PIECEWISE: Mapping[str, Callable[..., list[Block]]] = {
    "softmax": _softmaxes, "cumsum": _cumsums, "standardize": _standardized(True), "rms": _standardized(False),
}  # fmt: skip
"""The same over an axis of several parts."""


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


PRODUCTS: Mapping[str, Rule] = MappingProxyType(
    {
        "contract": _contract,
        "conv": _conv,
        **{name: _reduced(name) for name in ("sum", "mean", "largest", "smallest")},
        **{name: _along(name) for name in ALONG},
    }
)
"""The rules of this module by operation."""
