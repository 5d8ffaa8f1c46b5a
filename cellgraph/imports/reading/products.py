"""Rules of products of arrays, and of what makes one number of many: sums, means, the largest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import product
from types import MappingProxyType

import sympy as sp

from cellgraph.imports.reading.arithmetic import applied, is_number
from cellgraph.imports.reading.blocks import (
    PAIRWISE,
    Block,
    Slot,
    contraction,
    entrywise,
    extreme,
    mean_of,
    side_by_side,
    total,
)  # fmt: skip
from cellgraph.imports.reading.extents import cells, found
from cellgraph.imports.reading.identity import IDENTITY, without_identity
from cellgraph.imports.reading.inference import labels
from cellgraph.imports.reading.parts import Blocked, Key, Reading, Rule, renamed
from cellgraph.imports.traced import TracedNode
from cellgraph.ops import (
    Add,
    Div,
    Largest,
    Mul,
    Smallest,
    Sub,
)


def _contract(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
    operands, result = labels(node.attributes["equation"])
    axes = reading.inference.axes[number]
    # What comes out stands in the order of the result, so that no matrix has to be turned.
    letters = [*result, *sorted({*operands[0], *operands[1]} - {*result})]
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
    whole = contraction(replace(matrix, expr=rest), other, gone, reading.each)
    if is_number(factor) and factor.is_negative:
        return entrywise(Sub, whole, total(_scaled(turned, -factor), left, reading.each))
    return entrywise(Add, whole, own)


def _scaled(block: Block, factor: sp.Expr) -> Block:
    return replace(block, expr=applied(Mul, factor, block.expr))


def _reduced(name: str) -> Rule:
    def made(reading: Reading, number: int, node: TracedNode, args: Sequence[Blocked]) -> Blocked:
        [operand] = args
        axes, gone = reading.inference.axes[number], set(node.attributes["axes"])
        left = [d for d in range(len(operand.axes)) if d not in gone]
        groups: dict[Key, list[Block]] = {key: [] for key in reading.keys(axes)}
        for key, part in operand.parts.items():
            slots = reading.along(operand.axes, key, gone, name)
            rule = mean_of if name == "mean" and len(operand.parts) == len(groups) else REDUCED[name]
            groups[tuple(key[d] for d in left)].append(rule(part, slots, reading.each))
        count = sp.Mul(*(found(operand.axes[d]).size for d in gone))
        joined = JOINED["sum" if len(operand.parts) == len(groups) else name]
        parts = {key: renamed(joined(blocks, count), left.index) for key, blocks in groups.items()}
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


PRODUCTS: Mapping[str, Rule] = MappingProxyType(
    {"contract": _contract, **{name: _reduced(name) for name in ("sum", "mean", "largest", "smallest")}}
)
"""The rules of this module by operation."""
