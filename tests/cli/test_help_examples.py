"""The examples in the help of every command: each is run where a reader would be, beside specs and documents."""

from __future__ import annotations

import glob
import os
import re
import shlex
from pathlib import Path

import numpy
import pytest
from click.testing import CliRunner
from zoo import SPECS

from cellgraph.cli import COMMANDS, commands

SHORTER = {"flow": ["--steps", "3", "--seeds", "1"]}
"""What is said besides, because the numbers are looked at elsewhere."""
PARSED = ("gallery", "page")
"""Commands that take long, and that other tests run: here their examples are only parsed."""
CODE = ".py:"
"""In an example: code that needs a library to run. tests/libraries run it."""


def examples() -> list[str]:
    """Every line of a help text that is a command."""
    texts = [CliRunner().invoke(commands, [*name, "--help"]).output for name in [(), *((name,) for name in COMMANDS)]]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [line for line in dict.fromkeys(lines) if line.startswith("cellgraph ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Specs of one's own, those of cellgraph, documents with a block, and weights."""
    own = tmp_path_factory.mktemp("reader")
    for name, like in (("my-cell", "rnn"), ("my-gru", "gru"), ("specs/mgu", "mgu")):
        (own / name).parent.mkdir(exist_ok=True)
        (own / f"{name}.yaml").write_bytes(SPECS[like].read_bytes())
    shapes = {"weight_ih_l0": (20, 3), "weight_hh_l0": (20, 5), "bias_ih_l0": (20,), "bias_hh_l0": (20,)}
    numpy.savez(own / "lstm.npz", **{array: numpy.ones(shape) for array, shape in shapes.items()})
    (own / "docs").mkdir()
    for name in ("README", "docs/cells"):
        (own / f"{name}.md").write_text("<!-- cellgraph: params rnn -->\n<!-- /cellgraph -->\n")
    return own


@pytest.mark.parametrize("example", examples())
def test_every_example_of_every_help_runs(example: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    words = shlex.split(example)[1:]
    # The shell that a reader types into would do so.
    words = [name for word in words for name in (sorted(glob.glob(word)) or [word])]
    if words[0] in PARSED or CODE in example:
        with commands.make_context("cellgraph", [*words]) as context:
            name, command, rest = commands.resolve_command(context, words)
            assert command.make_context(name, rest, parent=context).params
        return
    monkeypatch.setattr("cellgraph.spec.cells", lambda: ["mgu"])
    for made in re.findall(r"(?:new|-o) (\S+)", example):
        # What an example makes is not there before.
        Path(made if "." in made else f"{made}.yaml").unlink(missing_ok=True)
    result = CliRunner().invoke(commands, [*words, *SHORTER.get(words[0], [])])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout or any(os.path.getsize(word) for word in words if "." in word and os.path.exists(word))
