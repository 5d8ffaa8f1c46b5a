"""From what somebody says about their code to what a tracer is asked: the rest is guessed, tried, and told."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from cellgraph.errors import CellgraphError, CodeError, Problem, Source
from cellgraph.frameworks.importing.attempts import PLACES, attempts
from cellgraph.frameworks.importing.constructor import ConstructorArguments, constructor_arguments, symbols
from cellgraph.frameworks.importing.results import UnclearReturns, returns_of
from cellgraph.frameworks.importing.source import layer_of, loop_of, returned_words
from cellgraph.frameworks.importing.stated import Guess, Stated
from cellgraph.frameworks.importing.usual_names import HIDDEN, INPUT
from cellgraph.frameworks.tracing.asked import Asked, Tracer, at_sizes
from cellgraph.ops import Shape

PRIMES = (5, 7, 11, 13, 17, 19, 29, 31, 37, 41)
BATCH = 23
"""The sizes at which a call is tried: primes that are no usual size of a kernel or a block, and all different."""

MOST_ATTEMPTS = 60
"""Ways in which a step is tried to be called, with a batch and without."""


@dataclass(frozen=True)
class Question:
    """What a tracer is asked, with all that it was found with.

    :dims:    sizes and what each is
    :each:    those of them that count members alike
    :batch:   whether arrays have an axis in front for samples
    :guesses: what nobody said
    """

    asked: Asked
    dims: Mapping[str, str]
    each: tuple[str, ...]
    batch: bool
    guesses: tuple[Guess, ...]


def question(target: Any, tracer: Tracer, step: Callable[..., Any], stated: Stated, carry_first: bool) -> Question:
    """What to ask the tracer about a class or function: the first way to call it that runs and gives back its states.

    :step:        the function or method that is one step
    :carry_first: the library hands back states before what is shown

    Raises CodeError where arguments cannot be guessed, where no way runs, or where it is unclear what comes back.
    """
    made = constructor_arguments(target, stated.make) if inspect.isclass(target) else ConstructorArguments({}, {})
    if made.missing:
        needs = " ".join(f"--make {name}=…" for name in made.missing)
        raise wrong(target, "E_ARGUMENT", f"{target.__name__} needs {', '.join(made.missing)}: say {needs}")
    told, failed = list[CodeError](), list[CellgraphError]()
    for batch in (BATCH, None):
        for attempt in islice(attempts(target, step, made, stated), MOST_ATTEMPTS):
            asked = attempt.asked
            try:
                returns = _returns(asked, tracer, step, batch, carry_first)
            except UnclearReturns as unclear:
                raise wrong(step, "E_RETURNS", str(unclear)) from None
            except CellgraphError as error:
                failed.append(error)
                continue
            if returns is not None:
                return _question(replace(asked, returns=returns), attempt.made, stated, batch is not None)
            states = " and ".join(f"{name} {spelled(shape)}" for name, shape in asked.states.items())
            told.append(wrong(step, "E_RETURNS", f"nothing that a call gives back has the shape of {states}"))
    first = next(iter([*told, *failed]), None)
    if first is None:
        needs = "--input NAME=SHAPE, --state NAME=SHAPE"
        if not inspect.isclass(target):
            needs += ", and --param NAME=SHAPE for each array that is learned, those inside of a dictionary too"
        raise wrong(step, "E_INPUT", f"say {needs}")
    if isinstance(first, CodeError) and (layer := layer_of(target)):
        name, line = layer
        told_so = f"{name} goes over all time steps: make the step with {name}Cell, or import torch.nn:{name[3:]}Cell"
        raise CodeError(*first.problems, *wrong(target, "E_LOOP", told_so, line).problems)
    loop = loop_of(step)
    if loop is None or not isinstance(first, CodeError):
        raise first
    asked_for = "if this loop goes over time, give the step: a method, FILE.py:NAME.METHOD, a class or a function"
    raise CodeError(*first.problems, *wrong(step, "E_LOOP", asked_for, loop).problems)


def wrong(code: Any, kind: str, message: str, line: int = 0) -> CodeError:
    """The error at a line of a class or a function, by default the one where it begins."""
    try:
        file, (lines, first) = inspect.getsourcefile(code) or "", inspect.getsourcelines(code)
        place = Source(file, first + line, 0, lines[line].rstrip("\n"))
    except (OSError, TypeError):
        place = Source(getattr(code, "__qualname__", str(code)), 0, 0)
    return CodeError(Problem(kind, message, place))


def sizes_for(dims: Sequence[str]) -> dict[str, int]:
    """A prime for each size."""
    return dict(zip(dims, PRIMES, strict=False))


def _returns(
    asked: Asked, tracer: Tracer, step: Callable[..., Any], batch: int | None, carry_first: bool
) -> str | None:
    """What a call gives back, in names; None where none of it can be the states. Raises as the tracer does."""
    sizes = sizes_for(dims_of(asked))
    found = tracer.structure(asked, sizes, batch)
    if asked.returns:
        return asked.returns
    lead = () if batch is None else (batch,)
    states = {name: (*lead, *at_sizes(tuple(shape), sizes)) for name, shape in asked.states.items()}
    return returns_of(found, states, returned_words(step), carry_first)


def dims_of(asked: Asked) -> list[str]:
    """The sizes in what a tracer is asked, in the order in which they are said."""
    shapes = [shape for given in (asked.inputs, asked.states, asked.params) for shape in given.values()]
    said = [*asked.make.values(), *(axis for shape in shapes for axis in shape)]
    return list(dict.fromkeys(str(symbol) for value in said for symbol in symbols(value)))


def _question(asked: Asked, made: ConstructorArguments, stated: Stated, batch: bool) -> Question:
    """What is asked, with what each size is and what was guessed."""
    usual = {**PLACES, str(made.input): INPUT.meaning, str(made.hidden): HIDDEN.meaning, **made.dims}
    dims = {name: usual.get(name, name) for name in dims_of(asked)}
    guesses = [*made.guesses]
    for kind, shapes, said in (("input", asked.inputs, stated.inputs), ("state", asked.states, stated.states)):
        guesses += [Guess(name, kind, spelled(shape)) for name, shape in shapes.items() if name not in said]
    if not stated.returns:
        guesses.append(Guess("returns", "result", asked.returns))
    return Question(asked, dims, made.each, batch, tuple(guesses))


def spelled(shape: Shape) -> str:
    """A shape as a spec has it: [n, m]."""
    return f"[{', '.join(map(str, shape))}]"
