"""The product of Jacobians through time, from the last step backwards, kept as small as it really is.

J(T←t) = J_T ⋯ J_{t+1} loses directions as it grows longer: those that shrink fastest fall below what double precision
can tell from zero beside the others. So it is kept as L R with orthonormal columns in L, and whenever R has become
numerically thinner it gets fewer rows (a randomised range finder: Halko, Martinsson & Tropp 2011). What is left out is
below 1e−14 of the norm, and random combinations of it travel along: should it ever matter, the product is made again
without leaving anything out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellgraph.derive.flows.transport import Transport
from cellgraph.derive.flows.ways import Step

Array = Any

STRETCH = 32
"""Steps whose local factors are computed together."""
TOGETHER, MOST_TOGETHER = 2**20, 8
"""Entries of the products of a few steps that are made together, and how many steps these are at most."""
LARGE, HUGE = 1e60, 1e200
"""An entry that is larger, or smaller than its inverse, is scaled after a few steps, and makes each step go alone."""
FEW = 8
"""Rows that are looked at after each step."""
WIDE = 8
"""Rows from which on it pays to look for fewer."""
EVERY = 24
"""Steps between two looks at first; twice as many after a look that found nothing, half as many after one that did."""
SHARE = 0.9
"""Of the rows that may be left at most for a look to have been worth it."""
PROBES = 2
"""Random combinations of what was left out. Both would have to miss nearly all of it, a chance of one in a million."""
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
    making = _Making(transport, whole)
    yield making.at(steps, making.current)
    t = steps
    try:
        for last in range(steps, 0, -STRETCH):
            first = max(last - STRETCH, 0)
            at = transport.stretch({name: array[first:last] for name, array in trace.items()})
            while t > first:
                few = range(t - 1, max(t - making.together(), first) - 1, -1)
                for found in making.back(t, [at(k - first) for k in few]):
                    t = found.t
                    yield found
    except _Spoiled:
        yield from (found for found in products(transport, trace, steps, True) if found.t < t)


class _Spoiled(Exception):
    """What was left out has come to matter."""


class _Making:
    """L, and R with a few rows below it that are random combinations of everything left out."""

    def __init__(self, transport: Transport, whole: bool) -> None:
        self.transport = transport
        size = transport.size()
        self.left = np.eye(size)
        self.rows, self.scale = size, 0.0
        self.wait = self.due = 0 if whole or size < WIDE else EVERY
        self.draw = np.random.default_rng(size)
        self.mixing = self.draw.normal(size=(size, size))
        """Columns that make random combinations of all columns of R; what they miss is measured with others."""
        self.current: Array = np.concatenate([np.eye(size), np.zeros((PROBES, size))])
        self.kept: Array = np.empty((0, *self.current.shape))
        """The products after the current one."""
        self.through: Callable[[Sequence[Step]], None] | None = None
        """Makes them; None where the current one has a new place or shape."""

    def together(self) -> int:
        """Steps that are taken together: as many as leave the products of all, and what they need, in a cache."""
        changing = self.transport.ways.changing
        count = TOGETHER // (int(self.current.size) + changing)
        return min(max(count, 1 if changing else 2), MOST_TOGETHER)

    def at(self, t: int, whole: Array) -> Product:
        """The product as it stands in an array with its rows and the probes."""
        return Product(t, self.left, whole[: self.rows], self.scale)

    def back(self, t: int, steps: Sequence[Step]) -> Iterator[Product]:
        """The products from t − 1 on, one for each of these steps; the largest entry is kept apart as a power of ten.

        Raises _Spoiled before a product for which what was left out matters.
        """
        if self.through is None:
            self.kept = np.empty((self.together(), *self.current.shape))
            self.through = self.transport.passage(self.current, self.kept, steps[0])
        # What overflows is made again, a step at a time.
        with np.errstate(over="ignore", invalid="ignore"):
            self.through(steps)
        made = self.kept[: len(steps)]
        heights = [*(self._height(whole) for whole in made[:-1]), _largest(made[-1][: self.rows])]
        if len(steps) > 1 and not all(1 / HUGE < height < HUGE for height in heights):
            for k, step in enumerate(steps):
                yield from self.back(t - k, [step])
            return
        for k, (height, whole) in enumerate(zip(heights, made, strict=True), 1):
            if self.rows < len(self.left) and _largest(whole[self.rows :]) > SPOILED * height:
                raise _Spoiled
            yield self.at(t - k, whole)
        np.copyto(self.current, made[-1])
        self._scaled(heights[-1])
        self._looked(len(steps))

    def _height(self, whole: Array) -> float:
        """The largest entry by size; of a few rows only, unless those are suspicious.

        An overflow that these don't show is in the product after the last step, where all are looked at.
        """
        few = _largest(whole[: min(FEW, self.rows)])
        return few if 1 / HUGE < few < HUGE else _largest(whole[: self.rows])

    def _scaled(self, largest: float) -> None:
        if 0 < largest < np.inf and not 1 / LARGE < largest < LARGE:
            self.current /= largest
            self.scale += float(np.log10(largest))

    def _looked(self, steps: int) -> None:
        """Look for fewer rows, if so many steps later it is time again."""
        self.due -= steps
        if self.wait and self.due <= 0:
            self.wait = max(EVERY, self.wait // 2) if self._thinned() else 2 * self.wait
            self.due = self.wait
            if self.rows < WIDE:
                self.wait = 0

    def _thinned(self) -> bool:
        """Keep fewer rows, if they span all the others."""
        right = self.current[: self.rows]
        if not np.isfinite(right).all():
            return False
        # Of random combinations of all columns, the entries on the diagonal of R fall as the singular values do.
        basis, triangle = np.linalg.qr(right @ self.mixing[:, : self.rows])
        heights = np.abs(np.diag(triangle))
        fewer = max(int((heights > LEFT_OUT * heights.max()).sum()), 1)
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
        self.through = None
        return True


def _largest(array: Array) -> float:
    return float(max(array.max(), -array.min()))
