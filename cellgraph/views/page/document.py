"""The page as a whole: the skeleton in HTML with everything in both languages, and the policy that keeps it closed."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from cellgraph.graph import Cell
from cellgraph.messages import LANGUAGES, Lang, Message, message, translated
from cellgraph.report import Formulas
from cellgraph.table import Table
from cellgraph.views.page.data import Pool, both, formula, lines, plain, script_safe, slotted, words
from cellgraph.views.page.diagrams import colours, embedded
from cellgraph.views.page.fonts import faces
from cellgraph.views.pictures import DETAILS
from cellgraph.views.pictures.draw import Picture

INITS = ("torch", "keras", "chrono")
SCRIPT = ("pool", "counts", "quantities", "diagram", "strip", "tools")
STATIC = ("facts", "note", "prose", "reference")
COMPARED = (("", "all"), ("on", "only what differs"))


@dataclass(frozen=True)
class PageCell:
    """One cell of a page: the cell, what is derived of it, and its pictures by level of detail."""

    cell: Cell
    data: Mapping[str, Any]
    pictures: Mapping[str, Picture]
    same: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By level of detail, the nodes that the neighbouring cell has as well."""


def page(shown: Sequence[PageCell], differences: Sequence[Mapping[str, Any]] = (), lang: Lang = "en") -> str:
    """One HTML file about one or several cells. It opens in `lang`; a switch turns it to the other language."""
    pool = Pool()
    # Facts and prose are in the skeleton already; the script has no use for them.
    looked = [{key: value for key, value in one.data.items() if key not in STATIC} for one in shown]
    cells = [plain(data, pool) for data in looked]
    steps = len(cells[0]["terms"])
    spoken = {key: pool.number(words(text)) for key, text in SPOKEN.items()}
    spoken |= {key: pool.number(slotted(*parts)) for key, parts in SLOTTED.items()}
    same = [{detail: list(ids) for detail, ids in one.same.items()} for one in shown]
    data = script_safe({"cells": cells, "words": spoken, "same": same})
    title = " · ".join(str(one.data["title"].get(lang) or next(iter(one.data["title"].values()))) for one in shown)
    body = [
        _header(shown, steps, lang),
        f'<main class="cells count-{min(len(shown), 3)}">',
        *(_cell(number, one) for number, one in enumerate(shown)),
        "</main>",
        *(_difference(number, found) for number, found in enumerate(differences)),
    ]
    style, script = _style(shown), _script()
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{lang}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{html.escape(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            *body,
            f'<script type="application/json" id="data">{data}</script>',
            f'<script type="text/plain" id="pool">{pool.text()}</script>',
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _policy(style: str, script: str) -> str:
    """Nothing but this style sheet, this script and the font inside; no request to anywhere."""
    allowed = [
        "default-src 'none'",
        f"script-src '{_hash(script)}'",
        f"style-src '{_hash(style)}'",
        "font-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(allowed)


SPOKEN = {
    "hint": "Point at a quantity, or move to it with the Tab key. "
    "Click one, then another, to see the gradient paths between them.",
    "first": "Now choose a second quantity, or press Escape.",
    "none": "No path leads from one to the other within a step.",
    "many": "Too many paths to list.",
    "shape": "shape",
    "range": "range",
    "inside": "written out",
    "weights": "its parameters",
    "derivatives": "derivatives",
    "any": "any real number",
    "scalar": "scalar",
    "carry": "carry",
    "gate": "gate",
    "candidate": "candidate",
    "output": "output",
    "path": "one path",
}
"""What the script says."""

SLOTTED = {
    "paths": ("{count} paths", "count"),
    "left": ("{left} of a gradient is left after {steps} steps back.", "left", "steps"),
    "alone": ("By the carry {carry} alone it is {carried}.", "carry", "carried"),
    "one": ("The Jacobian through {steps} steps is one product.", "steps"),
    "sum": ("The Jacobian through {steps} steps is a sum of {terms} products.", "steps", "terms"),
    "overflow": ("At step {step} a state overflows, or is not a number, so the last step T comes before it.", "step"),
    "lost": ("The derivative of step {step} is not a finite number, so nothing further back is known.", "step"),
    "still": ("No later step reads a state, so no gradient flows through time.",),
    "open": ("How far the gates are open on average: {gates}.", "gates"),
}
"""What it says with values of its own in it."""


def _header(shown: Sequence[PageCell], steps: int, lang: Lang) -> str:
    dims = {d["name"]: (d["label"], d["value"]) for one in shown for d in one.data["dims"]}
    sizes = "".join(
        f"<label><span><i>{html.escape(name)}</i> {both(_message(label))}</span>"
        f'<input type="text" inputmode="numeric" maxlength=12 data-size="{html.escape(name)}" value="{value}"></label>'
        for name, (label, value) in dims.items()
    )
    return (
        f"<header><h1>{' · '.join(both(one.data['title']) for one in shown)}</h1>"
        f'<form class="tools" autocomplete="off">{sizes}'
        f"{_select('detail', 'levels', [(detail, detail) for detail in DETAILS], lang)}"
        f'<label class="wide"><span>{words("steps back")} <output data-out="steps">10</output></span>'
        f'<input type="range" data-tool="steps" min="1" max="{steps}" value="10"></label>'
        f"{_select('init', 'weights drawn as by', [(init, init) for init in INITS], lang)}"
        f"{_select('compare', 'differences', COMPARED, lang) if len(shown) > 1 else ''}"
        f'<span class="buttons"><button type="button" data-tool="lang">English / 中文</button>'
        f'<button type="button" data-tool="theme">{words("light / dark")}</button></span></form>'
        f"<noscript><p>{words('This page needs JavaScript to react; nothing is loaded from anywhere.')}</p></noscript>"
        "</header>"
    )


def _select(tool: str, label: str, choices: Iterable[tuple[str, str]], lang: Lang) -> str:
    """A choice. An option holds nothing but text, so the script puts in what it says in the other language."""
    options = ""
    for value, said in choices:
        spoken = {one: html.escape(translated(said, one)) for one in LANGUAGES}
        data = "".join(f' data-{one}="{text}"' for one, text in spoken.items()) if len(set(spoken.values())) > 1 else ""
        options += f'<option value="{value}"{data}>{spoken[lang]}</option>'
    return f'<label><span>{words(label)}</span><select data-tool="{tool}">{options}</select></label>'


def _cell(number: int, one: PageCell) -> str:
    drawn = "".join(
        f'<div class="diagram" data-detail="{detail}" role="group" '
        f'aria-labelledby="cell-{number}"{"" if detail == DETAILS[0] else " hidden"}>'
        f"{embedded(one.pictures[detail], one.cell.labels)}</div>"
        for detail in DETAILS
    )
    reference = html.escape(str(one.data["reference"]))
    return "\n".join(
        [
            f'<section class="cell" data-cell="{number}" aria-labelledby="cell-{number}">',
            f'<h2 id="cell-{number}">{both(one.data["title"])} <code>{html.escape(one.cell.name)}</code></h2>',
            f'<p class="note">{both(one.data["note"])}</p>' if one.data["note"] else "",
            f'<p class="reference">{reference}</p>' if reference else "",
            drawn,
            '<div class="panel detail" aria-live="polite"></div>',
            '<div class="panel between" aria-live="polite"></div>',
            f"<h3>{words('Where the gradient goes')}</h3>",
            '<div class="strip"></div><p class="told" aria-live="polite"></p>',
            f"<h3>{words('Counts')}</h3>",
            _counts(one.data["counts"], ("counted as", "formula", "number", "why"), "counts", f"cell-{number}"),
            _counts(one.data["work"], ("work", "formula", "number"), "work", f"cell-{number}"),
            f"<h3>{words('What kind of cell this is')}</h3>",
            _facts(one.data["facts"], f"cell-{number}"),
            f"<h3>{words('In words')}</h3>",
            *(f"<p>{both(sentence)}</p>" for sentence in one.data["prose"]),
            "</section>",
        ]
    )


def _counts(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], kind: str, heading: str) -> str:
    """A table of counts; the script puts in the numbers."""
    body = []
    for place, row in enumerate(rows):
        # A long dotted name may break after each of its dots.
        name = re.sub(r"\.(?=\w)", ".<wbr>", both(row.get("as", "")))
        cells = [f'<th scope="row">{name}</th>', f"<td>{formula(row['count']['formula'])}</td>"]
        cells.append(f'<td class="number" data-count="{kind} {place}"></td>')
        if "why" in columns:
            cells.append(f"<td>{both(row['why']) if row.get('why') else ''}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    return _grid(columns, body, heading, kind)


def _facts(rows: Sequence[Sequence[Any]], heading: str) -> str:
    heads = [f'<th scope="row">{head}</th>' if (head := both(name)) else "<td></td>" for name, _ in rows]
    body = [f"<tr>{head}<td>{both(value)}</td></tr>" for head, (_, value) in zip(heads, rows, strict=True)]
    return _grid((), body, heading)


def _difference(number: int, found: Mapping[str, Any]) -> str:
    title = words("from {first} to {second}", first=found["first"], second=found["second"])
    heading = f"difference-{number}"
    blocks = "".join(_block(block, heading) for block in found["blocks"])
    return f'<section class="difference" aria-labelledby="{heading}"><h2 id="{heading}">{title}</h2>{blocks}</section>'


def _block(block: Any, heading: str) -> str:
    if isinstance(block, Table):
        rows = [
            "<tr>" + "".join(f"<td>{both(value)}</td>" for value in row) + "</tr>"
            for row in (*block.rows, *block.footer)
        ]
        return _grid(block.columns, rows, heading) + "".join(f"<p>{both(note)}</p>" for note in block.notes)
    return lines(block) if isinstance(block, Formulas) else f"<p>{both(block)}</p>"


def _grid(columns: Sequence[str], rows: Sequence[str], heading: str, kind: str = "") -> str:
    """A table that scrolls by itself where it is too wide; it can be focused, so that keys can scroll it."""
    sides = {"number": ' class="number"'}
    head = "".join(f'<th scope="col"{sides.get(column, "")}>{words(column)}</th>' for column in columns)
    head = f"<thead><tr>{head}</tr></thead>" if columns else ""
    table = f"<table>{head}<tbody>{''.join(rows)}</tbody></table>"
    name = f"grid {kind}".strip()
    return f'<div class="{name}" tabindex="0" role="group" aria-labelledby="{heading}">{table}</div>'


def _message(label: str) -> Message:
    """What a spec says of a dim, translated where it is one of the usual words."""
    return message(label.replace("{", "{{").replace("}", "}}"))


def _style(shown: Sequence[PageCell]) -> str:
    """The font, the colours that the page needs, and its own rules."""
    drawn = [picture for one in shown for picture in one.pictures.values()]
    return faces() + colours(drawn) + _own("page.css")


def _script() -> str:
    """The parts of the script as one, closed off from everything else."""
    parts = "\n".join(_own(f"{part}.js") for part in SCRIPT)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def _own(name: str) -> str:
    """A file of this package without what nobody but its reader needs: indents and lines of comment."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
