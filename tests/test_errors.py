"""How a problem is shown: place, line, a caret under the column, and text that does nothing to a terminal."""

from __future__ import annotations

import pytest

from cellgraph.errors import Problem, ShapeError, Source, SpecError, excerpt, listed, nearest, quoted


def test_a_problem_is_its_place_its_message_and_its_line() -> None:
    source = Source("gru.yaml", 14, 7, "  z = sigmod(W_z @ x)")
    message = "unknown operation 'sigmod'; did you mean 'sigmoid'?"
    assert str(Problem("E_UNKNOWN_FUNC", message, source)) == (
        "gru.yaml:14:7: unknown operation 'sigmod'; did you mean 'sigmoid'?\n"
        "    z = sigmod(W_z @ x)\n"
        "        ^"
    )  # fmt: skip
    assert str(Problem("W_UNUSED", "odd", source, "warning")).startswith("gru.yaml:14:7: warning: odd\n")


def test_a_problem_of_a_whole_file_has_no_line() -> None:
    assert str(Problem("E_FILE", "cannot be read", Source("a.yaml", 0, 0))) == "a.yaml: cannot be read"


def test_an_error_is_all_its_problems() -> None:
    problems = [Problem("E_SHAPE", text, Source("f", line, 1)) for line, text in ((1, "first"), (2, "second"))]
    error = ShapeError(*problems)
    assert isinstance(error, SpecError)
    assert error.problems == tuple(problems)
    assert str(error) == "f:1:1: first\nf:2:1: second"


@pytest.mark.parametrize(
    ("text", "column", "lines"),
    [
        ("abc", 1, ["  abc", "  ^"]),
        ("abc", 4, ["  abc", "     ^"]),
        ("门控x", 3, ["  门控x", "      ^"]),
        ("（x", 2, ["  （x", "    ^"]),
        ("h\u0303x", 3, ["  h\u0303x", "   ^"]),
        ("a\tb\x1b[31mc", 3, ["  a?b?[31mc", "    ^"]),
    ],
)
def test_the_caret_stands_under_the_column(text: str, column: int, lines: list[str]) -> None:
    assert excerpt(Source("f", 1, column, text)) == lines


@pytest.mark.parametrize("column", [1, 60, 300, 1000])
def test_long_lines_are_cut_around_the_caret(column: int) -> None:
    text = "".join(chr(ord("a") + k % 26) for k in range(1000))
    line, caret = excerpt(Source("f", 1, column, text))
    assert len(line) <= 102
    assert line[caret.index("^")] == text[column - 1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a", "'a'"), ("a'b", '"a\'b"'), ("a\nb", "'a\\nb'"), ("\u202e", "'\\u202e'"), ("门", "'门'"),
        ("\x1b]0;x\x07", "'\\x1b]0;x\\x07'"), ("a" * 200, "'" + "a" * 77 + "…'"),
    ],
)  # fmt: skip
def test_user_text_is_quoted_escaped_and_cut(text: str, shown: str) -> None:
    assert quoted(text) == shown
    assert len(quoted(text)) <= 80
    assert quoted(text).isprintable()


def test_the_nearest_choice_is_offered() -> None:
    assert nearest("sigmod", ["tanh", "sigmoid"]) == "; did you mean 'sigmoid'?"
    assert nearest("zzz", ["tanh", "sigmoid"]) == ""
    assert nearest("a" * 100_000, ["a" * 50, "b"] * 10_000) != ""


def test_lists_are_cut() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed("abc", most=2) == "a, b, …"
