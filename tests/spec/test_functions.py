"""The functions that ship, each against a formula that was not written from its definition; and those of specs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import cellgraph as cg
from cellgraph import spec
from cellgraph.graph import folded, postorder, unfolded
from cellgraph.graph.notation import source
from cellgraph.parse import NO_FUNCTIONS, CodeLine, statement
from cellgraph.parse.vocabulary import NO_AXES
from cellgraph.spec.functions import SHIPPED, standard
from cellgraph.transforms.resolve import text
from cellgraph.views.spec import spec as written

Array = np.ndarray[Any, Any]


def moments(a: Array) -> tuple[float, float]:
    return float(np.average(a)), float(np.var(a))


FORMULAS: dict[str, Callable[..., Any]] = {
    # Each as its library's reference has it, not as the collection does.
    "silu": lambda a: a / (1 + np.exp(-a)),
    "gelu": lambda a: a * np.array([math.erfc(-x / 2**0.5) / 2 for x in a]),
    "gelu_tanh": lambda a: a / (1 + np.exp(-2 * (2 / np.pi) ** 0.5 * a * (1 + 0.044715 * a**2))),
    "mish": lambda a: a * ((1 + np.exp(a)) ** 2 - 1) / ((1 + np.exp(a)) ** 2 + 1),
    "relu6": lambda a: np.clip(a, 0, 6),
    "leaky_relu": lambda a, slope=0.01: np.where(a > 0, a, slope * a),
    "elu": lambda a, alpha=1.0: np.where(a > 0, a, alpha * np.expm1(a)),
    "softsign": lambda a: np.sign(a) * (1 - 1 / (1 + np.abs(a))),
    "log_sigmoid": lambda a: -np.logaddexp(0, -a),
    "hard_sigmoid": lambda a: np.clip(a + 3, 0, 6) / 6,
    "hard_tanh": lambda a: np.clip(a, -1, 1),
    "layer_norm": lambda a, gain, bias, eps=1e-5: (a - moments(a)[0]) / np.sqrt(moments(a)[1] + eps) * gain + bias,
    "standardize": lambda a, eps=1e-5: (a - moments(a)[0]) / np.sqrt(moments(a)[1] + eps),
    "rms_norm": lambda a, gain, eps=1e-6: a / np.sqrt(a @ a / len(a) + eps) * gain,
    "l2norm": lambda a, eps=1e-6: a / np.sqrt(np.linalg.norm(a) ** 2 + eps),
    "dot": lambda a, b: a @ b,
    "norm": np.linalg.norm,
    "square": np.square,
    "where": lambda c, a, b: np.where(c > 0, a, b),
    "clip": lambda a, low, high: np.clip(a, low, high),
}  # fmt: skip
NUMBERS = {"clip": (-0.6, 0.9), "leaky_relu": (0.3,), "elu": (1.7,), "layer_norm": (0.2,), "l2norm": (0.04,)}
"""Numbers for the last parameters."""
CALLS = [(name, ()) for name in FORMULAS if name != "clip"] + list(NUMBERS.items())


def vectors(name: str, numbers: tuple[float, ...]) -> list[str]:
    """The parameters that get vectors."""
    function = standard()[name]
    plain = len(function.parameters) - max(len(function.defaults), len(numbers))
    return [str(parameter) for parameter in function.parameters[:plain]]


def calling(name: str, numbers: tuple[float, ...]) -> cg.Cell:
    """A cell that calls a function of vectors: the first is what the state is made of, others are inputs."""
    own = vectors(name, numbers)
    shapes = ", ".join(f"{v}: [n]" for v in own)
    return cg.loads(
        f"name: calling\ndims: {{n: size}}\ninputs: {{{shapes}}}\nstates: {{y: [n]}}\nparams: {{}}\n"
        f"equations: |\n  y = 0 * y[t-1] + {name}({', '.join([*own, *map(str, numbers)])})\n"
    )


def drawn(name: str, numbers: tuple[float, ...]) -> dict[str, Array]:
    # Entries on both sides of every kink, and none within a finite difference of one.
    return {
        v: np.array([-2.3, 0.41, 1.37, -0.77, 7.1, 0.13][k:] + [3.2] * k) for k, v in enumerate(vectors(name, numbers))
    }


def test_every_function_that_ships_has_a_formula() -> None:
    assert set(FORMULAS) == set(standard())


@pytest.mark.parametrize(("name", "numbers"), CALLS)
def test_functions_are_what_their_formulas_say(name: str, numbers: tuple[float, ...]) -> None:
    arrays = drawn(name, numbers)
    found = cg.step(calling(name, numbers), {**arrays, "y[t-1]": np.zeros(6)})["y"]
    expected = FORMULAS[name](*arrays.values(), *numbers)
    np.testing.assert_allclose(found, np.broadcast_to(expected, 6), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(("name", "numbers"), CALLS)
def test_their_cotangents_agree_with_differences_of_the_formulas(name: str, numbers: tuple[float, ...]) -> None:
    arrays, cell, weights = drawn(name, numbers), calling(name, numbers), np.array([0.3, -1.1, 0.7, 2.0, -0.4, 0.9])
    found = cg.vjp(cell, {**arrays, "y[t-1]": np.zeros(6)}, {"y": weights})
    for v, array in arrays.items():
        expected = np.zeros(6)
        for k in range(6):
            ends = []
            for step in (1e-6, -1e-6):
                moved = array.copy()
                moved[k] += step
                value = FORMULAS[name](*{**arrays, v: moved}.values(), *numbers)
                ends.append(weights @ np.broadcast_to(value, 6))
            expected[k] = (ends[0] - ends[1]) / 2e-6
        np.testing.assert_allclose(found[v], expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("name", "numbers"), CALLS)
def test_calls_read_back_fold_back_and_lie_in_their_range(name: str, numbers: tuple[float, ...]) -> None:
    cell = calling(name, numbers)
    [equation] = cell.written.equations
    again = statement((CodeLine(f"y = {source(equation.rhs)}", equation.source),), {}, NO_AXES, SHIPPED)  # type: ignore[arg-type]
    assert again.rhs == equation.rhs
    assert folded(unfolded(equation.rhs), cell.step.functions) == equation.rhs
    value = cg.step(cell, {**drawn(name, numbers), "y[t-1]": np.zeros(6)})["y"]
    interval = cg.structure(cell).intervals[sp.Symbol("y")]
    assert interval.low - 1e-12 <= value.min()
    assert value.max() <= interval.high + 1e-12


@pytest.mark.parametrize("name", FORMULAS)
def test_what_ships_is_found_only_where_it_is_called(name: str) -> None:
    assert NO_FUNCTIONS.find(name) is None
    assert SHIPPED.find(name) is standard()[name].head


OWN = """
name: own
dims: {m: input size, n: hidden size}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [n, m], U: [n, n], e: [n]}
functions:
  silu(a): {is: a * sigmoid(1.702 * a), label: Swish}
  mixed(a, b, r=0.25): r * a + (1 - r) * silu(b)
equations: |
  h = mixed(h[t-1], W @ x) + 0.1 * tanh(U @ h[t-1] + e) * pi
output: h
"""


def test_a_function_of_a_spec_comes_before_one_that_ships() -> None:
    cell = cg.loads(OWN)
    assert {f.name: f.label for f in cell.step.functions} == {"mixed": "", "silu": "Swish"}
    x, W = np.array([0.5, -1.0, 2.0]), np.arange(6.0).reshape(2, 3) / 7
    arrays = {"x": x, "W": W, "U": np.zeros((2, 2)), "e": np.array([0.3, -0.2]), "h[t-1]": np.array([1.0, -2.0])}
    a = W @ x
    expected = 0.25 * arrays["h[t-1]"] + 0.75 * a / (1 + np.exp(-1.702 * a)) + 0.1 * np.pi * np.tanh(arrays["e"])
    np.testing.assert_allclose(cg.step(cell, arrays)["h"], expected, rtol=1e-14)


def test_a_spec_is_written_with_the_functions_that_it_uses_and_its_own_alone() -> None:
    cell = cg.loads(OWN)
    assert cg.loads(written(cell)).written == cell.written
    assert "mixed(a, b, r=0.25)" in written(cell)
    shipped = written(cg.load("hgrn"))
    assert "silu(a) * (1 - f)" in shipped
    assert "functions:" not in shipped


def test_a_transform_keeps_the_names_of_functions() -> None:
    twice = text("hgrn+stack")
    assert "silu(a_1) * (1 - f_1)" in twice
    assert "silu(a_2) * (1 - f_2)" in twice
    assert "sigmoid(a_1)" not in twice


def test_numbers_by_name_print_by_name() -> None:
    cell = cg.loads(OWN.replace("+ e)", "+ e ** 2)").replace("* pi", "* (2 * pi)"))
    [equation] = cell.step.equations
    assert sp.pi in postorder(equation.rhs)
    assert "(2 * pi)" in source(equation.rhs)
    assert sp.Symbol("e") in equation.uses


def test_where_nothing_is_called_e_it_is_the_number() -> None:
    said = OWN.replace(", e: [n]", "")
    [equation] = cg.loads(said).written.equations
    assert sp.E in postorder(equation.rhs)
    assert "+ e)" in source(equation.rhs)
    assert cg.loads(written(cg.loads(said))).step == cg.loads(said).step


BODIES = st.recursive(
    st.sampled_from(["a", "b", "0.5", "e"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda i: f"tanh({i})"), inner.map(lambda i: f"silu({i})"), inner.map(lambda i: f"(-{i})"),
    ),
    max_leaves=8,
)  # fmt: skip


@given(BODIES, BODIES)
@settings(max_examples=40, deadline=None)
def test_any_function_unfolds_to_what_its_body_computes(first: str, second: str) -> None:
    def cell(functions: str, call: str) -> cg.Cell:
        return cg.loads(
            "name: any\ndims: {n: size}\ninputs: {x: [n]}\nstates: {h: [n]}\nparams: {}\n"
            f"{functions}equations: |\n  h = 0 * h[t-1] + {call}\n"
        )

    one, two = f"{first} + 0 * (a + b)", f"f({second} + 0 * a, a) * (1 + 0 * b)"
    called = cell(f"functions:\n  f(a, b): {one}\n  g(a, b): {two}\n", "g(x, h[t-1] + 1)")
    inner = lambda body, a, b: "".join({"a": f"({a})", "b": f"({b})"}.get(w, w) for w in _words(body))
    flat = inner(f"({inner(one, f'({second} + 0 * a)', 'a')}) * (1 + 0 * b)", "x", "(h[t-1] + 1)")
    arrays = {"x": np.array([0.3, -0.8]), "h[t-1]": np.array([1.1, 0.2])}
    np.testing.assert_allclose(cg.step(called, arrays)["h"], cg.step(cell("", flat), arrays)["h"], rtol=1e-12)
    assert spec.problems_of_text(written(called)) == ()


def _words(body: str) -> list[str]:
    import re

    return re.findall(r"\w+|\W", body)
