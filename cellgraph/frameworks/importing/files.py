"""From a file of ONNX to a cell: a graph of one step is read, a recurrent operator is a cell that is known."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

from cellgraph.errors import CellgraphError
from cellgraph.frameworks.comparison import comparison
from cellgraph.frameworks.importing.agreeing import SAMPLES, STEPS, agreement_at
from cellgraph.frameworks.importing.asking import Question, spelled
from cellgraph.frameworks.importing.entry import GIVEN, Tell, assembled, read_trace, traced_program
from cellgraph.frameworks.importing.imported import Agreement, Imported
from cellgraph.frameworks.importing.libraries import tracer_of
from cellgraph.frameworks.importing.stated import Guess
from cellgraph.frameworks.verify import sizes_of
from cellgraph.views.spec import spec

MEANINGS = {"m": "input size", "n": "hidden size"}


def imported_file(path: str | os.PathLike[str], name: str = "", tell: Tell = str) -> Imported:
    """The cell of a file of ONNX. name: what the cell is called. Nothing of the file is run but by onnxruntime."""
    place = os.fspath(path)
    if not Path(place).is_file():
        raise CellgraphError(f"{place}: there is no such file")
    tracer = tracer_of("onnx")
    from cellgraph.frameworks.tracing.onnx_graph.asked import asked_of
    from cellgraph.frameworks.tracing.onnx_graph.layers import layers_of

    layers = layers_of(place)
    if layers:
        return _known(place, layers)
    found = asked_of(place)
    own = Question(found.asked, _dims(found.sizes), (), found.batch is not None, ())
    shapes = (("input", found.asked.inputs), ("state", found.asked.states))
    guesses = [Guess(n, kind, spelled(shape)) for kind, given in shapes for n, shape in given.items()]
    tell(f"tracing {place}")
    trace, numbers = traced_program(own, tracer)
    read = read_trace(own, trace, numbers)
    batch = None if found.batch is None else found.batch or SAMPLES
    called = f"onnx.{Path(place).stem}"
    made = assembled(own, tracer, read, found.sizes, batch, called, name or Path(place).stem)
    agreement = agreement_at(made, read, own, tracer, found.sizes, batch)
    operations = Counter(node.op for node in trace.nodes if node.op not in GIVEN)
    guessed = (*guesses, Guess("returns", "result", found.asked.returns))
    return Imported(place, made.cell, made.implementation, made.yaml, agreement, operations, guessed)


def _dims(sizes: Any) -> dict[str, str]:
    """What each size of a file is, which a file does not say: by its letter."""
    return {dim: MEANINGS.get(dim, dim) for dim in sizes}


def _known(place: str, layers: Any) -> Imported:
    """The cell of the recurrent operators of a file, run beside onnxruntime's. Raises CellgraphError for several."""
    cells = list(dict.fromkeys(layer.cell.name for layer in layers))
    if len(cells) > 1:
        raise CellgraphError(f"{place}: its recurrent operators are several cells: {', '.join(cells)}")
    cell, implementation = layers[0].cell, layers[0].implementation
    at = sizes_of(cell)
    found = comparison(cell, implementation, at, batch=SAMPLES, steps=STEPS)
    agreement = Agreement(
        found.forward_error, found.gradient_error, found.count == found.expected, at, STEPS, found.version,
        found.precision,
    )  # fmt: skip
    operations = Counter(implementation.name for _ in layers)
    return Imported(place, cell, implementation, spec(cell, {}, [implementation]), agreement, operations)
