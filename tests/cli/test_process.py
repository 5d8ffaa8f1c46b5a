"""The command line as a real process: streams, signals, locales, and files that cannot be written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CELLGRAPH = [sys.executable, "-m", "cellgraph"]


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CELLGRAPH, *arguments], capture_output=True, text=True, **options)  # type: ignore[call-overload,no-any-return]


def test_output_is_the_same_whatever_the_hash_seed() -> None:
    commands = (
        ["grad", "lstm", "--json"], ["params", "gru", "--as", "all"], ["draw", "gru"],
        ["explain", "fast-slow-lstm", "--json"],
    )  # fmt: skip
    script = f"from cellgraph.cli import commands\nfor words in {commands}: commands(words, standalone_mode=False)"
    first, second = (
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    )
    assert first == second
    assert b'"schema_version"' in first
    assert b"<svg" in first


@pytest.mark.parametrize(("unbuffered", "asked"), [("", ["list"]), ("1", ["params", "lstm"])])
def test_a_full_disk_is_told_in_one_line(unbuffered: str, asked: list[str]) -> None:
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        done = subprocess.run([*CELLGRAPH, *asked], stdout=full, stderr=subprocess.PIPE, text=True, env=env)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "No space left" in done.stderr


def test_a_locale_that_cannot_write_mathematics() -> None:
    done = run(
        "grad", "rnn", "--lang", "zh", env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    )
    assert done.returncode == 0
    assert "梯度" in done.stdout


def test_a_reader_that_leaves_early_is_no_error() -> None:
    done = subprocess.run(
        f"{' '.join(CELLGRAPH)} grad lstm --unroll 20 | head -1", shell=True, capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize("asked", ["list <&-", "params rnn >&-", "list 2>&-"])
def test_closed_streams(asked: str) -> None:
    done = subprocess.run(f"{' '.join(CELLGRAPH)} {asked}", shell=True, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)


def test_interrupted_runs_end_with_130_and_leave_nothing(tmp_path: Path) -> None:
    target = tmp_path / "grad.json"
    process = subprocess.Popen(
        [*CELLGRAPH, "grad", "lstm", "--unroll", "900", "-o", str(target)], stderr=subprocess.PIPE, text=True
    )
    time.sleep(1.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    assert process.returncode == 130 or target.exists()
    assert [p.name for p in tmp_path.iterdir()] in ([], ["grad.json"])


@pytest.mark.parametrize("module", ["click", "cellgraph.cli.output", "sympy", "cellgraph.views.text"])
def test_an_interruption_while_modules_are_imported_is_quiet(module: str) -> None:
    """As if Ctrl-C came while this module is read, however early that is."""
    script = (
        "import runpy, sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "sys.argv = ['cellgraph', 'params', 'rnn']\n"
        "runpy.run_module('cellgraph', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_killed_runs_leave_an_old_file_whole(tmp_path: Path) -> None:
    target = tmp_path / "gru.svg"
    target.write_text("old")
    for moment in (0.05, 0.3, 0.6):
        process = subprocess.Popen([*CELLGRAPH, "draw", "gru", "-o", str(target)])
        time.sleep(moment)
        process.kill()
        process.wait()
        text = target.read_text()
        assert text == "old" or text.rstrip().endswith("</svg>")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    done = run("params", "rnn", "-o", str(tmp_path / "rnn.md"))
    assert done.returncode == 1
    assert "cannot write into" in done.stderr


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    done = run("params", "rnn", "-o", str(tmp_path / "none" / "rnn.md"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot write into" in done.stderr
