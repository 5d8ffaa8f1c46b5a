"""How the arrays of a library are made of the parameters of an assembled cell, and where each stands in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import sympy as sp

from cellgraph.implementations.block_layout import KINDS, BlockLayout, block_shape
from cellgraph.ops import Mismatch, Shape, core

Names = Mapping[str, str]


def renamed(block: BlockLayout | str, names: Names, shapes: Mapping[str, Shape]) -> BlockLayout | str | None:
    """A block over the names that pieces have got; what is read by nobody keeps its place if a parameter has its shape.

    `names` are those of the pieces that are read, `shapes` those of all pieces, both by provisional names. None where
    nothing in the cell has the shape of what is not read.
    """
    if isinstance(block, str):
        if block in names:
            return names[block]
        alike = next((names[other] for other in names if shapes[other] == shapes[block]), None)
        return None if alike is None else BlockLayout("unread", (alike,))
    if all(name not in names for name in _names(block)):
        return _unread(block, names, shapes)
    parts = [renamed(part, names, shapes) for part in block.parts]
    return None if None in parts else replace(block, parts=tuple(parts))  # type: ignore[arg-type]


def _unread(block: BlockLayout, names: Names, shapes: Mapping[str, Shape]) -> BlockLayout | None:
    """Rows of parameters that have the shape of a whole block which nobody reads."""
    try:
        whole = block_shape(block, shapes)
    except Mismatch:
        return None
    for other in names:
        own = shapes[other]
        if core(own) == own and len(own) == len(whole) and own[1:] == whole[1:] and own:
            times = sp.cancel(whole[0] / own[0])
            if times.is_Integer and times > 0:
                return BlockLayout("unread", (names[other],) * int(times))
    return None


def _names(block: BlockLayout | str) -> Iterator[str]:
    if isinstance(block, str):
        yield block
    else:
        for part in block.parts:
            yield from _names(part)


def places(arrays: Mapping[str, BlockLayout], shapes: Mapping[str, Shape]) -> dict[str, str]:
    """Where each parameter stands, in words: 'weight_ih, rows n to 2*n'.

    >>> from cellgraph.graph import size
    >>> m, n = size("m"), size("n")
    >>> places({"weight_ih": BlockLayout("rows", ("W_r", "W_z"))}, {"W_r": (n, m), "W_z": (n, m)})
    {'W_r': 'weight_ih, rows 0 to n', 'W_z': 'weight_ih, rows n to 2*n'}
    """
    found: dict[str, list[str]] = defaultdict(list)
    for array, block in arrays.items():
        for name, words in _within(block, shapes):
            found[name].append(", ".join([array, *words]))
    return {name: " and ".join(said) for name, said in found.items()}


def _within(block: BlockLayout | str, shapes: Mapping[str, Shape]) -> Iterator[tuple[str, list[str]]]:
    """Each parameter of a block with what leads to it."""
    if isinstance(block, str):
        yield block, []
        return
    if not KINDS[block.kind].read:
        return
    said = _words(block, shapes)
    for part, words in zip(block.parts, said, strict=True):
        along = f"for each {', '.join(map(str, block.over))}"
        member = [along if block.inside else f"{along} one below the other"] if block.over else []
        for name, inner in _within(part, shapes):
            yield name, [*words, *member, *inner]


def _words(block: BlockLayout, shapes: Mapping[str, Shape]) -> list[list[str]]:
    """What is said of each part of a block."""
    count = len(block.parts)
    if block.kind in ("stack", "last"):
        side = "first" if block.kind == "stack" else "last"
        return [[f"place {k} of the {side} axis"] for k in range(count)] if count > 1 else [[]]
    if block.kind == "interleaved":
        return [[f"every {count}th column from {k}, transposed"] for k in range(count)]
    if block.kind not in ("rows", "columns", "beside"):
        return [[] for _ in block.parts]
    turned = ["transposed"] if block.kind == "columns" else []
    if count == 1:
        return [turned]
    what, axis = ("rows", 0) if block.kind == "rows" else ("columns", 1 if block.kind == "beside" else -2)
    own = [core(block_shape(part, shapes)) for part in block.parts]
    if any(len(shape) < -axis or len(shape) <= axis for shape in own):
        return [[] for _ in block.parts]
    ends = [sp.expand(sp.Add(*(shape[axis] for shape in own[:k]))) for k in range(count + 1)]
    return [[f"{what} {start} to {stop}", *turned] for start, stop in pairwise(ends)]
