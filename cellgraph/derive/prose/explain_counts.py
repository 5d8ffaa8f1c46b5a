"""Prose on what the weights are for, and how many they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import sympy as sp

from cellgraph.derive.counts.params import params
from cellgraph.derive.prose.claims import Claim, Sentence, claim, say
from cellgraph.derive.prose.sentences import chained, counted, several
from cellgraph.derive.structures.structure import Structure
from cellgraph.graph import postorder, symbols_of
from cellgraph.messages import Message, message
from cellgraph.ops import core, weighted

READS = {
    "input": "{count} for the input",
    "past": "{count} for the old state",
    "new": "{count} for the new state",
    "earlier": "{count} for the input before",
    "inner": "{count} for what is made on the way",
    "fixed": "{count} for what is the same at every step",
}
"""What a weight matrix is multiplied with."""


def counting(found: Structure) -> Iterator[Sentence]:
    """What the weights are for, and how many they are."""
    table = params(found.cell)
    scalars = table.data["scalars"]
    count = claim("count", matrices=table.matrices, vectors=table.vectors, scalars=scalars, formula=table.formula)
    readers = _readers(found)
    if table.matrices and sum(map(len, readers.values())) == table.matrices:
        yield say(
            "It has one weight matrix: {parts}." if table.matrices == 1 else "It has {count} weight matrices: {parts}.",
            count,
            *(own for reads in readers.values() for own in reads),
            count=counted(table.matrices),
            parts=chained(_parts(readers), "{first}; {rest}"),
        )
    elif table.matrices:
        one = "It has one weight matrix." if table.matrices == 1 else "It has {count} weight matrices."
        yield say(one, count, count=counted(table.matrices))
    others = [
        message(ONE_OR_MORE[kind, number == 1], count=counted(number))
        for kind, number in (("vector", table.vectors), ("scalar", scalars))
        if number
    ]
    if table.formula != 0:
        template = "Together with {others} that makes {formula} parameters."
        template = template if table.matrices and others else "That makes {formula} parameters."
        template = template if table.matrices or not others else "It has {others}, {formula} parameters in all."
        yield say(template, count, others=several(others) if others else "", formula=table.formula)


ONE_OR_MORE = {
    ("vector", True): "one vector",
    ("vector", False): "{count} vectors",
    ("scalar", True): "one number",
    ("scalar", False): "{count} numbers",
}


def _parts(readers: Mapping[sp.Symbol, list[Claim]]) -> list[Message]:
    """What the weight matrices of each quantity read, quantities that read alike together."""
    order = list(READS)
    groups: dict[tuple[tuple[str, int], ...], list[sp.Symbol]] = {}
    for quantity, reads in readers.items():
        kinds = Counter(read.details["what"] for read in reads)
        groups.setdefault(tuple(sorted(kinds.items(), key=lambda item: order.index(item[0]))), []).append(quantity)
    return [
        message(
            "{quantities} {has} {reads}" if len(quantities) == 1 else "{quantities} each {has} {reads}",
            quantities=several(quantities),
            has=message("has" if len(quantities) == 1 else "have"),
            reads=several([message(READS[kind], count=counted(number)) for kind, number in reads]),
        )
        for reads, quantities in groups.items()
    ]


def _readers(found: Structure) -> dict[sp.Symbol, list[Claim]]:
    """For each quantity of the spec, what each of its own weight matrices reads, as claims."""
    graph = found.cell.step
    matrices = {q.symbol for q in graph.having("param") if len(core(q.shape or ())) > 1}
    gates = tuple(gate.expr for gate in found.gates)
    readers: dict[sp.Symbol, list[Claim]] = {}
    used: set[sp.Symbol] = set()
    for equation in graph.equations:
        for node in postorder(equation.rhs):
            matrix, vector = weighted(node) or (None, node)
            if matrix in matrices and matrix not in used:
                used.add(matrix)
                what = _read(found, vector)
                own = claim("reads", matrix, what=what, value=vector, **{"in": equation.lhs}, holding=gates)
                readers.setdefault(equation.lhs, []).append(own)
    return readers


def _read(found: Structure, vector: sp.Expr) -> str:
    """What a matrix is multiplied with, as READS calls it; what only scales it does not count."""
    cell = found.cell
    past, new = cell.step.descendants(cell.carries), cell.step.descendants(cell.carries.values())
    varying = [s for s in symbols_of(vector) if s in found.data]
    symbols = [s for s in varying if s not in found.gate_symbols] or varying
    if not symbols:
        return "fixed"
    if any(s in new for s in symbols):
        return "new"
    if all(s in cell.carries for s in symbols):
        delayed = {state.before for state in found.handed_on if state not in found.fed_back}
        return "earlier" if all(s in delayed for s in symbols) else "past"
    return "inner" if any(s in past for s in symbols) else "input"
