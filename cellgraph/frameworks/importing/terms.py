"""Code that is run in the terms of the cell that was read from it: inputs and states in parts, by the cell's names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy
import sympy as sp

from cellgraph.frameworks.live import Array, Cotangents, Live
from cellgraph.frameworks.tracing.asked import Asked
from cellgraph.graph import Cell, size
from cellgraph.implementations.block_layout import BlockLayout, joined, names_in, pieces
from cellgraph.imports.lowered import Lowered
from cellgraph.ops import Axis, Shape, axes_of, core, family


@dataclass(frozen=True)
class Terms:
    """How the inputs and states of some code are made of those of a cell, at certain sizes.

    :words:  piece of an input or a state -> what the cell calls it, a state before the step by its own name
    :shapes: of each piece, in whole numbers
    :arrays: input or state of the code -> how it is made of its pieces
    :orders: input or state of the code -> its axes in the order in which `arrays` has them
    :batch:  whether there is an axis of samples in front
    """

    words: Mapping[str, str]
    shapes: Mapping[str, Shape]
    arrays: Mapping[str, BlockLayout]
    orders: Mapping[str, tuple[int, ...]]
    batch: bool

    def native(self, name: str, values: Mapping[str, Array]) -> Array:
        """An input or a state of the code, from the values of the cell's."""
        block, back = self.arrays[name], numpy.argsort(self.orders[name])
        own = [values[self.words[piece]] for piece in names_in(block)]
        samples = zip(*own, strict=True) if self.batch else [own]
        made = [joined(block, iter(sample), self.shapes, numpy).transpose(back) for sample in samples]
        return numpy.stack(made) if self.batch else made[0]

    def parts(self, name: str, array: Array) -> dict[str, Array]:
        """The parts of an input or a state of the code, by the names of the cell."""
        samples = array if self.batch else [array]
        turned = [numpy.asarray(sample).transpose(self.orders[name]) for sample in samples]
        found = [dict(pieces(self.arrays[name], sample, self.shapes, numpy)) for sample in turned]
        stacked = {piece: numpy.stack([own[piece] for own in found]) for piece in found[0]}
        return {self.words[piece]: part if self.batch else part[0] for piece, part in stacked.items()}


def terms(read: Lowered, words: Mapping[str, str], sizes: Mapping[str, int], batch: bool) -> Terms:
    """The terms of a cell that was made of a step that was read. words: what it calls the pieces."""
    numbers = {size(name): sp.Integer(number) for name, number in sizes.items()}

    def numbered(shape: Shape) -> Shape:
        lifted = [Axis(axis.size.xreplace(numbers), axis.place) for axis in axes_of(shape)]
        return family(lifted, tuple(s.xreplace(numbers) for s in core(shape)))

    shapes = {p.symbol.name: numbered(p.shape) for p in read.pieces if p.role in ("input", "state", "const")}
    return Terms(words, shapes, read.arrays, read.orders, batch)


def constants_of(read: Lowered, said: Terms, given: Mapping[str, Array]) -> dict[str, Array]:
    """Arrays that code is given and does not learn, by the names of the cell. given: they, by native name."""
    names = dict.fromkeys(piece.native for piece in read.pieces if piece.role == "const" and piece.native in given)
    found = [pieces(said.arrays[native], numpy.asarray(given[native]), said.shapes, numpy) for native in names]
    return {said.words[piece]: part for parts in found for piece, part in parts}


def in_terms_of(real: Live, asked: Asked, cell: Cell, said: Terms) -> Live:
    """Code as a live cell whose inputs, states and results are those of a cell."""
    inputs = [q.symbol.name for q in cell.step.having("input")]
    states = [new.name for new in cell.carries.values()]
    given = {name: place for place, name in enumerate(real.returns)}
    shown = next((name for name in given if name not in asked.states and name != "_"), None)
    own_output = shown if cell.output.name not in states else None
    returns = (*states, *([cell.output.name] if own_output is not None else []))

    def natives(fed: Sequence[Array], handed: Sequence[Array]) -> tuple[list[Array], list[Array]]:
        values = {**dict(zip(inputs, fed, strict=True)), **dict(zip(states, handed, strict=True))}
        return [said.native(n, values) for n in asked.inputs], [said.native(n, values) for n in asked.states]

    def step(arrays: Mapping[str, Array], fed: Sequence[Array], handed: Sequence[Array]) -> list[Array]:
        found = real.step(arrays, *natives(fed, handed))
        after = {k: part for name in asked.states for k, part in said.parts(name, found[given[name]]).items()}
        return [after[name] for name in states] + ([found[given[own_output]]] if own_output is not None else [])

    def vjp(
        arrays: Mapping[str, Array], fed: Sequence[Array], handed: Sequence[Array], bars: Sequence[Array]
    ) -> Cotangents:
        assert real.vjp is not None
        theirs = natives(fed, handed)
        named = dict(zip(returns, bars, strict=True))
        seeds = [numpy.zeros_like(array) for array in real.step(arrays, *theirs)]
        for name in asked.states:
            seeds[given[name]] = said.native(name, named).astype(seeds[given[name]].dtype)
        if own_output is not None:
            seeds[given[own_output]] = named[cell.output.name].astype(seeds[given[own_output]].dtype)
        back, ins, olds = real.vjp(arrays, *theirs, seeds)
        parts: dict[str, Array] = {}
        for name, array in (*zip(asked.inputs, ins, strict=True), *zip(asked.states, olds, strict=True)):
            parts |= said.parts(name, array)
        return back, [parts[name] for name in inputs], [parts[name] for name in states]

    return replace(real, returns=returns, step=step, vjp=vjp if real.vjp is not None else None)
