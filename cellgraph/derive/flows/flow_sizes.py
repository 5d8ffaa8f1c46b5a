"""Sizes for a measured flow: those not given, those for an equal budget, and those that no memory holds."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from cellgraph.derive.counts.budget import budget
from cellgraph.derive.counts.params import params
from cellgraph.derive.counts.sizes import hidden_dim, input_dim
from cellgraph.derive.structures.structure import Structure
from cellgraph.graph import Cell, size
from cellgraph.ops import numel

DEFAULTS = {"input": 16, "hidden": 64, "other": 8}
"""Sizes of dims that are not given."""
STATE = 512
"""Numbers in the state above which sizes that are not given are halved: the work grows with their third power."""
MOST = 16 * 2**30
"""Bytes above which a flow is refused rather than begun."""

Sizes = Mapping[str, int]


def completed(cell: Cell, sizes: Sizes, defaults: Sizes = DEFAULTS, state: int = STATE) -> dict[str, int]:
    """A number for every dim of the cell: as given, else the default, halved until the state is small enough."""
    kinds = {str(input_dim(cell)): "input", str(hidden_dim(cell)): "hidden"}
    own = {name: defaults[kinds.get(name, "other")] for name in cell.dims}
    while _states(cell, {**own, **sizes}) > state and any(own[name] > 2 for name in own if name not in sizes):
        own = {name: max(value // 2, 2) for name, value in own.items()}
    return {name: sizes.get(name, value) for name, value in own.items()}


def matched(cell: Cell, sizes: Sizes, first: Cell, known: Sizes) -> dict[str, int]:
    """The sizes with the hidden one for which the cell has about as many parameters as the first."""
    target = params(first, None, 1, False, **known).total
    assert target is not None
    sought = str(hidden_dim(cell))
    others = {name: value for name, value in sizes.items() if name != sought}
    fit = budget(cell, target, None, 1, False, None, None, **others)
    assert fit.nearest is not None
    return {**others, fit.dim: fit.nearest.size}


def refuse(facts: Structure, sizes: Sizes, steps: int) -> None:
    """Raise ValueError for a cell without a gradient through time, and for what no memory holds.

    Memory holds parameters, a few square matrices, and inputs and states by step.
    """
    if not facts.handed_on:
        raise ValueError(f"no later step reads a state of {facts.cell.name}, so no gradient flows through time")
    step, numbers = facts.cell.step, _numbers(sizes)
    states = _states(facts.cell, sizes)
    leaves = sum(int(numel(q.shape or ()).xreplace(numbers)) for q in step.leaves)
    moving = sum(int(numel(q.shape or ()).xreplace(numbers)) for q in step.having("input")) + states
    needed = 8 * (2 * leaves + 16 * states**2 + steps * moving)
    if needed > MOST:
        raise ValueError(f"{facts.cell.name} needs about {needed / 2**30:.3g} GiB at these sizes; give smaller ones")


def _states(cell: Cell, sizes: Sizes) -> int:
    shapes = [cell.step.quantities[before].shape or () for before in cell.carries]
    return sum(int(numel(shape).xreplace(_numbers(sizes))) for shape in shapes)


def _numbers(sizes: Sizes) -> dict[sp.Expr, sp.Integer]:
    return {size(name): sp.Integer(value) for name, value in sizes.items()}
