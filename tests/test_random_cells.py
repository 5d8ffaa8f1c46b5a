"""Random cells: the same for the same seed, in order, of every operation; every command answers about each of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from lifted_cells import lifted_cell
from random_cells import MOST, Draft, random_cell, random_sizes, random_spec
from zoo import seeds

import cellgraph as cg
from cellgraph.cli import commands
from cellgraph.graph import postorder
from cellgraph.ops import HEADS, Head
from cellgraph.spec import problems_of_text

MANY = seeds(200)
QUICK = (
    "show", "show --json", "params", "structure", "explain --lang en", "explain --lang zh", "check",
    "grad", "grad --expand", "grad --unroll 2 -f csv", "jacobian --json", "jacobian --total -f latex",
)  # fmt: skip
"""What is asked about every cell."""
SLOW = (
    "cost", "compare lstm", "flow --steps 20 --seeds 2", "flow --steps 9 --seeds 1 --json", "page", "embed", "draw",
    "draw --detail operations", "draw --gradient", "draw --gradient --detail operations -f mermaid", "draw -f tikz",
    "draw --unroll 3 -f dot", "budget --params 5000",
)  # fmt: skip
"""What takes turns: each of these is asked about one cell of as many; with --seeds about every one."""
SAID = r"does not depend on|does not say which dim|needs the size"
"""What may be said instead of an answer: that nothing flows there, that no size makes a difference."""


def test_a_seed_gives_one_text() -> None:
    texts = [random_spec(seed) for seed in MANY]
    assert texts == [Draft(seed).text() for seed in MANY]
    assert len({text.split("\n", 2)[2] for text in texts}) == len(MANY)


def test_specs_are_in_order_and_small() -> None:
    for seed in MANY:
        problems = problems_of_text(random_spec(seed))
        assert {problem.severity for problem in problems} <= {"warning"}, seed
        cell = random_cell(seed)
        assert 1 <= len(cell.step.equations) <= MOST
        sizes = random_sizes(cell)
        assert len(set(sizes.values())) == len(cell.dims)


CONVOLUTIONS = {"conv", "convtranspose", "convkernel"}
"""What has cells and laws of its own."""


def test_every_operation_is_in_a_step_or_in_its_gradient() -> None:
    cells = [*map(random_cell, MANY), *(lifted_cell(seed, smooth=False) for seed in range(24))]
    graphs = [graph for cell in cells for graph in (cell.step, cg.gradient(cell))]
    nodes = (node for graph in graphs for equation in graph.equations for node in postorder(equation.rhs))
    assert {node.op.name for node in nodes if isinstance(node, Head)} == set(HEADS) - CONVOLUTIONS


def asked(seed: int, every: bool) -> Iterator[list[str]]:
    """The arguments of the commands that are asked about a cell, in the folder that holds it."""
    slow = SLOW if every else [SLOW[k] for k in range(len(SLOW)) if (seed - k) % len(SLOW) == 0]
    for name, *options in map(str.split, (*QUICK, *slow)):
        yield [name, "blocks.md" if name == "embed" else "cell.yaml", *options]


def test_every_command_answers_about_any_cell(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No exception, no warning, nothing that is not a number; where there is no answer a sentence says why."""
    monkeypatch.chdir(tmp_path)
    many, runner = request.config.getoption("--seeds"), CliRunner()
    block = "<!-- cellgraph: {} cell.yaml -->\n<!-- /cellgraph -->\n"
    for seed in range(many or len(SLOW)):
        Path("cell.yaml").write_text(random_spec(seed), encoding="utf-8")
        Path("blocks.md").write_text(block.format("explain") + block.format("draw"), encoding="utf-8")
        for arguments in asked(seed, every=many is not None):
            done = runner.invoke(commands, arguments)
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise AssertionError((seed, arguments)) from done.exception
            assert done.exit_code == 0 or re.search(SAID, done.stderr), (seed, arguments, done.stderr)
            assert "Warning" not in done.stderr, (seed, arguments)
            visible = re.sub(r"(?s)<(script|style).*?</\1>", "", done.stdout)
            assert not re.search(r"\b(nan|NaN|zoo|oo)\b", visible), (seed, arguments)
            if "--json" in arguments:
                assert json.loads(done.stdout)["schema_version"] == 1


@pytest.mark.parametrize("seed", [2, 6, 14])
def test_a_cell_is_told_from_another_and_from_itself_by_nothing(seed: int) -> None:
    found = cg.diff(random_cell(seed), random_cell(seed + 1))
    assert found.steps is None or found.proved
    assert cg.diff(random_cell(seed), random_cell(seed)).equivalent
