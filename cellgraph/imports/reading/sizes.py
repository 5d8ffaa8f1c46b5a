"""Sizes of a traced program: several traces put together, and their whole numbers as expressions in sizes.

A number that is the same in all traces is a number. Any other is the simplest sum of products of sizes that fits every
trace: `4*n`, `m + n`, `j*d`; a number such as 0.2132 is one where its reciprocal or its square is, as in n ** (-1/2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from math import prod
from typing import Any, TypeAlias

import numpy as np
import sympy as sp

from cellgraph.errors import CellgraphError
from cellgraph.graph.symbols import size
from cellgraph.imports.traced import Trace, TracedNode

BATCH = size("batch")
"""The size of the batch axis in a trace at open sizes. No spec has it: equations are written for one sample."""

LARGEST = 3
"""How many sizes a product may have."""
TERMS = 3
"""How many products a sum may have."""
MOST = 64
"""The largest factor of a product in a sum of several."""
POWERS = (1, -1, 2, -2)
"""A number is looked at to each of these powers."""

Sizes = Sequence[Mapping[sp.Symbol, int]]
"""For each trace, the numbers that stood for the sizes, that of the batch included."""


Product: TypeAlias = tuple[sp.Expr, tuple[int, ...]]
"""A product of sizes, and what it is in each trace."""


class NoFit(CellgraphError):
    """Traces that do not fit together: what the program does depends on sizes in a way that no equation has."""


def traces_needed(sizes: int) -> int:
    """How many traces tell numbers in so many sizes apart: one more than there are sizes, and four at least."""
    return max(4, sizes + 1)


def unified(traces: Sequence[Trace], sizes: Sequence[Mapping[str, int]]) -> Trace:
    """One trace out of several, in which every number that depends on sizes is an expression in them.

    :sizes: for each trace, a number for each size by name; `traces_needed` says how many

    Raises NoFit where the traces have different operations, or numbers that no simple expression fits.
    """
    first = traces[0]
    numbers = [
        {size(name): number for name, number in own.items()} | ({BATCH: int(t.batch)} if t.batch is not None else {})
        for t, own in zip(traces, sizes, strict=True)
    ]
    fit = SizeFit(numbers)
    for other in traces[1:]:
        for one, two in zip(first.nodes, other.nodes, strict=False):
            if (one.op, one.args) != (two.op, two.args) or len(one.shape) != len(two.shape):
                raise NoFit(
                    f"{_where(one)}at other sizes the code does something else here: {one.op}, then {two.op}; "
                    "give the size that it loops over or asks for as a number"
                )
        if len(first.nodes) != len(other.nodes):
            raise NoFit(
                "at other sizes the code does something else: it has a loop over a size, or asks what a size is; "
                "give this size as a number and not as a dim"
            )
    nodes = tuple(_node(fit, [trace.nodes[k] for trace in traces]) for k in range(len(first.nodes)))
    return replace(first, nodes=nodes, batch=None if first.batch is None else BATCH)


def _where(node: TracedNode) -> str:
    return f"{node.place.file}:{node.place.line}: " if node.place else ""


def _node(fit: SizeFit, nodes: Sequence[TracedNode]) -> TracedNode:
    first = nodes[0]
    try:
        shape = tuple(fit.whole([node.shape[k] for node in nodes]) for k in range(len(first.shape)))
        attributes = {key: _said(fit, [node.attributes[key] for node in nodes]) for key in first.attributes}
    except NoFit as problem:
        raise NoFit(f"{_where(first)}{problem}") from None
    return replace(first, shape=shape, attributes=attributes)


def _said(fit: SizeFit, values: Sequence[Any]) -> Any:
    """An attribute of a node in all traces: numbers are fitted, also inside of tuples; arrays and words are left."""
    first = values[0]
    if isinstance(first, bool | str) or first is None:
        return first
    if isinstance(first, int):
        return fit.whole(values)
    if isinstance(first, float):
        return fit.number(values)
    if isinstance(first, tuple | list):
        return tuple(_said(fit, [value[k] for value in values]) for k in range(len(first)))
    return first


class SizeFit:
    """Expressions that have given values at several choices of sizes; what was found once is kept."""

    def __init__(self, numbers: Sizes) -> None:
        self.numbers = numbers
        self.found: dict[tuple[Fraction, ...], sp.Expr] = {}
        self.choices: dict[int, tuple[Any, Any]] = {}
        symbols = sorted(numbers[0], key=str)
        products = [
            chosen for degree in range(LARGEST + 1) for chosen in combinations_with_replacement(symbols, degree)
        ]
        self.products = [
            (sp.Mul(*chosen), tuple(prod(own[s] for s in chosen) for own in numbers)) for chosen in products
        ]

    def whole(self, values: Sequence[Any]) -> Any:
        """What a whole number is in the sizes: an int where it depends on none of them. Raises NoFit."""
        if len(set(values)) == 1:
            return int(values[0])
        return self._fitted([Fraction(int(value)) for value in values], values)

    def number(self, values: Sequence[float]) -> Any:
        """What a number is in the sizes: a float where it depends on none of them. Raises NoFit."""
        if max(values) - min(values) <= 1e-13 * max(map(abs, values), default=0):
            return values[0]
        for count in range(1, TERMS + 1):
            for power in POWERS:
                found = self._power(values, power, count)
                if found is not None:
                    sign = -1 if power % 2 == 0 and values[0] < 0 else 1
                    return sign * found ** sp.Rational(1, power)
        raise NoFit(
            f"a number is {', '.join(f'{v:.6g}' for v in values)} at {self._told()}, which no simple formula is"
        )

    def _power(self, values: Sequence[float], power: int, count: int) -> sp.Expr | None:
        """What these values to a power are as a sum of so many products."""
        if power < 0 and 0 in values:
            return None
        exact = [Fraction(value**power).limit_denominator(100_000) for value in values]
        if any(abs(float(e) - v**power) > 1e-11 * abs(v**power) for e, v in zip(exact, values, strict=True)):
            return None
        return self._sum(tuple(exact), count)

    def _fitted(self, values: Sequence[Fraction], shown: Sequence[Any]) -> sp.Expr:
        key = tuple(values)
        if key not in self.found:
            sums = (self._sum(key, count) for count in range(1, TERMS + 1))
            found = next((found for found in sums if found is not None), None)
            if found is None:
                told = ", ".join(map(str, shown))
                raise NoFit(
                    f"a size is {told} at {self._told()}, which is no sum of few products of them; "
                    "what an array is long must not depend on values, nor on sizes in another way"
                )
            self.found[key] = found
        return self.found[key]

    def _sum(self, values: tuple[Fraction, ...], count: int) -> sp.Expr | None:
        """The first sum of so many products that fits; products come by their degree, and so do sums."""
        if count >= len(values):
            return None
        for chosen in self._likely(values, count):
            weights = _solved([[Fraction(at[t]) for _, at in chosen] for t in range(len(values))], values)
            if weights and all(w and (count == 1 or (w.denominator == 1 and abs(w) <= MOST)) for w in weights):
                return sp.Add(*(_rational(w) * term for w, (term, _) in zip(weights, chosen, strict=True)))
        return None

    def _likely(self, values: tuple[Fraction, ...], count: int) -> Iterator[tuple[Product, ...]]:
        """Choices of products that fit to the precision of floats; all at once, for there are thousands."""
        choices, columns = self._choices(count)
        wanted = np.array(values, dtype=float)
        weights = np.linalg.solve(columns[:, :count], wanted[:count, None])[..., 0]
        gap = np.abs(np.einsum("ktc,kc->kt", columns, weights) - wanted).max(1)
        for k in np.flatnonzero(gap <= 1e-6 * np.abs(wanted).max()):
            yield tuple(self.products[c] for c in choices[k])

    def _choices(self, count: int) -> tuple[Any, Any]:
        """All choices of so many products that the first traces tell apart, and what they are in each trace."""
        if count not in self.choices:
            every = np.array([*combinations(range(len(self.products)), count)])
            columns = np.array([at for _, at in self.products], dtype=float)[every].transpose(0, 2, 1)
            square = columns[:, :count]
            regular = np.abs(np.linalg.det(square / np.abs(square).max((1, 2), keepdims=True))) > 1e-12
            self.choices[count] = every[regular], columns[regular]
        return self.choices[count]

    def _told(self) -> str:
        return "; ".join(", ".join(f"{s} = {n}" for s, n in own.items() if s != BATCH) for own in self.numbers)


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


def _solved(rows: Sequence[Sequence[Fraction]], values: Sequence[Fraction]) -> list[Fraction] | None:
    """The weights with which the columns add up to the values in every row, if there are such; by elimination."""
    table = [[*row, value] for row, value in zip(rows, values, strict=True)]
    count = len(rows[0])
    for k in range(count):
        pivot = next((r for r in range(k, len(table)) if table[r][k]), None)
        if pivot is None:
            return None
        table[k], table[pivot] = table[pivot], table[k]
        table[k] = [entry / table[k][k] for entry in table[k]]
        for r in range(len(table)):
            if r != k and table[r][k]:
                table[r] = [a - table[r][k] * b for a, b in zip(table[r], table[k], strict=True)]
    return [table[k][count] for k in range(count)] if not any(row[count] for row in table[count:]) else None
