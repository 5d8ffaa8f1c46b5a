"""The order in which equations can be computed, and what is told where there is none, or where shapes do not agree."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import TYPE_CHECKING

import sympy as sp

from cellgraph.errors import Problem, Source, quoted
from cellgraph.ops import Mismatch

if TYPE_CHECKING:
    from cellgraph.graph import Equation

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
    found: list[Equation] = []
    done: set[sp.Symbol] = set()
    for start in by_name:
        path: dict[sp.Symbol, Iterator[sp.Symbol]] = {}
        todo = [start] if start not in done else []
        while todo:
            name = todo[-1]
            if name not in path:
                path[name] = iter([s for s in by_name[name].uses if s in by_name])
            following = next((s for s in path[name] if s not in done), None)
            if following is None:
                found.append(by_name[name])
                done.add(name)
                del path[name]
                todo.pop()
            elif following in path and len(mistakes) < MOST:
                mistakes.append(_cycle([*todo[todo.index(following) :], following], by_name[following]))
            elif following not in path:
                todo.append(following)
    return found, mistakes


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


def mistake(code: str, message: str, equation: Equation) -> Problem:
    """A problem at the place of an equation."""
    return Problem(code, message, equation.source or Source("<graph>", 0, 0))
