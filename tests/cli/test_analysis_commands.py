"""structure, cost, budget, diff, explain and compare --match-params on the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from cellgraph.cli import commands


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(commands, list(arguments))
    assert result.exit_code == code, result.output + result.stderr
    assert "Traceback" not in result.output + result.stderr
    return result


def document(*arguments: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(run(*arguments, "--json").stdout)
    assert found["schema_version"] == 1
    return found


def test_structure_has_the_keys_of_its_interface() -> None:
    (lstm, gru) = document("structure", "lstm", "gru")["cells"]  # type: ignore[misc]
    assert lstm["gates"] == ["f", "i", "o"]
    assert lstm["carries"] == [{"state": "c", "coefficient": "f"}]
    assert (lstm["coupled"], lstm["scan"], lstm["state_reals"]) == ([], "L0", "2*n")
    assert gru["coupled"] == [["z", "1 - z"]]
    assert gru["invariants"] == [{"state": "h", "kind": "kept", "interval": [-1, 1], "rate": None}]


def test_cost_has_the_keys_of_its_interface() -> None:
    (cell,) = document("cost", "lstm", "-i", "128", "-H", "256", "--like", "thop")["cells"]  # type: ignore[misc]
    assert cell["mac"] == {"formula": "4*n*(m + n)", "total": 393216}
    assert cell["flop"]["total"] == 8 * 256 * 384 + 4 * 256
    assert cell["transcendental"] == {"sigmoid": "3*n", "tanh": "2*n"}
    assert cell["weights_read"]["total"] == 394240
    assert cell["state"]["total"] == 512
    assert cell["saved_per_step"]["total"] == 6 * 256 + 128
    assert cell["like"]["thop"]["total"] == 4 * 256 * (128 + 256 + 4)


def test_cost_of_a_sequence() -> None:
    said = run("cost", "gru", "-i", "256", "-H", "256", "--steps", "1000", "--batch", "32", "--truncate", "35").stdout
    assert "163,840,000  bytes  156.2 MiB = 163.8 MB" in said
    assert "1,575,936  bytes  1.503 MiB = 1.576 MB" in said
    assert "BPTT is cut off after 35 steps" in said


def test_budget_has_the_keys_of_its_interface() -> None:
    found = document("budget", "gru", "--params", "394240", "-i", "128")
    assert found["floor"] == {"sizes": {"m": 128, "n": 303}, "total": 392688}
    assert found["nearest"] == {"sizes": {"m": 128, "n": 304}, "total": 394896}


def test_diff_has_the_keys_of_its_interface() -> None:
    found = document("diff", "lstm", "gru")
    assert (found["a"], found["b"], found["equivalent"]) == ("lstm", "gru", False)
    assert [edit["gives"] for edit in found["edits"]] == ["lstm-cifg", "janet", "gru"]  # type: ignore[attr-defined]
    assert {"kind", "text", "matrices", "formula", "proved"} <= set(found["edits"][0])  # type: ignore[index]


def test_explain_in_both_languages() -> None:
    assert "One step hands two things to the next" in run("explain", "lstm", "--lang", "en").stdout
    assert "隐藏状态 h 和细胞状态 c" in run("explain", "lstm", "--lang", "zh").stdout


def test_compare_at_equal_budget() -> None:
    said = run("compare", "lstm", "gru", "-i", "128", "-H", "256", "--match-params").stdout
    assert "m=128, n=304" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["budget", "lstm", "--params", "1000"], "needs the size m (input size)"),
        (["budget", "lstm", "--params", "0", "-i", "3"], "0 is not in the range"),
        (["budget", "lstm", "--params", "9", "-i", "3", "-H", "4"], "n is the size that the budget is to find"),
        (["budget", "lstm", "--params", "9", "--tie", "m=q"], "lstm has no size 'q'"),
        (["cost", "mgu", "--like", "thop"], "mgu names no implementation 'torch'"),
        (["cost", "lstm", "--steps", "0"], "0 is not in the range"),
        (["compare", "lstm", "gru", "--match-params"], "equal budgets need every size of lstm"),
    ],
)
def test_wrong_usage(arguments: list[str], said: str) -> None:
    assert said in run(*arguments, code=2).stderr
