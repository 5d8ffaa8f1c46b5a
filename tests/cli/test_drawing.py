"""`cellgraph draw`: every format by its suffix, every overlay, and what it says of wrong requests."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cellgraph.cli import commands
from cellgraph.views.pictures import SUFFIXES

BEGINS = {
    "svg": b"<svg",
    "png": b"\x89PNG",
    "pdf": b"%PDF-",
    "dot": b"digraph gru {",
    "mermaid": b"---\ntitle",
    "tikz": b"\\documentclass",
}


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(commands, ["draw", *arguments])
    assert result.exit_code == code, result.output + result.stderr
    assert "Traceback" not in result.output + result.stderr
    return result


@pytest.mark.parametrize(("suffix", "format_"), SUFFIXES.items())
def test_the_suffix_picks_the_format(tmp_path: Path, suffix: str, format_: str) -> None:
    run("gru", "-o", str(tmp_path / f"gru{suffix}"))
    assert (tmp_path / f"gru{suffix}").read_bytes().startswith(BEGINS[format_])


def test_text_goes_to_standard_output() -> None:
    assert run("gru", "--format", "mermaid").output.startswith("---\ntitle")
    assert run("gru").output.startswith("<svg")


def test_gradients_differences_and_steps() -> None:
    carry = run("lstm", "--gradient", "--of", "c", "--wrt", "c[t-1]").output
    assert 'data-mark="carry"' in carry
    assert 'data-node="c.1"' in carry, "the ways of a gradient are shown among the operations"
    assert 'data-mark="added"' in run("lstm", "--against", "lstm-peephole").output
    assert 'data-node="3:h[3] out"' in run("gru", "--unroll", "3").output
    assert "forget gate" not in run("lstm", "--show", "shapes").output
    assert "遗忘门" in run("lstm", "--lang", "zh", "--legend").output


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("gru", "-o", "gru.jpg"), 1, "no format has the suffix '.jpg'; use one of .svg, .png, .pdf, .dot"),
        (
            ("gru", "--show", "shape"),
            2,
            "--show has no 'shape'; it takes labels, shapes, params; did you mean",
        ),
        (("gru", "--of", "h"), 2, "--of and --wrt belong to --gradient"),
        (("gru", "--gradient", "--of", "h"), 2, "--of and --wrt go together"),
        (
            ("gru", "--gradient", "--of", "h", "--wrt", "c[t-1]"),
            2,
            "unknown quantity: 'c[t-1]' (must be one of",
        ),
        (("gru", "--against", "rnn", "--unroll", "2"), 2, "--against draws one step of each cell"),
        (("gru", "--against", "nothing"), 1, "nothing"),
        (("gru", "--unroll", "0"), 2, "0 is not in the range"),
    ],
)
def test_wrong_requests_are_told(arguments: tuple[str, ...], code: int, message: str) -> None:
    assert message in run(*arguments, code=code).stderr
