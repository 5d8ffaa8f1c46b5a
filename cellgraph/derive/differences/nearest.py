"""The known cells that are nearest to a cell, each with the proved difference, and how that is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cellgraph.derive.differences.difference import Difference
from cellgraph.derive.differences.difference_report import differing
from cellgraph.display import Documented
from cellgraph.messages import Message, listed, message
from cellgraph.report import Report


@dataclass(frozen=True)
class Nearest:
    """A known cell, by its name (lstm+peephole), and the edits that turn it into the cell that was asked about.

    `proved`: the edits were carried out in the equations, and lead to that cell. `equal`: there is nothing to edit; the
    two differ in names, in the order of equations and sums, and in gates that are 1 − z at most.
    """

    cell: str
    edits: tuple[Message, ...]
    proved: bool
    equal: bool


@dataclass(frozen=True, repr=False)
class Identification(Documented):
    """What a cell is: the name of the cell, and the known cells nearest to it, those with the fewest edits first."""

    cell: str
    nearest: tuple[Nearest, ...]

    def _about(self) -> str:
        found = (f"{n.cell} ({len(n.edits)} edits)" if n.edits else n.cell for n in self.nearest)
        return f"of {self.cell}: {', '.join(found) or 'like no known cell'}"


def nearest(name: str, found: Difference) -> Nearest:
    """A known cell of this name as a neighbour, from the difference between it and the cell that is asked about."""
    return Nearest(name, tuple(differing(found)), found.proved, found.equivalent)


def identification_report(found: Identification) -> Report:
    """One sentence for each known cell."""
    title = message("the known cells nearest to {cell}", cell=found.cell)
    return Report(title, tuple(_sentences(found)), _document(found))


def _sentences(found: Identification) -> Iterator[Message]:
    for own in found.nearest:
        values = {"cell": found.cell, "known": own.cell}
        if own.equal:
            yield message("{cell} is {known}: one cell, written differently at most.", **values)
        else:
            yield message("{known}, but {edits}", **values, edits=listed(own.edits))
    if not found.nearest:
        yield message("No known cell is a short list of edits away from {cell}.", cell=found.cell)
    elif all(own.proved for own in found.nearest):
        yield message("Each edit was carried out in the equations; what they lead to is {cell}.", cell=found.cell)


def _document(found: Identification) -> dict[str, Any]:
    return {
        "cell": found.cell,
        "nearest": [
            {"cell": own.cell, "edits": [*own.edits], "proved": own.proved, "equal": own.equal} for own in found.nearest
        ],
    }
