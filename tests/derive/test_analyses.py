"""Every analysis on every kind of cell; views and languages take turns: each meets every analysis many times."""

from __future__ import annotations

import json

import numpy as np
import pytest
from zoo import SOME, cell_of

import cellgraph as cg
from cellgraph.derive import ANALYSES, analysis
from cellgraph.views import VIEWS, shown


@pytest.mark.parametrize(("place", "name"), [*enumerate(SOME)], ids=SOME)
def test_every_analysis_takes_every_kind_of_cell_and_views_take_it_in_turn(place: int, name: str) -> None:
    cell = cell_of(name)
    for turn, what in enumerate(ANALYSES, place):
        report = analysis(what)(cell)
        assert report.blocks
        view = VIEWS[turn % len(VIEWS)]
        text = shown(report, view, ("en", "zh")[turn % 2])
        assert text.strip() or view == "csv"
        if view == "json":
            assert json.loads(text)["schema_version"] == 1


def test_an_unknown_analysis_names_the_choices() -> None:
    with pytest.raises(KeyError, match="no analysis 'prams'; there are show, params, cost"):
        analysis("prams")


@pytest.mark.parametrize("name", ["gru-reset-after", "janet"])
def test_what_python_returns_is_what_json_prints(name: str) -> None:
    cell = cell_of(name)
    for function, what in (
        (cg.params, "params"),
        (cg.cost, "cost"),
        (cg.structure, "structure"),
        (cg.jacobian, "jacobian"),
    ):
        document = json.loads(json.dumps(function(cell).to_dict()))
        printed = json.loads(shown(analysis(what)(cell), "json", "en"))
        [own] = printed.get("cells", [printed])
        assert document.items() >= own.items(), what
    difference = cg.diff(cell, cell_of("gru"))
    assert json.loads(json.dumps(difference.to_dict()))["equivalent"] is difference.equivalent is False


CONSTANT = """
name: constant
dims: {m: input size, n: hidden size}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [n, m], b: [n]}
equations: |
  h = tanh(W @ x + b) + 0.5 * h[t-1]
  y = OUTPUT
output: y
"""


@pytest.mark.parametrize(("output", "own"), [("3", 0), ("b", 1), ("2 * b", 2)])
def test_an_output_may_be_a_constant(output: str, own: int) -> None:
    """Every analysis takes it, and only what it is made of has a gradient through it."""
    cell = cg.loads(CONSTANT.replace("OUTPUT", output))
    for what in ANALYSES:
        assert analysis(what)(cell).blocks
    draw = np.random.default_rng(1)
    shapes = {"x": (3,), "h[t-1]": (4,), "W": (4, 3), "b": (4,)}
    values = cg.step(cell, {name: draw.normal(size=shape) for name, shape in shapes.items()})
    back = cg.vjp(cell, values, {"y": np.ones(np.shape(values["y"])), "h": np.zeros(4)})
    np.testing.assert_array_equal(back["b"], own * np.ones(4))
    np.testing.assert_array_equal(back["W"], np.zeros((4, 3)))
