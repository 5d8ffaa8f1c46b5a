"""A search that climbs towards a counterexample: populations of random and extreme numbers, bred from the nearest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import sympy as sp

import cellgraph as cg
from cellgraph.derive.gradients.compiled import program
from cellgraph.graph import Cell, Graph, size

COUNT = 48
"""Samples of one population."""
GENERATIONS = 6
TOLERANCE = 1e-9

Arrays = dict[str, np.ndarray]
Margins = Callable[[Arrays], Iterator[tuple[str, np.ndarray]]]
"""From the arrays of all quantities, a row a sample: each claim with how far every sample is from refuting it."""


def refuted(
    cell: Cell,
    graph: Graph,
    sizes: Mapping[str, int],
    margins: Margins,
    assumed: Callable[[Arrays], None] = lambda leaves: None,
    from_start: bool = False,
) -> dict[str, Arrays]:
    """The claims that some numbers refute, each with the leaves that do: parameters, inputs and states.

    A generation follows from the one before: half of it go on from the states that it led to, half are bred from the
    samples that came nearest to refuting something. `assumed` makes leaves fit what is claimed to hold before a step.
    With `from_start` all begin where the spec says, and go on.
    """
    draw = np.random.default_rng(7)
    numbers = {size(dim): sp.Integer(number) for dim, number in sizes.items()}
    work = program(graph, list(graph.quantities), numbers)
    shapes = {
        s.name: tuple(int(sp.sympify(axis).xreplace(numbers)) for axis in q.shape or ())
        for s, q in graph.quantities.items()
    }
    given = {q.symbol.name: np.asarray(float(q.value)) for q in graph.leaves if q.value is not None}
    free = [q.symbol.name for q in graph.leaves if q.value is None]
    leaves = {name: _drawn(draw, shapes[name]) for name in free}
    found: dict[str, Arrays] = {}
    if from_start:
        first = cg.initial_states(cell, {name: array[0] for name, array in leaves.items()})
        leaves |= {name: np.broadcast_to(first[name], leaves[name].shape) for name in first if name in leaves}
    for _ in range(GENERATIONS):
        assumed(leaves)
        with np.errstate(all="ignore"):
            run = dict(zip(shapes, work.run({**leaves, **given}, np), strict=True))
            arrays = {name: np.broadcast_to(array, (COUNT, *shapes[name])) for name, array in run.items()}
            nearest = [_nearest(claim, margin, leaves, found) for claim, margin in margins(arrays)]
        following = {before.name: arrays[after.name] for before, after in cell.carries.items() if before.name in leaves}
        leaves = _bred(draw, leaves, nearest, following) | (following if from_start else {})
    return found


def _nearest(claim: str, margin: np.ndarray, leaves: Arrays, found: dict[str, Arrays]) -> int:
    """The sample nearest to refuting a claim; noted where it does."""
    best = int(np.where(np.isnan(margin), np.inf, margin).argmin())
    if margin[best] < -TOLERANCE:
        found.setdefault(claim, {name: array[best] for name, array in leaves.items()})
    return best


def _drawn(draw: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of every size: each sample of its own scale; some all alike, some with entries far from the others."""
    lead = (COUNT, *(1 for _ in shape))
    entries = draw.normal(size=(COUNT, *shape)) * 10 ** draw.uniform(-2, 2, size=lead)
    alike = draw.choice([0.0, 1.0, -1.0, 40.0, -40.0], size=lead)
    far = np.where(draw.random(entries.shape) < 0.1, draw.choice([0.0, 100.0, -100.0], size=entries.shape), entries)
    return np.where(draw.random(lead) < 0.2, alike, far)


def _bred(draw: np.random.Generator, leaves: Arrays, nearest: list[int], following: Arrays) -> Arrays:
    chosen = draw.choice(nearest or [0], size=COUNT)
    onward = np.arange(COUNT) % 2 == 0
    bred = {}
    for name, array in leaves.items():
        lead = (COUNT, *(1 for _ in array.shape[1:]))
        child = array[chosen]
        child = child * np.where(draw.random(lead) < 0.3, 2 ** draw.normal(size=lead), 1)
        child = child + draw.normal(size=child.shape) * 10 ** draw.uniform(-3, 1, size=lead) * (draw.random(lead) < 0.3)
        child = np.where(draw.random(lead) < 0.1, _drawn(draw, array.shape[1:]), child)
        goes_on = following.get(name, array)
        keep = onward.reshape(lead) & np.isfinite(goes_on).all(axis=tuple(range(1, array.ndim))).reshape(lead)
        bred[name] = np.where(keep, goes_on, child)
    return bred
