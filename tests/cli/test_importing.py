"""The command that imports a user's code: what it says of wrong usage, and of code that ends, hangs, crashes or talks.

Nothing here needs a library; what real ones make of code is in tests/libraries.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from cellgraph.cli import commands
from cellgraph.errors import CellgraphError
from cellgraph.frameworks.importing.libraries import library_of
from cellgraph.frameworks.importing.targets import target_of

COMMAND = [sys.executable, "-m", "cellgraph", "import"]


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, cwd=folder, timeout=60)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--make", "hidden_size"], "'hidden_size' is no NAME=VALUE; write for example hidden_size=n"),
        (["--input", "x=m+"], "'x=m+'"),
        (["--state", "h=[n,"], "'h=[n,'"),
        (["--param", "=n"], "'=n' is no NAME=SHAPE; write for example W=n,m"),
        (["--limit-seconds", "-1"], "-1"),
    ],
)
def test_wrong_usage(words: list[str], said: str) -> None:
    done = CliRunner().invoke(commands, ["import", "cells.py:Cell", *words])
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_spec_is_not_overwritten_and_nothing_is_run_for_it(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text("name: old\nequations: |\n  h = x\n")
    done = CliRunner().invoke(commands, ["import", "none.py:Cell", "--spec", str(tmp_path / "old.yaml")])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "this is a spec; choose another name" in done.stderr


def test_options_about_code_go_with_code() -> None:
    done = CliRunner().invoke(commands, ["verify", "lstm", "--make", "hidden_size=n"])
    assert done.exit_code == 2
    assert "options about code go with --against FILE.py:NAME" in done.stderr
    done = CliRunner().invoke(commands, ["verify", "lstm", "gru", "--against", "cells.py:Cell"])
    assert done.exit_code == 2
    assert "holds one CELL" in done.stderr


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that files are run from in this process, whose modules are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "modules", {**sys.modules})
    return tmp_path


FILE = """
from beside import SIZE
from pathlib import Path

class Cell:
    size = SIZE, Path("data.txt").read_text()

    def step(self, x, h):
        return h

def advance(x, h):
    return h

def helper(text):
    return text

class Outer:
    class Inner: ...

if __name__ == "__main__":
    raise SystemExit("this is a script")
"""


def test_a_file_is_run_in_its_own_folder(here: Path) -> None:
    folder = here / "deep"
    folder.mkdir()
    (folder / "own_cells.py").write_text(FILE)
    (folder / "beside.py").write_text("SIZE = 7")
    (folder / "data.txt").write_text("told")
    cell, method = target_of("deep/own_cells.py:Cell")
    assert (cell.size, method) == ((7, "told"), "")
    again, method = target_of(str(folder / "own_cells.py:Cell.step"))
    assert (again.__name__, method) == ("Cell", "step")
    assert target_of(str(folder / "own_cells.py:Outer.Inner"))[0].__name__ == "Inner"
    assert target_of(str(folder / "own_cells.py"))[0].__name__ == "advance"


def test_a_file_of_a_package_finds_what_it_imports_by_dots(here: Path) -> None:
    (here / "pack" / "sub").mkdir(parents=True)
    (here / "pack" / "common.py").write_text("SIZE = 3")
    (here / "pack" / "sub" / "one.py").write_text("from ..common import SIZE\ndef step(x, h): return SIZE")
    assert target_of("pack/sub/one.py:step")[0](0, 0) == 3


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("none.py:Cell", "none.py: there is no such file"),
        ("no_such_package.cells:Cell", "it imports no_such_package, which is not installed: pip install no_such_pack"),
        ("wrong.py:Cell", r"wrong.py:1:10: this is no Python"),
        ("needs.py:Cell", r"needs.py:1: it imports no_such_library, which is not installed: pip install"),
        ("fails.py:Cell", r"fails.py:2: ZeroDivisionError while the file is run: division by zero"),
        ("two.py:advence", r"two.py: there is no 'advence'; did you mean 'advance'\?"),
        ("two.py", r"two.py: which of advance, step\? Say two.py:advance"),
        ("none_of_them.py", "no class here is one of a known library, and no function takes a state"),
    ],
)  # fmt: skip
def test_what_is_told_of_targets(target: str, said: str, here: Path) -> None:
    (here / "wrong.py").write_text("def step(:\n")
    (here / "needs.py").write_text("import no_such_library\n")
    (here / "fails.py").write_text("# a comment\n1 / 0\n")
    (here / "two.py").write_text("def advance(x, h): return h\ndef step(x, state): return state\n")
    (here / "none_of_them.py").write_text("def helper(text): return text\n")
    with pytest.raises(CellgraphError, match=said):
        target_of(target)


def test_code_of_no_library_is_told() -> None:
    def step(x: object, h: object) -> object:
        return h

    with pytest.raises(CellgraphError, match="uses no library that is known here; say --library with one of"):
        library_of(step)
    with pytest.raises(CellgraphError, match="no library 'torhc' is known; did you mean 'torch'"):
        library_of(step, "torhc")


def test_code_that_ends_python_is_told(tmp_path: Path) -> None:
    (tmp_path / "ends.py").write_text("print('noise')\nimport sys\nsys.exit(3)\n")
    done = run("ends.py:Cell", "--json", "--spec", "cell.yaml", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr == "ends.py:3: the code ends Python here; put what a script does under if __name__ == '__main__'\n"
    )
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix) == ["ends.py"]


def test_code_that_crashes_python_is_told(tmp_path: Path) -> None:
    (tmp_path / "crash.py").write_text("import ctypes\nprint('the last words')\nctypes.string_at(0)\n")
    done = run("crash.py:Cell", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "crash.py:3: the code crashed Python (SIGSEGV)" in done.stderr


def test_code_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    (tmp_path / "hang.py").write_text(
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(50)'])\n"
        "while True: print('x' * 10_000)\n"
    )
    done = run("hang.py:Cell", "--time-limit", "3", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "hang.py:3: it takes more than 3 s" in done.stderr
    assert done.stderr.count("\n") == 1


def test_ctrl_c_ends_both(tmp_path: Path) -> None:
    import signal

    (tmp_path / "wait.py").write_text(
        "import os, time\nopen('started', 'w').write(str(os.getpid()))\nos.rename('started', 'pid')\ntime.sleep(60)\n"
    )
    process = subprocess.Popen([*COMMAND, "wait.py:Cell"], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "pid").exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "")
    assert not Path("/proc", (tmp_path / "pid").read_text()).exists()
