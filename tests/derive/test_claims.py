"""Claims: no sentence without one, none that an attempt refutes, and no attempt that cannot succeed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import sympy as sp
from derive.contradict import REFUTERS, refuted
from derive.variants import CELLS, affine, variant
from families import TEXTS, family_of, lifted
from laws import over
from lifted_cells import lifted_cell
from random_cells import random_cell
from zoo import DEEP, EVERY, FEW, SOME, TRIED, cell_of, seeds

import cellgraph as cg
from cellgraph.derive.facts import fact
from cellgraph.derive.prose.claims import KINDS, Claim, Sentence, claim
from cellgraph.derive.prose.explain import explanation, sentences
from cellgraph.graph import Cell
from cellgraph.ops import Exp, Mul, Sub
from cellgraph.views import shown

TRANSFORMED = (
    "lstm+peephole", "lstm+coupled", "gru+layer-norm", "janet+diagonal", "rnn+zoneout", "lstm+projection",
    "gru+stack=2", "mgu+bidirectional", "lstm+multiplicative-integration", "slstm+peephole", "kda+stack=2",
    "mamba+bidirectional",
)  # fmt: skip
RANDOM = range(400 if DEEP else 60)[::10]
LIFTED = seeds(80)[::10]


@fact
def said(cell: Cell) -> list[Sentence]:
    return [sentence for paragraph in sentences(cell) for sentence in paragraph]


def contradictions(cell: Cell, draws: int = 2) -> list[tuple[str, object, str]]:
    claims = [own for sentence in said(cell) for own in sentence.claims]
    return [(own.kind, own.document(), how) for own, how in refuted(cell, claims, draws=draws)]


@pytest.mark.parametrize("name", EVERY if DEEP else SOME)
def test_no_claim_of_a_shipped_cell_can_be_refuted(name: str) -> None:
    assert contradictions(cell_of(name), draws=4 if DEEP else 1) == []


@pytest.mark.parametrize("name", TRANSFORMED)
def test_no_claim_of_a_transformed_cell_can_be_refuted(name: str) -> None:
    assert contradictions(cell_of(name)) == []


@pytest.mark.parametrize("first", RANDOM)
def test_no_claim_of_a_cell_that_nobody_has_thought_of_can_be_refuted(first: int) -> None:
    for seed in range(first, first + RANDOM.step):
        assert (seed, contradictions(random_cell(seed), draws=1)) == (seed, [])


@pytest.mark.parametrize("first", LIFTED)
def test_no_claim_of_a_cell_with_families_can_be_refuted(first: int) -> None:
    for seed in range(first, first + LIFTED.step):
        assert (seed, contradictions(lifted_cell(seed, smooth=False), draws=1)) == (seed, [])


@pytest.mark.parametrize("name", TEXTS)
def test_no_claim_of_heads_experts_or_positions_can_be_refuted(name: str) -> None:
    assert contradictions(family_of(name)) == []


@pytest.mark.parametrize("name", FEW if DEEP else FEW[2::8])
def test_no_claim_of_a_cell_once_for_each_head_can_be_refuted(name: str) -> None:
    assert contradictions(lifted(cell_of(name), inputs=False)) == []


def test_every_sentence_makes_a_claim_of_a_kind_that_is_explained_and_can_be_refuted() -> None:
    assert set(KINDS) == set(REFUTERS)
    for name in TRIED:
        for sentence in said(cell_of(name)):
            assert sentence.claims
            assert {own.kind for own in sentence.claims} <= set(KINDS)


def test_every_kind_is_claimed_of_some_cell_and_listed_in_the_documentation() -> None:
    cells = [*map(cell_of, TRIED), HEADS]
    claimed = {own.kind for cell in cells for sentence in said(cell) for own in sentence.claims}
    assert claimed == set(KINDS)
    text = (Path(__file__).parents[2] / "docs" / "claims.md").read_text(encoding="utf-8")
    assert [kind for kind, meaning in KINDS.items() if f"`{kind}`" not in text or meaning not in text] == []


F, H, C, X, Z, G, O, OLD, WAS = sp.symbols("f h c x z g o c[t-1] h[t-1]")  # noqa: E741
LSTM, GRU = (cg.load(name) for name in ("lstm", "gru"))
PEEPHOLE, RNN = (cg.load(name) for name in ("lstm-peephole", "rnn"))
RELU = variant("relu-gate", f"{affine('z', 'relu')}{affine('g', 'tanh')}h = z * h[t-1] + (1 - z) * g")
DELAY = variant("delay", "p = W @ x\nq = p[t-1]\nh = tanh(U @ h[t-1] + q)", "h p q")

HEADS = cg.loads(
    "name: heads\ndims: {m: input size, d: head size}\neach: {j: heads}\ninputs: {x: [m]}\n"
    "states: {h: [j, d], k: [j, d]}\nparams: {W: [j, d, m], U: [j, d, d], V: [j, d, j*d]}\nequations: |\n"
    "  h = tanh(W @ x + U @ h[t-1])\n  k = tanh(W @ x + V @ flatten(k[t-1], j))\n  y = sum(h, over=j)\noutput: y\n"
)
J = sp.Symbol("j", integer=True, positive=True)

FALSE: tuple[tuple[Cell, Claim], ...] = (
    (LSTM, claim("handed_on", H, numbers=sp.Symbol("n", integer=True, positive=True))),
    (LSTM, claim("handed_on", C, numbers=2 * cg.load("lstm").step.shape(C)[0])),
    (LSTM, claim("shown", C)),
    (LSTM, claim("equals", H, to=C)),
    (LSTM, claim("direct", C, by=OLD, coefficient=O, holding=())),
    (PEEPHOLE, claim("direct", C, by=OLD, coefficient=F, holding=())),
    (GRU, claim("direct", H, by=WAS, coefficient=Z, holding=())),
    (LSTM, claim("sum", F, sp.Symbol("i"), to=1)),
    (GRU, claim("unequal", Z, Sub(1, Z))),
    (LSTM, claim("single", F, sp.Symbol("i"), gate=F)),
    (GRU, claim("free", Z, Sub(1, Z))),
    (GRU, claim("range", G, low=0, high=1)),
    (LSTM, claim("range", C, low=-5, high=5)),
    (LSTM, claim("range", Exp(C), low=0, high=1)),
    (GRU, claim("switch", Z)),
    (LSTM, claim("stays", C, low=-1, high=1)),
    (GRU, claim("stays", H, low=0, high=1)),
    (LSTM, claim("from_start", C, low=-1, high=1)),
    (RELU, claim("between", H, values=(WAS, G))),
    (RELU, claim("growth", H, rate=1)),
    (LSTM, claim("growth", C, rate=sp.Rational(1, 2))),
    (LSTM, claim("depends", F, on=(OLD,))),
    (PEEPHOLE, claim("independent", F, on=(OLD,), holding=())),
    (DELAY, claim("memory", sp.Symbol("q"), steps=1)),
    (DELAY, claim("memory", H, steps=2)),
    (GRU, claim("scales", Z, uses=((Mul(Z, Z), WAS),), target=H, holding=())),
    (GRU, claim("weight", WAS, gate=Z, at=0, near=1, far=0, holding=(G, sp.Symbol("r")), **{"in": H})),
    (GRU, claim("weight", G, gate=Z, at=1, sense=1, holding=(sp.Symbol("r"),), **{"in": H})),
    (GRU, claim("forgets", G, gate=sp.Symbol("r"), at=1, holding=(Z,))),
    (GRU, claim("through", H, by=(WAS,), what="matrix", besides=())),
    (PEEPHOLE, claim("through", C, by=(OLD,), what="matrix", besides=((C, OLD, F),))),
    (LSTM, claim("through", H, C, by=(WAS, OLD), what="nothing", besides=((C, OLD, F),))),
    (GRU, claim("matrices", H, by=WAS, zero=(sp.Symbol("U_g"),))),
    (RNN, claim("contracts", H, by=WAS, matrix=sp.Symbol("U"), limit=sp.Integer(3))),
    (LSTM, claim("scan", H, C, by=(WAS, OLD), diagonal=True, free=False)),
    (CELLS["linear"], claim("scan", H, by=(WAS,), diagonal=False, free=False)),
    (RELU, claim("linear", H, by=WAS, holding=())),
    (LSTM, claim("count", matrices=6, vectors=4, scalars=0, formula=sp.Integer(1))),
    (LSTM, claim("count", matrices=8, vectors=4, scalars=0, formula=sp.Integer(1))),
    (LSTM, claim("reads", sp.Symbol("U_f"), what="input", value=WAS, holding=(), **{"in": F})),
    (LSTM, claim("ungated", H, C)),
    (HEADS, claim("apart", sp.Symbol("k"), axis=J)),
    (HEADS, claim("alike", sp.Symbol("y"), axis=J)),
    (HEADS, claim("shared", sp.Symbol("W"), axis=J)),
    (HEADS, claim("meets", H, axis=J)),
)  # fmt: skip


@over(FALSE)
def test_a_false_claim_is_refuted(cell: Cell, false: Claim) -> None:
    assert [own.kind for own, _ in refuted(cell, [false])] == [false.kind]


def test_the_linearity_of_gradients_is_the_one_claim_that_no_cell_can_contradict() -> None:
    assert set(KINDS) - {own.kind for _, own in FALSE} == {"backward"}


def test_claims_stand_in_the_document_with_their_sentences() -> None:
    report = explanation(LSTM)
    (bound,) = [own for own in report.data["claims"] if own["kind"] == "growth"]
    assert {k: v for k, v in bound.items() if k != "sentence"} == {"kind": "growth", "of": "c", "rate": 1}
    assert '"sentence": "c can grow, by no more than 1 a step."' in shown(report, "json", "en")
    assert '"sentence": "c 可以增大' in shown(report, "json", "zh")


@pytest.mark.parametrize(("name", "words"), [("lstm", "note"), ("gru", "note")])
def test_the_note_of_the_spec_leads(name: str, words: str) -> None:
    cell = cell_of(name)
    first = shown(explanation(cell), "text", "en").split("\n\n")[1]
    assert words == "note"
    assert first == (cell.note.get("en") or first)


def order(claims: Sequence[Claim]) -> list[str]:
    return [own.kind for own in claims]


def test_the_claims_of_a_cell_are_the_same_in_every_run() -> None:
    first, second = (said(cg.load("lstm")) for _ in range(2))
    assert [order(s.claims) for s in first] == [order(s.claims) for s in second]
