"""Witnesses: numbers at which something happens that a sentence says can happen; without one it is not said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import sympy as sp

from cellgraph.derive.facts import fact
from cellgraph.derive.gradients.compiled import Program, counts_of, number_of, program
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, Graph, size
from cellgraph.ops import Axis, axes_of, place_in

Arrays = Mapping[str, Any]
SIZES = (3, 4, 2, 5, 7, 6)
"""What the sizes are, all different; further ones are larger by one each."""
SCALES = (1.0, 0.25, 3.0, 1.0, 0.5)
"""How large the parameters are, at one point each: where some functions are flat, others are not."""
STEP = 0.37
"""How far an entry is moved."""
SHORT = 1e-5
"""How far for a slope: no step function is likely to jump in between."""
CHANGED = 1e-9
"""A change that is larger than this part of the value is no rounding error."""
BENT = 1e-6
"""The same for a slope, in which rounding errors are larger."""
BATCH = 64
"""Samples in which gates are looked for that are open, or shut, at once."""
NEAR = 0.9
"""What is open; what is below 1 − 0.9 is shut."""


@dataclass(frozen=True)
class Witness:
    """A step in numbers: a few points, and what each quantity of the flat graph is there."""

    graph: Graph
    work: Program
    names: tuple[sp.Symbol, ...]
    points: tuple[Arrays, ...]

    @cached_property
    def values(self) -> tuple[Mapping[sp.Symbol, Any], ...]:
        """Every quantity at every point."""
        return tuple(self._run(point) for point in self.points)

    def changed(self, on: Collection[sp.Symbol]) -> frozenset[sp.Symbol]:
        """The quantities that are seen to change when these leaves do."""
        found: set[sp.Symbol] = set()
        for point, values in zip(self.points, self.values, strict=True):
            moved = self._run({name: array + STEP * (sp.Symbol(name) in on) for name, array in point.items()})
            found |= {s for s, array in values.items() if not _same(array, moved[s])}
        return frozenset(found)

    def reaches_several(self, leaf: sp.Symbol, axis: Axis, among: Collection[sp.Symbol]) -> bool:
        """Whether more than one member along an axis, of some of the quantities, is seen to change with a leaf."""
        import numpy as np

        places = self._places(axis, among)
        reached: set[int] = set()
        for point, values in zip(self.points, self.values, strict=True):
            moved = self._run({**point, leaf.name: point[leaf.name] + STEP})
            for name, place in places.items():
                pairs = zip(np.moveaxis(values[name], place, 0), np.moveaxis(moved[name], place, 0), strict=True)
                reached |= {k for k, pair in enumerate(pairs) if not _same(*pair)}
        return len(reached) > 1

    def beyond(self, axis: Axis) -> frozenset[sp.Symbol]:
        """The quantities that are seen to change, in another member where they have members, when the first or the last
        member along an axis changes of everything that has one."""
        import numpy as np

        places = self._places(axis, self.graph.quantities)
        found: set[sp.Symbol] = set()
        for (point, values), member in product(zip(self.points, self.values, strict=True), (0, -1)):
            moved = {name: np.array(array) for name, array in point.items()}
            for name, array in moved.items():
                if sp.Symbol(name) in places:
                    np.moveaxis(array, places[sp.Symbol(name)], 0)[member] += STEP
            for symbol, array in self._run(moved).items():
                both = values[symbol], array
                pair = [np.delete(a, member, places[symbol]) for a in both] if symbol in places else both
                found |= set() if _same(*pair) else {symbol}
        return frozenset(found)

    def spread(self, ends: Sequence[sp.Symbol], starts: Sequence[sp.Symbol]) -> tuple[bool, bool]:
        """Whether a change of one entry of a state is seen in another entry, and whether it depends on the states."""
        mixed = varied = False
        for point, values, other in zip(self.points, self.values, self.points[1:] + self.points[:1], strict=True):
            elsewhere = {**point, **{s.name: other[s.name] for s in starts}}
            beyond = self._run(elsewhere)
            for start in starts:
                shape = point[start.name].shape
                one = self._rise(point, values, start, (0,) * len(shape))
                here = self._rise(point, values, start, ...)
                there = self._rise(elsewhere, beyond, start, ...)
                mixed |= any(_away(one[end], shape) for end in ends)
                varied |= not all(_same(here[end], there[end], BENT) for end in ends)
                if mixed and varied:
                    return True, True
        return mixed, varied

    def corners(self, gates: Sequence[sp.Symbol]) -> tuple[bool, bool]:
        """Whether all of these gates are seen near 1 at once in some entry, and all near 0 at once."""
        import numpy as np

        high = low = False
        for point in self.points:
            draw, fixed = np.random.default_rng(2), {q.symbol.name for q in self.graph.leaves if q.fixed}
            many = {name: 3 * draw.normal(size=(BATCH, *array.shape)) for name, array in point.items()}
            values = self._run({name: array if name in fixed else many[name] for name, array in point.items()})
            own = [values[gate].reshape(BATCH, -1) for gate in gates if values[gate].ndim]
            if len(own) == len(gates) and all(o.shape[1] in (1, own[0].shape[1]) for o in own):
                both = np.broadcast_arrays(*own)
                high |= bool(np.any(np.min(both, axis=0) > NEAR))
                low |= bool(np.any(np.max(both, axis=0) < 1 - NEAR))
        return high, low

    def _places(self, axis: Axis, among: Iterable[sp.Symbol]) -> dict[sp.Symbol, int]:
        """Where an axis stands in the arrays of those quantities that have it."""
        shapes = {symbol: self.graph.shape(symbol) for symbol in among}
        return {symbol: place_in(axis, shape) for symbol, shape in shapes.items() if axis in axes_of(shape)}

    def _rise(
        self, point: Arrays, before: Mapping[sp.Symbol, Any], start: sp.Symbol, place: Any
    ) -> Mapping[sp.Symbol, Any]:
        """The slope of every quantity, from what it is `before`, as one entry of a state is moved, or all of them."""
        import numpy as np

        moved = point[start.name].copy()
        moved[place] += SHORT
        after = self._run({**point, start.name: moved})
        with np.errstate(all="ignore"):
            return {name: (after[name] - before[name]) / SHORT for name in self.names}

    def _run(self, point: Arrays) -> Mapping[sp.Symbol, Any]:
        import numpy as np

        with np.errstate(all="ignore"):
            return dict(zip(self.names, self.work.run(point, np), strict=True))


@fact
def witness(cell: Cell) -> Witness:
    """A few points at which a cell is run, with sizes all different.

    >>> import cellgraph as cg
    >>> h, before, x = sp.symbols("h h[t-1] x")
    >>> cell = cg.load("rnn")
    >>> h in witness(cell).changed([x]), witness(cell).spread([h], [before])
    (True, (True, True))
    """
    import numpy as np

    graph = structure(cell).step.graph
    counts = [*SIZES, *range(8, 8 + len(cell.dims))]
    sizes = {size(dim): sp.Integer(count) for dim, count in zip(cell.dims, counts, strict=False)}
    names = tuple(graph.definitions)
    draw, points = np.random.default_rng(1), []
    for scale in SCALES:
        own = {q: (scale if q.fixed else 1.0) * draw.normal(size=counts_of(q.shape, sizes)) for q in graph.leaves}
        known = {q: np.float64(number_of(q.value, sizes)) for q in graph.leaves if q.value is not None}
        points.append({q.symbol.name: np.asarray(array) for q, array in {**own, **known}.items()})
    return Witness(graph, program(graph, names, sizes), names, tuple(points))


def _same(one: Any, two: Any, part: float = CHANGED) -> bool:
    """Whether two arrays agree wherever both are numbers, but for that part of the largest entry."""
    import numpy as np

    fine = np.isfinite(one) & np.isfinite(two)
    scale = 1 + np.abs(np.where(fine, one, 0)).max(initial=0)
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(np.where(fine, one - two, 0)) <= part * scale))


def _away(rise: Any, shape: tuple[int, ...]) -> bool:
    """Whether anything but the first entry changes; in an array of another shape everything is elsewhere."""
    import numpy as np

    away = np.array(rise)
    if away.shape == shape:
        away[(0,) * away.ndim] = 0
    return not _same(away, np.zeros_like(away), BENT)
