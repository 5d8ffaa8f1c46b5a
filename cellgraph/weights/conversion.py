"""Weights of one class of a library in the layout of another: arrays to parameters, parameters to arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cellgraph.derive.counts.sizes import input_dim
from cellgraph.derive.differences.correspondence import Correspondence, corresponding
from cellgraph.derive.differences.difference import between, frontiers
from cellgraph.errors import CellgraphError, listed
from cellgraph.graph import Cell
from cellgraph.implementations.block_layout import Array, names_in
from cellgraph.implementations.implementation import MEMBER, Implementation, called, members, namespace
from cellgraph.spec.find import Found, described, find
from cellgraph.weights.copies import Copies, check_numbers, fitted, renamed
from cellgraph.weights.naming import DIRECTIONS, Naming, NativeStack, Place, located


@dataclass(frozen=True)
class Conversion:
    """Arrays in the layout of `target`, and what there is to say of how they came about.

    :source, target:  cell and implementation of either class, with the options that were found
    :stack:           where the arrays of the source stand
    :arrays:          native name -> array
    :made_of:         native name -> the arrays of the source that went into it
    :directions:      how many cells there are in each layer
    :same:            which parameter of the source each of the target is, and which change their sign
    :summed:          parameters whose copies, added up by the source, are fewer in the target
    :left:            names that are no arrays of the source
    """

    source: Found
    target: Found
    stack: NativeStack
    arrays: Mapping[str, Array]
    made_of: Mapping[str, tuple[str, ...]]
    directions: int
    same: Correspondence
    summed: tuple[str, ...]
    left: tuple[str, ...]


def convert(
    arrays: Mapping[str, Array],
    source: str | Found,
    target: str | Found,
    *,
    prefix: str | Sequence[str] = (),
    to_prefix: str | Sequence[str] = "",
    sizes: Mapping[str, int] | None = None,
    xp: Any = None,
) -> dict[str, Array]:
    """The weights of a class `source` as arrays of a class `target` that computes the same, by native names.

    A class is a dotted name, also with options ("keras.layers.GRU(reset_after=False)"), or what `find` gives. All
    layers and directions that `arrays` has are converted, each number as it is, in its own type. What is added up by
    one class and stands once in the other is added up here; what stands twice in the other gets its value once, and
    zeros.
    Classes whose cells differ are converted if one is proved to be the other under renamed parameters, or with the
    opposite sign (a gate z against 1 − z).

    arrays: native name -> array of namespace `xp` (default numpy); further names are left alone. Results may be
    views. prefix: what stands before the native names; found where there is one choice. {layer} and {direction} in it
    stand for a number from 0 and for 'forward' or 'backward'; a sequence has one for each layer. to_prefix: likewise
    for the result. sizes: of the cell, by name, where no array tells them.

    Raises KeyError for an array, class or option that is missing, ValueError for shapes that do not fit and for a
    parameter that is not zero and has no place in the target, CellgraphError for cells that differ.

    >>> import cellgraph as cg, numpy as np
    >>> torch = {"encoder.weight_ih": np.array([[1.0, 2.0]]), "encoder.weight_hh": np.array([[3.0]])}
    >>> torch |= {"encoder.bias_ih": np.array([4.0]), "encoder.bias_hh": np.array([5.0])}
    >>> keras = cg.convert(torch, "torch.nn.RNNCell", "keras.layers.SimpleRNNCell")
    >>> {name: array.tolist() for name, array in keras.items()}
    {'kernel': [[1.0], [2.0]], 'recurrent_kernel': [[3.0]], 'bias': [9.0]}
    """
    return dict(conversion(arrays, source, target, prefix, to_prefix, sizes, xp).arrays)


def conversion(
    arrays: Mapping[str, Array],
    source: str | Found,
    target: str | Found,
    prefix: str | Sequence[str] = (),
    to_prefix: str | Sequence[str] = "",
    sizes: Mapping[str, int] | None = None,
    xp: Any = None,
) -> Conversion:
    """What `convert` does, with what there is to say of it."""
    (cell, ours), (other, theirs) = (find(x) if isinstance(x, str) else x for x in (source, target))
    if unknown := [name for name in sizes or {} if name not in cell.dims]:
        raise ValueError(f"{cell.name} has no size {unknown[0]!r}; sizes are {', '.join(cell.dims)}")
    there = located(ours, [*arrays], _several(prefix))
    ours, naming = there.naming.implementation, Naming(theirs, _several(to_prefix) or ("",))
    same = _same(cell, ours, other, theirs)
    used = {name: arrays[name] for name in there.names}
    left = [name for name in arrays if name not in used]
    _check_variant(there, left)
    check_numbers(used)
    stack = _stack(there, used)
    naming.check(there.layers, (0, True) in stack)
    made: dict[str, Array] = {}
    made_of: dict[str, dict[str, None]] = {}
    summed: dict[str, None] = {}
    for place, names in stack.items():
        native = {own: used[name] for own, name in names.items()}
        known = {dim: size for dim, size in (sizes or {}).items() if place[0] == 0 or dim != str(input_dim(cell))}
        copies = renamed(ours.copies(native, *there.naming.own(*place), xp, sizes=known), same)
        homes = _homes(there, place, names, same)
        copies, several = fitted(copies, theirs, homes, namespace(xp))
        summed |= dict.fromkeys(several)
        for array, name, values in _named(naming, place, copies, namespace(xp)):
            # Both directions are one array where the library has an axis for them.
            made[name] = namespace(xp).concatenate([made[name], values], 0) if name in made else values
            made_of.setdefault(name, {}).update(
                {home: None for p in names_in(theirs.arrays[array]) for home in homes[p]}
            )
    return Conversion(
        (cell, ours), (other, theirs), there, made, {name: tuple(own) for name, own in made_of.items()},
        len({reverse for _, reverse in stack}), same, tuple(summed), tuple(left),
    )  # fmt: skip


def _several(prefix: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(prefix) if not isinstance(prefix, str) else (prefix,) if prefix else ()


def _same(cell: Cell, ours: Implementation, other: Cell, theirs: Implementation) -> Correspondence:
    """Which parameter of ours each of theirs is. Raises CellgraphError where the cells differ."""
    if cell == other:
        return Correspondence({name: name for name in ours.parameters})
    found = between(*frontiers(other, cell), farthest=0)
    if found.equivalent and found.proved:
        whole = corresponding(found)
        names = {name: whole.names[name] for name in theirs.parameters if name in whole.names}
        if len(names) == len(theirs.parameters):
            return replace(whole, names=names)
    fitting = [called(variant) for own, variant in described(theirs.name) if own.name == cell.name]
    hint = f"{listed(fitting)} computes {cell.name}" if fitting else f"see: cellgraph diff {cell.name} {other.name}"
    raise CellgraphError(
        f"{called(ours)} computes {cell.name} and {called(theirs)} computes {other.name}, "
        f"and no parameters are known under which they are equal; {hint}"
    )


def _check_variant(there: NativeStack, left: Sequence[str]) -> None:
    """Raises ValueError where an array is left that belongs to the class with other options."""
    own, naming = there.naming.implementation, there.naming
    belonging: dict[str, list[str]] = {}
    for _, variant in described(own.name) if left else ():
        for array in variant.arrays:
            if array not in own.arrays and (name := "".join(naming.of(array, 0, False))) in left:
                belonging.setdefault(name, []).append(called(variant))
    for name, variants in belonging.items():
        raise ValueError(f"there is also '{name}', which belongs to {listed(variants)}, and not to {called(own)}")


def _stack(there: NativeStack, used: Mapping[str, Array]) -> dict[Place, Mapping[str, str]]:
    """The cells of the stack in order, also those that share arrays; names by what the class calls them."""
    naming, cells = there.naming, dict(there.cells)
    if naming.implementation.axis:
        for (layer, _), names in there.cells.items():
            name = next(iter(names.values()))
            directions = used[name].shape[0] if len(used[name].shape) else 0
            if directions not in (1, 2) or (directions == 2 and naming.tells_direction):
                raise ValueError(f"array '{name}' has {directions} directions")
            cells |= {(layer, True): names} if directions == 2 else {}
    for layer, _ in there.cells:
        for reverse in {reverse for _, reverse in cells}:
            if (layer, reverse) not in cells:
                raise KeyError(f"layer {layer} of {naming.implementation.name} is not there {DIRECTIONS[reverse]}s")
    return dict(sorted(cells.items()))


def _homes(there: NativeStack, place: Place, names: Mapping[str, str], same: Correspondence) -> dict[str, list[str]]:
    """For each parameter of the target, the arrays of the source that it stands in, in one cell of the stack."""
    own, naming = there.naming.implementation, there.naming
    stood: dict[str, list[str]] = {name: [] for name in own.parameters}
    for array, block in own.arrays.items():
        first = MEMBER.sub("0", own.native_name(array, *naming.own(*place)))
        for parameter in dict.fromkeys(names_in(block)):
            stood[parameter].append(names[first])
    return {theirs: stood[ours] for theirs, ours in same.names.items()}


def _named(naming: Naming, place: Place, copies: Copies, xp: Any) -> Iterator[tuple[str, str, Array]]:
    """Each array of the target for one cell of a stack: its key in `arrays`, its name, and its values."""
    own = naming.implementation
    for array, values in own.arranged(copies, xp).items():
        for name, member in members("".join(naming.of(array, *place)), values):
            yield array, name, xp.stack([member], 0) if own.axis else member
