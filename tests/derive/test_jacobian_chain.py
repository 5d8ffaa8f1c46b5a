"""Products of Jacobians through time against products of dense ones, and derivatives found without them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping

import numpy as np
import pytest
import sympy as sp
from cells import ODD, analytic, drawn, sizes_of
from derive.dense import dense_jacobian
from zoo import FEW, cell_of

import cellgraph as cg
from cellgraph.derive.flows import jacobian_chain as chains
from cellgraph.derive.flows.flow import completed
from cellgraph.derive.flows.initialise import Initialisation, initialised
from cellgraph.derive.flows.jacobian_chain import Pullback, jacobian_chain, spectral_norm
from cellgraph.derive.flows.trajectory import forward
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, size

CELLS = [*ODD, *map(cell_of, FEW)]
SMOOTH = [cell for cell in CELLS if analytic(cell)]
STEPS = 5
Arrays = dict[str, np.ndarray]

SCALED = """\
name: scaled
dims: {n: hidden size}
inputs: {x: [n]}
states: {h: [n]}
params: {b: [n]}
equations: h = x * h[t-1] + b
"""


def numbers(cell: Cell) -> dict[sp.Symbol, sp.Integer]:
    return {size(dim): sp.Integer(number) for dim, number in sizes_of(cell).items()}


def parted(cell: Cell, seed: int, steps: int) -> tuple[Arrays, Arrays]:
    """Parameters, and inputs and states for every step."""
    leaves = drawn(cell, seed, (steps,), 0.7)
    fixed = {q.symbol.name for q in cell.step.leaves if q.role in ("param", "const")}
    return {k: v for k, v in leaves.items() if k in fixed}, {k: v for k, v in leaves.items() if k not in fixed}


def joined(cell: Cell, pullback: Pullback, blocks: Mapping[tuple[str, str], np.ndarray]) -> np.ndarray:
    """A Jacobian as one matrix, from its blocks by name; those that are not there are zero."""
    whole = np.zeros((pullback.size, pullback.size))
    for after, rows in zip(cell.carries.values(), pullback.columns, strict=True):
        for before, columns in zip(cell.carries, pullback.columns, strict=True):
            if (after.name, before.name) in blocks:
                whole[rows, columns] = blocks[after.name, before.name]
    return whole


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_chain_is_the_product_of_dense_jacobians(cell: Cell) -> None:
    weights, trace = parted(cell, 6, STEPS)
    pullback = Pullback(cell, list(cell.carries), numbers(cell), weights)
    blocks = dense_jacobian(cell, cg.step(cell, {**weights, **trace}))
    expected = np.eye(pullback.size)
    for found in jacobian_chain(pullback, trace, STEPS):
        if found.t < STEPS:
            step = {key: np.broadcast_to(b, (STEPS, *b.shape[-2:]))[found.t] for key, b in blocks.items()}
            expected = expected @ joined(cell, pullback, step)
        scale = max(np.abs(expected).max(), 1)
        np.testing.assert_allclose(found.matrix * 10.0**found.scale, expected, rtol=0, atol=1e-11 * scale)
    assert found.t == 0


@pytest.mark.parametrize("cell", SMOOTH, ids=lambda cell: cell.name)
def test_the_chain_equals_complex_steps_through_the_whole_run(cell: Cell) -> None:
    weights, given = parted(cell, 4, STEPS)
    inputs = {name: array for name, array in given.items() if "[t-1]" not in name}
    trace = forward(cell, numbers(cell), weights, inputs)
    pullback = Pullback(cell, list(cell.carries), numbers(cell), weights)
    found = next(p.matrix * 10.0**p.scale for p in jacobian_chain(pullback, trace, STEPS) if p.t == 2)
    # One run for all columns at once: each begins with another entry of a state moved.
    units = np.split(np.eye(pullback.size), np.cumsum([trace[b.name][2].size for b in cell.carries])[:-1], axis=1)
    state = {
        before.name: trace[before.name][2] + 1e-30j * unit.reshape((-1, *trace[before.name].shape[1:]))
        for before, unit in zip(cell.carries, units, strict=True)
    }
    for t in range(2, STEPS):
        made = cg.step(cell, {**weights, **{n: a[t] for n, a in inputs.items()}, **state})
        state = {b.name: np.broadcast_to(made[a.name], state[b.name].shape) for b, a in cell.carries.items()}
    rows = [array.reshape((pullback.size, -1)).imag / 1e-30 for array in state.values()]
    np.testing.assert_allclose(found, np.concatenate(rows, axis=1).T, rtol=0, atol=1e-10)


@pytest.mark.parametrize("cores", [1, 2, 5])
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "hyperlstm"])
def test_rows_in_pieces_are_pulled_back_as_together(name: str, cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pullback, trace = runs(name, Initialisation("torch"), 3, 40)
    together = [found.matrix for found in jacobian_chain(pullback, trace, 3)]
    monkeypatch.setattr(chains, "TOGETHER", 1)
    monkeypatch.setattr(chains, "MANY", 7)
    monkeypatch.setattr(chains, "_cores", lambda: cores)
    for found, expected in zip(jacobian_chain(pullback, trace, 3), together, strict=True):
        np.testing.assert_allclose(found.matrix, expected, rtol=0, atol=1e-13 * np.abs(expected).max())


def test_the_memory_of_a_chain_does_not_grow_with_its_length() -> None:
    peaks = []
    for steps in (64, 512):
        pullback, trace = runs("gru", Initialisation("torch"), steps)
        tracemalloc.start()
        for found in jacobian_chain(pullback, trace, steps):
            assert np.isfinite(found.right).all()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


@pytest.mark.parametrize("count", [3, 40])
@pytest.mark.parametrize(
    "shaped", [np.asarray, lambda a: np.linalg.qr(a)[0], lambda a: np.outer(a[0], a[1]), lambda a: np.diag(a[0])]
)  # fmt: skip
def test_the_spectral_norm_is_the_largest_singular_value(shaped: object, count: int) -> None:
    draw = np.random.default_rng(count)
    matrix = shaped(draw.normal(size=(count, count)))  # type: ignore[operator]
    found, right = spectral_norm(matrix, draw.normal(size=count))
    assert found == pytest.approx(np.linalg.svd(matrix)[1][0], rel=1e-11)
    assert np.linalg.norm(matrix @ right) == pytest.approx(found, rel=1e-5)


def test_the_norm_of_a_matrix_without_entries_is_zero() -> None:
    assert spectral_norm(np.zeros((30, 30)), np.ones(30))[0] == 0


def test_the_norm_of_a_matrix_that_does_not_converge_is_computed_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "DIRECTIONS", 4)
    matrix = np.random.default_rng(1).normal(size=(50, 60))
    assert spectral_norm(matrix, np.ones(60))[0] == pytest.approx(np.linalg.svd(matrix)[1][0], rel=1e-12)


def runs(
    name: str, start: Initialisation, steps: int, width: int = 80, **changed: np.ndarray
) -> tuple[Pullback, Arrays]:
    """A cell that is wide enough for directions to be cut off; the chain has some parameters in place of its own."""
    cell = cell_of(name)
    sizes = {size(n): sp.Integer(v) for n, v in completed(cell, {"m": 5, "n": width}).items()}
    draw = np.random.default_rng(9)
    weights = initialised(structure(cell), sizes, start, steps, draw)
    trace = forward(cell, sizes, weights, {"x": draw.normal(size=(steps, 5))})
    return Pullback(cell, list(cell.carries), sizes, {**weights, **changed}), trace


@pytest.mark.parametrize(
    "start",
    [Initialisation("torch"), Initialisation("keras", 1.4), Initialisation("chrono")],
    ids=lambda start: start.init,
)
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_a_product_that_was_cut_is_the_whole_one(name: str, start: Initialisation) -> None:
    pullback, trace = runs(name, start, 90)
    rows = []
    for thin, whole in zip(
        jacobian_chain(pullback, trace, 90), jacobian_chain(pullback, trace, 90, False), strict=True
    ):
        expected = whole.matrix * 10.0 ** (whole.scale - thin.scale)
        assert np.linalg.norm(thin.matrix - expected) < 1e-10 * np.linalg.norm(expected)
        np.testing.assert_allclose(thin.left.T @ thin.left, np.eye(len(thin.right)), atol=1e-12)
        rows.append(len(thin.right))
    assert rows == sorted(rows, reverse=True)
    assert rows[-1] < rows[0] or (name, start) != ("rnn", Initialisation("torch"))


def test_a_product_of_nothing_keeps_one_row() -> None:
    found = list(jacobian_chain(*runs("linear-rnn", Initialisation("orthogonal", 0.0), 40), 40))
    assert len(found) == 41
    assert len(found[-1].right) == 1
    assert not found[-1].matrix.any()


@pytest.mark.parametrize("gain", [1e-200, 1e-45, 1e45, 1e200])
def test_a_product_far_outside_the_range_of_numbers_keeps_its_size(gain: float) -> None:
    rotation = np.linalg.qr(np.random.default_rng(2).normal(size=(12, 12)))[0]
    for found in jacobian_chain(*runs("linear-rnn", Initialisation("orthogonal"), 30, 12, U=gain * rotation), 30):
        norm = found.scale + np.log10(np.linalg.norm(found.matrix, 2))
        assert norm == pytest.approx((30 - found.t) * np.log10(gain), abs=1e-9)


def test_one_unit_that_explodes_alone_is_scaled() -> None:
    steep = np.diag([1.0] * 39 + [1e50])
    for found in jacobian_chain(*runs("linear-rnn", Initialisation("orthogonal"), 30, 40, U=steep), 30):
        largest = found.matrix[39, 39] * 10.0 ** (found.scale - 50 * (30 - found.t))
        assert largest == pytest.approx(1, rel=1e-9)


def test_what_was_cut_off_and_comes_to_matter_is_computed_again() -> None:
    """Two groups of units fade by 1/3 a step and are cut off, one after the other; then the first grows again."""
    cell, steps = cg.loads(SCALED), 120
    x = np.ones((steps, 160))
    x[80:, :40], x[48:88, 40:100], x[:40, :40] = 1 / 3, 1 / 3, 3
    pullback = Pullback(cell, list(cell.carries), {size("n"): sp.Integer(160)}, {"b": np.zeros(160)})
    ranks = []
    for t, found in zip(range(steps, -1, -1), jacobian_chain(pullback, {"x": x, "h[t-1]": x}, steps), strict=True):
        assert found.t == t
        expected = np.sum(np.log10(x[t:]), axis=0)
        own = np.diag(found.matrix * 10.0 ** (found.scale - expected.max()))
        np.testing.assert_allclose(own, 10 ** (expected - expected.max()), rtol=0, atol=1e-10)
        ranks.append(len(found.right))
    assert {120, 60} < set(ranks)
    assert ranks[0] == ranks[-1] == 160
