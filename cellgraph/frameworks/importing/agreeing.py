"""An imported cell beside the code that it comes from: at sizes that no trace had, for several steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy

from cellgraph.errors import CellgraphError
from cellgraph.frameworks.comparison import compared
from cellgraph.frameworks.importing.asking import Question, wrong
from cellgraph.frameworks.importing.imported import Agreement
from cellgraph.frameworks.importing.terms import constants_of, in_terms_of, terms
from cellgraph.frameworks.tracing.asked import Tracer, drawn
from cellgraph.implementations.block_layout import names_in
from cellgraph.imports.lowered import Lowered
from cellgraph.imports.writing.assembly import Assembled

FRESH = (6, 9, 4, 8, 10, 12, 14, 15, 16, 18)
"""Sizes at which a cell is run beside the code: no trace has one of them."""
SAMPLES, STEPS = 3, 3
"""How many samples and steps are run."""


def agreement_of(made: Assembled, read: Lowered, own: Question, tracer: Tracer) -> Agreement:
    """How far a cell and the code that it was read from agree."""
    sizes = dict(zip(own.dims, FRESH, strict=False))
    return agreement_at(made, read, own, tracer, sizes, SAMPLES if own.batch else None)


def agreement_at(
    made: Assembled, read: Lowered, own: Question, tracer: Tracer, sizes: Mapping[str, int], batch: int | None
) -> Agreement:
    """The same at these sizes, for so many samples."""
    _every_parameter_has_a_place(made)
    said = terms(read, made.words, sizes, own.batch)
    real = in_terms_of(tracer.live(own.asked, sizes, batch), own.asked, made.cell, said)
    implementation = replace(made.implementation, states=real.returns[: len(made.cell.carries)])
    constants = constants_of(read, said, tracer.given(own.asked, sizes, batch))
    found = compared(made.cell, implementation, sizes, real, batch, steps=STEPS, constants=constants)
    return Agreement(
        forward=found.forward_error,
        gradient=found.gradient_error,
        count=found.count == found.expected,
        at=dict(sizes),
        steps=STEPS,
        version=found.version,
        precision=min(found.precision, found.gradient_precision),
    )


def _every_parameter_has_a_place(made: Assembled) -> None:
    """Raise CellgraphError for parameters that stand in no array: the rest of theirs is read by nobody."""
    placed = {name for block in made.implementation.arrays.values() for name in names_in(block)}
    lost = [q.symbol.name for q in made.cell.step.having("param") if q.symbol.name not in placed]
    if lost:
        told = "of the array of each only a part is read, which no layout says: leave out of the code what is not read"
        raise CellgraphError(f"{', '.join(lost)}: {told}")


def check_twice(own: Question, tracer: Tracer) -> None:
    """Raise CodeError where one step of the code gives other numbers when it is made and run again."""
    sizes, batch = dict(zip(own.dims, FRESH, strict=False)), SAMPLES if own.batch else None
    twice = [tracer.live(own.asked, sizes, batch) for _ in range(2)]
    given = drawn(own.asked, sizes, batch)
    draw = numpy.random.default_rng(1)
    arrays = {name: draw.uniform(-1, 1, shape) for name, shape in twice[0].shapes.items()}
    fed, handed = ([given[name] for name in names] for names in (own.asked.inputs, own.asked.states))
    first, second = (real.step(arrays, fed, handed) for real in twice)
    if not all(numpy.array_equal(one, two, equal_nan=True) for one, two in zip(first, second, strict=True)):
        told = "it gives other numbers when it is made and run again: make what is random an input or a parameter"
        raise wrong(own.asked.target, "E_RANDOM", told)
