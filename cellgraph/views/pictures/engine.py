"""The layout engine: Graphviz, embedded or as a program of the system, says where boxes go (not wires: see `route`)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Literal

from cellgraph.errors import RenderError, quoted

Engine = Literal["embedded", "system"]

MANY = 150
"""A diagram with so many arrows is laid out in a process of its own, which can be stopped: Graphviz cannot."""
CHILD = """
import sys, pygraphviz
sys.stdout.buffer.write(pygraphviz.AGraph(string=sys.stdin.read()).draw(format="json0", prog="dot"))
"""
LIMIT = 32 * 1024 * 1024
"""More bytes than this of answer are no layout of ours."""
PAUSE = 0.02
ADVICE = " (--detail operations, from left to right, needs no engine)"

Centre = tuple[float, float]


def layout(source: str, engine: Engine = "embedded", timeout: float = 30) -> dict[str, Centre]:
    """The centres of nodes by id, in points, y downwards, for a DOT source with fixed sizes.

    Raises RenderError where the engine is missing, fails or, given much to do, is not done in `timeout` seconds.
    """
    if engine == "embedded":
        answer = _embedded(source, timeout)
    else:
        from graphviz.backend.dot_command import command

        answer = limited([str(part) for part in command("dot", "json0")], "dot", source, timeout)
    try:
        document = json.loads(answer)
        left, _, _, high = map(float, document["bb"].split(","))
        centres = {item["name"]: item["pos"].split(",") for item in document.get("objects", ()) if "pos" in item}
        return {name: (float(x) - left, high - float(y)) for name, (x, y) in centres.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RenderError(f"the layout engine gave an answer that cannot be read ({type(error).__name__})") from error


def _embedded(source: str, timeout: float) -> bytes:
    try:
        import pygraphviz
    except ImportError as error:
        raise RenderError(
            "no layout engine: 'pip install pygraphviz', or use --engine system with Graphviz installed; "
            "--format dot and --format mermaid need none"
        ) from error
    if source.count(" -> ") > MANY:
        # UTF-8 whatever the locale says, as in this process.
        return limited([sys.executable, "-X", "utf8", "-c", CHILD], "the embedded Graphviz", source, timeout)
    try:
        answer: bytes = pygraphviz.AGraph(string=source).draw(format="json0", prog="dot")
    except (OSError, ValueError, pygraphviz.DotError) as error:
        first = str(error).strip().splitlines()[:1]
        raise RenderError(f"the embedded Graphviz could not lay out this diagram: {' '.join(first)}") from error
    return answer


def limited(command: Sequence[str], name: str, source: str, timeout: float) -> bytes:
    """What a command says to a source on its standard input; `name` is what messages call it.

    The package graphviz runs a program too, but lets it take any time and say any number of bytes. Here it is ended
    with everything that it started, whatever happens.

    Raises RenderError, in one line, where the program is missing, fails, hangs, crashes or floods.
    """
    # Files, not pipes: the program can fill them without anybody reading, and their size can be watched.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as told:
        given.write(source.encode())
        given.seek(0)
        try:
            process = subprocess.Popen(command, stdin=given, stdout=out, stderr=told, start_new_session=True)
        except FileNotFoundError as error:
            raise RenderError(f"'{name}' is not on the PATH: install Graphviz, or leave out --engine system") from error
        except OSError as error:
            raise RenderError(f"{name} cannot be run: {error.strerror}") from error
        try:
            code = _awaited(process, (out.fileno(), told.fileno()), name, timeout)
        finally:
            _end(process)
        out.seek(0)
        told.seek(0)
        if code:
            line = told.read(2000).decode(errors="replace").strip().partition("\n")[0]
            how = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
            raise RenderError(f"{name} {how}" + (f": {quoted(line)}" if line else ""))
        return out.read(LIMIT)


def _awaited(process: subprocess.Popen[bytes], files: tuple[int, ...], name: str, timeout: float) -> int:
    end = time.monotonic() + timeout
    while True:
        try:
            return process.wait(PAUSE)
        except subprocess.TimeoutExpired:
            if any(os.fstat(file).st_size > LIMIT for file in files):
                raise RenderError(f"{name} answered with more than {LIMIT // 2**20} MiB; stopped") from None
            if time.monotonic() > end:
                raise RenderError(f"{name} was not done after {timeout:g} s; stopped{ADVICE}") from None


def _end(process: subprocess.Popen[bytes]) -> None:
    """The program and what it started, gone: done, too long, too much, or Ctrl-C."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except ProcessLookupError:
        pass
    process.wait()
