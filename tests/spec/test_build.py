"""Documents to cells: what a cell holds, what is expected of it, and what is odd."""

from __future__ import annotations

import pytest
import sympy as sp

from cellgraph import spec
from cellgraph.errors import ShapeError, SpecError
from cellgraph.graph import size

m, n = size("m"), size("n")

SPEC = """\
name: made
title: {en: A cell, zh: 单元}
reference: "Someone
  2020"
year: 2020
family: test
note: two
  lines
dims: {m: input size, n: hidden size}
inputs: {x: [m]}
states: {s: [2*n], h: [n]}
params:
  W: [2*n, m]
  U: [n, 2*n]
  k: []
  V: [m, n]
equations: |
  h = k * tanh(U @ s) + slice(s, n, 2*n)  # uses s of this step
  s = W @ x + s[t-1] / n + concat(h[t-1], h[t-1])
output: h
readout: |
  y = V @ h + 0.5 * x
  z = y * y
labels: {s: {en: memory, zh: 记忆}, y: shown}
expects: {params: 2*n*(m + n) + 1}
"""


def problems(text: str) -> list[tuple[str, str]]:
    return [(problem.code, problem.message) for problem in spec.problems_of_text(text)]


def changed(old: str, new: str) -> str:
    assert old in SPEC
    return SPEC.replace(old, new)


def test_what_a_cell_holds() -> None:
    cell = spec.loads(SPEC)
    assert (cell.name, cell.year, cell.family, cell.reference) == ("made", 2020, "test", "Someone 2020")
    assert (cell.title, cell.note) == ({"en": "A cell", "zh": "单元"}, {"en": "two lines"})
    assert dict(cell.dims) == {"m": "input size", "n": "hidden size"}
    assert {str(k): str(v) for k, v in cell.carries.items()} == {"s[t-1]": "s", "h[t-1]": "h"}
    assert cell.output == sp.Symbol("h")
    assert [str(equation.lhs) for equation in cell.step.equations] == ["s", "h"]
    assert [str(symbol) for symbol in cell.step.outputs] == ["s", "h"]
    assert cell.labels["s"] == {"en": "memory", "zh": "记忆"}
    assert cell.labels["y"] == {"en": "shown"}
    assert sp.expand(cell.expects["params"] - (2 * n * (m + n) + 1)) == 0
    shapes = {str(q.symbol): q.shape for q in cell.step.quantities.values()}
    assert shapes["s"] == shapes["s[t-1]"] == (2 * n,)
    assert shapes["U"] == (n, 2 * n)
    assert shapes["k"] == ()


def test_the_readout_is_a_graph_of_its_own() -> None:
    cell = spec.loads(SPEC)
    assert cell.readout is not None
    leaves = {str(q.symbol): (q.role, q.time) for q in cell.readout.leaves}
    assert leaves == {"V": ("param", None), "h": ("state", 0), "x": ("input", 0)}
    assert sp.Symbol("V") not in cell.step.quantities
    assert [str(symbol) for symbol in cell.readout.outputs] == ["z"]


def test_a_parameter_that_both_use_is_one_of_the_step() -> None:
    cell = spec.loads(changed("y = V @ h", "y = k * (V @ h)"))
    assert cell.readout is not None
    assert cell.step.quantities[sp.Symbol("k")] == cell.readout.quantities[sp.Symbol("k")]


def test_a_spec_needs_neither_output_nor_readout() -> None:
    short = "".join(
        line for line in SPEC.splitlines(True) if not line.startswith(("output", "readout", "  y =", "  z ="))
    )
    cell = spec.loads(short.replace("  V: [m, n]\n", "").replace(", y: shown", ""))
    assert cell.output == sp.Symbol("s")
    assert cell.readout is None


def test_equations_know_their_places() -> None:
    cell = spec.loads(SPEC, "made.yaml")
    found = {str(e.lhs): e.source for e in cell.step.equations}
    source = found["h"]
    assert source is not None
    assert (source.file, source.line, source.column) == ("made.yaml", 18, 3)
    assert source.text == "  h = k * tanh(U @ s) + slice(s, n, 2*n)  # uses s of this step"


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        (
            "2*n*(m + n) + 1",
            "2*n*(m + n)",
            "E_EXPECTS",
            "and those declared for the step are 2\\*m\\*n \\+ 2\\*n\\*\\*2 \\+ 1",
        ),
        ("  W: [2*n, m]", "  W: [n, m]", "E_SHAPE", "elementwise operands have shapes n and 2\\*n"),
        ("y = V @ h", "y = V @ s", "E_SHAPE", "in the equation of 'y', 'V @ s'"),
        ("{s: [2*n], h: [n]}", "{s: [2*n], h: [m]}", "E_SHAPE", "'h' is declared as m, its equation gives n"),
        ("output: h", "output: y", "E_UNDEFINED", "the output 'y' is no quantity of the step"),
        ("s[t-1] / n", "z[t-1] / n", "E_PREV", "'z' is no state, so it has no step before; the states are s, h"),
        ("s[t-1] / n", "y / n", "E_UNDEFINED", "nothing defines 'y'"),
        ("  z = y * y", "  z = y[t-1]", "E_PREV", "'y' is no state"),
        ("  z = y * y", "  s = y * y", "E_DUP_NAME", "'s' is a state and cannot be defined"),
    ],
)
def test_what_is_told_across_sections(old: str, new: str, code: str, message: str) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        spec.loads(changed(old, new))
    assert code in [problem.code for problem in caught.value.problems]
    assert isinstance(caught.value, ShapeError) == ({p.code for p in caught.value.problems} == {"E_SHAPE"})


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ("k: []", "k: []\n  Q: [n]", "W_UNUSED", "the parameter 'Q' is never used"),
        ("n: hidden size}", "n: hidden size, j: else}", "W_UNUSED", "the dim 'j' is never used"),
        ("{x: [m]}", "{x: [m], u: [n]}", "W_UNUSED", "the input 'u' is never used"),
        ("  s = W", "  a = tanh(h)\n  d = a * a\n  s = W", "W_DEAD", "'d' is computed and never used"),
        ("+ concat(h[t-1], h[t-1])", "", "W_UNUSED", "the state 'h' is handed on, but no equation reads h[t-1]"),
        ("W @ x +", "W @ slice(s[t-1], 0, m) +", "W_NO_INPUT_PATH", "no input reaches the output 'h'"),
        (
            "k * tanh(",
            "sign(k) * tanh(",
            "W_NO_GRADIENT",
            "no gradient reaches the parameter 'k': every path from it passes sign;",
        ),
        (
            "k * tanh(",
            "stop(k) * tanh(",
            "W_NO_GRADIENT",
            "no gradient reaches the parameter 'k': every path from it passes stop;",
        ),
        ("k: []", "k: []\n  U_: [n]", "W_RENDER", "'U_' and 'U' differ in underscores only"),
    ],
)
def test_what_is_odd(old: str, new: str, code: str, message: str) -> None:
    text = changed(old, new).replace("expects: {params: 2*n*(m + n) + 1}\n", "")
    assert (code, message) in [(found, told[: len(message)]) for found, told in problems(text)]
    assert all(found.startswith("W_") for found, _ in problems(text))
    assert spec.loads(text).name == "made"


def test_a_good_spec_is_not_odd() -> None:
    assert problems(SPEC) == []


def test_dims_inside_slices_count_as_used() -> None:
    text = changed("n: hidden size}", "n: hidden size, j: else}").replace(
        "slice(s, n, 2*n)", "slice(concat(s, x), j, j + n)"
    )
    assert not [message for _, message in problems(text) if "'j'" in message]


def test_a_file_with_a_mistake_on_every_line_is_told_in_part() -> None:
    text = SPEC.replace("  h = k", "".join(f"  a{k} = q{k}\n" for k in range(300)) + "  h = k")
    found = spec.problems_of_text(text)
    assert len(found) == 101
    assert found[-1].code == "E_MORE"


def test_thousands_of_equations_are_refused() -> None:
    text = SPEC.replace("  h = k", "".join(f"  a{k} = s\n" for k in range(3000)) + "  h = k")
    assert ("E_SIZE", "more than 2,000 equations; split the cell") in problems(text)
