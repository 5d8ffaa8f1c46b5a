"""Notebooks: what cells, graphs, tables and pictures show, and a notebook that is really run."""

from __future__ import annotations

import html.parser
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import browser
import pytest

import cellgraph as cg
from cellgraph.integrations.jupyter import FORMATS, bundle

HOSTILE = """\
name: own
title: {en: "x <script>window.broken=1</script> | `b` *c* \\\\input{y} $x$"}
dims: {m: "<b>", n: hidden size}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [n, m], u: [n], b: [n]}
equations: |
  h = tanh(W @ x + u * h[t-1] + b)
labels: {h: {en: "</table><script>window.broken=1</script>"}}
reference: "</div><img src=x onerror=window.broken=1>"
"""
CODE = """\
import cellgraph as cg
cell = cg.load("gru")
display(cell, cg.params(cell, m=3, n=5), cg.gradient(cg.load("rnn")), cg.draw(cell))
"""


class Balance(html.parser.HTMLParser):
    """Which elements a piece of HTML has, each closed where it should be."""

    VOID = ("img", "br", "rect", "path", "input")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def elements(text: str) -> set[str]:
    """The elements of HTML that is well formed."""
    found = Balance()
    found.feed(text)
    assert found.open == []
    return found.seen


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru-reset-after"])
def test_a_cell_shows_its_equations_and_its_picture(name: str) -> None:
    shown = cg.load(name)._repr_mimebundle_()
    assert set(shown) == {*FORMATS, "image/svg+xml"}
    assert "σ" in shown["text/plain"] or "tanh" in shown["text/plain"]
    assert r"\begin{align*}" in shown["text/latex"]
    assert "$$" in shown["text/markdown"]
    assert {"svg", "table", "math"} <= elements(shown["text/html"])
    assert ET.fromstring(shown["image/svg+xml"]).tag.endswith("svg")


def test_a_table_and_a_gradient_show_themselves() -> None:
    table = cg.params(cg.load("lstm"), m=128, n=256)._repr_mimebundle_()
    assert "394,240" in table["text/html"]
    assert "image/svg+xml" not in table
    gradient = cg.gradient(cg.load("rnn"))._repr_mimebundle_()
    assert "∂L/∂U" in gradient["text/plain"]
    assert r"\frac{\partial L}{\partial U}" in gradient["text/latex"]
    elements(gradient["text/html"])


def test_results_show_the_report_of_their_command() -> None:
    cell = cg.load("gru")
    flows = cg.flow([cell], [{"m": 3, "n": 5}], steps=4, seeds=2)
    said = {
        "carry": cg.jacobian(cell),
        "scan class": cg.structure(cell),
        "term by term": cg.diff(cell, cg.load("mgu")),
        "steps back": flows,
        "2 runs of 4 steps": flows[0],
    }
    for words, result in said.items():
        shown = result._repr_mimebundle_()
        assert words in shown["text/plain"]
        elements(result._repr_html_())
        assert (result.to_markdown(), result.to_latex()) == (shown["text/markdown"], shown["text/latex"])
        assert ("image/svg+xml" in shown) == result.__class__.__name__.startswith("Flow")
        assert result.to_dict()["schema_version"] == 1


def test_a_graph_that_is_too_large_to_look_at_has_no_picture() -> None:
    shown = cg.unroll(cg.load("lstm"), 20)._repr_mimebundle_()
    assert set(shown) == set(FORMATS)


def test_what_a_spec_says_stays_text() -> None:
    shown = cg.loads(HOSTILE)._repr_mimebundle_()
    assert not {"script", "img", "b"} & elements(shown["text/html"])
    assert "<script>" not in shown["text/markdown"]
    assert r"\input{y}" not in shown["text/latex"].replace(r"\textbackslash{}input", "")


def test_what_has_no_document_is_refused() -> None:
    with pytest.raises(TypeError, match="int has no document to show"):
        bundle(3)


def test_a_notebook_is_run(tmp_path: Path) -> None:
    missing = "the notebook's kernel is not installed: pip install 'cellgraph[test]'"
    nbformat, nbclient, _ = (
        pytest.importorskip(name, reason=missing) for name in ("nbformat", "nbclient", "ipykernel")
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE)])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    outputs = [output["data"] for output in notebook.cells[0].outputs if output.output_type == "display_data"]
    assert len(outputs) == 4
    assert all("text/plain" in data for data in outputs)
    assert [("text/html" in data, "image/svg+xml" in data) for data in outputs] == [
        (True, True),
        (True, False),
        (True, True),
        (False, True),
    ]


def test_notebook_html_in_a_browser(chromium: Any, tmp_path: Path) -> None:
    page = tmp_path / "shown.html"
    parts = [cg.loads(HOSTILE)._repr_mimebundle_()["text/html"], cg.load("lstm")._repr_mimebundle_()["text/html"]]
    page.write_text(f"<!doctype html><meta charset=utf-8><body>{''.join(parts)}</body>", encoding="utf-8")
    seen = browser.found(chromium, page)
    assert seen["scripts"] == 0
    assert seen["tables"] >= 4
    assert seen["maths"] > 50
