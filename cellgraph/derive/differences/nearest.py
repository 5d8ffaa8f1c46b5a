"""The known cells that are nearest to a cell, each with the proved difference, and how that is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

    `proved`: the edits were carried out in the equations, and lead to that cell. `equal`: the two compute the same, and
    differ at most in names, in the order of equations and sums, in gates that are 1 − z, and in biases that are only
    ever added to others; of these, the last alone is an edit.
    """

    cell: str
    edits: tuple[Message, ...]
    proved: bool
    equal: bool


@dataclass(frozen=True, repr=False)
class Identification(Documented):
    """What a cell is: the name of the cell, and the known cells nearest to it, those with the fewest edits first.

    `alike` are known cells with much in common, where none was found that a short list of edits turns into the cell.
    `namesake`: there is a known cell of the same name that is another cell.
    """

    cell: str
    nearest: tuple[Nearest, ...]
    alike: tuple[str, ...] = ()
    namesake: bool = False

    def _about(self) -> str:
        found = (f"{n.cell} ({len(n.edits)} edits)" if n.edits else n.cell for n in self.nearest)
        return f"of {self.cell}: {', '.join(found) or 'like no known cell'}"


def nearest(name: str, found: Difference) -> Nearest:
    """A known cell of this name as a neighbour, from the difference between it and the cell that is asked about."""
    equal = found.proved and weight(found)[0] == 0 and not found.initial and not found.idle
    return Nearest(name, tuple(differing(found)), found.proved, equal)


def weight(found: Difference) -> tuple[int, int]:
    """How far apart two cells are: edits that change what is computed, and matrices that come or go with any."""
    steps = found.steps or ()
    return sum(step.kind != "unify" for step in steps), sum(abs(step.matrices) for step in steps)


def identification_report(found: Identification) -> Report:
    """One sentence for each known cell."""
    title = message("the known cells nearest to {cell}", cell=found.cell)
    return Report(title, tuple(_sentences(found)), _document(found))


def _sentences(found: Identification) -> Iterator[Message]:
    for own in found.nearest:
        values = {"cell": found.cell, "known": own.cell}
        if own.equal and own.cell == found.cell:
            yield message("{cell} is the known cell of this name.", **values)
        elif own.equal:
            same = message("{cell} is {known}: one cell, written differently.", **values)
            yield message("{same} {edits}", same=same, edits=_joined(own.edits)) if own.edits else same
        else:
            yield message("{known}, but {edits}", **values, edits=_joined(own.edits))
    if found.namesake:
        yield message("The known cell that is called {cell}, too, is another one.", cell=found.cell)
    if found.nearest and all(own.proved for own in found.nearest):
        yield message("Each edit was carried out in the equations; what they lead to is {cell}.", cell=found.cell)
    if not found.nearest:
        yield message("No short list of edits was found that turns a known cell into {cell}.", cell=found.cell)
    if found.alike:
        yield message("Most like it in operations, parameters and states: {cells}.", cells=listed(found.alike))


def _joined(edits: Sequence[Message]) -> Message:
    """Edits one after the other; they have commas of their own."""
    *first, last = edits
    return message("{first}; {rest}", first=_joined(first), rest=last) if first else last


def _document(found: Identification) -> dict[str, Any]:
    return {
        "cell": found.cell,
        "nearest": [
            {"cell": own.cell, "edits": [*own.edits], "proved": own.proved, "equal": own.equal} for own in found.nearest
        ],
        "alike": [*found.alike],
    }
