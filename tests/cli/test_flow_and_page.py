"""The commands flow and page as processes: formats by suffix, errors, interruption."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

RUN = (sys.executable, "-m", "cellgraph")


def ran(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *arguments], cwd=folder, capture_output=True, text=True, check=False)


SHORT = ("--steps", "4", "--seeds", "1", "-i", "2", "-H", "3")


def test_flow_prints_a_table_and_writes_by_suffix(tmp_path: Path) -> None:
    done = ran("flow", "rnn", "gru", *SHORT, "--lang", "en", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "a step multiplies by" in done.stdout
    assert done.stderr == ""
    for name, start in (("a.json", b"{"), ("a.csv", b"steps"), ("a.svg", b"<svg"), ("a.png", b"\x89PNG")):
        assert ran("flow", "gru", *SHORT, "--lang", "en", "-o", name, folder=tmp_path).returncode == 0
        assert (tmp_path / name).read_bytes().startswith(start)
    document = json.loads((tmp_path / "a.json").read_text())
    assert document["schema_version"] == 1
    assert len(document["courses"][0]["log10_norm"]) == 5


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("flow", "rnn", "-o", "x.gif"), 1, "no format has the suffix '.gif'"),
        (("flow", "rnn", "--init", "xavier"), 2, "'xavier'"),
        (("flow", "rnn", "-H", "100000000"), 2, "GiB"),
        (("flow", "rnn", "--scale", "inf"), 2, "finite"),
        (("page", "rnn", "rnn", "rnn", "rnn", "rnn"), 2, "up to 4 cells"),
        (("page", "nowhere.yaml"), 1, "nowhere.yaml"),
    ],
)
def test_what_is_wrong_is_told_without_a_traceback(
    tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = ran(*arguments, folder=tmp_path)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_flow_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [*RUN, "flow", "lstm", "--steps", "1000000", "-o", "flow.json"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(4)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


def test_openblas_gets_one_thread_unless_the_user_says_otherwise() -> None:
    code = (
        "import os; from cellgraph.cli.blas import configure_openblas; configure_openblas(); "
        "print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    for given, expected in (({}, "1\n"), ({"OPENBLAS_NUM_THREADS": "3"}, "3\n")):
        environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"} | given
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == expected
