"""Recorded runs of real implementations, and the specs run over the same numbers, forward and back through time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

import cellgraph as cg
from cellgraph.graph import Cell, Graph, Quantity, before

FOLDER = Path(__file__).parent
Arrays = dict[str, Any]


@dataclass(frozen=True)
class Recording:
    """Where a recorded run meets a spec.

    cell:      the spec
    layout:    the implementation of the spec that has the recorded arrays; empty where `params` gives them
    params:    recorded parameter -> parameter of the spec, where there is no layout
    inputs:    recorded input -> quantity of the spec; one that the spec computes is given instead (see `opened`)
    states:    recorded state -> state of the spec
    out:       the quantity that was recorded as out
    constants: configuration -> constants of the spec
    maps:      recorded input -> (quantity from the recorded number, its derivative), such as a decay from its logarithm
    shifts:    what is added to a parameter of the spec: a bias that the library adds at run time
    negated:   parameters of the spec that are the recorded ones with the other sign
    project:   the recorded matrix that makes what was recorded as out of the quantity of the spec
    split:     recorded input -> one quantity for each of its inner steps, which are an axis after the batch
    flipped:   recorded states whose matrix the spec has transposed
    chunked:   recorded states that are cut in chunks, and one vector in the spec
    transposed: recorded matrix -> matrix of the spec, which is its transpose and not learned
    given:     recorded parameter -> constant of the spec, one for each head
    sizes:     dim of the spec -> the configuration that says it, where the arrays alone do not
    heads:     the recorded arrays have an axis of heads after the batch; parameters and constants one for each head
    """

    cell: str
    layout: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    out: str = ""
    constants: Callable[[Mapping[str, Any]], Arrays] = field(default=lambda config: {})
    maps: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = field(default_factory=dict)
    shifts: Mapping[str, float] = field(default_factory=dict)
    negated: tuple[str, ...] = ()
    project: str = ""
    split: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flipped: tuple[str, ...] = ()
    chunked: tuple[str, ...] = ()
    transposed: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, str] = field(default_factory=dict)
    heads: bool = False


@dataclass(frozen=True)
class Run:
    """A recorded run: its arrays by name, and what its makers say of it."""

    arrays: Mapping[str, Any]
    meta: Mapping[str, Any]

    def named(self, kind: str) -> Arrays:
        """The arrays input.*, state0.*, param.*, state.*, grad.* or grad1.*, without that prefix."""
        return {k[len(kind) + 1 :]: a for k, a in self.arrays.items() if k.startswith(kind + ".")}


def run(name: str) -> Run:
    """The recorded run of that name."""
    with np.load(FOLDER / f"{name}.npz") as loaded:
        arrays = {key: loaded[key] for key in loaded.files}
    return Run(arrays, json.loads(str(arrays.pop("meta"))))


def adapted(recording: Recording, recorded: Run) -> Run:
    """The run with its states in the form of the spec, and inner steps as inputs of their own."""
    arrays: Arrays = {}
    for key, array in recorded.arrays.items():
        kind, _, name = key.rpartition(".")
        if name in recording.split and kind.endswith("input"):
            for k, own in enumerate(recording.split[name]):
                arrays[f"{kind}.{own}"] = array[:, :, k]
        elif name in recording.flipped and "state" in kind:
            arrays[key] = np.swapaxes(array, -1, -2)
        elif name in recording.chunked and "state" in kind:
            arrays[key] = array.reshape((*array.shape[:-2], -1))
        else:
            arrays[key] = array
    return Run(arrays, recorded.meta)


def opened(cell: Cell, given: tuple[str, ...], needed: tuple[str, ...]) -> tuple[Graph, tuple[str, ...]]:
    """The step with some quantities given instead of computed, as far as `needed` needs it, and the states it has."""
    step = cell.step
    inputs = {sp.Symbol(name) for name in given}
    wanted: set[sp.Symbol] = set()
    todo = [sp.Symbol(name) for name in needed]
    while todo:
        symbol = todo.pop()
        if symbol not in wanted:
            wanted.add(symbol)
            if symbol in step.definitions and symbol not in inputs:
                todo += next(e.uses for e in step.equations if e.lhs == symbol)
            if symbol in cell.carries:
                todo.append(cell.carries[symbol])
    leaves = [q for q in step.leaves if q.symbol in wanted and q.symbol not in inputs]
    leaves += [Quantity(s, "input", step.quantities[s].shape) for s in inputs]
    equations = [e for e in step.equations if e.lhs in wanted and e.lhs not in inputs]
    states = tuple(new.name for new in cell.carries.values() if new in wanted)
    derived = [Quantity(sp.Symbol(s), "state", step.quantities[sp.Symbol(s)].shape) for s in states]
    outputs = dict.fromkeys([*states, *needed])
    return Graph.build(leaves, equations, derived, [sp.Symbol(name) for name in outputs]), states


def course(
    graph: Graph, states: tuple[str, ...], weights: Arrays, inputs: Arrays, first: Arrays, bars: Any, out: str
) -> tuple[list[Arrays], Arrays]:
    """What every step computes, and the gradients of Σ out ⊙ bars: of inputs over time, weights and first states."""
    carried, found = dict(first), []
    for t in range(len(bars)):
        fed = {name: array[t] for name, array in inputs.items()}
        found.append(cg.evaluate(graph, {**weights, **{before(s).name: carried[s] for s in states}, **fed}))
        carried = {s: found[-1][s] for s in states}
    of = tuple(dict.fromkeys([*states, out]))
    adjoint = cg.adjoint(graph, of=of)
    names = {adjoint.quantities[s].of.name: s.name for s in adjoint.outputs}
    seeds = {q.of.name: q.symbol.name for q in adjoint.having("seed")}
    back: Arrays = {}
    steps: dict[str, list[Any]] = {name: [] for name in inputs}
    down = {s: np.zeros_like(np.asarray(first[s])) for s in states}
    for t in reversed(range(len(bars))):
        bar = {**down}
        bar[out] = bar.get(out, 0) + bars[t]
        here = cg.evaluate(
            adjoint, {**found[t], **{seeds[name]: value for name, value in bar.items() if name in seeds}}
        )
        down = {s: here[names[before(s).name]] for s in states}
        for name in inputs:
            steps[name].insert(0, here[names[name]])
        for name in weights:
            if name in names:
                back[name] = back.get(name, 0) + gathered(here[names[name]], np.ndim(weights[name]))
    return found, {**back, **{n: np.stack(a) for n, a in steps.items()}, **{before(s).name: down[s] for s in states}}


def gathered(cotangent: Any, rank: int) -> Any:
    """A cotangent summed over the batch axes that a parameter does not have."""
    return cotangent.sum(axis=tuple(range(cotangent.ndim - rank))) if cotangent.ndim > rank else cotangent
