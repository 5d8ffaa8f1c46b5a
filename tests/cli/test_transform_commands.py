"""Transforms on the command line: wherever a command takes a cell, and as specs to save."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cellgraph as cg
from cellgraph.cli import commands
from cellgraph.integrations.gallery.contents import contents_of


def run(*arguments: str, code: int = 0, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(commands, list(arguments), input=stdin)
    assert result.exit_code == code, result.output + result.stderr
    return result


def test_with_and_plus_are_the_same() -> None:
    shown = run("show", "lstm", "--with", "peephole", "--with", "coupled").output
    assert shown == run("show", "lstm+peephole+coupled").output
    assert "i = 1 − f" in shown
    assert "o = σ(W_o x + U_o h[t−1] + p_o ⊙ c + b_o)" in shown
    assert "Peepholes lead from c to f, i and o" in shown.partition("note: ")[2]


def test_a_new_cell_is_saved_edited_and_read_again(tmp_path: Path) -> None:
    mine = str(tmp_path / "mine.yaml")
    run("show", "lstm", "--with", "peephole", "--spec", "-o", mine)
    assert run("check", mine).output == f"{mine}: ok\n"
    assert cg.load(mine) == cg.load("lstm+peephole")
    counted = json.loads(run("params", f"{mine}+stack=3", "--json", "-i", "3", "-H", "5").output)
    assert counted["cells"][0]["total"] == 195 + 2 * (4 * 5 * 11 + 15)
    # A spec is never overwritten by what is made of it, whatever follows its name.
    assert "mine.yaml" in run("show", f"{mine}+coupled", "--spec", "-o", mine, code=1).stderr
    assert cg.load(mine).name == "lstm-peephole"


def test_standard_input_takes_transforms_too() -> None:
    text = run("show", "rnn", "--spec").output
    assert text == (Path(cg.__file__).parents[1] / "specs/basic/rnn.yaml").read_text(encoding="utf-8")
    made = cg.loads(run("show", "-", "--with", "diagonal", "--spec", stdin=text).output)
    assert made == cg.load("rnn+diagonal")
    assert cg.loads(run("show", "-", "--spec", stdin=text).output).step == cg.load("rnn").step


def test_a_template_can_be_a_transformed_cell() -> None:
    text = run("new", "my-gru", "--like", "gru+layer-norm", "-o", "-").output
    assert cg.loads(text).step == cg.load("gru+layer-norm").step
    assert text.startswith("name: my-gru\n")


@pytest.mark.parametrize("command", ["show", "structure", "grad", "explain"])
def test_what_does_not_fit_is_told_in_the_language_asked_for(command: str) -> None:
    assert run(command, "gru+coupled", code=1).stderr == (
        "no pair of gates that can be coupled: the weights of old and new add up to 1 already\n"
    )
    assert run(command, "gru+coupled", "--lang", "zh", code=1).stderr == (
        "没有可以耦合的一对门：新旧两者的权重之和已恒为 1\n"
    )


def test_one_spec_at_a_time() -> None:
    assert "give one CELL" in run("show", "lstm", "gru", "--spec", code=2).stderr


def test_a_gallery_has_pages_of_transformed_cells() -> None:
    (entry,) = contents_of(["rnn+diagonal"]).entries
    assert (entry.name, entry.spec) == ("rnn-diagonal", "rnn+diagonal")
    assert entry.summary.title["zh"] == "简单循环神经网络（对角循环）"
