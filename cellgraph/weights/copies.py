"""From the copies of parameters that one class stores to those of another: added up, filled with zeros, renamed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

from cellgraph.derive.differences.correspondence import Correspondence
from cellgraph.errors import listed
from cellgraph.implementations.block_layout import Array, names_in
from cellgraph.implementations.implementation import Implementation, no_place, places

Copies = Mapping[str, tuple[Array, ...]]
"""What stands for each parameter in the arrays of a class, in their order: its value is the sum."""


def renamed(copies: Copies, same: Correspondence) -> Copies:
    """The copies of the other cell's parameters."""
    return {
        theirs: tuple(-copy if theirs in same.negated else copy for copy in copies[ours])
        for theirs, ours in same.names.items()
    }


def fitted(
    copies: Copies, target: Implementation, homes: Mapping[str, Sequence[str]], xp: Any
) -> tuple[Copies, tuple[str, ...]]:
    """The copies that the target has places for, and the parameters of which several became one.

    `homes` says in which arrays each parameter stood. Raises ValueError for a parameter that is not zero and has no
    place, and where an array would be made of numbers of several types.
    """
    _check_places(copies, target, homes, xp)
    _check_types(copies, target)
    return _spread(copies, target, xp)


def _spread(copies: Copies, target: Implementation, xp: Any) -> tuple[Copies, tuple[str, ...]]:
    """As many copies of each parameter as the target has places for it; and those of which several became one.

    As many stay as they are. Of more, the first is the sum of those that have no place of their own; of fewer, the
    further ones are zeros. A parameter that has no place stays as it is, for its shape.
    """
    number, summed = places(target), []
    found = dict(copies)
    for name, own in copies.items():
        beyond = own[number[name] :] if number[name] else ()
        if beyond:
            found[name] = (reduce(add, (own[0], *beyond)), *own[1 : number[name]])
        else:
            found[name] = (*own, *[xp.zeros_like(own[0])] * (number[name] - len(own)))
        if any(bool((copy != 0).any()) for copy in beyond):
            summed.append(name)
    return found, tuple(summed)


def _check_places(copies: Copies, target: Implementation, homes: Mapping[str, Sequence[str]], xp: Any) -> None:
    for name, largest in no_place(target, {p: reduce(add, own) for p, own in copies.items()}, xp).items():
        raise ValueError(
            f"{target.name} has no place for {name}, which is not zero: its largest entry, in {listed(homes[name])}, "
            f"is {largest:.6g}"
        )


def _check_types(copies: Copies, target: Implementation) -> None:
    for array, block in target.arrays.items():
        kinds = sorted({str(copy.dtype) for name in names_in(block) for copy in copies[name]})
        if len(kinds) > 1:
            raise ValueError(
                f"'{array}' of {target.name} would be made of {' and '.join(kinds)}: give all arrays one type first"
            )


def check_numbers(arrays: Mapping[str, Array]) -> None:
    """Raises ValueError for what is no array of floating-point numbers."""
    for name, array in arrays.items():
        if not hasattr(array, "dtype") or not hasattr(array, "shape"):
            raise ValueError(f"'{name}' is no array but {type(array).__name__}")
        kind = getattr(array.dtype, "name", str(array.dtype)).removeprefix("torch.")
        if not kind.startswith(("float", "bfloat", "complex")):
            raise ValueError(f"array '{name}' holds {array.dtype}; weights are floating-point numbers")
