"""Which lines are the user's own: those of the target's file, and all that belong to no library and not to Python."""

from __future__ import annotations

import inspect
import linecache
import sysconfig
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

from cellgraph.imports.traced import CalledAt

PACKAGE = str(Path(__file__).parents[2])
INSTALLED = tuple(dict.fromkeys(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")))

CALLS = ("forward", "call", "__call__", "step")
"""What libraries name the method that computes."""


def own_files(target: Any) -> frozenset[str]:
    """The files that define a target and, of a class, what is called of it, also where these are of a library."""
    while isinstance(target, partial):
        target = target.func
    if not isinstance(target, type) and inspect.isroutine(inspect.unwrap(target)):
        return frozenset((inspect.unwrap(target).__code__.co_filename,))
    lines = (target if isinstance(target, type) else type(target)).__mro__
    calling = next((kind for kind in lines if set(CALLS) & set(vars(kind))), lines[0])
    calls = (inspect.unwrap(value) for kind in (lines[0], calling) for value in vars(kind).values())
    return frozenset(call.__code__.co_filename for call in calls if inspect.isfunction(call))


@cache
def of_user(file: str) -> bool:
    """Whether a file belongs to no library, not to Python and not to this package."""
    return not file.startswith("<") and not file.startswith((PACKAGE, *INSTALLED))


def called_at(frames: Iterable[tuple[str, int]], own: frozenset[str]) -> CalledAt | None:
    """The innermost of the user's lines among frames, which come from the innermost outwards.

    Frames of a library count where they are in `own` and no line of the user's is nearer.
    """
    for file, line in frames:
        if file in own or of_user(file):
            return CalledAt(file, line, linecache.getline(file, line).strip())
    return None
