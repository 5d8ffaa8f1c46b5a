"""Specs beside recorded runs of implementations that no registry carries: values, and gradients through time."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from recorded import FOLDER, Arrays, Recording, Run, adapted, course, opened, run
from recordings import RECORDINGS
from zoo import EVERY, cell_of

import cellgraph as cg
from cellgraph.graph import before
from cellgraph.implementations.implementation import Implementation

FORWARD, GRADIENT = 1e-10, 1e-8


def test_every_recorded_run_is_compared() -> None:
    assert {path.stem for path in FOLDER.glob("*.npz")} == set(RECORDINGS)
    named = {run: cell.name for cell in map(cell_of, EVERY) for run in cell.recorded}
    assert named == {run: recording.cell for run, recording in RECORDINGS.items()}


def layout(recording: Recording, cell: cg.Cell, recorded: Run) -> Implementation | None:
    """The layout of the recorded arrays, at the sizes that the recording says."""
    sizes = {dim: recorded.meta["config"][key] for dim, key in recording.sizes.items()}
    return next((replace(i, sizes=sizes) for i in cell.implementations if i.name == recording.layout), None)


def weights(recording: Recording, recorded: Run, found: Implementation | None) -> Arrays:
    """The parameters of the spec out of the recorded ones."""
    native = recorded.named("param")
    own = found.unpack(native) if found else {ours: native[theirs] for theirs, ours in recording.params.items()}
    own |= {ours: native[theirs].T for theirs, ours in recording.transposed.items()}
    count = recorded.meta["config"].get("heads", 1)
    own |= {ours: native[theirs].reshape(count, -1) for theirs, ours in recording.given.items()}
    own = {name: -array if name in recording.negated else array for name, array in own.items()}
    return {name: array + recording.shifts.get(name, 0) for name, array in own.items()}


def heads(recording: Recording, recorded: Run) -> Iterator[Run]:
    """The run of each head alone."""
    if not recording.heads:
        yield recorded
        return
    for head in range(recorded.meta["config"]["heads"]):
        alone = {}
        for key, array in recorded.arrays.items():
            axis = 0 if "param." in key else 1 if "state0." in key else 2
            alone[key] = np.take(array, head, axis) if array.ndim else array
        meta = {**recorded.meta, "config": {**recorded.meta["config"], "head": head}}
        yield Run(alone, meta)


def differences(recording: Recording, recorded: Run) -> Iterator[tuple[str, Any, Any, float]]:
    """Every array that was recorded beside ours, and how near they must be."""
    cell = cell_of(recording.cell)
    config, out = recorded.meta["config"], recording.out or cell.output.name
    own = {key: recording.inputs.get(key, key) for key in recorded.named("input")}
    graph, states = opened(cell, tuple(own.values()), (out,))
    maps = {key: recording.maps.get(key, (lambda a: a, lambda a: np.ones_like(a))) for key in own}
    inputs = {own[key]: maps[key][0](array) for key, array in recorded.named("input").items()}
    names = {key: recording.states.get(key, key) for key in recorded.named("state0")}
    first = {ours: recorded.named("state0")[key] for key, ours in names.items()}
    batch = next(iter(inputs.values())).shape[1]
    for state in states:  # the parallel forms begin at zero, and do not say so
        shape = [int(s) for s in _sizes(graph, cell, state, inputs)] if state not in first else ()
        first.setdefault(state, np.zeros((batch, *shape)))
    arranged = layout(recording, cell, recorded)
    values = weights(recording, recorded, arranged) | recording.constants(config)
    values = {name: array for name, array in values.items() if any(s.name == name for s in graph.quantities)}
    native = recorded.named("param")
    project = native[recording.project] if recording.project else np.eye(recorded.arrays["probe"].shape[-1])
    for kind, steps in (("grad", len(recorded.arrays["probe"])), ("grad1", 1)):
        cut = {name: array[:steps] for name, array in inputs.items()}
        found, back = course(graph, states, values, cut, first, recorded.arrays["probe"][:steps] @ project, out)
        if kind == "grad":
            yield "out", np.stack([step[out] for step in found]) @ project.T, recorded.arrays["out"], FORWARD
            for key, array in recorded.named("state").items():
                yield f"state.{key}", np.stack([step[names[key]] for step in found]), array, FORWARD
        mine = _natively(recording, arranged, back)
        for key, array in recorded.named(kind).items():
            what, _, name = key.partition(".")
            if what == "param" and name in mine:
                yield f"{kind}.{key}", mine[name], array, GRADIENT
            elif what == "input":
                chained = back[own[name]] * maps[name][1](recorded.named("input")[name][:steps])
                yield f"{kind}.{key}", chained, array[:steps], GRADIENT
            elif what == "state0":
                yield f"{kind}.{key}", back[before(names[name]).name], array, GRADIENT


def _natively(recording: Recording, found: Implementation | None, back: Mapping[str, Any]) -> Arrays:
    """Gradients by the recorded names of the parameters."""
    signed = {name: -array if name in recording.negated else array for name, array in back.items()}
    if found:
        return found.pack(signed)
    return {theirs: signed[ours] for theirs, ours in recording.params.items() if ours in signed}


def _sizes(graph: cg.Graph, cell: cg.Cell, state: str, inputs: Arrays) -> list[Any]:
    """The shape of a state in numbers, told by the inputs."""
    known: dict[Any, int] = {}
    for name, array in inputs.items():
        shape = next(q.shape for s, q in graph.quantities.items() if s.name == name) or ()
        known |= dict(zip(shape, array.shape[array.ndim - len(shape) :], strict=True))
    shape = next(q.shape for s, q in graph.quantities.items() if s.name == state) or ()
    return [size.subs(known) for size in shape]


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_spec_computes_what_was_recorded(name: str) -> None:
    recording = RECORDINGS[name]
    recorded = adapted(recording, run(name))
    compared = set()
    for alone in heads(recording, recorded):
        for key, ours, theirs, tolerance in differences(recording, alone):
            compared.add(key.partition(".")[0])
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * max(1, np.abs(theirs).max()), err_msg=key)
    assert compared >= {"out", "grad", "grad1"}
