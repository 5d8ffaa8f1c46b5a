"""Copies of a cell within one step: layers that read one another, and a second direction. Numbers are shared."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import partial
from typing import Any

import sympy as sp

from cellgraph.derive.counts.sizes import Stack
from cellgraph.graph import Cell, Equation, Graph, before, rebuilt
from cellgraph.messages import message
from cellgraph.ops import Concat, Shape, axes_of, core, resized
from cellgraph.transforms.draft import Draft, Words, decompose, relabelled
from cellgraph.transforms.projection import fitted
from cellgraph.transforms.transform import NotApplicable, Transformed, joined

MOST = 50


def stack(cell: Cell, layers: int) -> Transformed:
    """h_k from h_{k−1}: every equation once for each layer, with states and parameters of its own; constants shared.

    The sizes are those of `params --layers`: a further layer's input is as large as the output below.

    Raises NotApplicable where the cell has not one input and one output that are vectors.
    """
    if len({axes_of(cell.step.shape(s)) for s in (*(q.symbol for q in cell.step.having("input")), cell.output)}) > 1:
        raise NotApplicable("no stack: the input and the output do not have the same axes")
    try:
        above = Stack(layers).further(cell)
    except ValueError:
        raise NotApplicable("no stack: that needs one input and one output, both vectors") from None
    first = decompose(cell)
    (read,) = first.inputs

    def layer(number: int, below: Mapping[sp.Symbol, sp.Expr], sizes: Mapping[sp.Symbol, sp.Expr]) -> Draft:
        called = {"en": f"{{label}}, layer {number}", "zh": f"{{label}}（第 {number} 层）"}
        return renamed(first, partial(_numbered, number), below, sizes, called)

    made = layer(1, {}, {})
    for number in range(2, layers + 1):
        below = {sp.Symbol(read): sp.Symbol(made.output)}
        made = beside(replace(made, readout=()), layer(number, below, above))
    why = message(
        "{layers} layers, one above the other: each further layer reads the output of the one below at the same step, "
        "and has states and parameters of its own.",
        layers=layers,
    )
    return Transformed(made, message("in {layers} layers", layers=layers), why)


def _numbered(layer: int, name: str) -> str:
    """The name of a quantity in a layer: f_1, W_f1; where a number ends it already, one more part."""
    return f"{name}_{layer}" if "_" not in name or name[-1].isdigit() else f"{name}{layer}"


def read_layers(text: str) -> int:
    """A number of layers as people type it. Raises ValueError."""
    if not re.fullmatch("[0-9]{1,3}", text) or not 2 <= int(text) <= MOST:
        raise ValueError(f"write a number of layers from 2 to {MOST}")
    return int(text)


def bidirectional(cell: Cell) -> Transformed:
    """y = (h, h′): step k of the first cell on x_k and of the second on x_{T+1−k}, with parameters of its own.

    One step cannot hold more: the second half of y belongs to the place T+1−k of the sequence, and is put beside the
    first half of that place once the sequence is over. Raises NotApplicable where the output is no vector.
    """
    if len(core(cell.step.shape(cell.output))) != 1:
        raise NotApplicable("no second direction: the output {output} is no vector", output=cell.output)
    first = decompose(cell)
    called = {"en": "{label}, from the end", "zh": "{label}（逆向）"}
    back = {name: _reversed(first, name) for name in first.inputs}
    given = {sp.Symbol(name): sp.Symbol(other) for name, other in back.items()}
    second = renamed(first, lambda name: _reversed(first, name), given, {}, called)
    second = replace(second, inputs={back[name]: shape for name, shape in first.inputs.items()})
    labels = {back[name]: relabelled(label, called) for name, label in first.labels.items() if name in back}
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


def renamed(
    made: Draft,
    name: Callable[[str], str],
    given: Mapping[sp.Symbol, sp.Expr],
    sizes: Mapping[sp.Basic, sp.Basic],
    called: Words,
) -> Draft:
    """The draft with states, parameters and what is computed under the names that `name` gives, its readout as it is.

    `given` are inputs and what stands in their place, `sizes` those that are others now, `called` templates for what
    a quantity is called, with its own label at {label}.
    """
    shown = {s.name for e in made.readout for s in e.uses} - {s.name for e in made.equations for s in e.uses}
    params = [p for p in made.params if p not in shown]
    arrays = [c for c, said in made.constants.items() if isinstance(said, tuple)]
    own = [*made.states, *params, *arrays, *(e.lhs.name for e in made.equations)]
    new = {old: name(old) for old in dict.fromkeys(own)}
    symbols = {sp.Symbol(old): sp.Symbol(other) for old, other in new.items()}
    symbols |= {before(old): before(new[old]) for old in made.states}

    def told(expr: sp.Expr) -> sp.Expr:
        return rebuilt(expr, {**symbols, **given})

    def sized(shape: Shape) -> Shape:
        return resized(shape, sizes)

    return replace(
        made,
        states={new[state]: sized(shape) for state, shape in made.states.items()},
        params={new.get(p, p): sized(shape) if p in new else shape for p, shape in made.params.items()},
        constants={new.get(c, c): sized(s) if isinstance(s, tuple) else s for c, s in made.constants.items()},
        initial={new[state]: told(value) for state, value in made.initial.items()},
        equations=tuple(Equation(told(e.lhs), told(e.rhs.xreplace(dict(sizes)))) for e in made.equations),
        output=new.get(made.output, made.output),
        readout=tuple(Equation(e.lhs, told(e.rhs)) for e in made.readout),
        labels={new.get(old, old): relabelled(label, called) if old in new else label
                for old, label in made.labels.items()},
    )  # fmt: skip


def beside(first: Draft, second: Draft) -> Draft:
    """Two drafts as one, in this order; the output and the readout are those of the second."""
    named = [field.name for field in fields(Draft) if isinstance(getattr(first, field.name), Mapping)]
    both: dict[str, Any] = {name: {**getattr(first, name), **getattr(second, name)} for name in named}
    return replace(second, equations=(*first.equations, *second.equations), **both)
