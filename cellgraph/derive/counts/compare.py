"""Cells side by side, at equal size or at equal budget: structure, counts, cost, memory, and what differs in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sympy as sp

from cellgraph.derive.counts.budget import matched
from cellgraph.derive.counts.cost import WORK
from cellgraph.derive.counts.cost_report import CostTable, cost
from cellgraph.derive.counts.params import Parameters, params
from cellgraph.derive.counts.sizes import ONE, Stack, checked_sizes, number, open_sizes
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.derive.structures.structure_report import carry_terms, document
from cellgraph.graph import Cell
from cellgraph.messages import Message, listed, message
from cellgraph.report import Report
from cellgraph.table import Table


@dataclass(frozen=True)
class Side:
    """One cell of a comparison: its sizes and everything derived from it."""

    cell: Cell
    sizes: Mapping[str, int]
    counts: Parameters
    structure: Structure
    cost: CostTable

    def work(self, name: str) -> sp.Expr | int:
        """What a step takes, by its name in WORK: a number where the sizes of this cell tell it."""
        formula = WORK[name](self.cost.costs)
        found = number(formula, checked_sizes(self.cell, dict(self.sizes)))
        return formula if found is None else found


def comparison(
    cells: Sequence[Cell],
    sizes: Sequence[Mapping[str, int]],
    stack: Stack = ONE,
    match: bool = False,
) -> Report:
    """One column a cell, one row a property, and sentences on how each differs from the first.

    With `match`, the hidden size of every cell but the first is the one whose parameter count is nearest to that of the
    first. Costs are of one step of the whole stack.

    Raises ValueError for a wrong or missing size, or a cell that cannot be stacked.
    """
    sides: list[Side] = []
    for cell, own in zip(cells, sizes, strict=True):
        given = dict(own)
        if match and sides:
            target = sides[0].counts.total
            if target is None:
                raise ValueError(f"equal budgets need every size of {cells[0].name}")
            given = matched(cell, given, target, stack)
        counts = params(cell, None, stack.layers, stack.bidirectional, **given)
        costed = cost(cell, 1, 4, stack.layers, stack.bidirectional, **given)
        sides.append(Side(cell, given, counts, structure(cell), costed))
    names = [side.cell.name for side in sides]
    table = Table(
        message(""),
        ("property", *names),
        tuple((message(name), *(value(side) for side in sides)) for name, value in _rows(sides)),
        (
            *(sentence for side in sides[1:] for sentence in _sentences(sides[0], side)),
            *(note for side in sides if side.sizes for note in _unknown(side)),
        ),
    )
    data = {"cells": [_document(side) for side in sides], "matched": match}
    return Report(message("comparison of {cells}", cells=", ".join(names)), (table,), data)


def _rows(sides: Sequence[Side]) -> Iterator[tuple[str, Callable[[Side], Any]]]:
    first = sides[0].counts.total
    yield "handed on", lambda s: listed([state.after for state in s.structure.handed_on])
    yield "gates", lambda s: listed([gate.expr for gate in s.structure.gates])
    yield "additive carry", lambda s: listed(carry_terms(s.structure))
    yield "add up to 1", lambda s: listed([listed(c.coefficients) for c in s.structure.coupled])
    yield "scan class", lambda s: s.structure.scan
    yield "weight matrices", lambda s: s.counts.matrices
    yield "vectors", lambda s: s.counts.vectors
    yield "parameters", lambda s: s.counts.formula
    if any(side.sizes for side in sides):
        yield "sizes", lambda s: ", ".join(f"{name}={value}" for name, value in s.sizes.items())
    if first is not None:
        yield "number of parameters", lambda s: s.counts.total
    if first:
        yield "ratio", lambda s: None if s.counts.total is None else f"{s.counts.total / first:.4g}"
    for name in WORK:
        yield name, partial(Side.work, name=name)


def _sentences(first: Side, other: Side) -> Iterator[Message]:
    """How a cell differs from the first: what it hands on, its carry, how its size compares, how it runs."""
    a, b = first.structure, other.structure
    names = {"first": first.cell.name, "other": other.cell.name}
    if len(a.handed_on) != len(b.handed_on):
        yield message(
            "{first} hands on {a}, {other} hands on {b}.",
            a=listed([s.after for s in a.handed_on]),
            b=listed([s.after for s in b.handed_on]),
            **names,
        )
    if bool(a.carries) != bool(b.carries):
        yield message(
            "In {carrying} an old state, whole or scaled entry by entry, is a term of the new one; in {without} none "
            "is.",
            carrying=names["first"] if a.carries else names["other"],
            without=names["other"] if a.carries else names["first"],
        )
    elif a.carries and bool(a.coupled) != bool(b.coupled):
        yield message(
            "In {coupled} what is kept and what is written add up to 1, in {free} they do not.",
            coupled=names["first"] if a.coupled else names["other"],
            free=names["other"] if a.coupled else names["first"],
        )
    if a.scan != b.scan:
        yield message("{first} is of scan class {a}, {other} of {b}.", a=a.scan, b=b.scan, **names)
    if first.counts.total and other.counts.total:
        yield _size_sentence(first.counts.total, other.counts.total, names)


def _unknown(side: Side) -> list[Message]:
    """Which sizes are missing for the number of parameters."""
    return open_sizes(side.cell, [side.counts.formula], checked_sizes(side.cell, side.sizes))


def _size_sentence(a: int, b: int, names: Mapping[str, str]) -> Message:
    if a == b:
        return message("{other} has exactly as many parameters as {first}.", **names)
    if b >= 2 * a:
        return message("{other} has {times} times the parameters of {first}.", times=f"{b / a:.4g}", **names)
    percent = f"{100 * abs(b - a) / a:.3g} %"
    if b > a:
        return message("{other} has {percent} more parameters than {first}.", percent=percent, **names)
    return message("{other} has {percent} fewer parameters than {first}.", percent=percent, **names)


def _document(side: Side) -> dict[str, Any]:
    """Everything of one cell, under the names that its own commands give it."""
    return {
        **side.counts.data,
        "structure": {key: value for key, value in document(side.structure).items() if key != "cell"},
        "cost": {key: value for key, value in side.cost.data.items() if key not in ("cell", "sizes", "equations")},
    }
