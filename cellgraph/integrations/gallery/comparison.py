"""Pages that put cells side by side: pictures, everything that is counted, and the edits from each to the next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cellgraph.derive.counts.compare import comparison
from cellgraph.derive.counts.params import every_count, report
from cellgraph.derive.counts.sizes import ONE
from cellgraph.derive.differences.difference import difference
from cellgraph.derive.differences.difference_report import difference_report
from cellgraph.graph import Cell
from cellgraph.integrations.gallery.contents import COMPARISONS, LANGS, SUFFIX, Contents
from cellgraph.integrations.gallery.markdown import body, cell_page, cell_picture, heading, link, links_above, page
from cellgraph.report import Report
from cellgraph.spec import load

SIZES = {"m": 128, "n": 256}
"""The sizes at which the gallery counts."""


def sizes_of(cell: Cell) -> dict[str, int]:
    """The sizes of the gallery, so far as the cell has them."""
    return {name: value for name, value in SIZES.items() if name in cell.dims}


def counted(cells: Sequence[Cell]) -> Report:
    """What the papers and every library count, cell by cell."""
    return report([table for cell in cells for table in every_count(cell, ONE, **sizes_of(cell))])


def compared(cells: Sequence[Cell]) -> Report:
    """Everything that is counted, side by side."""
    return comparison(cells, [sizes_of(cell) for cell in cells])


def comparison_files(contents: Contents, key: str) -> dict[str, bytes]:
    """A comparison, in both languages. Edits are named by the cells of the page that are met on the way."""
    names = COMPARISONS[key]
    cells = [load(contents.entry(name).spec) for name in names]
    counts = compared(cells)
    edits = {(a.name, b.name): difference_report(difference(a, b), cells) for a, b in pairwise(cells)}
    return {
        f"compare/{key}{SUFFIX[lang]}": page(
            links_above(lang, key, "../"),
            f"# {key.replace('-', ' ')}",
            *(part for name in names
              for part in (link(name, cell_page(name, lang, "../")), cell_picture(name, lang, 560, "../"))),
            heading(2, "Side by side", lang),
            body(counts, lang),
            *(part for (a, b), found in edits.items()
              for part in (heading(2, "From {a} to {b}", lang, a=a, b=b), body(found, lang))),
        )
        for lang in LANGS
    }  # fmt: skip
