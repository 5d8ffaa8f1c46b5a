"""The deadline: how long the work that is going on may take, and what is told where that is not enough.

A timer interrupts the work wherever it is, so that no derivation and no layout has to look at the time; each says in
`DOING` what it does. Commands have a deadline, and calls from Python have one inside of `within`. It counts the time of
the processor: on a machine that is busy with other things the same commands succeed.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import inf
from types import FrameType

from cellgraph.errors import CellgraphError

DEFAULT = 9.0
"""Seconds that a command may take unless told otherwise: with the start of Python an answer is there within ten."""
AGAIN = 0.1
"""Seconds until the work is interrupted once more, in case that something on the way has caught the first error."""

HURRY = 0.2
"""The share of the time that is left for what follows a search: telling what it has found."""
LEAST = 0.001
"""Of a timer of no seconds at all the system would make one that never runs out."""


class LimitError(CellgraphError):
    """Work that is too large for its deadline: what was being done, what works instead, and how to ask for it all.

    >>> try:
    ...     with within(0.05, "counting to ten works"):
    ...         _ = DOING.set("counting")
    ...         while True:
    ...             pass
    ... except LimitError as error:
    ...     print(str(error).replace("; ", "\\n"))
    counting takes more than 0.05 s
    counting to ten works
    --limit-seconds 0 takes as long as it takes
    """


@dataclass
class Deadline:
    """A number of seconds (None: no limit), what works instead, whether a timer runs, and whether it has run out."""

    seconds: float | None = DEFAULT
    instead: str = ""
    timed: bool = False
    late: bool = False


OF_CALLS = Deadline()
"""The deadline of calls from Python: no timer runs, and only what is certain to take longer is refused."""
CURRENT: ContextVar[Deadline] = ContextVar("CURRENT", default=OF_CALLS)
"""The deadline of the work that is going on."""
DOING: ContextVar[str] = ContextVar("DOING", default="this")
"""What is being done, as the subject of a sentence: 'laying out 312 arrows'."""


def too_large(why: str) -> LimitError:
    """The error of what is being done, which ends with `why`: 'gives more than 5,000 terms'."""
    ways = [f"{DOING.get()} {why}", CURRENT.get().instead, "--limit-seconds 0 takes as long as it takes"]
    return LimitError("; ".join(filter(None, ways)))


@contextmanager
def within(seconds: float | None, instead: str = "") -> Iterator[None]:
    """Work that ends with LimitError after so many seconds; None: never. `instead` says what works in its place.

    It also ends so where it nests too deep for Python or needs more memory than there is. Signals reach the main
    thread alone, and some systems have no such timer: there the work takes as long as it takes.
    """
    able = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    deadline = Deadline(seconds, instead, timed=able and seconds is not None)
    outer = CURRENT.set(deadline), DOING.set("this")
    if deadline.timed:
        handler = signal.signal(signal.SIGPROF, _interrupt)
        timer = signal.setitimer(signal.ITIMER_PROF, max(seconds or 0.0, LEAST), AGAIN)
    try:
        try:
            yield
        finally:
            finish()
    except RecursionError:
        raise too_large("nests deeper than Python can follow") from None
    except MemoryError:
        raise too_large("needs more memory than there is") from None
    finally:
        if deadline.timed:
            signal.signal(signal.SIGPROF, handler or signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, *timer)
        CURRENT.reset(outer[0])
        DOING.reset(outer[1])


def remaining() -> float:
    """How many seconds are left; infinitely many without a timer."""
    return signal.getitimer(signal.ITIMER_PROF)[0] if CURRENT.get().timed else inf


def hurried() -> bool:
    """Whether most of the time is gone, so that a search should end with what it has; False without a timer."""
    seconds = CURRENT.get().seconds
    return seconds is not None and remaining() < HURRY * seconds


def waited(seconds: float) -> None:
    """Count that other processes worked so long for this one, or raise LimitError where that is too long."""
    left = remaining() - seconds
    if left < 0:
        CURRENT.get().late = True
        finish()
    elif left < inf:
        signal.setitimer(signal.ITIMER_PROF, max(left, LEAST), AGAIN)


def finish() -> None:
    """Nothing is interrupted from here on, so that what is written is written whole.

    Raises LimitError where the time was up before: whatever caught the error of the timer cannot be trusted.
    """
    deadline = CURRENT.get()
    if deadline.timed:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if deadline.late:
        raise too_large(f"takes more than {deadline.seconds:g} s")


def _interrupt(signum: int, frame: FrameType | None) -> None:
    deadline = CURRENT.get()
    deadline.late = True
    raise too_large(f"takes more than {deadline.seconds:g} s")
