"""Identification: which of the known cells, those that ship and their transforms, a cell is or is nearest to."""

from __future__ import annotations

from collections.abc import Iterator

from cellgraph.derive.differences.difference import between
from cellgraph.derive.differences.nearest import Identification, nearest
from cellgraph.derive.differences.search import FREELY, Frontier, same_dims
from cellgraph.graph import Cell
from cellgraph.spec import load
from cellgraph.spec.library import Summary, summaries

SHOWN = 3
"""Known cells that are told of."""
TRIED = 4
"""Known cells that are compared, those that look most alike first."""


def identify(cell: Cell) -> Identification:
    """The known cells nearest to a cell, each with the edits that turn it into the cell, proved by substitution.

    Names and the order of equations and sums play no part, nor does the name of the cell itself.

    >>> import cellgraph as cg
    >>> found = cg.identify(cg.load("gru"))
    >>> [(own.cell, len(own.edits), own.proved, own.equal) for own in found.nearest][0]
    ('gru', 0, True, True)
    """
    own = Frontier(cell, {})
    found = [nearest(name, between(known, own, FREELY)) for name, known in _candidates(cell)]
    close = [n for n in found if n.equal or n.edits]
    return Identification(cell.name, tuple(sorted(close, key=lambda n: (not n.equal, len(n.edits)))[:SHOWN]))


def _candidates(cell: Cell) -> Iterator[tuple[str, Frontier]]:
    matrices = sum(len(q.shape or ()) > 1 for q in cell.step.having("param"))

    def unlike(known: Summary) -> tuple[bool, int, int]:
        return known.name != cell.name, abs(len(known.states) - len(cell.carries)), abs(known.matrices - matrices)

    for summary in sorted(summaries(), key=unlike)[:TRIED]:
        known = load(summary.name)
        yield known.name, Frontier(known, same_dims(cell, known))
