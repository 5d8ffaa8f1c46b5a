"""The index of known cells against the cells: what it knows of each is so, and names play no part in it."""

from __future__ import annotations

import pytest
from identification.disguise import disguised
from zoo import DEEP, EVERY, FEW, cell_of

from cellgraph.derive.differences.search import Frontier
from cellgraph.identification.index import FORMS, digest, entries, entry, hits, index_text, stamp
from cellgraph.spec.source import folder

MADE = FEW if DEEP else ("atr", "indrnn", "retnet")
"""Those of which everything is made anew."""
DISGUISED = [name for name in (EVERY if DEEP else FEW) if name != "ltc-6-unfolds"]
"""One cell is much larger than the others."""


def test_the_index_is_of_the_specs_as_they_are(request: pytest.FixtureRequest) -> None:
    """It takes a minute and a half to make, so that only texts are compared here."""
    known = {name: own.spec for name, own in entries().items()}
    if request.config.getoption("--overwrite") and (
        known != {name: stamp(name) for name in EVERY} or any(entry(name) != entries()[name] for name in MADE)
    ):
        (folder() / FORMS).write_text(index_text(), encoding="utf-8")
        entries.cache_clear()
    stale = [name for name in EVERY if name not in entries() or entries()[name].spec != stamp(name)]
    assert (stale, [name for name in entries() if name not in EVERY]) == ([], []), "make it anew with --overwrite"


@pytest.mark.parametrize("name", MADE)
def test_what_is_known_of_a_cell_is_so(name: str) -> None:
    assert entry(name) == entries()[name], "where forms are made otherwise, make the index anew"


@pytest.mark.parametrize("name", DISGUISED)
def test_a_cell_in_disguise_has_the_form_of_the_cell(name: str) -> None:
    assert digest(Frontier(disguised(cell_of(name))).start) == entries()[name].form


def test_a_form_is_known_by_one_transform_at_most_and_by_none_if_it_ships() -> None:
    for form, known in hits().items():
        names = [hit.cell for hit in known if hit.rewrites == 0]
        assert sum("+" in name for name in names) <= 1, form
        assert not names or "+" not in names[0] or len(names) == 1, form
