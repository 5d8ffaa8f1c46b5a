"""A lowered program beside the trace that it was read from: the same numbers, in parts and as whole arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import sympy as sp
from imports.traced_values import values

from cellgraph.derive.gradients.compiled import compiled
from cellgraph.graph import Quantity, size
from cellgraph.graph.functions import unfolded
from cellgraph.implementations.block_layout import pieces
from cellgraph.imports.lowered import Lowered
from cellgraph.imports.traced import Trace
from cellgraph.ops import Axis, Shape, axes_of, core, family


def numbered(shape: Shape, numbers: Mapping[sp.Symbol, sp.Integer]) -> Shape:
    """A shape with sizes put in."""
    lifted = [Axis(axis.size.xreplace(dict(numbers)), axis.place) for axis in axes_of(shape)]
    return family(lifted, tuple(s.xreplace(dict(numbers)) for s in core(shape)))


def parts_of(lowered: Lowered, given: Mapping[str, np.ndarray], sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """The pieces by name, out of whole arrays, whose batch axes are left out or stand first."""
    numbers = {size(name): sp.Integer(number) for name, number in sizes.items()}
    shapes = {piece.symbol.name: numbered(piece.shape, numbers) for piece in lowered.pieces}
    found: dict[str, np.ndarray] = {}
    for native, block in lowered.arrays.items():
        found |= pieces(block, given[native], shapes, np)
    return found


def disagreement(trace: Trace, lowered: Lowered, sizes: Mapping[str, int], seed: int = 0) -> float:
    """The largest difference between what a trace hands on and what it was read as, for one sample."""
    draw = np.random.default_rng(seed)
    leaves = {**trace.inputs, **trace.states, **trace.parameters, **trace.buffers}
    arrays = {name: draw.uniform(-1, 1, trace.nodes[number].shape) for name, number in leaves.items()}
    arrays |= {name: abs(arrays[name]) for name in trace.buffers}  # a running variance is positive
    whole = values(trace, {number: arrays[name] for name, number in leaves.items()})
    sample = {
        name: array[1] if name in {*trace.inputs, *trace.states} and trace.batch is not None else array
        for name, array in arrays.items()
    }
    orders = lowered.orders
    turned = {name: array.transpose(orders[name]) if name in orders else array for name, array in sample.items()}
    given = parts_of(lowered, turned, sizes)
    quantities = {piece.symbol: Quantity(piece.symbol, piece.role, piece.shape) for piece in lowered.pieces}
    numbers = {size(name): sp.Integer(number) for name, number in sizes.items()}
    exprs = [unfolded(expr) for expr in (*lowered.after.values(), *lowered.output)]
    ours = compiled((), quantities, exprs, numbers).typed(np.dtype("float64"), np).run(given, np)
    names = [piece.symbol.name for name in trace.after for piece in lowered.pieces if piece.native == name]
    after = {name: whole[number] for name, number in trace.after.items()}
    sample = {name: array[1] if trace.batch is not None else array for name, array in after.items()}
    turned = {name: array.transpose(orders[name]) for name, array in sample.items()}
    theirs = parts_of(replace(lowered, arrays={name: lowered.arrays[name] for name in turned}), turned, sizes)
    apart = [np.abs(theirs[name] - own).max() for name, own in zip(names, ours[: len(names)], strict=True)]
    if trace.output is not None:
        shown = whole[trace.output][1 if trace.batch is not None else ...]
        flat = np.concatenate([np.ravel(np.asarray(array)) for array in ours[len(names) :]])
        apart.append(np.abs(np.sort(flat) - np.sort(shown, axis=None)).max())
    return float(max(apart))
