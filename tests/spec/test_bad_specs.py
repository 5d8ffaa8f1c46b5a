"""Every file of tests/bad gets the verdict, the places and the exact messages that verdicts.json holds for it."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from laws import over

from cellgraph import spec
from cellgraph.errors import Problem, SpecError
from cellgraph.ops import FUNCTIONS
from cellgraph.spec.source import received

BAD = Path(__file__).parent.parent / "bad"
CASES: list[dict[str, Any]] = json.loads((BAD / "verdicts.json").read_text(encoding="utf-8"))
EVERY = over(CASES)

OPERATIONS = ", ".join(FUNCTIONS)
"""What a message lists where no operation is spelled alike; verdicts.json says {operations}, so that it can grow."""

CHILD = """
import json, os, sys
from cellgraph import spec

found = {path: [problem.code for problem in spec.problems(path)] for path in sys.argv[1:]}
seen = []  # in a second round: what SymPy imports for the first cells is not the doing of a spec
WATCHED = ("exec", "os.", "subprocess.", "socket.", "import", "ctypes.", "shutil.", "winreg.")
def watch(event, arguments):
    if event.startswith(WATCHED) and not event.startswith(("os.listdir", "os.scandir")):
        seen.append([event, str(arguments)[:200]])
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        seen.append([event, str(arguments)[:200]])
sys.addaudithook(watch)
again = {path: [problem.code for problem in spec.problems(path)] for path in sys.argv[1:]}
assert found == again
print(json.dumps([found, seen]))
"""
"""Reads the files of its arguments under an audit hook: nothing may be run, imported, written or connected to."""


def told(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    return [
        {
            "line": problem.source.line,
            "column": problem.source.column,
            "severity": problem.severity,
            "code": problem.code,
            "message": problem.message.replace(OPERATIONS, "{operations}"),
        }
        for problem in problems
    ]


def fault(path: Path) -> str:
    """What a file says of itself in its first comment."""
    found = re.search(rb"# FAULT: ([^\r\n]*)", path.read_bytes())
    return found[1].decode() if found else ""


def test_every_file_has_a_verdict(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--overwrite"):
        held = {case["file"]: case for case in CASES}
        cases = []
        for path in sorted(BAD.glob("*.yaml")):
            found = told(spec.problems(path))
            codes = [problem["code"] for problem in found] or ["OK"]
            verdict = "reject" if "E" in [code[0] for code in codes] else "warn" if found else "accept"
            new = {"file": path.name, "fault": fault(path), "verdict": verdict, "code": codes[0]}
            cases.append({**new, **held.get(path.name, {}), "problems": found})
        text = json.dumps(cases, ensure_ascii=False, indent=1) + "\n"
        (BAD / "verdicts.json").write_text(text, encoding="utf-8")
    assert [case["file"] for case in CASES] == sorted(path.name for path in BAD.glob("*.yaml"))


@EVERY
def test_problems_are_told_with_their_places_and_say_what_to_do(case: dict[str, Any]) -> None:
    found = spec.problems(BAD / case["file"])
    assert told(found) == case["problems"]
    for problem in found:
        assert all(line.isprintable() for line in str(problem).split("\n"))
        assert len(problem.message.replace(OPERATIONS, "")) < 400
        assert any(mark in problem.message for mark in (";", ":")), "a message ends with what to do"


@EVERY
def test_the_verdict_follows_from_the_problems(case: dict[str, Any]) -> None:
    severities = {problem["severity"] for problem in case["problems"]}
    verdict = "reject" if "error" in severities else "warn" if severities else "accept"
    assert verdict == case["verdict"]
    assert case["code"] in [problem["code"] for problem in case["problems"]] or case["code"] == "OK"


@EVERY
def test_path_bytes_text_and_stream_agree(case: dict[str, Any]) -> None:
    data = (BAD / case["file"]).read_bytes()
    assert told(spec.problems_of_text(data)) == case["problems"]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        assert case["code"] == "E_ENCODING"
    else:
        assert told(spec.problems_of_text(text)) == case["problems"]
    try:
        text = received(BytesIO(data)).text
    except SpecError as error:
        refused = told(error.problems)
        assert refused == case["problems"]
    else:
        assert text == data.decode("utf-8-sig").replace("\r\n", "\n")


@EVERY
def test_loading_raises_exactly_the_errors(case: dict[str, Any]) -> None:
    path = BAD / case["file"]
    errors = [problem for problem in case["problems"] if problem["severity"] == "error"]
    if not errors:
        assert spec.load(path).name in ("rnn", "leaky")
        return
    with pytest.raises(SpecError, match=case["file"]) as caught:
        spec.load(path)
    assert told(caught.value.problems) == errors
    assert str(caught.value).startswith(str(path))
    assert str(caught.value).isprintable() or "\n" in str(caught.value)


def test_standard_input_agrees() -> None:
    case = next(case for case in CASES if case["file"].startswith("k01"))
    script = "import sys; from cellgraph import spec; print(*spec.problems('-'), sep='\\n')"
    text = (BAD / case["file"]).read_bytes()
    done = subprocess.run([sys.executable, "-c", script], input=text, capture_output=True, check=True)
    assert done.stdout.decode().startswith("<stdin>:2:1: there is no section 'nam'")
    assert done.stdout.decode().count("<stdin>:") == len(case["problems"])


def limited() -> None:
    """A small stack and a small memory: what is refused is refused before anything recurses or grows."""
    resource.setrlimit(resource.RLIMIT_STACK, (256 * 1024, 256 * 1024))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


def test_nothing_is_run_written_or_imported_even_on_a_small_stack(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD, *[str(BAD / case["file"]) for case in CASES]]
    done = subprocess.run(command, cwd=tmp_path, preexec_fn=limited, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    found, seen = json.loads(done.stdout)
    assert seen == []
    assert list(found.values()) == [[problem["code"] for problem in case["problems"]] for case in CASES]
    assert list(tmp_path.iterdir()) == []
