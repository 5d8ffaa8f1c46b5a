"""Large cells: every command answers, or says within its deadline what is too large and how to ask for it all."""

from __future__ import annotations

from itertools import cycle, product
from pathlib import Path

import pytest
from click.testing import CliRunner
from large import LARGE, STACKED
from zoo import DEEP

from cellgraph.cli import COMMANDS, commands
from cellgraph.cli.options import INSTEAD

RUNS = {
    "check": ["check", "CELL"],
    "show": ["show", "CELL"],
    "params": ["params", "CELL"],
    "cost": ["cost", "CELL"],
    "structure": ["structure", "CELL"],
    "budget": ["budget", "CELL", "--params", "1000000", "-s", "m=64"],
    "diff": ["diff", "CELL", "lstm"],
    "identify": ["identify", "CELL"],
    "explain": ["explain", "CELL"],
    "compare": ["compare", "CELL", "lstm"],
    "grad": ["grad", "CELL"],
    "grad --expand": ["grad", "CELL", "--expand"],
    "jacobian": ["jacobian", "CELL"],
    "draw": ["draw", "CELL"],
    "draw --detail operations": ["draw", "CELL", "--detail", "operations"],
    "draw --against": ["draw", "CELL", "--against", "lstm"],
    "flow": ["flow", "CELL", "--steps", "4", "--seeds", "1"],
    "page": ["page", "CELL"],
}
SECONDS = "0.4" if DEEP else "0.3"
"""So many that most of what is linear is done, and so few that the suite does not wait for what is not."""
TRIED = ("ring", "weighted", "states", "bomb", "rglru+stack=50")
"""What meets every command, or takes turns where one waits. The others meet one each that may be too much for it."""
OTHERS = [
    ("coupled", "draw"),
    ("dense", "draw --detail operations"),
    ("chain", "grad --expand"),
    ("entries", "jacobian"),
    ("sums", "diff"),
    ("params", "draw --against"),
    ("rhn+stack=50", "explain"),
    ("tgru+stack=50", "page"),
    ("slstm-layer+peephole+stack=3", "grad --expand"),
]


def test_every_command_with_a_deadline_and_every_large_cell_is_tried() -> None:
    assert {run[0] for run in RUNS.values()} == set(INSTEAD) < set(COMMANDS)
    assert {*TRIED, *(name for name, _ in OTHERS)} == {*LARGE, *STACKED}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the large specs are."""
    made = tmp_path_factory.mktemp("large")
    for name, text in LARGE.items():
        (made / f"{name}.yaml").write_text(text, encoding="utf-8")
    return made


# Where the timer ends a callback of the collector of garbage, Python only tells; the command ends a moment later.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("name", "run"), [*(product(TRIED, RUNS) if DEEP else zip(cycle(TRIED), RUNS, strict=False)), *OTHERS]
)
def test_a_large_cell_has_an_answer_or_a_refusal(name: str, run: str, folder: Path) -> None:
    cell = str(folder / f"{name}.yaml") if name in LARGE else name
    argv = [cell if word == "CELL" else word for word in RUNS[run]]
    done = CliRunner().invoke(commands, [*argv, "--limit-seconds", SECONDS])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "nests deeper" not in done.stderr
    if done.exit_code == 1 and run != "check":
        assert "--limit-seconds 0" in done.stderr
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
