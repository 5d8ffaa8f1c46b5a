"""Jacobians through time against derivatives found without them: complex steps, central differences, other products."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from cells import NUMBERS, ODD, analytic, differences, drawn

import cellgraph as cg
from cellgraph.derive.flows.flow import trajectory
from cellgraph.derive.flows.flow_sizes import completed
from cellgraph.derive.flows.initialise import Start, initialised
from cellgraph.derive.flows.product import Product, products
from cellgraph.derive.flows.spectral import spectral_norm
from cellgraph.derive.flows.transport import Transport
from cellgraph.derive.gradients.compiled import program
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, size

CELLS = [*ODD, *(cg.load(name) for name in cg.cells())]
SMOOTH = [cell for cell in CELLS if analytic(cell)]
STEPS = 5


def numbers(cell: Cell) -> dict[sp.Symbol, sp.Integer]:
    return {size(dim): sp.Integer(NUMBERS.get(dim, 5)) for dim in cell.dims}


def parted(cell: Cell, seed: int, steps: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Parameters, and inputs and states for every step."""
    leaves = drawn(cell, seed, (steps,), 0.7)
    fixed = {q.symbol.name for q in cell.step.leaves if q.role in ("param", "const")}
    return {k: v for k, v in leaves.items() if k in fixed}, {k: v for k, v in leaves.items() if k not in fixed}


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_one_step_equals_differences(cell: Cell) -> None:
    weights, trace = parted(cell, 3, 2)
    transport = Transport(cell, list(cell.carries), numbers(cell), weights)
    at = transport.stretch(trace)
    accuracy = 1e-11 if analytic(cell) else 1e-5
    for k in range(2):
        whole = transport.dense(at(k))
        leaves = {**weights, **{name: array[k] for name, array in trace.items()}}
        for i, after in enumerate(cell.carries.values()):
            for j, before in enumerate(cell.carries):
                own = whole[
                    transport.starts[i] : transport.starts[i + 1], transport.starts[j] : transport.starts[j + 1]
                ]
                np.testing.assert_allclose(own, differences(cell, leaves, after.name, before.name), atol=accuracy)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_rows_pulled_along_the_links_equal_rows_times_the_jacobian(cell: Cell) -> None:
    weights, trace = parted(cell, 6, 2)
    transport = Transport(cell, list(cell.carries), numbers(cell), weights)
    at = transport.stretch(trace)
    rows = np.random.default_rng(1).normal(size=(3, transport.size()))
    expected = np.stack([rows @ transport.dense(at(1)), rows @ transport.dense(at(1)) @ transport.dense(at(0))])
    for along in (True, False):
        kept = np.full_like(expected, np.nan)
        transport.passage(rows, kept, at(0), along)([at(1), at(0)])
        np.testing.assert_allclose(kept, expected, rtol=0, atol=1e-11 * max(np.abs(expected).max(), 1))


def test_many_rows_take_the_jacobian_and_few_rows_the_links() -> None:
    transport, _ = runs("gru", Start("torch"), 3)
    assert transport.along(8)
    assert not transport.along(80)


@pytest.mark.parametrize("along", [True, False])
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "hyperlstm"])
def test_a_product_in_parts_is_the_whole_one(name: str, along: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    (transport, trace), expected = runs(name, Start("torch"), 3, 40), []
    at = transport.stretch(trace)
    rows = np.random.default_rng(1).normal(size=(31, transport.size()))
    for count in (1, 2, 5):
        monkeypatch.setattr("cellgraph.derive.flows.transport.cores", lambda count=count: count)
        monkeypatch.setattr("cellgraph.derive.flows.cores.cores", lambda count=count: count)
        monkeypatch.setattr("cellgraph.derive.flows.transport.WORTH", 1)
        transport, _ = runs(name, Start("torch"), 3, 40)
        kept = np.full((3, *rows.shape), np.nan)
        through = transport.passage(rows, kept, at(0), along)
        through([at(1), at(0), at(2)])
        through([at(2), at(0)])
        expected.append(kept)
    np.testing.assert_allclose(expected[1], expected[0], rtol=0, atol=1e-13 * np.abs(expected[0]).max())
    np.testing.assert_allclose(expected[2], expected[0], rtol=0, atol=1e-13 * np.abs(expected[0]).max())
    np.testing.assert_allclose(
        expected[0][1], rows @ transport.dense(at(2)) @ transport.dense(at(0)), rtol=0, atol=1e-13
    )


@pytest.mark.parametrize("cell", SMOOTH, ids=lambda cell: cell.name)
def test_the_product_equals_complex_steps_through_the_whole_run(cell: Cell) -> None:
    weights, given = parted(cell, 4, STEPS)
    inputs = {name: array for name, array in given.items() if "[t-1]" not in name}
    trace = trajectory(cell, numbers(cell), weights, inputs)
    transport = Transport(cell, list(cell.carries), numbers(cell), weights)
    found = next(p.matrix * 10.0**p.scale for p in products(transport, trace, STEPS) if p.t == 2)
    columns = []
    for before in cell.carries:
        for place in np.ndindex(trace[before.name][2].shape):
            state = {name.name: trace[name.name][2].astype(complex) for name in cell.carries}
            state[before.name][place] += 1e-30j
            for t in range(2, STEPS):
                made = cg.step(cell, {**weights, **{n: a[t] for n, a in inputs.items()}, **state})
                state = {b.name: made[a.name] for b, a in cell.carries.items()}
            columns.append(np.concatenate([np.ravel(a.imag) for a in state.values()]) / 1e-30)
    np.testing.assert_allclose(found, np.stack(columns, axis=1), rtol=0, atol=1e-10)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_compiled_step_computes_what_the_graph_says(cell: Cell) -> None:
    leaves = drawn(cell, 5, (3,))
    wanted = list(cell.step.definitions)
    expected = cg.step(cell, leaves)
    for values in ({}, {q.symbol.name: leaves[q.symbol.name] for q in cell.step.having("param")}):
        rest = {name: array for name, array in leaves.items() if name not in values}
        found = program(cell.step, wanted, numbers(cell)).bound(values, np).run(rest, np)
        for symbol, array in zip(wanted, found, strict=True):
            np.testing.assert_allclose(array, expected[symbol.name], rtol=0, atol=1e-14)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_program_along_its_inputs_is_the_one_that_gets_them_step_by_step(cell: Cell) -> None:
    weights, trace = parted(cell, 7, 3)
    whole = program(cell.step, list(cell.step.definitions), numbers(cell))
    inputs = {name: array for name, array in trace.items() if name in whole.inputs and "[t-1]" not in name}
    states = {name: array for name, array in trace.items() if name not in inputs}
    for bound in (whole, whole.bound(weights, np)):
        rest = {name: array for name, array in weights.items() if name in bound.inputs}
        for k, now in enumerate(bound.along(inputs, np) if inputs else [bound] * 3):
            own = {name: array[k] for name, array in states.items()}
            expected = bound.run({**rest, **own, **{name: array[k] for name, array in inputs.items()}}, np)
            for found, array in zip(now.run({**rest, **own}, np), expected, strict=True):
                np.testing.assert_allclose(found, array, rtol=0, atol=1e-14)


def test_a_program_leaves_out_what_is_not_wanted() -> None:
    cell = cg.load("lstm")
    gate = program(cell.step, [sp.Symbol("f")], numbers(cell))
    assert set(gate.inputs) == {"W_f", "U_f", "b_f", "x", "h[t-1]"}


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


def runs(name: str, start: Start, steps: int, width: int = 80) -> tuple[Transport, dict[str, np.ndarray]]:
    """A cell that is wide enough for its product to be thinned."""
    cell = cg.load(name)
    sizes = {size(n): sp.Integer(v) for n, v in completed(cell, {"m": 5, "n": width}).items()}
    draw = np.random.default_rng(9)
    weights = initialised(structure(cell), sizes, start, steps, draw)
    trace = trajectory(cell, sizes, weights, {"x": draw.normal(size=(steps, 5))})
    return Transport(cell, list(cell.carries), sizes, weights), trace


@pytest.mark.parametrize("start", [Start("torch"), Start("keras", 1.4), Start("chrono")], ids=lambda start: start.init)
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_a_thinned_product_is_the_whole_one(name: str, start: Start) -> None:
    transport, trace = runs(name, start, 90)
    rows = []
    for thin, whole in zip(products(transport, trace, 90), products(*runs(name, start, 90), 90, True), strict=True):
        expected = whole.matrix * 10.0 ** (whole.scale - thin.scale)
        assert np.linalg.norm(thin.matrix - expected) < 1e-10 * np.linalg.norm(expected)
        np.testing.assert_allclose(thin.left.T @ thin.left, np.eye(len(thin.right)), atol=1e-12)
        rows.append(len(thin.right))
    assert rows == sorted(rows, reverse=True)
    assert rows[-1] < rows[0] or (name, start) != ("rnn", Start("torch"))


def test_a_product_of_nothing_keeps_one_row() -> None:
    transport, trace = runs("linear-rnn", Start("orthogonal", 0.0), 40)
    found = list(products(transport, trace, 40))
    assert len(found) == 41
    assert len(found[-1].right) == 1
    assert not found[-1].matrix.any()


@pytest.mark.parametrize("gain", [1e-200, 1e-45, 1e45, 1e200])
def test_a_product_far_outside_the_range_of_numbers_keeps_its_size(gain: float) -> None:
    transport, trace = runs("linear-rnn", Start("orthogonal"), 30, 12)
    (u,) = [m for m in transport.fixed if m.shape == (12, 12)]
    u *= gain
    for found in products(transport, trace, 30):
        norm = found.scale + np.log10(np.linalg.norm(found.matrix, 2))
        assert norm == pytest.approx((30 - found.t) * np.log10(gain), abs=1e-9)


def test_an_overflow_in_a_row_that_is_not_looked_at_is_found() -> None:
    transport, trace = runs("linear-rnn", Start("orthogonal"), 30, 40)
    (u,) = [m for m in transport.fixed if m.shape == (40, 40)]
    u[...] = np.diag([1.0] * 39 + [1e50])
    for found in products(transport, trace, 30):
        largest = found.matrix[39, 39] * 10.0 ** (found.scale - 50 * (30 - found.t))
        assert largest == pytest.approx(1, rel=1e-9)


def test_what_was_left_out_and_comes_to_matter_is_made_again() -> None:
    transport, trace = runs("linear-rnn", Start("orthogonal"), 60)
    (u,) = [m for m in transport.fixed if m.shape == (80, 80)]
    fading = np.full(80, 1.0)
    fading[:60] = 1e-3
    u[...] = np.diag(fading)
    found: list[Product] = []
    for product in products(transport, trace, 60):
        if product.t == 40:
            u[...] = np.diag(1 / fading)
        found.append(product)
    assert len(found[25].right) < 80
    assert [p.t for p in found] == list(range(60, -1, -1))
    assert len(found[-1].right) == 80
