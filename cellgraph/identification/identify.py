"""Identification: which of the known cells, those that ship and their transforms, a cell is or is nearest to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product

from cellgraph.derive.differences.difference import Difference, between
from cellgraph.derive.differences.nearest import Identification, nearest, weight
from cellgraph.derive.differences.normal_form import NormalForm
from cellgraph.derive.differences.parameter_groups import only_added
from cellgraph.derive.differences.search import FREELY, Frontier, Reached
from cellgraph.derive.differences.sizes import matched_sizes
from cellgraph.graph import Cell
from cellgraph.identification.index import Hit, digest, entries, hits
from cellgraph.transforms.resolve import load
from cellgraph.transforms.table import TABLE, transformed
from cellgraph.transforms.transform import NotApplicable

SHOWN = 5
"""Known cells that are told of."""
TRIED = 8
"""Known cells with a form in common that are put beside the cell, those that look nearest first."""
ALIKE = 3
"""Known cells without such a form that are put beside the cell all the same, where few have one."""
WORK = 300_000
"""What the search from either cell may cost; an LSTM needs 170 000 for all of two edits."""

Known = tuple[str, Difference]
"""A known cell by its name, and the difference from it to the cell that is asked about."""


def identify(cell: Cell) -> Identification:
    """The known cells nearest to a cell, each with the edits that turn it into the cell, proved by substitution.

    Known are the cells that ship, and these with transforms. Names of quantities and sizes, the order of equations and
    sums, gates that are 1 − z, and biases that are only ever added make no difference; nor does the name of the cell.

    >>> import cellgraph as cg
    >>> found = cg.identify(cg.load("gru"))
    >>> [(own.cell, len(own.edits), own.proved, own.equal) for own in found.nearest][0]
    ('gru', 0, True, True)
    """
    own = Frontier(cell, most=WORK)
    by_likeness = sorted(entries(), key=lambda name: (_unlike(name, own.start.features), name))
    found = [(hit.cell, _difference(hit, own, reached)) for hit, reached in _candidates(own)]
    if sum(known.steps is not None for _, known in found) < ALIKE:
        tried = {name for name, _ in found}
        found += [(name, _far(name, own)) for name in by_likeness[:ALIKE] if name not in tried]
    close = sorted((pair for pair in found if pair[1].steps is not None), key=lambda pair: weight(pair[1]))
    shown = tuple(nearest(*pair) for pair in close[:SHOWN])
    same = any(known.equal and known.cell == cell.name for known in shown)
    alike = () if shown else tuple(by_likeness[:ALIKE])
    return Identification(cell.name, shown, alike, cell.name in entries() and not same)


def _candidates(own: Frontier) -> list[tuple[Hit, Reached]]:
    """The known cells with a form in common with the cell, and this form: fewest rewrites of both together first."""
    counts = own.start.features
    found: dict[str, tuple[tuple[int, int], Hit, Reached]] = {}
    for distance in range(FREELY + 1):
        for reached in own.reached(distance).values():
            for hit in hits().get(digest(reached.form), ()):
                rank = distance + hit.rewrites, _unlike(hit.cell, counts)
                if hit.cell not in found or rank < found[hit.cell][0]:
                    found[hit.cell] = rank, hit, reached
    ranked = sorted(found.values(), key=lambda known: known[0])[:TRIED]
    [start] = own.reached(0).values()
    made = () if ranked and ranked[0][0][0] == 0 else _transforms([hit.cell for _, hit, _ in ranked], start)
    return [*((Hit(name, 0), start) for name in made), *((hit, reached) for _, hit, reached in ranked)]


def _transforms(names: Iterable[str], start: Reached) -> Iterator[str]:
    """The transforms of the nearest known cells that have the form of the cell; the index has none of two."""
    wanted = digest(start.form)
    for name, transform in product(islice(names, ALIKE), TABLE):
        try:
            made = transformed(load(name), transform)
        except NotApplicable:
            continue
        if digest(Frontier(made).start) == wanted:
            yield f"{name}+{transform}"
            return


def _unlike(name: str, counts: Mapping[str, int]) -> int:
    """How much the counts of a known cell, before any transform, differ from those of the cell."""
    known = entries()[name.partition("+")[0]].counts
    return sum(abs(known.get(key, 0) - counts.get(key, 0)) for key in {*known, *counts})


def _difference(hit: Hit, own: Frontier, reached: Reached) -> Difference:
    """The difference from a known cell to the cell, which have a form in common."""
    known = Frontier(load(hit.cell), most=WORK)
    wanted = digest(reached.form)
    form = next((r.form for r in known.reached(hit.rewrites).values() if digest(r.form) == wanted), known.start)
    # Parameters that are only added to others are an edit besides.
    edits = len(reached.rewrites) + hit.rewrites + bool(only_added(form)) + bool(only_added(reached.form))
    return between(_in_sizes_of(own, known, form, reached.form), own, edits)


def _far(name: str, own: Frontier) -> Difference:
    """The difference from a known cell that is only much like the cell."""
    known = Frontier(load(name), most=WORK)
    return between(_in_sizes_of(own, known, known.start, own.start), own)


def _in_sizes_of(own: Frontier, known: Frontier, form: NormalForm, other: NormalForm) -> Frontier:
    """Where a search starts from a known cell, its sizes called as those of the cell; a form of either tells which."""
    dims = matched_sizes(own.cell, known.cell, other, form)
    return Frontier(known.cell, dims, WORK) if any(x != y for x, y in dims.items()) else known
