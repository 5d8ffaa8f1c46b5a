"""The guide to imports and its notebook: what they show is run as a reader would, with PyTorch."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cellgraph as cg
from cellgraph.cli import COMMANDS, commands

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
GUIDE = (HOW_TO / "import-a-cell.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the cell of the guide."""
    [code] = re.findall(r"```python\n(import torch\n.*?)```", GUIDE, re.DOTALL)
    (tmp_path / "my_cells.py").write_text(code + FUNCTION)
    monkeypatch.chdir(tmp_path)
    return tmp_path


FUNCTION = """

def step(x, h, W):
    h = torch.tanh(x @ W.T + h)
    return h
"""


def test_the_commands_of_the_guide_run(folder: Path) -> None:
    blocks = re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("cellgraph ")]
    assert len(lines) >= 6
    for line in lines:
        done = CliRunner().invoke(commands, shlex.split(line)[1:])
        assert (done.exit_code, done.stderr) == (0, ""), line
    spec = (folder / "my-gru.yaml").read_text()
    assert spec.startswith("# Imported from my_cells.py:MyGRU. Beside it at m=6, n=9: forward ")
    cell = cg.load("my-gru.yaml")
    assert cell.name == "my-gru"
    assert dict(cell.dims) == {"m": "input size", "n": "hidden size"}


def test_examples_of_help_that_need_code_run(folder: Path) -> None:
    texts = [CliRunner().invoke(commands, [name, "--help"]).output for name in COMMANDS]
    lines = [line.strip() for text in texts for line in text.splitlines() if line.strip().startswith("cellgraph ")]
    found = [line for line in dict.fromkeys(lines) if ".py:" in line]
    assert len(found) >= 4
    for line in found:
        if "--spec" in line:
            (folder / "my-gru.yaml").unlink(missing_ok=True)
        done = CliRunner().invoke(commands, shlex.split(line)[1:])
        assert done.exit_code == 0, (line, done.stderr)


def test_a_spec_that_differs_is_told_so(folder: Path) -> None:
    done = CliRunner().invoke(commands, ["verify", "gru", "--against", "my_cells.py:MyGRU", "--json"])
    assert done.exit_code == 1
    [result] = json.loads(done.stdout)["results"]
    assert (result["status"], result["implementation"]) == ("failed", "my_cells.py:MyGRU")
    assert result["note"].startswith("the code ")


def test_the_notebook_runs(folder: Path) -> None:
    notebook = json.loads((HOW_TO / "import-a-cell.ipynb").read_text(encoding="utf-8"))
    known: dict[str, Any] = {"__name__": "__main__"}
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for source in cells:
        exec(source, known)
    assert known["found"].agreement.passed
    assert eval(cells[-2].splitlines()[-1], known)
    assert (folder / "my-gru.html").stat().st_size > 10_000
