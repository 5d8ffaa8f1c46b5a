"""Cells with lifted axes against their definition: member by member, loop by loop, and along random directions."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import sympy as sp
from derive.dense import dense_jacobian
from lifted_cells import NUMBERS, lifted_cell
from zoo import seeds

import cellgraph as cg
from cellgraph.graph import Cell, fold, size
from cellgraph.ops import Axis, Head, Shape, axes_of, crossed, operands, statics

SEEDS = seeds(24)
SIZES = {size(name): count for name, count in NUMBERS.items()}

Member = dict[Axis, int]


def counts(shape: Shape) -> tuple[int, ...]:
    return tuple(int(sp.sympify(s).xreplace(SIZES)) for s in shape)


def drawn(cell: Cell, seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {q.symbol.name: rng.normal(size=counts(q.shape or ())) for q in cell.step.leaves}


def told(cell: Cell) -> dict[str, int]:
    """The sizes of a cell that its arrays might not tell."""
    return {str(s): NUMBERS[str(s)] for s in cell.step.sizes}


def member(array: np.ndarray, shape: Shape, at: Member) -> np.ndarray:
    """One member of a family."""
    return array[tuple(at[axis] for axis in axes_of(shape))]


def crossing(node: Head, array: np.ndarray, shape: Shape) -> np.ndarray:
    """What crosses an axis, by its definition."""
    (axis,) = crossed(node)
    count, axes = SIZES[axis.size], axes_of(shape)
    if node.op.crossing is not None and node.op.crossing.along:
        own = [int(s) for s in statics(node)]
        return np.asarray(np.apply_along_axis(lambda v: node.op.value(np, (1,), v, *own), axes.index(axis), array))
    if node.op.name == "flatten":
        members = np.moveaxis(array, axes.index(axis), len(axes) - 1)
        flat = members.reshape((*members.shape[: len(axes) - 1], -1, *members.shape[len(axes) + 1 :]))
        return flat if len(shape) > len(axes) else members
    after = sum(other.place < axis.place for other in axes)
    if node.op.name == "spread":
        return np.stack([array] * count, after)
    parts = np.split(array, count, len(axes))
    whole = np.stack(parts, after)
    return whole[..., 0] if whole.shape[len(axes) + 1] == 1 else whole


def by_members(cell: Cell, leaves: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every quantity of a step, each operation once for each member, with arrays of the core alone."""
    found: dict[str, np.ndarray] = dict(leaves)

    def combine(node: Head, arguments: list[np.ndarray]) -> np.ndarray:
        shapes, made = [cell.step.shape(a) for a in operands(node)], cell.step.shape(node)
        if crossed(node):
            return crossing(node, arguments[0], shapes[0])
        ranks = tuple(len(s) - len(axes_of(s)) for s in shapes)
        numbers = [float(s) if not s.is_Integer else int(s) for s in (s.xreplace(SIZES) for s in statics(node))]
        result = np.empty(counts(made))
        for indices in product(*(range(SIZES[axis.size]) for axis in axes_of(made))):
            at = dict(zip(axes_of(made), indices, strict=True))
            own = [member(a, s, at) for a, s in zip(arguments, shapes, strict=True)]
            result[indices] = node.op.value(np, ranks, *own, *numbers)
        return result

    def leaf(node: sp.Expr) -> np.ndarray:
        return np.asarray(found[node.name] if node in cell.step.quantities else float(node.xreplace(SIZES)))

    for equation in cell.step.equations:
        found[equation.lhs.name] = fold(equation.rhs, leaf, combine)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_step_is_what_its_members_are(seed: int) -> None:
    cell = lifted_cell(seed, smooth=False)
    leaves = drawn(cell)
    values = cg.step(cell, leaves, **told(cell))
    for name, expected in by_members(cell, leaves).items():
        np.testing.assert_allclose(values[name], expected, rtol=1e-10, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradient_is_the_slope_along_every_direction(seed: int) -> None:
    cell = lifted_cell(seed)
    leaves, along, bars = drawn(cell), drawn(cell, 2), {}
    rng = np.random.default_rng(3)
    values = cg.step(cell, leaves, **told(cell))
    for name in map(str, cell.step.outputs):
        bars[name] = rng.normal(size=np.shape(values[name]))
    back = cg.vjp(cell, values, bars, **told(cell))

    def loss(by: float) -> float:
        moved = {name: array + by * along[name] for name, array in leaves.items()}
        after = cg.step(cell, moved, **told(cell))
        return float(sum((bar * after[name]).sum() for name, bar in bars.items()))

    slope = (8 * (loss(1e-4) - loss(-1e-4)) - loss(2e-4) + loss(-2e-4)) / 12e-4
    assert {name: array.shape for name, array in leaves.items()} == {name: back[name].shape for name in leaves}
    assert sum((back[name] * along[name]).sum() for name in leaves) == pytest.approx(slope, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_batch_is_one_sample_after_the_other(seed: int) -> None:
    cell = lifted_cell(seed, smooth=False)
    several = [drawn(cell, k) for k in range(3)]
    moving = [q.symbol.name for q in cell.step.leaves if not q.fixed]
    together = {name: np.stack([one[name] for one in several]) for name in moving}
    values = cg.step(cell, {**several[0], **together}, **told(cell))
    for k, one in enumerate(several):
        alone = cg.step(cell, {**several[0], **{name: one[name] for name in moving}}, **told(cell))
        for name in map(str, cell.step.outputs):
            own = np.broadcast_to(values[name], (3, *np.shape(alone[name])))[k]
            np.testing.assert_allclose(own, alone[name], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("seed", SEEDS)
def test_jacobian_and_gradient_agree(seed: int) -> None:
    """The local factors of a lifted step, multiplied, transpose to what reverse mode gives."""
    cell = lifted_cell(seed)
    values = cg.step(cell, drawn(cell), **told(cell))
    blocks = dense_jacobian(cell, values, sizes={s: sp.Integer(SIZES[s]) for s in cell.step.sizes})
    rng = np.random.default_rng(5)
    for after in cell.carries.values():
        bar = rng.normal(size=np.shape(values[after.name]))
        back = cg.vjp(cell, values, {after.name: bar}, **told(cell))
        for before in cell.carries:
            block = blocks.get((after.name, before.name), np.zeros((bar.size, np.size(back[before.name]))))
            np.testing.assert_allclose(block.T @ bar.ravel(), np.ravel(back[before.name]), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_lifted_spec_reads_back(seed: int) -> None:
    from cellgraph.views.spec import spec

    cell = lifted_cell(seed, smooth=False)
    again = cg.loads(spec(cell))
    assert spec(again) == spec(cell)
    assert {s: q.shape for s, q in again.step.quantities.items()} == {
        s: q.shape for s, q in cell.step.quantities.items()
    }
    assert again.each == cell.each
