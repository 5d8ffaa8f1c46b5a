"""Prose on how gradients flow, whether steps can run side by side, and what the weights are for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from cellgraph.graph import postorder, symbols_of
from cellgraph.ops import Diag, Head, Matmul, StepProduct
from cellgraph.words import Message, message

from .flat import reached, written
from .params import params
from .ranges import range_of
from .sentences import counted, several
from .structure import Carry, State, Structure
from .structure_report import linear_given_gates


def flowing(found: Structure) -> Iterator[Message]:
    """Why the gradient survives or not."""
    carried = {carry.state for carry in found.carries}
    carries = [c for c in found.carries if found.state(c.state) in found.handed_on]
    for carry in carries:
        yield from _along(found, carry)
    if carries and found.scan != "L2":
        yield message(
            "Every other way back goes through matrices and the slopes of activations, and shrinks or grows with them."
        )
    if not carries:
        for state in found.handed_on:
            if state.after not in carried:
                yield from _through(found, state)


def _along(found: Structure, carry: Carry) -> Iterator[Message]:
    """The direct way from a state to itself."""
    before = found.state(carry.state).before
    names = {"state": carry.state, "before": before, "coefficient": carry.coefficient}
    if carry.scalar == 1:
        yield message(
            "On the direct way from {before} to {state} nothing happens: no matrix, no activation, no factor. A "
            "gradient comes back along it unchanged over any number of steps, the constant error carousel.",
            **names,
        )
        return
    yield message(
        "On the direct way from {before} to {state} stands {factor} and nothing else, no matrix and no activation, so "
        "over T steps a gradient on it is multiplied by {product}.",
        **names,
        factor=Diag(carry.coefficient),
        product=StepProduct(Diag(carry.coefficient)),
    )
    interval = range_of(written(carry.scalar), found.intervals)
    varies = any(s in found.data for s in carry.scalar.free_symbols)
    if not interval.within(0, 1):
        yield message("Nothing holds {coefficient} below 1, so this way may vanish and may explode.", **names)
    elif varies:
        yield message(
            "Where {coefficient} is near 1 the gradient comes through almost whole; where it is near 0 it vanishes. It "
            "does shrink, as slowly as the cell learns to let it: 0.99 a step leaves 74 % after 30 steps, 0.9 leaves 4 "
            "%, and 0.5 one part in a billion.",
            **names,
        )
    else:
        yield message("It is the same {coefficient} at every step, whatever comes in.", **names)


@dataclass(frozen=True)
class Way:
    """What stands between the states before and a state after: matrices, vectors that scale, and activations."""

    matrices: tuple[sp.Symbol, ...]
    vectors: tuple[sp.Symbol, ...]
    activations: tuple[type, ...]


def _through(found: Structure, state: State) -> Iterator[Message]:
    """Why a gradient does not survive where nothing is carried."""
    way = _way(found, state)
    names = {
        "state": state.after,
        "before": state.before,
        "matrices": several(way.matrices) if way.matrices else "",
        "vectors": several(way.vectors) if way.vectors else "",
        "slopes": several([head.op.name for head in dict.fromkeys(way.activations)]) if way.activations else "",  # type: ignore[attr-defined]
    }
    template = WAYS.get((bool(way.matrices), bool(way.vectors and not way.matrices), bool(way.activations)))
    if template is None:
        return
    yield message(template, **names)
    yield message(
        "Over T steps T such factors multiply: where they are below 1 the gradient vanishes, where they are above 1 it "
        "can explode."
    )
    if len(way.matrices) == 1 and len(way.activations) <= 1 and len(found.handed_on) == 1 and not found.gates:
        slope = way.activations[0].op.slope if way.activations else sp.S.One  # type: ignore[attr-defined]
        if slope not in (None, sp.oo, 0):
            yield message(
                "It vanishes for certain if the largest singular value of {matrix} is below {limit}; exploding needs a "
                "larger one, and is not certain even then.",
                matrix=way.matrices[0],
                limit=1 / slope,
            )


WAYS = {
    (True, False, True): "Every way back from {state} to {before} goes through {matrices} and the slope of {slopes}.",
    (True, False, False): "The way back from {state} to {before} is {matrices} and nothing else.",
    (False, True, True): (
        "The way back from {state} to {before} has no matrix: each entry is scaled by itself, by {vectors} and the "
        "slope of {slopes}."
    ),
    (False, True, False): "The way back from {state} to {before} scales each entry by itself, by {vectors}.",
    (False, False, True): "The way back from {state} to {before} goes through the slope of {slopes}.",
}
"""By whether there are matrices, else vectors that scale, and activations on the way."""


def _way(found: Structure, state: State) -> Way:
    graph = found.step.graph
    varying = reached(graph, [s.before for s in found.handed_on])
    leading = {state.after}
    for equation in reversed(graph.equations):
        if equation.lhs in leading:
            leading.update(symbols_of(equation.rhs))
    matrices: dict[sp.Symbol, None] = {}
    vectors: dict[sp.Symbol, None] = {}
    activations: list[type] = []
    for equation in graph.equations:
        if equation.lhs not in varying or equation.lhs not in leading:
            continue
        if isinstance(equation.rhs, Matmul):
            matrices.update(dict.fromkeys(s for s in symbols_of(equation.rhs.args[0]) if s not in varying))
        elif equation.lhs in found.step.algebra:
            slopes = [sp.diff(found.step.algebra[equation.lhs], s) for s in symbols_of(equation.rhs) if s in varying]
            params_ = {s for slope in slopes for s in slope.free_symbols if graph.quantities[s].role == "param"}
            vectors.update(dict.fromkeys(sorted(params_, key=str)))
        elif isinstance(equation.rhs, Head) and equation.rhs.op.slope is not None:
            activations.append(type(equation.rhs))
    return Way(tuple(matrices), tuple(vectors), tuple(activations))


RUNNING = {
    "L0": (
        "Steps have to be taken one after the other: what a step does to the state depends on the state, and mixes its "
        "entries."
    ),
    "L1": (
        "Steps have to be taken one after the other, because what a step does depends on the state; but every entry of "
        "the state runs by itself."
    ),
    "L2": (
        "Nothing that scales the state depends on the state, so all steps can be computed side by side by a parallel "
        "scan, and joining two steps costs no more than a step."
    ),
    "L3": (
        "What a step does to the state does not depend on the state, so a parallel scan is possible, but joining two "
        "steps multiplies full matrices."
    ),
}


def running(found: Structure) -> Iterator[Message]:
    """Whether the steps can be computed side by side."""
    yield message(RUNNING[found.scan])
    for state in linear_given_gates(found):
        yield message(
            "With its gates held fixed {state} would be linear in {before}; but the gates are made from the state too.",
            state=state.after,
            before=state.before,
        )
    if found.scan in ("L0", "L1"):
        yield message("Backwards it is easier: all states are known then, and the gradient is a linear scan.")


READS = {
    "input": "{count} for the input",
    "past": "{count} for the old state",
    "new": "{count} for the new state",
    "inner": "{count} for what is made on the way",
}


def counting(found: Structure) -> Iterator[Message]:
    """What the weights are for, and how many they are."""
    table = params(found.cell)
    groups: dict[tuple[tuple[str, int], ...], list[sp.Symbol]] = {}
    for quantity, reads in _readers(found).items():
        groups.setdefault(
            tuple(sorted(Counter(reads).items(), key=lambda item: list(READS).index(item[0]))), []
        ).append(quantity)
    if table.matrices and sum(len(q) * sum(n for _, n in reads) for reads, q in groups.items()) == table.matrices:
        parts = [
            message(
                "{quantities} {has} {reads}" if len(quantities) == 1 else "{quantities} each {has} {reads}",
                quantities=several(quantities),
                has=message("has" if len(quantities) == 1 else "have"),
                reads=several([message(READS[kind], count=counted(number)) for kind, number in reads]),
            )
            for reads, quantities in groups.items()
        ]
        template = (
            "It has one weight matrix: {parts}." if table.matrices == 1 else "It has {count} weight matrices: {parts}."
        )
        yield message(template, count=counted(table.matrices), parts=several(parts))
    elif table.matrices:
        yield message("It has {count} weight matrices.", count=counted(table.matrices))
    if table.formula != 0:
        yield message(
            "Together with {vectors} vectors that makes {formula} parameters."
            if table.vectors != 1
            else "Together with one vector that makes {formula} parameters.",
            vectors=counted(table.vectors),
            formula=table.formula,
        )


def _readers(found: Structure) -> dict[sp.Symbol, list[str]]:
    """For each quantity of the spec, what its own weight matrices read."""
    graph = found.cell.step
    past = reached(graph, found.cell.carries)
    new = reached(graph, found.cell.carries.values())
    matrices = {q.symbol for q in graph.having("param") if len(q.shape or ()) > 1}
    readers: dict[sp.Symbol, list[str]] = {}
    used: set[sp.Symbol] = set()
    for equation in graph.equations:
        for node in postorder(equation.rhs):
            if isinstance(node, Matmul) and node.args[0] in matrices and node.args[0] not in used:
                used.add(node.args[0])
                readers.setdefault(equation.lhs, []).append(_read(found, node.args[1], past, new))
    return readers


def _read(found: Structure, vector: sp.Expr, past: frozenset[sp.Symbol], new: frozenset[sp.Symbol]) -> str:
    gates = {gate.symbol for gate in found.gates}
    symbols = [s for s in symbols_of(vector) if s in found.data and s not in gates]
    if any(s in new for s in symbols):
        return "new"
    if symbols and all(s in found.cell.carries for s in symbols):
        return "past"
    return "inner" if any(s in past for s in symbols) else "input"
