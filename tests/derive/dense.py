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
from cellgraph.ops import (
    Column,
    Diag,
    Factor,
    Head,
    Matmul,
    Mul,
    Partial,
    Row,
    Shape,
    Sum,
    axes_of,
    core,
    crossed,
    family,
    operands,
    pulled,
)  # fmt: skip

Array = Any
NO_SIZES: Mapping[sp.Symbol, sp.Integer] = {}
Matrices = dict[tuple[str, str], Array]


def dense_jacobian(
    cell: Cell, values: Mapping[str, Any], xp: Any = None, sizes: Mapping[sp.Symbol, sp.Integer] = NO_SIZES
) -> Matrices:
    """∂(state after)/∂(state before) for every pair by name, numerator layout, from the arrays of `step`.

    Each is an array (*batch, entries of the state after, entries of the state before); a pair without any path is left
    out. No path is listed: the local factors are multiplied along the graph, so the cost grows with the graph's size.
    """
    found: Matrices = {}
    links = local(cell.step)
    factors = Factors(cell.step, values, xp, sizes)
    for before in cell.carries:
        matrices: dict[sp.Expr, Array] = {before: factors.identity(links.shapes[before])}
        for node, inner in links.links.items():
            terms = [
                factors.dense(link.factor, links.shapes[link.source], links.shapes[node]) @ matrices[link.source]
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

    def __init__(
        self, graph: Graph, values: Mapping[str, Any], xp: Any = None, sizes: Mapping[sp.Symbol, sp.Integer] = NO_SIZES
    ) -> None:
        if xp is None:
            import numpy as xp
        self.graph, self.values, self.xp = graph, dict(values), xp
        self.sizes = sizes_of(graph.leaves, values, sizes)
        self.dtype = next(a.dtype for name in values if hasattr(a := values[name], "dtype"))
        self.found: dict[tuple[Any, ...], Array] = {}

    def product(self, factors: Iterable[sp.Expr], shape: Shape, made: Shape | None = None) -> Array:
        """The product of factors, read left to right, applied to an array of this shape; `made` is what comes of it."""
        result = self.identity(shape)
        for factor in reversed(tuple(factors)):
            if isinstance(factor, Partial):
                whole = self.graph.shape(operands(factor.args[0])[int(factor.args[1])])
                result, shape = self._shared(shape, whole) @ result, whole
            image = self.image(factor, shape)
            result, shape = self.dense(factor, shape, image) @ result, image
        return result if made is None else self._shared(shape, made) @ result

    def image(self, factor: sp.Expr, shape: Shape) -> Shape:
        """The shape of what a factor makes of an array of this shape."""
        if isinstance(factor, Partial):
            return self.graph.shape(factor.args[0])
        if isinstance(factor, (Diag, Column, Row)):
            own = self.graph.shape(factor.args[0])
            member = core(shape) if isinstance(factor, Diag) else core(own) if isinstance(factor, Column) else ()
        else:
            own = self._matrix(factor)[1]
            member = (core(own)[0], *core(shape)[1:])
        return family({*axes_of(shape), *axes_of(own)}, member)

    def dense(self, factor: sp.Expr, shape: Shape, made: Shape | None = None) -> Array:
        """The factor as (*batch, entries of the result, entries of the operand) for an operand of this shape.

        `made` is the shape of the result, where that has lifted axes that neither operand nor factor has.
        """
        key = factor, shape, made
        if key not in self.found:  # many paths go through one factor
            self.found[key] = self._dense(factor, shape, made)
        return self.found[key]

    def _dense(self, factor: sp.Expr, shape: Shape, made: Shape | None) -> Array:
        if isinstance(factor, Partial):
            return self._partial(factor)
        if axes_of(shape) or axes_of(self.graph.shape(factor.args[0]) if factor.args else ()) or axes_of(made or ()):
            whole = self.image(factor, shape)
            lifted = self._lifted(factor, shape)
            return lifted if made is None else self._shared(whole, made) @ lifted
        if isinstance(factor, Diag):
            return self._flat(factor.args[0], shape)[..., None] * self.identity(shape)
        if isinstance(factor, Column):
            return self._flat(factor.args[0], self.graph.shape(factor.args[0]))[..., None]
        if isinstance(factor, Row):
            return self._flat(factor.args[0], shape)[..., None, :]
        matrix, _ = self._matrix(factor)
        if len(shape) == 1:
            return matrix
        identity = self.identity(shape[1:])
        both = matrix[..., :, None, :, None] * identity[None, :, None, :]
        return both.reshape((*matrix.shape[:-2], matrix.shape[-2] * len(identity), matrix.shape[-1] * len(identity)))

    def _lifted(self, factor: sp.Expr, shape: Shape) -> Array:
        """A factor of families, column by column: what it makes of every unit array."""
        name = sp.Symbol("@operand")
        inside = factor.args[0] if isinstance(factor, (Diag, Column, Row)) else factor
        held, values, plain = self._held(inside)
        held[name] = Quantity(name, "derived", shape)
        product = Mul(name, plain) if isinstance(factor, (Diag, Column, Row)) else Matmul(plain, name)
        change = Sum(product) if isinstance(factor, Row) else product
        return self._columns(change, name, shape, held, values)

    def _shared(self, shape: Shape, made: Shape) -> Array:
        """What repeats an array for every member along the axes that it does not have."""
        more = [axis for axis in axes_of(made) if axis not in axes_of(shape)]
        if not more:
            return self.identity(shape)
        numbers = list(self._numbers(shape))
        for axis in sorted(more, key=lambda axis: axis.place):
            numbers.insert(axes_of(made).index(axis), 1)
        units = self.identity(shape).reshape((self._count(shape), *numbers))
        whole = units * self.xp.ones(self._numbers(made), dtype=self.dtype)
        return whole.reshape((self._count(shape), -1)).T

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

    def _held(self, expr: sp.Expr) -> tuple[dict[sp.Symbol, Quantity], dict[str, Array], sp.Expr]:
        """Quantities, values and the expression, in which linear factors (softmax has one) are dense arrays by name."""
        quantities, values = dict(self.graph.quantities), dict(self.values)
        inner: dict[sp.Expr, sp.Expr] = {}
        for k, factor in enumerate(_factors_in(expr)):
            shape = self.graph.shape(factor.args[0])
            name = sp.Symbol(f"@{k}")
            quantities[name] = Quantity(name, "derived", family(axes_of(shape), (*core(shape), *core(shape))))
            entries = valued(factor.args[0], self.graph.quantities, self.values, self.sizes, self.xp)
            values[name.name] = entries[..., None] * self.identity(core(shape))
            inner[factor] = name
        return quantities, values, rebuilt(expr, inner) if inner else expr

    def _matrix(self, expr: sp.Expr) -> tuple[Array, Shape]:
        """A matrix expression."""
        quantities, values, plain = self._held(expr)
        return valued(plain, quantities, values, self.sizes, self.xp), shape_of(plain, quantities)

    def _partial(self, factor: Partial) -> Array:
        """∂(expression)/∂(its k-th operand): its change under every unit array, or its cotangents of them."""
        expr, k = factor.args[0], int(factor.args[1])
        arguments = operands(expr)
        name = sp.Symbol("@operand")
        shape = self.graph.shape(arguments[k])
        quantities = {**self.graph.quantities, name: Quantity(name, "derived", shape)}
        if crossed(expr):
            made = self.graph.shape(expr)
            quantities[name] = Quantity(name, "seed", made)
            own = pulled(expr, name, expr, tuple(self.graph.shape(a) for a in arguments))[k]
            assert own is not None
            return self.xp.swapaxes(self._columns(own, name, made, quantities, self.values), -1, -2)
        probed = expr.func(*arguments[:k], name, *expr.args[k + 1 :])
        return self._columns(probed, name, shape, quantities, self.values)

    def _columns(
        self,
        expr: sp.Expr,
        name: sp.Symbol,
        shape: Shape,
        quantities: Mapping[sp.Symbol, Quantity],
        values: Mapping[str, Array],
    ) -> Array:
        """The change of an expression that is affine in `name` under every unit array of this shape, as columns."""
        units = self.identity(shape).reshape((self._count(shape), *self._numbers(shape)))
        spread = {
            s: _spread(values[s.name], quantities[s].shape or ())
            for s in symbols_of(expr) if s in quantities and s != name
        }  # fmt: skip

        def at(units: Array) -> Array:
            given = {**values, **{s.name: a for s, a in spread.items()}, name.name: units}
            return valued(expr, quantities, given, self.sizes, self.xp)

        change = at(units) - at(units * 0)
        lead = change.shape[: change.ndim - len(shape_of(expr, quantities))]
        return self.xp.swapaxes(change.reshape((*lead, -1)), -1, -2)


def _spread(array: Array, shape: Shape) -> Array:
    """A batched array with one more axis after its batch axes, for the unit arrays to run along."""
    lead = getattr(array, "ndim", 0) - len(shape)  # a scalar may be a plain number
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
