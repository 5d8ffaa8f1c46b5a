"""Graphviz's `dot` as a program of the system: run with limits, and ended with everything that it started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time

from cellgraph.errors import RenderError, quoted

LIMIT = 32 * 1024 * 1024
"""More bytes than this of answer are no layout of ours."""
PAUSE = 0.02


def answer(source: str, timeout: float, program: str = "dot") -> bytes:
    """What `dot -Tjson0` says to a DOT source.

    Raises RenderError, in one line, where the program is missing, fails, hangs, crashes or floods.
    """
    path = shutil.which(program)
    if path is None:
        raise RenderError(f"'{program}' is not on the PATH: install Graphviz, or leave out --engine system")
    # Files, not pipes: the program can fill them without anybody reading, and their size can be watched.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as told:
        given.write(source.encode())
        given.seek(0)
        try:
            process = subprocess.Popen(
                [path, "-Tjson0"], stdin=given, stdout=said, stderr=told, start_new_session=True
            )  # fmt: skip
        except OSError as error:
            raise RenderError(f"{path} cannot be run: {error.strerror}") from error
        try:
            code = _awaited(process, (said.fileno(), told.fileno()), path, timeout)
        finally:
            _end(process)
        said.seek(0)
        told.seek(0)
        if code:
            line = told.read(2000).decode(errors="replace").strip().partition("\n")[0]
            how = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
            raise RenderError(f"{path} {how}" + (f": {quoted(line)}" if line else ""))
        return said.read(LIMIT)


def _awaited(process: subprocess.Popen[bytes], files: tuple[int, ...], path: str, timeout: float) -> int:
    end = time.monotonic() + timeout
    while True:
        try:
            return process.wait(PAUSE)
        except subprocess.TimeoutExpired:
            if any(os.fstat(file).st_size > LIMIT for file in files):
                raise RenderError(f"{path} answered with more than {LIMIT // 2**20} MiB; stopped") from None
            if time.monotonic() > end:
                raise RenderError(f"{path} was not done after {timeout:g} s; stopped") from None


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
