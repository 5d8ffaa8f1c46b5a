"""How pages of the gallery are written: headings, links, pictures and reports in the Markdown of code hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from cellgraph.integrations.gallery.contents import MAIN, SUFFIX, picture
from cellgraph.messages import Lang, message, translated
from cellgraph.report import Report
from cellgraph.views import markdown, values
from cellgraph.views.markdown import HOSTED, escaped


def said(template: str, lang: Lang, **given: Any) -> str:
    """A message in the language of the page, on one line."""
    return one_line(values.format_message(message(template, **given), HOSTED.style, lang))


def one_line(text: str) -> str:
    """Text without line breaks, so that nothing in it can begin a block."""
    return " ".join(text.split())


def heading(level: int, template: str, lang: Lang, **given: Any) -> str:
    """A heading of the page."""
    return f"{'#' * level} {said(template, lang, **given)}"


def link(text: str, target: str) -> str:
    """A link; the text is escaped, the target is one of ours."""
    return f"[{escaped(one_line(text))}]({target})"


def links_above(lang: Lang, stem: str, up: str = "", *further: str) -> str:
    """The line at the top of page `stem`: links to the index, which is `up` from here, the other language, and more."""
    other: Lang = "zh" if lang == "en" else "en"
    index = [link(said("all cells", lang), f"{up}README{SUFFIX[lang]}")] if up else []
    return " · ".join([*index, link({"en": "English", "zh": "中文"}[other], f"{stem}{SUFFIX[other]}"), *further])


def cell_page(name: str, lang: Lang, up: str = "") -> str:
    """Where the page of a cell is, seen from a folder whose gallery is `up` from it."""
    return f"{up}cells/{name}/README{SUFFIX[lang]}"


def cell_picture(name: str, lang: Lang, width: int, up: str = "") -> str:
    """The picture that stands for a cell, at most so wide."""
    return image(f"{up}cells/{name}/{picture(MAIN, lang)}", name, width)


def image(target: str, alt: str, width: int | None = None) -> str:
    """A picture with words for those who do not see it, and at most so wide."""
    sized = f' width="{width}"' if width else ""
    return f'<img src="{target}" alt="{attribute(alt)}"{sized}>'


def attribute(text: str) -> str:
    """Text within a quoted HTML attribute; a table of Markdown may stand around it."""
    return escape(one_line(text)).replace("|", "&#124;")


def titled(title: Mapping[str, str], name: str, lang: str) -> str:
    """The title of a cell in a language, else in any, else its name."""
    return title.get(lang) or next(iter(title.values()), "") or name


def body(report: Report, lang: Lang) -> str:
    """The blocks of a report, without its title: the page has headings of its own."""
    return markdown.report(replace(report, title=message("")), lang, HOSTED).rstrip("\n")


def blocks(lang: Lang, *shown: Any) -> str:
    """Formulas, tables and messages, one below the other."""
    return body(Report(message(""), shown), lang)


def cells_in_rows(columns: Sequence[str], rows: Sequence[Sequence[str]], lang: Lang) -> str:
    """A table whose entries are Markdown already."""
    head = [escaped(translated(column, lang)) for column in columns]
    lines = [head, [":---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def folded(summary: str, text: str) -> str:
    """A part of the page that opens on a click."""
    return f"<details>\n<summary>{attribute(summary)}</summary>\n\n{text}\n\n</details>"


def page(*parts: str) -> bytes:
    """The parts of a page, with empty lines between, as UTF-8."""
    return ("\n\n".join(part for part in parts if part) + "\n").encode("utf-8")
