"""How one array of a library is made of a cell's parameters: in rows, in columns, beside, stacked, interleaved."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.ops import Axis, Mismatch, Shape, axes_of, core, family, spelled

Array = Any
"""An array of any namespace: NumPy, JAX, PyTorch, CuPy."""


@dataclass(frozen=True)
class BlockLayout:
    """Parts put together in the way that `KINDS` gives for `kind`; a part is a parameter's name or a block.

    Where the parts are families, each member is put together by itself, and the members are a leading axis; those along
    the axes `over` stand one after the other along their first axis instead, the last of these axes fastest. `inside`,
    these axes stay axes, and stand behind the first axis of a member.
    """

    kind: str
    parts: tuple[BlockLayout | str, ...]
    over: tuple[Axis, ...] = ()
    inside: bool = False


@dataclass(frozen=True)
class BlockKind:
    """One way to put arrays together: the shape of the result, the array, and the way back, behind `lead` axes.

    shape:  shapes of the parts -> shape of the whole; raises Mismatch
    joined: (namespace, parts, lead) -> the whole
    split:  (the whole, shapes of the parts as whole numbers, lead) -> the parts
    read:   whether the library reads what stands there; where it does not, the parts give their shapes alone
    """

    shape: Callable[[Sequence[Shape]], Shape]
    joined: Callable[[Any, Sequence[Array], int], Array]
    split: Callable[[Array, Sequence[tuple[int, ...]], int], list[Array]]
    read: bool = True


def block_shape(block: BlockLayout | str, shapes: Mapping[str, Shape]) -> Shape:
    """The shape of a block, given those of its parameters. Raises Mismatch."""
    return shapes[block] if isinstance(block, str) else _over(_members(block, shapes), block.over, block.inside)


def _members(block: BlockLayout, shapes: Mapping[str, Shape]) -> Shape:
    """The shape of a block before its members are put one after the other."""
    parts = [block_shape(part, shapes) for part in block.parts]
    for part in parts:
        if axes_of(part) != axes_of(parts[0]):
            told = " and ".join(", ".join(map(str, axes_of(s))) or "no axis" for s in (parts[0], part))
            raise Mismatch(f"what is put together has one member for each of {told}: write 'NAME over AXIS'")
    return family(axes_of(parts[0]), KINDS[block.kind].shape([core(part) for part in parts]))


def _over(shape: Shape, over: Sequence[Axis], inside: bool) -> Shape:
    if not over:
        return shape
    for axis in over:
        if axis.place not in [own.place for own in axes_of(shape)]:
            raise Mismatch(f"{spelled(core(shape))} is not one for each {axis}")
    count = math.prod(axis.size for axis in _along(shape, over))
    left = [axis for axis in axes_of(shape) if axis.place not in [own.place for own in over]]
    member = core(shape)
    if inside:
        return family(left, (*member[:1], *(axis.size for axis in _along(shape, over)), *member[1:]))
    return family(left, (sp.expand(count * member[0]), *member[1:]) if member else (count,))


def _along(shape: Shape, over: Sequence[Axis]) -> list[Axis]:
    """The axes of a shape that `over` names, in that order."""
    own = {axis.place: axis for axis in axes_of(shape)}
    return [own[axis.place] for axis in over]


def joined(block: BlockLayout | str, parts: Iterator[Array], shapes: Mapping[str, Shape], xp: Any) -> Array:
    """The array of a block, out of one array for each of its `leaves`, in their order; `shapes` are the parameters'."""
    if isinstance(block, str):
        return next(parts)
    members = _members(block, shapes)
    axes = axes_of(members)
    whole = KINDS[block.kind].joined(xp, [joined(part, parts, shapes, xp) for part in block.parts], len(axes))
    if not block.over:
        return whole
    moved = xp.moveaxis(whole, *_places(members, block.over))
    if block.inside:
        return xp.moveaxis(moved, len(axes), len(axes) - len(block.over)) if moved.ndim > len(axes) else moved
    left = tuple(moved.shape[: len(axes) - len(block.over)])
    return moved.reshape((*left, -1, *moved.shape[len(axes) + 1 :]))


def _places(members: Shape, over: Sequence[Axis]) -> tuple[list[int], list[int]]:
    """Where the axes `over` stand among all lifted axes, and where they stand behind the others."""
    axes = axes_of(members)
    return [axes.index(axis) for axis in _along(members, over)], [*range(len(axes) - len(over), len(axes))]


def pieces(block: BlockLayout | str, array: Array, shapes: Mapping[str, Shape], xp: Any) -> Iterator[tuple[str, Array]]:
    """Every parameter of a block with its own part of the array, in written order; `shapes` are whole numbers."""
    if isinstance(block, str):
        yield block, array
        return
    kind = KINDS[block.kind]
    if not kind.read:
        return
    members = _members(block, shapes)
    if block.over:
        left = axes_of(_over(members, block.over, block.inside))
        if block.inside and core(members):
            array = xp.moveaxis(array, len(left), len(axes_of(members)))
        lead = [axis.size for axis in (*left, *_along(members, block.over))]
        stood, stand = _places(members, block.over)
        array = xp.moveaxis(array.reshape(tuple(map(int, (*lead, *core(members))))), stand, stood)
    own = [block_shape(part, shapes) for part in block.parts]
    parts = kind.split(array, [tuple(map(int, core(shape))) for shape in own], len(axes_of(members)))
    for part, piece in zip(block.parts, parts, strict=True):
        yield from pieces(part, piece, shapes, xp)


def leaves(block: BlockLayout | str, read: bool = True) -> Iterator[tuple[str, bool]]:
    """The parameters of a block in written order, each as often as it stands there, and whether it is read there."""
    if isinstance(block, str):
        yield block, read
        return
    for part in block.parts:
        yield from leaves(part, read and KINDS[block.kind].read)


def names_in(block: BlockLayout | str) -> tuple[str, ...]:
    """The parameters that the library reads in a block, in written order, each as often as it stands there."""
    return tuple(name for name, read in leaves(block) if read)


def _rows_shape(shapes: Sequence[Shape]) -> Shape:
    if len(shapes) == 1:
        return shapes[0]
    for shape in shapes:
        if len(shape) != len(shapes[0]) or shape[1:] != shapes[0][1:] or not shape:
            raise Mismatch(f"{spelled(shapes[0])} and {spelled(shape)} cannot stand above each other as rows")
    return (sum(shape[0] for shape in shapes), *shapes[0][1:])


def _joined_rows(xp: Any, parts: Sequence[Array], lead: int) -> Array:
    return parts[0] if len(parts) == 1 else xp.concatenate(parts, lead)


def _split_rows(array: Array, shapes: Sequence[tuple[int, ...]], lead: int) -> list[Array]:
    return [array] if len(shapes) == 1 else _cut(array, [shape[0] for shape in shapes], lead)


def _cut(array: Array, sizes: Sequence[int], axis: int) -> list[Array]:
    """An array cut along an axis into parts of these sizes."""
    ends = [sum(sizes[: k + 1]) for k in range(len(sizes))]
    before = (slice(None),) * axis
    return [array[(*before, slice(end - size, end))] for end, size in zip(ends, sizes, strict=True)]


def _columns_shape(shapes: Sequence[Shape]) -> Shape:
    for shape in shapes:
        if len(shape) < 2:
            raise Mismatch(f"{spelled(shape)} cannot stand in columns: only a matrix can be transposed")
        if (*shape[:-2], shape[-1]) != (*shapes[0][:-2], shapes[0][-1]):
            raise Mismatch(f"{spelled(shapes[0])} and {spelled(shape)} cannot stand in columns")
    *taps, _, rows = shapes[0]
    return (*taps, rows, sum(shape[-2] for shape in shapes))


def _split_columns(array: Array, shapes: Sequence[tuple[int, ...]], lead: int) -> list[Array]:
    turned = array.swapaxes(-1, -2)
    return _cut(turned, [shape[-2] for shape in shapes], turned.ndim - 2)


def _beside_shape(shapes: Sequence[Shape]) -> Shape:
    for shape in shapes:
        if len(shape) < 2 or shape[:-1] != shapes[0][:-1]:
            raise Mismatch(f"{spelled(shapes[0])} and {spelled(shape)} cannot stand beside each other")
    return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))


def _kernels_shape(own: int) -> Callable[[Sequence[Shape]], Shape]:
    """The shape of kernels in a library that has channels first; `own` axes of a kernel are channels."""

    def shape_of(shapes: Sequence[Shape]) -> Shape:
        for shape in shapes:
            if len(shape) <= own or (shape[:-own], shape[-own:][1:]) != (shapes[0][:-own], shapes[0][-own:][1:]):
                raise Mismatch(f"{spelled(shapes[0])} and {spelled(shape)} are no kernels that stand above each other")
        out = sum(shape[-own] for shape in shapes)
        return (out, shapes[0][-1] if own == 2 else sp.S.One, *shapes[0][:-own])

    return shape_of


def _kernels_joined(own: int) -> Callable[[Any, Sequence[Array], int], Array]:
    def joined_of(xp: Any, parts: Sequence[Array], lead: int) -> Array:
        whole = xp.concatenate(parts, parts[0].ndim - own)
        whole = whole if own == 2 else whole[..., None]
        return xp.moveaxis(whole, (-2, -1), (lead, lead + 1))

    return joined_of


def _kernels_split(own: int) -> Callable[[Array, Sequence[tuple[int, ...]], int], list[Array]]:
    def split_of(array: Array, shapes: Sequence[tuple[int, ...]], lead: int) -> list[Array]:
        back = array
        for _ in range(2):  # swapaxes alone is in every namespace
            for axis in range(lead, array.ndim - 1):
                back = back.swapaxes(axis, axis + 1)
        cut = _cut(back, [shape[-own] for shape in shapes], back.ndim - 2)
        return cut if own == 2 else [part[..., 0] for part in cut]

    return split_of


def _stack_shape(shapes: Sequence[Shape]) -> Shape:
    for shape in shapes:
        if shape != shapes[0]:
            raise Mismatch(f"{spelled(shapes[0])} and {spelled(shape)} cannot be stacked: their shapes differ")
    return (sp.Integer(len(shapes)), *shapes[0])


def _last_shape(shapes: Sequence[Shape]) -> Shape:
    count, *shape = _stack_shape(shapes)
    return (*shape, count)


def _interleaved_shape(shapes: Sequence[Shape]) -> Shape:
    count, *shape = _stack_shape(shapes)
    if len(shape) not in (1, 2):
        raise Mismatch(f"{spelled(shapes[0])} cannot be interleaved: only the columns of a matrix can, and vectors")
    return (*shape[1:], shape[0] * count)


def _interleaved(xp: Any, parts: Sequence[Array], lead: int) -> Array:
    turned = xp.stack([part.swapaxes(-1, -2) if part.ndim > lead + 1 else part for part in parts], -1)
    return turned.reshape((*turned.shape[:-2], -1))


def _split_interleaved(array: Array, shapes: Sequence[tuple[int, ...]], lead: int) -> list[Array]:
    deep = array.reshape((*array.shape[:-1], -1, len(shapes)))
    parts = [deep[..., k] for k in range(len(shapes))]
    return [part.swapaxes(-1, -2) if part.ndim > lead + 1 else part for part in parts]


KINDS: Mapping[str, BlockKind] = MappingProxyType(
    {
        "rows": BlockKind(_rows_shape, _joined_rows, _split_rows),
        # Each part transposed and put side by side is the transpose of the parts as rows; of kernels, at each tap.
        "columns": BlockKind(
            _columns_shape,
            lambda xp, parts, lead: xp.concatenate(parts, parts[0].ndim - 2).swapaxes(-1, -2),
            _split_columns,
        ),
        "beside": BlockKind(
            _beside_shape,
            lambda xp, parts, lead: xp.concatenate(parts, parts[0].ndim - 1),
            lambda array, shapes, lead: _cut(array, [shape[-1] for shape in shapes], array.ndim - 1),
        ),
        "stack": BlockKind(
            _stack_shape,
            lambda xp, parts, lead: xp.stack(parts, lead),
            lambda array, shapes, lead: [array[(*(slice(None),) * lead, k)] for k in range(len(shapes))],
        ),
        "last": BlockKind(
            _last_shape,
            lambda xp, parts, lead: xp.stack(parts, -1),
            lambda array, shapes, lead: [array[..., k] for k in range(len(shapes))],
        ),
        "unread": BlockKind(
            _rows_shape, lambda xp, parts, lead: xp.zeros_like(_joined_rows(xp, parts, lead)), _split_rows, read=False
        ),
        # The first columns of all parts transposed, then the second columns, and so on; of vectors, their entries.
        "interleaved": BlockKind(_interleaved_shape, _interleaved, _split_interleaved),
        # Kernels with output and input channels in front of their widths, stacked by output channels.
        "kernels": BlockKind(_kernels_shape(2), _kernels_joined(2), _kernels_split(2)),
        # The same where each channel has a kernel of its own.
        "depthwise": BlockKind(_kernels_shape(1), _kernels_joined(1), _kernels_split(1)),
    }
)
