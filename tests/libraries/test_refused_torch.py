"""Code in PyTorch of which no cell can be made: the user's line, and what to do; and what its variables are called."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import cellgraph as cg
from cellgraph.frameworks.tracing import torch as tracing
from cellgraph.frameworks.tracing.asked import Asked
from cellgraph.graph import size

Tensor = Any
M, N = size("m"), size("n")
SIZES = {"m": 3, "n": 5}


def asked(target: Any, **make: Any) -> Asked:
    return Asked(target, make, {"x": (M,)}, {"h": (N,)}, "h")


def decides(x: Tensor, h: Tensor) -> Tensor:
    if h.sum() > 0:
        return h
    return -h


def repeats(x: Tensor, h: Tensor) -> Tensor:
    while h.norm() < 1:
        h = h * 2
    return h


def takes_out(x: Tensor, h: Tensor) -> Tensor:
    return h * h.mean().item()


def turns_to_numpy(x: Tensor, h: Tensor) -> Tensor:
    return torch.from_numpy(np.tanh(h.numpy()))


def takes_a_sequence(x: Tensor, h: Tensor) -> Tensor:
    _, time, _ = x.shape
    return h * time


def does_not_fit(x: Tensor, h: Tensor) -> Tensor:
    return torch.sigmoid(h) @ x


@pytest.mark.parametrize(
    ("target", "line", "words"),
    [
        (decides, "if h.sum() > 0:", "torch.where"),
        (repeats, "while h.norm() < 1:", "torch.where"),
        (takes_out, "return h * h.mean().item()", "keep it a tensor"),
        (turns_to_numpy, "return torch.from_numpy(np.tanh(h.numpy()))", "keep it a tensor"),
        (takes_a_sequence, "_, time, _ = x.shape", "give the step alone"),
        (does_not_fit, "return torch.sigmoid(h) @ x", "4x5 and 4x3"),
    ],
)
def test_a_line_that_stands_in_the_way_is_named(target: Any, line: str, words: str) -> None:
    with pytest.raises(cg.CodeError, match=words) as caught:
        tracing.traced(asked(target), SIZES, 4)
    [problem] = caught.value.problems
    assert (problem.source.file, problem.source.text) == (__file__, line)


REFUSED = {
    "random": (lambda x, h: F.dropout(h) + torch.rand_like(h), "random numbers"),
    "places": (lambda x, h: h + h.topk(2, -1).values.sum() + h.sort(-1).values, "depends on values"),
    "a table": (lambda x, h: h + F.embedding((h > 0).long(), torch.ones(2, 1)).sum(-1), "the embedded vector"),
    "frequencies": (lambda x, h: torch.fft.rfft(h).real.sum(-1, keepdim=True) + h, "complex numbers"),
    "strides": (lambda x, h: h + F.conv1d(h[:, None], torch.ones(1, 1, 2), stride=2).sum(-1), "stride 1"),
    "algebra": (lambda x, h: h + torch.linalg.inv(torch.eye(5) + h[:, :, None] * h[:, None]).sum(-1), "linear algebra"),
    "writing": (lambda x, h: h.scatter(1, (x[:, :1] > 0).long(), 2.0), "the data names"),
    "a mask": (lambda x, h: h + h[h > 0].sum(), "which entry"),
    "the batch": (lambda x, h: F.batch_norm(h, None, None, training=True), "the batch"),
    "every other": (lambda x, h: h.clone().index_fill_(1, (h[0] > 0).long(), 1.0), "the data names"),
    "a product": (lambda x, h: h.prod(-1, keepdim=True) + h, "its factors"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_equation_says_is_an_unknown_node_at_its_line(name: str) -> None:
    step, words = REFUSED[name]
    program = tracing.traced(asked(step), SIZES, 4)
    unknown = [node for node in program.nodes if node.op == "unknown"]
    assert unknown
    for node in unknown:
        assert words in node.attributes["reason"]
        assert node.place is not None
        assert node.place.file == __file__


class Named(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        self.x2h, self.h2h = nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, hidden_size)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        gate = torch.sigmoid(self.x2h(x) + self.h2h(h))
        (first, second) = self.halves(gate)
        return h * torch.cat([first, second], -1)

    def halves(self, both: Tensor) -> Any:
        left = both[..., :2]
        return left, both[..., 2:]


def test_local_variables_hold_what_nodes_compute() -> None:
    one = asked(Named, input_size=M, hidden_size=N)
    found = {local.name: local for local in tracing.locals_of(one, SIZES, 4)}
    assert list(found) == ["gate", "left", "first", "second"]
    given = tracing.given(one, SIZES, 4)
    total = given["x"] @ given["x2h.weight"].T + given["x2h.bias"] + given["h"] @ given["h2h.weight"].T
    expected = 1 / (1 + np.exp(-total - given["h2h.bias"]))
    np.testing.assert_allclose(found["gate"].array, expected, rtol=1e-12)
    np.testing.assert_allclose(found["second"].array, expected[:, 2:], rtol=1e-12)
    assert found["left"].place.text == "left = both[..., :2]"


class Forgetful(nn.Module):
    def __init__(self, a: int, b: int) -> None:
        super().__init__()
        self.x2h = nn.Linear(a, b)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        return self.x2h(x) + h


@pytest.mark.parametrize("wrapped", [lambda made: made, nn.DataParallel, partial(torch.compile, backend="eager")])
def test_an_object_is_made_again_at_other_sizes(wrapped: Any) -> None:
    for batch in (4, None):
        program = tracing.traced(asked(wrapped(Named(2, 3)), input_size=M, hidden_size=N), SIZES, batch)
        assert program.nodes[program.after["h"]].shape[-1] == 5
        assert list(program.parameters) == ["x2h.weight", "x2h.bias", "h2h.weight", "h2h.bias"]


def test_an_object_that_forgot_what_it_was_made_with() -> None:
    with pytest.raises(cg.CodeError, match=r"\(a, b\): give its class") as caught:
        tracing.traced(asked(Forgetful(2, 3)), SIZES, 4)
    assert caught.value.problems[0].source.text == "class Forgetful(nn.Module):"
    assert tracing.traced(asked(Forgetful(2, 3), a=M, b=N), SIZES, 4).batch == 4


def test_a_constructor_that_fails() -> None:
    with pytest.raises(cg.CodeError, match=r"'hidden_size'; name each with --make"):
        tracing.traced(asked(nn.GRUCell, input_size=M), SIZES, 4)


def test_what_comes_back_is_counted() -> None:
    with pytest.raises(cg.CodeError, match=r"gives back 2 arrays .*, and --returns names 1"):
        tracing.traced(asked(lambda x, h: (h, x)), SIZES, 4)


def test_what_torchscript_does_not_compile_is_run_as_python() -> None:
    """As the command asks for, so that lines and variables can be seen."""
    script = (
        "from torch_cells import CELLS\n"
        "from cellgraph.frameworks.tracing import torch as tracing\n"
        "asked, sizes = CELLS['ScriptedLSTM'][0], {'m': 3, 'n': 5}\n"
        "given, real = tracing.given(asked, sizes, 4), tracing.live(asked, sizes, 4)\n"
        "back = real.step({name: given[name] for name in real.shapes}, [given['x']], [given['h'], given['c']])\n"
        "held = {local.name: local.array for local in tracing.locals_of(asked, sizes, 4)}\n"
        "print(abs(back[1] - held['cy']).max(), *held)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTORCH_JIT": "0", "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])},
    )  # fmt: skip
    assert done.stdout.split() == ["0.0", "hx", "cx", "gates", "i", "f", "g", "o", "cy"]
