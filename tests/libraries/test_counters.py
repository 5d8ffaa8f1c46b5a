"""Other people's counters, run live on torch.nn layers, against what cellgraph says that they print."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import pytest
import torch

import cellgraph as cg
from cellgraph.derive.counts.counters import COUNTERS, printed
from cellgraph.graph import size

LAYERS = {"RNN": "rnn", "LSTM": "lstm", "GRU": "gru-reset-after"}
INPUT, HIDDEN, STEPS, BATCH = 3, 5, 7, 2


def torchinfo(layer: Any, x: Any) -> int:
    module = pytest.importorskip("torchinfo")
    return module.summary(layer, input_data=x, verbose=0).total_mult_adds


def ptflops(layer: Any, x: Any) -> int:
    module = pytest.importorskip("ptflops")
    found = module.get_model_complexity_info(
        layer, tuple(x.shape[1:]), as_strings=False, print_per_layer_stat=False, backend="pytorch",
        input_constructor=lambda _: x,
    )  # fmt: skip
    return found[0]


def thop(layer: Any, x: Any) -> int:
    module = pytest.importorskip("thop")
    return int(module.profile(layer, inputs=(x,), verbose=False)[0])


def fvcore(layer: Any, x: Any) -> int:
    module = pytest.importorskip("fvcore.nn")
    return module.FlopCountAnalysis(layer, x).unsupported_ops_warnings(False).total()


def calflops(layer: Any, x: Any) -> int:
    module = pytest.importorskip("calflops")
    return module.calculate_flops(layer, args=[x], print_results=False, output_as_string=False)[0]


LIVE: dict[str, Callable[[Any, Any], int]] = {
    "torchinfo": torchinfo, "ptflops": ptflops, "thop": thop, "fvcore": fvcore, "calflops": calflops,
}  # fmt: skip


@pytest.mark.parametrize("like", COUNTERS)
@pytest.mark.parametrize("name", LAYERS)
def test_what_a_counter_prints(name: str, like: str) -> None:
    layer = getattr(torch.nn, name)(INPUT, HIDDEN, batch_first=True)
    with contextlib.redirect_stdout(io.StringIO()):
        live = LIVE[like](layer, torch.zeros(BATCH, STEPS, INPUT))
    one = int(printed(cg.load(LAYERS[name]), like).subs({size("m"): INPUT, size("n"): HIDDEN}))
    assert live == one * STEPS * (BATCH if COUNTERS[like].batch else 1)
