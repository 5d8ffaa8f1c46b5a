"""Graphviz in a process of its own: run with limits, and ended with everything that it started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence

from cellgraph.errors import RenderError, quoted

LIMIT = 32 * 1024 * 1024
"""More bytes than this of answer are no layout of ours."""
PAUSE = 0.02
ADVICE = " (--detail operations, from left to right, needs no engine)"


def answer(source: str, timeout: float, program: str = "dot") -> bytes:
    """What `dot -Tjson0` says to a DOT source.

    Raises RenderError, in one line, where the program is missing, fails, hangs, crashes or floods.
    """
    path = shutil.which(program)
    if path is None:
        raise RenderError(f"'{program}' is not on the PATH: install Graphviz, or leave out --engine system")
    return said([path, "-Tjson0"], path, source, timeout)


def said(command: Sequence[str], name: str, source: str, timeout: float) -> bytes:
    """What a command says to a source on its standard input; `name` is what messages call it.

    Raises RenderError, in one line, where it fails, hangs, crashes or floods.
    """
    # Files, not pipes: the program can fill them without anybody reading, and their size can be watched.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as told:
        given.write(source.encode())
        given.seek(0)
        try:
            process = subprocess.Popen(command, stdin=given, stdout=out, stderr=told, start_new_session=True)
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
    """The program and what it started, gone, whatever happened: done, too long, too much, or Ctrl-C."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except ProcessLookupError:
        pass
    process.wait()
