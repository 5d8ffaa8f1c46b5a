"""Where a sequence starts: zeros, the numbers that specs say, and parameters that are learned."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from zoo import cell_of

import cellgraph as cg
from cellgraph.derive.flows.trajectory import forward
from cellgraph.graph import size

BEGUN = """\
name: begun
dims: {m: input size, n: hidden size}
inputs: {x: [m]}
states: {h: [n], s: [n], S: [n, m]}
params: {W: [n, m], h_0: [n]}
initial: {h: h_0, s: -inf, S: 2}
equations: |
  s = max(s[t-1], W @ x)
  S = S[t-1] + W
  h = 0.5 * h[t-1] + S @ x + s
"""


def arrays(batch: tuple[int, ...] = ()) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(3)
    return {"x": draw.normal(size=(*batch, 2)), "W": draw.normal(size=(3, 2)), "h_0": draw.normal(size=3)}


@pytest.mark.parametrize("batch", [(), (4,)])
def test_states_that_are_not_given_are_those_before_the_first_step(batch: tuple[int, ...]) -> None:
    cell, given = cg.loads(BEGUN), arrays(batch)
    first = cg.initial_states(cell, given)
    assert {name: array.shape for name, array in first.items()} == {
        "h[t-1]": (*batch, 3), "s[t-1]": (*batch, 3), "S[t-1]": (*batch, 3, 2)
    }  # fmt: skip
    found = cg.step(cell, given)
    np.testing.assert_array_equal(found["h[t-1]"], np.broadcast_to(given["h_0"], (*batch, 3)))
    np.testing.assert_array_equal(found["s"], given["x"] @ given["W"].T)
    np.testing.assert_array_equal(found["S"], np.broadcast_to(2 + given["W"], (*batch, 3, 2)))
    back = cg.vjp(cell, found, {"h": np.ones_like(found["h"])})
    assert all(np.isfinite(array).all() for array in back.values())


def test_a_state_that_is_given_is_taken() -> None:
    cell, given = cg.loads(BEGUN), arrays()
    found = cg.step(cell, {**given, "h[t-1]": np.zeros(3)})
    np.testing.assert_array_equal(found["h"], (2 + given["W"]) @ given["x"] + given["W"] @ given["x"])


def test_what_is_missing_is_named() -> None:
    with pytest.raises(KeyError, match="no array for W"):
        cg.step(cg.loads(BEGUN), {"x": np.ones(2), "h_0": np.ones(3)})
    rnn = cell_of("lstm")
    with pytest.raises(KeyError, match="no array for x"):
        cg.initial_states(rnn, {q.symbol.name: np.ones(1) for q in rnn.step.having("param")})


def test_a_learned_initial_state_has_a_gradient_through_time() -> None:
    """∂h[2]/∂h_0 is 1/4 here."""
    cell = cg.loads(BEGUN)
    assert cg.params(cell, m=2, n=3).total == 9
    graph = cg.adjoint(cg.unroll(cell, 2), of=("h[2]",), wrt=("h_0",))
    given = arrays()
    values = {"W": given["W"], "h_0": given["h_0"], "x[1]": given["x"], "x[2]": 2 * given["x"]}
    values |= {"s[0]": np.full(3, -np.inf), "S[0]": np.full((3, 2), 2.0)}
    values |= {q.symbol.name: np.ones(3) for q in graph.having("seed")}
    assert "h[0]" not in {q.symbol.name for q in graph.leaves}
    np.testing.assert_array_equal(cg.evaluate(graph, values)["∂L/∂h_0"], np.full(3, 0.25))


def test_flows_start_there() -> None:
    cell, given = cg.loads(BEGUN), arrays((5,))
    sizes = {size("m"): sp.Integer(2), size("n"): sp.Integer(3)}
    found = forward(cell, sizes, {"W": given["W"], "h_0": given["h_0"]}, {"x": given["x"]})
    np.testing.assert_array_equal(found["h[t-1]"][0], given["h_0"])
    np.testing.assert_array_equal(found["s[t-1]"][0], np.full(3, -np.inf))
    np.testing.assert_array_equal(found["S[t-1]"][:2], [np.full((3, 2), 2.0), 2 + given["W"]])


def test_cells_that_begin_otherwise_are_not_equivalent() -> None:
    """A number against zero, and a learned beginning under another name."""
    one = cg.loads(BEGUN)
    other = cg.loads(BEGUN.replace("S: 2", "S: 0"))
    found = cg.diff(one, other)
    assert found.steps == ()
    assert not found.equivalent
    assert found.initial == {sp.Symbol("S[t-1]"): (2, 0)}
    assert cg.diff(one, cg.loads(BEGUN.replace("h_0", "g"))).equivalent
