"""Jacobians as numbers: linear factors, their products and whole one-step Jacobians as dense arrays.

An array of any rank is flattened in C order; leading axes that values carry beyond their shapes are batch axes (time,
samples), and so are those of the results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp

from cellgraph.derive.gradients.compiled import compiled
from cellgraph.derive.gradients.evaluate import sizes_of
from cellgraph.derive.jacobians.local import local
from cellgraph.graph import Cell, Graph, Quantity, rebuilt, shape_of, symbols_of
from cellgraph.ops import Column, Diag, Factor, Head, Partial, Row, Shape, operands

Array = Any
Matrices = dict[tuple[str, str], Array]


def dense_jacobian(cell: Cell, values: Mapping[str, Any], xp: Any = None) -> Matrices:
    """∂(state after)/∂(state before) for every pair by name, numerator layout, from the arrays of `step`.

    Each is an array (*batch, entries of the state after, entries of the state before); a pair without any path is left
    out. No path is listed: the local factors are multiplied along the graph, so the cost grows with the graph's size.
    """
    found: Matrices = {}
    links = local(cell.step)
    factors = Factors(cell.step, values, xp)
    for before in cell.carries:
        matrices: dict[sp.Expr, Array] = {before: factors.identity(links.shapes[before])}
        for node, inner in links.links.items():
            terms = [
                factors.dense(link.factor, links.shapes[link.source]) @ matrices[link.source]
                for link in inner
                if link.source in matrices
            ]
            if terms:
                matrices[node] = sum(terms[1:], start=terms[0])
        for after in cell.carries.values():
            if after in matrices:
                found[after.name, before.name] = matrices[after]
    return found


def valued(
    expr: sp.Expr,
    quantities: Mapping[sp.Symbol, Quantity],
    found: Mapping[str, Any],
    sizes: Mapping[sp.Symbol, sp.Integer],
    xp: Any,
) -> Array:
    """The array of one expression over quantities whose arrays are found."""
    dtype = next((array.dtype for array in found.values() if hasattr(array, "dtype")), None)
    return compiled((), quantities, [expr], sizes).typed(dtype, xp).run(found, xp)[0]


class Factors:
    """Linear factors over one graph with arrays for all its quantities, as dense arrays."""

    def __init__(self, graph: Graph, values: Mapping[str, Any], xp: Any = None) -> None:
        if xp is None:
            import numpy as xp
        self.graph, self.values, self.xp = graph, dict(values), xp
        self.sizes = sizes_of(graph.leaves, values, {})
        self.dtype = next(a.dtype for name in values if hasattr(a := values[name], "dtype"))

    def product(self, factors: Iterable[sp.Expr], shape: Shape) -> Array:
        """The product of factors, read left to right, applied to an array of this shape."""
        result = self.identity(shape)
        for factor in reversed(tuple(factors)):
            result = self.dense(factor, shape) @ result
            shape = self.image(factor, shape)
        return result

    def image(self, factor: sp.Expr, shape: Shape) -> Shape:
        """The shape of what a factor makes of an array of this shape."""
        if isinstance(factor, Diag):
            return shape
        if isinstance(factor, Row):
            return ()
        if isinstance(factor, (Column, Partial)):
            return self.graph.shape(factor.args[0])
        return (self._matrix(factor)[1][0], *shape[1:])

    def dense(self, factor: sp.Expr, shape: Shape) -> Array:
        """The factor as (*batch, entries of the result, entries of the operand) for an operand of this shape."""
        if isinstance(factor, Diag):
            return self._flat(factor.args[0], shape)[..., None] * self.identity(shape)
        if isinstance(factor, Column):
            return self._flat(factor.args[0], self.graph.shape(factor.args[0]))[..., None]
        if isinstance(factor, Row):
            return self._flat(factor.args[0], shape)[..., None, :]
        if isinstance(factor, Partial):
            return self._partial(factor)
        matrix, _ = self._matrix(factor)
        if len(shape) == 1:
            return matrix
        identity = self.identity(shape[1:])
        both = matrix[..., :, None, :, None] * identity[None, :, None, :]
        return both.reshape((*matrix.shape[:-2], matrix.shape[-2] * len(identity), matrix.shape[-1] * len(identity)))

    def identity(self, shape: Shape) -> Array:
        """The identity on arrays of this shape."""
        return self.xp.eye(self._count(shape), dtype=self.dtype)

    def _numbers(self, shape: Shape) -> tuple[int, ...]:
        return tuple(int(size.xreplace(self.sizes)) for size in shape)

    def _count(self, shape: Shape) -> int:
        count = 1
        for size in self._numbers(shape):
            count *= size
        return count

    def _flat(self, expr: sp.Expr, shape: Shape) -> Array:
        """The entries of a coefficient for an array of this shape; a scalar goes with every entry."""
        rank = len(shape_of(expr, self.graph.quantities))
        array = self.xp.asarray(valued(expr, self.graph.quantities, self.values, self.sizes, self.xp), dtype=self.dtype)
        if rank < len(shape):
            array = array[(..., *[None] * len(shape))] * self.xp.ones(self._numbers(shape), dtype=self.dtype)
        lead = array.shape[: array.ndim - len(shape)]
        return array.reshape((*lead, self._count(shape)))

    def _matrix(self, expr: sp.Expr) -> tuple[Array, Shape]:
        """A matrix expression; linear factors inside it (softmax has one) stand for their dense arrays."""
        quantities, values = dict(self.graph.quantities), dict(self.values)
        inner: dict[sp.Expr, sp.Expr] = {}
        for k, factor in enumerate(_factors_in(expr)):
            shape = self.graph.shape(factor.args[0])
            name = sp.Symbol(f"@{k}")
            quantities[name] = Quantity(name, "derived", (*shape, *shape))
            values[name.name] = self.dense(factor, shape)
            inner[factor] = name
        plain = rebuilt(expr, inner) if inner else expr
        return valued(plain, quantities, values, self.sizes, self.xp), shape_of(plain, quantities)

    def _partial(self, factor: Partial) -> Array:
        """∂(expression)/∂(its k-th operand), the expression being affine in it: its change under every unit array."""
        expr, k = factor.args[0], int(factor.args[1])
        arguments = operands(expr)
        name = sp.Symbol("@operand")
        shape = self.graph.shape(arguments[k])
        probed = expr.func(*arguments[:k], name, *expr.args[k + 1 :])
        quantities = {**self.graph.quantities, name: Quantity(name, "derived", shape)}
        units = self.identity(shape).reshape((self._count(shape), *self._numbers(shape)))
        others = (s for a in (*arguments[:k], *arguments[k + 1 :]) for s in symbols_of(a))
        spread = {s: self._spread(s) for s in others if s in self.graph.quantities}

        def at(units: Array) -> Array:
            values = {**self.values, **{s.name: a for s, a in spread.items()}, name.name: units}
            return valued(probed, quantities, values, self.sizes, self.xp)

        change = at(units) - at(units * 0)
        rank = len(self.graph.shape(expr))
        lead = change.shape[: change.ndim - rank]
        return self.xp.swapaxes(change.reshape((*lead, -1)), -1, -2)

    def _spread(self, symbol: sp.Symbol) -> Array:
        """A batched array with one more axis after its batch axes, for the unit arrays to run along."""
        array, rank = self.values[symbol.name], len(self.graph.quantities[symbol].shape or ())
        lead = getattr(array, "ndim", 0) - rank  # a scalar may be a plain number
        return array if not lead else array[(*[slice(None)] * lead, None)]


def _factors_in(expr: sp.Expr) -> list[Factor]:
    found: dict[Factor, None] = {}
    todo = [expr]
    while todo:
        node = todo.pop()
        if isinstance(node, Factor):
            found[node] = None
        elif isinstance(node, Head):
            todo.extend(reversed(operands(node)))
    return list(found)
