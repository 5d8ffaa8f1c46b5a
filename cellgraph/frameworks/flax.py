"""Flax: cells of flax.linen and of flax.nnx, in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any

import flax
import jax
from flax import nnx
from flax.traverse_util import flatten_dict, unflatten_dict

from cellgraph.frameworks.jax import differentiable
from cellgraph.frameworks.live import Array, Live, Step, made_with
from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation

Made = tuple[dict[str, tuple[int, ...]], Step]


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The class that `implementation` names, made with these sizes."""
    home, _, name = implementation.name.rpartition(".")
    inputs, hidden, options = made_with(cell, implementation, sizes)
    with jax.enable_x64(True):
        shapes, step = MADE[home](
            getattr(import_module(home), name), inputs, hidden, len(implementation.states), options
        )
    return differentiable(
        f"flax {flax.__version__}, jax {jax.__version__}", shapes, "float64", implementation.states, step
    )


def _linen(made: Callable[..., Any], inputs: int, hidden: int, count: int, options: Mapping[str, Any]) -> Made:
    zeros = jax.numpy.zeros
    module = made(features=hidden, dtype="float64", param_dtype="float64", **options)
    carry = _carry([zeros((1, hidden))] * count)
    tree = module.init(jax.random.key(0), carry, zeros((1, inputs)))["params"]

    def step(arrays: Mapping[str, Array], fed: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        after, _ = module.apply({"params": unflatten_dict(dict(arrays), sep="/")}, _carry(states), *fed)
        return list(jax.tree.leaves(after))

    return {path: leaf.shape for path, leaf in flatten_dict(tree, sep="/").items()}, step


def _nnx(made: Callable[..., Any], inputs: int, hidden: int, count: int, options: Mapping[str, Any]) -> Made:
    module = made(inputs, hidden, dtype="float64", param_dtype="float64", rngs=nnx.Rngs(0), **options)
    structure, trained, rest = nnx.split(module, nnx.Param, ...)
    flat = dict(nnx.to_flat_state(trained))

    def step(arrays: Mapping[str, Array], fed: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        given = [(path, leaf.replace(arrays["/".join(map(str, path))])) for path, leaf in flat.items()]
        after, _ = nnx.merge(structure, nnx.from_flat_state(given), rest)(_carry(states), *fed)
        return list(jax.tree.leaves(after))

    return {"/".join(map(str, path)): leaf.shape for path, leaf in flat.items()}, step


def _carry(states: Sequence[Any]) -> Any:
    return tuple(states) if len(states) > 1 else states[0]


MADE: Mapping[str, Callable[..., Made]] = MappingProxyType({"flax.linen": _linen, "flax.nnx": _nnx})
