"""Reports as people read them: golden files for the well-known cells, and what must hold for every cell."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import markdown as markdown_library
import pytest
from laws import over
from zoo import EVERY, FEW, cell_of

import cellgraph as cg
from cellgraph.derive import analysis
from cellgraph.derive.counts.compare import comparison
from cellgraph.derive.counts.params import every_count, params, report
from cellgraph.derive.listing import gradient_report, listing
from cellgraph.messages import message
from cellgraph.report import Formulas, Report
from cellgraph.table import Table
from cellgraph.views import VIEWS, markdown, shown, values
from cellgraph.views.latex import escaped as latex_escaped

KNOWN = ("rnn", "lstm", "gru", "gru-reset-after")
SUFFIXES = {"text": "txt", "markdown": "md", "rst": "rst", "latex": "tex", "csv": "csv", "json": "json"}
ANALYSES: dict[str, Callable[[cg.Cell], Report]] = {
    "show": listing,
    "grad": gradient_report,
    "params": lambda cell: report([params(cell)]),
    "every-count": lambda cell: report(every_count(cell, m=3, n=5)),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("analysis", ANALYSES)
@pytest.mark.parametrize("name", KNOWN)
def test_known_cells_read_as_they_did(name: str, analysis: str, view: str, golden: Callable[[str, str], None]) -> None:
    text = shown(ANALYSES[analysis](cell_of(name)), view)
    assert text.endswith("\n")
    assert not re.search(r"[ \t]\n", text), "no trailing blanks"
    golden(f"reports/{name}.{analysis}.{SUFFIXES[view]}", text)


@pytest.mark.parametrize("view", VIEWS)
def test_the_comparison_of_the_three(view: str, golden: Callable[[str, str], None]) -> None:
    cells = [cell_of(name) for name in ("rnn", "lstm", "gru")]
    text = shown(comparison(cells, [{"m": 128, "n": 256}] * 3), view, "zh")
    golden(f"reports/comparison.zh.{SUFFIXES[view]}", text)
    assert "295680" in text.replace(",", "")


@over(EVERY)
def test_every_equation_of_every_cell_is_in_every_view(name: str) -> None:
    cell = cell_of(name)
    found = listing(cell)
    for view in ("text", "markdown", "rst", "latex"):
        text = shown(found, view)
        for block in found.blocks:
            if isinstance(block, Formulas):
                assert text.count(" = " if view == "text" else "&= ") >= len(block.lines)
            if isinstance(block, Table):
                assert all(len(row) == len(block.columns) for row in block.rows)
    document = json.loads(shown(found, "json"))
    assert [e["name"] for e in document["equations"]] == [e.lhs.name for e in cell.step.equations]


@over(FEW)
def test_braces_of_latex_are_balanced(name: str) -> None:
    for derive in (listing, gradient_report):
        text = shown(derive(cell_of(name)), "latex")
        bare = re.sub(r"\\[{}]", "", text)
        assert bare.count("{") == bare.count("}")
        assert text.count(r"\begin{") == text.count(r"\end{")


def test_remarks_beside_formulas_hold_no_mathematics_within_text() -> None:
    text = shown(analysis("jacobian")(cell_of("gru")), "latex")
    assert r"\text{in the }\infty\text{-norm (largest row sum)}" in text
    assert not re.search(r"\\text\{[^}]*\$", text)


def test_csv_reads_back_and_is_inert_in_a_spreadsheet() -> None:
    cells = (
        ('=HYPERLINK("x")', "with, comma"),
        ("@cmd", None),
        ("=1+cmd|' /C calc'!A0", "-2+3"),
        ("-12", "+1,024.5e-3"),
    )
    hostile = Table(message(""), ("a", "b"), cells)
    found = list(csv.reader(io.StringIO(shown(Report(message(""), (hostile,)), "csv"))))
    assert found[:3] == [["a", "b"], ['\'=HYPERLINK("x")', "with, comma"], ["'@cmd", ""]]
    assert found[3:] == [["'=1+cmd|' /C calc'!A0", "'-2+3"], ["-12", "+1,024.5e-3"]]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "[x](javascript:1)", "a|b", "`code`", "$x$", "*bold*"])
def test_markdown_shows_hostile_text_as_it_is(text: str) -> None:
    shown_text = markdown.escaped(text)
    assert not re.search(r"(?<!\\)[`*_\[\]|$]|[<>]", shown_text)


BEGINNINGS = {
    "- item": "<p>- item</p>",
    "+ item": "<p>+ item</p>",
    "1. one": "<p>1. one</p>",
    "12) one": "<p>12) one</p>",
    "---": "<p>---</p>",
    "- - -": "<p>- - -</p>",
    "words\n===": "<p>words\n===</p>",
    "words\n- item\n1. one": "<p>words\n- item\n1. one</p>",
    "    code": "<p>code</p>",
    "-3 and 1.5": "<p>-3 and 1.5</p>",
}


@pytest.mark.parametrize("text", BEGINNINGS)
def test_no_text_opens_a_list_a_rule_or_a_title_in_markdown(text: str) -> None:
    assert unescape(markdown_library.markdown(markdown.escaped(text))) == BEGINNINGS[text]
    said = {"en": text}
    cell = replace(cell_of("rnn"), title=said, note=said, labels={"h": said}, reference=text)
    html = markdown_library.markdown(shown(listing(cell), "markdown"), extensions=["tables"])
    assert re.findall("<(li|ul|ol|hr|h1|h2|code|h3)", html) == ["h3"]
    assert html.count("<tr>") == 7


def test_latex_shows_hostile_text_as_it_is() -> None:
    assert latex_escaped(r"\input{/etc/passwd} 50% & _x^2 ~ #$") == (
        r"\textbackslash{}input\{/etc/passwd\} 50\% \& \_x\textasciicircum{}2 \textasciitilde{} \#\$"
    )


def test_unknown_formats_name_the_choices() -> None:
    with pytest.raises(
        ValueError, match=r"unknown format: 'html' \(must be one of text, markdown, rst, latex, csv, json\)"
    ):
        shown(listing(cell_of("rnn")), "html")


def test_columns_are_aligned_in_chinese_too() -> None:
    lines = shown(report([params(cell_of("rnn"))]), "text", "zh").splitlines()
    from cellgraph.views.text import width

    rule = next(k for k, line in enumerate(lines) if line.startswith("─"))
    assert len({width(line.rstrip()) for line in lines[rule : rule + 1]}) == 1
    starts = [m.start() for m in re.finditer(r"─+", lines[rule])]
    for line in lines[rule + 1 : rule + 4]:
        for start in starts[:3]:
            assert line[start] != " "
            assert start == 0 or line[start - 1] == " "


def test_a_number_of_thousands_of_digits_is_its_power_of_ten() -> None:
    assert values.written(3**40000, values.PLAIN, "en") == "7.08e+19084"
    assert values.written(1234567, values.PLAIN, "en") == "1,234,567"
