"""Definitions of functions: 'name(a, b, eps=1e-5)' and the expression that it is, to a `Function`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import sympy as sp

from cellgraph.errors import Problem, SpecError, nearest, quoted
from cellgraph.graph.functions import Function
from cellgraph.names import NAME
from cellgraph.ops import HEADS
from cellgraph.parse.equation import Expression
from cellgraph.parse.tokens import CodeLine
from cellgraph.parse.vocabulary import Vocabulary

MOST_PARAMETERS = 16

_FORM = "a function is written 'name(a, b): expression'"
_HEAD = re.compile(r"\s*([A-Za-z_]\w*)\s*\(([^()]*)\)\s*", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,20})?(e-?[0-9]{1,2})?")


@dataclass(frozen=True)
class Signature:
    """What stands before the colon: the name, the parameters, and the numbers that the last of them are if left out."""

    name: str
    parameters: tuple[str, ...]
    defaults: tuple[sp.Rational, ...]


def signature(line: CodeLine) -> Signature:
    """The name and the parameters of a function. Raises SpecError with every problem of them."""
    found = _HEAD.fullmatch(line.text)
    if not found:
        raise SpecError(
            Problem("E_FUNCTION", f"{quoted(line.text, 40)} is no head of a function; {_FORM}", line.source)
        )
    name, listed = found.groups()
    problems = []
    if not NAME.fullmatch(name):
        told = f"{quoted(name, 40)} cannot name a function; use ASCII letters, digits and single underscores"
        problems.append(Problem("E_FUNCTION", told, line.source))
    if name in HEADS:
        told = f"'{name}' is an operation already, and means the same in every spec; give the function another name"
        problems.append(Problem("E_FUNCTION", told, line.source))
    if listed.count(",") >= MOST_PARAMETERS:
        told = f"{quoted(name, 40)} has more than {MOST_PARAMETERS} parameters; use fewer"
        raise SpecError(*problems, Problem("E_FUNCTION", told, line.source))
    parameters: list[str] = []
    defaults: list[sp.Rational] = []
    column = found.start(2)
    for part in listed.split(","):
        place = line.place(column + len(part) - len(part.lstrip()))
        column += len(part) + 1
        parameter, equals, number = (text.strip() for text in part.partition("="))
        message = _wrong(name, parameter, equals, number, parameters, bool(defaults))
        if message:
            problems.append(Problem("E_FUNCTION", message, place))
        else:
            parameters.append(parameter)
            defaults += [sp.Rational(number)] if equals else []
    if problems:
        raise SpecError(*problems)
    return Signature(name, tuple(parameters), tuple(defaults))


def _wrong(name: str, parameter: str, equals: str, number: str, before: list[str], optional: bool) -> str:
    """What is wrong with a parameter of a function, after those `before`; empty if nothing is."""
    if not parameter:
        return f"'{name}' has a parameter without a name; {_FORM}, with one parameter at least"
    if not NAME.fullmatch(parameter):
        return f"{quoted(parameter, 40)} cannot name a parameter; {_FORM}"
    if parameter in before:
        return f"the parameter '{parameter}' of '{name}' is named twice; give the second another name"
    if equals and not _NUMBER.fullmatch(number):
        return f"{quoted(number, 40)} is no number; what a parameter is if it is left out is one, such as eps=1e-5"
    if optional and not equals:
        return f"'{parameter}' has no number, and a parameter before it has one; those without stand first"
    return ""


def definition(own: Signature, body: CodeLine, words: Vocabulary, label: str = "") -> Function:
    """The function of this name and these parameters. Raises SpecError with every problem of its body."""
    numbers = {name: number for name, number in words.numbers.items() if name not in own.parameters}
    reading = Expression((body,), {}, {}, replace(words, numbers=numbers))
    found = reading.expression()
    problems = [*_names(own, reading, body)]
    if problems:
        raise SpecError(*problems)
    return Function(own.name, tuple(map(sp.Symbol, own.parameters)), found, own.defaults, label)


def _names(own: Signature, reading: Expression, body: CodeLine) -> Iterator[Problem]:
    """Names in the body that are no parameters, and parameters that are not in it."""
    told: set[str] = set()
    for use in reading.uses:
        if use.before:
            message = f"a function knows no steps; give {use.name}[t-1] to it where it is called"
            yield Problem("E_PREV", message, use.source)
        elif use.name not in own.parameters and use.name not in told:
            told.add(use.name)
            hint = nearest(use.name, own.parameters) or "; a function knows its parameters alone, so make it one"
            yield Problem("E_UNDEFINED", f"{quoted(use.name, 40)} is no parameter of '{own.name}'{hint}", use.source)
    used = {use.name for use in reading.uses}
    for parameter in own.parameters:
        if parameter not in used:
            message = f"the parameter '{parameter}' of '{own.name}' is never used; use it or leave it out"
            yield Problem("E_FUNCTION", message, body.source)
