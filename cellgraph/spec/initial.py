"""What states are before the first step: the `initial` section, held against the states and parameters of its spec."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import sympy as sp

from cellgraph.errors import Problem, nearest, quoted
from cellgraph.graph import before
from cellgraph.ops import Shape, spelled
from cellgraph.spec.readers import INFINITE, NUMBER
from cellgraph.spec.sections import Document


def initial_values(
    document: Document, shapes: Mapping[str, Shape | None]
) -> tuple[Mapping[sp.Symbol, sp.Expr], list[Problem]]:
    """By the symbol of a state before the step: the number that each entry is, or the parameter that the state is.

    Zero is what every other state begins at, and so is left out. `shapes` are those of all declared names.
    """
    found: dict[sp.Symbol, sp.Expr] = {}
    problems: list[Problem] = []
    for name, placed in document.initial.items():
        text = placed.value
        number = _number(text)
        if name not in document.states:
            hint = nearest(name, document.states) or f"; the states are {', '.join(document.states)}"
            problems.append(Problem("E_INITIAL", f"{quoted(name)} is no state{hint}", placed.source))
        elif number is not None:
            found |= {before(name): number} if number else {}
        elif text not in document.params:
            hint = nearest(text, document.params) or "; write a number, such as -1e38, or declare it in 'params'"
            problems.append(Problem("E_INITIAL", f"{quoted(text)} is no parameter{hint}", placed.source))
        elif None not in (own := (shapes.get(name), shapes.get(text))) and own[0] != own[1]:
            told = f"'{name}' is {spelled(own[0] or ())} and '{text}' is {spelled(own[1] or ())}"
            message = f"{told}; a state begins as a parameter of its own shape"
            problems.append(Problem("E_SHAPE", message, placed.source))
        else:
            found[before(name)] = sp.Symbol(text)
    return MappingProxyType(found), problems


def _number(text: str) -> sp.Expr | None:
    if INFINITE.fullmatch(text):
        return sp.S.NegativeInfinity if text.startswith("-") else sp.S.Infinity
    return sp.Rational(text) if NUMBER.fullmatch(text) else None
