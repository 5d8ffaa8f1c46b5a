"""A count from a cold start: the whole process, beside importing SymPy alone, torchinfo and Keras."""

from __future__ import annotations

import sys

from bench.timing import Measured, process, table

TORCHINFO = """
import torch, torchinfo
print(torchinfo.summary(torch.nn.LSTM(128, 256), input_size=(1, 1, 128), verbose=0).total_params)
"""
KERAS = """
import os
os.environ["KERAS_BACKEND"] = "jax"
import keras
model = keras.Sequential([keras.Input((1, 128)), keras.layers.LSTM(256)])
print(model.count_params())
"""


def run() -> None:
    """Print the tables."""
    python = [sys.executable]
    count: Measured = process("cellgraph params lstm", [*python, "-m", "cellgraph", "params", "lstm"])
    rows = [
        count,
        process("python -c 'import sympy'", [*python, "-c", "import sympy"]),
        # The first sum makes SymPy import its tensors and groups.
        process("the same, and one sum", [*python, "-c", "import sympy; sympy.Symbol('m') + sympy.Symbol('n')"]),
        process("torchinfo on torch.nn.LSTM", [*python, "-c", TORCHINFO], 3),
        process("Keras count_params (JAX backend)", [*python, "-c", KERAS], 3),
    ]
    table("parameters of an LSTM, from a cold start", rows)
    light = [
        process("cellgraph --help", [*python, "-m", "cellgraph", "--help"]),
        process("cellgraph list", [*python, "-m", "cellgraph", "list"]),
        process("python -c pass", [*python, "-c", "pass"]),
    ]
    table("commands that load no SymPy", light)
