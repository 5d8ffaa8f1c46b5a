"""Jacobians as paths: the formulas that everyone knows, and every block of every cell against numbers."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from cells import ODD, differences, drawn, made
from derive.dense import Factors, dense_jacobian
from laws import over
from variants import CELLS
from zoo import FEW, cell_of

import cellgraph as cg
from cellgraph.derive.jacobians.jacobian import Jacobian
from cellgraph.derive.jacobians.paths import CAP
from cellgraph.graph import Cell
from cellgraph.views.notation import text

EVERY = [*(cell_of(name) for name in FEW if name not in CELLS), *CELLS.values(), *ODD]


def terms(found: Jacobian, of: str, wrt: str) -> list[tuple[str, str | None, str]]:
    step = found.cell.step
    block = found.block(of, wrt)
    assert block.paths is not None
    return [(p.kind, None if p.via is None else str(p.via), text(p.product, step)) for p in block.paths]


def test_the_rnn_has_one_path_through_its_matrix() -> None:
    found = cg.jacobian(CELLS["rnn"])
    assert terms(found, "h", "h") == [("candidate", None, "diag(1 − h²) U")]
    assert (found.path_matrix, found.growth.value, found.carry) == (((1,),), 1, ())


def test_the_lstm_has_nine_paths() -> None:
    found = cg.jacobian(CELLS["lstm"])
    assert terms(found, "c", "c") == [("carry", None, "diag(f)")]
    assert terms(found, "c", "h") == [
        ("gate", "f", "diag(c[t−1] ⊙ f ⊙ (1 − f)) U_f"),
        ("gate", "i", "diag(g ⊙ i ⊙ (1 − i)) U_i"),
        ("candidate", "g", "diag(i ⊙ (1 − g²)) U_g"),
    ]
    assert terms(found, "h", "c") == [("carry", None, "diag(o ⊙ (1 − tanh(c)²) ⊙ f)")]
    assert terms(found, "h", "h") == [
        ("output", "o", "diag(tanh(c) ⊙ o ⊙ (1 − o)) U_o"),
        ("gate", "f", "diag(o ⊙ (1 − tanh(c)²) ⊙ c[t−1] ⊙ f ⊙ (1 − f)) U_f"),
        ("gate", "i", "diag(o ⊙ (1 − tanh(c)²) ⊙ g ⊙ i ⊙ (1 − i)) U_i"),
        ("candidate", "g", "diag(o ⊙ (1 − tanh(c)²) ⊙ i ⊙ (1 − g²)) U_g"),
    ]
    assert found.path_matrix == ((4, 1), (3, 1))
    assert found.growth.exact.text == "(5 + √21)/2"
    assert found.growth.value == pytest.approx(4.7913, abs=1e-4)
    assert [(str(state), str(coefficient)) for state, coefficient in found.carry] == [("c", "f")]


def test_the_two_grus_differ_in_one_bracket() -> None:
    shared = [
        ("carry", None, "diag(z)"),
        ("gate", "z", "diag((h[t−1] − g) ⊙ z ⊙ (1 − z)) U_z"),
    ]
    assert terms(cg.jacobian(CELLS["gru"]), "h", "h") == [
        *shared,
        ("gate", "r", "diag((1 − z) ⊙ (1 − g²)) U_g diag(h[t−1] ⊙ r ⊙ (1 − r)) U_r"),
        ("candidate", "g", "diag((1 − z) ⊙ (1 − g²)) U_g diag(r)"),
    ]
    assert terms(cg.jacobian(cell_of("gru-reset-after")), "h", "h") == [
        *shared,
        ("gate", "r", "diag((1 − z) ⊙ (1 − g²) ⊙ u ⊙ r ⊙ (1 − r)) U_r"),
        ("candidate", "g", "diag((1 − z) ⊙ (1 − g²) ⊙ r) U_g"),
    ]


def test_equal_matrices_through_one_gate_are_one_term() -> None:
    block = cg.jacobian(CELLS["cifg"]).block("c", "h")
    assert block.count == 2
    assert block.paths is not None
    assert [[str(s) for s in chain] for chain in block.paths[0].chains] == [
        ["h[t-1]", "f", "c"],
        ["h[t-1]", "f", "i", "c"],
    ]
    assert text(block.paths[0].product) == "diag((c[t−1] − g) ⊙ f ⊙ (1 − f)) U_f"


def test_a_path_that_cancels_is_no_path() -> None:
    cancelled = made("cancelled", {"h": "n"}, {"W": "n m"}, "u = tanh(W @ x)\nh = u + h[t-1] - h[t-1]")
    assert cg.jacobian(cancelled).path_matrix == ((0,),)


@pytest.mark.parametrize("cell", EVERY, ids=lambda cell: cell.name)
def test_paths_add_up_to_the_jacobian(cell: Cell) -> None:
    leaves = drawn(cell, seed=5)
    values = cg.step(cell, leaves)
    whole = dense_jacobian(cell, values)
    factors = Factors(cell.step, values)
    found = cg.jacobian(cell)
    for block in found.blocks:
        numbers = differences(cell, leaves, block.of.name, block.wrt.name)
        shape = cell.step.quantities[block.wrt].shape or ()
        if block.paths is None:
            assert block.count > CAP
            continue
        total = sum(
            (factors.product(path.factors, shape, cell.step.shape(block.of)) for path in block.paths),
            start=np.zeros_like(numbers),
        )
        np.testing.assert_allclose(total, numbers, rtol=1e-6, atol=2e-8)
        np.testing.assert_allclose(
            whole.get((block.of.name, block.wrt.name), 0 * numbers), total, rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("cell", [*CELLS.values(), *ODD], ids=lambda cell: cell.name)
def test_dense_jacobians_keep_batch_axes(cell: Cell) -> None:
    leaves = drawn(cell, seed=6, batch=(2, 3))
    values = cg.step(cell, leaves)
    whole = dense_jacobian(cell, values)
    alone = {
        q.symbol.name: leaves[q.symbol.name] if q.role in ("param", "const") else leaves[q.symbol.name][1, 2]
        for q in cell.step.leaves
    }
    for pair, matrix in dense_jacobian(cell, cg.step(cell, alone)).items():
        batched = np.broadcast_to(whole[pair], (2, 3, *matrix.shape))
        np.testing.assert_allclose(batched[1, 2], matrix, rtol=1e-9, atol=1e-12)


@over(EVERY)
def test_the_vjp_is_the_transposed_jacobian(cell: Cell) -> None:
    values = cg.step(cell, drawn(cell, seed=7))
    draw = np.random.default_rng(8)
    bars = {after.name: draw.normal(size=values[after.name].shape) for after in cell.carries.values()}
    pulled = cg.vjp(cell, values, bars)
    whole = dense_jacobian(cell, values)
    for wrt in cell.carries:
        expected = np.zeros(values[wrt.name].size)
        for of, bar in bars.items():
            if (of, wrt.name) in whole:
                expected += whole[of, wrt.name].T @ np.ravel(bar)
        np.testing.assert_allclose(np.ravel(pulled[wrt.name]), expected, rtol=1e-9, atol=1e-12)


def test_blocks_may_be_of_any_quantity_by_any_other() -> None:
    cell = CELLS["lstm"]
    leaves = drawn(cell, seed=9)
    values = cg.step(cell, leaves)
    (block,) = cg.jacobian(cell, of=["c"], wrt=["x"]).blocks
    assert block.count == 3
    assert block.paths is not None
    factors = Factors(cell.step, values)
    total = sum(factors.product(path.factors, cell.step.quantities[block.wrt].shape) for path in block.paths)
    np.testing.assert_allclose(total, differences(cell, leaves, "c", "x"), rtol=1e-9)


def test_unknown_names_are_told_the_choices() -> None:
    with pytest.raises(KeyError, match=r"no computed quantity 'hh'; did you mean 'h'\? \(there are f, i, g, o, c, h\)"):
        cg.jacobian(CELLS["lstm"], of=["hh"])
    with pytest.raises(KeyError, match=r"no quantity 'y' \(there are h, c, x, "):
        cg.jacobian(CELLS["lstm"], wrt=["y"])
    with pytest.raises(ValueError, match="total derivatives are of states by states; states are h, c"):
        cg.jacobian(CELLS["lstm"], of=["f"], total=True)
    with pytest.raises(KeyError, match=r"no block \(f, c\); there are \(h, h\[t-1\]\)"):
        cg.jacobian(CELLS["lstm"]).block("f", "c")


def tower(height: int) -> Cell:
    """Every floor uses the one below three times, through three matrices: 3^height paths."""
    lines = ["s0 = h[t-1]"]
    for k in range(1, height + 1):
        lines.append(f"s{k} = tanh(A @ s{k - 1}) * sigmoid(B @ s{k - 1}) + tanh(C @ s{k - 1})")
    return made("tower", {"h": "n"}, dict.fromkeys("ABC", "n n"), "\n".join([*lines, f"h = s{height}"]))


def test_too_many_paths_are_counted_and_bounded() -> None:
    found = cg.jacobian(tower(60))
    (block,) = found.blocks
    assert (block.count, block.paths, block.sum) == (3**60, None, None)
    assert found.path_matrix == ((3**60,),)
    bound = found.bounds[0]
    assert bound.expr is not None
    assert len(bound.where) > 5
    assert found.to_dict()["blocks"][0]["listed"] is False


def test_paths_are_listed_up_to_the_cap() -> None:
    assert cg.jacobian(tower(3), cap=27).block("h", "h").paths is not None
    assert cg.jacobian(tower(3), cap=26).block("h", "h").paths is None


def test_the_total_derivative_goes_by_the_other_state_too() -> None:
    cell = CELLS["lstm"]
    found = cg.jacobian(cell, of=["c"], wrt=["c"], total=True)
    (block,) = found.blocks
    assert block.count == 4
    assert block.paths is not None
    assert text(block.paths[0].product) == "diag(f)"
    assert [str(s) for s in block.paths[1].chains[0]] == ["c[t-1]", "h[t-1]", "f", "c"]
    earlier = cg.step(cell, drawn(cell, seed=11))
    later = drawn(cell, seed=11) | {"x": np.array([0.3, -1.2, 0.7])}
    later |= {"c[t-1]": earlier["c"], "h[t-1]": earlier["h"]}
    values = cg.step(cell, later)

    def after(c: np.ndarray) -> np.ndarray:
        return np.asarray(cg.step(cell, later | {"c[t-1]": c, "h[t-1]": earlier["o"] * np.tanh(c)})["c"])

    moved = [after(earlier["c"] + 1e-30j * unit).imag / 1e-30 for unit in np.eye(4)]
    slope = earlier["o"] * (1 - np.tanh(earlier["c"]) ** 2)
    parts = dense_jacobian(cell, values)
    total = parts["c", "c[t-1]"] + parts["c", "h[t-1]"] * slope
    np.testing.assert_allclose(total, np.stack(moved, axis=1), rtol=1e-10)


def test_the_total_derivative_of_one_state_is_the_direct_one() -> None:
    cell = CELLS["gru"]
    assert cg.jacobian(cell, total=True).blocks == cg.jacobian(cell).blocks


def test_terms_through_time_are_powers_of_the_path_matrix() -> None:
    from cellgraph.derive.jacobians.through_time import power

    assert power(((4, 1), (3, 1)), 2) == ((19, 5), (15, 4))
    assert power(((4,),), 30) == ((4**30,),)


@pytest.mark.parametrize(
    ("matrix", "shown"),
    [
        (((4, 1), (3, 1)), "(5 + √21)/2"),
        (((5, 4), (3, 3)), "4 + √13"),
        (((0, 3), (0, 2)), "2"),
        (((1, 1), (1, 0)), "(1 + √5)/2"),
        (((0, 2), (1, 0)), "√2"),
        (((1, 3), (6, 1)), "1 + 3√2"),
        (((1, 0, 0), (0, 3, 0), (0, 0, 2)), "3"),
    ],
)
def test_growth_is_the_largest_eigenvalue(matrix: tuple[tuple[int, ...], ...], shown: str) -> None:
    from cellgraph.derive.jacobians.through_time import growth

    found = growth(matrix)
    assert found.exact.text == shown
    assert found.value == pytest.approx(max(np.linalg.eigvals(np.array(matrix)).real))


def scalarised(name: str) -> tuple[sp.Matrix, sp.Matrix, dict[sp.Symbol, float], dict[str, np.ndarray]]:
    """The state after and before a step at n = 2, m = 1, entry by entry in scalar SymPy, written by hand."""
    draw = np.random.default_rng(3)
    numbers: dict[sp.Symbol, float] = {}
    leaves: dict[str, np.ndarray] = {}

    def entries(symbol: str, rows: int, columns: int) -> sp.Matrix:
        drawn_ = draw.normal(size=(rows, columns)).round(2)
        leaves[symbol] = drawn_ if symbol[0] in "WU" else drawn_[:, 0]
        made_ = sp.Matrix(rows, columns, lambda i, j: sp.Symbol(f"{symbol}{i}{j}"))
        numbers.update({made_[i, j]: float(drawn_[i, j]) for i in range(rows) for j in range(columns)})
        return made_

    x, h = entries("x", 1, 1), entries("h[t-1]", 2, 1)

    def affine(suffix: str, state: sp.Matrix) -> sp.Matrix:
        return entries(f"W{suffix}", 2, 1) * x + entries(f"U{suffix}", 2, 2) * state + entries(f"b{suffix}", 2, 1)

    def logistic(v: sp.Matrix) -> sp.Matrix:
        return v.applyfunc(lambda a: 1 / (1 + sp.exp(-a)))

    if name == "rnn":
        return affine("", h).applyfunc(sp.tanh), h, numbers, leaves
    if name == "gru":
        z, r = logistic(affine("_z", h)), logistic(affine("_r", h))
        g = affine("_g", r.multiply_elementwise(h)).applyfunc(sp.tanh)
        after = z.multiply_elementwise(h) + (sp.ones(2, 1) - z).multiply_elementwise(g)
        return after, h, numbers, leaves
    c = entries("c[t-1]", 2, 1)
    f, i, o = (logistic(affine(q, h)) for q in ("_f", "_i", "_o"))
    g = affine("_g", h).applyfunc(sp.tanh)
    c_after = f.multiply_elementwise(c) + i.multiply_elementwise(g)
    h_after = o.multiply_elementwise(c_after.applyfunc(sp.tanh))
    return sp.Matrix.vstack(h_after, c_after), sp.Matrix.vstack(h, c), numbers, leaves


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm"])
def test_scalar_sympy_agrees(name: str) -> None:
    after, before, numbers, leaves = scalarised(name)
    expected = sp.lambdify(list(numbers), after.jacobian(before), "numpy")(*numbers.values())
    cell = CELLS[name]
    whole = dense_jacobian(cell, cg.step(cell, leaves))
    ours = np.block([[whole[a.name, b.name] for b in cell.carries] for a in cell.carries.values()])
    np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-14)
