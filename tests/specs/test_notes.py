"""What the notes of specs claim, held against the equations: what a cell changes, what it saves, and how it behaves."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import sympy as sp
from zoo import EVERY, cell_of

import cellgraph as cg
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import postorder, symbols_of
from cellgraph.ops import Matmul

SOURCES = re.compile(r"torch|keras|tensorflow|tf\.|ncps|haste|labml|onnx|flax|cudnn|\.jl|package|docstring", re.I)
"""Who computes a cell and how, which comes after what the cell is."""
SHARES = {
    ("gru", "lstm"): ("a quarter of the LSTM's parameters is saved", 1, 4),
    ("lstm-cifg", "lstm"): ("a quarter of the parameters goes", 1, 4),
    ("miru-1", "gru"): ("a third of the parameters", 1, 3),
    ("miru-2", "gru"): ("two thirds of the parameters", 2, 3),
    ("mgu", "gru"): ("a third of the parameters", 1, 3),
    ("janet", "lstm"): ("half of the matrices go", 1, 2),
}
"""What a cell is said to save of another's parameters, and the share."""


def run(name: str, params: dict[str, Any], states: dict[str, Any], steps: int, x: Any = 0.0) -> dict[str, Any]:
    """The states after so many steps of the same input, n = 2 and m = 1; parameters that are not given are zero."""
    cell = cell_of(name)
    sizes = {s: sp.Integer(1 if str(s) == "m" else 2) for s in cell.step.sizes}
    shapes = {q.name: tuple(int(size.xreplace(sizes)) for size in q.shape or ()) for q in cell.step.leaves}
    values: dict[str, Any] = {q.name: np.zeros(shapes[q.name]) for q in cell.step.having("param")}
    values |= {"x": np.full(shapes["x"], x), **params, **states}
    for _ in range(steps):
        found = cg.step(cell, values)
        values |= {before.name: found[after.name] for before, after in cell.carries.items()}
    return values


def test_every_spec_says_first_what_the_cell_changes_in_both_languages() -> None:
    assert [name for name in EVERY if set(cell_of(name).note) != {"en", "zh"}] == []
    first = {name: re.split(r"(?<=[.:;]) ", cell_of(name).note["en"])[0] for name in EVERY}
    assert {name: said for name, said in first.items() if SOURCES.search(said)} == {}


@pytest.mark.parametrize(("cell", "base"), SHARES)
def test_what_a_note_says_is_saved_is_saved(cell: str, base: str) -> None:
    said, part, whole = SHARES[cell, base]
    assert said in cell_of(cell).note["en"]
    ours, theirs = cg.params(cell_of(cell)).formula, cg.params(cell_of(base)).formula
    assert sp.simplify(1 - ours / theirs) == sp.Rational(part, whole)


def test_a_parallel_scan_is_possible_where_a_note_says_so() -> None:
    scans = [name for name in EVERY if re.search(r"parallel scan|or by a scan", cell_of(name).note["en"])]
    assert len(scans) >= 8
    assert {name for name in scans if structure(cell_of(name)).scan != "L2"} == set()


def test_what_leaves_the_loop_does_not_see_the_state() -> None:
    """Where all matrix products are done for the whole sequence at once, none is of anything that the state makes."""
    for name in (n for n in EVERY if "for the whole sequence at once" in cell_of(n).note["en"]):
        step = cell_of(name).step
        # A state that only holds an input is known beforehand.
        fed = {s.before for s in structure(cell_of(name)).fed_back}
        late = step.descendants(fed) | fed
        products = [node for e in step.equations for node in postorder(e.rhs) if isinstance(node, Matmul)]
        assert products, name
        assert [node for node in products if late & set(symbols_of(node))] == [], name


def test_selective_cells_make_what_forgets_and_what_writes_from_the_input() -> None:
    selective = [n for n in EVERY if "chooses what to forget" in cell_of(n).note["en"]]
    assert "mamba" in selective
    for name in selective:
        step = cell_of(name).step
        inputs = {q.symbol for q in step.having("input")}
        (carry, *_) = structure(cell_of(name)).carries
        assert inputs & set(step.ancestors(symbols_of(carry.coefficient))), name


@pytest.mark.parametrize("name", ["brc", "nbrc"])
def test_a_bistable_cell_latches_a_bit_where_its_feedback_exceeds_1(name: str) -> None:
    """a = 1 + tanh(b_a): above 1 the sign that a pulse left stays for good, below 1 it fades, whatever z does."""
    for bias, kept in ((1.0, True), (-1.0, False)):
        ends = [run(name, {"b_a": np.full(2, bias)}, {"h[t-1]": np.full(2, s)}, 400)["h[t-1]"] for s in (0.3, -0.3)]
        assert (ends[0] > 0.5).all() == (ends[1] < -0.5).all() == kept
        assert kept or max(map(np.max, map(np.abs, ends))) < 1e-6


def test_a_chaos_free_cell_decays_without_input() -> None:
    rng = np.random.default_rng(0)
    params = {"U_r": 5 * rng.normal(size=(2, 2)), "U_i": 5 * rng.normal(size=(2, 2)), "b_r": np.full(2, 0.5)}
    sizes = [
        np.abs(run("cfn", params, {"h[t-1]": np.array([0.9, -0.7])}, steps)["h[t-1]"]).max() for steps in (1, 9, 99)
    ]
    assert sizes[0] > sizes[1] > sizes[2]
    assert sizes[2] < 0.01


def test_an_undamped_oscillator_keeps_areas() -> None:
    """The Jacobian of one unit of UnICORNN has determinant 1, by its values at two points apart in each direction."""
    params = {"u": np.array([1.3, -0.4]), "v": np.array([0.2, 0.9])}
    at = {"y[t-1]": np.array([0.4, -0.2]), "z[t-1]": np.array([-0.3, 0.8])}
    columns = []
    for moved in at:
        ends = [run("unicornn", params, {**at, moved: at[moved] + e}, 1, 0.7) for e in (1e-5, -1e-5)]
        columns.append([(ends[0][name] - ends[1][name]) / 2e-5 for name in at])
    (a, c), (b, d) = columns
    np.testing.assert_allclose(a * d - b * c, 1, rtol=1e-8)


def test_an_oscillator_oscillates() -> None:
    """After one push the position crosses zero again and again."""
    for name, params in (("cornn", {}), ("unicornn", {"u": np.ones(2)})):
        at = {"y[t-1]": np.ones(2), "z[t-1]": np.zeros(2)}
        path = [run(name, params, at, 25 * k)["y[t-1]"][0] for k in range(12)]
        assert (np.diff(np.sign(path)) != 0).sum() >= 2, name
