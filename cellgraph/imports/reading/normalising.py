"""Rules of what goes along an axis and keeps it: softmax, running sums, standardizing, the root mean square."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import accumulate, pairwise
from types import MappingProxyType

import sympy as sp

from cellgraph.graph.fold import rebuilt
from cellgraph.graph.functions import Call
from cellgraph.imports.reading.arithmetic import Inexpressible, exact
from cellgraph.imports.reading.blocks import Block, Slot, entrywise, over, total
from cellgraph.imports.reading.parts import Blocked, Key, Reading, Rule, sliced
from cellgraph.imports.traced import TracedNode
from cellgraph.ops import (
    Add,
    Axis,
    Concat,
    Cumsum,
    Div,
    Exp,
    Fill,
    Flatten,
    Mean,
    Pow,
    Slice,
    Softmax,
    Split,
    Spread,
    Sqrt,
    Sub,
    along,
)
from cellgraph.spec.functions import standard


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
            slots = [reading.along(operand.axes, key, [axis], name) for key in keys]
            if len(keys) == 1:
                results = [_one(reading, name, node, blocks[0], slots[0])]
            elif all(
                len(own) == 1 and list(b.core) == own and not b.lifted for b, own in zip(blocks, slots, strict=True)
            ):
                results = _side_by_side(name, node, blocks)
            else:
                results = PIECEWISE[name](reading, node, blocks, slots)
            parts |= dict(zip(keys, results, strict=True))
        return sliced(reading, Blocked(operand.axes, parts), reading.inference.axes[number], axis)

    return rule


def _one(reading: Reading, name: str, node: TracedNode, block: Block, slots: Sequence[Slot]) -> Block:
    """The rule on an axis that is one part."""
    if not slots:
        return _single(name, block)
    if len(slots) == 1 and not block.core and not block.slots.issuperset(slots):
        block = _filled(reading, block, slots[0])  # it is the same everywhere along this axis
    inner = [slot for slot in slots if slot in block.core]
    outer = [slot for slot in slots if slot in block.lifted]
    if len(inner) + len(outer) < len(slots):
        raise Inexpressible(f"a {name} of entries that are all the same")
    if len(slots) == 1 and outer:
        [slot] = slots
        return replace(block, expr=_over_members(name, block.expr, node, reading.each[slot.size]))
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


OPERAND = sp.Symbol("@operand")


def _over_members(name: str, a: sp.Expr, node: TracedNode, axis: Axis) -> sp.Expr:
    """What goes along a vector, over the members instead; `a` goes along whatever it does."""
    expr = ALONG[name](OPERAND, node)
    expr = expr.over(expr.args, [axis]) if isinstance(expr, Call) else along(expr, axis)
    return rebuilt(expr, {OPERAND: a})


def _filled(reading: Reading, block: Block, slot: Slot) -> Block:
    """A number in every entry along an axis."""
    if slot.size in reading.each:
        return Block(Spread(block.expr, reading.each[slot.size]), (), block.lifted | {slot})
    return Block(Fill(block.expr, slot.size), (slot,), block.lifted)


def _side_by_side(name: str, node: TracedNode, blocks: Sequence[Block]) -> list[Block]:
    """The rule on an axis of several vectors: what it makes of all of them as one, cut up again."""
    whole = ALONG[name](Concat(*(block.expr for block in blocks)), node)
    ends = [*accumulate((block.core[0].size for block in blocks), initial=sp.S.Zero)]
    return [
        replace(block, expr=Slice(whole, start, stop))
        for block, (start, stop) in zip(blocks, pairwise(ends), strict=True)
    ]


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


NORMALISING: Mapping[str, Rule] = MappingProxyType({name: _along(name) for name in ALONG})
"""The rules of this module by operation."""
