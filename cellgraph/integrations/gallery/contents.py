"""What a gallery will hold, and where: known from the specs' own words, before any equation is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cellgraph.errors import CellgraphError
from cellgraph.messages import Lang
from cellgraph.spec import library, source
from cellgraph.spec.library import Summary
from cellgraph.transforms.resolve import text

LANGS: tuple[Lang, ...] = ("en", "zh")
SUFFIX = MappingProxyType({"en": ".md", "zh": ".zh.md"})
"""How the file of a page ends, by language."""
INTERACTIVE = "page.html"
"""The interactive page of a cell, in both languages."""
MAIN = "operations"
DETAILS = (MAIN, "equations")
"""The pictures of a cell; the first is the one that stands for it."""

COMPARISONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "two-grus": ("gru", "gru-reset-after"),
        "from-lstm-to-gru": ("lstm", "lstm-cifg", "janet", "gru"),
        "lstm-through-the-years": ("lstm-1997", "lstm", "lstm-peephole", "lstm-projection"),
        "smaller-than-gru": ("gru", "ligru", "mgu", "mingru"),
        "without-gates": ("rnn", "indrnn", "leaky-rnn", "linear-rnn"),
    }
)
"""Cells that people look at side by side, by the name of the page."""
STORIES: Mapping[str, tuple[str, ...]] = MappingProxyType({"rnn-lstm-gru": ("rnn", "lstm", "gru")})
"""Comparisons told as a story, of cells that ship with cellgraph."""
SIDE_BY_SIDE = MappingProxyType({**STORIES, **COMPARISONS})
"""The cells of every page that shows several."""


@dataclass(frozen=True)
class Entry:
    """A cell of the gallery: what it is called, where its spec is, and what the spec says of it."""

    name: str
    spec: str
    summary: Summary


@dataclass(frozen=True)
class Contents:
    """The cells by family and year, and the comparisons whose cells are all there."""

    entries: tuple[Entry, ...]
    families: tuple[str, ...]
    comparisons: tuple[str, ...]
    stories: tuple[str, ...]

    def entry(self, name: str) -> Entry:
        """The cell of this name."""
        return next(entry for entry in self.entries if entry.name == name)

    def family(self, family: str) -> tuple[Entry, ...]:
        """The cells of a family."""
        return tuple(entry for entry in self.entries if entry.summary.family == family)

    def with_cell(self, entry: Entry) -> tuple[str, ...]:
        """The pages that put this cell beside others, stories first."""
        return tuple(key for key in (*self.stories, *self.comparisons) if entry.name in SIDE_BY_SIDE[key])


def picture(detail: str, lang: Lang) -> str:
    """The file of a picture: what is written in it has a language."""
    return f"{detail}{'' if lang == 'en' else f'.{lang}'}.svg"


def compared_cells() -> tuple[str, ...]:
    """The cells that stories and comparisons show, each once."""
    return tuple(dict.fromkeys(name for names in SIDE_BY_SIDE.values() for name in names))


def contents_of(specs: Sequence[str] = ()) -> Contents:
    """The gallery of these cells (names or paths), or of every cell that ships with cellgraph. Raises SpecError."""
    found = [Entry(s.name, s.name, s) for s in library.summaries()] if not specs else [_entry(spec) for spec in specs]
    names = [entry.name for entry in found]
    for entry in found:
        if names.count(entry.name) > 1:
            raise CellgraphError(f"two of these specs are named '{entry.name}'; a gallery needs different names")
    order = {family: k for k, family in enumerate(_families(found))}
    entries = sorted(found, key=lambda e: (order[e.summary.family], e.summary.year or 0, e.name))
    return Contents(
        tuple(entries),
        tuple(order),
        tuple(key for key, cells in COMPARISONS.items() if set(cells) <= set(names)),
        tuple(key for key, cells in STORIES.items() if set(cells) <= {e.name for e in found if e.spec == e.name}),
    )


def _entry(spec: str) -> Entry:
    summary = library.summary(source.decoded(text(spec), spec))
    return Entry(summary.name, spec, summary)


def _families(found: Sequence[Entry]) -> list[str]:
    """The families, that of the oldest cell first; cells without a family last."""
    first: dict[str, int] = {}
    for entry in found:
        family, year = entry.summary.family, entry.summary.year or 9999
        first[family] = min(year, first.get(family, 9999))
    return sorted(first, key=lambda family: (not family, first[family], family))
