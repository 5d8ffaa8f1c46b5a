"""Facts are derived once: however many parts of a document ask for them, and however often."""

from __future__ import annotations

import gc
import sys
import weakref
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest
from zoo import KNOWN, SPECS

import cellgraph as cg
from cellgraph.derive.counts.compare import comparison
from cellgraph.derive.differences.difference_report import difference_report
from cellgraph.derive.differences.normal_form import normal_form
from cellgraph.derive.facts import fact
from cellgraph.derive.jacobians.bounds import bounds
from cellgraph.derive.jacobians.jacobian import path_roles
from cellgraph.derive.jacobians.local import local
from cellgraph.derive.structures.roles import roles
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell

FACTS = (structure, local, roles, normal_form, bounds, path_roles)


def diffed(cells: list[Cell]) -> None:
    difference_report(cg.diff(*cells), map(cg.load, KNOWN))


def compared(cells: list[Cell]) -> None:
    comparison(cells, [{"m": 3, "n": 5}] * len(cells))


@pytest.mark.parametrize(
    ("made", "names"),
    [(diffed, ["mgu", "gru"]), (lambda cells: cg.page(*cells), ["gru", "mgu"]), (compared, ["rnn", "lstm", "gru"])],
    ids=["diff", "page", "compare"],
)
def test_every_fact_is_derived_at_most_once_for_each_cell(made: Callable[[list[Cell]], Any], names: list[str]) -> None:
    cells = [cg.loads(SPECS[name].read_text(encoding="utf-8")) for name in names]
    codes = {derive.__wrapped__.__code__: derive.__name__ for derive in FACTS}  # type: ignore[attr-defined]
    counts: Counter[tuple[str, int]] = Counter()
    sources = []

    def count(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code in codes:
            source = next(iter(frame.f_locals.values()))
            # Held, so that no later object has the same id.
            sources.append(source)
            counts[codes[frame.f_code], id(source)] += 1

    sys.setprofile(count)
    try:
        made(cells)
    finally:
        sys.setprofile(None)
    assert sum(name == "structure" for name, _ in counts) >= len(cells)
    assert set(counts.values()) == {1}
    for a, b in pairwise(cells):
        assert structure(a) is structure(a) is not structure(b)


def test_a_fact_goes_with_what_it_is_about() -> None:
    class Thing:
        pass

    @fact
    def pair(thing: Thing) -> tuple[Thing, list[int]]:
        return thing, []

    thing, other = Thing(), Thing()
    assert pair(thing)[1] is pair(thing)[1] is not pair(other)[1]
    gone = weakref.ref(thing)
    del thing
    gc.collect()
    assert gone() is None
