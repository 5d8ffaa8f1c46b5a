"""The product of Jacobians through time, from the last step backwards, kept as small as it really is.

J(T←t) = J_T ⋯ J_{t+1} loses directions as it grows longer: those that shrink fastest fall below what double precision
can tell from zero beside the others. So it is kept as L R with orthonormal columns in L, and whenever R has become
numerically thinner it gets fewer rows (a randomised range finder: Halko, Martinsson & Tropp 2011). What is left out is
below 1e−14 of the norm, and random combinations of it travel along: should it ever matter, the product is made again
without leaving anything out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .transport import Transport

Array = Any

STRETCH = 32
"""Steps whose local factors are computed together."""
WIDE = 24
"""Rows from which on it pays to look for fewer."""
EVERY = 16
"""Steps between two looks at first; twice as many after a look that found nothing, half as many after one that did."""
SHARE = 0.9
"""Of the rows that may be left at most for a look to have been worth it."""
PROBES = 4
LEFT_OUT, SPOILED = 1e-14, 1e-11
"""What may be left out, and what that may grow to, relative to the whole."""


@dataclass(frozen=True)
class Product:
    """∂s_T/∂s_t = 10^scale L R. `right` is overwritten when the next product is asked for."""

    t: int
    left: Array
    right: Array
    scale: float

    @property
    def matrix(self) -> Array:
        """L R, all states after by all states before; still without its scale."""
        return self.left @ self.right


def products(transport: Transport, trace: Mapping[str, Array], steps: int, whole: bool = False) -> Iterator[Product]:
    """The products for t = T … 0. `whole` leaves nothing out.

    `trace` holds inputs and states before every step, with the steps as their first axis.
    """
    making = _Making(transport.size(), whole)
    yield making.at(steps)
    for last in range(steps, 0, -STRETCH):
        first = max(last - STRETCH, 0)
        at = transport.stretch({name: array[first:last] for name, array in trace.items()})
        for t in range(last - 1, first - 1, -1):
            making.pull(transport, at(t - first))
            if making.spoiled():
                yield from (found for found in products(transport, trace, steps, True) if found.t <= t)
                return
            yield making.at(t)


class _Making:
    """L, and R with a few rows below it that are random combinations of everything left out."""

    def __init__(self, size: int, whole: bool) -> None:
        self.left = np.eye(size)
        self.rows, self.scale = size, 0.0
        self.wait = self.due = 0 if whole or size < WIDE else EVERY
        self.draw = np.random.default_rng(size)
        self.current: Array = np.concatenate([np.eye(size), np.zeros((PROBES, size))])
        self.other: Array = np.empty_like(self.current)
        self.spare: Array = np.empty_like(self.current)

    def at(self, t: int) -> Product:
        """The product as it stands."""
        return Product(t, self.left, self.current[: self.rows], self.scale)

    def pull(self, transport: Transport, blocks: Any) -> None:
        """One step further back; its size is kept apart as a power of ten."""
        transport.pulled(self.current, blocks, self.other, self.spare)
        self.current, self.other = self.other, self.current
        largest = max(self.current.max(), -self.current.min())
        if largest > 0 and not 1e-60 < largest < 1e60 and np.isfinite(largest):
            self.current /= largest
            self.scale += float(np.log10(largest))
        if self.wait:
            self.due -= 1
            if self.due == 0:
                self.wait = max(EVERY, self.wait // 2) if self._thinned() else 2 * self.wait
                self.due = self.wait if self.rows >= WIDE else -1

    def spoiled(self) -> bool:
        """Whether what was left out has come to matter."""
        if self.rows == len(self.left):
            return False
        probes = self.current[self.rows :]
        return bool(np.linalg.norm(probes) > SPOILED * np.linalg.norm(self.current[: self.rows]))

    def _thinned(self) -> bool:
        """Keep fewer rows, if they span all the others."""
        right = self.current[: self.rows]
        if not np.isfinite(right).all():
            return False
        # Of random combinations of all columns, the entries on the diagonal of R fall as the singular values do.
        basis, triangle = np.linalg.qr(right @ self.draw.normal(size=(right.shape[1], self.rows)))
        heights = np.abs(np.diag(triangle))
        fewer = max(int((heights > 0.1 * LEFT_OUT * heights.max()).sum()), 1)
        if fewer > SHARE * self.rows:
            return False
        basis = np.ascontiguousarray(basis[:, :fewer])
        thin = basis.T @ right
        mixed = self.draw.normal(size=(PROBES, self.rows))
        missing = mixed @ right - (mixed @ basis) @ thin
        if np.linalg.norm(missing) > LEFT_OUT * np.sqrt(self.rows) * np.linalg.norm(right):
            return False
        probes = self.current[self.rows :] + missing
        self.left, self.rows = self.left @ basis, fewer
        self.current = np.concatenate([thin, probes])
        self.other, self.spare = self.other[: len(self.current)], self.spare[: len(self.current)]
        return True
