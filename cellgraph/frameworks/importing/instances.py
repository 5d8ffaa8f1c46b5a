"""An object of a class: what its class was made with, from its attributes, and whether that makes the same object."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy
import sympy as sp

from cellgraph.frameworks.importing.asking import BATCH, Question, wrong
from cellgraph.frameworks.importing.constructor import constructor_arguments, signature_of
from cellgraph.frameworks.importing.libraries import library_of
from cellgraph.frameworks.importing.stated import Stated
from cellgraph.frameworks.tracing.asked import Tracer, drawn

SIMPLE = (bool, int, float, str, type(None))


def is_instance(target: Any) -> bool:
    """Whether a target is an object of a user's class: no class, no function and no method."""
    return not inspect.isclass(target) and not inspect.isroutine(target)


def said_by(target: Any, stated: Stated) -> Stated:
    """What an object says of itself: its class is made with its attributes that have the names of arguments.

    Sizes stay letters.
    """
    sizes = {guess.of for guess in constructor_arguments(type(target), stated.make).guesses}
    said = {
        name: getattr(target, name)
        for name, parameter in signature_of(type(target)).items()
        if name not in sizes and type(getattr(target, name, target)) in SIMPLE
        if getattr(target, name) != parameter.default
    }
    return replace(stated, make={**said, **stated.make})


def check_instance(target: Any, own: Question, tracer: Tracer) -> None:
    """Raise CodeError unless the class, made at the sizes of an object, computes what the object does."""
    kind = type(target).__name__
    sizes = _sizes(target, own.asked.make, [*own.dims])
    if sizes is None:
        raise wrong(type(target), "E_OBJECT", f"the attributes of this {kind} do not tell its sizes: give the class")
    batch = BATCH if own.batch else None
    made = tracer.live(own.asked, sizes, batch)
    real = tracer.live(replace(own.asked, target=_as_it_is(target), make={}), sizes, batch)
    same = dict(made.shapes) == dict(real.shapes)
    if same:
        given, draw = drawn(own.asked, sizes, batch), numpy.random.default_rng(0)
        arrays = {name: draw.uniform(-1, 1, shape) for name, shape in made.shapes.items()}
        fed, handed = ([given[name] for name in names] for names in (own.asked.inputs, own.asked.states))
        steps = (one.step(arrays, fed, handed) for one in (made, real))
        same = all(numpy.allclose(one, two, equal_nan=True) for one, two in zip(*steps, strict=True))
    if not same:
        told = f"this {kind} is not what its class makes of its attributes: give the class, and what it is made with"
        raise wrong(type(target), "E_OBJECT", told)


def _as_it_is(target: Any) -> Any:
    """A class whose objects are copies of this one, so that no tracer makes it anew; where that cannot be, itself."""
    if library_of(target) != "torch":
        return target

    def copied(self: Any) -> None:
        self.__dict__ = copy.deepcopy(target).__dict__

    return type(type(target).__name__, (type(target),), {"__init__": copied, "__module__": type(target).__module__})


def _sizes(target: Any, make: Mapping[str, Any], dims: list[str]) -> dict[str, int] | None:
    """The sizes at which an object was made, from its attributes; None where these do not tell them."""
    found: dict[sp.Symbol, int] = {}
    left = {name: value for name, value in make.items() if isinstance(value, sp.Expr)}
    for _ in range(len(left)):
        for name, value in left.items():
            open_ones = value.subs(found).free_symbols
            number = getattr(target, name, None)
            if len(open_ones) == 1 and type(number) is int:
                symbol = open_ones.pop()
                solved = sp.solve(value.subs(found) - number, symbol)
                found |= {symbol: int(solved[0])} if solved else {}
    named = {str(symbol): number for symbol, number in found.items()}
    return {dim: named[dim] for dim in dims} if {*dims} <= {*named} else None
