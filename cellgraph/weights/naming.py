"""Where the arrays of a class stand among others: what each is called in a layer and direction, and which there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from cellgraph.errors import listed
from cellgraph.implementations.implementation import MEMBER, Implementation, with_options

DIRECTIONS = ("forward", "backward")
"""What stands for {direction} in a prefix."""
NUMBER = re.compile(r"\d{1,9}", re.ASCII)
"""What in a name may be the number of a layer."""

Place = tuple[int, bool]
"""One cell of a stack: its layer, counted from 0, and whether it runs backwards."""


@dataclass(frozen=True)
class Naming:
    """What the arrays of a class are called: a prefix, and then the class's own names.

    prefixes: one, in which {layer} and {direction} stand for the number of a layer, counted from 0, and for 'forward'
    or 'backward'; or one for each layer, in order.
    """

    implementation: Implementation
    prefixes: tuple[str, ...] = ("",)

    def of(self, array: str, layer: int, reverse: bool) -> tuple[str, str]:
        """What stands before the class's own name of an array, and this name."""
        template = self.prefixes[layer if len(self.prefixes) > 1 else 0]
        prefix = template.replace("{layer}", str(layer)).replace("{direction}", DIRECTIONS[reverse])
        return prefix, self.implementation.native_name(array, *self.own(layer, reverse))

    @property
    def tells_layer(self) -> bool:
        """Whether the prefix says which layer it is; then the class's own names are those of its first."""
        return len(self.prefixes) > 1 or "{layer}" in self.prefixes[0]

    @property
    def tells_direction(self) -> bool:
        """Whether the prefix says which direction it is; then the class's own names are those forwards."""
        return "{direction}" in self.prefixes[0]

    def own(self, layer: int, reverse: bool) -> Place:
        """The layer and direction by which the class itself calls the arrays."""
        return 0 if self.tells_layer else layer, reverse and not self.tells_direction

    def check(self, layers: int, both: bool) -> None:
        """Raises ValueError where two cells of such a stack would be called the same by what is to name them."""
        name, own = self.implementation.name, self.implementation
        if len(self.prefixes) > 1 and len(self.prefixes) != layers:
            raise ValueError(f"{len(self.prefixes)} prefixes are given for {name}, and there are {layers} layers")
        if layers > 1 and not self.tells_layer and "{layer}" not in own.names:
            told = "give a to_prefix for each, or one with {layer} in it, such as 'layer_{layer}/'"
            raise ValueError(f"an object of {name} is one layer, and there are {layers}: {told}")
        if both and not (self.tells_direction or own.axis or len({*own.directions}) > 1):
            told = "give a to_prefix with {direction} in it, such as '{direction}/'"
            raise ValueError(f"an object of {name} runs in one direction, and there are two: {told}")


@dataclass(frozen=True)
class NativeStack:
    """The arrays of a class among others: for each cell of a stack, their names by what the class itself calls them."""

    naming: Naming
    cells: Mapping[Place, Mapping[str, str]] = field(repr=False)
    left_out: tuple[str, ...] = ()
    """Options that are found to be false, because the arrays that they would bring are not there."""

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return len({layer for layer, _ in self.cells})

    @property
    def names(self) -> dict[str, None]:
        """The names of all arrays of the class, in their order."""
        return {name: None for names in self.cells.values() for name in names.values()}

    @property
    def missing(self) -> list[str]:
        """What the first cell lacks."""
        own, there = self.naming.implementation, self.cells.get((0, False), {})
        return [name for array in own.arrays if (name := _first(own.native_name(array))) not in there]


def located(implementation: Implementation, names: Sequence[str], prefixes: Sequence[str] = ()) -> NativeStack:
    """The arrays of the class among these names; without prefixes, those are found, if there is one choice.

    Raises KeyError where there are none, where they stand under several prefixes, and for two names that are alike.
    """
    known: dict[str, str] = {}
    for name in names:
        if (other := known.setdefault(_plain(name), name)) != name:
            raise KeyError(f"'{other}' and '{name}' are one name here, where '/' and '.' are read alike")
    tried = [tuple(prefixes)] if prefixes else [(prefix,) for prefix in _prefixes(implementation, known)]
    found = [_reduced(Naming(implementation, own), known) for own in tried]
    found = [one for one in found if one.cells]
    whole = [one for one in found if not one.missing]
    # What is one direction under 'rnn/backward/' is the other under 'rnn/'.
    whole = [one for one in whole if not any(one.names.keys() < other.names.keys() for other in whole)]
    if len(whole) > 1:
        under = listed(repr(one.naming.prefixes[0]) for one in whole)
        raise KeyError(f"arrays of {implementation.name} stand under {under}: say which are meant by their prefix")
    if not whole:
        raise KeyError(_nothing(implementation, names, prefixes, found))
    (one,) = whole
    deepest = max(layer for layer, _ in one.cells)
    if deepest >= one.layers:
        gap = next(layer for layer in range(deepest) if not {(layer, False), (layer, True)} & {*one.cells})
        raise KeyError(f"there are arrays of {implementation.name} for layer {deepest}, and none for layer {gap}")
    return one


def _prefixes(implementation: Implementation, known: Mapping[str, str]) -> list[str]:
    """What stands before the own name of an array that no option takes away, wherever that ends a name."""
    optional = {array for arrays in implementation.without.values() for array in arrays}
    array = next((array for array in implementation.arrays if array not in optional), next(iter(implementation.arrays)))
    own = _plain(_first(implementation.native_name(array)))
    ending = [known[name][: len(name) - len(own)] for name in known if name.endswith(own)]
    return [prefix for prefix in ending if not prefix or prefix[-1] in "./:"]


def _reduced(naming: Naming, known: Mapping[str, str]) -> NativeStack:
    """What is known of the class under a prefix, those options false whose arrays are nowhere."""
    own, cells = naming.implementation, {}
    told = naming.tells_layer or "{layer}" in own.names
    both = naming.tells_direction or len({*own.directions}) > 1
    nowhere = {*own.arrays}
    for layer in range(len(naming.prefixes)) if len(naming.prefixes) > 1 else _numbers(known) if told else (0,):
        for reverse in (False, True)[: 1 + both]:
            found = {array: [*_there(naming.of(array, layer, reverse), known)] for array in own.arrays}
            nowhere -= {array for array, pairs in found.items() if pairs}
            if names := dict(pair for pairs in found.values() for pair in pairs):
                cells[layer, reverse] = names
    gone = [o for o, arrays in own.without.items() if o not in own.options and {*arrays} & {*own.arrays} <= nowhere]
    gone = [option for option in gone if {*own.without[option]} & {*own.arrays}]
    return NativeStack(Naming(with_options(own, dict.fromkeys(gone, False)), naming.prefixes), cells, tuple(gone))


def _numbers(names: Iterable[str]) -> list[int]:
    """Every number that stands in a name: there are no other layers."""
    return sorted({int(number) for name in names for number in NUMBER.findall(name)})


def _there(name: tuple[str, str], known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The class's own name of an array and the name that is known, if it is; of each member that has its own array."""
    prefix, own = name
    for k in count() if MEMBER.search(own) else (0,):
        member = MEMBER.sub(str(k), own)
        if _plain(prefix + member) not in known:
            return
        yield member, known[_plain(prefix + member)]


def _first(own: str) -> str:
    """A name, that of the first member where each has its own."""
    return MEMBER.sub("0", own)


def _plain(name: str) -> str:
    """A name as it is looked up: '/' and '.' between names are the same."""
    return name.replace("/", ".")


def _nothing(
    implementation: Implementation, names: Sequence[str], prefixes: Sequence[str], found: Sequence[NativeStack]
) -> str:
    """Why the arrays of the class are not there."""
    nearest = min(found, key=lambda one: len(one.missing), default=None)
    if nearest is not None and (there := [*nearest.cells.get((0, False), {}).values()]):
        return f"beside {listed(there)}, {implementation.name} has {listed(nearest.missing)}, which are not here"
    under = f" under {listed(map(repr, prefixes))}" if prefixes else ""
    wanted = listed(_first(implementation.native_name(array)) for array in implementation.arrays)
    return f"no arrays of {implementation.name}{under}, which are called {wanted}; found {listed(names) or 'none'}"
