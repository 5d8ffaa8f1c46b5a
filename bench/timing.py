"""Measuring: the best of several runs of a function or of a whole process, and a table of ratios."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """Seconds of wall-clock time, and for a process its peak memory in MiB (2**20 bytes)."""

    what: str
    seconds: float
    memory: float | None = None


def function(what: str, call: Callable[[], object], repeat: int = 7) -> Measured:
    """The fastest of several calls, after one that warms up."""
    call()
    best = min(seconds(call) for _ in range(repeat))
    return Measured(what, best)


def process(what: str, command: Sequence[str], repeat: int = 5) -> Measured:
    """The fastest of several runs of a command from a cold start, and the least peak memory."""
    runs = [_spawned(command) for _ in range(repeat)]
    return Measured(what, min(seconds for seconds, _ in runs), min(memory for _, memory in runs))


def table(title: str, rows: Sequence[Measured]) -> None:
    """Print the rows with their ratios to the first, which is cellgraph."""
    print(f"\n{title}")
    margin = max(len(row.what) for row in rows)
    for row in rows:
        memory = "" if row.memory is None else f"  {row.memory:8.1f} MiB ({row.memory / (rows[0].memory or 1):.2f}x)"
        print(f"  {row.what:{margin}}  {row.seconds * 1e3:10.2f} ms ({row.seconds / rows[0].seconds:.2f}x){memory}")


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _spawned(command: Sequence[str]) -> tuple[float, float]:
    start = time.perf_counter()
    child = os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit(f"failed: {' '.join(command)}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024
