"""The ways in which a step may be called, and the shapes that its arrays may have: what is tried until it runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.frameworks.importing.arguments import CallPattern, call_patterns
from cellgraph.frameworks.importing.constructor import ConstructorArguments
from cellgraph.frameworks.importing.stated import Guess, Stated
from cellgraph.frameworks.tracing.asked import Asked
from cellgraph.graph import size
from cellgraph.ops import Shape

PLACES: Mapping[str, str] = MappingProxyType({"p": "height", "q": "width", "l": "length"})
"""Sizes of what code with convolutions goes over, and what they are."""


@dataclass(frozen=True)
class Attempt:
    """One way to call a step, and what its class is made with."""

    asked: Asked
    made: ConstructorArguments


def attempts(target: Any, step: Callable[..., Any], made: ConstructorArguments, stated: Stated) -> Iterator[Attempt]:
    """Every way in which the step may be called, at the shapes that its arrays may have, the likeliest first.

    A class whose input has another size than its states may refuse to be made so; then both have one size. A state
    that does not come back is given from outside.
    """
    free = not inspect.isclass(target)
    ways = [
        way
        for way in call_patterns(step, free, [*stated.inputs], [*stated.states], [*stated.params])
        if way.inputs and way.states and set(way.params) <= set(stated.params)
    ]
    fed = [way for own in ways if (way := _fed_from_outside(own, stated)) is not None]
    alike = _alike(made, stated)
    for shapes in (_usual, _unusual):
        for own, tried in ((made, ways), *([(alike, ways)] if alike else []), (made, fed)):
            for shape, handed in shapes(own, target):
                for way in tried:
                    states = handed(way.states)
                    if states is not None:
                        yield Attempt(_asked(target, own, stated, way, shape, states), own)


def _asked(
    target: Any, made: ConstructorArguments, stated: Stated, way: CallPattern, fed: Shape, handed: Mapping[str, Shape]
) -> Asked:
    usual = {name: () if name in way.times else fed for name in way.inputs}
    outside = dict.fromkeys(way.outside, (made.hidden,))
    return Asked(
        target,
        made.make,
        {name: stated.inputs.get(name, shape) for name, shape in {**usual, **outside}.items()},
        {name: stated.states.get(name, shape) for name, shape in handed.items()},
        returns=stated.returns,
        params=stated.params,
        call=way.call,
        keywords=way.keywords,
        method=stated.method,
    )


Handed = Callable[[Sequence[str]], "dict[str, Shape] | None"]
"""From names of states to their shapes, or None where this choice is none for so many states."""


def _usual(made: ConstructorArguments, target: Any) -> Iterator[tuple[Shape, Handed]]:
    """The usual shapes of inputs and states: vectors."""
    for x in dict.fromkeys([(made.input,), (made.hidden,)]):
        yield x, _all_of((made.hidden,))


def _unusual(made: ConstructorArguments, target: Any) -> Iterator[tuple[Shape, Handed]]:
    """Matrices, states side by side, heads, one state that differs from the others, and places in a plane."""
    m, n = made.input, made.hidden
    inputs = [*dict.fromkeys([(m,), (n,)])]
    heads = [size(axis) for axis in made.each if n.has(size(axis))]
    lifted = [(j, *[sp.cancel(n / j)] * rank) for j in heads for rank in (1, 2)]
    for shape in (*lifted, (n, n), (2 * n,)):
        yield from ((x, _all_of(shape)) for x in inputs)
    for k in (-1, 0, 1):
        for shape in ((m,), (n, n)):
            yield from ((x, _but_one(k, shape, (n,))) for x in inputs)
    for places in (("p", "q"), ("l",)) if _convolves(target) else ():
        axes = tuple(map(size, places))
        yield (m, *axes), _all_of((n, *axes))


def _all_of(shape: Shape) -> Handed:
    return lambda names: dict.fromkeys(names, shape)


def _but_one(k: int, shape: Shape, others: Shape) -> Handed:
    """One state of several has a shape of its own."""

    def handed(names: Sequence[str]) -> dict[str, Shape] | None:
        if not len(names) >= 2 or k >= len(names) - 1:
            return None
        return {**dict.fromkeys(names, others), names[k]: shape}

    return handed


def _fed_from_outside(way: CallPattern, stated: Stated) -> CallPattern | None:
    """The same call, in which states after the first are not handed on but given; None where there are none."""
    outside = tuple(name for name in way.states[1:] if name not in stated.states)
    if not outside:
        return None
    states = tuple(name for name in way.states if name not in outside)
    return replace(way, inputs=(*way.inputs, *outside), states=states, outside=outside)


def _alike(made: ConstructorArguments, stated: Stated) -> ConstructorArguments | None:
    """The arguments of the constructor with one size for inputs and states; None where they have one, or were given."""
    own = made.input
    given = {s for value in stated.make.values() if isinstance(value, sp.Expr) for s in value.free_symbols}
    if own == made.hidden or not isinstance(own, sp.Symbol) or own in given:
        return None
    one = {own: made.hidden}
    make = {name: value.subs(one) if isinstance(value, sp.Expr) else value for name, value in made.make.items()}
    return replace(
        made,
        make=make,
        dims={name: told for name, told in made.dims.items() if name != str(own)},
        input=made.hidden,
        guesses=tuple(Guess(g.of, g.kind, str(made.hidden) if g.taken == str(own) else g.taken) for g in made.guesses),
    )


def _convolves(target: Any) -> bool:
    """Whether the source of a class or a function speaks of convolutions."""
    try:
        return "conv" in inspect.getsource(target).lower()
    except (OSError, TypeError):
        return False
