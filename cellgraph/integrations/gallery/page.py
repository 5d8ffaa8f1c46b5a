"""The page of one cell: everything that is derived from its equations, and its pictures beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cellgraph.derive import analysis
from cellgraph.derive.listing import listing
from cellgraph.derive.prose.explain import explanation
from cellgraph.drawing import draw
from cellgraph.graph import Cell
from cellgraph.integrations.documents import fenced
from cellgraph.integrations.gallery.comparison import counted
from cellgraph.integrations.gallery.contents import DETAILS, INTERACTIVE, LANGS, MAIN, SUFFIX, Contents, Entry, picture
from cellgraph.integrations.gallery.markdown import (  # fmt: skip
    blocks,
    body,
    folded,
    heading,
    image,
    link,
    links_above,
    one_line,
    page,
    said,
    titled,
)
from cellgraph.messages import Lang, message
from cellgraph.pages import page as interactive
from cellgraph.report import Report
from cellgraph.table import Table
from cellgraph.transforms.resolve import load
from cellgraph.transforms.resolve import text as spec_text
from cellgraph.views.markdown import escaped

LARGE = 43_000
"""Bytes from which the second picture, that of the equations, is left out: in a page, nobody reads so large a map."""
LONG = 40_000
"""Characters from which a section names its command in place of what that prints."""
COMMANDS = MappingProxyType({"From one step to the next": "jacobian", "Gradient of one step": "grad"})
"""What prints the sections that can be long."""
REPEATED = ("{title}", "reference: {reference}", "note: {note}")
"""What a listing says that stands at the top of the page already."""


def cell_files(contents: Contents, name: str) -> dict[str, bytes]:
    """Pages and pictures of a cell. Raises SpecError."""
    entry = contents.entry(name)
    cell = load(entry.spec)
    explained, reports = (
        explanation(cell).data["paragraphs"],
        {template: report(cell) for template, report in SECTIONS.items()},
    )
    found = {INTERACTIVE: interactive(cell).encode("utf-8")}
    for lang in LANGS:
        shown: dict[str, str] = {}
        for detail in DETAILS:
            drawn, file = draw(cell, detail=detail, lang=lang), picture(detail, lang)
            svg = drawn.image_svg.encode("utf-8")
            if detail == MAIN or len(svg) <= LARGE:
                found[file], shown[detail] = svg, image(file, drawn.diagram.description)
        sections = [part for template in reports for part in _section(template, reports[template], cell, shown, lang)]
        found[f"README{SUFFIX[lang]}"] = page(
            _links(contents, entry, lang),
            f"# {escaped(one_line(titled(cell.title, cell.name, lang)))}",
            *_origin(cell, lang),
            shown[MAIN],
            blocks(lang, *explained),
            *sections,
            heading(2, "Verified against", lang),
            *_verified(cell, lang),
            heading(2, "Spec", lang),
            folded(f"{cell.name}.yaml", fenced(spec_text(entry.spec), "yaml")),
        )
    return {f"cells/{name}/{file}": data for file, data in found.items()}


def _links(contents: Contents, entry: Entry, lang: Lang) -> str:
    """The ways to the index, the other language, the interactive page, and the comparisons that the cell is part of."""
    compared = [link(key.replace("-", " "), f"../../compare/{key}{SUFFIX[lang]}") for key in contents.with_cell(entry)]
    pointing = link(said("a page to point at and click", lang), INTERACTIVE)
    return links_above(lang, "README", "../../", pointing, *compared)


def _origin(cell: Cell, lang: Lang) -> list[str]:
    """Name and year, what the spec notes, and the reference."""
    year = "" if cell.year is None else f" · {cell.year}"
    told = (titled(cell.note, "", lang), cell.reference)
    return [f"`{cell.name}`{year}", *(escaped(one_line(text)) for text in told)]


def _section(template: str, report: Report, cell: Cell, shown: Mapping[str, str], lang: Lang) -> list[str]:
    """A section with its heading; where it is too long to be read here, the command that prints it."""
    text = body(report, lang)
    if len(text) > LONG and template in COMMANDS:
        command = f"cellgraph {COMMANDS[template]} {cell.name}"
        text = said("{count} characters long, and so not shown here; {command} prints it.", lang, count=len(text),
                    command=command)  # fmt: skip
    return [heading(2, template, lang), text, shown.get("equations", "") if template == "Equations" else ""]


def _listing(cell: Cell) -> Report:
    kept = (block for block in listing(cell).blocks if getattr(block, "template", "") not in REPEATED)
    return Report(message(""), tuple(kept))


SECTIONS: Mapping[str, Callable[[Cell], Report]] = MappingProxyType(
    {
        "Equations": _listing,
        "Structure": analysis("structure"),
        "Parameters, and what libraries count": lambda cell: counted([cell]),
        "Gradient of one step": analysis("gradient"),
        "From one step to the next": analysis("jacobian"),
        "Cost of one step": analysis("cost"),
    }
)
"""The sections of a page, in order: heading, and the report that it shows."""


def _verified(cell: Cell, lang: Lang) -> list[str]:
    """The classes that compute this cell, with the options that they need."""
    if not cell.implementations and not cell.recorded:
        return [said("No library that cellgraph runs has this cell: only its own equations check it.", lang)]
    told = []
    if cell.recorded:
        recorded = "The test suite holds this spec against a recorded run of {runs}: values and gradients through time."
        told.append(said(recorded, lang, runs=", ".join(run.replace("__", ".") for run in cell.recorded)))
    if cell.implementations:
        beside = (
            "Those that can be installed the test suite runs beside this spec, and compares the parameter count, one "
            "step, and gradients."
        )
        rows = tuple(
            (found.name, ", ".join(f"{key}={value}" for key, value in found.options.items()), ", ".join(found.arrays))
            for found in cell.implementations
        )
        table = blocks(lang, Table(message(""), ("class", "options", "arrays"), rows))
        told += [said(beside, lang), table]
    return told
