"""Gradients through time: what must hold of any flow, and how libraries draw their weights."""

from __future__ import annotations

from math import log10

import numpy as np
import pytest
import sympy as sp
from laws import over
from zoo import SOME, cell_of

import cellgraph as cg
from cellgraph.derive.flows import INITS
from cellgraph.derive.flows.flow import completed, flow
from cellgraph.derive.flows.flow_report import chart, flow_report, labels, power
from cellgraph.derive.flows.initialise import Initialisation, bias_of, carry_gates, initialised, parts_played
from cellgraph.derive.flows.trajectory import forward, measured
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import size
from cellgraph.views import shown
from cellgraph.views.curves import curves

SMALL = {"m": 3, "n": 6}
NUMBERS = {size(name): sp.Integer(value) for name, value in {**SMALL, "k": 2}.items()}


def flows(name: str, **options: object) -> tuple:
    cell = cell_of(name)
    return flow([cell], [{dim: SMALL.get(dim, 2) for dim in cell.dims}], **{"steps": 12, "seeds": 2, **options})  # type: ignore[arg-type]


@over(SOME)
def test_cells_flow_from_every_start_within_its_bound(name: str) -> None:
    found = flows(name, starts=[Initialisation(init, 1.5) for init in INITS], steps=4, seeds=1)
    assert [result.start.init for result in found] == list(INITS)
    for result in found:
        assert result.log10_norm.shape == (5,)
        assert abs(result.log10_norm[-1]) < 1e-12
        assert (result.log10_norm < np.inf).all()
        assert ((result.gates >= 0) & (result.gates <= 1)).all()
        assert (result.carry is None) == (not result.facts.carries)
        assert result.bound is None or (result.log10_norm <= result.bound + 1e-9).all()


def test_the_carry_term_is_the_product_of_the_gate() -> None:
    (result,) = flows("lstm", starts=[Initialisation(forget_bias=50.0)])
    np.testing.assert_allclose(result.carry, 0, atol=1e-9)
    (result,) = flows("lstm", starts=[Initialisation("orthogonal", 0.0, forget_bias=2.0)], seeds=1)
    assert result.gates[0].mean() == pytest.approx(1 / (1 + np.exp(-2)), abs=0.1)
    assert flows("rnn")[0].carry is None


def test_carry_and_gates_are_those_of_the_steps() -> None:
    cell, facts = cg.load("lstm"), structure(cg.load("lstm"))
    (result,) = flow([cell], [{**SMALL, "k": 2}], steps=40, seeds=1)
    draw = np.random.default_rng(0)
    weights = initialised(facts, NUMBERS, Initialisation(), 40, draw)
    trace = forward(cell, NUMBERS, weights, {"x": draw.normal(size=(40, 3))})
    found = cg.step(cell, {**weights, **trace})
    products = [np.prod(found["f"][t:], axis=0).max() for t in range(41)]
    np.testing.assert_allclose(result.carry, np.log10(products), atol=1e-12)
    opened = [found[gate.symbol.name].mean(axis=1) for gate in facts.unit_gates]
    np.testing.assert_allclose(result.gates, opened, atol=1e-14)


def test_of_two_carries_the_larger_is_told() -> None:
    head = "name: two\ndims: {m: input size, n: hidden size}\ninputs: {x: [m]}\nparams: {W: [n, m]}\n"
    equations = "equations: |\n  a = 0.5 * a[t-1] + W @ x\n  h = 0.8 * h[t-1] + tanh(a)\n"
    (result,) = flow([cg.loads(f"{head}states: {{h: [n], a: [n]}}\n{equations}output: h\n")], [SMALL], steps=6, seeds=1)
    assert len(result.facts.carries) == 2
    np.testing.assert_allclose(result.carry, log10(0.8) * np.arange(6, -1, -1), atol=1e-12)


def test_a_constant_carry_stays() -> None:
    (result,) = flows("lstm-1997")
    np.testing.assert_allclose(result.carry, 0, atol=1e-12)
    assert (result.log10_norm >= -1e-9).all()


def test_the_bound_of_a_single_unit_is_its_norm() -> None:
    """|x_t| at every step, for inputs of either sign, smaller and larger than 1."""
    head = "name: unit\ndims: {n: hidden size}\ninputs: {x: [n]}\nstates: {h: [n]}\nparams: {b: [n]}\n"
    (result,) = flow([cg.loads(f"{head}equations: h = x * h[t-1] + b\n")], [{"n": 1}], steps=8, seeds=1)
    np.testing.assert_allclose(result.bound, result.log10_norm, atol=1e-12)
    steps = result.runs[0].bound
    assert steps.min() < 0 < steps.max()
    assert not result.vanishes


def test_the_bound_of_a_cell_that_only_keeps_is_the_largest_entry_of_its_gate() -> None:
    """The highest of f, which is below 1, in place of the bound 1 on any gate."""
    head = "name: keeper\ndims: {n: hidden size}\ninputs: {x: [n]}\nstates: {c: [n]}\nparams: {b: [n]}\n"
    cell = cg.loads(f"{head}equations: |\n  f = sigmoid(x + b)\n  c = f * c[t-1] + tanh(x)\n")
    (result,) = flow([cell], [{"n": 5}], steps=8, seeds=2)
    np.testing.assert_allclose(result.bound[-2], result.log10_norms[:, -2].max(), atol=1e-12)
    assert result.vanishes
    assert result.bound[-2] < -1e-3


def test_small_recurrent_weights_certainly_vanish_and_large_ones_may_explode() -> None:
    tame, wild = flows("rnn", starts=[Initialisation("orthogonal", 0.5), Initialisation("orthogonal", 8.0)])
    assert tame.vanishes
    assert not wild.vanishes
    assert tame.log10_norm[0] < 12 * log10(0.5)
    np.testing.assert_allclose(tame.bound, log10(0.5) * np.arange(12, -1, -1), atol=1e-9)
    assert wild.log10_norm[0] > tame.log10_norm[0] + 3


def test_no_number_over_or_underflows() -> None:
    tame, wild = flow(
        [cell_of("linear-rnn")],
        [SMALL],
        [Initialisation("orthogonal", 1e-2), Initialisation("orthogonal", 10.0)],
        300,
        1,
    )
    assert tame.log10_norm[0] == pytest.approx(-600)
    assert wild.log10_norm[0] == pytest.approx(300)
    deep = flow([cell_of("rnn")], [SMALL], [Initialisation("orthogonal", 1e-3)], 400, 1)[0]
    assert deep.log10_norm[0] < -1000
    assert power(deep.log10_norm[0]).partition("e")[2] == f"{int(np.floor(deep.log10_norm[0])):+d}"


def test_equal_calls_give_equal_numbers_and_seeds_differ() -> None:
    first, second = flows("gru")[0], flows("gru")[0]
    np.testing.assert_array_equal(first.log10_norm, second.log10_norm)
    assert first.runs[0].log10_norm[0] != first.runs[1].log10_norm[0]


def test_equal_budget_gives_every_cell_about_as_many_parameters() -> None:
    cells = [cell_of(name) for name in ("lstm", "rnn", "gru")]
    found = flow(cells, [{"m": 4, "n": 8}] * 3, steps=2, seeds=1, match=True)
    counts = [result.parameters for result in found]
    assert counts[0] == 4 * 8 * 13
    assert all(abs(count - counts[0]) < 0.1 * counts[0] for count in counts if count)
    assert len({result.sizes["n"] for result in found}) == 3


def test_dims_without_a_number_get_one() -> None:
    assert completed(cell_of("lstm"), {"n": 5}) == {"m": 16, "n": 5, "k": 8}


def test_sizes_that_are_not_given_stay_modest_where_the_state_is_a_matrix() -> None:
    cell = cell_of("fast-weights")
    states = [cell.step.quantities[before].shape for before in cell.carries]
    found = completed(cell, {"m": 7})
    assert found["m"] == 7
    assert sum(int(sp.Mul(*shape).subs({size(k): v for k, v in found.items()})) for shape in states if shape) <= 512


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "gru-reset-after"])
def test_keras_kernels_are_drawn_side_by_side(name: str) -> None:
    facts = structure(cell_of(name))
    found = initialised(facts, NUMBERS, Initialisation("keras"), 10, np.random.default_rng(1))
    parts = parts_played(facts.cell.step)
    recurrent = np.concatenate([found[str(s)] for s in parts if parts[s] == "recurrent"])
    np.testing.assert_allclose(recurrent.T @ recurrent, np.eye(6), atol=1e-12)
    kernel = np.concatenate([found[str(s)] for s in parts if parts[s] == "kernel"])
    limit = np.sqrt(6 / (3 + len(kernel)))
    assert 0.8 * limit < np.abs(kernel).max() < limit


def test_keras_gives_a_forget_gate_a_bias_of_one_unless_it_is_tied() -> None:
    lstm = initialised(structure(cell_of("lstm")), NUMBERS, Initialisation("keras"), 10, np.random.default_rng(2))
    assert {name: float(lstm[name][0]) for name in ("b_f", "b_i", "b_g", "b_o")} == dict(b_f=1, b_i=0, b_g=0, b_o=0)
    gru = initialised(structure(cell_of("gru")), NUMBERS, Initialisation("keras"), 10, np.random.default_rng(2))
    assert not gru["b_z"].any()


def test_torch_draws_a_bias_that_stands_twice_twice() -> None:
    facts, draw = structure(cell_of("lstm")), np.random.default_rng(3)
    biases = np.concatenate([initialised(facts, NUMBERS, Initialisation(), 9, draw)["b_f"] for _ in range(100)])
    weights = np.concatenate([initialised(facts, NUMBERS, Initialisation(), 9, draw)["U_f"].ravel() for _ in range(30)])
    assert np.abs(weights).max() <= 1 / np.sqrt(6) < np.abs(biases).max() <= 2 / np.sqrt(6)
    assert biases.var() == pytest.approx(2 * weights.var(), rel=0.2)


def test_chrono_biases_are_opposite_and_turned_where_the_carry_is_one_minus_the_gate() -> None:
    lstm = initialised(structure(cell_of("lstm")), NUMBERS, Initialisation("chrono"), 50, np.random.default_rng(4))
    np.testing.assert_array_equal(lstm["b_i"], -lstm["b_f"])
    assert (lstm["b_f"] > 0).all()
    assert (lstm["b_f"] < np.log(49)).all()
    turned = structure(cell_of("mgu"))
    assert [carry_gates(turned, carry) for carry in turned.carries] == [{sp.Symbol("f"): -1}]
    assert (initialised(turned, NUMBERS, Initialisation("chrono"), 50, np.random.default_rng(4))["b_f"] < 0).all()


def test_chrono_draws_time_scales_between_one_step_and_all_but_one() -> None:
    facts, draw = structure(cg.load("lstm")), np.random.default_rng(5)
    found = [initialised(facts, NUMBERS, Initialisation("chrono"), 4, draw)["b_f"] for _ in range(50)]
    scales = np.exp(found)
    assert 1 <= scales.min() < 1.05
    assert 2.95 < scales.max() <= 3
    assert scales.mean() == pytest.approx(2, abs=0.1)


def test_the_bias_of_a_gate_is_found_by_what_it_does() -> None:
    facts = structure(cell_of("lstm-peephole"))
    assert {str(g.symbol): str(bias_of(facts, g.symbol)) for g in facts.gates} == {"f": "b_f", "i": "b_i", "o": "b_o"}


def test_an_unknown_start_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown initialisation: 'xavier'"):
        flows("rnn", starts=[Initialisation("xavier")])
    with pytest.raises(ValueError, match="at least one step"):
        flows("rnn", steps=0)
    with pytest.raises(ValueError, match="finite numbers"):
        flows("rnn", starts=[Initialisation("torch", float("nan"))])
    with pytest.raises(ValueError, match=r"lstm needs about .* GiB"):
        flow([cell_of("lstm")], [{"n": 10**7}])


def test_where_no_state_is_read_nothing_flows_and_the_report_says_so() -> None:
    head = "name: forward\ndims: {m: input size, n: hidden size}\ninputs: {x: [m]}\nparams: {W: [n, m]}\n"
    still = flow([cg.loads(f"{head}states: {{h: [n]}}\nequations: h = tanh(W @ x)\n")], [SMALL], steps=3)
    assert still[0].log10_norm.tolist() == [-np.inf, -np.inf, -np.inf, 0.0]
    assert "forward: no later step reads a state, so no gradient flows" in shown(flow_report(still), "text")
    floored = cg.loads(f"{head}states: {{h: [n], c: [n]}}\nequations: |\n  h = tanh(W @ x)\n  c = h + floor(c[t-1])\n")
    (result,) = flow([floored], [SMALL], steps=3)
    assert result.vanishes
    assert result.log10_norm.tolist() == result.bound.tolist() == [-np.inf, -np.inf, -np.inf, 0.0]


def test_numbers_that_are_none_are_told_as_none() -> None:
    head = "name: broken\ndims: {m: input size, n: hidden size}\ninputs: {x: [m]}\nparams: {W: [n, m]}\n"
    equations = "equations: |\n  h = tanh(W @ x) * a[t-1]\n  a = mean(h) / (a[t-1] - a[t-1])\n"
    results = flow([cg.loads(f"{head}states: {{h: [n], a: []}}\n{equations}")], [SMALL], steps=3)
    document = flow_report(results).to_dict()["courses"][0]
    assert document["log10_norm"] == [0.0, None, None, None]
    assert document["last_step"] == 0
    assert "broken T=0: at step 1 a state overflows, or is not a number" in shown(flow_report(results), "text")
    assert curves(chart(results)).marks


GROWING = ("h[t-1] ** 2 + 3 + W @ x", "relu(1e30 * (U @ h[t-1]) + W @ x)", "exp(U @ h[t-1]) + h[t-1] ** 99")


@pytest.mark.parametrize("equation", GROWING)
def test_a_run_that_overflows_ends_before_that_step_in_every_seed(equation: str) -> None:
    """What is shown is what a run of no more steps shows."""
    cell = cg.loads(
        "name: growing\ndims: {m: input size, n: hidden size}\ninputs: {x: [m]}\nstates: {h: [n]}\n"
        f"params: {{W: [n, m], U: [n, n]}}\nequations: h = {equation}\n"
    )
    sizes = {"m": 3, "n": 20}
    (long,) = flow([cell], [sizes], steps=30, seeds=3)
    (short,) = flow([cell], [sizes], steps=long.last, seeds=3)
    assert 1 < long.last < 30
    assert long.first == 0
    assert np.isfinite(long.log10_norm[1:]).all()
    np.testing.assert_allclose(long.log10_norm, short.log10_norm, rtol=1e-6, atol=1e-12)
    (longer,) = flow([cell], [sizes], steps=long.last + 1, seeds=3)
    assert longer.last == long.last
    told = shown(flow_report([long]), "text")
    assert f"growing T={long.last}: at step {long.last + 1} a state overflows" in told
    assert curves(chart([long])).marks
    document = flow_report([long]).to_dict()["courses"][0]
    assert document["log10_norm"][long.last :] == [0.0] + [None] * (30 - long.last)


def test_a_derivative_that_is_not_finite_ends_what_is_known() -> None:
    """The derivative of √h at the zero that the state begins at is infinite."""
    head = "name: rooted\ndims: {m: input size, n: hidden size}\ninputs: {x: [m]}\nparams: {W: [n, m]}\n"
    cell = cg.loads(f"{head}states: {{h: [n]}}\nequations: h = sqrt(h[t-1]) + 1 + abs(W @ x)\n")
    (result,) = flow([cell], [SMALL], steps=5)
    assert (result.last, result.first) == (5, 1)
    told = shown(flow_report([result]), "text")
    assert "rooted: the derivative of step 1 is not a finite number" in told
    assert "nan" not in told


@pytest.mark.parametrize("factor", ["1 / (k - 8)", "(k ** 99) ** 99"])
def test_numbers_made_of_sizes_overflow_as_others_do(factor: str) -> None:
    head = "name: sized\ndims: {m: input size, n: hidden size, k: slots}\ninputs: {x: [m]}\nparams: {W: [n, m]}\n"
    cell = cg.loads(f"{head}states: {{h: [n]}}\nequations: h = {factor} * h[t-1] + W @ x\n")
    (result,) = flow([cell], [{**SMALL, "k": 8}], steps=5)
    assert result.last == 0


def test_progress_counts_every_step_once() -> None:
    told: list[int] = []
    flows("rnn", starts=[Initialisation(), Initialisation("keras")], progress=told.append)
    assert sum(told) == 2 * 2 * 12


def test_labels_say_what_differs() -> None:
    found = flows("rnn", starts=[Initialisation("torch", 2.0), Initialisation("keras", 2.0)], steps=2)
    assert labels(found) == ["rnn torch", "rnn keras"]


@pytest.mark.parametrize(
    ("log", "text"), [(0.0, "1"), (-320.5, "3.16e-321"), (2000.0, "1.00e+2000"), (-np.inf, "0"), (np.inf, None)]
)
def test_powers_of_ten_need_no_float(log: float, text: str | None) -> None:
    assert power(log) == text


def test_the_report_has_a_document_and_is_written_in_both_languages() -> None:
    report = flow_report(flows("gru", steps=3))
    result = report.to_dict()["courses"][0]
    assert len(result["log10_norm"]) == 4
    assert [gate["gate"] for gate in result["gates"]] == ["z", "r"]
    assert "steps back" in shown(report, "text")
    assert "回溯步数" in shown(report, "text", "zh")
    assert len(flow_report(flows("gru", steps=60), every=True).blocks[0].rows) == 61  # type: ignore[union-attr]


def test_the_chart_shows_the_bound_only_where_vanishing_is_certain() -> None:
    kinds = [[c.kind for c in chart(flows("rnn", starts=[Initialisation("orthogonal", s)])).curves] for s in (0.5, 4.0)]
    assert kinds == [["norm", "bound"], ["norm"]]


def test_a_size_that_stands_in_numbers_only_is_a_size_too() -> None:
    head = "name: shared\ndims: {m: input size, n: hidden size, k: slots}\ninputs: {x: [m]}\nparams: {W: [n, m]}\n"
    cell = cg.loads(f"{head}states: {{h: [n]}}\nequations: h = 1 / k * h[t-1] + W @ x\n")
    (result,) = flow([cell], [{**SMALL, "k": 10}], steps=6, seeds=1)
    np.testing.assert_allclose(result.log10_norm, np.arange(-6, 1), atol=1e-12)
    assert result.sizes["k"] == 10
    assert flow([cell], [SMALL], steps=6, seeds=1)[0].sizes["k"] == 8


def test_through_what_is_held_fixed_no_gradient_passes() -> None:
    """With its gates and its candidate held fixed the GRU has nothing but its carry left, ∏ z."""
    facts, start = structure(cell_of("gru")), Initialisation(forget_bias=1.0)
    z, r, g = (sp.Symbol(name) for name in "zrg")
    sizes = {"m": 3, "n": 5}
    held = measured(facts, sizes, start, 9, 0, held=(z, g))
    assert held.carry is not None
    np.testing.assert_allclose(held.log10_norm, held.carry, atol=1e-9)
    free, gates = (measured(facts, sizes, start, 9, 0, held=fixed) for fixed in ((), (z, r)))
    assert len({float(run.log10_norm[0]) for run in (held, free, gates)}) == 3
    np.testing.assert_array_equal(free.gates, held.gates)
