"""What a class is made with: sizes and values for the arguments of its constructor, guessed from usual names."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from cellgraph.errors import nearest
from cellgraph.frameworks.importing.stated import Guess
from cellgraph.frameworks.importing.usual_names import (
    HEAD,
    HEADS,
    HIDDEN,
    INPUT,
    OUTPUT,
    RANDOM,
    RESULTS,
    VALUES,
    WEAK,
    UsualSize,
    plain,
    size_of,
)
from cellgraph.graph import size

OTHERS = "pqkrsuvwlabcefgiodj"
"""Letters for sizes, where those that a size usually has are taken."""

LOOKS_LIKE_A_SIZE = re.compile(r"\w*(size|dim|channels|features|units|width)|(d|dim)_\w+")
REQUIRED = inspect.Parameter.empty
M, N = size("m"), size("n")


@dataclass(frozen=True)
class ConstructorArguments:
    """What a class is made with.

    :make:    argument of the constructor -> an expression in sizes, or a value
    :dims:    sizes and what each is, in the order of the arguments
    :each:    those of them that count members alike, such as heads
    :guesses: what was guessed of them
    :missing: arguments that must be given and that nothing is known of
    :input:   the size of an input, as the constructor has it
    :hidden:  likewise that of a state
    """

    make: Mapping[str, Any] = field(default_factory=dict)
    dims: Mapping[str, str] = field(default_factory=dict)
    each: tuple[str, ...] = ()
    guesses: tuple[Guess, ...] = ()
    missing: tuple[str, ...] = ()
    input: sp.Expr = M
    hidden: sp.Expr = N


def constructor_arguments(target: Any, given: Mapping[str, Any]) -> ConstructorArguments:
    """The arguments of the constructor of a class: those given, the usual sizes, and defaults.

    An argument with a default keeps it, but for a size that is a number above 1: sizes stay letters.

    Raises ValueError for an argument that the constructor does not have.
    """
    parameters = signature_of(target)
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    known = [name for name, p in parameters.items() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    for name in given:
        if name not in known and not open_ended:
            hint = nearest(name, known) or f"; there are {', '.join(known) or 'none'}"
            raise ValueError(f"{target.__name__} is made with no argument '{name}'{hint}")
    asked = {name: parameters[name] for name in known if name not in given}
    roles = _roles({name: p.default for name, p in asked.items()}, given)
    letters = _Letters({str(symbol) for value in given.values() for symbol in symbols(value)})
    dims = {str(s): _meaning(name) for name, value in given.items() for s in symbols(value)}
    make, guesses, missing, each = dict(given), list[Guess](), list[str](), list[str]()
    whole = set(roles.values())
    for name, parameter in asked.items():
        if name in roles:
            kind = roles[name]
            if kind is HIDDEN and HEADS in whole and HEAD not in whole:
                heads = next((make[n] for n in make if size_of(n) is HEADS), None) or size(letters.of(HEADS))
                head = letters.of(HEAD)
                dims |= {str(symbol): HEADS.meaning for symbol in symbols(heads)} | {head: HEAD.meaning}
                make[name] = heads * size(head)
            else:
                letter = letters.of(kind)
                dims.setdefault(letter, kind.meaning)
                make[name] = size(letter)
                each += [letter] if kind.lifted else []
            guesses.append(Guess(name, "argument", str(make[name])))
        elif parameter.default is REQUIRED and plain(name) in VALUES:
            make[name] = VALUES[plain(name)]
            guesses.append(Guess(name, "argument", repr(make[name])))
        elif parameter.default is REQUIRED and _is_flag(parameter):
            make[name] = True
            guesses.append(Guess(name, "argument", "True"))
        elif parameter.default is REQUIRED and name not in RANDOM:
            missing.append(name)
    sizes = [name for name in reversed(roles) if isinstance(make[name], int | sp.Expr)]
    own = {roles[name]: make[name] + sp.S.Zero for name in sizes}
    return ConstructorArguments(
        make,
        dims,
        tuple(dict.fromkeys(each)),
        tuple(guesses),
        tuple(missing),
        own.get(INPUT, M),
        own.get(HIDDEN, N),
    )


def signature_of(target: Any) -> dict[str, inspect.Parameter]:
    """The arguments of the constructor of a class, as it is written: a metaclass may hide them."""
    found = [*inspect.signature(target.__init__).parameters.items()]
    return dict(found[1:])


def symbols(value: Any) -> list[sp.Symbol]:
    """The sizes in an argument of a constructor, by name."""
    return sorted(value.free_symbols, key=str) if isinstance(value, sp.Expr) else []


def _roles(defaults: Mapping[str, Any], given: Iterable[str]) -> dict[str, UsualSize]:
    """What size each argument is that is one, by its name and by what the others are called."""
    names = [name for name, default in defaults.items() if _is_size(name, default)]
    every = [*(name for name in given if size_of(name) is not None), *names]
    hidden = [n for n in every if size_of(n) is HIDDEN and plain(n) not in RESULTS]
    strong = [n for n in hidden if plain(n) not in WEAK] or hidden or [n for n in every if plain(n) in RESULTS]
    inputs = [n for n in every if size_of(n) is INPUT]
    if not strong:  # a class that has one size alone, and calls it embed_dim
        strong, inputs = [n for n in inputs if plain(n).startswith("emb")][:1], inputs[1:]
    found = dict[str, UsualSize]()
    for name in every:
        kind = size_of(name)
        if name in strong[:1]:
            found[name] = HIDDEN
        elif name in inputs[:1] or (kind is HIDDEN and not inputs and plain(name) in WEAK):
            found[name] = INPUT
        elif kind is HIDDEN and plain(name) in RESULTS:
            found[name] = OUTPUT
        elif kind in (INPUT, HIDDEN, None):
            found[name] = UsualSize(OTHERS, _meaning(name))
        else:
            assert kind is not None
            found[name] = kind
    return found


def _is_size(name: str, default: Any) -> bool:
    """Whether an argument is a size that stays a letter."""
    if default is REQUIRED:
        return size_of(name) is not None or (bool(LOOKS_LIKE_A_SIZE.fullmatch(name)) and plain(name) not in VALUES)
    return size_of(name) is not None and type(default) is int and default > 1


def _is_flag(parameter: inspect.Parameter) -> bool:
    return parameter.annotation in (bool, "bool")


def _meaning(name: str) -> str:
    """What a size is, by the name of its argument: the usual words, or its own."""
    kind = size_of(name)
    return kind.meaning if kind is not None else name.strip("_").replace("_", " ")


class _Letters:
    """The letters of sizes, each given once; a kind of size that is asked for again has the same."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.own: dict[UsualSize, str] = {}

    def of(self, kind: UsualSize) -> str:
        if kind not in self.own:
            self.own[kind] = next(letter for letter in kind.letters + OTHERS if letter not in self.taken)
            self.taken.add(self.own[kind])
        return self.own[kind]
