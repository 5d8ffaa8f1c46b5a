"""Reports as reStructuredText, read back by docutils: tables, mathematics, and text that stays text."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo import cell_of

import cellgraph as cg
from cellgraph.derive import ANALYSES, analysis
from cellgraph.messages import Lang, message
from cellgraph.report import Report
from cellgraph.table import Table
from cellgraph.views import rst

pytest.importorskip("docutils", reason="docutils, which comes with Sphinx, is not installed")

HOSTILE = """\
name: own
title: {en: "- x ::\\n\\n.. raw:: html\\n\\n   <b> *a* **b** `c`_ |s| d_ [1]_ http://e.example a@b.example \\\\end\\\\",
        zh: "1. ``x`` :math:`y` _`t`"}
reference: ".. include:: /etc/passwd ::"
dims: {m: ":a: input_", n: hidden size}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [n, m], u: [n], b: [n]}
equations: |
  h = tanh(W @ x + u * h[t-1] + b)
labels: {h: {en: ">>> `x` ::", zh: "=====" }}
"""
OURS = {"document", "rubric", "paragraph", "math", "math_block", "table", "title", "tgroup", "colspec", "thead",
        "tbody", "row", "entry", "strong", "#text"}  # fmt: skip
"""The nodes that reports are made of: nothing else may come out of what they say."""


def read(text: str) -> Any:
    """The document tree; docutils found nothing to complain of."""
    from docutils.core import publish_doctree

    told = io.StringIO()
    settings = {"warning_stream": told, "report_level": 1, "input_encoding": "unicode", "raw_enabled": False}
    tree = publish_doctree(text, settings_overrides=settings)
    assert told.getvalue() == ""
    return tree


def kinds(tree: Any) -> set[str]:
    return {node.tagname for node in tree.findall()}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ANALYSES)
def test_what_an_analysis_says_reads_back(name: str, lang: Lang) -> None:
    for cell in (cg.loads(HOSTILE), cell_of("gru")):
        tree = read(rst.report(analysis(name)(cell), lang))
        assert kinds(tree) <= OURS
        assert kinds(tree) & {"table", "math_block", "math"}


def test_a_table_has_heads_totals_and_mathematics() -> None:
    from cellgraph.derive.counts.params import params, report

    tree = read(rst.report(report([params(cell_of("rnn"), m=3, n=5)])))
    (table,) = tree.findall(lambda node: node.tagname == "table")
    rows = [[entry.astext() for entry in row] for row in table.findall(lambda node: node.tagname == "row")]
    assert table.next_node(lambda node: node.tagname == "title").astext() == "rnn"
    assert rows[0] == ["parameter", "shape", "kind", "used by", "formula", "number"]
    assert rows[1] == ["W", r"n \times m", "matrix", "h", "m n", "15"]
    assert rows[-1] == ["total", "", "", "", "n (m + n + 1)", "45"]
    assert {node.tagname for node in table.findall() if node.astext() == "m n"} >= {"math"}
    assert [node.astext() for node in table.findall(lambda node: node.tagname == "strong")] == ["total", "45"]


def test_every_formula_of_a_gradient_is_displayed() -> None:
    from cellgraph.derive.listing import gradient_report

    found = gradient_report(cell_of("lstm"))
    tree = read(rst.report(found))
    shown = "".join(node.astext() for node in tree.findall(lambda node: node.tagname == "math_block"))
    assert r"\delta_{c} &= \Delta_{c} + " in shown.replace("_{t}", "")


@given(st.text(alphabet="*`_|:\\<>[].@-=+#~/1aA. \n数，", max_size=40))
@settings(max_examples=60)
def test_any_text_stays_what_it_is(text: str) -> None:
    said = " ".join(text.split())
    table = Table(message(""), ("a", "b"), ((text, message("x{y}z", y=cell_of("rnn").output)),))
    tree = read(rst.report(Report(message("{text}", text=text), (message("{text}", text=text), table))))
    assert kinds(tree) <= OURS
    paragraphs = [node.astext() for node in tree.findall(lambda node: node.tagname in ("rubric", "paragraph"))]
    assert paragraphs == [*[said] * (2 if said else 0), "a", "b", *([said] if said else []), "xhz"]
