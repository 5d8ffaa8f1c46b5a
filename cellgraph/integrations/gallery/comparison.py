"""Pages that put cells side by side: pictures, everything that is counted, and the edits from each to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from cellgraph.graph import Cell
from cellgraph.integrations.gallery.markdown import body, heading, image, link, page, said
from cellgraph.integrations.gallery.plan import COMPARISONS, LANGS, SUFFIX, Plan
from cellgraph.spec import load
from cellgraph.words import Lang

SIZES = {"m": 128, "n": 256}


def comparison_files(of: Plan, key: str) -> dict[str, bytes]:
    """A comparison, in both languages."""
    return {f"compare/{key}{SUFFIX[lang]}": _page(of, key, lang) for lang in LANGS}


def _page(of: Plan, key: str, lang: Lang) -> bytes:
    from cellgraph.derive.counts.compare import comparison

    names = COMPARISONS[key]
    cells = [load(of.entry(name).spec) for name in names]
    report = comparison(cells, [{k: v for k, v in SIZES.items() if k in cell.dims} for cell in cells])
    return page(
        top(key, lang),
        f"# {key.replace('-', ' ')}",
        *(f"{link(name, f'../cells/{name}/README{SUFFIX[lang]}')}\n\n"
          f"{image(f'../cells/{name}/operations.svg', name, 560)}" for name in names),
        heading(2, "Side by side", lang),
        body(report, lang),
        *_edits(cells, lang),
    )  # fmt: skip


def _edits(cells: Sequence[Cell], lang: Lang) -> Iterator[str]:
    """What turns each cell into the next; cells of the page that are met on the way are named."""
    from cellgraph.derive.differences.difference_report import difference_report

    for a, b in pairwise(cells):
        yield heading(2, "From {a} to {b}", lang, a=a.name, b=b.name)
        yield body(difference_report(a, b, cells), lang)


def top(key: str, lang: Lang) -> str:
    """The way to the index and to the other language."""
    other = "zh" if lang == "en" else "en"
    index = link(said("all cells", lang), f"../README{SUFFIX[lang]}")
    return f"{index} · {link({'en': 'English', 'zh': '中文'}[other], f'{key}{SUFFIX[other]}')}"
