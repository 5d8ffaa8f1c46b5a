"""Every way to put parts together: shapes agree with arrays, and what is taken apart is what was put together."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from cellgraph.implementations.block_layout import KINDS, BlockLayout, block_shape, joined, pieces
from cellgraph.ops import Mismatch, Shape

PARTS: dict[str, list[tuple[int, ...]]] = {
    "rows": [(2, 3), (4, 3)],
    "columns": [(2, 3), (4, 3)],
    "beside": [(2, 3), (2, 5)],
    "stack": [(2, 3), (2, 3)],
    "last": [(2, 3), (2, 3)],
    "interleaved": [(2, 3), (2, 3)],
    "kernels": [(3, 5, 2, 4), (3, 5, 6, 4)],
    "depthwise": [(3, 5, 2), (3, 5, 4)],
}
WHOLE: dict[str, tuple[int, ...]] = {
    "rows": (6, 3), "columns": (3, 6), "beside": (2, 8), "stack": (2, 2, 3), "last": (2, 3, 2), "interleaved": (3, 4),
    "kernels": (8, 4, 3, 5), "depthwise": (6, 1, 3, 5),
}  # fmt: skip


def shape_of(sizes: tuple[int, ...]) -> Shape:
    return tuple(map(sp.Integer, sizes))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].read])
def test_what_is_taken_apart_was_put_together(kind: str) -> None:
    draw = np.random.default_rng(3)
    values = {f"p{k}": draw.normal(size=sizes) for k, sizes in enumerate(PARTS[kind])}
    shapes = {f"p{k}": shape_of(sizes) for k, sizes in enumerate(PARTS[kind])}
    block = BlockLayout(kind, tuple(values))
    whole = joined(block, iter(values.values()), shapes, np)
    assert whole.shape == WHOLE[kind] == tuple(map(int, block_shape(block, shapes)))
    back = dict(pieces(block, whole, shapes, np))
    assert back.keys() == values.keys()
    for name, array in values.items():
        np.testing.assert_array_equal(back[name], array)


def test_entries_of_vectors_stand_in_turns() -> None:
    values = {"a": np.arange(3.0), "b": 10 + np.arange(3.0)}
    shapes = dict.fromkeys(values, shape_of((3,)))
    block = BlockLayout("interleaved", ("a", "b"))
    whole = joined(block, iter(values.values()), shapes, np)
    assert whole.tolist() == [0, 10, 1, 11, 2, 12]
    assert block_shape(block, shapes) == (6,)
    back = dict(pieces(block, whole, shapes, np))
    assert [array.tolist() for array in back.values()] == [array.tolist() for array in values.values()]


def test_kernels_stand_where_pytorch_has_them() -> None:
    kernel = np.arange(3 * 5 * 2 * 4).reshape(3, 5, 2, 4)
    shapes = {"K": shape_of(kernel.shape), "k": shape_of((3, 5, 4))}
    whole = joined(BlockLayout("kernels", ("K",)), iter([kernel]), shapes, np)
    assert whole[1, 3, 2, 4] == kernel[2, 4, 1, 3]
    apart = joined(BlockLayout("depthwise", ("k",)), iter([kernel[:, :, 0]]), shapes, np)
    assert apart[3, 0, 2, 4] == kernel[2, 4, 0, 3]


def test_beside_goes_along_the_last_axis_of_kernels() -> None:
    one, two = np.zeros((3, 2, 4)), np.ones((3, 2, 5))
    shapes = {"A": shape_of(one.shape), "B": shape_of(two.shape)}
    assert joined(BlockLayout("beside", ("A", "B")), iter([one, two]), shapes, np)[0, 0].tolist() == [0] * 4 + [1] * 5


@pytest.mark.parametrize(
    ("kind", "shapes", "message"),
    [
        ("beside", [(2, 3), (4, 3)], "cannot stand beside each other"),
        ("beside", [(2,), (2,)], "cannot stand beside each other"),
        ("kernels", [(3, 2, 4), (5, 2, 4)], "are no kernels that stand above each other"),
        ("kernels", [(2, 4)], "are no kernels that stand above each other"),
        ("depthwise", [(3, 2), (4, 2)], "are no kernels that stand above each other"),
    ],
)
def test_parts_that_do_not_fit_are_refused(kind: str, shapes: list[tuple[int, ...]], message: str) -> None:
    named = {f"p{k}": shape_of(sizes) for k, sizes in enumerate(shapes)}
    with pytest.raises(Mismatch, match=message):
        block_shape(BlockLayout(kind, tuple(named)), named)
