"""The command that runs cells beside real libraries: what it says when all is well, and when a spec is wrong."""

import json

import pytest
from click.testing import CliRunner

import cellgraph as cg
from cellgraph.cli import commands
from cellgraph.frameworks import runnable
from cellgraph.frameworks.verify import ABSENT, FAILED, PASSED, RECORDED, verifications
from cellgraph.spec.source import text

KEYS = {"cell", "implementation", "version", "status", "count", "forward_error", "gradient_error", "note"}


@pytest.mark.parametrize("name", cg.cells())
def test_no_cell_departs_from_a_class_that_its_spec_names(name: str) -> None:
    """Over several steps and back through time; classes that nothing here runs are said to be absent."""
    cell = cg.load(name)
    found = list(verifications([cell]))
    assert [v.implementation for v in found if v.status == RECORDED] == list(cell.recorded)
    assert sum(v.status == PASSED for v in found) == sum(runnable(i.name) for i in cell.implementations)
    assert [v for v in found if v.status not in (PASSED, RECORDED, ABSENT)] == []
    assert all(v.forward_error is not None and v.count for v in found if v.status == PASSED)


def test_a_spec_that_computes_something_else_fails() -> None:
    wrong = text("lstm").text.replace("c = f * c[t-1] + i * g", "c = f * c[t-1] + f * g")
    found = next(iter(verifications([cg.loads(wrong)])))
    assert found.status == FAILED
    assert found.forward_error is not None
    assert found.forward_error > 1e-3


def test_the_command_says_what_ran_and_at_which_precision() -> None:
    done = CliRunner().invoke(commands, ["verify", "rnn", "sgu", "--json"])
    assert done.exit_code == 0
    results = json.loads(done.stdout)["results"]
    assert all(set(result) == KEYS for result in results)
    said = {result["implementation"].partition("(")[0]: result["note"] for result in results}
    assert said["keras.layers.SimpleRNNCell"] == "computes in float32"
    assert said["onnx.RNN"] == "computes in float32, and does not differentiate"
    assert said["torchrecurrent.SGUCell"] == "differentiates in float32"
    assert said["torch.nn.RNNCell"] == ""


def test_the_command_fails_where_a_spec_is_wrong(tmp_path) -> None:
    spec = tmp_path / "wrong.yaml"
    spec.write_text(text("gru").text.replace("z * h[t-1] + (1 - z) * g", "(1 - z) * h[t-1] + z * g"), encoding="utf-8")
    done = CliRunner().invoke(commands, ["verify", str(spec)])
    assert done.exit_code == 1
    assert "failed" in done.stdout
