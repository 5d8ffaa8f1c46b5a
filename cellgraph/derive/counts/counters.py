"""What other people's counters print for the same layer, reproduced, and what each leaves out or adds.

A counter knows torch.nn.RNN, LSTM and GRU by rules of its own, so these rules are data here. Read off, and checked live
against, torchinfo 1.8, ptflops 0.7, thop 0.1.1, fvcore 0.1.5 and calflops 0.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import sympy as sp

from cellgraph.derive.counts.params import implementation_of
from cellgraph.derive.counts.sizes import hidden_dim
from cellgraph.graph import Cell
from cellgraph.messages import Message, message
from cellgraph.ops import numel


@dataclass(frozen=True)
class Counter:
    """One counter: what it adds for each entry of a matrix, each row of a stacked matrix, each bias, and by class."""

    unit: str
    """The word that it prints beside the number."""
    weights: int
    rows: int
    biases: int
    elementwise: Mapping[str, int]
    """Hidden sizes added for the elementwise part of a class of torch.nn."""
    batch: bool
    """Whether the number grows with the batch."""
    remark: Message


ACTIVATED = {"RNN": 1, "GRU": 7, "LSTM": 10}
NONE = dict.fromkeys(ACTIVATED, 0)

COUNTERS: Mapping[str, Counter] = MappingProxyType(
    {
        "torchinfo": Counter(
            "mult-adds", 1, 0, 1, NONE, True,
            message("each weight and each bias once; nothing elementwise, no activation; a bias counts as a product"),
        ),
        "ptflops": Counter(
            "MAC", 1, 0, 1, ACTIVATED, False,
            message("MAC of the matrices and elementwise operations in one sum; both biases; one sample of the batch"),
        ),
        "thop": Counter(
            "MAC", 1, 0, 1, {**ACTIVATED, "LSTM": 8}, True,
            message("MAC of the matrices and elementwise operations in one sum; both biases; no activation"),
        ),
        "fvcore": Counter(
            "FLOP", 0, 0, 0, NONE, True,
            message("nothing: it skips recurrent layers as unsupported and prints 0, which is no count"),
        ),
        "calflops": Counter(
            "FLOP", 2, -2, 1, ACTIVATED, True,
            message("products and sums of the matrices, both biases, elementwise operations; no activation"),
        ),
    }
)  # fmt: skip
"""By the name of the package."""


def printed(cell: Cell, like: str) -> sp.Expr:
    """What the counter `like` prints for one step of this cell's torch.nn layer, for a batch of one.

    Raises KeyError for an unknown counter, or where the counter has no rule for the cell.
    """
    from cellgraph.implementations.implementation import shapes

    if like not in COUNTERS:
        raise KeyError(f"no counter {like!r}; there are {', '.join(COUNTERS)}")
    counter = COUNTERS[like]
    layer = implementation_of(cell, "torch")
    kind = layer.name.rpartition(".")[2]
    hidden = hidden_dim(cell)
    if kind not in counter.elementwise or hidden is None:
        raise KeyError(f"{like} has no rule for {layer.name}; it knows {', '.join(counter.elementwise)} of torch.nn")
    arrays = list(shapes(layer, 1).values())
    matrices = [shape for shape in arrays if len(shape) == 2]
    biases = sp.Add(*[numel(shape) for shape in arrays if len(shape) == 1])
    return sp.factor(
        counter.weights * sp.Add(*[numel(shape) for shape in matrices])
        # Each of the two stacked products has one sum less than products in each of its rows.
        + sp.Rational(counter.rows, 2) * sp.Add(*[shape[0] for shape in matrices])
        + counter.biases * biases
        + counter.elementwise[kind] * hidden
    )
