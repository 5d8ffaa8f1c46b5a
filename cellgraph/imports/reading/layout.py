"""How an array of a library is made of the parts that a program uses of it, in the layouts that specs have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from cellgraph.implementations.block_layout import BlockLayout
from cellgraph.imports.reading.arithmetic import Inexpressible
from cellgraph.imports.reading.blocks import Each
from cellgraph.imports.reading.extents import Extent, cells, found
from cellgraph.ops import Axis

Part = BlockLayout | str


@dataclass(frozen=True)
class Region:
    """What of an array is left to lay out: for each axis the extent, and which of the parts along the whole axis.

    `wide` are the axes that are not taken apart.
    """

    axes: tuple[Extent, ...]
    numbers: tuple[tuple[int, ...], ...]
    wide: tuple[bool, ...]

    def at(self, axis: int, extent: Extent, numbers: Sequence[int]) -> Region:
        """The region with another extent for one axis."""
        axes = (*self.axes[:axis], extent, *self.axes[axis + 1 :])
        return Region(axes, (*self.numbers[:axis], tuple(numbers), *self.numbers[axis + 1 :]), self.wide)


def layout(
    axes: Sequence[Extent], names: Mapping[tuple[int, ...], str], each: Each, wide: Sequence[bool], turned: bool
) -> BlockLayout:
    """The arrangement of an array.

    :axes:   its axes in its own order
    :names:  what its parts are called, by their numbers along each axis
    :wide:   for each axis, whether all open axes along it stay one
    :turned: whether the parts are matrices that stand in it transposed

    Raises Inexpressible where no layout of ours says it.
    """
    taps = [k for k, extent in enumerate(axes) if found(extent).whole]
    if taps and taps[0] > 0:
        return _kernel(axes, names, each, len(taps))
    behind = _behind(axes, each)
    if behind:
        left = [k for k in range(len(axes)) if k not in behind]
        short = {tuple(key[k] for k in left): name for key, name in names.items()}
        inner = layout([axes[k] for k in left], short, each, [wide[k] for k in left], turned)
        return BlockLayout("rows", _rows(inner), tuple(each[found(axes[k]).size] for k in behind), inside=True)
    order = [*range(len(axes))]
    if turned:
        order[-2:] = order[:-3:-1]
    numbers = tuple(tuple(range(1 if wide[k] else len(cells(axes[k])))) for k in order)
    region = Region(tuple(found(axes[k]) for k in order), numbers, tuple(wide[k] for k in order))
    made = _laid(region, {tuple(key[k] for k in order): name for key, name in names.items()}, each)
    if not turned:
        return made if isinstance(made, BlockLayout) else BlockLayout("rows", (made,))
    if isinstance(made, BlockLayout) and made.kind == "columns" and len(made.parts) == 1 and not made.over:
        return made.parts[0] if isinstance(made.parts[0], BlockLayout) else BlockLayout("rows", made.parts)
    return BlockLayout("columns", _rows(made))


def _behind(axes: Sequence[Extent], each: Each) -> list[int]:
    """The lifted axes that stand behind the first axis of a member. Raises Inexpressible where they stand elsewhere."""
    lifted = [k for k, extent in enumerate(axes) if found(extent).size in each]
    first = next((k for k in range(len(axes)) if k not in lifted), len(axes))
    behind = [k for k in lifted if k > first]
    if behind and behind != [*range(first + 1, first + 1 + len(behind))]:
        told = ", ".join(str(found(axes[k]).size) for k in behind)
        raise Inexpressible(f"an array has its members along {told} behind its second axis: permute it in the code")
    return behind


def _kernel(axes: Sequence[Extent], names: Mapping[tuple[int, ...], str], each: Each, taps: int) -> BlockLayout:
    """Kernels of a convolution, whose widths stand last: matrices at each tap, laid out as matrices are."""
    channels = axes[:-taps]
    short = {key[:-taps]: name for key, name in names.items()}
    if found(channels[1]).size == 1:
        return BlockLayout(
            "depthwise", _rows(layout(channels[:1], {k[:1]: v for k, v in short.items()}, each, [False], False))
        )
    return BlockLayout("kernels", _rows(layout(channels, short, each, [False, False], False)))


def _rows(part: Part) -> tuple[Part, ...]:
    """What stands in rows in a part, which may be the part alone."""
    return part.parts if isinstance(part, BlockLayout) and part.kind == "rows" and not part.over else (part,)


def _laid(region: Region, names: Mapping[tuple[int, ...], str], each: Each) -> Part:
    for axis, (extent, numbers) in enumerate(zip(region.axes, region.numbers, strict=True)):
        if region.wide[axis]:
            continue
        own = found(extent)
        if own.size in each:
            continue
        if own.parts is not None:
            return _joined(region, axis, own.parts, numbers, names, each)
        if own.factors is not None:
            first, *rest = own.factors
            inner = rest[0] if len(rest) == 1 else _product(rest)
            if found(first).size.is_Integer:
                return _joined(region, axis, [inner] * int(found(first).size), numbers, names, each)
            if found(first).size in each and not any(_core_size(e, each) for e in region.axes[:axis]):
                member = _laid(region.at(axis, inner, numbers), names, each)
                lifted = (each[found(first).size],)
                if isinstance(member, BlockLayout) and member.over and len(member.parts) == 1:
                    return BlockLayout(member.kind, member.parts, (*lifted, *member.over))
                whole = isinstance(member, BlockLayout) and member.kind == "rows" and not member.over
                return BlockLayout(
                    "rows", member.parts if whole and isinstance(member, BlockLayout) else (member,), lifted
                )
            return _in_turns(region, axis, first, inner, names, each)
        if own.size.is_Integer and not own.whole:
            return (
                _joined(region, axis, [Extent(1)] * int(own.size), numbers, names, each)
                if own.size > 1
                else _unit(region, axis, names, each)
            )
    return names[tuple(numbers[0] for numbers in region.numbers)]


def _product(factors: Sequence[Extent]) -> Extent:
    made = Extent(sp.expand(sp.Mul(*(found(f).size for f in factors))))
    made.factors = tuple(factors)
    return made


def _core_size(extent: Extent, each: Each) -> bool:
    own = found(extent)
    return own.size != 1 and own.size not in each


GONE = Extent(sp.Symbol("gone", positive=True))
"""Stands for an axis of one entry that has been told of already."""


def _unit(region: Region, axis: int, names: Mapping[tuple[int, ...], str], each: Each) -> Part:
    inner = _laid(region.at(axis, GONE, region.numbers[axis]), names, each)
    return _along_new_axis(region, axis, (inner,), each)


def _along_new_axis(region: Region, axis: int, parts: tuple[Part, ...], each: Each) -> Part:
    """Parts side by side along an axis that they lack: the first, the last, or the one before the last."""
    left = [found(e).size not in each for e in region.axes if found(e) is not GONE and e is not region.axes[axis]]
    before = [found(e).size not in each for e in region.axes[:axis] if found(e) is not GONE]
    if sum(before) == 0:
        return BlockLayout("stack", parts)
    if sum(before) == sum(left):
        return BlockLayout("last", parts)
    if sum(before) == sum(left) - 1:
        return BlockLayout("columns", (BlockLayout("last", parts),))
    raise Inexpressible("an array is cut along an axis in the middle of more than three: permute it in the code")


def _in_turns(
    region: Region, axis: int, first: Extent, inner: Extent, names: Mapping[tuple[int, ...], str], each: Each
) -> Part:
    """Entries of several parts that stand in turns along an axis, as `view(n, 3)` reads them."""
    turns, told = cells(inner), "an array whose parts stand in turns along an axis: put its factors in the other order"
    rank = len([e for e in region.axes if found(e) is not GONE and found(e).size not in each])
    if any(turns) or len(cells(first)) != 1 or found(first).size in each or rank > 2:
        raise Inexpressible(told)
    parts = [_laid(region.at(axis, first, [number]), names, each) for number in region.numbers[axis]]
    if rank == 1:
        return BlockLayout("interleaved", tuple(parts))
    if axis == 0:
        return BlockLayout("columns", (BlockLayout("interleaved", tuple(parts)),))
    return BlockLayout("interleaved", tuple(BlockLayout("columns", _rows(part)) for part in parts))


def _members(part: Part, axis: Axis, behind: bool, alone: bool) -> Part:
    """A family as an array of its own, among others along the axis of its members."""
    if behind:
        return BlockLayout("rows", (part,), (axis,), inside=True)
    return BlockLayout("rows", (part,) if alone else (BlockLayout("stack", (part,)),), (axis,))


def _joined(
    region: Region, axis: int, parts: Sequence[Extent], numbers: Sequence[int], names: Mapping[tuple[int, ...], str],
    each: Each,
) -> Part:  # fmt: skip
    """Parts one after the other along an axis."""
    if all(cell == () for part in parts for cell in cells(part)):
        inner = [_laid(region.at(axis, GONE, [number]), names, each) for number in numbers]
        return _along_new_axis(region, axis, tuple(inner), each)
    made: list[Part] = []
    start = 0
    others = [k for k, e in enumerate(region.axes) if k != axis and found(e) is not GONE and found(e).size not in each]
    before = [k for k in others if k < axis and not found(region.axes[k]).whole]
    for part in parts:
        count = len(cells(part))
        inner_part = _laid(region.at(axis, part, numbers[start : start + count]), names, each)
        if found(part).size in each:
            inner_part = _members(inner_part, each[found(part).size], bool(before), not others)
        made.append(inner_part)
        start += count
    if before:
        return BlockLayout("beside", tuple(made))
    return BlockLayout("rows", tuple(piece for part in made for piece in _rows(part)))
