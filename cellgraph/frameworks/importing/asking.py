"""From what somebody says about their code to what a tracer is asked: the rest is guessed, tried, and told."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any

from cellgraph.errors import CellgraphError, CodeError, Problem, Source
from cellgraph.frameworks.importing.arguments import call_patterns
from cellgraph.frameworks.importing.constructor import ConstructorArguments, constructor_arguments, symbols
from cellgraph.frameworks.importing.results import UnclearReturns, returns_of
from cellgraph.frameworks.importing.source import returned_words
from cellgraph.frameworks.importing.stated import Guess, Stated
from cellgraph.frameworks.importing.usual_names import HIDDEN, INPUT
from cellgraph.frameworks.tracing.asked import Asked, Tracer, at_sizes
from cellgraph.ops import Shape

PRIMES = (5, 7, 11, 13, 17, 19, 29, 31, 37, 41)
BATCH = 23
"""The sizes at which a call is tried: primes that are no usual size of a kernel or a block, and all different."""

MOST_TRIALS = 60
Numbers = Mapping[str, int]


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
    free = not inspect.isclass(target)
    told, failed = list[CodeError](), list[CellgraphError]()
    for batch in (BATCH, None):
        for asked in islice(_asked(target, step, made, stated, free), MOST_TRIALS):
            try:
                returns = stated.returns or _returns(asked, tracer, step, batch, carry_first)
                if stated.returns:
                    tracer.structure(asked, sizes_for(dims_of(asked)), batch)
            except UnclearReturns as unclear:
                raise wrong(step, "E_RETURNS", str(unclear)) from None
            except CellgraphError as error:
                failed.append(error)
                continue
            if returns is not None:
                return _question(replace(asked, returns=returns), made, stated, batch is not None)
            states = " and ".join(f"{name} {spelled(shape)}" for name, shape in asked.states.items())
            told.append(wrong(step, "E_RETURNS", f"nothing that a call gives back has the shape of {states}"))
    problems = [*told, *failed] or [wrong(step, "E_INPUT", "say --input NAME=SHAPE and --state NAME=SHAPE")]
    raise problems[0]


def wrong(code: Any, kind: str, message: str) -> CodeError:
    """The error at the line where a class or a function begins."""
    try:
        file, (lines, first) = inspect.getsourcefile(code) or "", inspect.getsourcelines(code)
        place = Source(file, first, 0, lines[0].rstrip("\n"))
    except (OSError, TypeError):
        place = Source(getattr(code, "__qualname__", str(code)), 0, 0)
    return CodeError(Problem(kind, message, place))


def sizes_for(dims: Sequence[str]) -> dict[str, int]:
    """A prime for each size."""
    return dict(zip(dims, PRIMES, strict=False))


def _asked(
    target: Any, step: Callable[..., Any], made: ConstructorArguments, stated: Stated, free: bool
) -> Iterator[Asked]:
    """Every way in which the step may be called, at the shapes that its arrays may have, the likeliest first."""
    ways = [
        way
        for way in call_patterns(step, free, [*stated.inputs], [*stated.states], [*stated.params])
        if way.inputs and way.states and set(way.params) <= set(stated.params)
    ]
    n = made.hidden
    for handed, fed in product([(n,), (n, n), (2 * n,)], dict.fromkeys([(made.input,), (n,)])):
        for way in ways:
            usual = {name: () if name in way.times else fed for name in way.inputs}
            yield Asked(
                target,
                made.make,
                {name: stated.inputs.get(name, shape) for name, shape in usual.items()},
                {name: stated.states.get(name, handed) for name in way.states},
                params=stated.params,
                call=way.call,
                keywords=way.keywords,
                method=stated.method,
            )


def _returns(
    asked: Asked, tracer: Tracer, step: Callable[..., Any], batch: int | None, carry_first: bool
) -> str | None:
    """What a call gives back, in names; None where none of it can be the states. Raises as the tracer does."""
    sizes = sizes_for(dims_of(asked))
    found = tracer.structure(asked, sizes, batch)
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
    usual = {str(made.input): INPUT.meaning, str(made.hidden): HIDDEN.meaning, **made.dims}
    dims = {name: usual.get(name, name) for name in dims_of(asked)}
    guesses = [*made.guesses]
    for kind, shapes, said in (("input", asked.inputs, stated.inputs), ("state", asked.states, stated.states)):
        guesses += [Guess(name, f"{kind} {spelled(shape)}") for name, shape in shapes.items() if name not in said]
    if not stated.returns:
        guesses.append(Guess("returns", asked.returns))
    return Question(asked, dims, made.each, batch, tuple(guesses))


def spelled(shape: Shape) -> str:
    """A shape as a spec has it: [n, m]."""
    return f"[{', '.join(map(str, shape))}]"
