"""How gradients shrink or grow through time: the product of one-step Jacobians along real runs with random inputs.

J(T←t) = J_T ⋯ J_{t+1} = ∂s_T/∂s_t, numerator layout, s all states that a later step reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.counts.budget import matched
from cellgraph.derive.counts.params import params
from cellgraph.derive.counts.sizes import hidden_dim, input_dim
from cellgraph.derive.flows.initialise import Initialisation
from cellgraph.derive.flows.trajectory import Progress, Trajectory, measured
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.display import Documented
from cellgraph.graph import Cell, Quantity, size
from cellgraph.ops import numel

Array = Any
Sizes = Mapping[str, int]

DEFAULTS = {"input": 16, "hidden": 64, "other": 8}
"""Sizes of dims that are not given."""
STATE = 512
"""Numbers in the state above which sizes that are not given are halved: the work grows with their third power."""
MOST = 16 * 2**30
"""Bytes above which a flow is refused rather than begun."""


@dataclass(frozen=True, repr=False)
class FlowResult(Documented):
    """The runs of one cell with one way to start it, one for each seed.

    `steps` is how many steps were asked for. All runs end at step T, which is the last one after which every state is
    finite in every run.
    """

    facts: Structure
    sizes: Sizes
    start: Initialisation
    parameters: int | None
    steps: int
    runs: tuple[Trajectory, ...]

    def _about(self) -> str:
        return f"of {self.cell.name}: seeds: {len(self.runs)}, steps: {self.last}"

    @property
    def last(self) -> int:
        """T, the step at which the runs end."""
        return self.runs[0].steps

    @property
    def first(self) -> int:
        """The smallest t at which ∂s_T/∂s_t is known: 0, or the step whose derivative is not finite."""
        return int(np.argmin(np.isnan(self.log10_norm)))

    @property
    def cell(self) -> Cell:
        """The cell that ran."""
        return self.facts.cell

    @property
    def log10_norms(self) -> Array:
        """log₁₀ ‖∂s_T/∂s_t‖₂, by seed and t."""
        return np.stack([run.log10_norm for run in self.runs])

    @property
    def log10_norm(self) -> Array:
        """log₁₀ of the mean over seeds of ‖∂s_T/∂s_t‖₂, by t."""
        return _log_mean(self.log10_norms)

    @property
    def carry(self) -> Array | None:
        """log₁₀ of the mean over seeds of the carry term, by t; None for a cell without a carry."""
        return _log_mean(np.array([run.carry for run in self.runs])) if self.facts.carries else None

    @property
    def step_bounds(self) -> Array | None:
        """log₁₀ of the bound on ‖J_t‖₂, by seed and t; None for a cell that has none."""
        return None if self.runs[0].bound is None else np.array([run.bound for run in self.runs])

    @property
    def bound(self) -> Array | None:
        """log₁₀ of the largest bound over seeds on ‖∂s_T/∂s_t‖₂, by t: the product of the bounds of the steps."""
        steps = self.step_bounds
        return None if steps is None else np.append(np.cumsum(steps[:, ::-1], axis=1)[:, ::-1].max(axis=0), 0.0)

    @property
    def vanishes(self) -> bool:
        """Whether the bound is below 1 at every step of every run, so that the gradient certainly vanishes."""
        steps = self.step_bounds
        return steps is not None and bool((steps < 0).all())

    @property
    def gates(self) -> Array:
        """The mean openness of every gate over units and seeds: (gates, steps)."""
        return np.mean([run.gates for run in self.runs], axis=0)


class FlowResults(Documented, tuple[FlowResult, ...]):
    """The results of one flow, in order; they show themselves together."""

    def _about(self) -> str:
        return f"of {', '.join(result.cell.name for result in self)}"


def flow(
    cells: Sequence[Cell],
    sizes: Sequence[Mapping[str, int]],
    starts: Sequence[Initialisation] = (Initialisation(),),
    steps: int = 100,
    seeds: int = 5,
    match: bool = False,
    progress: Progress | None = None,
) -> FlowResults:
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
    ready: list[tuple[Structure, Sizes, int | None]] = []
    for cell, own in zip(cells, sizes, strict=True):
        given = completed(cell, own)
        if match and ready and (target := ready[0][2]) is not None:
            given = matched(cell, given, target)
        facts, needed = structure(cell), {str(s) for s in cell.step.sizes}
        given = {name: value for name, value in given.items() if name in needed}
        _refuse(facts, given, steps)
        ready.append((facts, given, params(cell, None, 1, False, **given).total))
    return FlowResults(
        FlowResult(
            facts,
            given,
            start,
            count,
            steps,
            _runs(facts, given, start, steps, seeds, progress),
        )
        for facts, given, count in ready
        for start in starts
    )


def _runs(
    facts: Structure, sizes: Sizes, start: Initialisation, steps: int, seeds: int, progress: Progress | None
) -> tuple[Trajectory, ...]:
    """A run for every seed; where a state overflows in one of them, all end before that step."""
    runs = [measured(facts, sizes, start, steps, seed, progress) for seed in range(seeds)]
    last = min(run.steps for run in runs)
    return tuple(
        run if run.steps == last else measured(facts, sizes, start, steps, seed, last=last)
        for seed, run in enumerate(runs)
    )


def completed(cell: Cell, sizes: Sizes, defaults: Sizes = DEFAULTS, state: int = STATE) -> dict[str, int]:
    """A number for every dim of the cell: as given, else the default, halved until the state is small enough."""
    kinds = {str(input_dim(cell)): "input", str(hidden_dim(cell)): "hidden"}
    own = {name: defaults[kinds.get(name, "other")] for name in cell.dims}
    while _states(cell, {**own, **sizes}) > state and any(own[name] > 2 for name in own if name not in sizes):
        own = {name: max(value // 2, 2) for name, value in own.items()}
    return {name: sizes.get(name, value) for name, value in own.items()}


def _refuse(facts: Structure, sizes: Sizes, steps: int) -> None:
    """Raise ValueError for what no memory holds: parameters, a few square matrices, inputs and states by step."""
    step, states = facts.cell.step, _states(facts.cell, sizes)
    leaves = _entries(step.leaves, sizes)
    moving = _entries(step.having("input"), sizes) + states
    needed = 8 * (2 * leaves + 16 * states**2 + steps * moving)
    if needed > MOST:
        raise ValueError(f"{facts.cell.name} needs about {needed / 2**30:.3g} GiB at these sizes; give smaller ones")


def _states(cell: Cell, sizes: Sizes) -> int:
    return _entries([cell.step.quantities[before] for before in cell.carries], sizes)


def _entries(quantities: Iterable[Quantity], sizes: Sizes) -> int:
    """How many numbers the arrays of these quantities hold."""
    numbers = {size(name): sp.Integer(value) for name, value in sizes.items()}
    return sum(int(numel(quantity.shape or ()).xreplace(numbers)) for quantity in quantities)


def _log_mean(logs: Array) -> Array:
    """log₁₀ of the mean of 10^x over the first axis, without leaving the logarithms."""
    top = logs.max(axis=0)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return safe + np.log10(np.mean(10.0 ** (logs - safe), axis=0))
