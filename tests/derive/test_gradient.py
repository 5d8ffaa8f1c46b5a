"""Gradients: the LSTM's equations as textbooks print them, and every cell against derivatives found without them."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import over
from random_cells import random_cell
from zoo import EVERY, FEW, cell_of

import cellgraph as cg
from cellgraph.deadline import LimitError
from cellgraph.derive.gradients.gradient import adjoint_equations, expanded, named
from cellgraph.derive.listing import gradient_report
from cellgraph.graph import Equation, Graph, rebuilt, symbols_of
from cellgraph.ops import Fill
from cellgraph.views.notation import text, text_equation

Sizes = dict[sp.Symbol, sp.Integer]

LSTM = """\
δ_s = δ_h ⊙ o
δ_c = Δ_c + δ_s ⊙ (1 − s²)
δ_f = δ_c ⊙ c[t−1]
δ_i = δ_c ⊙ g
δ_g = δ_c ⊙ i
δ_o = δ_h ⊙ s
δ_a_f = δ_f ⊙ f ⊙ (1 − f)
δ_a_i = δ_i ⊙ i ⊙ (1 − i)
δ_a_g = δ_g ⊙ (1 − g²)
δ_a_o = δ_o ⊙ o ⊙ (1 − o)
∂L/∂h[t−1] = U_fᵀ δ_a_f + U_iᵀ δ_a_i + U_gᵀ δ_a_g + U_oᵀ δ_a_o
∂L/∂c[t−1] = δ_c ⊙ f
∂L/∂x = W_fᵀ δ_a_f + W_iᵀ δ_a_i + W_gᵀ δ_a_g + W_oᵀ δ_a_o
"""


def arrays(graph: Graph, sizes: Sizes, batch: tuple[int, ...] = (), seed: int = 0) -> dict[str, Any]:
    """Random arrays for the leaves of a graph; inputs and states with leading batch axes."""
    rng = np.random.default_rng(seed)
    values = {}
    for quantity in graph.leaves:
        if quantity.value is not None:
            continue  # a constant is the number that it is
        shape = shaped(quantity.shape, sizes)
        lead = () if quantity.role == "param" else batch
        values[quantity.symbol.name] = rng.normal(size=(*lead, *shape)) * 0.7
    return values


def sizes_of(graph: Graph) -> Sizes:
    """Sizes that differ from each other."""
    return {symbol: sp.Integer(2 + k) for k, symbol in enumerate(graph.sizes)}


def shaped(shape: Any, sizes: Sizes) -> list[int]:
    """The numbers of a shape."""
    return [int(size.xreplace(sizes)) for size in shape]


def analytic(graph: Graph) -> bool:
    return all(
        node.op.analytic for e in graph.equations for node in sp.preorder_traversal(e.rhs) if hasattr(node, "op")
    )


def loss(cell: cg.Cell, values: dict[str, Any], seeds: dict[str, Any]) -> Any:
    found = cg.step(cell, values)
    return sum((found[name] * seed).sum() for name, seed in seeds.items())


def test_the_gradient_of_the_lstm_reads_as_in_textbooks() -> None:
    gradient = cg.gradient(cell_of("lstm"))
    equations = [text_equation(e, gradient) for e in adjoint_equations(gradient)]
    assert "\n".join(equations[:13]) + "\n" == LSTM
    assert len(equations) == 25
    assert "∂L/∂U_f = δ_a_f h[t−1]ᵀ" in equations
    assert "∂L/∂b_g = δ_a_g" in equations


@pytest.mark.parametrize("name", EVERY)
def test_every_gradient_agrees_with_derivatives_of_the_step(name: str) -> None:
    """Complex-step differentiation where the cell is analytic, central differences elsewhere; a batch of two.

    Along one random direction of each leaf: it has every entry in it, so that no entry of the gradient may be wrong.
    """
    cell = cell_of(name)
    values = arrays(cell.step, sizes_of(cell.step), (2,))
    with np.errstate(all="ignore"):
        found = cg.step(cell, values)
    if not all(np.isfinite(array).all() for array in found.values()):
        # It takes the root of a state, which is never negative.
        values |= {before.name: np.abs(values[before.name]) for before in cell.carries}
        found = cg.step(cell, values)
    rng = np.random.default_rng(1)
    seeds = {s.name: rng.normal(size=np.shape(found[s.name])) for s in cell.step.outputs}
    gradients = cg.vjp(cell, found, seeds)
    step, tolerance = (1e-30j, 1e-10) if analytic(cell.step) else (1e-6, 1e-5)
    assert set(gradients) == {q.symbol.name for q in cell.step.leaves if q.role != "const"}
    for leaf, gradient in gradients.items():
        assert np.shape(gradient) == np.shape(values[leaf])
        direction = rng.normal(size=np.shape(gradient))
        moved = [
            loss(cell, {**values, leaf: values[leaf] + sign * step * direction}, seeds)
            for sign in ((1,) if step.imag else (1, -1))
        ]
        expected = moved[0].imag / 1e-30 if step.imag else (moved[0] - moved[1]) / 2e-6
        assert (gradient * direction).sum() == pytest.approx(expected, rel=tolerance, abs=tolerance), leaf


@over(range(40))
def test_the_gradient_of_a_random_cell_agrees_wherever_there_is_one(seed: int) -> None:
    """As above; at a kink or a jump the differences to both sides disagree, and nothing is asked."""
    cell = random_cell(seed)
    sizes = sizes_of(cell.step)
    given = {str(symbol): int(size) for symbol, size in sizes.items()}
    values = arrays(cell.step, sizes, (2,))
    found = cg.step(cell, values, **given)
    rng = np.random.default_rng(1)
    seeds = {s.name: rng.normal(size=np.shape(found[s.name])) for s in cell.step.outputs}
    smooth = analytic(cell.step)

    def moved(leaf: str, index: tuple[int, ...], step: complex) -> Any:
        shifted = {**values, leaf: np.array(values[leaf], dtype=complex if smooth else float)}
        shifted[leaf][index] += step
        run = cg.step(cell, shifted, **given)
        return sum((run[name] * weight).sum() for name, weight in seeds.items())

    for leaf, gradient in cg.vjp(cell, found, seeds, **given).items():
        for index in list(np.ndindex(np.shape(values[leaf])))[::5]:
            if smooth:
                expected, tolerance = moved(leaf, index, 1e-30j).imag / 1e-30, 1e-9
            else:
                low, here, high = (moved(leaf, index, step) for step in (-1e-6, 0, 1e-6))
                if abs((high - here) - (here - low)) > 1e-9 * max(1, abs(high - low) / 2e-6):
                    continue
                expected, tolerance = (high - low) / 2e-6, 1e-4
            assert np.asarray(gradient)[index] == pytest.approx(expected, rel=tolerance, abs=tolerance), leaf


@over(FEW)
def test_cotangents_have_the_shapes_of_their_quantities(name: str) -> None:
    graph = cg.gradient(cell_of(name))
    for quantity in graph.quantities.values():
        if quantity.of is not None:
            assert quantity.shape == graph.quantities[quantity.of].shape


@pytest.mark.parametrize("name", FEW)
@pytest.mark.parametrize("steps", [1, 2])
def test_what_comes_from_outside_is_told_from_the_whole_gradient_and_every_sign_is_introduced(
    name: str, steps: int
) -> None:
    cell = cell_of(name)
    backward = cg.gradient(cell) if steps == 1 else cg.adjoint(cg.unroll(cell, steps))
    shown = adjoint_equations(backward)
    defined = {e.lhs for e in shown}
    adjoints = {symbol for symbol, q in backward.quantities.items() if q.of is not None}
    used = {symbol for e in shown for symbol in e.uses} & adjoints
    given = gradient_report(cell, backward).data["given"]
    assert {str(g.formula) for g in given} == {str(symbol) for symbol in used - defined}
    for symbol in used - defined:
        whole = sp.Symbol(f"δ_{backward.quantities[symbol].of}")
        # δ_q = Δ_q + what the graph adds; where it adds nothing, what is given is δ_q itself.
        assert symbol == whole or (whole in defined and symbol in symbols_of(backward.definitions[whole]))


@over(FEW)
def test_a_step_keeps_the_type_of_its_arrays_and_every_leaf_gets_a_gradient_like_itself(name: str) -> None:
    cell = cell_of(name)
    drawn = arrays(cell.step, sizes_of(cell.step), batch=(3,))
    values = cg.step(cell, {leaf: np.asarray(array, np.float32) for leaf, array in drawn.items()})
    assert {n for n, v in values.items() if getattr(v, "dtype", None) == np.float64} == set()
    seeds = {s.name: np.ones_like(values[s.name]) for s in cell.carries.values()}
    for leaf, gradient in cg.vjp(cell, values, seeds).items():
        assert (gradient.shape, gradient.dtype) == (values[leaf].shape, np.float32), leaf


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "gru-reset-after"])
def test_bptt_is_the_adjoint_of_the_unrolled_cell(name: str) -> None:
    """Summed over three steps, by complex-step differentiation of the run itself."""
    cell, steps = cell_of(name), 3
    graph = cg.unroll(cell, steps)
    values = arrays(graph, sizes_of(cell.step))
    backward = cg.adjoint(graph)
    rng = np.random.default_rng(2)
    seeds = {
        q.symbol.name: (q.of.name, rng.normal(size=shaped(q.shape, sizes_of(cell.step))))
        for q in backward.having("seed")
        if q.of is not None
    }
    found = cg.evaluate(backward, {**values, **{seed: weight for seed, (_, weight) in seeds.items()}})
    for symbol in backward.outputs:
        leaf = backward.quantities[symbol].of
        assert leaf is not None
        for index in list(np.ndindex(values[leaf.name].shape))[::4]:
            shifted = {**values, leaf.name: values[leaf.name].astype(complex)}
            shifted[leaf.name][index] += 1e-30j
            run = cg.evaluate(graph, shifted)
            expected = sum((run[of] * weight).sum() for of, weight in seeds.values()).imag / 1e-30
            assert found[symbol.name][index] == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_an_unrolled_graph_shares_parameters_and_hands_states_on() -> None:
    graph = cg.unroll(cell_of("lstm"), 3)
    assert [str(s) for s in graph.outputs] == ["h[1]", "h[2]", "h[3]", "c[3]"]
    assert sum(q.role == "param" for q in graph.leaves) == 12
    assert {str(q.symbol) for q in graph.having("input")} == {"x[1]", "x[2]", "x[3]"}
    assert sp.Symbol("c[1]") in symbols_of(graph.definitions[sp.Symbol("c[2]")])


@pytest.mark.parametrize("steps", [0, -2])
def test_unrolling_needs_a_step(steps: int) -> None:
    with pytest.raises(ValueError, match="steps must be a whole number of at least 1"):
        cg.unroll(cell_of("rnn"), steps)


def test_long_graphs_meet_no_recursion_limit() -> None:
    backward = cg.adjoint(cg.unroll(cell_of("rnn"), 3000))
    total = backward.definitions[sp.Symbol("∂L/∂U")]
    assert len(total.args) == 3000


def test_what_the_output_does_not_depend_on_has_gradient_zero() -> None:
    gradient = cg.adjoint(cell_of("lstm").step, of=["f"])
    assert gradient.definitions[sp.Symbol("∂L/∂U_o")] == Fill(0, *gradient.quantities[sp.Symbol("U_o")].shape)
    assert text(gradient.definitions[sp.Symbol("∂L/∂b_i")]) == "0"


def test_one_gradient_brings_only_what_it_needs() -> None:
    gradient = cg.gradient(cell_of("lstm"), of=["c"], wrt=["b_f"])
    assert [str(e.lhs) for e in adjoint_equations(gradient)] == ["δ_f", "δ_a_f", "∂L/∂b_f"]


@pytest.mark.parametrize("argument", ["of", "wrt"])
def test_unknown_names_list_the_choices(argument: str) -> None:
    with pytest.raises(KeyError, match=rf"{argument}: no quantity 'nothing'; this graph has .*h\[t-1\]"):
        cg.gradient(cell_of("gru"), **{argument: ["nothing"]})


def test_intermediates_are_named_once_and_never_twice() -> None:
    step = named(cell_of("lstm").step)
    assert [str(e.lhs) for e in step.equations] == ["a_f", "f", "a_i", "i", "a_g", "g", "a_o", "o", "c", "s", "h"]
    assert named(step) is step


def test_expanded_gradients_are_single_formulas_with_the_same_values() -> None:
    cell = cell_of("gru")
    gradient = cg.gradient(cell)
    whole = expanded(gradient)
    assert {e.lhs for e in adjoint_equations(whole)} == set(gradient.outputs)
    values = arrays(gradient, sizes_of(cell.step))
    for symbol in gradient.outputs:
        np.testing.assert_allclose(
            cg.evaluate(whole, values)[symbol.name], cg.evaluate(gradient, values)[symbol.name], rtol=1e-12
        )


def test_expansion_that_would_explode_is_refused() -> None:
    with pytest.raises(LimitError, match=r"expanding δ_h\[8\] makes more than 5,400 terms"):
        expanded(cg.adjoint(cg.unroll(cell_of("lstm"), 12)))


@settings(max_examples=20)
@given(st.sampled_from(["rnn", "lstm", "gru", "gru-reset-after"]), st.randoms(use_true_random=False))
def test_gradients_know_no_names_and_no_order(name: str, rng: random.Random) -> None:
    """Renaming every quantity and shuffling the equations changes nothing but names."""
    step = cell_of(name).step
    letters = [f"q{k}" for k in range(len(step.quantities))]
    rng.shuffle(letters)
    new = {old: sp.Symbol(letter) for old, letter in zip(step.quantities, letters, strict=True)}
    equations = [Equation(new[e.lhs], rebuilt(e.rhs, new)) for e in step.equations]
    rng.shuffle(equations)
    leaves = [type(q)(new[q.symbol], q.role, q.shape, q.time) for q in step.leaves]
    renamed = Graph.build(leaves, equations, outputs=[new[s] for s in step.outputs])
    sizes = sizes_of(step)
    before, after = cg.adjoint(step), cg.adjoint(renamed)
    values = arrays(step, sizes)
    rng_seed = np.random.default_rng(5)
    weights = {s: rng_seed.normal(size=shaped(step.quantities[s].shape, sizes)) for s in step.outputs}
    seeds = {q.symbol.name: weights[q.of] for q in before.having("seed") if q.of is not None}
    back = {fresh: old for old, fresh in new.items()}
    seeds_after = {q.symbol.name: weights[back[q.of]] for q in after.having("seed") if q.of is not None}
    first = cg.evaluate(before, {**values, **seeds})
    second = cg.evaluate(after, {**{str(new[sp.Symbol(k)]): v for k, v in values.items()}, **seeds_after})
    for symbol in step.leaves:
        ours = first[f"∂L/∂{symbol.symbol}"]
        np.testing.assert_allclose(second[f"∂L/∂{new[symbol.symbol]}"], ours, rtol=1e-12, atol=1e-14)


def test_a_gradient_that_is_zero_is_told_why() -> None:
    """A parameter behind a stop, one that the loss is not made of, and one that a state begins as."""
    cell = cg.loads(
        "name: straight-through\nreference: made for a test\ndims: {m: input size, n: hidden size}\n"
        "inputs: {x: [m]}\nstates: {h: [n], s: [n]}\ninitial: {h: h_0}\n"
        "params: {W: [n, m], k: [n], v: [n], h_0: [n]}\nequations: |\n"
        "  a = W @ x + h[t-1]\n  h = a + stop(sign(a * k) - a) + floor(k)\n  s = v * tanh(s[t-1] + h)\n"
    )
    adjoint = cg.adjoint(cell.step, of=["h"])
    lines = {str(line.left): line for line in gradient_report(cell, adjoint).blocks[-1].lines}
    told = {name: line.note and (line.note.template, dict(line.note.values)) for name, line in lines.items()}
    because = "no gradient reaches it, because "
    assert told["∂L/∂k"] == (because + "every path from it passes {operations}", {"operations": "floor / stop"})
    assert told["∂L/∂v"] == (because + "L is not computed from it", {})
    assert told["∂L/∂h_0"][1] == {"before": sp.Symbol("h[t-1]")}
    assert told["∂L/∂W"] is None
    assert expanded(adjoint).definitions[sp.Symbol("∂L/∂h[t-1]")] == sp.Symbol("δ_h")


def test_a_gradient_sees_what_is_stopped_as_a_constant() -> None:
    cell = cg.loads(
        "name: straight-through\nreference: made for a test\ndims: {m: input size, n: hidden size}\n"
        "inputs: {x: [m]}\nstates: {h: [n]}\nparams: {W: [n, m]}\nequations: |\n"
        "  a = W @ x\n  h = stop(a) * a + h[t-1]\n"
    )
    values = cg.step(cell, {"x": np.array([1.0, 2.0]), "W": np.array([[3.0, -1.0]] * 3), "h[t-1]": np.zeros(3)})
    np.testing.assert_array_equal(values["h"], values["a"] ** 2)
    gradients = cg.vjp(cell, values, {"h": np.array([1.0, 10.0, 100.0])})
    np.testing.assert_array_equal(gradients["W"], np.outer([1.0, 10.0, 100.0], [1.0, 2.0]) * values["a"][0])
