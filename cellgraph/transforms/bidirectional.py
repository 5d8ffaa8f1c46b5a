"""Bidirectional: a second cell of the same kind runs beside the first, on the sequence read from its end."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from cellgraph.graph import Cell, Equation, Graph, rebuilt
from cellgraph.ops import Concat
from cellgraph.transforms.copies import beside, renamed
from cellgraph.transforms.draft import Draft, decompose
from cellgraph.transforms.projection import fitted
from cellgraph.transforms.transform import NotApplicable, Transform, Transformed, joined
from cellgraph.words import message


def bidirectional(cell: Cell) -> Transformed:
    """y = (h, h′): step k of the first cell on x_k and of the second on x_{T+1−k}, with parameters of its own.

    One step cannot hold more: the second half of y belongs to the place T+1−k of the sequence, and is put beside the
    first half of that place once the sequence is over. Raises NotApplicable where the output is no vector.
    """
    if len(cell.step.quantities[cell.output].shape or ()) != 1:
        raise NotApplicable("no second direction: the output {output} is no vector", output=cell.output)
    first = decompose(cell)
    called = {"en": "{label}, from the end", "zh": "{label}（逆向）"}
    back = {name: _reversed(first, name) for name in first.inputs}
    given = {sp.Symbol(name): sp.Symbol(other) for name, other in back.items()}
    second = renamed(first, lambda name: _reversed(first, name), given, {}, called)
    second = replace(second, inputs={back[name]: shape for name, shape in first.inputs.items()})
    labels = {back[name]: {lang: called[lang].format(label=text) for lang, text in label.items()}
              for name, label in first.labels.items() if name in back}  # fmt: skip
    made = replace(beside(first, second), readout=()).having(labels=labels)
    output = made.fresh("y" if "y" not in first.names else f"{first.output}_both")
    made = made.having(
        (output, Concat(sp.Symbol(first.output), sp.Symbol(second.output))),
        labels={output: {"en": "outputs of both directions", "zh": "两个方向的输出"}},
    )
    why = message(
        "A second cell with parameters of its own reads the sequence from its end: at step k the first is at place k "
        "and the second ({inputs}) at place T+1-k. {output} holds the outputs of both at step k; those that belong to "
        "one place come together when the sequence is over.",
        inputs=joined(back.values()),
        output=output,
    )
    return Transformed(_shown(replace(made, output=output), first, cell.step), message("in both directions"), why)


def _shown(made: Draft, first: Draft, step: Graph) -> Draft:
    """The draft with the readout of the first cell, made from the outputs of both directions."""
    both = {sp.Symbol(first.output): sp.Symbol(made.output)}
    readout = tuple(Equation(e.lhs, rebuilt(e.rhs, both)) for e in first.readout)
    return fitted(replace(made, readout=readout), made.output, step) if readout else made


def _reversed(made: Draft, name: str) -> str:
    """The name of a quantity in the second direction."""
    return made.fresh(f"{name}_r" if "_" not in name else f"{name}r")


BIDIRECTIONAL = Transform(
    "bidirectional",
    bidirectional,
    "Schuster & Paliwal 1997, Bidirectional Recurrent Neural Networks, IEEE Transactions on Signal Processing 45",
)
