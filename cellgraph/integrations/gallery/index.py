"""The index of the gallery, a thumbnail for every cell, and a page for every family."""

from __future__ import annotations

from cellgraph.integrations.gallery.contents import COMPARISONS, LANGS, MAIN, STORIES, SUFFIX, Contents, Entry, picture
from cellgraph.integrations.gallery.markdown import (
    cells_in_rows,
    heading,
    image,
    link,
    one_line,
    page,
    said,
    table,
    titled,
)
from cellgraph.table import Table
from cellgraph.transforms.resolve import load
from cellgraph.views.markdown import escaped
from cellgraph.words import Lang, listed, message, translated

THUMBNAIL = 220


def index_files(contents: Contents, _: str = "") -> dict[str, bytes]:
    """The index, in both languages."""
    return {f"README{SUFFIX[lang]}": _index(contents, lang) for lang in LANGS}


def family_files(contents: Contents, family: str) -> dict[str, bytes]:
    """The page of a family: what its cells have in common and where they differ, in both languages."""
    facts = _facts(contents.family(family))
    return {f"families/{slug(family)}{SUFFIX[lang]}": _family(contents, family, facts, lang) for lang in LANGS}


def slug(family: str) -> str:
    """The name of a family as part of a path; families are free text."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in family.lower()).strip("-")
    return kept or "other"


def named(family: str, lang: Lang) -> str:
    """What a family is called in a language, where there is a word for it."""
    if not family:
        return translated("other cells", lang)
    # Families are one word, and so are columns and other messages: their Chinese stands under a key of its own.
    return translated(f"family {family}", lang).removeprefix("family ")


def _index(contents: Contents, lang: Lang) -> bytes:
    other = "zh" if lang == "en" else "en"
    parts = [
        link({"en": "English", "zh": "中文"}[other], f"README{SUFFIX[other]}"),
        heading(1, "Recurrent cells", lang),
        said(
            "{count} cells. Everything here is derived from the equations in their specs. cellgraph gallery makes such "
            "pages of every cell that ships with it, or of those that you name; with --check it tells whether they are "
            "up to date.",
            lang,
            count=len(contents.entries),
        ),
    ]
    if contents.stories or contents.comparisons:
        parts += [heading(2, "Side by side", lang), _comparisons(contents, lang)]
    if len(contents.families) > 1:
        parts += [heading(2, "Families", lang), _families(contents, lang)]
    for family in contents.families:
        parts += [heading(2, "{family}", lang, family=named(family, lang)), _cells(contents.family(family), lang)]
    return page(*parts)


def _comparisons(contents: Contents, lang: Lang) -> str:
    entries = [(key, STORIES[key]) for key in contents.stories] + [
        (key, COMPARISONS[key]) for key in contents.comparisons
    ]
    return "\n".join(
        f"- {link(key.replace('-', ' '), f'compare/{key}{SUFFIX[lang]}')}: "
        + ", ".join(link(name, f"cells/{name}/README{SUFFIX[lang]}") for name in names)
        for key, names in entries
    )


def _families(contents: Contents, lang: Lang) -> str:
    rows = []
    for family in contents.families:
        members = contents.family(family)
        shown = image(f"cells/{members[0].name}/{picture(MAIN, lang)}", members[0].name, THUMBNAIL)
        target = f"families/{slug(family)}{SUFFIX[lang]}"
        rows.append([f"[{shown}]({target})", link(named(family, lang), target), str(len(members))])
    return cells_in_rows(("", "family", "cells"), rows, lang)


def _cells(entries: tuple[Entry, ...], lang: Lang) -> str:
    columns = ("", "cell", "states", "matrices", "formula")
    return cells_in_rows(columns, [_row(entry, lang) for entry in entries], lang)


def _row(entry: Entry, lang: Lang) -> list[str]:
    summary, target = entry.summary, f"cells/{entry.name}/README{SUFFIX[lang]}"
    title = escaped(one_line(titled(summary.title, "", lang)))
    year = "" if summary.year is None else str(summary.year)
    return [
        f"[{image(f'cells/{entry.name}/{picture(MAIN, lang)}', entry.name, THUMBNAIL)}]({target})",
        "<br>".join(part for part in (link(entry.name, target), title, year) if part),
        escaped(", ".join(summary.states)),
        str(summary.matrices),
        escaped(one_line(summary.formula)),
    ]


def _facts(members: tuple[Entry, ...]) -> Table:
    """What tells the cells of a family apart, a row for each."""
    from cellgraph.derive.counts.params import params
    from cellgraph.derive.structures.structure import structure

    rows = []
    for entry in members:
        cell = load(entry.spec)
        found = structure(cell)
        rows.append((
            cell.name,
            listed(s.after for s in found.handed_on),
            listed(gate.expr for gate in found.gates) if found.gates else message("none"),
            listed(message("{state} ← {coefficient} · {before}", state=c.state, coefficient=c.coefficient,
                           before=found.state(c.state).before) for c in found.carries)
            if found.carries else message("none"),
            found.scan,
            params(cell).formula,
        ))  # fmt: skip
    columns = ("cell", "handed on", "gates", "additive carry", "scan class", "parameters")
    return Table(message(""), columns, tuple(rows))


def _family(contents: Contents, family: str, facts: Table, lang: Lang) -> bytes:
    other = "zh" if lang == "en" else "en"
    return page(
        f"{link(said('all cells', lang), f'../README{SUFFIX[lang]}')} · "
        f"{link({'en': 'English', 'zh': '中文'}[other], f'{slug(family)}{SUFFIX[other]}')}",
        heading(1, "{family}", lang, family=named(family, lang)),
        table(facts, lang),
        *(_shown(entry, lang) for entry in contents.family(family)),
    )


def _shown(entry: Entry, lang: Lang) -> str:
    target = f"../cells/{entry.name}/README{SUFFIX[lang]}"
    title = titled(entry.summary.title, entry.name, lang)
    return (
        f"{link(title, target)}\n\n{image(f'../cells/{entry.name}/{picture(MAIN, lang)}', entry.name, 2 * THUMBNAIL)}"
    )
