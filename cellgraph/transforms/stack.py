"""Stack: several layers of a cell within one step, each of which reads the output of the one below."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import sympy as sp

from cellgraph.derive.counts.stacks import Stack
from cellgraph.graph import Cell
from cellgraph.transforms.copies import beside, renamed
from cellgraph.transforms.draft import decompose
from cellgraph.transforms.transform import Argument, NotApplicable, Transform, Transformed
from cellgraph.words import message

MOST = 50


def stack(cell: Cell, layers: int) -> Transformed:
    """h_k from h_{k−1}: every equation once for each layer, with states and parameters of its own; constants shared.

    The sizes are those of `params --layers`: a further layer's input is as large as the output below.

    Raises NotApplicable where the cell has not one input and one output that are vectors.
    """
    try:
        above = Stack(layers).further(cell)
    except ValueError:
        raise NotApplicable("no stack: that needs one input and one output, both vectors") from None
    first = decompose(cell)
    (read,) = first.inputs
    made = None
    for number in range(1, layers + 1):
        below: dict[sp.Symbol, sp.Expr] = {} if made is None else {sp.Symbol(read): sp.Symbol(made.output)}
        called = {"en": f"{{label}}, layer {number}", "zh": f"{{label}}（第 {number} 层）"}
        layer = renamed(first, partial(_numbered, number), below, above if below else {}, called)
        made = layer if made is None else beside(replace(made, readout=()), layer)
    assert made is not None
    why = message(
        "{layers} layers, one above the other: each further layer reads the output of the one below at the same step, "
        "and has states and parameters of its own.",
        layers=layers,
    )
    return Transformed(made, message("in {layers} layers", layers=layers), why)


def _numbered(layer: int, name: str) -> str:
    """The name of a quantity in a layer: f_1, W_f1; where a number ends it already, one more part."""
    return f"{name}_{layer}" if "_" not in name or name[-1].isdigit() else f"{name}{layer}"


def _layers(text: str) -> int:
    if not re.fullmatch("[0-9]{1,3}", text) or not 2 <= int(text) <= MOST:
        raise ValueError(f"write a number of layers from 2 to {MOST}")
    return int(text)


STACK = Transform(
    "stack",
    stack,
    "Graves, Mohamed & Hinton 2013, Speech Recognition with Deep Recurrent Neural Networks, arXiv:1303.5778",
    Argument(_layers, 2, "3"),
)
