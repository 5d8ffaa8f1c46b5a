"""Array operations written down once, to be run again and again on the same arrays with next to nothing in between.

Between the operations a thread holds the interpreter, and others wait; so what is between them is kept short.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
Call = tuple[Callable[..., object], tuple[Any, ...]]


class Tape:
    """Calls with their arrays, results among them, in the order in which they run."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def run(self) -> None:
        """Run all of it."""
        for function, arguments in self.calls:
            function(*arguments)

    def matmul(self, left: Array, right: Array, out: Array) -> Array:
        """out = left @ right."""
        return self._noted(np.matmul, left, right, out)

    def times(self, left: Array, right: Array, out: Array) -> Array:
        """out = left * right, entry by entry."""
        return self._noted(np.multiply, left, right, out)

    def add(self, left: Array, right: Array, out: Array) -> Array:
        """out = left + right."""
        return self._noted(np.add, left, right, out)

    def copy(self, array: Array, out: Array) -> Array:
        """out = array."""
        self.calls.append((np.copyto, (out, array)))
        return out

    def scaled(self, scale: Array | None, matrix: Array, out: Array) -> Array:
        """out = diag(scale) matrix; a scale of None is one of ones."""
        return self.copy(matrix, out) if scale is None else self.times(scale[:, None], matrix, out)

    def _noted(self, function: Callable[..., object], left: Array, right: Array, out: Array) -> Array:
        self.calls.append((function, (left, right, out)))
        return out
