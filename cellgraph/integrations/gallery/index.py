"""The index of the gallery, a thumbnail for every cell, and a page for every family."""

from __future__ import annotations

from cellgraph.derive.counts.params import params
from cellgraph.derive.structures.structure import structure
from cellgraph.integrations.gallery.contents import LANGS, SIDE_BY_SIDE, SUFFIX, Contents, Entry
from cellgraph.integrations.gallery.markdown import (
    blocks,
    cell_page,
    cell_picture,
    cells_in_rows,
    heading,
    link,
    links_above,
    one_line,
    page,
    said,
    titled,
)
from cellgraph.messages import Lang, listed, message, translated
from cellgraph.table import Table
from cellgraph.transforms.resolve import load
from cellgraph.views.markdown import escaped

THUMBNAIL = 220


def index_files(contents: Contents, _: str = "") -> dict[str, bytes]:
    """The index, in both languages."""
    return {f"README{SUFFIX[lang]}": _index(contents, lang) for lang in LANGS}


def family_files(contents: Contents, family: str) -> dict[str, bytes]:
    """The page of a family: what its cells have in common and where they differ, in both languages."""
    members = contents.family(family)
    facts = _facts(members)
    return {
        f"families/{slug(family)}{SUFFIX[lang]}": page(
            links_above(lang, slug(family), "../"),
            heading(1, "{family}", lang, family=named(family, lang)),
            blocks(lang, facts),
            *(part for entry in members for part in _shown(entry, lang)),
        )
        for lang in LANGS
    }


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
    parts = [
        links_above(lang, "README"),
        heading(1, "Recurrent cells", lang),
        said(
            "{count} cells. Everything here is derived from the equations in their specs. cellgraph gallery makes such "
            "pages of every cell that ships with it, or of those that you name; with --check it tells whether they are "
            "up to date.",
            lang,
            count=len(contents.entries),
        ),
    ]
    keys = (*contents.stories, *contents.comparisons)
    if keys:
        parts += [heading(2, "Side by side", lang), "\n".join(_item(key, lang) for key in keys)]
    if len(contents.families) > 1:
        rows = [_family_row(family, contents.family(family), lang) for family in contents.families]
        parts += [heading(2, "Families", lang), cells_in_rows(("", "family", "cells"), rows, lang)]
    for family in contents.families:
        rows = [_cell_row(entry, lang) for entry in contents.family(family)]
        parts.append(heading(2, "{family}", lang, family=named(family, lang)))
        parts.append(cells_in_rows(("", "cell", "states", "matrices", "formula"), rows, lang))
    return page(*parts)


def _item(key: str, lang: Lang) -> str:
    """A page that shows several cells, and the cells."""
    cells = ", ".join(link(name, cell_page(name, lang)) for name in SIDE_BY_SIDE[key])
    return f"- {link(key.replace('-', ' '), f'compare/{key}{SUFFIX[lang]}')}: {cells}"


def _family_row(family: str, members: tuple[Entry, ...], lang: Lang) -> list[str]:
    target = f"families/{slug(family)}{SUFFIX[lang]}"
    shown = cell_picture(members[0].name, lang, THUMBNAIL)
    return [f"[{shown}]({target})", link(named(family, lang), target), str(len(members))]


def _cell_row(entry: Entry, lang: Lang) -> list[str]:
    summary, target = entry.summary, cell_page(entry.name, lang)
    title = escaped(one_line(titled(summary.title, "", lang)))
    year = "" if summary.year is None else str(summary.year)
    return [
        f"[{cell_picture(entry.name, lang, THUMBNAIL)}]({target})",
        "<br>".join(part for part in (link(entry.name, target), title, year) if part),
        escaped(", ".join(summary.states)),
        str(summary.matrices),
        escaped(one_line(summary.formula)),
    ]


def _facts(members: tuple[Entry, ...]) -> Table:
    """What tells the cells of a family apart, a row for each."""
    rows = []
    for entry in members:
        cell = load(entry.spec)
        found = structure(cell)
        carries = [
            message("{state} ← {coefficient} · {before}", state=c.state, coefficient=c.coefficient,
                    before=found.state(c.state).before)
            for c in found.carries
        ]  # fmt: skip
        rows.append((
            cell.name,
            listed(s.after for s in found.handed_on),
            listed(gate.expr for gate in found.gates),
            listed(carries),
            found.scan,
            params(cell).formula,
        ))  # fmt: skip
    columns = ("cell", "handed on", "gates", "additive carry", "scan class", "parameters")
    return Table(message(""), columns, tuple(rows))


def _shown(entry: Entry, lang: Lang) -> tuple[str, str]:
    title = titled(entry.summary.title, entry.name, lang)
    return link(title, cell_page(entry.name, lang, "../")), cell_picture(entry.name, lang, 2 * THUMBNAIL, "../")
