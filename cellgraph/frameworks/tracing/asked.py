"""What a tracer is asked: whose code, made with what, and which of its arguments and results are inputs and states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Protocol, TypeAlias

import numpy
import sympy as sp

from cellgraph.frameworks.live import Live
from cellgraph.graph import size
from cellgraph.imports.traced import CalledAt, Trace
from cellgraph.ops import Shape

Array = Any

Tree: TypeAlias = Any
"""Names in the nesting in which code takes arrays or gives them back: tuples, lists and mappings of names."""


@dataclass(frozen=True)
class Asked:
    """One step of a user's code, of which a cell is to be made.

    :target:  a class, an object of it, or a function
    :make:    arguments of the constructor: expressions in sizes, or plain values
    :inputs:  name -> shape in sizes, without the batch
    :states:  name -> shape in sizes, without the batch
    :returns: what a call gives back, 'out, (h, c)'; '_' for what is of no interest
    :params:  of a function that is given its parameters: name -> shape in sizes
    :call:    the arguments in order, each a name of the above or names nested as the code takes them: x, (h, c);
              what is neither is passed as it is. () for inputs, then states
    :keywords: the same, for arguments that are passed by name
    :method:  what is called instead of the object itself, 'step'
    """

    target: Any
    make: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Shape] = field(default_factory=dict)
    states: Mapping[str, Shape] = field(default_factory=dict)
    returns: str = ""
    params: Mapping[str, Shape] = field(default_factory=dict)
    call: tuple[Tree, ...] = ()
    keywords: Mapping[str, Tree] = field(default_factory=dict)
    method: str = ""


@dataclass(frozen=True)
class LocalVariable:
    """What a local variable of the user's code held after a line of it."""

    name: str
    array: Array
    place: CalledAt


@dataclass(frozen=True)
class Returned:
    """One array that a call gives back: where it stands, '1[0]' or 'state.h', and its shape, the batch included."""

    path: str
    shape: tuple[int, ...]
    same_as: int | None = None
    """The number of an earlier one that is the same array."""


class Tracer(Protocol):
    """What each module of a library beside this one offers. All raise CodeError with the user's line."""

    def traced(self, asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Trace:
        """One step at these sizes, for one sample where the batch is None."""
        ...

    def structure(self, asked: Asked, sizes: Mapping[str, int], batch: int | None) -> tuple[Returned, ...]:
        """What a call gives back, whatever `asked.returns` says."""
        ...

    def given(self, asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Mapping[str, Array]:
        """The arrays that `locals_of` runs with: inputs, states, and parameters and buffers by native name."""
        ...

    def locals_of(self, asked: Asked, sizes: Mapping[str, int], batch: int | None) -> tuple[LocalVariable, ...]:
        """What the local variables of the user's code held, in order, in one step with the arrays of `given`."""
        ...

    def live(self, asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Live:
        """The user's code, to be run beside a spec; its states and what it gives back in the order of `asked`."""
        ...


def constructor(asked: Asked, sizes: Mapping[str, int]) -> dict[str, Any]:
    """The arguments of the constructor at these sizes."""
    return {name: at_sizes(value, sizes) for name, value in asked.make.items()}


def at_sizes(value: Any, sizes: Mapping[str, int]) -> Any:
    """An expression in sizes as a number, also within a tuple or a list; everything else as it is."""
    if isinstance(value, sp.Expr):
        found = value.subs({size(name): number for name, number in sizes.items()})
        return int(found) if found.is_integer else float(found)
    return type(value)(at_sizes(part, sizes) for part in value) if type(value) in (tuple, list) else value


def drawn(asked: Asked, sizes: Mapping[str, int], batch: int | None, seed: int = 0) -> dict[str, Array]:
    """Random numbers in (-1, 1) for every input, state and parameter that is passed, in float64, by name."""
    draw = numpy.random.default_rng(seed)
    ahead = () if batch is None else (batch,)
    shapes = [
        *((name, (*ahead, *shape)) for given in (asked.inputs, asked.states) for name, shape in given.items()),
        *asked.params.items(),
    ]
    return {name: draw.uniform(-1, 1, at_sizes(tuple(shape), sizes)) for name, shape in shapes}


def arguments(asked: Asked, arrays: Mapping[str, Array]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call by position and by name, these arrays in the places of their names."""
    call = asked.call or (*asked.inputs, *asked.states)
    return tuple(filled(tree, arrays) for tree in call), {name: filled(t, arrays) for name, t in asked.keywords.items()}


def filled(tree: Tree, arrays: Mapping[str, Array]) -> Any:
    """A tree with arrays in the places of their names."""
    if isinstance(tree, str):
        return arrays.get(tree, tree)
    if isinstance(tree, Mapping):
        return type(tree)((key, filled(part, arrays)) for key, part in tree.items())  # type: ignore[call-arg]
    if isinstance(tree, tuple | list):
        parts = [filled(part, arrays) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    if is_dataclass(tree) and not isinstance(tree, type):
        return replace(
            tree, **{part.name: filled(getattr(tree, part.name), arrays) for part in fields(tree) if part.init}
        )
    return tree


def returned_names(returns: str) -> tuple[str, ...]:
    """The names in 'out, (h, c)' in order."""
    return tuple(word for word in returns.replace("(", ",").replace(")", ",").replace(" ", ",").split(",") if word)


def leaves(found: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """What stands in nested tuples, lists, mappings and data classes, in order, with where it stands."""
    if isinstance(found, Mapping):
        parts = [(f"{path}[{key!r}]", part) for key, part in found.items()]
    elif isinstance(found, tuple | list):
        fields = getattr(found, "_fields", None)
        names = [f".{name}" for name in fields] if fields else [f"[{k}]" for k in range(len(found))]
        parts = [(path + name, part) for name, part in zip(names, found, strict=True)]
    elif hasattr(found, "__dataclass_fields__"):
        parts = [(f"{path}.{name}", getattr(found, name)) for name in found.__dataclass_fields__]
    else:
        parts = []
        yield path, found
    for inner, part in parts:
        yield from leaves(part, inner)
