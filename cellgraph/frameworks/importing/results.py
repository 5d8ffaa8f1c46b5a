"""What comes back from a step: which of the arrays that a call returns are the states after it, and which is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from cellgraph.errors import CellgraphError
from cellgraph.frameworks.tracing.asked import Returned
from cellgraph.names import misnamed

MOST = 12
"""Arrays that a call may return, so that which of them are the states can be looked for."""

TOKEN = re.compile(r"\[\d+\]|\['[^']*'\]|\.\w+")
OUTPUT = ("y", "out", "o_t", "shown")
"""What the result is called that is no state, where the code has no name for it: the first that is free."""


class UnclearReturns(CellgraphError):
    """Results of which it does not follow which are the states: says what to write."""


def returns_of(
    found: Sequence[Returned],
    states: Mapping[str, tuple[int, ...]],
    words: Sequence[Sequence[str]] = (),
    carry_first: bool = False,
) -> str | None:
    """What a call gives back, in names: 'y, (h, c)'. None where no results have the shapes of the states.

    :found:       the arrays that a call gave back
    :states:      name -> shape before the step, the batch included
    :words:       for each `return` of the source, what it calls its results
    :carry_first: the library hands back the states before what is shown

    Raises UnclearReturns where several results may be the states.
    """
    if len(found) > MOST:
        return None
    called = next((list(own) for own in reversed(words) if len(own) == len(found)), [""] * len(found))
    chosen = _by_words(found, states, called)
    if chosen is None:
        ways = [*_ways(found, list(states.values()))]
        if not ways:
            return None
        chosen = _likeliest(ways, found, states, called, carry_first)
    names = dict(zip(chosen, states, strict=True))
    first = next(iter(chosen))
    for place, result in enumerate(found):
        if place in names:
            continue
        again = result.same_as if result.same_as is not None else place
        same = first == place or again in (first, found[first].same_as)
        shown = any(name not in states and name != "_" for name in names.values())
        names[place] = "_" if same or shown else _shown_as(called[place], {*states})
    return _spelled([TOKEN.findall(result.path) for result in found], [names[k] for k in range(len(found))])


def _by_words(
    found: Sequence[Returned], states: Mapping[str, tuple[int, ...]], called: Sequence[str]
) -> tuple[int, ...] | None:
    """The results that the source calls as the states are called, in the order of the states; the last of each."""
    places = []
    for name, shape in states.items():
        own = [k for k, word in enumerate(called) if word == name and found[k].shape == shape]
        if not own:
            return None
        places.append(own[-1])
    return tuple(places)


def _ways(found: Sequence[Returned], shapes: Sequence[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
    """Results in order that have the shapes of the states; of those that are the same arrays, once."""
    seen = set[tuple[int, ...]]()
    for places in reversed([*combinations(range(len(found)), len(shapes))]):
        arrays = tuple(k if (same := found[k].same_as) is None else same for k in places)
        if arrays not in seen and [found[k].shape for k in places] == list(shapes):
            seen.add(arrays)
            yield places


def _likeliest(
    ways: Sequence[tuple[int, ...]],
    found: Sequence[Returned],
    states: Mapping[str, tuple[int, ...]],
    called: Sequence[str],
    carry_first: bool,
) -> tuple[int, ...]:
    """The one way that is left when those are sorted out that the names and the nesting speak against."""
    paths = [TOKEN.findall(result.path) for result in found]

    def nested(way: tuple[int, ...]) -> bool:
        """Whether the states stand in a tuple of their own."""
        heads = {tuple(paths[k][:1]) for k in way}
        apart = all(tuple(paths[k][:1]) not in heads for k in range(len(found)) if k not in way)
        return len(heads) == 1 and apart and len(paths[way[0]]) > 1

    rest = {way: [k for k in range(len(found)) if k not in way] for way in ways}
    for fits in (
        lambda way: not any(called[k] in states for k in rest[way]),
        lambda way: not carry_first or way[0] == 0,
        lambda way: all(called[k] in ("", *states) for k in way),
        nested,
    ):
        ways = [way for way in ways if fits(way)] or ways
        if len(ways) == 1:
            return ways[0]
    named = [dict(zip(way, states, strict=True)) for way in sorted(ways)[:3]]
    choices = " or ".join(repr(", ".join(own.get(k, "y") for k in range(len(found)))) for own in named)
    raise UnclearReturns(
        f"of the {len(found)} arrays that a call gives back, several may be {' and '.join(states)}: "
        f"say which with --returns {choices}"
    )


def _shown_as(word: str, taken: set[str]) -> str:
    if word and word not in taken and misnamed(word) is None:
        return word
    return next(name for name in OUTPUT if name not in taken)


def _spelled(paths: Sequence[Sequence[str]], names: Sequence[str]) -> str:
    """Names in the nesting of the places where they stand: 'y, (h, c)'."""
    parts, k = list[str](), 0
    while k < len(names):
        head = paths[k][:1]
        end = next((i for i in range(k + 1, len(names)) if paths[i][:1] != head), len(names))
        inner = _spelled([path[1:] for path in paths[k:end]], names[k:end]) if head else names[k]
        parts.append(f"({inner}{',' * (end - k == 1)})" if head and len(paths[k]) > 1 else inner)
        k = end
    return ", ".join(parts)
