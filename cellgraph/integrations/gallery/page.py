"""The page of one cell: everything that is derived from its equations, and its pictures beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cellgraph.graph import Cell
from cellgraph.integrations.gallery.comparison import SIZES
from cellgraph.integrations.gallery.contents import DETAILS, INTERACTIVE, LANGS, MAIN, SUFFIX, Contents, Entry, picture
from cellgraph.integrations.gallery.markdown import (  # fmt: skip
    body,
    described,
    fenced,
    folded,
    heading,
    image,
    link,
    one_line,
    page,
    said,
    table,
    titled,
)
from cellgraph.report import Report
from cellgraph.table import Table
from cellgraph.transforms.resolve import load
from cellgraph.transforms.resolve import text as spec_text
from cellgraph.views.markdown import escaped
from cellgraph.words import Lang, message

LARGE = 43_000
"""Bytes from which the second picture, that of the equations, is left out: in a page, nobody reads so large a map."""
LONG = 40_000
"""Characters from which a section names its command in place of what that prints."""
COMMANDS = MappingProxyType({"From one step to the next": "jacobian", "Gradient of one step": "grad"})
"""What prints the sections that can be long."""


def cell_files(contents: Contents, name: str) -> dict[str, bytes]:
    """Pages and pictures of a cell. Raises SpecError."""
    entry = contents.entry(name)
    cell = load(entry.spec)
    explained, reports = _explained(cell), {template: report(cell) for template, report in SECTIONS.items()}
    found: dict[str, bytes] = {}
    for lang in LANGS:
        pictures = _pictures(cell, lang)
        found |= {f"cells/{name}/{file}": svg.encode("utf-8") for file, (svg, _) in pictures.items()}
        shown = {file: image(file, alt) for file, (_, alt) in pictures.items()}
        found[f"cells/{name}/README{SUFFIX[lang]}"] = _page(contents, entry, cell, explained, reports, shown, lang)
    return found | {f"cells/{name}/{INTERACTIVE}": _interactive(cell)}


def _interactive(cell: Cell) -> bytes:
    from cellgraph.pages import page as made

    return made(cell).encode("utf-8")


def _pictures(cell: Cell, lang: Lang) -> dict[str, tuple[str, str]]:
    """The pictures of a cell in a language: its operations, and its equations where they can be read; with words."""
    from cellgraph.drawing import draw

    found = {}
    for detail in DETAILS:
        drawn = draw(cell, detail=detail, lang=lang)
        svg = drawn.image_svg
        if detail == MAIN or len(svg) <= LARGE:
            found[picture(detail, lang)] = svg, described(drawn)
    return found


def _page(
    contents: Contents, entry: Entry, cell: Cell, explained: Report, reports: Mapping[str, Report],
    shown: Mapping[str, str], lang: Lang,
) -> bytes:  # fmt: skip
    parts = [
        _top(contents, entry, lang),
        f"# {escaped(one_line(titled(cell.title, cell.name, lang)))}",
        _origin(cell, lang),
        shown[picture(MAIN, lang)],
        body(explained, lang),
    ]
    for template, report in reports.items():
        parts += [heading(2, template, lang), _section(template, body(report, lang), cell, lang)]
        if template == "Equations":
            parts.append(shown.get(picture("equations", lang), ""))
    parts += [heading(2, "Verified against", lang), *_verified(cell, lang)]
    spec = spec_text(entry.spec)
    parts += [heading(2, "Spec", lang), folded(f"{cell.name}.yaml", fenced(spec, "yaml"))]
    return page(*parts)


def _section(template: str, text: str, cell: Cell, lang: Lang) -> str:
    """A section as it is; where it is too long to be read here, the command that prints it."""
    if len(text) <= LONG or template not in COMMANDS:
        return text
    command = f"cellgraph {COMMANDS[template]} {cell.name}"
    return said("{count} characters long, and so not shown here; {command} prints it.", lang, count=len(text),
                command=command)  # fmt: skip


def _top(contents: Contents, entry: Entry, lang: Lang) -> str:
    """The ways to the index, the other language, the interactive page, and the comparisons that the cell is part of."""
    other = "zh" if lang == "en" else "en"
    ways = [link(said("all cells", lang), f"../../README{SUFFIX[lang]}"),
            link({"en": "English", "zh": "中文"}[other], f"README{SUFFIX[other]}")]  # fmt: skip
    ways.append(link(said("a page to point at and click", lang), INTERACTIVE))
    ways += [link(_plain(key), f"../../compare/{key}{SUFFIX[lang]}") for key in contents.pages_with(entry.name)]
    return " · ".join(ways)


def _plain(key: str) -> str:
    return key.replace("-", " ")


def _origin(cell: Cell, lang: Lang) -> str:
    """Name, year and reference, and what the spec notes."""
    year = "" if cell.year is None else f" · {cell.year}"
    lines = [f"`{cell.name}`{year}"]
    if cell.reference:
        lines.append(escaped(one_line(cell.reference)))
    if cell.note:
        lines.append(escaped(one_line(titled(cell.note, "", lang))))
    return "\n\n".join(line for line in lines if line)


def _explained(cell: Cell) -> Report:
    from cellgraph.derive.prose.explain import explanation

    return explanation(cell)


def _listing(cell: Cell) -> Report:
    from cellgraph.derive.listing import listing

    found = listing(cell)
    # Title, reference and note stand at the top of the page.
    return Report(message(""), tuple(b for b in found.blocks if getattr(b, "template", "") not in REPEATED))


REPEATED = ("{title}", "reference: {reference}", "note: {note}")


def _counts(cell: Cell) -> Report:
    from cellgraph.derive.counts.params import every_count, report
    from cellgraph.derive.counts.stacks import ONE

    return report(every_count(cell, ONE, **{name: size for name, size in SIZES.items() if name in cell.dims}))


def _gradient(cell: Cell) -> Report:
    from cellgraph.derive.listing import step_gradient

    return step_gradient(cell)


def _jacobian(cell: Cell) -> Report:
    from cellgraph.derive.jacobians.jacobian import jacobian
    from cellgraph.derive.jacobians.jacobian_report import jacobian_report

    return jacobian_report(jacobian(cell))


def _structure(cell: Cell) -> Report:
    from cellgraph.derive.structures.structure_report import structure_report

    return structure_report(cell)


def _cost(cell: Cell) -> Report:
    from cellgraph.derive.counts.cost_report import cost_report

    return cost_report(cell)


SECTIONS: Mapping[str, Callable[[Cell], Report]] = MappingProxyType(
    {
        "Equations": _listing,
        "Structure": _structure,
        "Parameters, and what libraries count": _counts,
        "Gradient of one step": _gradient,
        "From one step to the next": _jacobian,
        "Cost of one step": _cost,
    }
)
"""The sections of a page, in order: heading, and the report that it shows."""


def _verified(cell: Cell, lang: Lang) -> list[str]:
    """The classes that compute this cell, with the options that they need."""
    if not cell.implementations:
        return [said("No library that cellgraph runs has this cell: its equations are checked by themselves.", lang)]
    rows = tuple(
        (found.name, ", ".join(f"{key}={value}" for key, value in found.options.items()), ", ".join(found.arrays))
        for found in cell.implementations
    )
    told = said("The test suite runs each of these beside this spec: parameter count, one step, and gradients.", lang)
    return [told, table(Table(message(""), ("class", "options", "arrays"), rows), lang)]
