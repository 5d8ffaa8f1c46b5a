"""Pages that put cells side by side: pictures, everything that is counted, and the edits from each to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from cellgraph.graph import Cell
from cellgraph.integrations.gallery.contents import COMPARISONS, LANGS, MAIN, SUFFIX, Contents, picture
from cellgraph.integrations.gallery.markdown import body, heading, image, link, page, said
from cellgraph.report import Report
from cellgraph.spec import load
from cellgraph.words import Lang

SIZES = {"m": 128, "n": 256}


def comparison_files(contents: Contents, key: str) -> dict[str, bytes]:
    """A comparison, in both languages."""
    from cellgraph.derive.counts.compare import comparison

    cells = [load(contents.entry(name).spec) for name in COMPARISONS[key]]
    report = comparison(cells, [{k: v for k, v in SIZES.items() if k in cell.dims} for cell in cells])
    edits = _edits(cells)
    return {f"compare/{key}{SUFFIX[lang]}": _page(key, report, edits, lang) for lang in LANGS}


def _page(key: str, report: Report, edits: Mapping[tuple[str, str], Report], lang: Lang) -> bytes:
    return page(
        top(key, lang),
        f"# {key.replace('-', ' ')}",
        *(f"{link(name, f'../cells/{name}/README{SUFFIX[lang]}')}\n\n"
          f"{image(f'../cells/{name}/{picture(MAIN, lang)}', name, 560)}" for name in COMPARISONS[key]),
        heading(2, "Side by side", lang),
        body(report, lang),
        *(f"{heading(2, 'From {a} to {b}', lang, a=a, b=b)}\n\n{body(found, lang)}" for (a, b), found in edits.items()),
    )  # fmt: skip


def _edits(cells: Sequence[Cell]) -> dict[tuple[str, str], Report]:
    """What turns each cell into the next; cells of the page that are met on the way are named."""
    from cellgraph.derive.differences.difference_report import difference_report

    return {(a.name, b.name): difference_report(a, b, cells) for a, b in pairwise(cells)}


def top(key: str, lang: Lang) -> str:
    """The way to the index and to the other language."""
    other = "zh" if lang == "en" else "en"
    index = link(said("all cells", lang), f"../README{SUFFIX[lang]}")
    return f"{index} · {link({'en': 'English', 'zh': '中文'}[other], f'{key}{SUFFIX[other]}')}"
