"""Names by value: what the program computes is called what the local variable was called that held its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import sympy as sp

from cellgraph.derive.gradients.compiled import compiled
from cellgraph.graph import Equation, Quantity, parts, unfolded, with_operands
from cellgraph.imports.traced import CalledAt
from cellgraph.imports.writing.distinct import Shapes, distinct, shape_in

CLOSE = 1e-7
"""Numbers nearer than this, of the largest, are the same."""


class Variable(Protocol):
    """A local variable of one real run: its name, the numbers that it was given, and the line that gave them."""

    @property
    def name(self) -> str:
        """What it is called in the code."""

    @property
    def array(self) -> Any:
        """What it held, as an array of NumPy."""

    @property
    def place(self) -> CalledAt | None:
        """Where it was given its value."""


class Holding(NamedTuple):
    """A variable that held the numbers of a node: how many were seen before it, its name and line, and the node."""

    number: int
    name: str
    place: CalledAt | None
    node: sp.Expr


def values_of(
    exprs: Iterable[sp.Expr], shapes: Shapes, given: Mapping[sp.Symbol, Any], sizes: Mapping[sp.Symbol, int]
) -> dict[sp.Expr, Any]:
    """The numbers of every different node of some expressions that is computed, from those of its symbols."""
    nodes = [node for node in distinct(exprs) if parts(node)]
    names = {node: sp.Symbol(f"node {k}") for k, node in enumerate(nodes)}
    lines = [
        Equation(names[node], unfolded(with_operands(node, [names.get(p, p) for p in parts(node)]))) for node in nodes
    ]
    known = {symbol: Quantity(symbol, "input", shapes[symbol]) for symbol in given}
    known |= {name: Quantity(name, "derived", shape_in(node, shapes)) for node, name in names.items()}
    numbers = {size: sp.Integer(number) for size, number in sizes.items()}
    program = compiled(lines, known, list(names.values()), numbers)
    with np.errstate(all="ignore"):
        made = program.run({symbol.name: np.asarray(array) for symbol, array in given.items()}, np)
    return {**given, **dict(zip(nodes, made, strict=True))}


def holdings(
    values: Mapping[sp.Expr, Any], seen: Sequence[Variable], places: Mapping[sp.Expr, CalledAt | None]
) -> tuple[Holding, ...]:
    """Which variable held the numbers of which node, as often as it did; of equal nodes, that of the same line.

    Numbers are compared in row-major order, and where they differ so as a whole, whatever the order of the axes is.

    >>> from types import SimpleNamespace as Local
    >>> x, y = sp.symbols("x y")
    >>> a, b = np.array([[1.0, 3.0], [2.0, 4.0]]), np.array([5.0, 6.0])
    >>> seen = [Local(name="a", array=a, place=None), Local(name="b", array=b, place=None)]
    >>> [(h.name, h.node) for h in holdings({x: np.array([1.0, 2.0, 3.0, 4.0]), y: np.array([5.0, 6.0])}, seen, {})]
    [('a', x), ('b', y)]
    """
    prints = {node: _Print.of(array) for node, array in values.items()}
    found = []
    for number, variable in enumerate(seen):
        own = _Print.of(variable.array)
        equal = [node for node, other in prints.items() if own.equals(other)]
        beside = [node for node in equal if variable.place is not None and places.get(node) == variable.place]
        if equal:
            found.append(Holding(number, variable.name, variable.place, (beside or equal)[0]))
    return tuple(found)


@dataclass(frozen=True)
class _Print:
    """What tells the numbers of an array from others."""

    flat: Any
    total: float
    largest: float

    @staticmethod
    def of(array: Any) -> _Print:
        flat = np.ravel(np.asarray(array, dtype=float))
        finite = flat[np.isfinite(flat)]
        return _Print(flat, float(finite.sum()), float(np.abs(finite).max(initial=0.0)))

    def equals(self, other: _Print) -> bool:
        """Whether the numbers are the same, in this order or in another; members that are all alike count once."""
        if self.flat.size != other.flat.size:
            times, rest = divmod(self.flat.size, max(other.flat.size, 1))
            if rest or times < 2 or other.flat.size < 2:
                return False
            rows = self.flat.reshape(times, -1)
            return bool((rows == rows[0]).all()) and _Print.of(rows[0]).equals(other)
        near = CLOSE * max(self.largest, other.largest)
        if abs(self.total - other.total) > near * self.flat.size:
            return False
        return _near(self.flat, other.flat, near) or _near(np.sort(self.flat), np.sort(other.flat), near)


def _near(a: Any, b: Any, by: float) -> bool:
    return bool(np.allclose(a, b, rtol=0.0, atol=by, equal_nan=True))
