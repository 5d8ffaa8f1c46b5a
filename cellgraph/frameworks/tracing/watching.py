"""What local variables of a user's code hold while it runs, line by line."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from cellgraph.frameworks.tracing.asked import Array, LocalVariable
from cellgraph.frameworks.tracing.places import of_user
from cellgraph.imports.traced import CalledAt


def watched(
    call: Callable[[], Any], own: frozenset[str], array: Callable[[Any], Array | None]
) -> tuple[LocalVariable, ...]:
    """Every local variable of the user's frames whose value changed in a line, in order, if it is an array.

    array: a copy of a value as an array of NumPy, or None where it is none
    """
    found: list[LocalVariable] = []
    before: dict[FrameType, tuple[int, dict[str, Any]]] = {}

    def seen(frame: FrameType, event: str, _: Any) -> Any:
        line, held = before.get(frame, (0, {}))
        now = _variables(frame)
        if line:
            place = CalledAt(frame.f_code.co_filename, line, linecache.getline(frame.f_code.co_filename, line).strip())
            changed = [name for name, value in now.items() if held.get(name) is not value]
            copies = [(name, array(now[name])) for name in changed]
            found.extend(LocalVariable(name, copy, place) for name, copy in copies if copy is not None)
        before[frame] = (frame.f_lineno, now)
        if event == "return":
            del before[frame]
        return seen

    def entered(frame: FrameType, event: str, _: Any) -> Any:
        file = frame.f_code.co_filename
        if file not in own and not of_user(file):
            return None
        # What a frame is given holds before its first line.
        before[frame] = (0, _variables(frame))
        return seen

    previous = sys.gettrace()
    sys.settrace(entered)
    try:
        call()
    finally:
        sys.settrace(previous)
    return tuple(found)


def _variables(frame: FrameType) -> dict[str, Any]:
    """The local variables of a frame, and the attributes of the object whose method it is."""
    return {**getattr(frame.f_locals.get("self"), "__dict__", {}), **frame.f_locals}
