"""Norm bounds: the formulas expected of known shapes, what is not implied, and thousands of random cells."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from cells import ODD, drawn, made
from derive.dense import Factors, dense_jacobian, valued
from families import family_and_sizes, some_families
from laws import over
from random_cells import random_cell, random_sizes
from variants import CELLS
from zoo import DEEP, SOME, cell_of, seeds

import cellgraph as cg
from cellgraph.derive.jacobians.bounds import LIMIT, Bound, bounds, rounded
from cellgraph.derive.jacobians.jacobian import Jacobian
from cellgraph.derive.jacobians.lipschitz import exact
from cellgraph.derive.jacobians.verdicts import verdicts
from cellgraph.graph import Cell, rebuilt, size
from cellgraph.ops import Derivative, MaxAbs, Norm, Partial, Row, core, operands
from cellgraph.views import values
from cellgraph.views.notation import text

X = sp.Symbol("X", positive=True)
ORDERS = {"infinity": np.inf, "two": 2}


def shown(found: Jacobian, of: str, wrt: str) -> dict[str, str]:
    """The bounds of one block by norm, as text."""
    step = found.cell.step
    return {
        b.norm: "unbounded" if b.expr is None else text(b.expr, step)
        for b in found.bounds
        if (b.of.name, b.wrt.name) == (of, f"{wrt}[t-1]")
    }


def said(found: Jacobian) -> list[str]:
    return [values.format_message(message, values.PLAIN, "en") for message in verdicts(found)]


def test_the_rnn_is_bounded_by_its_matrix() -> None:
    found = cg.jacobian(CELLS["rnn"])
    assert shown(found, "h", "h") == {"every": "‖U‖"}
    assert (
        "Vanishing is certain if σ_max(U) < 1. Exploding needs σ_max(U) > 1, which does not imply it" in said(found)[0]
    )


def test_the_slope_of_the_activation_sets_the_threshold() -> None:
    logistic = made("logistic", {"h": "n"}, {"W": "n m", "U": "n n"}, "h = sigmoid(W @ x + U @ h[t-1])")
    found = cg.jacobian(logistic)
    assert shown(found, "h", "h") == {"every": "0.25·‖U‖"}
    assert "Vanishing is certain if σ_max(U) < 4. Exploding needs σ_max(U) > 4" in said(found)[0]


def test_coefficients_that_add_up_to_one_are_taken_together() -> None:
    found = cg.jacobian(CELLS["gru"])
    assert shown(found, "h", "h") == {
        "infinity": "max(1, ‖U_g‖·(1 + 0.25·‖U_r‖)) + 0.5·‖U_z‖",
        "two": "√(1 + ‖U_g‖²·(1 + 0.25·‖U_r‖)²) + 0.5·‖U_z‖",
    }
    assert "never below 1" in said(found)[0]


@pytest.mark.parametrize(
    "equations",
    [
        "h = z * h[t-1] + (1 - z) * g",
        "h = (1 - z) * g + h[t-1] * z",
        "h = g + z * (h[t-1] - g)",
        "d = h[t-1] - g\n s = z * d\n h = g + s",
        "w = 1 - z\n h = z * h[t-1] + w * g",
        "h = g - z * g + z * h[t-1]",
    ],
)
def test_the_way_of_writing_does_not_matter(equations: str) -> None:
    cell = made(
        "mean",
        {"h": "n"},
        {"W": "n m", "U_z": "n n", "U_g": "n n"},
        f"z = sigmoid(W @ x + U_z @ h[t-1])\n g = tanh(W @ x + U_g @ h[t-1])\n {equations}",
    )
    assert shown(cg.jacobian(cell), "h", "h") == {
        "infinity": "max(1, ‖U_g‖) + 0.5·‖U_z‖",
        "two": "√(1 + ‖U_g‖²) + 0.5·‖U_z‖",
    }


def test_three_coefficients_that_add_up_to_one_are_taken_together() -> None:
    """No two of them add up to a constant."""
    states = "a = tanh(U_a @ h[t-1])\n b = tanh(U_b @ h[t-1])\n f = sigmoid(W_f @ x)\n v = sigmoid(W_v @ x)\n"
    weights = {"W_f": "n m", "W_v": "n m", "U_a": "n n", "U_b": "n n"}
    mixed = "h = (1 - 0.5 * f - 0.25 * v) * h[t-1] + 0.5 * f * a + 0.25 * v * b"
    assert shown(cg.jacobian(made("three", {"h": "n"}, weights, f"{states} {mixed}")), "h", "h") == {
        "infinity": "max(max(1, ‖U_a‖), ‖U_b‖)",
        "two": "√(1 + ‖U_a‖² + ‖U_b‖²)",
    }


def test_a_bound_of_too_many_terms_is_written_in_parts() -> None:
    """One function of what has w terms has w + 1, the sum of k of them k (w + 1) + 1; LIMIT are not too many."""
    functions = ("tanh", "sigmoid", "sin", "cos")
    lines, named, last, terms = list[str](), list[str](), "h[t-1]", 1
    while len(named) < 2:
        several = next((k for k in (4, 3, 2) if k * (terms + 1) + 1 <= LIMIT), 1)
        terms = several * (terms + 1) + 1 if several > 1 else terms + 1
        now = f"a{len(lines)}"
        lines.append(f"{now} = {' + '.join(f'{function}({last})' for function in functions[:several])}")
        last = now
        if terms > LIMIT:
            named.append(now)
            terms = 1
    (found,) = bounds(made("long", {"h": "n"}, {"b": "n"}, "\n ".join([*lines, f"h = b * {last}"])))
    assert [str(name) for name, _ in found.where] == [f"Norm(Derivative({name}, h[t-1]))" for name in named]


def test_scalars_that_are_spread_over_a_vector_are_not_taken_together() -> None:
    """A column of n entries is √n times as long as the largest of them."""
    states = "a = tanh(s[t-1])\n b = sin(s[t-1])\n z = sigmoid(W @ x)\n s = 0.5 * s[t-1]\n"
    mixed = made("spread", {"h": "n", "s": ""}, {"W": "n m"}, f"{states} h = 0.1 * h[t-1] + z * a + (1 - z) * b")
    assert shown(cg.jacobian(mixed), "h", "s") == {"infinity": "2", "two": "2·√(n)"}


def test_the_lstm_depends_on_its_cell_state() -> None:
    found = cg.jacobian(CELLS["lstm"])
    written = "0.25·‖c[t−1]‖_∞·‖U_f‖ + 0.25·‖U_i‖ + ‖U_g‖"
    assert shown(found, "c", "h") == {"every": written}
    assert shown(found, "h", "h") == {"every": f"0.25·‖U_o‖ + {written}"}
    assert shown(found, "h", "c") == {"every": "1"}
    (carried,) = (b for b in found.bounds if (b.of.name, b.wrt.name) == ("c", "c[t-1]"))
    assert (str(carried.highest), carried.strict) == ("Maximum(f)", True)
    assert any("depend on ‖c[t−1]‖_∞" in line for line in said(found))


def test_a_gate_that_reaches_one_is_not_strict() -> None:
    equations = "f = min(max(0.2 * (W @ x) + 0.5, 0), 1)\n h = f * h[t-1] + W @ x"
    (bound,) = cg.jacobian(made("hard", {"h": "n"}, {"W": "n m"}, equations)).bounds
    assert (bound.expr, str(bound.highest), bound.strict) == (1, "Maximum(f)", False)


def test_an_unbounded_gate_has_no_bound() -> None:
    found = cg.jacobian(CELLS["relu-gate"])
    assert shown(found, "h", "h") == {"every": "unbounded"}
    assert [str(bound.unbounded) for bound in found.bounds] == ["z"]
    assert "z has no upper limit" in said(found)[0]


def test_an_unbounded_activation_with_a_bounded_slope_has_a_bound() -> None:
    relu = made("relu", {"h": "n"}, {"W": "n m", "U": "n n"}, "h = relu(W @ x + U @ h[t-1])")
    assert shown(cg.jacobian(relu), "h", "h") == {"every": "‖U‖"}


def test_eigenvalues_say_nothing() -> None:
    u, d = 2 * np.array([[1.0, 1.0], [-1.0, -1.0]]), np.diag([1, 0.01])
    np.testing.assert_allclose(np.linalg.eigvals(u), 0, atol=1e-7)
    product = np.linalg.matrix_power(d @ u, 30)
    assert np.linalg.norm(product, 2) == pytest.approx(1.13e9, rel=0.01)
    assert any("1.13e9" in line for line in said(cg.jacobian(CELLS["rnn"])))


def test_the_maximum_is_false_in_the_two_norm() -> None:
    cell = CELLS["gru"]
    zero = np.zeros((2, 2))
    leaves = {
        "x": np.zeros(1), "h[t-1]": np.zeros(2),
        "W_z": np.zeros((2, 1)), "U_z": zero, "b_z": np.array([40.0, -40.0]),
        "W_r": np.zeros((2, 1)), "U_r": zero, "b_r": np.full(2, 40.0),
        "W_g": np.zeros((2, 1)), "U_g": np.array([[0.0, 0.0], [1.0, 0.0]]), "b_g": np.zeros(2),
    }  # fmt: skip
    matrix = dense_jacobian(cell, cg.step(cell, leaves))["h", "h[t-1]"]
    assert np.linalg.norm(matrix, 2) == pytest.approx(np.sqrt(2))
    infinity, two = cg.jacobian(cell).bounds
    assert measured(infinity, cell, cg.step(cell, leaves), 2) == pytest.approx(1)
    assert measured(infinity, cell, cg.step(cell, leaves), np.inf) == pytest.approx(np.linalg.norm(matrix, np.inf))
    assert measured(two, cell, cg.step(cell, leaves), 2) == pytest.approx(np.sqrt(2))


def test_numbers_of_a_bound_are_rounded_up() -> None:
    """To four places, and never below what they are; what has no more places stays."""
    assert rounded(sp.Rational(123_451, 10**6) * X) == sp.Rational(1235, 10**4) * X
    assert rounded(sp.Rational(1, 30_000) + X) == sp.Rational(1, 10**4) + X
    assert rounded(sp.Rational(-123_459, 10**6) * X) == sp.Rational(-1234, 10**4) * X
    assert rounded(X / 10_001) == X / 10**4
    for kept in (sp.Rational(1234, 10**4) * X, sp.Rational(1, 3) + X, sp.Integer(7), X**2 / 10**4, X / 9_999):
        assert rounded(kept) == kept
    scaled = made("scaled", {"h": "n"}, {"U": "n n"}, "h = 0.123451 * tanh(U @ h[t-1])")
    assert shown(cg.jacobian(scaled), "h", "h") == {"every": "0.1235·‖U‖"}


def test_the_end_of_an_interval_is_exact_or_rounded_up_to_four_places() -> None:
    assert [exact(end) for end in (3, Fraction(2, 7))] == [3, sp.Rational(2, 7)]
    assert exact(0.123401) == sp.Rational(1235, 10**4)


@pytest.mark.parametrize(("power", "bound"), [("c[t-1]", "‖c[t−1]‖_∞"), ("c[t-1] ** 3", "‖c[t−1]‖_∞³")])
def test_a_power_of_what_is_without_limit_is_the_power_of_its_largest_entry(power: str, bound: str) -> None:
    states = {"h": "n", "c": "n"}
    cell = made("power", states, {"W": "n m"}, f"c = c[t-1] + W @ x\n h = {power} * h[t-1] + c")
    assert shown(cg.jacobian(cell), "h", "h") == {"every": bound}


@pytest.mark.parametrize(
    ("carried", "bound", "gate", "strict"),
    [
        ("f", "1", "Maximum(f)", True),
        ("f * i", "1", "None", True),
        ("a", "1", "None", True),
        ("(0 - f)", "1", "None", True),
        ("0.5 * f", "0.5", "None", True),
        ("2 * f", "2", "None", False),
        ("(0 - 2 * f)", "2", "None", False),
        ("s", "1", "None", False),
        ("d", "2", "None", False),
        ("(1 + f)", "2", "None", False),
        ("(f - 2)", "2", "None", False),
        ("r", "unbounded", "None", False),
        ("(1 - f)", "1", "None", True),
    ],
)
def test_a_product_is_sharper_where_no_factor_exceeds_one(carried: str, bound: str, gate: str, strict: bool) -> None:
    """The largest entry of one gate; an end of the range is never reached by what only comes near it."""
    functions = {"f": "sigmoid", "i": "sigmoid", "a": "tanh", "r": "relu", "s": "sin"}
    gates = "\n ".join(f"{gate} = {function}(W_{gate} @ x)" for gate, function in functions.items())
    weights = {f"W_{gate}": "n m" for gate in functions}
    cell = made(
        "carried", {"h": "n"}, weights, f"{gates}\n d = 2 * f\n h = {carried} * h[t-1] + 0.5 * (f + i + a + r + s)"
    )
    (found,) = cg.jacobian(cell).bounds
    assert (found.norm, shown(cg.jacobian(cell), "h", "h")) == ("every", {"every": bound})
    assert (str(found.highest), found.strict) == (gate, strict)


FACTORS = (
    ("h: n", "h = cumsum(h[t-1]) + W @ x", "h h", "n", "n"),
    ("h: n, s: 3*n", "s = repeat(h[t-1], 3)\n h = W @ x + s[t-1] @ fill(1, 3*n)", "s h", "1", "√(3)"),
    ("h: 2*n, s: n", "s = slice(h[t-1], n, 2*n) + W @ x\n h = concat(s, shift(s[t-1], 1))", "h s", "1", "1"),
    ("h: n, a:", "a = sum(h[t-1])\n h = W @ x + v * a[t-1]", "a h", "n", "√(n)"),
    ("h: n, a:", "a = sum(h[t-1])\n h = W @ x + v * a[t-1]", "h a", "‖v‖_∞", "√(n)·‖v‖_∞"),
    ("h: n, A: n k", "A = scale(v, A[t-1])\n h = W @ x + A[t-1] @ w", "A A", "‖v 𝟏ᵀ‖_∞", "‖v 𝟏ᵀ‖_∞"),
    ("h: n, A: n k", "A = scale(v, A[t-1])\n h = W @ x + A[t-1] @ w", "h A", "‖(w)ᵀ‖", "‖w‖"),
    ("h: n, A: n k", "A = scale(h[t-1], B)\n h = W @ x + A[t-1] @ w", "A h", "‖B‖_∞", "√(k)·‖B‖_∞"),
    ("h: n, A: n k", "A = outer(h[t-1], w)\n h = W @ x + A[t-1] @ w", "A h", "‖w‖_∞", "‖w‖"),
    ("h: n, A: n k", "q = sigmoid(V @ x)\n A = outer(h[t-1], q)\n h = A[t-1] @ q", "A h", "1", "√(k)"),
    ("h: n, A: n k", "q = sigmoid(V @ x)\n A = outer(h[t-1], q)\n h = A[t-1] @ q", "h A", "k", "√(k)"),
    ("h: n, A: n k", "A = U @ A[t-1] @ P\n h = W @ x + A @ w", "A A", "‖Pᵀ‖·‖U‖", "‖Pᵀ‖·‖U‖"),
    ("h: n", "h = softmax(U @ h[t-1] + W @ x)", "h h", "0.5·‖U‖", "0.5·‖U‖"),
    ("h: n", "h = max(tanh(U @ h[t-1]), W @ x)", "h h", "‖U‖", "‖U‖"),
    ("h: n", "f = sigmoid(W @ x)\n h = (f - 3) * h[t-1] + f", "h h", "3", "3"),
    ("h: n, c: n", "c = tanh(W @ x)\n h = (c[t-1] - 2 * c) * h[t-1]", "h h", "3", "3"),
    ("h: n, c: n", "c = tanh(W @ x)\n h = (c[t-1] - 2 * c) * h[t-1]", "h c", "‖h[t−1]‖_∞", "‖h[t−1]‖_∞"),
    ("h: n, a:", "h = 0.3 * a[t-1] * tanh(W @ x)\n a = sum(0.3 * h)", "h a", "0.3", "0.3·√(n)"),
    ("h: n, a:", "h = sigmoid(a[t-1]) * tanh(W @ x)\n a = sum(0.5 * h)", "h a", "0.25", "0.25·√(n)"),
    ("h: n, c: n", "c = c[t-1] + W @ x\n h = v * c[t-1] * tanh(c) * h[t-1]", "h h", *["‖c[t−1]‖_∞·‖v‖_∞"] * 2),
    ("h: n, c: n", "c = c[t-1] + W @ x\n h = (0.5 * sigmoid(W @ x) + c[t-1] ** 2) * h[t-1] + c", "h h",
     *["0.5 + ‖c[t−1]‖_∞²"] * 2),
    ("h: j n, a: n", "a = sum(h[t-1], over=j)\n h = spread(a[t-1], j) + W @ x", "a h", "j", "√(j)"),
    ("h: j n, a: n", "a = sum(h[t-1], over=j)\n h = spread(a[t-1], j) + W @ x", "h a", "1", "√(j)"),
    ("h: j n, a: n", "a = mean(h[t-1], over=j)\n h = softmax(h[t-1], over=j) + W @ x", "a h", "1", "1 / √(j)"),
    ("h: j n, a: n", "a = mean(h[t-1], over=j)\n h = softmax(h[t-1], over=j) + W @ x", "h h", "0.5", "0.5"),
    ("h: j n, a: n", "a = max(h[t-1], over=j)\n h = cumsum(h[t-1], over=j) + W @ x", "a h", "1", "1"),
    ("h: j n, a: n", "a = max(h[t-1], over=j)\n h = cumsum(h[t-1], over=j) + W @ x", "h h", "j", "j"),
    ("h: j n, a: j*n", "a = flatten(h[t-1], j)\n h = split(a[t-1], j) + W @ x", "a h", "1", "1"),
    ("h: j n, a: j*n", "a = flatten(h[t-1], j)\n h = split(a[t-1], j) + W @ x", "h a", "1", "1"),
    ("h: j n, a: n", "a = tanh(W @ x)\n h = shift(h[t-1], 1, over=j) + a[t-1]", "h h", "1", "1"),
    ("h: j n, a: n", "a = tanh(W @ x)\n h = shift(h[t-1], 1, over=j) + a[t-1]", "h a", "1", "√(j)"),
)  # fmt: skip
"""States, equations, and of one block the bounds in the two norms, worked out by hand."""
WEIGHTS = {"W": "n m", "U": "n n", "V": "k m", "B": "n k", "P": "k k", "v": "n", "w": "k"}


@over(FACTORS)
def test_the_bound_of_every_kind_of_factor(states: str, equations: str, block: str, infinity: str, two: str) -> None:
    shapes = dict(state.split(":") for state in states.split(", "))
    used = {name: shape for name, shape in WEIGHTS.items() if re.search(rf"\b{name}\b", equations)}
    cell = made("factor", shapes, used, equations, each="{j: heads}" if "j" in states else "")
    of, wrt = block.split()
    found = shown(cg.jacobian(cell), of, wrt)
    assert [found.get(norm, found.get("every")) for norm in ORDERS] == [infinity, two]


def measured(bound: Bound, cell: Cell, arrays: dict[str, np.ndarray], order: float) -> float:
    """The number that a bound is at these values, its norms taken in this order."""
    factors = Factors(cell.step, arrays)
    numbers: dict[sp.Expr, sp.Expr] = {}

    def number(expr: sp.Expr) -> sp.Expr:
        for atom in sorted(expr.atoms(Norm, MaxAbs), key=str):
            if atom in numbers:
                continue
            (inner,) = atom.args
            if isinstance(atom, MaxAbs):
                entries = valued(inner, cell.step.quantities, arrays, factors.sizes, np)
                numbers[atom] = sp.Float(np.max(np.abs(entries)))
            else:
                assert not isinstance(inner, Derivative)
                numbers[atom] = sp.Float(max(np.linalg.norm(member, order) for member in members(factors, inner)))
        return rebuilt(expr, numbers)

    for name, inner in bound.where:
        numbers[name] = sp.Float(float(valued(number(inner), {}, {}, factors.sizes, np)))
    assert bound.expr is not None
    return float(valued(number(bound.expr), {}, {}, factors.sizes, np))


def members(factors: Factors, inner: sp.Expr) -> list[np.ndarray]:
    """A factor as a matrix, a vector as it is; of a family, each member."""
    if isinstance(inner, Row):
        return [factors.dense(inner, factors.graph.shape(inner.args[0]))]
    if isinstance(inner, Partial):
        expr, place = inner.args
        return [factors.dense(inner, factors.graph.shape(operands(expr)[int(place)]))]
    shape = factors.graph.shape(inner)
    entries = np.asarray(valued(inner, factors.graph.quantities, factors.values, factors.sizes, np))
    return list(entries.reshape([-1, *(int(s.xreplace(factors.sizes)) for s in core(shape))]))


@pytest.mark.parametrize(
    "cell", [*(cell_of(name) for name in SOME if name not in CELLS), *CELLS.values(), *ODD], ids=lambda cell: cell.name
)
def test_no_random_cell_exceeds_its_bound(cell: Cell) -> None:
    found = cg.jacobian(cell)
    limits = {
        found.structure.state(i.state).before.name: i.interval
        for i in found.structure.invariants
        if i.interval and i.kind != "start"
    }
    draw = np.random.default_rng(2024)
    for seed in range((25 if DEEP else 8) if cell.name in CELLS else (10 if DEEP else 3)):
        # From the linear to the saturated, with states at the very ends of where they can be.
        leaves = drawn(cell, seed, scale=float(np.exp(draw.uniform(-3, 2))))
        for name, interval in limits.items():
            low, high = max(float(interval.low), -9), min(float(interval.high), 9)
            ends = draw.choice([low, high, min(0.3, high)], size=leaves[name].shape)
            leaves[name] = np.where(draw.random(ends.shape) < 0.5, ends, draw.uniform(low, high, ends.shape))
        with np.errstate(all="ignore"):
            arrays = cg.step(cell, leaves)
        if not all(np.all(np.isfinite(array)) for array in arrays.values()):
            continue
        with np.errstate(all="ignore"):
            whole = dense_jacobian(cell, arrays)
        # The slope of a root is infinite at 0, where a saturated decay puts it.
        if not all(np.all(np.isfinite(block)) for block in whole.values()):
            continue
        for bound in found.bounds:
            if bound.expr is None or (bound.of.name, bound.wrt.name) not in whole:
                continue
            for norm, order in ORDERS.items():
                if bound.norm in (norm, "every"):
                    limit = measured(bound, cell, arrays, order)
                    actual = np.linalg.norm(whole[bound.of.name, bound.wrt.name], order)
                    assert actual <= limit * (1 + 1e-9) + 1e-12
                    if bound.highest is not None:
                        (gate,) = bound.highest.args
                        assert actual <= np.max(arrays[gate.name]) * (1 + 1e-9)


@pytest.mark.parametrize("seed", seeds(60))
def test_no_cell_that_nobody_has_thought_of_exceeds_its_bound(seed: int) -> None:
    assert_within_bounds(random_cell(seed), random_sizes(random_cell(seed)), seed)


@pytest.mark.parametrize("which", some_families(80))
def test_no_cell_with_families_exceeds_its_bound(which: str | int) -> None:
    assert_within_bounds(*family_and_sizes(which), 1)


def assert_within_bounds(cell: Cell, sizes: dict[str, int], seed: int) -> None:
    found = cg.jacobian(cell)
    numbers = {size(dim): sp.Integer(number) for dim, number in sizes.items()}
    boxes = {i.state: i.interval for i in found.structure.invariants if i.interval is not None and i.kind != "start"}
    draw = np.random.default_rng(seed)
    for scale in (0.1, 1, 10):
        leaves = {}
        for q in cell.step.leaves:
            shape = [int(axis.xreplace(numbers)) for axis in q.shape or ()]
            entries = scale * draw.normal(size=shape) if q.value is None else float(q.value)
            leaves[q.symbol.name] = np.asarray(entries)
        for state, box in boxes.items():
            before = found.structure.state(state).before.name
            leaves[before] = np.clip(leaves[before], *map(float, box))
        with np.errstate(all="ignore"):
            arrays = cg.step(cell, leaves, **sizes)
            # A size that stands in numbers only is told by no array.
            known = all(set(axis.free_symbols) <= told(cell) for q in cell.step.quantities.values() for axis in q.shape)
            whole = dense_jacobian(cell, arrays) if known and told(cell) >= numbers.keys() else {}
        if not all(np.all(np.isfinite(a)) for a in [*arrays.values(), *whole.values()]):
            continue
        for bound in found.bounds:
            for norm, order in ORDERS.items() if bound.expr is not None and whole else ():
                if bound.norm in (norm, "every") and (bound.of.name, bound.wrt.name) in whole:
                    limit = measured(bound, cell, arrays, order)
                    actual = np.linalg.norm(whole[bound.of.name, bound.wrt.name], order)
                    assert actual <= limit * (1 + 1e-9) + 1e-12


def told(cell: Cell) -> set[sp.Symbol]:
    """The sizes that the shapes of leaves tell."""
    return {axis for q in cell.step.leaves for axis in q.shape or () if axis.is_Symbol}


def test_running_sums_and_repeats_have_norms_above_one() -> None:
    summed = made("summed", {"h": "n"}, {"W": "n m"}, "h = cumsum(h[t-1]) + W @ x")
    assert shown(cg.jacobian(summed), "h", "h") == {"every": "n"}
