"""One step of every class that a spec names, beside the real class on the same random numbers, forward and back."""

import pytest

import cellgraph as cg
from cellgraph.frameworks import ADAPTERS, runnable
from cellgraph.frameworks.comparison import comparison
from cellgraph.frameworks.verify import sizes_of
from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation, with_options

TOLERANCE = {"float64": 1e-10, "float32": 3e-6}
"""Of the largest difference over the largest value. Keras and onnxruntime compute in float32 alone."""

CLASSES = [(cell, found) for cell in map(cg.load, cg.cells()) for found in cell.implementations if runnable(found.name)]
"""Runs of the other classes that specs name are recorded: see tests/vectors."""

SMALLER = [(cell, with_options(found, {option: False})) for cell, found in CLASSES for option in found.without]


def named(value: object) -> str | None:
    if isinstance(value, Cell):
        return value.name
    if isinstance(value, Implementation):
        return value.name + "".join(f"-{k}={v}" for k, v in value.options.items())
    return None


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize(("cell", "implementation"), CLASSES + SMALLER, ids=named)
def test_the_spec_computes_what_the_library_computes(cell: Cell, implementation: Implementation, batch: int) -> None:
    found = comparison(cell, implementation, sizes_of(cell), batch=batch, seed=batch)
    assert found.count == found.expected
    assert found.forward_error < TOLERANCE[found.precision]
    if found.gradient_error is None:
        assert implementation.name.startswith("onnx."), "only onnxruntime does not differentiate"
    else:
        assert found.gradient_error < TOLERANCE[found.gradient_precision]


def test_every_library_is_named_by_the_specs() -> None:
    homes = {found.name.rpartition(".")[0] for _, found in CLASSES}
    assert homes == set(ADAPTERS)
