"""The Jacobian as people and programs read it: golden reports, keys of the JSON, and Chinese for every sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from cells import ODD
from variants import CELLS, variant
from zoo import SOME, cell_of

import cellgraph as cg
from cellgraph.derive.jacobians.jacobian_report import document, jacobian_report
from cellgraph.graph import Cell
from cellgraph.messages import Message, chinese
from cellgraph.report import Formulas, Report
from cellgraph.spec import problems_of_text
from cellgraph.table import Table
from cellgraph.views import shown


@pytest.mark.parametrize(
    ("name", "view", "lang", "total"),
    [
        ("lstm", "text", "en", False),
        ("lstm", "latex", "en", True),
        ("gru", "markdown", "zh", False),
        ("gru", "json", "en", False),
        ("rnn", "text", "zh", False),
    ],
)
def test_reports_read_as_before(
    name: str, view: str, lang: str, total: bool, golden: Callable[[str, str], None]
) -> None:
    report = jacobian_report(cg.jacobian(cell_of(name), total=total))
    suffix = {"text": "txt", "latex": "tex", "markdown": "md", "json": "json"}[view]
    golden(f"jacobian/{name}{'-total' if total else ''}-{lang}.{suffix}", shown(report, view, lang))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["lstm", "gru", "lstm-projection", "rnn-relu"])
def test_the_json_has_the_keys_that_scripts_rely_on(name: str) -> None:
    found = cg.jacobian(cell_of(name))
    document = json.loads(shown(jacobian_report(found), "json"))
    assert {"schema_version", "cell", "states", "blocks", "path_matrix", "carry", "bounds"} <= set(document)
    assert document["path_matrix"] == [list(row) for row in found.path_matrix]
    for block, own in zip(document["blocks"], found.blocks, strict=True):
        assert (block["of"], block["wrt"], block["count"]) == (own.of.name, own.wrt.name, len(block["paths"]))
        for path in block["paths"]:
            assert {"via", "kind", "text", "latex"} <= set(path)
            assert path["kind"] in ("carry", "gate", "candidate", "output")


def sentences(value: object) -> Iterator[Message]:
    """Every message in a report, those inside other messages too."""
    todo: list[object] = [value]
    while todo:
        part = todo.pop()
        if isinstance(part, Message):
            yield part
            todo += part.values.values()
        elif isinstance(part, Report):
            todo += [part.title, *part.blocks]
        elif isinstance(part, Formulas):
            todo += [part.title, *(line.note for line in part.lines)]
        elif isinstance(part, Table):
            todo += [part.title, *part.notes, *(cell for row in part.rows for cell in row)]


@pytest.mark.parametrize("cell", [*CELLS.values(), *ODD], ids=lambda cell: cell.name)
def test_every_sentence_has_its_chinese(cell: Cell) -> None:
    for total in (False, True):
        for sentence in sentences(jacobian_report(cg.jacobian(cell, total=total))):
            words = sentence.template.strip(" ,;:{}0123456789")
            if words and not words.startswith("value"):
                assert sentence.template in chinese()


@pytest.mark.parametrize("cell", [*CELLS.values(), *ODD], ids=lambda cell: cell.name)
def test_every_view_shows_every_cell(cell: Cell) -> None:
    report = jacobian_report(cg.jacobian(cell))
    for view in ("text", "markdown", "latex", "json"):
        assert cell.name in shown(report, view, "zh")


@pytest.mark.parametrize("equation", ["abs(softmax(step(W @ x + h[t-1])))", "tanh(W @ x)"])
def test_where_nothing_flows_the_report_says_so(equation: str) -> None:
    found = cg.jacobian(variant("still", f"h = {equation}"))
    told = shown(jacobian_report(found), "text")
    assert "by every state before is zero: no gradient flows through time" in told
    assert "norm bounds" not in told
    assert shown(jacobian_report(found), "json")


UNTRAINED = """
name: signed
dims: {m: input size, n: hidden size}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [n, m], U: [n, n], V: [n, n], s: [n], k: [], h_0: [n]}
initial: {h: h_0}
equations: |
  q = sign(V @ h[t-1])
  h = tanh(U @ h[t-1] + W @ x + s * q) + floor(k * h[t-1])
"""


def test_parameters_that_no_gradient_reaches_are_told_among_the_gradients() -> None:
    """What `check` warns of, and no other: a learned beginning has its gradient at the first step."""
    report = jacobian_report(cg.jacobian(cg.loads(UNTRAINED)))
    text = shown(report, "text")
    assert re.findall("∂L/∂(.*) = 0 +no gradient reaches it", text) == ["V", "k"]
    assert "∂L/∂h_0" not in text
    weights = json.loads(shown(report, "json"))["weights"]
    assert {weight["of"] for weight in weights} == set("WUsVk")
    assert {weight["of"] for weight in weights if weight["zero"]} == set("Vk")
    assert weights[0]["text"] == "∂L/∂W = Σₜ δ_a xᵀ"
    warned = [problem.message.split("'")[1] for problem in problems_of_text(UNTRAINED) if "gradient" in problem.message]
    assert warned == ["V", "k"]


@pytest.mark.parametrize("name", SOME)
def test_every_parameter_is_told_with_its_gradient(name: str) -> None:
    cell = cell_of(name)
    weights = document(cg.jacobian(cell))["weights"]
    learned = {str(start) for start in cell.initial.values()}
    assert {weight.keys["of"] for weight in weights} | learned == {q.name for q in cell.step.having("param")} | learned
    assert not any(weight.keys["zero"] for weight in weights)
