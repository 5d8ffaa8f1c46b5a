"""Reachability: what a quantity is computed from, and what is computed from it."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

import sympy as sp

if TYPE_CHECKING:
    from cellgraph.graph.graph import Graph

Place = TypeVar("Place", bound=Hashable)


def reachable(
    starts: Iterable[Place], links: Mapping[Place, Iterable[Place]], closed: Collection[Place] = ()
) -> frozenset[Place]:
    """What can be reached along links from `starts`, these included; no way leads on from what is `closed`."""
    found = set(starts)
    todo = list(found)
    while todo:
        place = todo.pop()
        if place not in closed:
            following = [other for other in links.get(place, ()) if other not in found]
            found.update(following)
            todo += following
    return frozenset(found)


def ancestors(graph: Graph, ends: Iterable[sp.Symbol], held: Collection[sp.Symbol] = ()) -> frozenset[sp.Symbol]:
    """The quantities that any of `ends` is computed from, these included.

    Quantities in `held` are given: what they are computed from does not count.
    """
    return reachable(ends, graph.uses, held)


def descendants(graph: Graph, starts: Iterable[sp.Symbol], held: Iterable[sp.Symbol] = ()) -> frozenset[sp.Symbol]:
    """The quantities that depend on any of `starts`, these included; quantities in `held` count as constants."""
    starts = frozenset(starts)
    fixed = frozenset(held) - starts
    return reachable(starts, graph.users, fixed) - fixed
