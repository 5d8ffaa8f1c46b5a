"""From a user's code to a cell: asked, traced at several sizes, read, named, and run beside the code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp

from cellgraph.errors import CellgraphError
from cellgraph.frameworks.importing.agreeing import agreement_of, check_twice
from cellgraph.frameworks.importing.asking import Question, question, wrong
from cellgraph.frameworks.importing.imported import Agreement, Imported
from cellgraph.frameworks.importing.instances import check_instance, is_instance, said_by
from cellgraph.frameworks.importing.libraries import LIBRARIES, library_of, step_of, tracer_of
from cellgraph.frameworks.importing.stated import Stated
from cellgraph.frameworks.tracing.asked import Tracer
from cellgraph.graph import size
from cellgraph.imports.lowered import Lowered
from cellgraph.imports.reading.lowering import lowered, refuse_unknown
from cellgraph.imports.reading.sizes import BATCH, traces_needed, unified
from cellgraph.imports.traced import Trace
from cellgraph.imports.writing.assembly import Assembled, assemble

POOL = (5, 7, 11, 13, 17, 19, 29, 31, 37, 41)
"""Sizes of traces: primes, so that what is a product of sizes shows, and no usual sizes of kernels and blocks."""

GIVEN = ("leaf", "constant", "number")
"""What is no operation of the code."""

Tell = Callable[[str], object]
"""Is called with what is being done."""


def imported_code(
    target: Any, source: str, library: str, stated: Stated, name: str = "", tell: Tell = str, unchecked: bool = False
) -> Imported:
    """The cell that a class or a function computes. source: what it is called; name: of the cell.

    Raises CellgraphError where the code cannot be read, with the lines that stand in the way, and, unless `unchecked`,
    where it cannot be run beside the cell.
    """
    instance, library = target if is_instance(target) else None, library_of(target, library)
    if instance is not None:
        target, stated = type(instance), said_by(instance, stated)
    tracer, step = tracer_of(library), step_of(target, library, stated.method)
    tell(f"running {source}")
    own = question(target, tracer, step, stated, LIBRARIES[library].carry_first)
    if instance is not None:
        check_instance(instance, own, tracer)
    tell(f"tracing {source}")
    trace, numbers = traced_program(own, tracer, twice=True)
    _every_size_counts(target, own, trace)
    tell(f"reading the equations of {source}")
    read = read_trace(own, trace, numbers)
    sizes = {dim: numbers[dim] for dim in own.dims}
    made = assembled(own, tracer, read, sizes, _batch(own, numbers), called_by(target), name)
    tell(f"running {source} beside its equations")
    operations = Counter(node.op for node in trace.nodes if node.op not in GIVEN)
    agreement: Agreement | None = None
    try:
        agreement = agreement_of(made, read, own, tracer)
    except CellgraphError:
        if not unchecked:
            raise
    return Imported(source, made.cell, made.implementation, made.yaml, agreement, operations, own.guesses)


def traced_program(own: Question, tracer: Tracer, twice: bool = False) -> tuple[Trace, dict[str, int]]:
    """A step traced at several sizes and put together, and the sizes of the first trace.

    :twice: whether it may give other numbers when it is run again, which is refused
    """
    numbers = trace_sizes(own)
    traces = [tracer.traced(own.asked, sizes, _batch(own, sizes)) for sizes in numbers]
    refuse_unknown(traces[0])
    if twice:
        check_twice(own, tracer)
    return unified(traces, [{dim: sizes[dim] for dim in own.dims} for sizes in numbers]), numbers[0]


def trace_sizes(own: Question) -> list[dict[str, int]]:
    """For each trace, a prime for each size and for the batch, all different."""
    dims = [*own.dims, "batch"]
    return [
        {dim: POOL[(3 * k + 7 * t) % len(POOL)] for k, dim in enumerate(dims)} for t in range(traces_needed(len(dims)))
    ]


def read_trace(own: Question, trace: Trace, numbers: Mapping[str, int]) -> Lowered:
    """What a program computes, as equations. numbers: the sizes of one trace, and its batch."""
    known = {size(dim): numbers[dim] for dim in own.dims} | {BATCH: numbers["batch"]}
    return lowered(trace, known, [size(dim) for dim in own.each])


def assembled(
    own: Question, tracer: Tracer, read: Lowered, sizes: Mapping[str, int], batch: int | None, called: str, name: str
) -> Assembled:
    """The cell of a step that was read, named by what local variables hold in one run at these sizes.

    :called: the class or function
    :name:   the cell, where it is not called as that
    """
    arrays, seen = tracer.given(own.asked, sizes, batch), tracer.locals_of(own.asked, sizes, batch)
    options = {key: value for key, value in own.asked.make.items() if isinstance(value, bool | int | str | sp.Expr)}
    return assemble(read, called, own.dims, arrays=arrays, sizes=sizes, seen=seen, options=options, cell_name=name)


def _batch(own: Question, numbers: Mapping[str, int]) -> int | None:
    return numbers["batch"] if own.batch else None


def called_by(target: Any) -> str:
    """The dotted name of a class or a function."""
    return f"{target.__module__}.{target.__qualname__}"


def _every_size_counts(target: Any, own: Question, trace: Trace) -> None:
    """Raise CodeError for sizes of which no array and no number of the program depends."""
    used = {str(s) for node in trace.nodes for value in (*node.shape, *node.attributes.values()) for s in _sizes(value)}
    lost = [dim for dim in own.dims if dim not in used]
    if lost:
        arguments = [name for name, value in own.asked.make.items() if {*map(str, _sizes(value))} & {*lost}]
        remedy = " ".join(f"--make {name}=1" for name in arguments)
        raise wrong(target, "E_SIZE", f"no array depends on the size {', '.join(lost)}: give a number with {remedy}")


def _sizes(value: Any) -> Any:
    if isinstance(value, tuple):
        return {s for part in value for s in _sizes(part)}
    return getattr(value, "free_symbols", ())
