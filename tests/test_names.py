"""Names of quantities and cells: what can be one, and what is told of what cannot."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellgraph.names import LENGTH, LOOKALIKES, greek_name, misnamed, misnamed_cell


@pytest.mark.parametrize(
    "name", ["a", "W", "W_f", "h_tilde", "b2", "x1_2", "lambda", "lambda_", "no", "y", "E", "a" * 64]
)
def test_names(name: str) -> None:
    assert misnamed(name) is None


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("", "E_NAME_LEN", "a name is missing"),
        ("a" * 65, "E_NAME_LEN", "has 65 characters; use at most 64"),
        ("_a", "E_NAME_CHAR", "a letter first"),
        ("a__b", "E_NAME_CHAR", "single underscores"),
        ("__class__", "E_NAME_CHAR", "single underscores"),
        ("a-b", "E_NAME_CHAR", "ASCII letters"),
        ("a.b", "E_NAME_CHAR", "ASCII letters"),
        ("a b", "E_NAME_CHAR", "ASCII letters"),
        ("a\nb", "E_NAME_CHAR", r"'a\\nb' cannot be a name"),
        ("h[t-1]", "E_NAME_CHAR", "is there for every state without being declared"),
        ("1", "E_KEY_TYPE", "is a value"),
        ("-1.5", "E_KEY_TYPE", "is a value"),
        (".5", "E_KEY_TYPE", "is a value"),
        ("True", "E_KEY_TYPE", "is a value"),
        ("null", "E_KEY_TYPE", "is a value"),
        ("~", "E_KEY_TYPE", "is a value"),
        ("σ", "E_NAME_CHAR", r"U\+03C3 \(GREEK SMALL LETTER SIGMA\); write 'sigma', which prints as σ"),
        ("门", "E_NAME_CHAR", r"U\+95E8 .*; use ASCII letters"),
        ("é", "E_NAME_CHAR", r"U\+00E9"),
        ("с", "E_CONFUSABLE", r"U\+0441 \(CYRILLIC SMALL LETTER ES\), which only looks like 'c' \(U\+0063\); type"),
    ],
)
def test_what_is_told_of_names(name: str, code: str, message: str) -> None:
    reason = misnamed(name)
    assert reason is not None
    assert reason[0] == code
    assert re.search(message, reason[1])


@pytest.mark.parametrize("name", ["lstm", "gru-reset-after", "a", "rwkv-7", "s4d", "a" * 64])
def test_names_of_cells(name: str) -> None:
    assert misnamed_cell(name) is None


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("", "E_NAME_LEN", "0 characters; use 1 to 64"),
        ("a" * 65, "E_NAME_LEN", "65 characters"),
        ("LSTM", "E_NAME_CHAR", "did you mean 'lstm'"),
        ("my cell", "E_NAME_CHAR", "did you mean 'my-cell'"),
        ("my_cell", "E_NAME_CHAR", "did you mean 'my-cell'"),
        ("a--b", "E_NAME_CHAR", "single hyphens"),
        ("-a", "E_NAME_CHAR", "a letter first"),
        ("a\n", "E_NAME_CHAR", r"'a\\n' cannot name a cell"),
        ("../a", "E_NAME_PATH", "is a path"),
        ("C:\\x", "E_NAME_PATH", "is a path"),
        (".a", "E_NAME_PATH", "is a path"),
        ("42", "E_NAME_TYPE", "is a number"),
        ("<b>", "E_NAME_CHAR", "cannot name a cell"),
        ("门", "E_NAME_CHAR", "cannot name a cell"),
    ],
)
def test_what_is_told_of_names_of_cells(name: str, code: str, message: str) -> None:
    reason = misnamed_cell(name)
    assert reason is not None
    assert reason[0] == code
    assert re.search(message, reason[1])


@given(st.text(max_size=80))
def test_a_name_is_either_plain_or_told_on_one_line(name: str) -> None:
    for reason in (misnamed(name), misnamed_cell(name)):
        if reason is None:
            assert name.isascii()
            assert 0 < len(name) <= LENGTH
            assert name.replace("_", "a").replace("-", "a").isalnum()
        else:
            assert reason[1].isprintable()
            assert len(reason[1]) < 300


def test_lookalikes_are_no_ascii_letters_that_look_like_ascii_letters() -> None:
    assert all(not strange.isascii() and plain.isascii() and plain.isalpha() for strange, plain in LOOKALIKES.items())


@pytest.mark.parametrize(
    ("character", "name"),
    [("α", "alpha"), ("λ", "lambda"), ("Λ", "Lambda"), ("ς", ""), ("a", ""), ("∂", ""), ("Ω", "Omega")],
)
def test_greek_letters_have_english_names(character: str, name: str) -> None:
    assert greek_name(character) == name
