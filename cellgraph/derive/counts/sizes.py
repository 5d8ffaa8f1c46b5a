"""Numbers for dims: checking the sizes that a reader gives, putting them into formulas, and the sizes of a stack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sympy as sp

from cellgraph.graph import Cell, Graph, postorder, size, symbols_of
from cellgraph.messages import Message, listed, message
from cellgraph.ops import Matmul, Shape, axes_of, core, operands

Sizes = Mapping[sp.Symbol, sp.Integer]


def checked_sizes(of: Cell | Graph, sizes: Mapping[str, int]) -> dict[sp.Symbol, sp.Integer]:
    """The sizes as symbols and exact integers. Raises ValueError for a name that `of` lacks or a size below 1."""
    dims = {name: dim_of(of, name) for name in sizes}
    for name, value in sizes.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"size {name}={value!r}: a size is a positive whole number")
    return {dims[name]: sp.Integer(value) for name, value in sizes.items()}


def dim_of(of: Cell | Graph, name: str) -> sp.Symbol:
    """The dim of that name. Raises ValueError where the cell, or graph, has none."""
    called, dims = (of.name, [*of.dims]) if isinstance(of, Cell) else ("this graph", [*map(str, of.sizes)])
    if name not in dims:
        raise ValueError(f"{called} has no size {name!r}; it has {', '.join(dims) or 'none'}")
    return size(name)


def number(formula: sp.Expr, sizes: Sizes) -> int | None:
    """The formula as an exact number, or None where a size is not given."""
    value = formula.xreplace(dict(sizes))
    return int(value) if value.is_Integer else None


def open_sizes(cell: Cell, formulas: Iterable[sp.Expr], sizes: Sizes) -> list[Message]:
    """Which dims of these formulas have no size, in a sentence; nothing where all have one."""
    dims = sorted({symbol for formula in formulas for symbol in formula.free_symbols} - {*sizes}, key=str)
    named = listed(message("{dim} ({label})", dim=dim, label=cell.dims.get(str(dim), "")) for dim in dims)
    said = message("{cell}: some numbers are unknown without these sizes: {sizes}", cell=cell.name, sizes=named)
    return [said] if dims else []


def input_dim(cell: Cell) -> sp.Symbol | None:
    """The last size of the first input that is no scalar; None where that is no dim by itself."""
    return _last(next((q.shape for q in cell.step.having("input") if core(q.shape or ())), ()))


def hidden_dim(cell: Cell) -> sp.Symbol | None:
    """The last size of the output, where it is a state, or else of the first state, where that is a vector.

    An output that is only a projection of what the step has computed is looked through: in h = P (o ⊙ tanh c), the
    hidden size is that of c. None where the size is no dim by itself.
    """
    step, states = cell.step, list(cell.carries.values())
    vector = len(core(step.quantities[states[0]].shape or ())) == 1
    if cell.output not in states:
        return _last(step.quantities[states[0] if vector else cell.output].shape)
    return _last(step.shape(_projected(cell, step.definitions[cell.output])))


def _projected(cell: Cell, rhs: sp.Expr) -> sp.Expr:
    """What a right-hand side is a projection of: of one vector, made of states, by a matrix; itself if of none."""
    products = [operands(node)[1] for node in postorder(rhs) if isinstance(node, Matmul)]
    recurring = cell.step.descendants(cell.carries)
    return rhs if len(products) != 1 or recurring.isdisjoint(symbols_of(products[0])) else products[0]


def _last(shape: Shape | None) -> sp.Symbol | None:
    own = core(shape or ())
    return own[-1] if own and isinstance(own[-1], sp.Symbol) else None


@dataclass(frozen=True)
class Stack:
    """`layers` of a cell; each is one cell, or, if `bidirectional`, two: one forwards and one backwards in time.

    The first layer reads the input; each further one reads the outputs of all cells of the layer below, one after the
    other. Raises ValueError for layers < 1.
    """

    layers: int = 1
    bidirectional: bool = False

    def __post_init__(self) -> None:
        if self.layers < 1:
            raise ValueError(f"layers is {self.layers}; it must be 1 or more")

    @property
    def directions(self) -> int:
        """How many cells a layer has."""
        return 2 if self.bidirectional else 1

    @property
    def name(self) -> Message:
        """What a stack is called: "2 layers, both directions"."""
        parts = [message("{layers} layers", layers=self.layers)] if self.layers > 1 else []
        parts += [message("both directions")] if self.bidirectional else []
        return parts[0] if len(parts) == 1 else message("{first}, {second}", first=parts[0], second=parts[1])

    def further(self, cell: Cell) -> dict[sp.Symbol, sp.Expr]:
        """The sizes of a cell above the first layer, in those of the whole: {m: 2*n}.

        Raises ValueError where the cell has not one input and one output that are vectors.
        """
        inputs, output = cell.step.having("input"), cell.step.quantities[cell.output]
        vectors = [q.shape for q in (*inputs, output) if q.shape is not None and len(core(q.shape)) == 1]
        if len(inputs) == 1 and len(vectors) == 2 and vectors[0] == vectors[1] and self.directions == 1:
            # What comes out is as large as what goes in, whatever that is made of: heads side by side.
            return {}
        if len(inputs) != 1 or len(vectors) != 2 or not isinstance(vectors[0][-1], sp.Symbol):
            raise ValueError(f"{cell.name} cannot be stacked: that needs one input and one output, both vectors")
        if axes_of(vectors[0]) != axes_of(vectors[1]):
            raise ValueError(f"{cell.name} cannot be stacked: its input and its output do not have the same axes")
        return {vectors[0][-1]: self.directions * vectors[1][-1]}

    def above(self, cell: Cell, formula: sp.Expr) -> sp.Expr:
        """What one cell above the first layer has, where one in it has `formula`. Raises as `further` does."""
        return formula.subs(self.further(cell))

    def total(self, cell: Cell, formula: sp.Expr) -> sp.Expr:
        """What all cells of the stack have together, where one has `formula`. Raises as `further` does."""
        above = (self.layers - 1) * self.above(cell, formula) if self.layers > 1 else 0
        return self.directions * (formula + above)


ONE = Stack()
"""One cell and no more."""
