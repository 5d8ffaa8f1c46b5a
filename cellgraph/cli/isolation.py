"""A user's code in a process of its own: it may take too long, crash, print and end Python, and one message says so."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import IO, Any

import click

from cellgraph.cli.output import quiet, say
from cellgraph.errors import CellgraphError

SCRIPT = "import sys; sys.path.append({root!r}); from cellgraph.frameworks.importing.child import main; main()"
GRACE = 2.0
"""Seconds that the process has, after its time is up, to write down where it is."""
POLL = 0.05
PATIENCE = 1.0
"""Seconds after which a terminal is told what is being done."""
KEPT = 2_000
"""Characters of what the code prints last that are kept for a message."""
FRAME = re.compile(r'^  File "(.*)", line (\d+) in (\S+)$', re.MULTILINE)


@dataclass
class ChildRun:
    """What is known of the process: what it says, and the last of what the code prints."""

    doing: str = "starting Python"
    found: dict[str, Any] | None = None
    failed: str | None = None
    printed: str = ""
    started: float = field(default_factory=time.monotonic)
    begun: float = inf
    """When the code began to run: what it takes to get there is not the code's."""

    @property
    def took(self) -> float:
        """Seconds that the code has run."""
        return max(time.monotonic() - self.begun, 0.0)


def isolated(request: Mapping[str, Any], seconds: float, meanwhile: Callable[[], Any]) -> dict[str, Any]:
    """What a process finds that is given this request. seconds: how long it may take; 0: as long as it takes.

    The process, and what it has started, end with this one, and with Ctrl-C. Raises CellgraphError with what the
    process tells, or with how it ended.
    """
    with tempfile.TemporaryDirectory(prefix="cellgraph-") as folder:
        events, stacks = Path(folder, "events"), Path(folder, "stacks")
        events.touch()
        asked = {**request, "events": str(events), "stacks": str(stacks), "seconds": seconds}
        run = ChildRun()
        with _process(asked, run) as process, events.open(encoding="utf-8") as told, _progress() as show:
            meanwhile()
            while process.poll() is None:
                _listen(told, run)
                show(run)
                if seconds and run.took > seconds + GRACE:
                    break
                time.sleep(POLL)
            _listen(told, run)
        if run.found is not None:
            return run.found
        if run.failed is None:
            run.failed = _ended(request["target"], process.returncode, seconds, run, _place(stacks))
        raise CellgraphError(run.failed)


@contextmanager
def _process(asked: Mapping[str, Any], run: ChildRun) -> Iterator[subprocess.Popen[bytes]]:
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", SCRIPT.format(root=root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    reader = threading.Thread(target=_drain, args=(process.stdout, run), daemon=True)
    try:
        reader.start()
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        yield process
    except BrokenPipeError:
        yield process
    finally:
        _kill(process)
        reader.join(GRACE)
        with suppress(BrokenPipeError):
            process.stdin.close()
        if not reader.is_alive():
            process.stdout.close()


def _drain(stream: IO[bytes], run: ChildRun) -> None:
    """Read what the code prints, so that it never waits; keep the last of it."""
    while data := stream.read1(65536):  # type: ignore[attr-defined]
        text = data.decode("utf-8", "replace")
        run.printed = (run.printed + text)[-KEPT:]


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it has started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()


def _listen(told: IO[str], run: ChildRun) -> None:
    """Take in the lines that the process has written since."""
    for line in iter(told.readline, ""):
        event = json.loads(line)
        run.doing = event.get("doing", run.doing)
        run.begun = min(run.begun, time.monotonic())
        run.found = event.get("found", run.found)
        run.failed = event.get("failed", run.failed)
        if "doing" in event:
            say(run.doing)


def _ended(target: str, code: int, seconds: float, run: ChildRun, place: str) -> str:
    """How a process ended that has told nothing."""
    where = f"{place or target}: "
    if seconds and run.took > seconds:
        remedy = "--limit-seconds N gives it longer"
        return f"{where}it takes more than {seconds:g} s, and was ended while {run.doing}; {remedy}"
    last = run.printed.strip().splitlines()[-1:]
    printed = f"; the last that it printed: {last[0][:200]}" if last else ""
    if code < 0:
        name = signal.Signals(-code).name
        memory = ", as happens where memory runs out" if name == "SIGKILL" else ""
        return f"{where}the code crashed Python ({name}{memory}) while {run.doing}{printed}"
    return f"{where}the code ended Python (exit code {code}) while {run.doing}{printed}"


def _place(stacks: Path) -> str:
    """FILE:LINE of the innermost line, in the stacks that the process has written, that is of no library."""
    from cellgraph.frameworks.tracing.places import of_user

    text = stacks.read_text(encoding="utf-8", errors="replace") if stacks.exists() else ""
    own = [(file, line) for file, line, _ in FRAME.findall(text) if of_user(file)]
    return ":".join(own[0]) if own else ""


@contextmanager
def _progress() -> Iterator[Any]:
    """What shows on a terminal, after a while, what is being done; nothing elsewhere."""
    shown = [""]
    able = sys.stderr is not None and sys.stderr.isatty() and not quiet()

    def show(run: ChildRun) -> None:
        if able and time.monotonic() - run.started > PATIENCE and run.doing != shown[0]:
            click.echo(f"\r\033[K{run.doing} …", nl=False, err=True)
            shown[0] = run.doing

    try:
        yield show
    finally:
        if shown[0]:
            click.echo("\r\033[K", nl=False, err=True)
