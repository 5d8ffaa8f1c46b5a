"""Differences against what is known of the classic cells, and proved once more by running both cells on numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from derive.variants import CELLS, affine, variant

import cellgraph as cg
from cellgraph.deadline import within
from cellgraph.derive.differences import difference as derived
from cellgraph.derive.differences.difference import Difference
from cellgraph.derive.differences.difference_report import difference_report
from cellgraph.derive.differences.normal_form import normal_form, renaming
from cellgraph.derive.differences.search import FARTHEST, Frontier
from cellgraph.derive.gradients.evaluate import step
from cellgraph.graph import Cell
from cellgraph.views import shown


@cache
def difference(a: str, b: str) -> Difference:
    """The difference of two cells of the table; each is derived once."""
    return derived.difference(CELLS[a], CELLS[b])


# from, to: kinds of edits, matrices that each brings or takes
EXPECTED = {
    ("lstm", "gru"): (("tie", "merge", "open"), (-2, -2, 2)),
    ("gru", "lstm"): (("open", "merge", "tie"), (-2, 2, 2)),
    ("rnn", "lstm"): (("shut", "open", "merge"), (2, 2, 2)),
    ("gru", "mgu"): (("tie",), (-2,)),
    ("gru", "gru-after"): (("move", "drop"), (0, 0)),
    ("gru-after", "gru"): (("drop", "move"), (0, 0)),
    ("lstm", "cifg"): (("tie",), (-2,)),
    ("lstm", "lstm-1997"): (("open",), (-2,)),
    ("rnn", "linear"): (("activation",), (0,)),
    ("rnn", "leaky"): (("open",), (0,)),
    ("gru", "janet"): (("open",), (-2,)),
    ("rnn", "rnn"): ((), ()),
    ("janet", "same-state-twice"): ((), ()),
}


@pytest.mark.parametrize(("a", "b"), EXPECTED)
def test_the_edits_between_known_cells(a: str, b: str) -> None:
    found = difference(a, b)
    assert found.steps is not None
    assert found.proved
    assert (tuple(s.kind for s in found.steps), tuple(s.matrices for s in found.steps)) == EXPECTED[a, b]


def test_a_difference_that_is_not_proved_says_so() -> None:
    """Neither the sentence nor the documents claim what was not found."""
    found = difference("gru", "gru-after")
    claim = "Each edit was carried out in the equations"
    for proved in (True, False):
        report = difference_report(replace(found, proved=proved), ())
        assert (claim in shown(report, "text", "en")) is proved
        assert {edit["proved"] for edit in report.data["edits"]} == {proved}


def test_lstm_to_gru_goes_by_way_of_cifg_and_janet() -> None:
    report = difference_report(difference("lstm", "gru"), CELLS.values())
    assert [edit["gives"] for edit in report.data["edits"]] == ["cifg", "janet", "gru"]
    assert [edit["formula"] for edit in report.data["edits"]] == ["-n*(m + n + 1)", "-n*(m + n + 1)", "n*(m + n + 1)"]
    assert "exactly 25 % fewer parameters" in shown(report, "text", "en")


def test_z_and_one_minus_z_are_one_cell() -> None:
    other = variant("other", affine("z") + affine("g", "tanh") + "h = (1 - z) * h[t-1] + z * g")
    found = derived.difference(CELLS["janet"], other)
    assert found.equivalent
    assert [str(gate) for gate in found.flipped] == ["f"]
    text = shown(difference_report(found), "text", "en")
    assert "janet and other are equivalent" in text
    assert "f in the one is 1 − z in the other" in text
    # 1 − σ(a) = σ(−a): the same numbers, once the gate's parameters change their sign.
    draw = np.random.default_rng(3)
    values = {s.symbol.name: draw.normal(size=[{"m": 2, "n": 3}[str(d)] for d in s.shape]) for s in other.step.leaves}
    mine = {str(a): -values[str(b)] if str(b).endswith("_z") else values[str(b)] for a, b in found.names.items()
            if str(b) in values}  # fmt: skip
    np.testing.assert_allclose(step(CELLS["janet"], mine)["h"], step(other, values)["h"], rtol=1e-12)


def test_a_gate_whose_parameters_stand_elsewhere_too_cannot_be_turned_around() -> None:
    shared = "z = sigmoid(W @ x)\ng = tanh(W @ x + U @ h[t-1])\n"
    one = variant("one", shared + "h = z * h[t-1] + (1 - z) * g")
    two = variant("two", shared + "h = (1 - z) * h[t-1] + z * g")
    found = derived.difference(one, two)
    assert not found.equivalent


@pytest.mark.parametrize(("a", "b"), [("janet", "sru"), ("indrnn", "minlstm")])
def test_unrelated_cells_get_an_honest_answer(a: str, b: str) -> None:
    report = difference_report(difference(a, b))
    assert report.data["matched"] is False
    assert report.data["edits"] == []
    assert "No short list of edits" in shown(report, "text", "en")
    assert "没有找到" in shown(report, "text", "zh")


def test_a_search_that_ends_early_says_that_nothing_is_proved() -> None:
    words = "only some were tried"
    for most, complete in ((1_000, False), (3_000_000, True)):
        found = derived.between(Frontier(CELLS["janet"], most=most), Frontier(CELLS["sru"], most=most))
        assert (found.steps, found.tried == FARTHEST) == (None, complete)
        report = difference_report(found)
        assert (words in shown(report, "text")) is not complete
        assert ("这并不证明不存在" in shown(report, "text", "zh")) is not complete
        assert report.data["complete"] is complete


def test_a_search_ends_in_time_with_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cellgraph.deadline.HURRY", 1.0)  # all of the time is kept for what follows
    with within(60):
        found = derived.difference(CELLS["lstm"], CELLS["minlstm"])
    assert found.steps is None
    assert found.tried < FARTHEST


def test_a_gate_that_scales_more_of_a_sum_is_one_edit() -> None:
    z, g = affine("z"), "h = z * h[t-1] + (1 - z) * g"
    part = variant("part", f"{z}{affine('r')}g = tanh(W_g @ x + r * (U_g @ h[t-1] + b_g))\n{g}")
    whole = variant("whole", f"{z}{affine('r')}g = tanh(r * (W_g @ x + U_g @ h[t-1] + b_g))\n{g}")
    for a, b, words in (
        (part, whole, "r scales W_g x + U_g h[t−1] + b_g instead of U_g h[t−1] + b_g"),
        (whole, part, "r scales U_g h[t−1] + b_g instead of W_g x + U_g h[t−1] + b_g"),
    ):
        found = derived.difference(a, b)
        assert [(step.kind, step.matrices, step.count) for step in found.steps or ()] == [("widen", 0, 0)]
        assert words in shown(difference_report(found), "text")


def test_biases_that_are_only_added_are_told_so() -> None:
    one = variant("one", "h = tanh(W @ x + U @ h[t-1] + b)")
    two = variant("two", "h = tanh(W @ x + b_x + U @ h[t-1] + b_h)")
    found = derived.difference(one, two)
    assert [(step.kind, str(step.count)) for step in found.steps or ()] == [("unify", "n")]
    assert "new: b_h, only ever added to b_x" in shown(difference_report(found), "text")


def test_the_same_net_under_other_names_and_orders() -> None:
    gru, other = CELLS["gru"], _shuffled()
    names = renaming(normal_form(gru), normal_form(other))
    assert names is not None
    assert {str(names[s]) for s in names if str(s) in "zrg"} == {"q", "p", "k"}


def _shuffled() -> Cell:
    return variant(
        "shuffled",
        "h = k * (1 - q) + h[t-1] * q\nk = tanh(b_k + U_k @ (h[t-1] * p) + W_k @ x)\n"
        "p = sigmoid(b_p + W_p @ x + U_p @ h[t-1])\nq = sigmoid(U_q @ h[t-1] + W_q @ x + b_q)",
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("a", "b"), [("gru", "janet"), ("gru", "gru-after"), ("rnn", "indrnn")])
def test_the_report_in_every_format(a: str, b: str, lang: str) -> None:
    report = difference_report(difference(a, b), CELLS.values())
    for form in ("text", "markdown", "latex", "csv"):
        assert shown(report, form, lang)  # type: ignore[arg-type]
    document = json.loads(shown(report, "json", lang))  # type: ignore[arg-type]
    assert all(edit["proved"] and edit["text"] for edit in document["edits"])


HEAD = """
name: own
dims: {{m: input size, n: hidden size}}
inputs: {{x: [m]}}
states: {{h: [n], {state}}}
params: {{W_z: [n, m], U_z: [n, n], b_z: [n], W_g: [n, m], U_g: [n, n], b_g: [n]{more}}}
equations: |
  z = sigmoid(W_z @ x + U_z @ h[t-1] + b_z)
  g = tanh(W_g @ x + U_g @ {read} + b_g)
  h = z * h[t-1] + (1 - z) * g
  {update}
"""
PLAIN = HEAD.replace(", {state}", "").format(state="", more="", read="h[t-1]", update="")
OWN = {
    "holds": ("p: [n]", "", "p[t-1]", "p = h[t-1]", ("delay", 0), "a new state p holds h[t−1] for a step and is read"),
    "reads": ("q: [m]", ", V: [n, m]", "h[t-1] + V @ q[t-1]", "q = x", ("drop", 1), "at 0: V; new: the state q"),
}
"""A state, a parameter, what the candidate reads, the state's update; the kind of the edit, its matrices, its words."""


@pytest.mark.parametrize("name", OWN)
def test_a_state_that_comes_or_goes_is_told(name: str) -> None:
    state, more, read, update, (kind, matrices), words = OWN[name]
    plain, own = cg.loads(PLAIN), cg.loads(HEAD.format(state=state, more=more, read=read, update=update))
    for a, b, sign in ((plain, own, 1), (own, plain, -1)):
        found = derived.difference(a, b)
        assert [(s.kind, s.matrices) for s in found.steps or ()] == [(kind, sign * matrices)]
        assert found.proved
        [edit] = json.loads(shown(difference_report(found), "json"))["edits"]
        assert edit["states"] == {"gone": [state[0]][sign == 1 :], "new": [state[0]][sign == -1 :]}
        if sign == 1:
            assert words in edit["text"]
        else:
            assert "goes" in edit["text"] or "gone: the state q" in edit["text"]


def test_a_state_that_no_output_depends_on_makes_another_cell() -> None:
    plain = cg.loads(PLAIN)
    own = cg.loads(HEAD.format(state="s: [n]", more="", read="h[t-1]", update="s = s[t-1] + h"))
    found = derived.difference(plain, own)
    assert (found.steps, found.equivalent) == ((), False)
    report = difference_report(found)
    assert shown(report, "text").endswith("own also has the state s, on which its output never depends\n")
    assert json.loads(shown(report, "json"))["idle"] == [{"cell": "own", "state": "s"}]
    assert derived.difference(plain, plain).equivalent


def test_every_state_of_either_cell_has_a_partner_or_is_told() -> None:
    for a, b in EXPECTED:
        found = difference(a, b)
        told = {s for step in found.steps or () for s in (*step.gone, *step.new)}
        told |= {before for cell, after in found.idle for before, s in cell.carries.items() if s == after}
        same = {s for cell in (found.a, found.b) for s in cell.carries if s not in dict(normal_form(cell).states)}
        assert set(found.a.carries) - {*found.names, *told, *same} == set()
        assert set(found.b.carries) - {*found.names.values(), *told, *same} == set()
