"""Good specs, and good specs with mistakes in them: whatever the text, it is read or told, and nothing else happens."""

from __future__ import annotations

import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cells import random_spec

from cellgraph import spec
from cellgraph.errors import Problem, SpecError
from cellgraph.spec import source

SHIPPED = tuple(source.text(name).text for name in ("rnn", "lstm", "gru", "gru-reset-after"))

SPECS = st.integers(0, 10**6).map(random_spec)

JUNK = (
    *"[]{}()\"':,#&*!%@`|>-?\n\t ~\\=+/^.0",
    *(
        "\r\n",
        "\0",
        "\u200b",
        "\u202e",
        "\ufeff",
        "é",
        "σ",
        "门",
        "𝐚",
        "null",
        "True",
        "1e999",
        "9" * 30,
        "**",
        "//",
        "==",
    ),
    *(
        "h[t-1]",
        "[t]",
        "n//0",
        "(n+m)**4",
        "---\n",
        "...\n",
        "<<: ",
        "!!str ",
        "&a ",
        "*a",
        "%YAML 1.1\n",
        "lambda",
        "if",
    ),
    *('"\\u202e"', '"\\UFFFFFFFF"', "slice(h, 0, n)", "concat(x, h)", "x" * 70, "(" * 40, "-" * 20, "output: c\n"),
    *("expects: {params: n}\n", "readout: |\n  y = h\n", "implementations: {a.B: {}}\n"),
)


@st.composite
def mutated(draw: st.DrawFn, good: st.SearchStrategy[str]) -> str:
    """A spec with one to six mistakes: characters or lines taken out, put in twice, swapped, or replaced by junk."""
    text = draw(good)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from((0, 1, 1, 2, 3, 10, 40))))
        lines = text.split("\n")
        one, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        match draw(st.sampled_from(("cut", "put", "double", "character", "cut line", "put line", "swap"))):
            case "cut":
                text = text[:start] + text[end:]
            case "put":
                text = text[:start] + draw(st.sampled_from(JUNK)) + text[end:]
            case "double":
                text = text[:start] + text[start:end] * 2 + text[end:]
            case "character":
                text = text[:start] + draw(st.characters()) + text[end:]
            case "cut line":
                text = "\n".join([*lines[:one], *lines[one + 1 :]])
            case "put line":
                text = "\n".join([*lines[:one], lines[other], *lines[one:]])
            case "swap":
                lines[one], lines[other] = lines[other], lines[one]
                text = "\n".join(lines)
    return text


def in_place(problem: Problem) -> bool:
    """Whether a problem stands at a character of its line, or right behind the last."""
    source = problem.source
    return source.text == "" or (source.line >= 1 and source.column in range(1, len(source.text) + 2))


@settings(max_examples=40)
@given(SPECS)
def test_good_specs_are_read(text: str) -> None:
    cell = spec.loads(text)
    assert all(problem.severity == "warning" for problem in spec.problems_of_text(text))
    place = {equation.lhs: k for k, equation in enumerate(cell.step.equations)}
    for equation in cell.step.equations:
        assert cell.step.quantities[equation.lhs].shape == cell.step.shape(equation.rhs)
        assert all(place[symbol] < place[equation.lhs] for symbol in equation.uses if symbol in place)
    assert [sp.Symbol(f"{after}[t-1]") for after in cell.carries.values()] == list(cell.carries)


@settings(max_examples=120)
@given(mutated(st.one_of(st.sampled_from(SHIPPED), SPECS)))
def test_any_mistake_is_told(text: str) -> None:
    found = spec.problems_of_text(text)
    assert all(in_place(problem) and str(problem) for problem in found)
    errors = tuple(problem for problem in found if problem.severity == "error")
    told: tuple[Problem, ...] | None
    try:
        spec.loads(text)
    except SpecError as error:
        told = error.problems
    else:
        told = None
    assert told == (errors or None)


@settings(max_examples=60)
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_anything_else_is_told(data: bytes | str) -> None:
    assert spec.problems_of_text(data)
