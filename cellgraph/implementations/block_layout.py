"""How one array of a library is made of a cell's parameters: in rows, in columns, beside, stacked, interleaved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.ops import Mismatch, Shape, spelled

Array = Any
"""An array of any namespace: NumPy, JAX, PyTorch, CuPy."""


@dataclass(frozen=True)
class BlockLayout:
    """Parts put together in the way that `KINDS` gives for `kind`; a part is a parameter's name or a block."""

    kind: str
    parts: tuple[BlockLayout | str, ...]


@dataclass(frozen=True)
class BlockKind:
    """One way to put arrays together: the shape of the result, the array, and the way back.

    shape:  shapes of the parts -> shape of the whole; raises Mismatch
    joined: (namespace, parts) -> the whole
    split:  (the whole, shapes of the parts as whole numbers) -> the parts
    read:   whether the library reads what stands there; where it does not, the parts give their shapes alone
    """

    shape: Callable[[Sequence[Shape]], Shape]
    joined: Callable[[Any, Sequence[Array]], Array]
    split: Callable[[Array, Sequence[tuple[int, ...]]], list[Array]]
    read: bool = True


def block_shape(block: BlockLayout | str, shapes: Mapping[str, Shape]) -> Shape:
    """The shape of a block, given those of its parameters. Raises Mismatch."""
    if isinstance(block, str):
        return shapes[block]
    return KINDS[block.kind].shape([block_shape(part, shapes) for part in block.parts])


def joined(block: BlockLayout | str, values: Mapping[str, Array], xp: Any) -> Array:
    """The array of a block, given the values of its parameters."""
    if isinstance(block, str):
        return values[block]
    return KINDS[block.kind].joined(xp, [joined(part, values, xp) for part in block.parts])


def pieces(
    block: BlockLayout | str, array: Array, shapes: Mapping[str, tuple[int, ...]]
) -> Iterator[tuple[str, Array]]:
    """Every parameter of a block with its own part of the array, in written order."""
    if isinstance(block, str):
        yield block, array
        return
    if not KINDS[block.kind].read:
        return
    parts = KINDS[block.kind].split(array, [block_shape(part, shapes) for part in block.parts])
    for part, piece in zip(block.parts, parts, strict=True):
        yield from pieces(part, piece, shapes)


def names_in(block: BlockLayout | str) -> tuple[str, ...]:
    """The parameters of a block in written order, each as often as it stands there."""
    if isinstance(block, str):
        return (block,)
    return tuple(name for part in block.parts for name in names_in(part)) if KINDS[block.kind].read else ()


def _rows_shape(shapes: Sequence[Shape]) -> Shape:
    if len(shapes) == 1:
        return shapes[0]
    for shape in shapes:
        if len(shape) != len(shapes[0]) or shape[1:] != shapes[0][1:] or not shape:
            raise Mismatch(f"{spelled(shapes[0])} and {spelled(shape)} cannot stand above each other as rows")
    return (sum(shape[0] for shape in shapes), *shapes[0][1:])


def _joined_rows(xp: Any, parts: Sequence[Array]) -> Array:
    return parts[0] if len(parts) == 1 else xp.concatenate(parts, 0)


def _columns_shape(shapes: Sequence[Shape]) -> Shape:
    for shape in shapes:
        if len(shape) != 2:
            raise Mismatch(f"{spelled(shape)} cannot stand in columns: only a matrix can be transposed")
    return _rows_shape(shapes)[::-1]


def _beside_shape(shapes: Sequence[Shape]) -> Shape:
    for shape in shapes:
        if len(shape) != 2 or shape[0] != shapes[0][0]:
            raise Mismatch(f"{spelled(shapes[0])} and {spelled(shape)} cannot stand beside each other")
    return (shapes[0][0], sum(shape[1] for shape in shapes))


def _split_beside(array: Array, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    ends = [sum(shape[1] for shape in shapes[: k + 1]) for k in range(len(shapes))]
    return [array[:, end - shape[1] : end] for end, shape in zip(ends, shapes, strict=True)]


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
    if len(shape) != 2:
        raise Mismatch(f"{spelled(shapes[0])} cannot be interleaved: only the columns of a matrix can")
    return (shape[1], shape[0] * count)


def _interleaved(xp: Any, parts: Sequence[Array]) -> Array:
    return xp.stack([part.T for part in parts], -1).reshape(parts[0].shape[1], -1)


def _split_interleaved(array: Array, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    deep = array.reshape(len(array), -1, len(shapes))
    return [deep[..., k].T for k in range(len(shapes))]


def _split_rows(array: Array, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    if len(shapes) == 1:
        return [array]
    ends = [sum(shape[0] for shape in shapes[: k + 1]) for k in range(len(shapes))]
    return [array[end - shape[0] : end] for end, shape in zip(ends, shapes, strict=True)]


KINDS: Mapping[str, BlockKind] = MappingProxyType(
    {
        "rows": BlockKind(_rows_shape, _joined_rows, _split_rows),
        # Each part transposed and put side by side is the transpose of the parts as rows.
        "columns": BlockKind(
            _columns_shape,
            lambda xp, parts: _joined_rows(xp, parts).T,
            lambda array, shapes: _split_rows(array.T, shapes),
        ),
        "beside": BlockKind(_beside_shape, lambda xp, parts: xp.concatenate(parts, 1), _split_beside),
        "stack": BlockKind(
            _stack_shape,
            lambda xp, parts: xp.stack(parts, 0),
            lambda array, shapes: [array[k] for k in range(len(shapes))],
        ),
        "last": BlockKind(
            _last_shape,
            lambda xp, parts: xp.stack(parts, -1),
            lambda array, shapes: [array[..., k] for k in range(len(shapes))],
        ),
        "unread": BlockKind(
            _rows_shape, lambda xp, parts: xp.zeros_like(_joined_rows(xp, parts)), _split_rows, read=False
        ),
        # The first columns of all parts transposed, then the second columns, and so on.
        "interleaved": BlockKind(_interleaved_shape, _interleaved, _split_interleaved),
    }
)
