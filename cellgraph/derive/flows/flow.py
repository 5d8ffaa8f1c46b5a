"""How gradients shrink or grow through time: the product of one-step Jacobians along real runs with random inputs.

J(T←t) = J_T ⋯ J_{t+1} = ∂s_T/∂s_t, numerator layout, s all states that a later step reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellgraph.derive.counts.params import params
from cellgraph.derive.flows.flow_sizes import completed, matched, refuse
from cellgraph.derive.flows.initialise import Initialisation
from cellgraph.derive.flows.trajectory import Progress, Trajectory, measured
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.graph import Cell

Array = Any


@dataclass(frozen=True)
class FlowResult:
    """The runs of one cell with one way to start it, one for each seed."""

    facts: Structure
    sizes: Mapping[str, int]
    start: Initialisation
    parameters: int | None
    runs: tuple[Trajectory, ...]

    @property
    def cell(self) -> Cell:
        """The cell that ran."""
        return self.facts.cell

    @property
    def log10_norm(self) -> Array:
        """log₁₀ of the mean over seeds of ‖∂s_T/∂s_t‖₂, by t."""
        return _log_mean([run.log10_norm for run in self.runs])

    @property
    def carry(self) -> Array | None:
        """log₁₀ of the mean over seeds of the carry term, by t."""
        found = [run.carry for run in self.runs if run.carry is not None]
        return _log_mean(found) if found else None

    @property
    def bound(self) -> Array | None:
        """log₁₀ of the largest bound over seeds on ‖∂s_T/∂s_t‖₂, by t: the product of the bounds of the steps."""
        found = [run.bound for run in self.runs if run.bound is not None]
        if len(found) < len(self.runs):
            return None
        through = [np.append(np.cumsum(steps[::-1])[::-1], 0.0) for steps in found]
        return np.max(through, axis=0)

    @property
    def vanishes(self) -> bool:
        """Whether the bound is below 1 at every step of every run, so that the gradient certainly vanishes."""
        return all(run.bound is not None and bool((run.bound < 0).all()) for run in self.runs)

    @property
    def gates(self) -> Array:
        """The mean openness of every gate over units and seeds: (gates, steps)."""
        return np.mean([run.gates for run in self.runs], axis=0)


def flow(
    cells: Sequence[Cell],
    sizes: Sequence[Mapping[str, int]],
    starts: Sequence[Initialisation] = (Initialisation(),),
    steps: int = 100,
    seeds: int = 5,
    match: bool = False,
    progress: Progress | None = None,
) -> tuple[FlowResult, ...]:
    """One result for every cell and every start: `seeds` runs over `steps` steps of standard normal inputs.

    Dims without a size get one (input 16, hidden 64, others 8). With `match`, the hidden size of every cell but the
    first is the one whose parameter count is nearest to that of the first. States begin as their specs say. Parameters
    and inputs of a run depend on its number alone, so the same call gives the same numbers. `progress` is told how
    many steps have been done since it was last told.

    Raises ValueError for a size that is wrong or that makes shapes disagree, for more numbers than fit into memory, and
    for an unknown initialisation.

    >>> import cellgraph as cg
    >>> [found] = cg.flow([cg.load("rnn")], [{"m": 3, "n": 5}], steps=4, seeds=2)
    >>> found.cell.name, found.sizes["n"], len(found.runs)
    ('rnn', 5, 2)
    """
    if steps < 1 or seeds < 1:
        raise ValueError("a flow needs at least one step and one seed")
    if not all(np.isfinite([start.scale, start.forget_bias or 0.0]).all() for start in starts):
        raise ValueError("a scale and a forget bias are finite numbers")
    whole: list[dict[str, int]] = []
    for cell, own in zip(cells, sizes, strict=True):
        given = completed(cell, own)
        if match and whole:
            given = matched(cell, given, cells[0], whole[0])
        whole.append(given)
    found = []
    for cell, given in zip(cells, whole, strict=True):
        facts = structure(cell)
        needed = {str(s) for s in cell.step.sizes}
        count = params(cell, None, 1, False, **{n: v for n, v in given.items() if n in cell.dims}).total
        own_sizes = {name: value for name, value in given.items() if name in needed}
        refuse(facts, own_sizes, steps)
        for start in starts:
            runs = tuple(measured(facts, own_sizes, start, steps, seed, progress) for seed in range(seeds))
            found.append(FlowResult(facts, own_sizes, start, count, runs))
    return tuple(found)


def _log_mean(logs: Sequence[Array]) -> Array:
    """log₁₀ of the mean of 10^x, without leaving the logarithms."""
    stacked = np.stack(logs)
    top = stacked.max(axis=0)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return safe + np.log10(np.mean(10.0 ** (stacked - safe), axis=0))
