"""The commands flow and page: formats by suffix, errors, interruption of a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cellgraph.cli import commands


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """ran("flow", "rnn"): what the command says and returns, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(commands, arguments)


SHORT = ("--steps", "4", "--seeds", "1", "-i", "2", "-H", "3")


def test_flow_prints_a_table_and_writes_by_suffix(ran: Callable[..., Result]) -> None:
    done = ran("flow", "rnn", "gru", *SHORT, "--lang", "en")
    assert done.exit_code == 0, done.stderr
    assert "a step multiplies by" in done.stdout
    assert done.stderr == ""
    for name, start in (("a.json", b"{"), ("a.csv", b"steps"), ("a.svg", b"<svg"), ("a.png", b"\x89PNG")):
        assert ran("flow", "gru", *SHORT, "--lang", "en", "-o", name).exit_code == 0
        assert Path(name).read_bytes().startswith(start)
    document = json.loads(Path("a.json").read_text(encoding="utf-8"))
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
        (("page", "lstm", "-s", "q=3"), 2, "no cell here has a size 'q'"),
        (("page", "lstm", "-H", "100000000"), 2, "GiB"),
    ],
)
def test_what_is_wrong_is_told_without_a_traceback(
    ran: Callable[..., Result], arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = ran(*arguments)
    assert done.exit_code == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(Path().iterdir()) == []


def test_an_interrupted_flow_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cellgraph", "flow", "lstm", "--steps", "1000000", "-o", "flow.json"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(2.5)
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
