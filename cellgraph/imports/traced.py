"""A traced program, whatever library it comes from: a straight line of nodes in the operations of one small table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeAlias

import sympy as sp

Size: TypeAlias = int | sp.Expr
"""A whole number of one trace, or what it is in the sizes of the cell, once several traces have been put together."""


def algebraic(number: Size) -> sp.Expr:
    """A whole number as SymPy has it; an expression as it is."""
    return sp.Integer(number) if isinstance(number, int) else number


@dataclass(frozen=True)
class CalledAt:
    """A line of the user's code, and what stands there."""

    file: str
    line: int
    text: str = ""


@dataclass(frozen=True)
class TracedNode:
    """One array: what it is computed by, from which earlier nodes, and its shape. `OPERATIONS` tells the attributes.

    :op:         a key of `OPERATIONS`, or 'unknown' for what no operation of ours is
    :args:       numbers of earlier nodes
    :shape:      one size an axis, the batch axis included where the program has one
    :attributes: whole numbers, tuples of them, numbers, words, or the array of a constant
    :native:     what the library calls this operation, for messages: 'aten.addmm.default'
    :place:      where in the user's code it is called
    """

    op: str
    args: tuple[int, ...] = ()
    shape: tuple[Size, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    native: str = ""
    place: CalledAt | None = None


@dataclass(frozen=True)
class Trace:
    """Nodes in an order in which they can be computed, and which of them are given and handed back.

    :inputs:     name -> number of its node
    :states:     name -> number of the node of the state before the step
    :parameters: native name -> number of its node; arrays that are given and not learned are 'constant' nodes or are
                 named in `buffers`
    :buffers:    native name -> number of its node
    :after:      name of a state -> number of the node of the state after the step
    :output:     number of the node of what the step shows, where that is no state
    :batch:      the size of the first axis of inputs, states and what comes of them, or None where there is no batch
    """

    nodes: tuple[TracedNode, ...]
    inputs: Mapping[str, int]
    states: Mapping[str, int]
    parameters: Mapping[str, int]
    after: Mapping[str, int]
    buffers: Mapping[str, int] = field(default_factory=dict)
    output: int | None = None
    batch: Size | None = None


def renumbered(trace: Trace, nodes: Sequence[TracedNode], number: Mapping[int, int]) -> Trace:
    """The program with other nodes. number: of a node before -> of the one that it is now; others are gone."""

    def moved(names: Mapping[str, int]) -> dict[str, int]:
        return {name: number[node] for name, node in names.items() if node in number}

    return replace(
        trace, nodes=tuple(nodes), inputs=moved(trace.inputs), states=moved(trace.states), after=moved(trace.after),
        parameters=moved(trace.parameters), buffers=moved(trace.buffers),
        output=None if trace.output is None else number[trace.output],
    )  # fmt: skip


def pruned(trace: Trace) -> Trace:
    """The program without what leads to nothing; inputs, states and parameters stay."""
    given = {*trace.inputs.values(), *trace.states.values(), *trace.parameters.values()}
    todo = [*trace.after.values(), *([] if trace.output is None else [trace.output])]
    needed = set(given)
    while todo:
        node = todo.pop()
        if node not in needed or node in given:
            needed.add(node)
            todo += [k for k in trace.nodes[node].args if k not in needed]
    number = {old: new for new, old in enumerate(sorted(needed))}
    kept = [replace(node, args=tuple(number[a] for a in node.args)) for node in (trace.nodes[k] for k in number)]
    return renumbered(trace, kept, number)


FUNCTIONS_OF_ONE = (
    "neg", "exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "softplus", "erf", "abs", "sign", "floor",
    "stop", "not",
)  # fmt: skip
FUNCTIONS_OF_TWO = (
    "add", "sub", "mul", "div", "max", "min", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal",
    "and", "or",
)  # fmt: skip

OPERATIONS: Mapping[str, str] = MappingProxyType(
    {
        "leaf": "an array that is given: an input, a state, a parameter or a buffer; its shape says how large",
        "constant": "value: an array or a number that stands in the code, of no size of the cell",
        "number": "value: a number that may depend on sizes, as in h / sqrt(n) or n ** -0.5; shape ()",
        **dict.fromkeys(FUNCTIONS_OF_ONE, "entry by entry; 'not' of 0 and 1; 'stop' passes no gradient"),
        **dict.fromkeys(
            FUNCTIONS_OF_TWO, "entry by entry, NumPy's broadcasting; comparisons give 1 where true, else 0"
        ),
        "pow": "exponent: a number; entry by entry",
        "where": "of a condition of 0 and 1, a, b; NumPy's broadcasting",
        "function": "name, numbers: a function of specs/functions.yaml, entry by entry: silu, gelu, leaky_relu, clip",
        "reshape": "the entries in row-major order in the node's shape; also views, squeeze, unsqueeze, flatten",
        "permute": "order: axis k of the result is axis order[k] of the operand",
        "expand": "NumPy's broadcasting to the node's shape",
        "slice": "axis, start, stop, step: Python's, start and stop counted from the front, step 1 or more",
        "flip": "axis: the other way round",
        "concat": "axis: operands one after the other",
        "update": "axis, start: the first operand, in which the second replaces what stands from start on along axis",
        "contract": "equation: einsum of two operands, single letters ('bm,nm->bn'); all products of matrices",
        "sum": "axes: summed over; these axes go",
        "mean": "axes",
        "largest": "axes",
        "smallest": "axes",
        "softmax": "axis",
        "cumsum": "axis",
        "standardize": "eps: (a - mean) / sqrt(variance + eps) along the last axis",
        "rms": "eps: a / sqrt(mean(a ** 2) + eps) along the last axis",
        "conv": "padding (before, after for each axis), dilation, groups: operands batch x channels x axes and"
        " out x in / groups x widths; stride 1; cross-correlation, as every framework has it",
        "shift": "axis, by: every entry so many places further along axis, zeros at the open end",
        "mark": "axis, place: 1 at this place along axis, else 0",
        "iota": "axis: number of the entry along axis, from 0",
        "unknown": "reason: why no equation of ours says it, and what to write instead, or ''",
    }
)
"""Every operation of a trace, its attributes and what it computes. Tracers write these; nothing else is read."""
