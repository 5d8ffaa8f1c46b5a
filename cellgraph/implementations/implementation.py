"""How a real library lays out a cell's parameters: which arrays it has, what stands in them, and how often."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count, takewhile
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.implementations.block_layout import Array, BlockLayout, block_shape, joined, names_in, pieces
from cellgraph.ops import Axis, Shape, axes_of, core, family, numel, spelled

Option = bool | int | str
MEMBER = re.compile(r"\{(\w+)\}", re.ASCII)
"""What stands in the name of an array for the number of a member: 'experts.{j}.weight'."""


@dataclass(frozen=True)
class Implementation:
    """One class of a library that computes this cell, and its arrays in terms of the cell's parameters.

    A parameter that stands in several places has the sum of them as its value, and its gradient goes to each; one that
    stands in none is left out by the library, that is, zero.

    :options:     what must be set for this class to compute this cell, and what has been asked for besides
    :arrays:      arrangement of each array, for one layer and direction, by the library's own name
    :parameters:  shape of each of the cell's parameters
    :without:     arrays that go away where an option is false: {bias: (bias_ih, bias_hh)}
    :states:      the cell's states in the order in which the library takes and returns them; it begins others at zero
    :sizes:       sizes at which alone this class computes this cell
    :returns:     what a call gives back, in order, where that is more than the states: (y, h)
    :gradient:    the precision of the library's own gradient, where it is lower than that of its values
    :names:       native name of an array, from {array}, {layer} and {direction}
    :directions:  what stands for {direction}, forwards and backwards
    :axis:        the arrays have a leading axis with one entry per direction
    :default:     the library computes this cell when none of the options is given

    >>> import cellgraph as cg
    >>> _, found = cg.find("torch.nn.LSTMCell", bias=False)
    >>> found.name, list(found.arrays), found.states
    ('torch.nn.LSTMCell', ['weight_ih', 'weight_hh'], ('h', 'c'))
    """

    name: str
    arrays: Mapping[str, BlockLayout] = field(repr=False)
    parameters: Mapping[str, Shape] = field(repr=False)
    options: Mapping[str, Option | sp.Expr] = field(default_factory=dict)
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    returns: tuple[str, ...] = ()
    gradient: str = ""
    names: str = "{array}"
    directions: tuple[str, str] = ("", "")
    axis: bool = False
    default: bool = True

    def unpack(
        self, arrays: Mapping[str, Array], layer: int = 0, reverse: bool = False, xp: Any = None
    ) -> dict[str, Array]:
        """The cell's parameters by name, out of the library's arrays for one layer and direction.

        arrays: native name -> array of namespace `xp` (default numpy); further names are left alone. Parts are
        views where the namespace has views. A parameter that the library lacks is zeros of `xp`.

        Raises KeyError for an array that is missing, ValueError for a shape that does not fit.

        >>> import cellgraph as cg, numpy as np
        >>> _, found = cg.find("torch.nn.GRUCell", bias=False)
        >>> arrays = {"weight_ih": np.arange(45).reshape(15, 3), "weight_hh": np.zeros((15, 5))}
        >>> parameters = found.unpack(arrays)
        >>> parameters["W_r"].shape, int(parameters["W_r"][0, 0]), int(parameters["W_z"][0, 0])
        ((5, 3), 0, 15)
        """
        xp = namespace(xp)
        native = {name: self._native(arrays, name, layer, reverse, xp) for name in self.arrays}
        shapes = _measured(self, {name: tuple(array.shape) for name, array in native.items()})
        values: dict[str, Array] = {}
        for name, block in self.arrays.items():
            for parameter, piece in pieces(block, native[name], shapes, xp):
                values[parameter] = values[parameter] + piece if parameter in values else piece
        kind = next(iter(native.values())).dtype
        return {
            p: values[p] if p in values else xp.zeros(tuple(map(int, shapes[p])), dtype=kind) for p in self.parameters
        }

    def pack(
        self, grads: Mapping[str, Array], layer: int = 0, reverse: bool = False, xp: Any = None
    ) -> dict[str, Array]:
        """The library's arrays for one layer and direction, out of gradients by parameter: each copy gets the whole.

        grads: parameter -> array of namespace `xp`; what is no parameter is left alone. Raises KeyError for a
        parameter without a gradient.

        >>> import cellgraph as cg, numpy as np
        >>> _, found = cg.find("keras.layers.SimpleRNNCell")
        >>> packed = found.pack({"W": np.ones((5, 3)), "U": np.ones((5, 5)), "b": np.ones(5)})
        >>> {name: array.shape for name, array in packed.items()}
        {'kernel': (3, 5), 'recurrent_kernel': (5, 5), 'bias': (5,)}
        """
        missing = [name for block in self.arrays.values() for name in names_in(block) if name not in grads]
        if missing:
            raise KeyError(f"no gradient of {', '.join(dict.fromkeys(missing))}; found {', '.join(grads)}")
        xp = namespace(xp)
        packed = {name: joined(block, grads, self.parameters, xp) for name, block in self.arrays.items()}
        return {
            native: xp.stack([member], 0) if self.axis else member
            for name, array in packed.items()
            for native, member in members(self.native_name(name, layer, reverse), array)
        }

    def native_name(self, array: str, layer: int = 0, reverse: bool = False) -> str:
        """What the library calls this array in a layer (counted from 0) and direction.

        >>> import cellgraph as cg
        >>> _, found = cg.find("torch.nn.LSTM")
        >>> found.native_name("weight_ih", layer=1, reverse=True)
        'weight_ih_l1_reverse'
        """
        # Not str.format: the template is a user's text, and format reads attributes.
        named = self.names.replace("{layer}", str(layer)).replace("{direction}", self.directions[reverse])
        return named.replace("{array}", array)

    def _native(self, arrays: Mapping[str, Array], name: str, layer: int, reverse: bool, xp: Any) -> Array:
        native = self.native_name(name, layer, reverse)
        if MEMBER.search(native) and MEMBER.sub("0", native) in arrays:
            numbered = takewhile(arrays.__contains__, (MEMBER.sub(str(k), native) for k in count()))
            return xp.stack([arrays[member] for member in numbered], 0)
        if native not in arrays:
            raise KeyError(f"{self.name} has an array '{native}'; found {', '.join(arrays) or 'none'}")
        return arrays[native][int(reverse)] if self.axis else arrays[native]


def members(name: str, array: Array) -> Iterator[tuple[str, Array]]:
    """The arrays of all members by name, where a library keeps them apart; else the array itself."""
    if not MEMBER.search(name):
        yield name, array
        return
    for k in range(len(array)):
        yield MEMBER.sub(str(k), name), array[k]


def namespace(xp: Any) -> Any:
    """The array namespace that is meant: `xp`, or numpy, which only those pay for who use it."""
    if xp is None:
        import numpy

        xp = numpy
    return xp


def shapes(implementation: Implementation, directions: int = 1) -> dict[str, Shape]:
    """The shape of each array in the cell's sizes, by its own name; `directions` matters where they share an array."""
    lead = (sp.Integer(directions),) if implementation.axis else ()
    return {
        name: (*lead, *block_shape(block, implementation.parameters)) for name, block in implementation.arrays.items()
    }


def formula(implementation: Implementation) -> sp.Expr:
    """How many numbers the library stores for one layer in one direction: the sum of its arrays' sizes."""
    return sp.Add(*(numel(shape) for shape in shapes(implementation).values()))


def places(implementation: Implementation) -> Counter[str]:
    """In how many places of the library's arrays each parameter stands, in their order; 0 is left out."""
    return Counter(name for block in implementation.arrays.values() for name in names_in(block))


def with_options(implementation: Implementation, options: Mapping[str, Option]) -> Implementation:
    """The same class with options set: arrays go away where one of them is false, and one that is a dim tells it."""
    gone = {name for option, names in implementation.without.items() if options.get(option) is False for name in names}
    dims = {key: value for key, value in implementation.options.items() if isinstance(value, sp.Symbol)}
    told = {dims[key].name: value for key, value in options.items() if key in dims and isinstance(value, int)}
    return replace(
        implementation,
        arrays=MappingProxyType({name: block for name, block in implementation.arrays.items() if name not in gone}),
        options=MappingProxyType({**implementation.options, **options}),
        sizes=MappingProxyType({**implementation.sizes, **told}),
    )


def _measured(implementation: Implementation, native: Mapping[str, tuple[int, ...]]) -> dict[str, Shape]:
    """The parameters' shapes as numbers, worked out from the shapes of real arrays. Raises ValueError."""
    open_sizes: list[tuple[sp.Expr, int, str]] = []
    for name, block in implementation.arrays.items():
        expected = block_shape(block, implementation.parameters)
        if len(expected) != len(native[name]):
            raise ValueError(f"array '{name}' has shape {native[name]}; {implementation.name} has {spelled(expected)}")
        open_sizes += [(size, given, name) for size, given in zip(expected, native[name], strict=True)]
    known = {sp.Symbol(n, integer=True, positive=True): size for n, size in implementation.sizes.items()}
    # Sizes are sums of dims: those with one unknown tell it, and then others have one unknown. Each round tells one.
    while True:
        current = [(size.subs(known), given, name) for size, given, name in open_sizes]
        told = next(((s, g, n) for s, g, n in current if len(s.free_symbols) == 1), None)
        if told is None:
            break
        size, given, name = told
        symbol = next(iter(size.free_symbols))
        value = (given - size.subs(symbol, 0)) / size.coeff(symbol)
        if not (value.is_Integer and value > 0):
            raise ValueError(f"array '{name}' has a side of {given}, which is not {size} for any whole {symbol}")
        known[symbol] = int(value)
    measured = {p: _numbered(shape, known) for p, shape in implementation.parameters.items()}
    missing = {symbol for shape in measured.values() for size in shape for symbol in size.free_symbols}
    if missing:
        options = [option for option, value in implementation.options.items() if value in missing]
        hint = f"; give {' and '.join(options)}" if options else ""
        raise ValueError(f"the arrays of {implementation.name} do not tell every size of the cell{hint}")
    for size, given, name in current:
        if size != given:
            raise ValueError(f"array '{name}' has a side of {given}; the other arrays make it {size}")
    return measured


def _numbered(shape: Shape, known: Mapping[sp.Symbol, int]) -> Shape:
    """A shape with these sizes put in."""
    axes = [Axis(axis.size.subs(known), axis.place) for axis in axes_of(shape)]
    return family(axes, tuple(size.subs(known) for size in core(shape)))
