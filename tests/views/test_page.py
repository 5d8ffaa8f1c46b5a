"""The interactive page as text: closed, escaped, complete, in both languages. What it does is tried in a browser."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import unicodedata
from html.parser import HTMLParser

import pytest
import sympy as sp
from laws import over
from zoo import EVERY, cell_of

import cellgraph as cg
from cellgraph.derive.counts.params import params
from cellgraph.derive.page_data import page_data, polynomial
from cellgraph.messages import chinese, message
from cellgraph.pages import page as made
from cellgraph.views.notation import latex_equation
from cellgraph.views.page.data import Pool, both, plain, script_safe, slotted
from cellgraph.views.page.fonts import covered, faces
from cellgraph.views.page.mathml import mathml
from cellgraph.views.pictures.typeset import lettered, typeset

HOSTILE = r"""
name: hostile
title: {en: "</script><script>window.hurt=1</script>", zh: "<img src=x onerror=window.hurt=1>"}
reference: "<!--<script>\" onload=window.hurt=1 ]]> &lt;b&gt; ${x} {0}"
dims: {m: "input <b>size</b>", n: "hidden {size}"}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [n, m], u: [n], b: [n]}
equations: |
  z = sigmoid(W @ x + u * h[t-1] + b)
  h = z * h[t-1] + (1 - z) * tanh(W @ x)
output: h
labels:
  z: {en: "'\"><svg onload=window.hurt=1>", zh: "</text><script>"}
"""


@pytest.fixture(scope="module")
def lstm() -> str:
    return made(cell_of("lstm"))


@pytest.fixture(scope="module")
def hostile() -> str:
    return made(cg.loads(HOSTILE))


class Elements(HTMLParser):
    """The names and attributes of every element of a page, outside of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_page_asks_for_nothing_and_has_a_policy_with_the_right_hashes(lstm: str) -> None:
    elements = Elements(lstm).found
    assert not [a for _, attributes in elements for a in attributes if a in ("src", "href", "style", "onclick")]
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in elements}
    assert set(re.findall(r"url\((.{0,9})", lstm)) == {"data:font"}
    policy = next(a["content"] for t, a in elements if t == "meta" and a.get("http-equiv"))
    (style,) = re.findall(r"<style>(.*?)</style>", lstm, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", lstm, re.DOTALL)
    for text in (style, script):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in str(policy)
    assert str(policy).startswith("default-src 'none'; ")
    assert "unsafe" not in str(policy)


def test_a_page_about_the_lstm_is_small(lstm: str) -> None:
    assert len(lstm.encode()) < 150_000


def test_hostile_text_stays_text(hostile: str) -> None:
    elements = Elements(hostile).found
    assert not [tag for tag, _ in elements if tag == "img"]
    assert all("data-slot" in attributes for tag, attributes in elements if tag == "b")
    scripts = [attributes.get("type") for tag, attributes in elements if tag == "script"]
    assert scripts == ["application/json", "text/plain", None]
    (pool,) = re.findall(r'<script type="text/plain" id="pool">(.*?)</script>', hostile, re.DOTALL)
    assert not re.findall(r"<(?!/?(?:span|b|m[a-z]+)\b)", pool)
    assert not [a for _, attributes in elements for a in attributes if a.startswith("on")]
    assert html.escape("<img src=x onerror=window.hurt=1>") in hostile
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', hostile, re.DOTALL)
    assert not set(data) & set("<>&\u2028\u2029")
    assert json.loads(data)["cells"][0]["name"] == "hostile"


def test_data_reads_back_and_cannot_leave_its_element() -> None:
    text = "</script><!-- \u2028\u2029 & ' \" \\"
    assert json.loads(script_safe({"a": text})) == {"a": text}
    assert not set(script_safe(text)) & set("<>&\u2028\u2029")


def test_everything_said_is_there_in_both_languages(lstm: str) -> None:
    from cellgraph.views.page.document import COMPARED, DETAILS, SLOTTED, SPOKEN

    templates = [*SPOKEN.values(), *(parts[0] for parts in SLOTTED.values()), *DETAILS, *(t for _, t in COMPARED)]
    assert [t for t in templates if t not in chinese()] == []
    assert len(re.findall("<span lang=en>", lstm)) == len(re.findall("<span lang=zh>", lstm)) > 50
    assert both(message("gates")) == "<span lang=en>gates</span><span lang=zh>门</span>"
    assert '<option value="operations" data-en="operations" data-zh="运算">operations</option>' in lstm
    assert ">运算</option>" in made(cell_of("rnn"), lang="zh")


def test_a_sign_after_a_formula_stays_on_its_line() -> None:
    found = both(message("as {formula}; and ({formula}) too", formula=sp.Symbol("n")))
    assert found.count("<span class=kept>") == 2
    assert "<span class=kept>(<math><mi>n</mi></math>)</span>" in found


def test_slots_are_empty_elements() -> None:
    assert slotted("{count} paths", "count").count('<b data-slot="count"></b>') == 2


@over(EVERY)
def test_every_equation_becomes_plain_mathml(name: str) -> None:
    step = cell_of(name).step
    for equation in step.equations:
        found = mathml(latex_equation(equation, step))
        assert found.startswith("<math>")
        assert not re.search(r"style=|href=|<mrow></mrow>|\\", found)


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "lstm-projection", "antisymmetric-rnn"])
def test_counts_on_the_page_are_the_counts_of_the_command(name: str) -> None:
    cell = cell_of(name)
    sizes = {dim: 3 + 2 * k for k, dim in enumerate(cell.dims)}
    terms = polynomial(params(cell).formula)["terms"]
    total = 0
    for coefficient, powers in terms:
        product = int(coefficient)
        for dim, exponent in powers.items():
            product *= sizes[dim] ** exponent
        total += product
    assert total == params(cell, **sizes).total


def test_what_is_no_polynomial_has_no_terms() -> None:
    n = sp.Symbol("n", integer=True, positive=True)
    assert polynomial(sp.floor(n / 2) + n)["terms"] is None
    assert polynomial(sp.Integer(7))["terms"] == [["7", {}]]


def test_paths_between_quantities_have_the_carry_first() -> None:
    data = page_data(cell_of("gru"))
    found = data["pairs"]["h|h[t-1]"]
    assert [kind for kind, *_ in found] == ["carry", "gate", "gate", "candidate"]
    assert "h[t-1] r g h" in [chain for _, _, *chains in found for chain in chains]
    assert "h[t-1]|h" not in data["pairs"]
    assert data["terms"][:3] == ["4", "16", "64"]


def test_local_derivatives_are_those_of_the_equation_itself() -> None:
    told = {d["by"]: d for d in page_data(cell_of("lstm"))["quantities"]["c"]["derivatives"]}
    assert set(told) == {"f", "c[t-1]", "i", "g"}
    assert [str(notated.formula) for notated in told["f"]["formula"]] == ["Diag(c[t-1])"]


def test_a_pool_keeps_each_piece_once() -> None:
    pool = Pool()
    assert plain([message("gates"), {"en": "a", "zh": "b"}, message("gates")], pool) == [0, 1, 0]
    assert pool.text().count("\n") == 1


def test_a_page_has_its_font_in_parts() -> None:
    parts = re.findall("@font-face{font-family:'Cellgraph Math';unicode-range:(.*?);", faces())
    assert len(parts) == 9
    assert "U+221a" in parts[-1]
    assert "U+0-" not in faces()
    assert faces().count("url(data:font/woff2;base64,") == len(parts)


ITALIC = {"a": 0x1D44E, "A": 0x1D434, "α": 0x1D6FC, "Α": 0x1D6E2}
"""Where the italic letters of mathematics begin, by the first letter of each alphabet."""


def italic(letter: str) -> str:
    """The italic letter that MathML shows a letter alone as; anything else as it is."""
    for first, code in ITALIC.items():
        place = ord(letter) - ord(first)
        if 0 <= place < (26 if first in "aA" else 25):
            return "ℎ" if letter == "h" else chr(code + place)
    return letter


def characters(body: str) -> set[str]:
    """The characters of all mathematics in a piece of HTML, as they are shown."""
    written = [(tag, html.unescape(text)) for tag, text in re.findall("<(m[ion]|mtext)[^>]*>([^<]+)<", body)]
    return {c for tag, text in written for c in (italic(text) if tag == "mi" and len(text) == 1 else text)}


@over(EVERY)
def test_every_sign_of_a_cell_is_in_the_font_of_the_page(name: str) -> None:
    step = cell_of(name).step
    body = "".join(mathml(latex_equation(equation, step)) for equation in step.equations)
    assert not [c for c in characters(body) if not covered(c) and unicodedata.category(c) != "Cf"]


def test_a_formula_in_a_diagram_is_text_and_only_what_stretches_is_an_outline() -> None:
    plain = lettered(r"f_t = \sigma(W_f h_{t-1})", 16)
    assert "".join(sign.character for sign in plain.signs) == "𝑓𝑡=𝜎(𝑊𝑓ℎ𝑡−1)"
    assert plain.path == ""
    assert [sign.size < 16 for sign in plain.signs][:3] == [False, True, False]
    xs = [sign.x for sign in plain.signs]
    assert xs == sorted(xs)
    assert abs(plain.signs[-1].x - typeset(r"f_t = \sigma(W_f h_{t-1})", 16).width) < 8
    tall = lettered(r"\left(\frac{a}{b}\right)", 16)
    assert "".join(sign.character for sign in tall.signs) == "𝑎𝑏"
    assert tall.path.count("Z") == 3


def test_a_diagram_tells_what_the_script_looks_up_and_nothing_else(lstm: str) -> None:
    drawings = re.findall(r"<svg .*?</svg>", lstm, re.DOTALL)
    assert len(drawings) == 2
    for drawn in drawings:
        assert set(re.findall(r"data-(\w+)=", drawn)) == {"node", "quantity", "from", "to"}
        assert not re.search(r'(?:stroke|fill)="#| id=', drawn)
