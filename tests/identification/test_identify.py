"""What identify says: a cell is found under any names, one edit is told, and what is called equal is so in numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from derive.test_correspondence import assert_corresponding
from identification.disguise import disguised
from zoo import DEEP, EVERY, SPECS, cell_of

import cellgraph as cg
from cellgraph.cli import commands
from cellgraph.derive import report_of
from cellgraph.derive.differences.difference import between, frontiers
from cellgraph.derive.differences.nearest import Identification, nearest
from cellgraph.identification.index import hits
from cellgraph.views import shown

SLOW = ("ltc-6-unfolds", "nas-projection")
"""What is too large, or has too many gates that are alike, to be matched in little time."""
NUMBERED = [name for name in EVERY if name not in SLOW] if DEEP else ["gru", "lstm-peephole", "mgu"]
GRU = SPECS["gru-reset-after"].read_text(encoding="utf-8")
SCALED = """
name: scaled
dims: {k: features, w: width}
inputs: {x: [k]}
states: {s: [w]}
params: {A_r: [w, k], B_r: [w, w], c_r: [w], A_u: [w, k], B_u: [w, w], c_u: [w], A_n: [w, k], B_n: [w, w], c_n: [w]}
equations: |
  r = sigmoid(A_r @ x + B_r @ s[t-1] + c_r)
  u = sigmoid(A_u @ x + B_u @ s[t-1] + c_u)
  n = tanh(r * (A_n @ x + B_n @ s[t-1] + c_n))
  s = (1 - u) * s[t-1] + u * n
"""
"""A GRU whose reset gate scales all of the pre-activation, update gate the other way round, in words of its own."""


@cache
def scaled() -> Identification:
    return cg.identify(cg.loads(SCALED))


ODD = """
name: odd
dims: {m: in, n: out}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [n, m]}
equations: |
  h = cos(h[t-1] ** 3) * log(1 + exp(W @ x)) + floor(h[t-1])
"""
"""Like nothing that is known."""


def first(found: Identification) -> tuple[str, int, bool, bool]:
    known = found.nearest[0]
    return known.cell, len(known.edits), known.proved, known.equal


@pytest.mark.parametrize("name", ["lstm", "mamba", "lstm+peephole+zoneout"])
def test_a_cell_in_disguise_is_found(name: str) -> None:
    known = {"lstm+peephole+zoneout": "lstm-peephole+zoneout"}.get(name, name)
    assert first(cg.identify(disguised(cell_of(name)))) == (known, 0, True, True)


def test_a_cell_by_its_name_is_itself_and_the_next_come_after_it() -> None:
    found = cg.identify(cell_of("lstm"))
    assert [known.equal for known in found.nearest] == [True, False, False, False, False]
    assert "lstm is the known cell of this name." in shown(report_of(found), "text")
    weights = [len(known.edits) for known in found.nearest]
    assert all(a <= b for a, b in pairwise(weights))
    assert repr(found).startswith("<Identification of lstm: lstm, lstm-peephole (1 edit")


def test_one_edit_is_told_in_a_sentence() -> None:
    assert first(scaled()) == ("gru-reset-after", 2, True, False)
    text = shown(report_of(scaled()), "text")
    assert "gru-reset-after, but r scales W_g x + U_g h[t−1] + b_g + c_g instead of U_g h[t−1] + c_g; left out" in text


@pytest.mark.parametrize(
    ("name", "old", "new", "edit"),
    [
        ("lstm", "h = o * tanh(c)", "h = o * c", "tanh(c) loses its activation tanh"),
        ("lstm", "tanh(W_g", "relu(W_g", "the activation tanh becomes relu"),
        ("mgu", "b_g)", "b_g + h[t-1])", "h[t−1] is added to what makes h"),
    ],
)
def test_single_edits_are_found(name: str, old: str, new: str, edit: str) -> None:
    text = SPECS[name].read_text(encoding="utf-8")
    assert text.count(old) == 1
    cell = cg.loads(text[: text.index("implementations:")].replace(old, new).replace(f"name: {name}", "name: mine"))
    found = json.loads(shown(report_of(cg.identify(cell)), "json"))["nearest"]
    assert {"cell": name, "edits": [edit], "proved": True, "equal": False} in found


def test_biases_that_are_only_added_make_no_other_cell() -> None:
    text = GRU[: GRU.index("implementations:")].replace("+ b_r)", "+ b_r + d_r)")
    found = cg.identify(cg.loads(text.replace("  b_r: [n]", "  b_r: [n]\n  d_r: [n]"))).nearest[0]
    assert (found.cell, found.proved, found.equal) == ("gru-reset-after", True, True)
    assert [edit.template for edit in found.edits] == ["new: {params}, only ever added to {others}"]


def test_a_cell_that_has_the_name_of_a_known_one_is_told_apart() -> None:
    found = cg.identify(cg.loads(ODD.replace("name: odd", "name: lstm")))
    assert found.namesake
    assert not scaled().namesake
    assert "The known cell that is called lstm, too, is another one." in shown(report_of(found), "text")
    assert "另一个单元" in shown(report_of(found), "text", "zh")


def test_a_cell_that_is_like_none_says_what_it_has_most_in_common_with() -> None:
    found = cg.identify(cg.loads(ODD))
    assert (found.nearest, len(found.alike)) == ((), 3)
    text = shown(report_of(found), "text")
    assert "No short list of edits was found" in text
    assert "Most like it in operations, parameters and states" in text


def alike() -> Iterator[tuple[str, str]]:
    """Known cells of one form, transforms included."""
    for known in hits().values():
        yield from pairwise(hit.cell for hit in known if hit.rewrites == 0)


@pytest.mark.parametrize(("one", "other"), sorted(alike()))
def test_what_is_called_equal_gives_the_same_numbers(one: str, other: str) -> None:
    cell = disguised(cell_of(one))
    found = between(*frontiers(cell_of(other), cell), farthest=1)
    known = nearest(other, found)
    assert known.proved
    if not found.steps:
        assert_corresponding(cell, cell_of(other))
    assert known.equal is not bool(found.initial or found.idle)


@pytest.mark.parametrize(
    "name", ["gru", "lstm-peephole", "mgu"] if not DEEP else [name for name in EVERY if name not in SLOW]
)
def test_a_cell_in_disguise_gives_the_same_numbers(name: str) -> None:
    assert_corresponding(disguised(cell_of(name), 2), cell_of(name))


def test_the_command_has_the_keys_of_its_interface(tmp_path: Path) -> None:
    (tmp_path / "scaled.yaml").write_text(SCALED)
    done = CliRunner().invoke(commands, ["identify", str(tmp_path / "scaled.yaml"), "--json"])
    assert (done.exit_code, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["cell"] == "scaled"
    assert {"cell", "edits", "proved", "equal"} == set(document["nearest"][0])
    assert all(isinstance(edit, str) for known in document["nearest"] for edit in known["edits"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_golden(lang: str, golden: Callable[[str, str], None]) -> None:
    report = report_of(scaled())
    golden(f"identification/scaled.{lang}.md", shown(report, "markdown", lang))
