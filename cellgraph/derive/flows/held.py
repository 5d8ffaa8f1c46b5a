"""Runs in which some quantities are held fixed, so that no gradient passes through them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.gradients.compiled import program
from cellgraph.graph import Cell, Graph

Array = Any


def holding(cell: Cell, fixed: Collection[sp.Symbol]) -> Cell:
    """The cell with these computed quantities as inputs of the step: no Jacobian has their derivatives."""
    step = cell.step
    kept = [equation for equation in step.equations if equation.lhs not in fixed]
    inputs = [replace(step.quantities[e.lhs], role="input") for e in step.equations if e.lhs in fixed]
    derived = [step.quantities[equation.lhs] for equation in kept]
    return replace(cell, step=Graph.build([*step.leaves, *inputs], kept, derived, step.outputs))


def with_values(
    cell: Cell,
    fixed: Collection[sp.Symbol],
    sizes: Mapping[sp.Symbol, sp.Integer],
    weights: Mapping[str, Array],
    trace: Mapping[str, Array],
) -> Mapping[str, Array]:
    """A trace (inputs and states before every step) with the values that these quantities have along it."""
    wanted = [symbol for symbol in cell.step.definitions if symbol in fixed]
    if not wanted:
        return trace
    found = program(cell.step, wanted, sizes).bound(weights, np).run(trace, np)
    length = len(next(iter(trace.values())))
    ranks = [len(cell.step.shape(symbol)) for symbol in wanted]
    steps = ((symbol, np.asarray(value), rank) for symbol, value, rank in zip(wanted, found, ranks, strict=True))
    # What is the same at every step has no axis of steps of its own.
    return {**trace, **{s.name: v if v.ndim > rank else np.broadcast_to(v, (length, *v.shape)) for s, v, rank in steps}}
