"""Flax: modules of flax.linen and of flax.nnx as functions of their arrays, and the cells of both, in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import flax
import jax
from flax import nnx
from flax.traverse_util import flatten_dict, unflatten_dict

from cellgraph.frameworks.jax import VERSION, differentiable
from cellgraph.frameworks.live import Array, Live, made_with
from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation

Called = Callable[..., Any]
"""(arrays by native name, arguments...) -> what the module gives back."""

FLAX = f"flax {flax.__version__}, {VERSION}"
PRECISION = {"dtype": "float64", "param_dtype": "float64"}


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The class that `implementation` names, made with these sizes."""
    home, _, name = implementation.name.rpartition(".")
    inputs, hidden, options = made_with(cell, implementation, sizes)
    with jax.enable_x64(True):
        named, zeros = getattr(import_module(home), name), jax.numpy.zeros
        carry = _carry([zeros((1, hidden))] * len(implementation.states))
        if home == "flax.linen":
            trained, _, called = linen(named(features=hidden, **PRECISION, **options), carry, zeros((1, inputs)))
        else:
            trained, _, called = nnx_module(named(inputs, hidden, **PRECISION, rngs=nnx.Rngs(0), **options))

    def step(arrays: Mapping[str, Array], fed: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        after, _ = called(arrays, _carry(states), *fed)
        return list(jax.tree.leaves(after))

    shapes = {path: leaf.shape for path, leaf in trained.items()}
    return differentiable(FLAX, shapes, "float64", implementation.states, step)


def linen(
    module: Any, *example: Any, method: str | None = None, **keywords: Any
) -> tuple[dict[str, Array], dict[str, Array], Called]:
    """A module of flax.linen: what it learns, what else it holds, by path, and how to call it with such arrays.

    example, keywords: arguments with which it is initialised. Of what it learns only the shapes are found.
    """
    init = partial(module.init, jax.random.key(0), method=method, **keywords)
    trained = flatten_dict(jax.eval_shape(init, *example).get("params", {}), sep="/")
    others = jax.jit(lambda *args: {key: tree for key, tree in init(*args).items() if key != "params"})
    rest = flatten_dict(others(*example), sep="/")

    def called(arrays: Mapping[str, Array], *args: Any, **keywords: Any) -> Any:
        own = unflatten_dict({path: arrays[path] for path in trained}, sep="/")
        held = unflatten_dict({path: arrays.get(path, leaf) for path, leaf in rest.items()}, sep="/")
        return module.apply({"params": own, **held}, *args, method=method, **keywords)

    return trained, rest, called


def nnx_module(module: Any, method: str = "__call__") -> tuple[dict[str, Array], dict[str, Array], Called]:
    """A module of flax.nnx: what it learns, what else it holds, by path, and how to call it with such arrays."""
    structure, trained, rest = nnx.split(module, nnx.Param, ...)
    leaves = {
        "/".join(map(str, path)): (path, leaf) for part in (trained, rest) for path, leaf in nnx.to_flat_state(part)
    }

    def called(arrays: Mapping[str, Array], *args: Any, **keywords: Any) -> Any:
        state = nnx.from_flat_state(
            [(path, _holding(leaf, arrays[name]) if name in arrays else leaf) for name, (path, leaf) in leaves.items()]
        )
        return getattr(nnx.merge(structure, state), method)(*args, **keywords)

    values = {name: _value(leaf) for name, (_, leaf) in leaves.items()}
    learned = {name for name, (_, leaf) in leaves.items() if isinstance(leaf, nnx.Param)}
    return (
        {name: value for name, value in values.items() if name in learned},
        {
            name: value
            for name, value in values.items()
            if name not in learned and getattr(value.dtype, "kind", "") == "f"
        },
        called,
    )


def _value(leaf: Any) -> Array:
    return leaf.get_value() if isinstance(leaf, nnx.Variable) else leaf


def _holding(leaf: Any, array: Array) -> Any:
    return leaf.replace(array) if isinstance(leaf, nnx.Variable) else array


def _carry(states: Sequence[Any]) -> Any:
    return tuple(states) if len(states) > 1 else states[0]
