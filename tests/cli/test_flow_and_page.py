"""The commands flow and page as processes: formats by suffix, errors, interruption."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cellgraph.cli.blas import unrecognised

RUN = (sys.executable, "-m", "cellgraph")


def ran(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *arguments], cwd=folder, capture_output=True, text=True, check=False)


SHORT = ("--steps", "4", "--seeds", "1", "-i", "2", "-H", "3")


def test_flow_prints_a_table_and_writes_by_suffix(tmp_path: Path) -> None:
    done = ran("flow", "rnn", "gru", *SHORT, "--lang", "en", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "a step multiplies by" in done.stdout
    assert done.stderr == ""
    for name, start in (("a.json", b"{"), ("a.csv", b"steps"), ("a.svg", b"<?xml"), ("a.png", b"\x89PNG")):
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


@pytest.mark.parametrize(
    ("vendor", "family", "flags", "kernels"),
    [
        ("AuthenticAMD", 26, "fma avx512f avx512dq avx512cd avx512bw avx512vl", "SkylakeX"),
        ("AuthenticAMD", 26, "fma avx2", None),
        ("AuthenticAMD", 25, "fma avx512f avx512dq avx512cd avx512bw avx512vl", None),
        ("GenuineIntel", 26, "fma avx512f avx512dq avx512cd avx512bw avx512vl", None),
    ],
)
def test_openblas_is_told_only_of_a_processor_that_it_takes_for_an_older_one(
    vendor: str, family: int, flags: str, kernels: str | None
) -> None:
    core = f"processor\t: 0\nvendor_id\t: {vendor}\ncpu family\t: {family}\nflags\t\t: {flags}\n"
    assert unrecognised(f"{core}\n{core.replace(flags, '')}") == kernels


def test_what_openblas_was_told_by_the_user_stays() -> None:
    code = "import os; os.environ['OPENBLAS_NUM_THREADS'] = '3'; from cellgraph.cli import blas; blas.tell(); "
    shown = "print(os.environ['OPENBLAS_NUM_THREADS'])"
    done = subprocess.run([sys.executable, "-c", code + shown], capture_output=True, text=True, check=True)
    assert done.stdout == "3\n"


def test_unknown_processors_are_left_alone() -> None:
    assert unrecognised("") is None
