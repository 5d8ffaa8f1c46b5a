"""Independent parts of a computation, each on a processor core of its own.

NumPy lets go of the interpreter while it works, so threads are enough where the arrays are large.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

Part = TypeVar("Part")
Found = TypeVar("Found")


@cache
def cores() -> int:
    """How many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


def each(function: Callable[[Part], Found], parts: Sequence[Part]) -> list[Found]:
    """function(part) for every part, in their order; part k in thread k modulo their number, the caller's being one.

    Raises what a call raises, after all others have ended.
    """
    count = min(cores(), len(parts))
    if count < 2:
        return [function(part) for part in parts]
    faults = np.geterr()

    def share(first: int) -> list[Found]:
        with np.errstate(**faults):
            return [function(part) for part in parts[first::count]]

    others: list[Future[list[Found]]] = [_pool().submit(share, first) for first in range(1, count)]
    try:
        shares = [share(0)]
    finally:
        wait(others)
    shares += [other.result() for other in others]
    return [shares[k % count][k // count] for k in range(len(parts))]


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Within it a matrix product stays on the core of the thread that asked for it.

    Threads of a BLAS wait for each other spinning, and those of two callers for each other.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores() - 1, "cellgraph")


@cache
def _libraries() -> Any:
    return ThreadpoolController()


# A child of a fork has the pool without its threads.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)
