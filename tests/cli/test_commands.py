"""The command line through click's runner: what it prints, what it writes, and what it says of mistakes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cellgraph as cg
from cellgraph.cli import COMMANDS, commands

OWN = """\
name: own
dims: {m: input size, n: hidden size}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [n, m], u: [n], b: [n]}
equations: |
  h = tanh(W @ x + u * h[t-1] + b)
"""


def run(*arguments: str, code: int = 0, stdin: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(commands, list(arguments), input=stdin)
    assert result.exit_code == code, result.output + result.stderr
    assert "Traceback" not in result.output + result.stderr
    return result


def data(*arguments: str) -> dict:  # type: ignore[type-arg]
    return json.loads(run(*arguments, "--json").output)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_examples(name: str) -> None:
    help_ = run(name, "--help").output
    assert f"cellgraph {name}" in help_
    assert help_.splitlines()[0].startswith("Usage: ")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_told_to_say_more_or_less(name: str) -> None:
    help_ = run(name, "--help").output
    assert "-q, --quiet" in help_
    assert "-v, --verbose" in help_


def test_more_is_said_on_standard_error_only(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN)
    own, table = str(tmp_path / "own.yaml"), str(tmp_path / "own.csv")
    said = run("params", own, "rnn", "-v", "-o", table)
    assert said.stdout == ""
    assert said.stderr.splitlines() == [
        f"own: read from {own}",
        "rnn: read from the specs of cellgraph",
        f"{table}: {os.path.getsize(table)} bytes written",
    ]
    assert run("params", "-", "-v", stdin=OWN).stderr == "own: read from standard input\n"
    assert run("params", own, "-q").stderr == run("params", own).stderr == ""


def test_the_counts_everyone_looks_up() -> None:
    lstm, gru = data("params", "lstm", "gru", "-i", "128", "-H", "256")["cells"]
    assert (lstm["matrices"], lstm["vectors"], lstm["total"], lstm["formula"]) == (8, 4, 394_240, "4*n*(m + n + 1)")
    assert (gru["matrices"], gru["vectors"], gru["total"], gru["formula"]) == (6, 3, 295_680, "3*n*(m + n + 1)")
    assert lstm["sizes"] == {"m": 128, "n": 256}
    assert lstm["implementation"] is None
    assert {p["name"]: p["count"] for p in lstm["parameters"]}["U_f"] == 65_536
    assert lstm["readout"]["matrices"] == 1


def test_every_library_has_its_own_count_of_one_layer() -> None:
    found = data("params", "lstm", "gru", "gru-reset-after", "--as", "all", "-s", "m=128", "-s", "n=256")["cells"]
    totals = {(c["cell"], c["implementation"]): c["total"] for c in found}
    assert totals["lstm", None] == totals["lstm", "keras.layers.LSTM"] == 394_240
    assert totals["lstm", "torch.nn.LSTM"] == totals["lstm", "onnx.LSTM"] == 395_264
    assert totals["gru", None] == 295_680
    assert totals["gru-reset-after", None] == totals["gru-reset-after", "flax.linen.GRUCell"] == 295_936
    assert totals["gru-reset-after", "torch.nn.GRU"] == totals["gru-reset-after", "keras.layers.GRU"] == 296_448


def test_one_on_one() -> None:
    names = ("rnn", "lstm", "gru", "gru-reset-after")
    found = data("params", *names, "--as", "all", "-s", "m=1", "-s", "n=1")["cells"]
    totals = {name: {c["total"] for c in found if c["cell"] == name} for name in names}
    assert totals["rnn"] == {3, 4}
    assert totals["lstm"] == {12, 16}
    assert totals["gru"] | totals["gru-reset-after"] == {9, 10, 12}


def test_stacks_and_both_directions() -> None:
    found = data("params", "gru-reset-after", "--as", "torch", "--layers", "2", "--bidirectional", "-i", "3", "-H", "5")
    assert found["cells"][0]["total"] == 810


def test_unknown_numbers_are_null_and_never_zero() -> None:
    cell = data("params", "lstm", "-s", "n=4")["cells"][0]
    assert cell["total"] is None
    assert cell["parameters"][1]["count"] == 16


def test_sizes_of_any_length_are_exact() -> None:
    cell = data("params", "rnn", "-s", f"n={10**30}", "-s", "m=1")["cells"][0]
    assert cell["total"] == 10**30 * (10**30 + 2)


def test_the_gradient_as_json() -> None:
    found = data("grad", "lstm")
    assert found["cell"] == "lstm"
    assert len(found["equations"]) == 25
    by_name = {e["of"]: e for e in found["equations"]}
    assert by_name["c[t-1]"]["text"] == "∂L/∂c[t−1] = δ_c ⊙ f"
    assert by_name["U_f"]["shape"] == ["n", "n"]
    assert by_name["s"]["latex"] == r"\delta_{s_{t}} = \delta_{h_{t}} \odot o_{t}"


def test_bptt_and_single_gradients() -> None:
    assert "δ_h[2]" in run("grad", "rnn", "--unroll", "3").output
    only = data("grad", "gru", "--wrt", "U_z")["equations"]
    assert [e["of"] for e in only] == ["z", "a_z", "U_z"]
    whole = data("grad", "rnn", "--expand")["equations"]
    assert {e["of"]: e["text"] for e in whole}["b"] == "∂L/∂b = δ_h ⊙ (1 − h²)"


@pytest.mark.parametrize("view", ["text", "markdown", "latex", "csv", "json"])
@pytest.mark.parametrize("command", ["show", "params", "grad", "compare"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_analysis_in_every_format_and_language(command: str, view: str, lang: str) -> None:
    output = run(command, "gru", "--format", view, "--lang", lang).output
    assert output.endswith("\n")
    if view == "json":
        assert json.loads(output)["schema_version"] == 1


def test_the_format_comes_from_the_suffix(tmp_path: Path) -> None:
    target = tmp_path / "gru.tex"
    run("params", "gru", "-o", str(target))
    assert target.read_text().startswith("\\begin{table}")
    assert run("params", "gru", "-o", str(tmp_path / "gru.docx"), code=1).stderr.count("\n") == 1
    assert os.listdir(tmp_path) == ["gru.tex"]


def test_a_cell_of_ones_own_from_a_file_and_from_standard_input(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OWN)
    from_file = run("params", str(path)).output
    assert "n*(m + 2)" in from_file
    assert run("params", "-", stdin=OWN).output == from_file


def test_a_spec_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(OWN)
    assert "this is the spec itself" in run("params", str(path), "-o", str(path), code=1).stderr
    assert path.read_text() == OWN


@pytest.mark.parametrize(
    "command", [["list", "--json"], ["schema"], ["params", "rnn", "--json"], ["show", "gru", "--spec"], ["page", "rnn"]]
)
def test_no_command_overwrites_a_spec_that_it_has_not_read(command: list[str], tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OWN)
    said = run(*command, "-o", str(path), code=1).stderr
    assert said == f"{path}: this is a spec; choose another name for the output, or remove it first\n"
    assert path.read_text() == OWN


def test_other_files_are_overwritten_whatever_their_suffix(tmp_path: Path) -> None:
    path = tmp_path / "schema.yml"
    path.write_text("# solving equations: how\n")
    run("schema", "-o", str(path))
    assert json.loads(path.read_text())["title"] == "A recurrent cell for cellgraph"


def test_a_link_is_replaced_and_its_target_left_alone(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "out.md"
    victim.write_text("precious")
    link.symlink_to(victim)
    run("params", "rnn", "-o", str(link))
    assert victim.read_text() == "precious"
    assert not link.is_symlink()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["params", "lsmt"], 1, "did you mean 'lstm'?"),
        (["parms", "lstm"], 2, "did you mean 'params'?"),
        (["params", "lstm", "-s", "q=3"], 2, "no cell here has a size 'q'; sizes are k, m, n"),
        (["params", "lstm", "-s", "n=0"], 2, "'n=0' is no size"),
        (["params", "lstm", "-s", "n=1.5"], 2, "'n=1.5' is no size"),
        (["params", "lstm", "--as", "tensorflow"], 2, "lstm names no implementation 'tensorflow'; there are: torch.nn"),
        (["grad", "lstm", "--of", "zz"], 2, "of: no quantity 'zz'; this graph has x, h[t-1]"),
        (["grad", "lstm", "--unroll", "0"], 2, "0 is not in the range"),
        (["list", "--family", "gatde"], 1, "no family 'gatde'"),
        (["new", "a/b", "-o", "-"], 1, "the name 'a/b' is a path"),
        (["draw", "lstm", "-o", "lstm.bmp"], 1, "no format has the suffix '.bmp'"),
        (["params", "lstm", "-H", "4", "-i", "2", "--max-params", "100"], 1, "lstm has 112 parameters, more than 100"),
        (["params", "lstm", "--max-params", "100"], 2, "--max-params needs every size of lstm"),
    ],
)
def test_mistakes_get_one_message_with_the_remedy(arguments: list[str], code: int, said: str) -> None:
    assert said in run(*arguments, code=code).stderr


def test_check_tells_every_problem_of_every_file(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(OWN)
    bad.write_text(OWN.replace("tanh(W", "tnah(W").replace("+ b)", "+ b)\n  q = Q @ x"))
    result = run("check", str(good), str(bad), "--json", code=1)
    files = json.loads(result.output)["files"]
    assert [f["ok"] for f in files] == [True, False]
    assert {p["code"] for p in files[1]["problems"]} >= {"E_UNKNOWN_FUNC", "E_UNDEFINED"}
    assert {p["line"] for p in files[1]["problems"] if p["severity"] == "error"} == {7, 8}
    assert "bad.yaml:7:7" in run("check", str(bad), code=1).stderr


def test_new_specs_are_correct_and_never_overwrite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("new", "my-cell")
    run("new", "my-gru", "--like", "gru")
    run("check", "my-cell.yaml", "my-gru.yaml")
    assert cg.load("my-gru.yaml").step == cg.load("gru").step
    assert cg.load("my-gru.yaml").implementations == ()
    assert "this file exists" in run("new", "my-cell", code=1).stderr


def test_pictures_by_suffix(tmp_path: Path) -> None:
    for name, start in (("a.svg", b"<svg"), ("a.png", b"\x89PNG"), ("a.dot", b"digraph")):
        target = tmp_path / name
        run("draw", "gru", "-o", str(target))
        assert start in target.read_bytes()[:200]


def test_the_language_comes_from_the_environment() -> None:
    for variable in ("CELLGRAPH_LANG", "LC_ALL"):
        result = CliRunner().invoke(commands, ["params", "rnn"], env={variable: "zh_CN.UTF-8"})
        assert "参数" in result.output
