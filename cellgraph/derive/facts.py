"""Facts: what is derived from a cell or a graph at most once, is kept with it, and goes with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Source = TypeVar("Source")
Found = TypeVar("Found")


def fact(derive: Callable[[Source], Found]) -> Callable[[Source], Found]:
    """The same derivation, done when it is first asked for, and at most once for each object it is derived from.

    A cell and its graph never change, so neither does what follows from them. It is kept in the object itself: a table
    by object would keep every object alive, since a fact refers to the cell that it is about.

    >>> import cellgraph as cg
    >>> cell = cg.load("gru")
    >>> cg.structure(cell) is cg.structure(cell)
    True
    """

    @wraps(derive)
    def once(source: Source) -> Found:
        known: dict[Any, Any] = vars(source).setdefault("_facts", {})
        if derive not in known:
            known[derive] = derive(source)
        found: Found = known[derive]
        return found

    return once
