"""Explanations: right for known cells and for cells that nobody has seen, in both languages."""

from __future__ import annotations

import re

import pytest
from derive.variants import CELLS, affine, variant
from laws import over
from zoo import FEW, cell_of

from cellgraph.derive.prose.explain import explanation
from cellgraph.derive.structures.gate_functions import gate_functions
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell
from cellgraph.graph.notation import source
from cellgraph.messages import Message, chinese
from cellgraph.views import shown

Z, G, FORGET, WRITE, SHOW = affine("z"), affine("g", "tanh"), affine("f"), affine("i"), affine("o")
INVENTED = {
    cell.name: cell
    for cell in (
        variant("turned", f"{Z}{G}h = (1 - z) * h[t-1] + z * g"),
        variant("keeps-and-adds", f"{FORGET}{G}h = f * h[t-1] + g"),
        variant("half", f"{Z}{G}h = (1 - 0.5 * z) * h[t-1] + 0.5 * z * g"),
        variant("late-reset", f"{Z}{affine('r')}g = tanh(W_g @ x + r * (U_g @ h[t-1]))\nh = z * h[t-1] + (1 - z) * g"),
        variant(
            "leaky-reset",
            f"{Z}{affine('r')}g = tanh(W_g @ x + U_g @ (r * h[t-1]) + U_k @ h[t-1])\nh = z * h[t-1] + (1 - z) * g",
        ),
        variant("gated-input", f"{affine('r')}h = tanh(r * (W @ x) + U @ h[t-1])"),
        variant("no-exit", f"{FORGET}{WRITE}{G}c = f * c[t-1] + i * g\nh = tanh(c)", "h c"),
        variant(
            "two-memories", f"{FORGET}{SHOW}{G}c = f * c[t-1] + g\nd = (1 - o) * d[t-1] + o * c\nh = tanh(d)", "h c d"
        ),
        variant(
            "delay", "f = sigmoid(W_f @ x)\nc = f * c[t-1] + (1 - f) * (U_k @ p[t-1])\np = W_p @ x\nh = tanh(c)", "c p"
        ),
        variant("twice", f"{Z}k = z * h[t-1]\ng = tanh(W_g @ x + U_g @ k)\nh = k + (1 - z) * g"),
        variant("never-forgets", f"{WRITE}{G}h = h[t-1] + i * g"),
        variant("squared", "h = h[t-1] * h[t-1] + W @ x"),
        variant("swing", "y = y[t-1] + 0.1 * z[t-1]\nz = z[t-1] - 0.1 * y[t-1] + W @ x\nh = y", "y z"),
    )
}  # fmt: skip
EVERY = {**CELLS, **INVENTED}


def text(cell: Cell, lang: str = "en") -> str:
    return shown(explanation(cell), "text", lang)  # type: ignore[arg-type]


# cell, gate: kind, what it is about, state or target, its sense, whether the other end empties
GATE_FUNCTIONS = {
    ("lstm", "f"): [("keep", "g", "c", 1, True)],
    ("lstm", "i"): [("write", "g", "c", 1, True)],
    ("lstm", "o"): [("show", "tanh(c)", "h", 1, True)],
    ("gru", "z"): [("balance", "g", "h", 1, True)],
    ("gru", "r"): [("recall", "h[t-1]", "g", 1, True)],
    ("cifg", "f"): [("balance", "g", "c", 1, True)],
    ("turned", "z"): [("balance", "g", "h", -1, True)],
    ("half", "z"): [("balance", "g", "h", -1, False)],
    ("keeps-and-adds", "f"): [("keep", "g", "h", 1, True)],
    ("late-reset", "r"): [("recall", "U_g @ h[t-1]", "g", 1, True)],
    ("leaky-reset", "r"): [("recall", "h[t-1]", "g", 1, False)],
    ("gated-input", "r"): [("scale", "W @ x", "h", 1, True)],
    ("two-minus-z", "z"): [("keep", "g", "h", 1, True), ("write", "g", "h", -1, False)],
    ("two-memories", "o"): [("balance", "c", "d", -1, True)],
    ("twice", "z"): [("balance", "g", "h", 1, True)],
}


@pytest.mark.parametrize(("name", "gate"), GATE_FUNCTIONS)
def test_what_each_gate_does(name: str, gate: str) -> None:
    found = [
        (d.kind, source(d.value), str(d.state), d.sense, d.complete)
        for d in gate_functions(structure(EVERY[name]))
        if str(d.gate.symbol) == gate
    ]
    if name == "keeps-and-adds" or (name == "lstm" and gate == "f"):
        found = [(kind, "g", *rest) for kind, _, *rest in found]
    assert found == GATE_FUNCTIONS[name, gate]


SAID = {
    "rnn": [
        "hands one thing to the next: h, n numbers",
        "It has no gates",
        "goes through U and the slope of tanh",
        "largest singular value of U is below 1;",
        "two weight matrices: h has one for the input and one for the old state",
    ],
    "lstm": [
        "hands two things to the next: h and c, 2*n numbers in all",
        "So c is the draft, in which old notes are crossed out",
        "It has three gates, f, i and o",
        "f and i are not tied to each other",
        "from c[t−1] to c stands diag(f) and nothing else",
        "eight weight matrices: f, i, g and o each have one for the input and one for the old state",
        "makes 4*n*(m + n + 1) parameters",
    ],
    "gru": [
        "z and 1 − z always add up to 1",
        "One gate does the work that would otherwise take two",
        "where it is near 0, g is made as if nothing had come before",
        "six weight matrices",
    ],
    "lstm-1997": ["no matrix, no activation, no factor", "the constant error carousel", "is kept whole and added to"],
    "mingru": ["There is no other way back", "computed side by side by a parallel scan"],
    "linear": ["goes through U, and through no activation", "multiplies full matrices"],
    "indrnn": ["has no matrix: each entry is scaled by itself, by v and the slope of relu"],
    "two-minus-z": ["hang on the same gate but do not add up to 1"],
    "turned": ["where it is near 0, h keeps its old value; where it is near 1, g takes its place"],
    "half": ["the nearer it is to 0, the more h keeps its old value"],
    "leaky-reset": ["r decides how much of h[t−1] takes part in g."],
    "never-forgets": ["made from the old value too", "h can grow, by no more than 1 a step"],
    "delay": ["p only remembers what came in one step before", "one for the input before"],
    "same-state-twice": ["hands one thing to the next: c, n numbers"],
    "relu-gate": [
        "It has one gate, z: made anew",
        "Where z is below 1 in size the gradient on it shrinks, where it is above 1 it grows",
    ],
    "swing": ["A gradient also passes from y to z[t−1] by a coefficient alone", "z = z[t−1] − 0.1·y[t−1] + W x"],
    "squared": ["neither a matrix nor an activation, but its factor depends on the state"],
    "two-memories": ["h is computed anew at every step", "c and d would each be linear", "f and o depend on the state"],
    "two-deep": ["(1 − y) ⊙ (1 − z), y and z ⊙ (1 − y) always add up to 1"],
}
NOT_SAID = {
    "rnn": ["draft", "add up to 1", "direct way"],
    "lstm-1997": ["crossed out"],
    "leaky-reset": ["as if nothing had come before"],
    "relu-gate": ["between 0 and 1, made anew"],
    "mingru": ["one after the other"],
    "gru": ["draft", "not tied"],
    "swing": ["There is no other way back"],
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_said(name: str) -> None:
    found = text(EVERY[name])
    assert [sentence for sentence in SAID[name] if sentence not in found] == []
    assert [sentence for sentence in NOT_SAID.get(name, []) if sentence in found] == []


@over(EVERY)
def test_every_cell_in_both_languages(name: str) -> None:
    """Whole sentences, no name that the flat graph made up, no English left in Chinese."""
    for lang in ("en", "zh"):
        found = text(EVERY[name], lang)
        assert "@" not in found
        assert "{" not in found
        assert "None" not in found
    assert not re.search(r"[a-z]{3,} [a-z]{3,}", text(EVERY[name], "zh").replace(name, ""))


# In the stack a size scales what one state hands to the other.
@over([*FEW, "kda+stack=2"])
def test_shipped_cells_are_explained_in_chinese_too(name: str) -> None:
    def templates(value: object) -> list[str]:
        if not isinstance(value, Message):
            return []
        return [value.template, *(t for inner in value.values.values() for t in templates(inner))]

    report = explanation(cell_of(name))
    said = [t for block in report.blocks for t in templates(block) if re.search("[a-z]", re.sub(r"\{\w+\}", "", t))]
    assert [t for t in said if t not in chinese()] == []


@pytest.mark.parametrize(("name", "weight"), [("gru", "(1 − z)"), ("janet", "(1 − f)"), ("mgu", "(1 − f)")])
def test_weights_read_as_people_write_them(name: str, weight: str) -> None:
    said = shown(explanation(cell_of(name)), "text", "en")
    assert f" {weight} ⊙ " in said
    assert "− (" not in said


def test_labels_come_from_the_spec() -> None:
    assert "The forget gate f decides what stays of the cell state c" in text(cell_of("lstm"))
    assert "遗忘门 f 决定细胞状态 c 留下什么" in text(cell_of("lstm"), "zh")
    assert "A readout makes the output y out of h" in text(cell_of("lstm"))


@pytest.mark.parametrize(("equation", "shown_as"), [("(g - g) * h[t-1]", "h = 0"), ("h[t-1] - h[t-1] + g", "h = g")])
def test_what_cancels_is_not_said(equation: str, shown_as: str) -> None:
    cell = variant("cancelling", f"g = W @ x\nh = {equation}")
    assert shown_as in shown(explanation(cell), "text")
