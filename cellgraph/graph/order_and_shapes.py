"""The order in which equations can be computed, the shapes that they give, and what is told where there is neither."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush
from typing import TYPE_CHECKING, TypeVar

import sympy as sp

from cellgraph.errors import Problem, Source, quoted
from cellgraph.graph.fold import fold, postorder
from cellgraph.ops import Matmul, Mismatch, Shape, Unshaped, axes_of, core, result_shape

if TYPE_CHECKING:
    from cellgraph.graph.graph import Equation
    from cellgraph.graph.symbols import Quantity

Name = TypeVar("Name", bound=Hashable)
Uses = dict[Name, list[Name]]
"""For each name the names in its equation, so far as these have equations too."""

UNSHAPED = "E_UNSHAPED"
"""The code of a mistake that only follows from another: the shape of an operand is not known."""

MOST = 20
"""The most mistakes in the order of equations that are told: n equations can have n² cycles."""

LONGEST = 20
"""The most names of a cycle that are told."""


def ordered(equations: Iterable[Equation], given: Container[sp.Symbol]) -> tuple[list[Equation], list[Problem]]:
    """The equations, each after those that it uses, otherwise as written; and every second definition and cycle.

    `given` are the symbols that need no equation. Of two definitions the first counts; a cycle is cut where it closes.
    """
    mistakes: list[Problem] = []
    by_name: dict[sp.Symbol, Equation] = {}
    for equation in equations:
        if equation.lhs in by_name or equation.lhs in given:
            mistakes.append(mistake("E_DUP_NAME", f"'{equation.lhs}' is defined twice", equation))
        else:
            by_name[equation.lhs] = equation
    uses = {name: [s for s in equation.uses if s in by_name] for name, equation in by_name.items()}
    if _in_order(uses):
        return list(by_name.values()), mistakes
    mistakes += [_cycle(chain, by_name[chain[0]]) for chain in cut_cycles(uses)]
    return [by_name[name] for name in sorted_by_use(uses)], mistakes


def _in_order(uses: Uses[sp.Symbol]) -> bool:
    """Whether every name stands after those that it uses."""
    seen: set[sp.Symbol] = set()
    for name, used in uses.items():
        if any(symbol not in seen for symbol in used):
            return False
        seen.add(name)
    return True


def sorted_by_use(uses: Uses[Name]) -> list[Name]:
    """Every name after those that it uses; of those that can come next, the first as written."""
    names = list(uses)
    place = {name: k for k, name in enumerate(names)}
    sorter = TopologicalSorter(uses)
    sorter.prepare()
    ready: list[int] = []
    found: list[Name] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heappush(ready, place[name])
        found.append(names[heappop(ready)])
        sorter.done(found[-1])
    return found


def cut_cycles(uses: Uses[Name]) -> list[list[Name]]:
    """The cycles, each a chain of names that ends where it begins; `uses` loses the last link of each.

    After MOST of them, whatever stands before its own definition is taken out of `uses` without being told.
    """
    chains: list[list[Name]] = []
    place = {name: k for k, name in enumerate(uses)}
    while len(chains) < MOST:
        try:
            TopologicalSorter(uses).prepare()
        except CycleError as error:
            cycle = error.args[1][:0:-1]
            first = cycle.index(min(cycle, key=place.__getitem__))
            chain = [*cycle[first:], *cycle[: first + 1]]
            uses[chain[-2]].remove(chain[-1])
            chains.append(chain)
        else:
            return chains
    for name, used in uses.items():
        uses[name] = [symbol for symbol in used if place[symbol] < place[name]]
    return chains


def _cycle(chain: list[sp.Symbol], equation: Equation) -> Problem:
    shown = chain if len(chain) <= LONGEST else [*chain[: LONGEST - 2], "…", chain[-1]]
    text = " -> ".join(str(symbol) for symbol in shown)
    return mistake("E_CYCLE", f"these equations need each other: {text}; break the chain, or use [t-1]", equation)


def disagreement(mismatch: Mismatch, equation: Equation) -> Problem:
    """Operands that do not agree, shown at the operation where its place is known."""
    hint = "" if ";" in str(mismatch) else "; check the operands and the shapes that are declared"
    span = equation.spans.get(mismatch.at) if mismatch.at is not None else None
    if span is None:
        return mistake("E_SHAPE", f"in the equation of '{equation.lhs}': {mismatch}{hint}", equation)
    source, text = span
    return Problem("E_SHAPE", f"in the equation of '{equation.lhs}', {quoted(text)}: {mismatch}{hint}", source)


def hinted(rhs: sp.Expr, given: Shape, declared: Shape) -> str:
    """What may have been meant by an equation that gives another shape than is declared."""
    missing = [axis for axis in axes_of(declared) if axis not in axes_of(given)]
    if missing:
        return f"; an array for every {missing[0]} is made by spread(a, {missing[0]})"
    crossing = [axis for axis in axes_of(given) if axis not in axes_of(declared)]
    if crossing:
        return f"; an axis is crossed by sum(a, over={crossing[0]}), flatten(a, {crossing[0]}), ..."
    dotted = not core(given) and core(declared) and any(isinstance(node, Matmul) for node in postorder(rhs))
    return "; '@' of two vectors is one number, the elementwise product is '*'" if dotted else ""


def mistake(code: str, message: str, equation: Equation) -> Problem:
    """A problem at the place of an equation."""
    return Problem(code, message, equation.source or Source("<graph>", 0, 0))


def shape_of(expr: sp.Expr, quantities: Mapping[sp.Symbol, Quantity]) -> Shape:
    """The shape of an expression; numbers and sizes are scalars. Raises Mismatch where operands do not agree."""
    return shapes_within(expr, quantities)[expr]


def shapes_within(expr: sp.Expr, quantities: Mapping[sp.Symbol, Quantity]) -> dict[sp.Expr, Shape]:
    """The shape of an expression and of every operand below it. Raises Mismatch."""
    shapes: dict[sp.Expr, Shape] = {}

    def leaf(node: sp.Expr) -> Shape:
        shape = quantities[node].shape if node in quantities else ()
        if shape is None:
            raise Unshaped(f"the shape of '{node}' is not known")
        shapes[node] = shape
        return shape

    def combine(node: sp.Expr, below: list[Shape]) -> Shape:
        try:
            shape: Shape = result_shape(node, below)
        except Mismatch as mismatch:
            mismatch.at = node
            raise
        shapes[node] = shape
        return shape

    fold(expr, leaf, combine)
    return shapes
