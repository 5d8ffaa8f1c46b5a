"""Axes of traced arrays: which of them are the same, and into which parts they are cut anywhere in the program.

An axis is found to be cut long after arrays along it were made: `chunk` cuts what a product of matrices gave. So all
axes are known first, by unification: two arrays that are added have the same axes, and a cut in one is a cut in both.
It then reaches the rows of the parameter from which the axis comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import sympy as sp

from cellgraph.imports.traced import algebraic

MOST = 64
"""The largest axis of a fixed number of entries that is written out entry by entry."""
DEEP = 64
"""How often an axis is cut anew before it is taken for one that is cut without end."""


class Uneven(Exception):
    """Axes that cannot be the same, or cannot be cut so; what is wrong as a sentence."""

    at: int | None = None
    """The number of the node, once it is known."""


class Extent:
    """One axis: its size, and what it is cut into. Equal to itself alone, until it is unified with others.

    :parts:   axes that stand one after the other along it, or None
    :factors: where it is a product: axes of which the last runs fastest, or None
    :whole:   a fixed number of entries that stay together, such as the width of a kernel
    """

    def __init__(self, size: sp.Expr | int, whole: bool = False) -> None:
        self.size = algebraic(size)
        self.whole = whole
        self.parts: tuple[Extent, ...] | None = None
        self.factors: tuple[Extent, ...] | None = None
        self.same: Extent | None = None
        self.depth = 0

    def __repr__(self) -> str:
        own = found(self)
        inner = own.parts or own.factors
        sign = " + " if own.parts else " x "
        return f"({sign.join(map(repr, inner))})" if inner else str(own.size)


def found(extent: Extent) -> Extent:
    """What stands for an axis and all that it is the same as."""
    while extent.same is not None:
        extent = extent.same
    return extent


class Extents:
    """Unification of axes. `numbers` are sizes of one trace, which tell which of two sizes is the larger."""

    def __init__(self, numbers: Mapping[sp.Symbol, int]) -> None:
        self.numbers = numbers

    def equal(self, a: sp.Expr, b: sp.Expr) -> bool:
        """Whether two sizes are one."""
        return bool(a == b or sp.expand(a - b) == 0)

    def unify(self, a: Extent, b: Extent) -> None:
        """Make two axes the same. Raises Uneven."""
        a, b = found(a), found(b)
        if a is b:
            return
        if not self.equal(a.size, b.size):
            raise Uneven(f"an axis of {a.size} meets one of {b.size}")
        if a.parts is None and a.factors is None:
            a, b = b, a  # a has the structure, if any has one
        if b.parts is not None or b.factors is not None:
            self._merge(a, b)
            a, b = found(a), found(b)
            if a is b:
                return
        b.same = a
        a.whole = a.whole or b.whole

    def _merge(self, a: Extent, b: Extent) -> None:
        if a.factors is not None and b.factors is not None:
            self._meet(a.factors, b.factors)
        elif a.parts is not None and b.parts is not None:
            self._align(a.parts, b.parts)
        else:
            parts, factors = (a, b) if a.parts is not None else (b, a)
            self.cut_equally(factors, parts.parts or ())

    def cut_equally(self, extent: Extent, parts: Sequence[Extent]) -> None:
        """A product is cut along its slowest axis, where that has a fixed number of entries."""
        first, *rest = found(extent).factors or ()
        if not first.size.is_Integer:
            raise Uneven(
                f"an axis of {extent.size} is {first.size} equal parts in one place and is cut into"
                f" {', '.join(str(p.size) for p in parts)} in another"
            )
        inner = rest[0] if len(rest) == 1 else self.joined(rest)
        self._align(tuple(parts), tuple(inner for _ in range(int(first.size))))

    def joined(self, factors: Sequence[Extent]) -> Extent:
        """The axis that several make in row-major order."""
        made = Extent(sp.expand(sp.Mul(*(f.size for f in factors))))
        made.factors = tuple(factors)
        return made

    def cut(self, extent: Extent, parts: Sequence[Extent]) -> None:
        """An axis is these, one after the other. Raises Uneven."""
        self.unify(extent, self.chain(parts))

    def chain(self, parts: Sequence[Extent]) -> Extent:
        """The axis that is these, one after the other."""
        if len(parts) == 1:
            return parts[0]
        made = Extent(sp.expand(sp.Add(*(p.size for p in parts))))
        made.parts = tuple(parts)
        return made

    def factor(self, extent: Extent, factors: Sequence[Extent]) -> None:
        """An axis is the product of these in row-major order. Raises Uneven."""
        real = [f for f in factors if f.size != 1]
        if not real:
            return
        self.unify(extent, real[0] if len(real) == 1 else self.joined(real))

    def _align(self, one: Sequence[Extent], two: Sequence[Extent]) -> None:
        """Two ways in which an axis is cut become the cuts of both."""
        left, right = list(one), list(two)
        while left and right:
            a, b = found(left.pop(0)), found(right.pop(0))
            if self.equal(a.size, b.size):
                self.unify(a, b)
                continue
            if self.number(a.size) > self.number(b.size):
                left, right, a, b = right, left, b, a
            if a.depth > DEEP or b.depth > DEEP:
                raise Uneven(f"an axis of {b.size} is moved along itself; write it with a fixed number of places")
            rest = Extent(sp.expand(b.size - a.size))
            a.depth = rest.depth = b.depth + 1
            if b.factors is not None:
                self.cut_equally(b, (a, rest))
                right[:0] = [rest]
            else:
                self.cut(b, (a, rest))
                right[:0] = [rest]

    def _meet(self, one: Sequence[Extent], two: Sequence[Extent]) -> None:
        """Two ways in which an axis is a product become the factors of both."""
        left, right = list(one), list(two)
        while left and right:
            a, b = found(left.pop(0)), found(right.pop(0))
            if self.equal(a.size, b.size):
                self.unify(a, b)
            elif (rest := divided(b.size, a.size)) is not None:
                more = Extent(rest)
                self.factor(b, (a, more))
                right[:0] = [more]
            elif (rest := divided(a.size, b.size)) is not None:
                more = Extent(rest)
                self.factor(a, (b, more))
                left[:0] = [more]
            else:
                raise Uneven(f"an axis is {a.size} times others in one place and {b.size} times others in another")

    def regroup(self, before: Sequence[Extent], after: Sequence[Extent]) -> None:
        """Axes before and after a reshape, which keeps the entries in row-major order. Raises Uneven."""
        self._meet([e for e in before if found(e).size != 1], [e for e in after if found(e).size != 1])

    def number(self, size: sp.Expr) -> int:
        """A size in one trace."""
        return int(size.xreplace(dict(self.numbers)))


def divided(a: sp.Expr, b: sp.Expr) -> sp.Expr | None:
    """How often one size goes into another, where it does."""
    ratio = sp.cancel(a / b)
    if not ratio.is_polynomial() or (ratio.is_Rational and not ratio.is_Integer):
        return None
    return ratio if ratio.is_Integer or all(c.is_Integer for c in sp.Poly(ratio).coeffs()) else None


Atoms = tuple[Extent, ...]


def cells(extent: Extent) -> list[Atoms]:
    """The parts of an axis in order: each is the open axes that it runs along, which are none for a single entry."""
    own = found(extent)
    if own.parts is not None:
        return [cell for part in own.parts for cell in cells(part)]
    if own.factors is not None:
        return [tuple(atom for inner in chosen for atom in inner) for chosen in product(*map(cells, own.factors))]
    if own.size == 1 and not own.whole:
        return [()]
    if own.size.is_Integer and not own.whole:
        if own.size > MOST:
            raise Uneven(f"an axis has {own.size} entries whatever the sizes are: make this number a size of the cell")
        return [()] * int(own.size)
    return [(own,)]


def open_axes(extent: Extent) -> Iterator[Extent]:
    """Every open axis that any part runs along."""
    for cell in cells(extent):
        yield from cell
