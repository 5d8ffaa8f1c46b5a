"""Array operations written down once, to be run again and again on the same arrays with next to nothing in between.

Between the operations a thread holds the interpreter, and others wait; so what is between them is kept short.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

    def add_scaled(self, terms: Sequence[tuple[Array, Array]], into: Array, started: bool, scratch: Array) -> Array:
        """into = Σ left diag(d), or added to it if that is started; as many rows at a time as the scratch has."""
        if not terms and not started:
            self.copy(np.zeros(1), into)
        tile = len(scratch)
        for first in range(0, len(into) if terms else 0, tile):
            part = into[first : first + tile]
            for k, (left, diagonal) in enumerate(terms):
                own = left[first : first + tile]
                if k or started:
                    self.add(part, self.times(own, diagonal, scratch[: len(part)]), part)
                else:
                    self.times(own, diagonal, part)
        return into

    def _noted(self, function: Callable[..., object], left: Array, right: Array, out: Array) -> Array:
        self.calls.append((function, (left, right, out)))
        return out
