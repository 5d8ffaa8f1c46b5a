"""A user's step under JAX as a function of arrays alone: of functions of pytrees, and of objects that hold arrays."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy

from cellgraph.frameworks.jax import VERSION
from cellgraph.frameworks.tracing.asked import Array, Asked, arguments, at_sizes, constructor
from cellgraph.frameworks.tracing.places import CALLS

KEYS = ("key", "rng", "prng", "prng_key", "rng_key")
"""What constructors call a key of random numbers."""


@dataclass(frozen=True)
class Stepping:
    """A step at certain sizes.

    :learned: initial values of what it learns, by native name
    :held:    values of other arrays that it holds
    :call:    (arrays of both by native name, inputs and states by name) -> what comes back, nested as the code has it
    :known:   arrays that have a name in the code and are set there
    """

    version: str
    precision: str
    learned: Mapping[str, Array]
    held: Mapping[str, Array]
    call: Callable[[Mapping[str, Array], Mapping[str, Array]], Any]
    known: Mapping[str, Array] = field(default_factory=dict)


def of_function(asked: Asked, sizes: Mapping[str, int]) -> Stepping:
    """A function that is given its parameters, in the nesting that `asked.call` says."""
    options = constructor(asked, sizes)

    def call(weights: Mapping[str, Array], fed: Mapping[str, Array]) -> Any:
        args, keywords = arguments(asked, {**weights, **fed})
        return asked.target(*args, **options, **keywords)

    learned = {name: numpy.zeros(at_sizes(tuple(shape), sizes)) for name, shape in asked.params.items()}
    around = getattr(inspect.unwrap(asked.target), "__globals__", {})
    return Stepping(VERSION, "float64", learned, {}, call, _arrays_in(around))


def of_object(asked: Asked, sizes: Mapping[str, int]) -> Stepping:
    """An object that is a pytree, as modules of Equinox are, or that holds arrays as attributes."""
    made = sketched(lambda: made_of(asked, sizes))
    learned = {path: leaf for path, leaf in members(made) if _is_number(leaf)}
    method = asked.method or next((name for name in CALLS if hasattr(made, name)), "__call__")

    def call(weights: Mapping[str, Array], fed: Mapping[str, Array]) -> Any:
        args, keywords = arguments(asked, fed)
        return getattr(holding(made, weights), method)(*args, **keywords)

    return Stepping(VERSION, "float64", learned, {}, call, _arrays_in(getattr(made, "__dict__", {})))


def _arrays_in(named: Mapping[str, Any]) -> dict[str, Array]:
    return {name: value for name, value in named.items() if isinstance(value, numpy.ndarray)}


def made_of(asked: Asked, sizes: Mapping[str, int], **usual: Any) -> Any:
    """The object itself, or one of the class at these sizes; `usual` are arguments for a class that takes them."""
    if not isinstance(asked.target, type):
        return asked.target
    options = constructor(asked, sizes)
    # The metaclass of nnx hides what a class takes.
    taken = inspect.signature(asked.target.__init__).parameters  # type: ignore[misc]
    usual = {**dict.fromkeys(KEYS, jax.random.PRNGKey(0)), **usual}
    return asked.target(**{**{name: value for name, value in usual.items() if name in taken}, **options})


def sketched(make: Callable[[], Any]) -> Any:
    """What a constructor makes, with shapes for its real arrays: their numbers are drawn anew, and take long to make.

    Where its arrays decide something, or some are of whole numbers, it is run as it is.
    """
    objects: list[Any] = []

    def shapes() -> dict[str, Array]:
        objects[:] = [make()]
        return {path: leaf for path, leaf in members(objects[0]) if isinstance(leaf, jax.Array)}

    try:
        found = jax.eval_shape(shapes)
    except (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError):
        return make()
    if any(leaf.dtype.kind != "f" for leaf in found.values()):
        return make()
    return holding(objects[0], found)


def members(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a pytree, and of objects that are none, with their paths: 'cell/kernel'."""
    for keys, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        here = "/".join(part for part in (path, jax.tree_util.keystr(keys, simple=True, separator="/")) if part)
        if _holds(leaf):
            for name, part in vars(leaf).items():
                # Numbers and arrays of NumPy that are attributes are set, not learned.
                if not isinstance(part, float | numpy.ndarray):
                    yield from members(part, f"{here}/{name}" if here else name)
        else:
            yield here, leaf


def holding(tree: Any, arrays: Mapping[str, Array], path: str = "") -> Any:
    """The same tree with these arrays in the places of their paths."""

    def placed(keys: Any, leaf: Any) -> Any:
        here = "/".join(part for part in (path, jax.tree_util.keystr(keys, simple=True, separator="/")) if part)
        if not _holds(leaf):
            return arrays.get(here, leaf)
        twin = copy.copy(leaf)
        for name, part in vars(leaf).items():
            object.__setattr__(twin, name, holding(part, arrays, f"{here}/{name}" if here else name))
        return twin

    return jax.tree_util.tree_map_with_path(placed, tree)


def _holds(leaf: Any) -> bool:
    """Whether a leaf is an object of a user's class: no array, and no function, class or module of Python."""
    alone = isinstance(leaf, type) or inspect.isroutine(leaf) or inspect.ismodule(leaf) or hasattr(leaf, "__wrapped__")
    return hasattr(leaf, "__dict__") and not alone and not hasattr(leaf, "dtype")


def _is_number(leaf: Any) -> bool:
    """What is learned: arrays of real numbers, and real numbers; whole numbers are sizes and options."""
    if isinstance(leaf, bool | int | str) or leaf is None:
        return False
    return isinstance(leaf, float) or numpy.dtype(getattr(leaf, "dtype", object)).kind == "f"


def named_tree(tree: Any, name: str = "") -> tuple[Any, dict[str, Any]]:
    """A pytree of shapes or arrays: the same tree of their paths, which begin with `name`, and each by its path."""
    leaf = lambda part: isinstance(part, tuple | list) and all(not isinstance(s, tuple | list | Mapping) for s in part)
    found: dict[str, Any] = {}

    def named(keys: Any, part: Any) -> str:
        path = "/".join(p for p in (name, jax.tree_util.keystr(keys, simple=True, separator="/")) if p)
        found[path] = part
        return path

    return jax.tree_util.tree_map_with_path(named, tree, is_leaf=leaf), found
