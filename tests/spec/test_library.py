"""Finding specs by name, by path and on standard input; and the list of them, which loads no SymPy."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
import sympy as sp
from laws import over
from zoo import FEW, cell_of

from cellgraph import spec
from cellgraph.errors import SpecError
from cellgraph.ops import core
from cellgraph.spec import library, source

RNN = "name: mine\ndims: {n: size}\ninputs: {x: [n]}\nstates: {h: [n]}\nparams: {}\nequations: |\n  h = h[t-1] + x\n"


def test_names_are_unique_and_those_of_the_files() -> None:
    names = spec.cells()
    assert {"rnn", "lstm", "gru", "gru-reset-after"} <= set(names)
    assert list(names) == sorted(set(names))
    for name in names:
        assert cell_of(name).name == name


@over(spec.cells())
def test_summaries_agree_with_the_cells(name: str) -> None:
    summary = next(summary for summary in spec.summaries() if summary.name == name)
    cell = cell_of(name)
    matrices = [q for q in cell.step.having("param") if q.shape is not None and len(core(q.shape)) > 1]
    assert summary.matrices == len(matrices)
    assert summary.states == tuple(str(symbol) for symbol in cell.carries.values())
    assert (summary.title, summary.year, summary.family) == (cell.title, cell.year, cell.family)
    assert bool(summary.formula) == ("params" in cell.expects)


def test_the_index_says_what_the_specs_say(request: pytest.FixtureRequest) -> None:
    index, wanted = source.folder() / library.INDEX, library.index_text()
    if request.config.getoption("--overwrite"):
        index.write_text(wanted, encoding="utf-8")
    assert index.read_text(encoding="utf-8") == wanted, "make it anew with --overwrite"


def test_titles_are_in_both_languages() -> None:
    for summary in spec.summaries():
        assert set(summary.title) == {"en", "zh"}, summary.name


def test_listing_loads_no_sympy() -> None:
    script = "import sys, cellgraph.spec as s; s.summaries(); print('sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_spec_that_ships_is_read_once_as_long_as_its_cell_is_held_and_its_text_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(RNN, encoding="utf-8")
    monkeypatch.setattr(source, "shipped", lambda: {"mine": path})
    held = spec.load("mine")
    assert spec.load("mine") is held is not spec.load(path)
    path.write_text(RNN.replace("+ x", "- x"), encoding="utf-8")
    assert spec.load("mine") is not held
    gone = weakref.ref(held)
    del held
    gc.collect()
    assert gone() is None


def test_a_file_is_found_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(RNN, encoding="utf-8")
    assert spec.load(path).name == spec.load(str(path)).name == "mine"


def test_a_shipped_name_wins_over_a_file_unless_it_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lstm").write_text(RNN, encoding="utf-8")
    assert spec.load("lstm").name == "lstm"
    assert spec.load("./lstm").name == spec.load(Path("lstm")).name == "mine"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lstmm", r"^lstmm: there is no cell or file 'lstmm'; did you mean 'lstm'\?"),
        ("zzzzzz", r"^zzzzzz: there is no cell or file 'zzzzzz'; 'cellgraph list' lists"),
        ("zzz/zzz.yaml", r"^zzz/zzz.yaml: cannot be read \(No such file or directory\); check the path"),
        ("", r"there is no cell or file ''"),
    ],
)
def test_what_is_not_there_is_told(name: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        spec.load(name)
    assert [problem.code for problem in spec.problems(name)] == ["E_FILE"]


@pytest.mark.parametrize(
    ("redirection", "message"),
    [("<&-", "<stdin>: there is no standard input"), ("0> /dev/null", "<stdin>: cannot be read (Bad file descriptor)")],
)
def test_standard_input_that_cannot_be_read_is_told(redirection: str, message: str) -> None:
    script = "from cellgraph import spec; print(*spec.problems('-'))"
    command = ["bash", "-c", f'exec "$0" -c "$1" {redirection}', sys.executable, script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(message)


def test_two_readings_give_equal_cells() -> None:
    for name in FEW:
        first, second = spec.load(name), cell_of(name)
        assert first.step.equations == second.step.equations
        assert dict(first.step.quantities) == dict(second.step.quantities)
        assert list(first.step.quantities) == list(second.step.quantities)


def test_the_schema_ships_with_the_specs() -> None:
    assert library.schema_text().startswith("{")


def test_roles_and_times() -> None:
    cell = spec.load("lstm")
    roles = {str(q.symbol): (q.role, q.time) for q in cell.step.quantities.values()}
    assert roles["x"] == ("input", 0)
    assert roles["h[t-1]"] == roles["c[t-1]"] == ("state", -1)
    assert roles["h"] == roles["c"] == ("state", 0)
    assert roles["W_f"] == ("param", None)
    assert roles["f"] == ("derived", 0)
    assert "V" not in roles
    assert cell.readout is not None
    assert {str(q.symbol): q.role for q in cell.readout.leaves} == {"h": "state", "V": "param", "b_y": "param"}
    assert cell.output == sp.Symbol("h")
    assert [str(symbol) for symbol in cell.step.outputs] == ["h", "c"]
