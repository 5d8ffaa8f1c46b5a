"""Projection: the output is made smaller by a matrix before it recurs, and every matrix that reads it shrinks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sympy as sp

from cellgraph.graph import Cell, Graph, Quantity, postorder, shapes_within, size, symbols_of
from cellgraph.graph.order_and_shapes import ordered
from cellgraph.messages import message
from cellgraph.ops import Conv, Matmul, Mismatch, Shape, Slice, axes_of, core, family, operands
from cellgraph.transforms.draft import Draft, decompose
from cellgraph.transforms.transform import NotApplicable, Transformed


def projection(cell: Cell) -> Transformed:
    """h := P (...) of a size p of its own, where h was (...) of size n, and every matrix that reads h takes size p.

    Raises NotApplicable where the output is no state, or where it is read without a matrix, so that its size must stay.
    """
    output, name = cell.output, cell.output.name
    shape = cell.step.shape(output)
    if output not in cell.carries.values() or len(core(shape)) != 1:
        raise NotApplicable("no projection: the output {output} is no state that is a vector", output=name)
    made = decompose(cell)
    dim, matrix = made.fresh("p"), replace(made, dims={**made.dims, "p": ""}).fresh("P")
    small = family(axes_of(shape), (size(dim),))
    learned = made.own(family(axes_of(shape), (size(dim), *core(shape))))
    whole = cell.step.definitions[output]
    made = made.put(output, {whole: Matmul(sp.Symbol(matrix), whole)}).having(params={matrix: learned})
    made = replace(made, dims={**made.dims, dim: "projection size"}, states={**made.states, name: small})
    return Transformed(
        fitted(made, name, cell.step),
        message("with a recurrent projection"),
        message(
            "The output {output} is projected to a size {size} of its own before it recurs, so that the cell can be "
            "large while its recurrent matrices stay small.",
            output=name,
            size=dim,
        ),
    )


def fitted(made: Draft, name: str, step: Graph) -> Draft:
    """The draft with every matrix of parameters that reads the quantity `name` in the size that it now has.

    `step` is the graph in which sizes are as they were. Raises NotApplicable where something else reads it, so that the
    sizes no longer agree.
    """
    params = dict(made.params)
    known = {q.symbol: q for q in made.leaves}
    for equation in ordered((*made.equations, *made.readout), known)[0]:
        try:
            shape = None if _sliced(equation.rhs, known, step) else _fit(equation.rhs, known, params)
        except Mismatch:
            shape = None
        if shape is None or made.states.get(equation.lhs.name, shape) != shape:
            raise NotApplicable(
                "the size of {name} cannot change: {reader} is made from it without a matrix between the two",
                name=name,
                reader=equation.lhs,
            )
        known[equation.lhs] = Quantity(equation.lhs, "derived", shape)
    return replace(made, params=params)


def _sliced(rhs: sp.Expr, known: Mapping[sp.Symbol, Quantity], step: Graph) -> bool:
    """Whether an expression takes a part of something whose size has changed: its bounds are those of the old size."""
    new = {s for s, q in known.items() if s not in step.quantities or q.shape != step.quantities[s].shape}
    return any(isinstance(node, Slice) and new & set(symbols_of(operands(node)[0])) for node in postorder(rhs))


def _weighed(node: sp.Expr) -> tuple[tuple[sp.Expr, sp.Expr, int, int], ...]:
    """For each operand that may be the weights of a product: it, the other, and the axes of both that have one size."""
    if isinstance(node, Conv):
        read, kernel = operands(node)
        return ((kernel, read, -1, -1),)
    if not isinstance(node, Matmul):
        return ()
    left, right = operands(node)
    return (left, right, -1, 0), (right, left, 0, -1)


def _fit(rhs: sp.Expr, known: dict[sp.Symbol, Quantity], params: dict[str, Shape]) -> Shape:
    """The shape of an expression, once the matrices in it have the sizes that they are multiplied with."""
    for node in postorder(rhs):
        for matrix, other, axis, inner in _weighed(node):
            if isinstance(matrix, sp.Symbol) and matrix.name in params:
                own = list(core(params[matrix.name]))
                own[axis] = core(shapes_within(other, known)[other])[inner]
                params[matrix.name] = family(axes_of(params[matrix.name]), tuple(own))
                known[matrix] = replace(known[matrix], shape=params[matrix.name])
                break
    return shapes_within(rhs, known)[rhs]
