"""Modules and functions of PyTorch traced, and the values of each trace beside what they give back."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import sympy as sp
import torch
import torchrecurrent
from imports.traced_values import values
from torch.nn import functional as F
from torch_operations import EXPRESSIONS

import cellgraph as cg
from cellgraph.derive.counts.sizes import hidden_dim, input_dim
from cellgraph.frameworks.tracing import torch as tracing
from cellgraph.frameworks.tracing.asked import Asked, returned_names
from cellgraph.frameworks.tracing.aten.table import FUNCTIONS, RULES
from cellgraph.graph import Cell, size
from cellgraph.implementations.implementation import Implementation
from cellgraph.imports.traced import OPERATIONS, Trace

with warnings.catch_warnings(action="ignore"):  # TorchScript is said to be old
    from torch_cells import CELLS

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")

M, N = size("m"), size("n")
SIZES = ({"m": 3, "n": 5}, {"m": 7, "n": 4})


def equal(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Trace:
    """Hold a trace against the real step at its own sizes, and say which it is."""
    program = tracing.traced(asked, sizes, batch)
    assert {node.op for node in program.nodes} <= set(OPERATIONS)
    assert [node for node in program.nodes if node.op == "unknown"] == []
    arrays = tracing.given(asked, sizes, batch)
    named = {**program.inputs, **program.states, **program.parameters, **program.buffers}
    found = values(program, {node: arrays[name] for name, node in named.items()})
    real = tracing.live(asked, sizes, batch)
    weights = {name: arrays[name] for name in real.shapes}
    theirs = real.step(weights, [arrays[name] for name in asked.inputs], [arrays[name] for name in asked.states])
    after = {name: program.after.get(name, program.output) for name in real.returns}
    for name, expected in zip(real.returns, theirs, strict=True):
        np.testing.assert_allclose(found[after[name]], expected, rtol=1e-12, atol=1e-12, err_msg=name)
    return program


def cell(target: Any, states: str, returns: str, **make: Any) -> Asked:
    """A class with an input x of m and states of n, given together where there are several."""
    names = returned_names(states)
    call = ("x", names if len(names) > 1 else names[0])
    given = {"input_size": M, "hidden_size": N, **make}
    return Asked(target, given, {"x": (M,)}, dict.fromkeys(names, (N,)), returns, call=call)


TORCH_NN = {
    "rnn": cell(torch.nn.RNNCell, "h", "h"),
    "rnn-relu": cell(torch.nn.RNNCell, "h", "h", nonlinearity="relu", bias=False),
    "gru": cell(torch.nn.GRUCell, "h", "h"),
    "lstm": cell(torch.nn.LSTMCell, "h, c", "h, c"),
}
RECURRENT = [
    (spec, layout)
    for spec in map(cg.load, cg.cells())
    for layout in spec.implementations
    if layout.name.startswith("torchrecurrent.") and layout.name.endswith("Cell")
]


@pytest.mark.parametrize("batch", [4, None])
@pytest.mark.parametrize("name", TORCH_NN)
def test_cells_of_torch(name: str, batch: int | None) -> None:
    for sizes in SIZES:
        equal(TORCH_NN[name], sizes, batch)


@pytest.mark.parametrize(("spec", "layout"), RECURRENT, ids=lambda given: given.name)
def test_cells_of_torchrecurrent(spec: Cell, layout: Implementation) -> None:
    """Made and called as the adapter makes and calls them."""
    target = getattr(torchrecurrent, layout.name.partition(".")[2])
    [x] = spec.step.having("input")
    inner, outer = input_dim(spec), hidden_dim(spec)
    shapes = {name: spec.step.quantities[sp.Symbol(f"{name}[t-1]")].shape for name in layout.states}
    apart = len(inspect.signature(target.forward).parameters) == 2 + len(shapes)  # and self
    call = ("x", *shapes) if apart else ("x", tuple(shapes))
    asked = Asked(
        target, {"input_size": inner, "hidden_size": outer, **layout.options}, {"x": x.shape}, shapes,
        ", ".join(layout.returns or layout.states), call=call,
    )  # fmt: skip
    for sizes in SIZES:
        assert len(equal(asked, {**sizes, **layout.sizes}, 4).states) == len(shapes)


def test_all_of_torchrecurrent_was_tried() -> None:
    cells = {name for name in dir(torchrecurrent) if name.endswith("Cell") and name[0] != "_"}
    assert {layout.name.partition(".")[2] for _, layout in RECURRENT} >= cells - {"BaseSingleRecurrentCell"}


@pytest.mark.parametrize("batch", [4, None])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_operations(name: str, batch: int | None) -> None:
    asked = Asked(EXPRESSIONS[name], {}, {"k": (N,)}, {"h": (N,)}, "h", params={"W": (N, N)}, call=("h", "k", "W"))
    for sizes in SIZES:
        program = equal(asked, sizes, batch)
        assert program.parameters.keys() == {"W"}


@pytest.mark.parametrize("name", CELLS)
def test_cells_as_people_write_them(name: str) -> None:
    asked, batches = CELLS[name]
    for batch in batches:
        for sizes in ({"m": 3, "n": 5, "j": 4, "k": 6}, {"m": 7, "n": 4, "j": 3, "k": 2}):
            program = equal(asked, sizes, batch)
        shapes = [found.shape for found in tracing.structure(asked, sizes, batch)]
        named = zip(returned_names(asked.returns), shapes, strict=True)
        ours = [(name, program.nodes[program.after[name]].shape) for name in program.after]
        assert {pair for pair in named if pair[0] in asked.states} == {*ours}


def decided(x: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A spike, whose gradient nobody has defined, and what is left of the voltage."""
    spike = (v + x > 0).float()
    return spike, v * 0.5 - spike.detach()


def test_what_is_decided_passes_no_gradient() -> None:
    asked = Asked(decided, inputs={"x": (N,)}, states={"v": (N,)}, returns="spike, v")
    arrays, real = tracing.given(asked, SIZES[0], 4), tracing.live(asked, SIZES[0], 4)
    bar = arrays["x"] + 1
    _, [x], [v] = real.vjp({}, [arrays["x"]], [arrays["v"]], [bar, 2 * bar])
    np.testing.assert_array_equal(x, np.zeros_like(bar))
    np.testing.assert_array_equal(v, bar)
    ops = {node.op for node in equal(asked, SIZES[0], 4).nodes}
    assert "stop" in ops


def test_nothing_passes_where_gradients_are_switched_off() -> None:
    asked = Asked(torch.no_grad()(lambda x, h: torch.tanh(h + x)), {}, {"x": (N,)}, {"h": (N,)}, "h")
    arrays, real = tracing.given(asked, SIZES[0], 4), tracing.live(asked, SIZES[0], 4)
    _, [x], [h] = real.vjp({}, [arrays["x"]], [arrays["h"]], [arrays["h"]])
    assert not x.any()
    assert not h.any()
    program = equal(asked, SIZES[0], 4)
    assert program.nodes[program.after["h"]].op == "stop"


def test_every_rule_is_of_an_operation_that_pytorch_does_not_take_apart() -> None:
    def taken_apart(operation: Any) -> bool:
        return torch._C._dispatch_has_kernel_for_dispatch_key(operation.name(), "CompositeImplicitAutograd")

    for key in RULES:
        name, _, overload = key.partition(".")
        packet = getattr(torch.ops.aten, name)
        overloads = [overload] if overload else packet.overloads()
        assert not all(taken_apart(getattr(packet, own)) for own in overloads), key
    assert [name for name in FUNCTIONS if not any(hasattr(home, name) for home in (torch, torch.Tensor, F))] == []
