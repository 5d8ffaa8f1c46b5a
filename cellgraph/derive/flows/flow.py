"""How gradients shrink or grow through time: the product of one-step Jacobians along real runs with random inputs.

J(T←t) = J_T ⋯ J_{t+1} = ∂s_T/∂s_t, numerator layout, s all states that a later step reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.counts.params import params
from cellgraph.derive.flows.cores import one_thread_each
from cellgraph.derive.flows.flow_sizes import completed, matched, refuse
from cellgraph.derive.flows.initialise import Start, initialised
from cellgraph.derive.flows.measured_bound import MeasuredBound
from cellgraph.derive.flows.product import STRETCH, products
from cellgraph.derive.flows.spectral import spectral_norm
from cellgraph.derive.flows.transport import Transport
from cellgraph.derive.gradients.beginning import beginning
from cellgraph.derive.gradients.compiled import program
from cellgraph.derive.jacobians.bounds import bounds
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.graph import Cell

Array = Any
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Run:
    """One run: log₁₀ of the norms against t = 0 … T, and the mean of every gate at t = 1 … T.

    norm:   log₁₀ ‖∂s_T/∂s_t‖₂, by t
    carry:  log₁₀ of the largest entry of the carry term ∏ a_k, by t; None for a cell without a carry
    bound:  log₁₀ of the bound on ‖J_t‖₂ for each step t = 1 … T; None where it is unbounded
    gates:  (gates, steps)
    """

    norm: Array
    carry: Array | None
    bound: Array | None
    gates: Array


@dataclass(frozen=True)
class Course:
    """The runs of one cell with one way to start it, one for each seed."""

    facts: Structure
    sizes: Mapping[str, int]
    start: Start
    parameters: int | None
    runs: tuple[Run, ...]

    @property
    def cell(self) -> Cell:
        """The cell that ran."""
        return self.facts.cell

    @property
    def norm(self) -> Array:
        """log₁₀ of the mean over seeds of ‖∂s_T/∂s_t‖₂, by t."""
        return _log_mean([run.norm for run in self.runs])

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
    starts: Sequence[Start] = (Start(),),
    steps: int = 100,
    seeds: int = 5,
    match: bool = False,
    progress: Progress | None = None,
) -> tuple[Course, ...]:
    """One course for every cell and every start: `seeds` runs over `steps` steps of standard normal inputs.

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
            runs = tuple(run(facts, own_sizes, start, steps, seed, progress) for seed in range(seeds))
            found.append(Course(facts, own_sizes, start, count, runs))
    return tuple(found)


def run(
    facts: Structure, sizes: Mapping[str, int], start: Start, steps: int, seed: int, progress: Progress | None = None
) -> Run:
    """One run of a cell, forwards to find its states and backwards to multiply its Jacobians."""
    cell = facts.cell
    numbers = {sp.Symbol(n, integer=True, positive=True): sp.Integer(v) for n, v in sizes.items()}
    draw = np.random.default_rng(seed)
    weights = initialised(facts, numbers, start, steps, draw)
    inputs = {
        q.symbol.name: draw.normal(size=(steps, *(int(s.xreplace(numbers)) for s in q.shape or ())))
        for q in cell.step.having("input")
    }
    with one_thread_each(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        trace = trajectory(cell, numbers, weights, inputs)
        return _backwards(facts, numbers, weights, trace, steps, draw, progress)


def trajectory(
    cell: Cell, sizes: Mapping[sp.Symbol, sp.Integer], weights: Mapping[str, Array], inputs: Mapping[str, Array]
) -> dict[str, Array]:
    """Inputs and states before every step, by name, with the steps as their first axis."""
    kind = np.result_type(*weights.values(), *inputs.values())
    step = program(cell.step, list(cell.carries.values()), sizes).bound(weights, np)
    length = len(next(iter(inputs.values())))
    first = beginning(cell, sizes, weights, np, dtype=kind)
    state = list(first.values())
    kept = {name: np.empty((length, *array.shape), dtype=kind) for name, array in first.items()}
    for start in range(0, length, STRETCH):
        part = {name: array[start : start + STRETCH] for name, array in inputs.items()}
        for t, now in enumerate(step.along(part, np), start):
            for before, array in zip(kept.values(), state, strict=True):
                before[t] = array
            state = now.run(dict(zip(kept, state, strict=True)), np)
    return {**inputs, **kept}


def _backwards(
    facts: Structure,
    sizes: Mapping[sp.Symbol, sp.Integer],
    weights: Mapping[str, Array],
    trace: Mapping[str, Array],
    steps: int,
    draw: np.random.Generator,
    progress: Progress | None,
) -> Run:
    states = [state.before for state in facts.handed_on]
    transport = Transport(facts.cell, states, sizes, weights)
    norms = np.empty(steps + 1)
    right = draw.normal(size=transport.size())
    for found in products(transport, trace, steps):
        t, matrix = found.t, found.right
        if np.isfinite(matrix).all():
            # A little of every direction, so that a largest one that turns up late is found.
            noise = 1e-3 * np.linalg.norm(right) / np.sqrt(len(right)) * draw.normal(size=len(right))
            norm, right = spectral_norm(matrix, right + noise)
            norms[t] = found.scale + np.log10(norm)
        else:
            norms[t] = np.nan
        if progress is not None and t < steps:
            progress(1)
    carry, gates, bound = _beside(facts, sizes, weights, trace, steps, transport)
    return Run(norms, carry, bound, gates)


def _beside(
    facts: Structure,
    sizes: Mapping[sp.Symbol, sp.Integer],
    weights: Mapping[str, Array],
    trace: Mapping[str, Array],
    steps: int,
    transport: Transport,
) -> tuple[Array | None, Array, Array | None]:
    """The carry term, the gates and the bound along a run, from quantities that are no matrices."""
    cell = facts.cell
    carries = [c.coefficient for c in facts.carries]
    gates = [gate.expr for gate in facts.gates]
    limit = MeasuredBound(facts, sizes, bounds(transport.links, facts), weights)
    work = program(cell.step, [*carries, *gates, *limit.needed], sizes).bound(weights, np)
    # Of as many entries as a coefficient has; over a state of more entries it is spread, which adds no new ones.
    logs: list[list[Array]] = [[] for _ in carries]
    open_ = np.empty((len(gates), steps))
    steps_bound = np.empty(steps)
    for first in range(0, steps, STRETCH):
        part = slice(first, min(first + STRETCH, steps))
        length = part.stop - part.start
        found = work.run({name: array[part] for name, array in trace.items()}, np)
        for log, value, expr in zip(logs, found, carries, strict=False):
            log.append(np.log10(np.abs(_by_step(value, len(cell.step.shape(expr)), length))))
        for k, value in enumerate(found[len(carries) : len(carries) + len(gates)]):
            open_[k, part] = _by_step(value, len(cell.step.shape(gates[k])), length).mean(axis=1)
        if limit.bounded:
            rest = found[len(carries) + len(gates) :]
            ranks = [len(cell.step.shape(e)) for e in limit.needed]
            steps_bound[part] = limit.log10([_by_step(v, r, length) for v, r in zip(rest, ranks, strict=True)], length)
    carried = [np.append(np.cumsum(np.concatenate(log)[::-1], axis=0)[::-1].max(axis=1), 0.0) for log in logs]
    return (np.max(carried, axis=0) if carried else None), open_, (steps_bound if limit.bounded else None)


def _by_step(value: Array, rank: int, length: int) -> Array:
    """(steps, entries), also of what does not change from step to step."""
    array = np.asarray(value)
    flat = array.reshape(length if array.ndim > rank else 1, -1)
    return np.broadcast_to(flat, (length, flat.shape[1]))


def _log_mean(logs: Sequence[Array]) -> Array:
    """log₁₀ of the mean of 10^x, without leaving the logarithms."""
    stacked = np.stack(logs)
    top = stacked.max(axis=0)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return safe + np.log10(np.mean(10.0 ** (stacked - safe), axis=0))
