"""What tests of documents share: a spec that means no good, and folders that are made once for all processes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

HOSTILE = "x <script>window.broken=1</script> | \\input{y} `b` *c* |s| $x$ %_#^~& -->"
"""What would be markup in HTML, Markdown, reStructuredText or LaTeX, if it were not text."""
OWN = """\
name: own
title: {en: "TITLE"}
dims: {m: input size, n: hidden size}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [n, m], u: [n], b: [n]}
equations: |
  h = tanh(W @ x + u * h[t-1] + b)
labels: {h: {en: "TITLE"}}
""".replace("TITLE", HOSTILE.replace("\\", "\\\\"))
"""The spec of somebody who tries that."""


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of this test run as `make` filled it: in one process, while the others wait for it."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".made").exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            (folder / ".made").touch()
    return folder
