"""Prose on how gradients flow, whether steps can run side by side, and what the weights are for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import sympy as sp

from cellgraph.derive.counts.params import params
from cellgraph.derive.prose.sentences import chained, counted, several
from cellgraph.derive.structures.ranges import range_of
from cellgraph.derive.structures.state_paths import PLAIN, PathKind, kinds_from, path_kinds
from cellgraph.derive.structures.structure import Carry, State, Structure
from cellgraph.graph import postorder, symbols_of
from cellgraph.graph.ring import restored
from cellgraph.messages import Message, message
from cellgraph.ops import Diag, Matmul, StepProduct


def flowing(found: Structure) -> Iterator[Message]:
    """Why the gradient survives or not."""
    previous: list[str] = []
    carries = [c for c in found.carries if found.state(c.state) in found.handed_on]
    for carry in carries:
        sentences = list(_along(found, carry))
        templates = [sentence.template for sentence in sentences]
        if templates == previous:
            yield message(
                "The same holds from {before} to {state}, with {factor}.",
                state=carry.state,
                before=found.state(carry.state).before,
                factor=Diag(carry.coefficient),
            )
        else:
            yield from sentences
        previous = templates
    if carries:
        kinds_by = {b.before: kinds_from(found.step, b.before) for b in found.fed_back}
        none: frozenset[PathKind] = frozenset()
        between = [(a, b, kinds_by[b.before].get(a.after, none)) for a in found.fed_back for b in found.fed_back]
        crossing = [(a, b) for a, b, kinds in between if a != b and PLAIN in kinds]
        for a, b in crossing:
            yield message(
                "A gradient also passes from {state} to {before} by a coefficient alone.",
                state=a.after,
                before=b.before,
            )
        others = frozenset(kind for _, _, kinds in between for kind in kinds if kind != PLAIN)
        if others or not crossing:
            yield message(OTHERS.get(others, SOME))
    else:
        for state in found.fed_back:
            yield from _through(found, state)


SOME = "Every other way back goes through a matrix or the slope of an activation, and shrinks or grows with them."
OTHERS: Mapping[frozenset[PathKind], str] = {
    frozenset(): "There is no other way back.",
    frozenset({(True, True)}): (
        "Every other way back goes through a matrix and the slope of an activation, and shrinks or grows with them."
    ),
    frozenset({(True, True), (False, True)}): (
        "Every other way back goes through the slope of an activation, and some through a matrix too."
    ),
    frozenset({(False, True)}): (
        "Every other way back goes through the slope of an activation, but through no matrix: each entry by itself."
    ),
    frozenset({(True, False)}): "Every other way back goes through a matrix.",
}
"""By the kinds of ways beside the direct ones."""


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
    interval = range_of(restored(carry.scalar), found.intervals)
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


def _through(found: Structure, state: State) -> Iterator[Message]:
    """Why a gradient does not survive where nothing is carried."""
    way = path_kinds(found.step, state.after, state.before)
    template = THROUGH.get(way.kinds) if len(way.matrices) != 1 or way.kinds not in ONE else ONE[way.kinds]
    if template is None:
        return
    yield message(
        template,
        state=state.after,
        before=state.before,
        matrices=several(way.matrices) if way.matrices else "",
        vectors=several(way.vectors) if way.vectors else "",
        slopes=several(way.activations) if way.activations else "",
    )
    yield message(
        "Over T steps T such factors multiply: where they are below 1 the gradient vanishes, where they are above 1 it "
        "can explode."
    )
    alone = len(found.fed_back) == 1 and len(way.matrices) == 1 and len(way.slopes) <= 1 and not way.vectors
    slope = way.slopes[0] if way.slopes else sp.S.One
    if alone and len(way.kinds) == 1 and slope not in (sp.oo, 0):
        yield message(
            "It vanishes for certain if the largest singular value of {matrix} is below {limit}; exploding needs a "
            "larger one, and is not certain even then.",
            matrix=way.matrices[0],
            limit=1 / slope,
        )


ONE: Mapping[frozenset[PathKind], str] = {
    frozenset(
        {(True, True)}
    ): "Every way back from {state} to {before} goes through {matrices} and the slope of {slopes}.",
    frozenset({(True, False)}): "The way back from {state} to {before} is {matrices} and nothing else.",
}
THROUGH: Mapping[frozenset[PathKind], str] = {
    frozenset({(True, True)}): (
        "Every way back from {state} to {before} goes through a matrix ({matrices}) and the slope of an activation "
        "({slopes})."
    ),
    frozenset({(True, False)}): ("Every way back from {state} to {before} goes through matrices ({matrices}) alone."),
    frozenset({PLAIN}): (
        "The way back from {state} to {before} has neither a matrix nor an activation, but its factor depends on the "
        "state."
    ),
    frozenset({(False, True)}): (
        "The way back from {state} to {before} has no matrix: each entry is scaled by itself, by {vectors} and the "
        "slope of {slopes}."
    ),
    frozenset({(True, True), (False, True)}): (
        "Every way back from {state} to {before} goes through the slope of an activation ({slopes}), and some through "
        "a matrix too ({matrices})."
    ),
}
"""By the kinds of all ways from a state to itself; ONE for ways with a single matrix on them."""


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
    linear = found.linear_given_gates
    if len(linear) == 1:
        yield message(
            "With its gates held fixed {state} would be linear in {before}; but the gates are made from the state too.",
            state=linear[0].after,
            before=linear[0].before,
        )
    elif linear:
        yield message(
            "With the gates held fixed {states} would each be linear in their old values; but the gates are made from "
            "the state too.",
            states=several([state.after for state in linear]),
        )
    if found.scan in ("L0", "L1"):
        yield message("Backwards it is easier: all states are known then, and the gradient is a linear scan.")


READS = {
    "input": "{count} for the input",
    "past": "{count} for the old state",
    "new": "{count} for the new state",
    "earlier": "{count} for the input before",
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
        yield message(template, count=counted(table.matrices), parts=chained(parts, "{first}; {rest}"))
    elif table.matrices:
        yield message("It has {count} weight matrices.", count=counted(table.matrices))
    if table.formula != 0:
        others = [
            message(ONE_OR_MORE[kind, number == 1], count=counted(number))
            for kind, number in (("vector", table.vectors), ("scalar", table.data["scalars"]))
            if number
        ]
        template = "Together with {others} that makes {formula} parameters."
        yield message(template if others else "That makes {formula} parameters.",
                      others=several(others) if others else "", formula=table.formula)  # fmt: skip


ONE_OR_MORE = {
    ("vector", True): "one vector",
    ("vector", False): "{count} vectors",
    ("scalar", True): "one number",
    ("scalar", False): "{count} numbers",
}


def _readers(found: Structure) -> dict[sp.Symbol, list[str]]:
    """For each quantity of the spec, what its own weight matrices read."""
    graph = found.cell.step
    past = graph.descendants(found.cell.carries)
    new = graph.descendants(found.cell.carries.values())
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
    symbols = [s for s in symbols_of(vector) if s in found.data and s not in found.gate_symbols]
    if any(s in new for s in symbols):
        return "new"
    if symbols and all(s in found.cell.carries for s in symbols):
        delayed = {state.before for state in found.handed_on if state not in found.fed_back}
        return "earlier" if all(s in delayed for s in symbols) else "past"
    return "inner" if any(s in past for s in symbols) else "input"
