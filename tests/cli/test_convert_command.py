"""The command that converts weights: what it writes, what it says of it, and what it says of mistakes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from test_hostile import TEXTS, WELL_FORMED

import cellgraph as cg
from cellgraph.cli import commands
from cellgraph.views import VIEWS

WORDS = ("convert", "lstm.npz", "--from", "torch.nn.LSTM", "--to", "keras.layers.LSTM", "-o", "keras.npz")


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(commands, list(arguments))
    assert result.exit_code == code, result.output + result.stderr
    assert "Traceback" not in result.output + result.stderr
    return result


def loaded(path: str) -> dict[str, np.ndarray]:
    with np.load(path) as file:
        return dict(file)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the weights of an LSTM in both directions among other arrays."""
    _, torch = cg.find("torch.nn.LSTM")
    draw = np.random.default_rng(0)
    shapes = {"weight_ih": (20, 3), "weight_hh": (20, 5), "bias_ih": (20,), "bias_hh": (20,)}
    native = {
        f"rnn.{torch.native_name(name, 0, reverse)}": draw.normal(size=shape).astype("float32")
        for reverse in (False, True)
        for name, shape in shapes.items()
    }
    np.savez(tmp_path / "lstm.npz", **native, **{"head.weight": np.ones((2, 10)), "step": np.array(3)})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_weights_are_written_and_what_was_done_is_said(folder: Path) -> None:
    said = run(*WORDS).stdout
    native, keras = loaded("lstm.npz"), loaded("keras.npz")
    assert (native["rnn.weight_ih_l0"] == keras["lstm_cell/kernel"].T).all()
    assert (native["rnn.weight_hh_l0_reverse"] == keras["backward/lstm_cell/recurrent_kernel"].T).all()
    for sentence in (
        "torch.nn.LSTM(proj_size=0) to keras.layers.LSTM",
        "found: one layer, both directions, under rnn.",
        "both compute lstm",
        "b_f, b_i, b_g, b_o: the copies that torch.nn.LSTM adds up are their sum here, rounded",
        "left alone: head.weight, step",
    ):
        assert sentence in said
    back = ("convert", "keras.npz", "--from", "keras.layers.LSTM", "--to", "torch.nn.LSTM", "-o", "back.npz")
    said = run(*back, "--to-prefix", "rnn.").stdout
    assert "b_f, b_i, b_g, b_o: torch.nn.LSTM adds up several copies; the first has the value" in said
    first = Path("keras.npz").read_bytes()
    run("convert", "back.npz", *WORDS[2:])
    assert Path("keras.npz").read_bytes() == first


def test_it_speaks_chinese(folder: Path) -> None:
    said = run(*WORDS, "--lang", "zh").stdout
    assert "文件中有：一层，双向，名称前缀为 rnn." in said
    assert "两个类计算的都是 lstm" in said


def test_it_says_all_of_it_as_data(folder: Path) -> None:
    found = json.loads(run(*WORDS, "--json").stdout)
    assert " ".join(found) == ("schema_version from to cells layers bidirectional prefix arrays summed negated left")
    assert (found["layers"], found["bidirectional"], found["prefix"]) == (1, True, ["rnn."])
    assert found["arrays"][2] == {
        "name": "lstm_cell/bias", "shape": [20], "dtype": "float32", "made_of": ["rnn.bias_ih_l0", "rnn.bias_hh_l0"]
    }  # fmt: skip
    assert found["left"] == ["head.weight", "step"]


def test_data_go_to_standard_output_and_words_elsewhere(folder: Path) -> None:
    pytest.importorskip("safetensors", reason="pip install 'cellgraph[test]'")
    run(*WORDS[:-1], "keras.safetensors")
    done = run(*WORDS[:-1], "-")
    assert done.stdout_bytes == Path("keras.safetensors").read_bytes()
    assert "both compute lstm" in done.stderr
    assert run(*WORDS[:-1], "-", "-q").stderr == ""
    assert run(*WORDS, "-v").stderr.splitlines()[0] == "lstm.npz: 10 arrays"


@pytest.mark.parametrize("format_", VIEWS)
def test_names_of_arrays_are_text_in_every_format(format_: str, folder: Path) -> None:
    names = [text.strip() for text in TEXTS if text.isprintable()]
    np.savez("hostile.npz", **loaded("lstm.npz"), **{f"0{name}/": np.ones(1) for name in names})
    said = run("convert", "hostile.npz", *WORDS[2:], "--format", format_).stdout
    WELL_FORMED.get(format_, str)(said)
    assert "rnn" in said


WRONG = [
    ((*WORDS[:-1], "lstm.npz"), 1, "lstm.npz: these are the weights themselves; choose another name for the output"),
    ((*WORDS[:-1], "keras.pt"), 1, "keras.pt: weights are written as .safetensors or .npz"),
    ((*WORDS[:-1], "no/keras.npz"), 1, "cannot write into no: No such file or directory"),
    (("convert", "no.npz", *WORDS[2:]), 1, "no.npz: there is no such file"),
    (("convert", "no.h5", *WORDS[2:]), 1, "no.h5: .h5 is not read here; save the arrays by name, in Keras: numpy"),
    ((*WORDS, "--prefix", "lstm."), 1, "lstm.npz: no arrays of torch.nn.LSTM under 'lstm.', which are called"),
    ((*WORDS, "-s", "q=3"), 1, "lstm.npz: lstm has no size 'q'; sizes are m, n, k"),
    ((*WORDS, "--to", "keras.layers.GRU"), 1, "see: cellgraph diff lstm gru-reset-after"),
    ((*WORDS, "--to", "flax.linen.LSTMCell"), 1, "runs in one direction, and there are two: give a to_"),
    ((*WORDS, "--from", "torch.nn.LSTM(bias)"), 2, "'bias' is no option; write NAME=VALUE, such as bias=False"),
    ((*WORDS, "--from", "torch.nn.LSTM(proj_size=x)"), 2, "no spec describes torch.nn.LSTM with proj_size=x"),
    ((*WORDS, "--from", "own.yaml"), 2, "own.yaml does not say which class is meant: write own.yaml:CLASS"),
    ((*WORDS, "--from", "own.yaml:a.D"), 2, "no spec describes a.D"),
    ((*WORDS, "--from", "bare.yaml"), 2, "bare.yaml does not say which class is meant: it needs 'implementations'"),
    ((*WORDS, "--from", "none.yaml"), 1, "none.yaml: cannot be read (No such file or directory)"),
    (WORDS[:-2], 2, "Missing option '-o' / '--output'"),
]  # fmt: skip
BARE = """\
name: own
dims: {m: input size, n: hidden size}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [n, m], U: [n, n], b: [n]}
equations: |
  h = tanh(W @ x + U @ h[t-1] + b)
"""
OWN = (
    f"{BARE}implementations:\n  a.B: {{arrays: {{w: [W], u: [U], v: [b]}}}}\n  a.C: {{arrays: {{w: W, u: U, v: b}}}}\n"
)


@pytest.mark.parametrize(("words", "code", "told"), WRONG, ids=[told[:40] for _, _, told in WRONG])
def test_each_mistake_is_told_and_nothing_is_written(
    words: tuple[str, ...], code: int, told: str, folder: Path
) -> None:
    Path("own.yaml").write_text(OWN)
    Path("bare.yaml").write_text(BARE)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    done = run(*words, code=code)
    assert told in done.stderr
    assert done.stdout == ""
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_class_of_ones_own(folder: Path) -> None:
    Path("own.yaml").write_text(OWN)
    draw = np.random.default_rng(1)
    np.savez("own.npz", w=draw.normal(size=(5, 3)), u=draw.normal(size=(5, 5)), v=draw.normal(size=5))
    said = run("convert", "own.npz", "--from", "own.yaml:a.B", "--to", "torch.nn.RNNCell", "-o", "torch.npz").stdout
    assert "own and rnn are proved to be one cell under other parameters" in said
    assert (loaded("torch.npz")["bias_ih"] == loaded("own.npz")["v"]).all()
    assert not loaded("torch.npz")["bias_hh"].any()


def test_the_bytes_do_not_depend_on_the_hash(folder: Path) -> None:
    pytest.importorskip("safetensors", reason="pip install 'cellgraph[test]'")
    words = [*WORDS[:-1], "keras.safetensors", "--json"]
    here = run(*words).stdout, Path("keras.safetensors").read_bytes()
    own = {**os.environ, "PYTHONHASHSEED": "1"}
    done = subprocess.run([sys.executable, "-m", "cellgraph", *words], capture_output=True, check=True, env=own)
    assert (done.stdout.decode(), Path("keras.safetensors").read_bytes()) == here
