"""Cells of real libraries imported: each agrees with the code, and what stands in the way is told with its line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
import torch
import torchrecurrent
from flax import linen, nnx

import cellgraph as cg
from cellgraph.errors import CellgraphError

TORCH = [torch.nn.RNNCell, torch.nn.LSTMCell, torch.nn.GRUCell]
RECURRENT = [getattr(torchrecurrent, name) for name in dir(torchrecurrent) if name.endswith("Cell")]
FLAX = [
    linen.LSTMCell, linen.OptimizedLSTMCell, linen.GRUCell, linen.SimpleCell, linen.MGUCell,
    nnx.LSTMCell, nnx.OptimizedLSTMCell, nnx.GRUCell, nnx.SimpleCell,
]  # fmt: skip
KERAS = [keras.layers.SimpleRNNCell, keras.layers.LSTMCell, keras.layers.GRUCell]


def holds(found: Any) -> None:
    """An import agrees with the code, and its spec says the same cell."""
    assert found.agreement.passed
    assert found.agreement.precision in ("float64", "float32")
    again = cg.loads(found.yaml)
    assert again.step.equations == found.cell.step.equations
    assert found.implementation.arrays
    assert found.guesses
    assert repr(found) == f"<Imported {found.cell.name} from {found.source}>"


def test_there_are_as_many_cells_as_torchrecurrent_has() -> None:
    assert len(RECURRENT) == 41


@pytest.mark.parametrize("cell", [*TORCH, *RECURRENT], ids=lambda cell: cell.__name__)
def test_cells_of_pytorch(cell: type) -> None:
    holds(cg.from_torch(cell))


@pytest.mark.parametrize("cell", FLAX, ids=lambda cell: f"{cell.__module__.split('.')[1]}.{cell.__name__}")
def test_cells_of_flax(cell: type) -> None:
    holds(cg.from_jax(cell))


@pytest.mark.parametrize("cell", KERAS, ids=lambda cell: cell.__name__)
def test_cells_of_keras(cell: type) -> None:
    holds(cg.from_keras(cell))


def test_the_document_of_an_import() -> None:
    found = cg.from_torch(torch.nn.GRUCell, make={"bias": False})
    told = found.to_dict()
    keys = {"source", "cell", "sizes", "operations", "agreement", "nearest", "spec"}
    assert keys <= told.keys()
    assert told["sizes"] == {"m": "input size", "n": "hidden size"}
    assert told["agreement"].keys() >= {"forward", "gradient", "count", "at"}
    assert told["operations"]["sigmoid"] == 2
    assert cg.loads(told["spec"]).name == told["cell"] == "gru-cell"
    assert found.to_markdown().startswith("### gru-cell, imported from torch.nn")
    assert r"\sigma" in found.to_latex()
    assert "<math" in found._repr_html_() or "<table" in found._repr_html_()


def test_objects_are_what_their_classes_make_of_their_attributes() -> None:
    holds(cg.from_torch(torch.nn.RNNCell(4, 6, nonlinearity="relu")))
    assert "relu(" in cg.from_torch(torch.nn.RNNCell(4, 6, nonlinearity="relu")).yaml

    class Chosen(torch.nn.Module):
        def __init__(self, input_size: int, hidden_size: int, act: str = "tanh") -> None:
            super().__init__()
            self.input_size, self.hidden_size = input_size, hidden_size
            self.W = torch.nn.Linear(input_size, hidden_size)
            self.f = {"tanh": torch.tanh, "relu": torch.relu}[act]

        def forward(self, x: Any, h: Any) -> Any:
            return self.f(self.W(x) + h)

    holds(cg.from_torch(Chosen(3, 4)))
    with pytest.raises(
        CellgraphError, match="this Chosen is not what its class makes of its attributes: give the class"
    ):
        cg.from_torch(Chosen(3, 4, "relu"))


class Base(torch.nn.Module):
    """A plain recurrence; the tests put what is wrong into its step."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.a, self.b = torch.nn.Linear(input_size, hidden_size), torch.nn.Linear(hidden_size, hidden_size)

    def mixed(self, x: Any, h: Any) -> Any:
        return torch.tanh(self.a(x) + self.b(h))


def values_decide(self: Any, x: Any, h: Any) -> Any:
    return self.mixed(x, h) if h.sum() > 0 else h


def taken_out(self: Any, x: Any, h: Any) -> Any:
    return self.mixed(x, h) * h.mean().item()


def over_samples(self: Any, x: Any, h: Any) -> Any:
    return self.mixed(x, h) - self.mixed(x, h).mean(0)


def noisy(self: Any, x: Any, h: Any) -> Any:
    return self.mixed(x, h) + torch.randn_like(h)


def noisy_without_torch(self: Any, x: Any, h: Any) -> Any:
    import random

    return self.mixed(x, h) * random.random()


def over_time(self: Any, xs: Any, h: Any) -> Any:
    for t in range(xs.shape[1]):
        h = self.mixed(xs[:, t], h)
    return h


def unknown(self: Any, x: Any, h: Any) -> Any:
    best = torch.sort(self.mixed(x, h))[0]
    return torch.linalg.solve(torch.eye(len(h)).double(), best)


def mistaken(self: Any, x: Any, h: Any) -> Any:
    return self.mixed(x, h).no_such_method()


def sized_by_values(self: Any, x: Any, h: Any) -> Any:
    return self.mixed(x, h)[:, torch.nonzero(h[0] > 0)[:, 0]].sum(1, keepdim=True) + h


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (values_decide, r"test_import.py:\d+: a value of the data decides what is computed.*torch.where"),
        (taken_out, r"test_import.py:\d+: a value of the data is taken out of PyTorch"),
        (over_samples, r"test_import.py:\d+: a mean over the batch"),
        (noisy, r"test_import.py:\d+: .*random numbers: a step has none; call .eval\(\)"),
        (noisy_without_torch, "gives other numbers when it is made and run again"),
        (over_time, r"(?s)test_import.py:\d+: .*test_import.py:\d+: if this loop goes over time, give the step"),
        (unknown, r"(?s)test_import.py:\d+: aten.sort"),
        (mistaken, r"test_import.py:\d+: AttributeError: 'Tensor' object has no attribute 'no_such_method'"),
        (sized_by_values, r"test_import.py:\d+: "),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_told_with_its_line(step: Callable[..., Any], said: str) -> None:
    with pytest.raises(CellgraphError, match=said):
        cg.from_torch(type("Wrong", (Base,), {"forward": step, "__module__": __name__}))


def test_sizes_that_reach_nothing_are_told_with_what_to_say() -> None:
    class Unused(Base):
        def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
            super().__init__(input_size, hidden_size)

        forward = Base.mixed

    with pytest.raises(
        CellgraphError, match=r"no array depends on the size p: give a number with --make output_size=1"
    ):
        cg.from_torch(Unused)
    holds(cg.from_torch(Unused, make={"output_size": 1}))


def test_dropout_and_batch_norm_are_those_of_evaluation() -> None:
    class Regular(Base):
        def __init__(self, input_size: int, hidden_size: int) -> None:
            super().__init__(input_size, hidden_size)
            self.drop, self.norm = torch.nn.Dropout(0.5), torch.nn.BatchNorm1d(hidden_size)

        def forward(self, x: Any, h: Any) -> Any:
            return self.drop(self.norm(self.mixed(x, h)))

    holds(cg.from_torch(Regular))


def test_heads_are_a_lifted_axis() -> None:
    class Heads(torch.nn.Module):
        def __init__(self, d_model: int, num_heads: int) -> None:
            super().__init__()
            self.heads, self.size = num_heads, d_model // num_heads
            self.q, self.k, self.v = (torch.nn.Linear(d_model, d_model, bias=False) for _ in range(3))
            self.o = torch.nn.Linear(d_model, d_model, bias=False)

        def forward(self, x: Any, S: Any) -> Any:
            q, k, v = (part(x).view(len(x), self.heads, self.size) for part in (self.q, self.k, self.v))
            S = S + v.unsqueeze(-1) * k.unsqueeze(-2)
            y = torch.einsum("bhvk,bhk->bhv", S, q)
            return self.o(y.flatten(1)), S

    found = cg.from_torch(Heads)
    holds(found)
    assert found.cell.each == ("j",)


def test_load_says_that_these_exist() -> None:
    with pytest.raises(
        TypeError, match=r"cg.from_torch, cg.from_jax, cg.from_keras and cg.from_onnx make a cell of code"
    ):
        cg.load(torch.nn.GRUCell)
