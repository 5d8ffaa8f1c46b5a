"""One run of a cell: forwards for its states and gates, backwards for the norms of the product of its Jacobians."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.flows.held import holding, with_values
from cellgraph.derive.flows.initialise import Initialisation, initialised
from cellgraph.derive.flows.jacobian_chain import STRETCH, Pullback, jacobian_chain, spectral_norm
from cellgraph.derive.flows.measured_bound import measured_bound
from cellgraph.derive.gradients.compiled import counts_of, program
from cellgraph.derive.gradients.evaluate import initial_arrays
from cellgraph.derive.structures.structure import Structure
from cellgraph.graph import Cell, size

Array = Any
Arrays = Mapping[str, Array]
Numbers = Mapping[sp.Symbol, sp.Integer]
Progress = Callable[[int], None]


@dataclass(frozen=True, repr=False)
class Trajectory:
    """One run of T steps: as many as were asked for, or up to the last after which every state is finite.

    log10_norm:  log₁₀ ‖∂s_T/∂s_t‖₂ at t = 0 … T
    carry:       log₁₀ of the largest entry of the carry term ∏ a_k at t = 0 … T; None for a cell without a carry
    bound:       log₁₀ of the bound on ‖J_t‖₂ for each step t = 1 … T; None where it is unbounded
    gates:       the mean of every gate at t = 1 … T: (gates, steps)
    """

    log10_norm: Array
    carry: Array | None
    bound: Array | None
    gates: Array

    @property
    def steps(self) -> int:
        """T."""
        return len(self.log10_norm) - 1

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.log10_norm) - 1} steps>"


def measured(
    facts: Structure,
    sizes: Mapping[str, int],
    start: Initialisation,
    steps: int,
    seed: int,
    progress: Progress | None = None,
    held: Collection[sp.Symbol] = (),
    last: int | None = None,
) -> Trajectory:
    """A run with random weights and standard normal inputs, both from `seed`; no further than to step `last`.

    Through quantities that are `held` fixed no gradient passes: the norms are of the product of what is left of the
    Jacobians.
    """
    cell = facts.cell
    numbers = {size(name): sp.Integer(value) for name, value in sizes.items()}
    draw = np.random.default_rng(seed)
    weights = initialised(facts, numbers, start, steps, draw)
    inputs = {q.symbol.name: draw.normal(size=(steps, *counts_of(q.shape, numbers))) for q in cell.step.having("input")}
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        states = _states(cell, numbers, weights, inputs)
        trace = {**inputs, **{name: array[:-1] for name, array in states.items()}}
        finite = min(map(_finite, states.values()))
        run = finite if last is None else min(finite, last)
        # Where no state is read, the derivative of the first one is zero like that of all.
        read = facts.handed_on or facts.states[:1]
        pullback = Pullback(holding(cell, held), [state.before for state in read], numbers, weights)
        norms = _norms(pullback, with_values(cell, held, numbers, weights, trace), run, draw, progress)
        if progress is not None and run < steps:
            progress(steps - run)
        return Trajectory(norms, *_beside(facts, numbers, weights, trace, run))


def _finite(state: Array) -> int:
    """The steps after which a state is still finite, or infinite as it began."""
    before, after = state[:-1], state[1:]
    good = (np.isfinite(after) | (after == before)).reshape(len(after), -1).all(axis=1)
    return len(good) if good.all() else int(np.argmin(good))


def forward(cell: Cell, sizes: Numbers, weights: Arrays, inputs: Arrays) -> dict[str, Array]:
    """Inputs and states before every step, by name, with the steps as their first axis."""
    return {**inputs, **{name: states[:-1] for name, states in _states(cell, sizes, weights, inputs).items()}}


def _states(cell: Cell, sizes: Numbers, weights: Arrays, inputs: Arrays) -> dict[str, Array]:
    """States before every step and after the last, by name."""
    kind = np.result_type(*weights.values(), *inputs.values())
    step = program(cell.step, list(cell.carries.values()), sizes).bound(weights, np)
    length = len(next(iter(inputs.values())))
    first = initial_arrays(cell, sizes, weights, np, dtype=kind)
    state = list(first.values())
    kept = {name: np.empty((length + 1, *array.shape), dtype=kind) for name, array in first.items()}
    for start in range(0, length, STRETCH):
        part = {name: array[start : start + STRETCH] for name, array in inputs.items()}
        for t, now in enumerate(step.along(part, np), start):
            for before, array in zip(kept.values(), state, strict=True):
                before[t] = array
            state = now.run(dict(zip(kept, state, strict=True)), np)
    for before, array in zip(kept.values(), state, strict=True):
        before[length] = array
    return kept


def _norms(
    pullback: Pullback, trace: Arrays, steps: int, draw: np.random.Generator, progress: Progress | None
) -> Array:
    norms = np.full(steps + 1, np.nan)
    vector = draw.normal(size=pullback.size)
    for found in jacobian_chain(pullback, trace, steps):
        height = np.abs(found.right).max()
        if height == 0:
            norms[found.t] = -np.inf
        elif np.isfinite(height):
            # A little of every direction, so that a largest one that turns up late is found.
            noise = 1e-3 * np.linalg.norm(vector) / np.sqrt(len(vector)) * draw.normal(size=len(vector))
            # Squares of the entries must not overflow.
            norm, vector = spectral_norm(found.right / height, vector + noise)
            norms[found.t] = found.scale + np.log10(height) + np.log10(norm)
        if progress is not None and found.t < steps:
            progress(1)
    return norms


def _beside(
    facts: Structure, sizes: Numbers, weights: Arrays, trace: Arrays, steps: int
) -> tuple[Array | None, Array | None, Array]:
    """The carry term, the bound and the gates along a run, from quantities that are no matrices."""
    step, (measures, log10_bound) = facts.cell.step, measured_bound(facts, sizes, weights) or ([], None)
    wanted = [*(carry.coefficient for carry in facts.carries), *(gate.expr for gate in facts.unit_gates), *measures]
    work = program(step, wanted, sizes).bound(weights, np)
    ranks = [len(step.shape(expr)) for expr in wanted]
    gates = slice(len(facts.carries), len(facts.carries) + len(facts.unit_gates))
    logs, bound, opened = [], [], [np.empty((len(facts.unit_gates), 0))]
    for first in range(0, steps, STRETCH):
        length = min(STRETCH, steps - first)
        found = work.run({name: array[first : first + length] for name, array in trace.items()}, np)
        values = [_by_step(value, rank, length) for value, rank in zip(found, ranks, strict=True)]
        logs.append([np.log10(np.abs(value)) for value in values[: gates.start]])
        opened.append(np.reshape([value.mean(axis=1) for value in values[gates]], (-1, length)))
        if log10_bound is not None:
            bound.append(log10_bound(values[gates.stop :], length))
    carried = [np.cumsum(np.concatenate(own)[::-1], axis=0)[::-1].max(axis=1) for own in zip(*logs, strict=True)]
    carry = np.append(np.max(carried, axis=0), 0.0) if carried else np.zeros(1) if facts.carries else None
    return carry, np.concatenate(bound) if bound else None, np.concatenate(opened, axis=1)


def _by_step(value: Array, rank: int, length: int) -> Array:
    """(steps, entries), also of what does not change from step to step."""
    array = np.asarray(value)
    flat = array.reshape(length if array.ndim > rank else 1, -1)
    return np.broadcast_to(flat, (length, flat.shape[1]))
