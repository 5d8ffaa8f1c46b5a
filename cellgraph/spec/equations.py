"""A block of equations to statements, and the names in a spec held against those that it declares and defines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import sympy as sp

from cellgraph.errors import Problem, SpecError, listed, nearest, quoted
from cellgraph.graph import Equation
from cellgraph.ops import FUNCTIONS, Axis
from cellgraph.parse import NO_FUNCTIONS, NUMBERS, CodeLine, NameUse, Statement, Vocabulary, statement, statements
from cellgraph.spec.readers import EquationBlock
from cellgraph.spec.sections import Document

LEFT = re.compile(r"([A-Za-z]\w*)\s*=(?!=)", re.ASCII)
_OLDER = re.compile(r"(\w+?)_?(?:prev|previous|tm1|old|last)", re.ASCII)
_TIMED = re.compile(r"(\w+)_t", re.ASCII)

UNDEFINED = 100
"""The most undefined names that are told."""

FIXED = ("a dim", "a lifted axis", "a parameter", "a constant", "an input")
"""What no equation computes, and so cannot be an output."""


@dataclass(frozen=True)
class ParsedEquations:
    """What a block says: its statements, and what the lines that could not be read define."""

    statements: tuple[Statement, ...]
    uses: tuple[NameUse, ...]
    """Every name in a right-hand side."""
    unread: tuple[str, ...]
    unclear: bool
    """Whether there is a line of which it is not known what it defines."""
    defined: tuple[str, ...]
    """Every left-hand side, once."""
    equations: tuple[Equation, ...]
    """The first statement of each left-hand side, as a graph takes it."""


MOST = 2000
"""The most equations of one block; the longest cell that ships has some dozen."""


def equations(
    block: EquationBlock | None,
    dims: Mapping[str, sp.Symbol],
    axes: Mapping[str, Axis],
    words: Vocabulary = NO_FUNCTIONS,
) -> tuple[ParsedEquations, list[Problem]]:
    """The equations of a block, and everything that is wrong with the form of any of them."""
    read: list[Statement] = []
    unread: list[str] = []
    unclear = False
    problems: list[Problem] = []
    for count, lines in enumerate(
        statements(CodeLine(line.value, line.source) for line in block.value) if block else ()
    ):
        if count == MOST:
            message = f"more than {MOST:,} equations; split the cell"
            problems.append(Problem("E_SIZE", message, lines[0].source))
            unclear = True
            break
        try:
            read.append(statement(lines, dims, axes, words))
        except SpecError as error:
            problems += error.problems
            left = LEFT.match(lines[0].text)
            unread += [left[1]] if left else []
            unclear = unclear or not left
    uses = tuple(use for one in read for use in one.uses)
    first: dict[str, Statement] = {}
    for one in read:
        first.setdefault(one.lhs, one)
    graphed = tuple(Equation(sp.Symbol(one.lhs), one.rhs, one.source, one.spans) for one in first.values())
    defined = tuple(dict.fromkeys([*first, *unread]))
    return ParsedEquations(tuple(read), uses, tuple(unread), unclear, defined, graphed), problems


def name_problems(
    document: Document, declared: Mapping[str, str], inner: ParsedEquations, outer: ParsedEquations
) -> Iterator[Problem]:
    """Every name that is used has one definition; every state has an equation; output and labels name what there is.

    Where a section or a line cannot be read, it is not known what is defined, so that nothing is told of that.
    """
    states = document.states
    within = dict.fromkeys([*declared, *inner.defined])
    yield from _defined_twice(inner, {name: kind for name, kind in declared.items() if name not in states})
    yield from _defined_twice(outer, {name: declared.get(name, "part of the cell") for name in within})
    everywhere = dict.fromkeys([*within, *outer.defined])
    if document.broken or inner.unclear or outer.unclear:
        return
    refused = document.refused
    yield from islice(_undefined(inner.uses, within, states, refused), UNDEFINED + 1)
    yield from islice(_undefined(outer.uses, everywhere, states, refused), UNDEFINED + 1)
    fixed = {name: kind for name, kind in declared.items() if kind in FIXED}
    yield from _pointers(document, inner, [name for name in within if name not in fixed], fixed, everywhere)


def _pointers(
    document: Document,
    inner: ParsedEquations,
    inside: Collection[str],
    fixed: Mapping[str, str],
    everywhere: Iterable[str],
) -> Iterator[Problem]:
    """States without an equation, where the equations can be read at all; an output and labels of what is not there."""
    for name, placed in document.states.items():
        if document.equations and name not in inner.defined:
            timed = f"{name}_t"
            good = f"write '{name}' for '{timed}'" if timed in inner.defined else f"add '{name} = ...' to the equations"
            yield Problem("E_STATE_UNASSIGNED", f"the state '{name}' has no equation; {good}", placed.source)
    output = document.output
    if output and output.value in fixed:
        message = f"the output {quoted(output.value)} is {fixed[output.value]}, which no equation computes"
        hint = f"name one of {listed(inside)}" if inside else "name what one does"
        yield Problem("E_UNDEFINED", f"{message}; {hint}", output.source)
    elif output and output.value not in inside:
        hint = nearest(output.value, inside) or f"; name one of {listed(inside)}"
        message = f"the output {quoted(output.value)} is no quantity of the step{hint}"
        yield Problem("E_UNDEFINED", message, output.source)
    for name, label in document.labels.items():
        if name not in everywhere:
            hint = nearest(name, everywhere) or "; leave it out"
            yield Problem("E_UNDEFINED", f"there is nothing called {quoted(name)} to label{hint}", label.source)


def _defined_twice(found: ParsedEquations, taken: Mapping[str, str]) -> Iterator[Problem]:
    """Left-hand sides that are there already: in another equation, or as what `taken` says by name."""
    seen: dict[str, int] = {}
    for read in found.statements:
        name = read.lhs
        if name in taken:
            message = f"'{name}' is {taken[name]} and cannot be defined by an equation; choose another name"
            yield Problem("E_DUP_NAME", message, read.source)
        elif name in seen:
            message = f"'{name}' is defined twice, first at line {seen[name]}; give the second another name"
            yield Problem("E_DUP_NAME", message, read.source)
        seen.setdefault(name, read.source.line)


def _undefined(
    uses: Iterable[NameUse], known: Iterable[str], states: Iterable[str], wrong: Iterable[str]
) -> Iterator[Problem]:
    """Names that nothing defines, and steps before of what is no state. Names in `wrong` have been reported before."""
    known, states, reported = dict.fromkeys(known), dict.fromkeys(states), set(wrong)
    for use in uses:
        if use.name in reported:
            continue
        if use.before and use.name not in states:
            reported.add(use.name)
            declare = f"; declare '{use.name}' under 'states'" if use.name in known else ""
            hint = nearest(use.name, states) or declare or f"; the states are {listed(states)}"
            yield Problem("E_PREV", f"{quoted(use.name)} is no state, so it has no step before{hint}", use.source)
        elif not use.before and use.name not in known:
            reported.add(use.name)
            hint = _hint(use.name, known, states)
            yield Problem("E_UNDEFINED", f"nothing defines {quoted(use.name)}{hint}", use.source)


def _hint(name: str, known: Collection[str], states: Collection[str]) -> str:
    """What may have been meant: the step before of a state, a name without its time, or a name spelled alike."""
    older, timed = _OLDER.fullmatch(name), _TIMED.fullmatch(name)
    if older and older[1] in states:
        return f"; the step before is written {older[1]}[t-1]"
    if name in FUNCTIONS:
        return f"; it is an operation, so write {name}(...) with its argument"
    if timed and timed[1] in known:
        return f"; the current step is written without its time: {timed[1]}"
    if name.lower() in NUMBERS:
        return f"; did you mean '{name.lower()}'?"
    return nearest(name, known) or "; declare it, or give it an equation"
