"""A picture of an LSTM layer from a cold start, beside torchview, torchviz and Keras plot_model drawing the same."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.timing import process, table

TORCHVIEW = """
import sys, torch, torchview
layer = torch.nn.LSTM(128, 256)
drawn = torchview.draw_graph(layer, input_size=(1, 1, 128), expand_nested=True)
drawn.visual_graph.render(outfile=sys.argv[1], format="svg", cleanup=True)
"""
TORCHVIZ = """
import sys, torch, torchviz
cell = torch.nn.LSTMCell(128, 256)
h, c = cell(torch.zeros(1, 128))
torchviz.make_dot(h.sum() + c.sum(), params=dict(cell.named_parameters())).render(outfile=sys.argv[1], format="svg")
"""
KERAS = """
import os, sys
os.environ["KERAS_BACKEND"] = "jax"
import keras
model = keras.Sequential([keras.Input((1, 128)), keras.layers.LSTM(256)])
keras.utils.plot_model(model, to_file=sys.argv[1], show_shapes=True)
"""


def run() -> None:
    """Print the tables."""
    python = [sys.executable]
    draw = [*python, "-m", "cellgraph", "draw", "lstm", "-o"]
    with TemporaryDirectory() as folder:

        def file(name: str) -> str:
            return str(Path(folder) / name)

        rows = [
            process("cellgraph draw lstm", [*draw, file("a.svg")]),
            process("cellgraph draw lstm --detail operations", [*draw, file("b.svg"), "--detail", "operations"]),
            process("torchview on torch.nn.LSTM", [*python, "-c", TORCHVIEW, file("c.svg")], 3),
            process("torchviz on torch.nn.LSTMCell", [*python, "-c", TORCHVIZ, file("d.svg")], 3),
            process("keras.utils.plot_model (JAX backend)", [*python, "-c", KERAS, file("e.svg")], 3),
        ]
        table("a picture of an LSTM, from a cold start", rows)
        unrolled = [*draw, file("f.svg"), "--unroll", "20"]
        steps = [
            process("20 steps, equations", unrolled, 3),
            process("20 steps, operations", [*unrolled, "--detail", "operations"], 3),
            process("20 steps, operations, gradient", [*unrolled, "--gradient"], 3),
        ]
        table("cellgraph draw lstm --unroll 20", steps)
