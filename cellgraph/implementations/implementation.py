"""How a real library lays out a cell's parameters: which arrays it has, what stands in them, and how often."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import count, takewhile
from operator import add
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.errors import listed
from cellgraph.implementations.block_layout import Array, BlockLayout, block_shape, joined, leaves, names_in, pieces
from cellgraph.implementations.measured import measured
from cellgraph.ops import Shape, numel

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
        self,
        arrays: Mapping[str, Array],
        layer: int = 0,
        reverse: bool = False,
        xp: Any = None,
        *,
        sizes: Mapping[str, int] | None = None,
    ) -> dict[str, Array]:
        """The cell's parameters by name, out of the library's arrays for one layer and direction.

        arrays: native name -> array of namespace `xp` (default numpy); further names are left alone. Parts are
        views where the namespace has views. A parameter that the library lacks is zeros of `xp`. sizes: of the cell, by
        name, where the arrays' shapes do not tell them: of two sizes that only stand in a sum.

        Raises KeyError for an array that is missing, ValueError for a shape that does not fit.

        >>> import cellgraph as cg, numpy as np
        >>> _, found = cg.find("torch.nn.GRUCell", bias=False)
        >>> arrays = {"weight_ih": np.arange(45).reshape(15, 3), "weight_hh": np.zeros((15, 5))}
        >>> parameters = found.unpack(arrays)
        >>> parameters["W_r"].shape, int(parameters["W_r"][0, 0]), int(parameters["W_z"][0, 0])
        ((5, 3), 0, 15)
        """
        copies = self.copies(arrays, layer, reverse, xp, sizes=sizes)
        return {parameter: reduce(add, found) for parameter, found in copies.items()}

    def copies(
        self,
        arrays: Mapping[str, Array],
        layer: int = 0,
        reverse: bool = False,
        xp: Any = None,
        *,
        sizes: Mapping[str, int] | None = None,
    ) -> dict[str, tuple[Array, ...]]:
        """What stands for each of the cell's parameters in the library's arrays, in their order; the sum is its value.

        A parameter that the library lacks is zeros, once. Takes and raises what `unpack` does.

        >>> import cellgraph as cg, numpy as np
        >>> _, found = cg.find("torch.nn.RNNCell")
        >>> arrays = {"weight_ih": np.ones((1, 2)), "weight_hh": np.ones((1, 1)), "bias_ih": [3.0], "bias_hh": [4.0]}
        >>> found.copies({name: np.asarray(array) for name, array in arrays.items()})["b"]
        (array([3.]), array([4.]))
        """
        xp = namespace(xp)
        native = {name: self._native(arrays, name, layer, reverse, xp) for name in self.arrays}
        shapes = measured(self, {name: tuple(array.shape) for name, array in native.items()}, sizes or {})
        copies: dict[str, list[Array]] = {}
        for name, block in self.arrays.items():
            for parameter, piece in pieces(block, native[name], shapes, xp):
                copies.setdefault(parameter, []).append(piece)
        kind = next(iter(native.values())).dtype
        return {
            p: tuple(copies[p]) if p in copies else (xp.zeros(tuple(map(int, shapes[p])), dtype=kind),)
            for p in self.parameters
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
        self._all_there(grads, "gradient")
        number = places(self)
        copies = {name: (grads[name],) * max(1, number[name]) for name in grads}
        return self._natively(self.arranged(copies, xp), layer, reverse, xp)

    def stored(
        self, values: Mapping[str, Array], layer: int = 0, reverse: bool = False, xp: Any = None
    ) -> dict[str, Array]:
        """The library's arrays for one layer and direction, out of the parameters' values: `unpack` gives them back.

        The first copy of a parameter gets its value and the others zeros, because the library adds them. What nobody
        reads is zeros. values: parameter -> array of namespace `xp`; what is no parameter is left alone.

        Raises KeyError for a parameter without a value, and ValueError for one that the library has no place for and
        that is not zero.

        >>> import cellgraph as cg, numpy as np
        >>> _, found = cg.find("torch.nn.RNNCell")
        >>> arrays = found.stored({"W": np.ones((1, 2)), "U": np.ones((1, 1)), "b": np.array([7.0])})
        >>> arrays["bias_ih"], arrays["bias_hh"]
        (array([7.]), array([0.]))
        """
        self._all_there(values, "value")
        xp, number = namespace(xp), places(self)
        for name, largest in no_place(self, values, xp).items():
            raise ValueError(f"{self.name} has no {name}, which is not zero: its largest entry is {largest:.6g}")
        copies = {
            name: (values[name], *[xp.zeros_like(values[name])] * (number[name] - 1))
            for name in self.parameters
            if name in values
        }
        return self._natively(self.arranged(copies, xp), layer, reverse, xp)

    def arranged(self, copies: Mapping[str, Sequence[Array]], xp: Any = None) -> dict[str, Array]:
        """Each of `arrays` by its key there, out of each copy of each parameter, as `copies` gives them.

        What nobody reads is zeros.

        >>> import cellgraph as cg, numpy as np
        >>> _, found = cg.find("torch.nn.RNNCell")
        >>> copies = {"W": [np.ones((1, 2))], "U": [np.ones((1, 1))], "b": [np.array([3.0]), np.array([4.0])]}
        >>> found.arranged(copies)["bias_hh"]
        array([4.])
        """
        xp = namespace(xp)
        left = {name: iter(own) for name, own in copies.items()}
        arrays = {}
        for name, block in self.arrays.items():
            parts = (next(left[p]) if read else xp.zeros_like(copies[p][0]) for p, read in leaves(block))
            arrays[name] = joined(block, parts, self.parameters, xp)
        return arrays

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

    def _natively(self, arrays: Mapping[str, Array], layer: int, reverse: bool, xp: Any) -> dict[str, Array]:
        xp = namespace(xp)
        return {
            native: xp.stack([member], 0) if self.axis else member
            for name, array in arrays.items()
            for native, member in members(self.native_name(name, layer, reverse), array)
        }

    def _all_there(self, given: Mapping[str, Array], what: str) -> None:
        missing = [name for block in self.arrays.values() for name, _ in leaves(block) if name not in given]
        if missing:
            raise KeyError(f"no {what} of {', '.join(dict.fromkeys(missing))}; found {', '.join(given)}")

    def _native(self, arrays: Mapping[str, Array], name: str, layer: int, reverse: bool, xp: Any) -> Array:
        native = self.native_name(name, layer, reverse)
        if MEMBER.search(native) and MEMBER.sub("0", native) in arrays:
            numbered = takewhile(arrays.__contains__, (MEMBER.sub(str(k), native) for k in count()))
            return xp.stack([arrays[member] for member in numbered], 0)
        if native not in arrays:
            raise KeyError(f"{self.name} has an array '{native}'; found {listed(arrays) or 'none'}")
        return arrays[native][int(reverse)] if self.axis else arrays[native]


def members(name: str, array: Array) -> Iterator[tuple[str, Array]]:
    """The arrays of all members by name, where a library keeps them apart; else the array itself."""
    if not MEMBER.search(name):
        yield name, array
        return
    for k in range(len(array)):
        yield MEMBER.sub(str(k), name), array[k]


def called(implementation: Implementation) -> str:
    """The class with its options, as one would write a call: 'keras.layers.GRU(reset_after=True)'."""
    options = ", ".join(f"{key}={value}" for key, value in implementation.options.items())
    return implementation.name + (f"({options})" if options else "")


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


def no_place(implementation: Implementation, values: Mapping[str, Array], xp: Any) -> dict[str, float]:
    """The parameters that stand in no array of the library and are not zero, each with its largest entry."""
    number = places(implementation)
    nowhere = [name for name in implementation.parameters if name in values and not number[name]]
    return {name: float(xp.abs(values[name]).max()) for name in nowhere if bool((values[name] != 0).any())}


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
