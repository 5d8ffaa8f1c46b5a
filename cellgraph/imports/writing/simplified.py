"""A step that was read, made simple: what tracing leaves behind is gone, and functions are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.implementations.block_layout import block_shape, pieces
from cellgraph.imports.lowered import Lowered, Piece
from cellgraph.imports.traced import CalledAt
from cellgraph.imports.writing.distinct import Shapes, distinct, shape_in
from cellgraph.imports.writing.functions import with_functions
from cellgraph.imports.writing.held import values_of
from cellgraph.imports.writing.tidied import tidied
from cellgraph.ops import Axis, Concat, Fill, Shape, resized


@dataclass(frozen=True)
class SimpleStep:
    """What a step hands on and shows, over pieces.

    :after:  piece of a state before the step -> what it is after
    :output: what the step shows where that is no state, else None
    :order:  what was computed -> how much was computed before it
    :places: what was computed -> the line of the code that did so
    :shapes: those of every node
    """

    after: Mapping[sp.Symbol, sp.Expr]
    output: sp.Expr | None
    order: Mapping[sp.Expr, int]
    places: Mapping[sp.Expr, CalledAt | None]
    shapes: Shapes

    @property
    def ends(self) -> tuple[sp.Expr, ...]:
        """Everything that the step is for."""
        return (*self.after.values(), *([] if self.output is None else [self.output]))


def simplified(lowered: Lowered) -> SimpleStep:
    """The same step in the fewest and plainest operations that give the same numbers."""
    shapes: Shapes = {piece.symbol: piece.shape for piece in lowered.pieces}
    axes = tuple(Axis(size, place) for place, size in enumerate(lowered.each))
    shown = lowered.output
    if len(shown) > 1:
        shown = (Concat(*(part if shape_in(part, shapes) else Fill(part, sp.S.One) for part in shown)),)
    output = next(iter(shown), None)
    ends = [*lowered.after.values(), *([] if output is None else [output])]
    computed = [(part, node.place) for node in lowered.computed for part in node.parts]
    wanted = dict.fromkeys([*ends, *(part for part, _ in computed)])
    made = tidied(wanted, shapes)
    learned = {piece.symbol for piece in lowered.pieces if piece.role in ("param", "const")}
    called = with_functions(dict.fromkeys(made[expr] for expr in wanted), shapes, axes, learned)
    tidy = tidied(called.values(), shapes)
    final = {expr: tidy[called[made[expr]]] for expr in wanted}
    order: dict[sp.Expr, int] = {}
    places: dict[sp.Expr, CalledAt | None] = {}
    for number, (part, place) in enumerate(computed):
        order.setdefault(final[part], number)
        places.setdefault(final[part], place)
    after = {symbol: final[expr] for symbol, expr in lowered.after.items()}
    return SimpleStep(after, None if output is None else final[output], order, places, shapes)


def numbers_of(
    step: SimpleStep, lowered: Lowered, arrays: Mapping[str, Any], sizes: Mapping[sp.Symbol, int]
) -> dict[sp.Expr, Any]:
    """The numbers of every part of a step, from the arrays of inputs, states and parameters by native name.

    Inputs and states may have leading batch axes.
    """
    given: dict[sp.Symbol, Any] = {}
    for native in dict.fromkeys(piece.native for piece in lowered.pieces if piece.native in arrays):
        own = [piece for piece in lowered.pieces if piece.native == native]
        given.update(_cut(np.asarray(arrays[native]), own, lowered, sizes))
    missing = {piece.symbol for piece in lowered.pieces} - given.keys()
    known = [end for end in step.ends if missing.isdisjoint(distinct([end]))]
    return values_of(known, step.shapes, given, sizes)


def _cut(array: Any, own: list[Piece], lowered: Lowered, sizes: Mapping[sp.Symbol, int]) -> dict[sp.Symbol, Any]:
    """The numbers of the pieces of one array, of each sample where it has a batch axis."""
    native = own[0].native
    shapes = {piece.symbol.name: _numbered(piece.shape, sizes) for piece in own}
    block = lowered.arrays.get(native)
    if block is None:
        return {own[0].symbol: array}
    order = lowered.orders.get(native, tuple(range(len(block_shape(block, shapes)))))
    samples = array if array.ndim > len(order) else array[None]
    cut = [dict(pieces(block, sample.transpose(order), shapes, np)) for sample in samples]
    whole = {name: np.stack([sample[name] for sample in cut]) for name in cut[0]}
    return {sp.Symbol(name): part if array.ndim > len(order) else part[0] for name, part in whole.items()}


def _numbered(shape: Shape, sizes: Mapping[sp.Symbol, int]) -> Shape:
    """A shape in numbers, its axes being the same."""
    return resized(shape, {size: sp.Integer(number) for size, number in sizes.items()})
