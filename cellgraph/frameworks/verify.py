"""Verification: cells run beside every class that their specs name, several steps forward and back through time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace

from cellgraph.derive.counts.sizes import hidden_dim, input_dim
from cellgraph.frameworks import runnable
from cellgraph.frameworks.comparison import Comparison, comparison
from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation, called
from cellgraph.messages import Message, message
from cellgraph.report import Report
from cellgraph.table import Table

INPUT, HIDDEN = 3, 5
"""The input size, and the hidden size, also where the input has it."""
LIFTED, OTHER = (6, 7, 4), (2, 8, 9, 10, 11)
"""How many members there are along each lifted axis, and all other dims; no two sizes of a cell are alike."""

STEPS = 3
BATCH = 4

FORWARD = {"float64": 1e-10, "float32": 1e-5}
GRADIENT = {"float64": 1e-8, "float32": 1e-4}
"""The largest error that passes, relative to the largest value; a library's own precision is the best that can be."""

PASSED, FAILED, RECORDED, ABSENT = "passed", "failed", "recorded", "not installed"


@dataclass(frozen=True)
class Verification:
    """One cell beside one class: how it went, and the largest relative errors where it ran."""

    cell: str
    implementation: str
    version: str
    status: str
    count: int | None
    forward_error: float | None
    gradient_error: float | None
    note: Message | None


def verifications(cells: Iterable[Cell]) -> Iterator[Verification]:
    """Every class that the cells name, run for a few steps in its own precision, in the order of the specs.

    Then the recorded runs of each cell, which are named and not compared here.
    """
    for cell in cells:
        for implementation in cell.implementations:
            if runnable(implementation.name) or not cell.recorded:
                yield verification(cell, implementation)
        for run in cell.recorded:
            note = message("a recorded run, which the tests compare")
            yield Verification(cell.name, run, "", RECORDED, None, None, None, note)


def verification(cell: Cell, implementation: Implementation) -> Verification:
    """One class beside its spec: numbers stored, values and gradients of a few steps."""
    name = called(implementation)
    if not runnable(implementation.name):
        note = message("its arrays are described; nothing here runs it")
        return Verification(cell.name, name, "", ABSENT, None, None, None, note)
    sizes = sizes_of(cell)
    try:
        found = comparison(cell, implementation, sizes, batch=BATCH, steps=STEPS)
    except ImportError as missing:
        note = message("needs {library}", library=missing.name or str(missing))
        return Verification(cell.name, name, "", ABSENT, None, None, None, note)
    status = PASSED if _passes(found) else FAILED
    errors = (found.forward_error, found.gradient_error)
    return Verification(cell.name, name, found.version, status, found.count, *errors, _note(found))


def report(found: Iterable[Verification]) -> Report:
    """Verifications as a report: a table of them, and how many there are of each status."""
    listed = tuple(found)
    rows = tuple(
        (v.cell, v.implementation, v.version, message(v.status), v.count, _short(v.forward_error),
         _short(v.gradient_error), v.note or "")
        for v in listed
    )  # fmt: skip
    columns = ("cell", "implementation", "version", "status", "count", "forward error", "gradient error", "note")
    statuses = {"passed": PASSED, "failed": FAILED, "recorded": RECORDED, "absent": ABSENT}
    counted = {key: sum(v.status == status for v in listed) for key, status in statuses.items()}
    notes = (
        message("{passed} passed, {failed} failed, {recorded} recorded, {absent} not installed", **counted),
        message("errors are relative to the largest value; gradients are those of a loss over all steps"),
    )
    data = {"results": [asdict(replace(v, note=None)) | {"note": _plain(v.note)} for v in listed]}
    title = message("cells beside the real thing")
    return Report(title, (Table(message(""), columns, rows, notes),), data)


def sizes_of(cell: Cell) -> dict[str, int]:
    """A size for each dim of a cell, at which it is run."""
    known = {dim.name: n for dim, n in ((input_dim(cell), INPUT), (hidden_dim(cell), HIDDEN)) if dim is not None}
    known |= dict(zip(cell.each, LIFTED, strict=False))
    return known | dict(zip([dim for dim in cell.dims if dim not in known], OTHER, strict=False))


def _passes(found: Comparison) -> bool:
    return (
        found.count == found.expected
        and found.forward_error <= FORWARD[found.precision]
        and (found.gradient_error is None or found.gradient_error <= GRADIENT[found.gradient_precision])
    )


def _note(found: Comparison) -> Message | None:
    if found.count != found.expected:
        return message("it stores {count} numbers; by the spec {expected}", count=found.count, expected=found.expected)
    if found.gradient_error is None:
        return message("computes in {precision}, and does not differentiate", precision=found.precision)
    if found.precision != "float64":
        return message("computes in {precision}", precision=found.precision)
    if found.gradient_precision != found.precision:
        return message("differentiates in {precision}", precision=found.gradient_precision)
    return None


def _plain(note: Message | None) -> str:
    return note.template.format(**note.values) if note else ""


def _short(error: float | None) -> str:
    return "" if error is None else f"{error:.1e}"
