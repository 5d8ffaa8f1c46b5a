"""Sections of layouts that cannot be right: each has its message at its place."""

import re

import numpy as np
import pytest
from laws import over

import cellgraph as cg
from cellgraph.implementations.implementation import with_options
from cellgraph.spec import problems_of_text

SPEC = """\
name: small
dims: {m: input size, n: hidden size}
inputs: {x: [m]}
states: {h: [n], c: [n]}
params: {W: [n, m], U: [n, n], b: [n]}
equations: |
  h = tanh(W @ x + U @ h[t-1] + b)
  c = c[t-1] + h
implementations:
"""

GOOD = """\
  torch.nn.SmallCell:
    arrays: {weight: [W], recurrent: {columns: [U]}, bias: {stack: [[b], [b]]}}
    without: {bias: [bias]}
    states: [c, h]
  torch.nn.Small:
    layer_of: torch.nn.SmallCell
    names: "{array}_l{layer}{direction}"
    directions: ["", _reverse]
"""

WRONG = [
    ("  Small: {arrays: {w: [W]}}", "10:3", "'Small' is no dotted name of a class"),
    ("  a.B: [W]", "10:8", "this must be a mapping"),
    ("  a.B: {}", "10:3", "write either 'arrays', or 'layer_of'"),
    ("  a.B: {arrays: {w: [W]}, layer_of: a.A}", "10:3", "write either 'arrays', or 'layer_of'"),
    ("  a.B: {layer_of: a.A}", "10:19", "no class 'a.A' stands above"),
    ("  a.B: {layer_of: [a.A]}", "10:19", "no class '' stands above"),
    ("  a.B: {arrays: {w: [W]}, opions: {k: 1}}", "10:27", "unknown key 'opions'.*did you mean 'options'"),
    ("  a.B: {arrays: [W]}", "10:17", "this must be a mapping"),
    ("  a.B: {arrays: {w: [V]}}", "10:22", "unknown parameter 'V'"),
    ("  a.B: {arrays: {w: []}}", "10:21", "a list of at least one parameter"),
    ("  a.B: {arrays: {w: {columns: W}}}", "10:31", "a list of at least one parameter"),
    ("  a.B: {arrays: {w: {column: [W]}}}", "10:21", "one of rows, columns, beside, stack.*did you mean 'columns'"),
    ("  a.B: {arrays: {w: W over j}}", "10:21", "no parameter has a lifted axis 'j'; there are none"),
    ("  a.B: {arrays: {w: {over j: [W]}}}", "10:21", "no parameter has a lifted axis 'j'"),
    ("  a.B: {arrays: {w: X over j}}", "10:21", "unknown parameter 'X'"),
    ("  a.B: {arrays: {w: {rows: [W], stack: [W]}}}", "10:21", "one of rows, columns, beside, stack"),
    ("  a.B: {arrays: {w: [W, U]}}", "10:18", "array 'w': n×m and n×n cannot stand above each other as rows"),
    ("  a.B: {arrays: {w: [W, b]}}", "10:18", "n×m and n cannot stand above each other as rows"),
    ("  a.B: {arrays: {w: {columns: [b]}}}", "10:18", "n cannot stand in columns: only a matrix"),
    ("  a.B: {arrays: {w: {stack: [W, U]}}}", "10:18", "n×m and n×n cannot be stacked"),
    ("  a.B: {arrays: {w: [W]}, options: {k: [1]}}", "10:40", "an option is true, false, a whole number"),
    ("  a.B: {arrays: {w: [W]}, default: maybe}", "10:36", "this must be true or false"),
    ("  a.B: {arrays: {w: [W]}, without: {bias: [v]}}", "10:44", "unknown array 'v'"),
    ("  a.B: {arrays: {w: [W]}, without: {bias: [[w]]}}", "10:43", "a list of names"),
    ("  a.B: {arrays: {w: [W]}, states: [h, h]}", "10:35", "list each state once: h, c"),
    ("  a.B: {arrays: {w: [W]}, names: layer}", "10:34", "this must hold {array}"),
    ('  a.B: {arrays: {w: [W]}, names: "{array}{array.real}"}', "10:34", "no other braces"),
    ("  a.B: {arrays: {w: [W]}, directions: [a]}", "10:39", "this must be 'axis', or two words"),
]


def test_the_section_that_the_wrong_ones_are_made_from_is_in_order() -> None:
    assert [p for p in problems_of_text(SPEC + GOOD) if p.severity == "error"] == []
    cell, layer = cg.loads(SPEC + GOOD).implementations
    assert (cell.states, layer.states, layer.default) == (("c", "h"), ("c", "h"), True)
    assert layer.native_name("weight", 2, True) == "weight_l2_reverse"


@over(WRONG)
def test_each_mistake_is_told_at_its_place(section: str, place: str, said: str) -> None:
    (problem,) = [p for p in problems_of_text(SPEC + section + "\n") if p.severity == "error"]
    assert problem.code == "E_LAYOUT"
    assert re.search(said, problem.message)
    line, column = map(int, place.split(":"))
    assert (problem.source.line, problem.source.column) == (line, column)


HEADS = """\
name: heads
dims: {m: input size, d: key size, e: value size}
each: {g: groups, j: heads of a group}
inputs: {x: [m]}
states: {S: [g, j, e], z: [g, d]}
params: {W: [g, j, e, m], K: [g, d, m], u: [g, j, m], b: [g, j]}
equations: |
  S = S[t-1] + W @ x + b + u @ x
  z = z[t-1] + K @ x
implementations:
  a.B:
    arrays:
      fused: [K over g, W over g j, {over g j: [{stack: [u]}]}]
      grouped: {over g: [K, W over j]}
      turned: {over j: [{over g: [W]}]}
      apart: W over j
      columns: {columns: [K]}
      as_it_is: [b]
      group.{g}.apart: [K]
    options: {num_heads: g*j, n_groups: g, width: 2*d}
"""


def test_members_of_a_family_stand_one_after_the_other_or_as_axes() -> None:
    (found,) = cg.loads(HEADS).implementations
    m, d, e, g, j = 3, 4, 7, 2, 5
    draw = np.random.default_rng(0)
    values = {"W": (g, j, e, m), "K": (g, d, m), "u": (g, j, m), "b": (g, j)}
    given = {name: draw.normal(size=shape) for name, shape in values.items()}
    native = found.pack(given)
    rows = np.concatenate([given["K"].reshape(-1, m), given["W"].reshape(-1, m), given["u"].reshape(-1, m)])
    np.testing.assert_array_equal(native["fused"], rows)
    groups = [np.concatenate([given["K"][k], given["W"][k].reshape(-1, m)]) for k in range(g)]
    np.testing.assert_array_equal(native["grouped"], np.concatenate(groups))
    np.testing.assert_array_equal(native["turned"], given["W"].swapaxes(0, 1).reshape(-1, m))
    np.testing.assert_array_equal(native["apart"], given["W"].reshape(g, -1, m))
    np.testing.assert_array_equal(native["columns"], given["K"].swapaxes(-1, -2))
    np.testing.assert_array_equal(native["as_it_is"], given["b"])
    np.testing.assert_array_equal(native["group.1.apart"], given["K"][1])
    assert "group.2.apart" not in native
    copies = {"W": 4, "K": 4, "u": 1, "b": 1}
    for name, array in found.unpack(native).items():
        np.testing.assert_allclose(array, copies[name] * given[name], rtol=1e-12)


def test_members_stand_behind_the_first_axis() -> None:
    inside = "inside: W inside j\n      swapped: {inside g j: [{columns: [W]}]}\n      alone: u inside j"
    (found,) = cg.loads(HEADS.replace("apart: W over j", inside)).implementations
    draw = np.random.default_rng(1)
    given = {"W": draw.normal(size=(2, 5, 7, 3)), "u": draw.normal(size=(2, 5, 3))}
    given |= {"K": np.ones((2, 4, 3)), "b": np.ones((2, 5))}
    native = found.pack(given)
    np.testing.assert_array_equal(native["inside"], given["W"].swapaxes(1, 2))
    np.testing.assert_array_equal(native["swapped"], given["W"].transpose(3, 0, 1, 2))
    np.testing.assert_array_equal(native["alone"], given["u"].swapaxes(1, 2))
    parameters = found.unpack(native)
    np.testing.assert_allclose(parameters["W"], 5 * given["W"], rtol=1e-12)
    np.testing.assert_allclose(parameters["u"], 2 * given["u"], rtol=1e-12)


def test_parts_of_different_axes_are_refused_with_what_to_write() -> None:
    wrong = HEADS.replace("[K over g, W over g j,", "[K over g, W over j,")
    (problem,) = [p for p in problems_of_text(wrong) if p.severity == "error"]
    assert "one member for each of no axis and g: write 'NAME over AXIS'" in problem.message


@pytest.mark.parametrize("name", ["group.{j}.apart", "group.{g}.{g}", "group.{m}"])
def test_the_number_in_a_name_is_that_of_the_first_axis(name: str) -> None:
    (problem,) = [p for p in problems_of_text(HEADS.replace("group.{g}.apart", name)) if p.severity == "error"]
    assert "is the one lifted axis that stands first in its shape" in problem.message


def test_an_option_that_is_a_dim_tells_it() -> None:
    text = HEADS.replace("as_it_is: [b]", "as_it_is: b over g j").replace("apart: W over j", "apart: W over g j")
    cell = cg.loads(
        text.replace("columns: {columns: [K]}", "columns: K over g").replace(
            "group.{g}.apart: [K]", "apart_too: K over g"
        )
    )
    (found,) = cell.implementations
    size = {"W": (2, 5, 7, 3), "K": (2, 4, 3), "u": (2, 5, 3), "b": (2, 5)}
    native = found.pack({name: np.ones(shape) for name, shape in size.items()})
    with pytest.raises(ValueError, match="do not tell every size of the cell; give n_groups"):
        found.unpack(native)
    told = with_options(found, {"n_groups": 2})
    assert told.sizes == {"g": 2}
    assert {name: array.shape for name, array in told.unpack(native).items()} == size


def test_all_mistakes_of_a_section_are_told_at_once() -> None:
    section = "  a.B: {arrays: {w: [V], v: [W, U], u: [X, Y]}}\n"
    found = [p.message for p in problems_of_text(SPEC + section) if p.severity == "error"]
    assert len(found) == 4
