"""The immutable graph of a cell: quantities and the equations between them, sorted, shaped and free of cycles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import sympy as sp

from cellgraph.display import Displayed
from cellgraph.errors import Problem, ShapeError, Source, SpecError
from cellgraph.ops import Head, Mismatch, Shape, Unshaped, operands, spelled
from cellgraph.ordering import UNSHAPED, disagreement, mistake, ordered

if TYPE_CHECKING:
    from cellgraph.spec.layout import Implementation

Role = Literal["input", "state", "param", "const", "seed", "derived"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named array of the graph.

    `time` is 0 for the current step, −1 for the step before, t for step t of an unrolled graph, None for parameters.
    `of` is set for an adjoint: the quantity whose gradient it is. `value` is the number that a constant is, unless
    another is given for it.
    """

    symbol: sp.Symbol
    role: Role
    shape: Shape | None
    time: int | None = 0
    of: sp.Symbol | None = None
    value: sp.Rational | None = None


@dataclass(frozen=True, slots=True)
class Equation:
    """`lhs` = `rhs`, the right-hand side in heads of the operation table, in written order.

    `uses` are the symbols of the right-hand side, each once; `spans` say where its parts stand in the source, and
    what their text is, so far as that is known.
    """

    lhs: sp.Symbol
    rhs: sp.Expr
    source: Source | None = field(default=None, compare=False)
    spans: Mapping[sp.Expr, tuple[Source, str]] = field(default_factory=dict, compare=False, repr=False)
    uses: tuple[sp.Symbol, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "uses", symbols_of(self.rhs))


@dataclass(frozen=True)
class Graph(Displayed):
    """Quantities by symbol, and equations in an order in which they can be computed. Made by `Graph.build` alone.

    `outputs` is what the graph hands on: what a loss may depend on, and so where a gradient starts.
    """

    quantities: Mapping[sp.Symbol, Quantity]
    equations: tuple[Equation, ...]
    outputs: tuple[sp.Symbol, ...]

    @staticmethod
    def build(
        leaves: Iterable[Quantity],
        equations: Iterable[Equation],
        derived: Iterable[Quantity] = (),
        outputs: Iterable[sp.Symbol] | None = None,
    ) -> Graph:
        """The graph of these equations over these leaves, sorted and with every shape inferred.

        `derived` says more of left-hand sides than that they are derived: role, time, what they are the adjoint of,
        and a shape that the equation must then agree with. Without `outputs`, these are the states after the step and
        whatever no equation uses.

        Raises SpecError (a cycle, a name without or with two definitions) and ShapeError.
        """
        quantities = {quantity.symbol: quantity for quantity in leaves}
        known = {quantity.symbol: quantity for quantity in derived}
        computable, mistakes = ordered(equations, quantities)
        follow_ups: list[Problem] = []
        for equation in computable:
            quantities[equation.lhs] = known.get(equation.lhs) or Quantity(equation.lhs, "derived", None)
        for equation in computable:
            quantity = quantities[equation.lhs]
            try:
                shape = shape_of(equation.rhs, quantities)
                if quantity.shape is not None and shape != quantity.shape:
                    declared, given = spelled(quantity.shape), spelled(shape)
                    raise Mismatch(f"'{equation.lhs}' is declared as {declared}, its equation gives {given}")
                if quantity.shape is None:
                    quantities[equation.lhs] = replace(quantity, shape=shape)
            except Unshaped as unknown:
                follow_ups.append(mistake(UNSHAPED, str(unknown), equation))
            except Mismatch as mismatch:
                # The declared shape, where there is one, lets the search for mistakes go on without follow-ups.
                mistakes.append(disagreement(mismatch, equation))
        if mistakes or follow_ups:
            only_shapes = all(problem.code == "E_SHAPE" for problem in mistakes)
            raise (ShapeError if only_shapes else SpecError)(*(mistakes or follow_ups))
        handed = _handed_on(computable, quantities) if outputs is None else tuple(outputs)
        return Graph(MappingProxyType(quantities), tuple(computable), handed)

    @cached_property
    def definitions(self) -> Mapping[sp.Symbol, sp.Expr]:
        """The right-hand side of every computed quantity."""
        return MappingProxyType({equation.lhs: equation.rhs for equation in self.equations})

    @cached_property
    def leaves(self) -> tuple[Quantity, ...]:
        """The quantities that are given, not computed."""
        return tuple(q for s, q in self.quantities.items() if s not in self.definitions)

    def having(self, role: Role) -> tuple[Quantity, ...]:
        """The quantities of one role, in order."""
        return tuple(q for q in self.quantities.values() if q.role == role)

    def shape(self, expr: sp.Expr) -> Shape:
        """The shape of an expression over this graph's quantities. Raises Mismatch."""
        return shape_of(expr, self.quantities)

    @cached_property
    def sizes(self) -> tuple[sp.Symbol, ...]:
        """The size symbols that the shapes are made of, by name."""
        found = {s for q in self.quantities.values() for size in q.shape or () for s in size.free_symbols}
        return tuple(sorted(found, key=str))


@dataclass(frozen=True)
class Cell(Displayed):
    """A recurrent cell: one step as a graph, what one step hands to the next, and what people call the parts.

    `carries` maps each state before the step to the state after it: {h[t-1]: h, c[t-1]: c}. `initial` says what a state
    is before the first step, where that is not zero: a number for every entry, or the symbol of a parameter.
    """

    name: str
    step: Graph
    carries: Mapping[sp.Symbol, sp.Symbol]
    output: sp.Symbol
    readout: Graph | None = None
    dims: Mapping[str, str] = field(default_factory=dict)
    title: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reference: str = ""
    year: int | None = None
    family: str = ""
    note: Mapping[str, str] = field(default_factory=dict)
    implementations: tuple[Implementation, ...] = ()
    recorded: tuple[str, ...] = ()
    expects: Mapping[str, sp.Expr] = field(default_factory=dict)
    initial: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)


def size(name: str) -> sp.Symbol:
    """The symbol of a dim. Sizes are ordinary SymPy algebra; quantities are plain symbols and never meet it."""
    return sp.Symbol(name, integer=True, positive=True)


def before(name: str) -> sp.Symbol:
    """The symbol of a state before the step: h[t-1]."""
    return sp.Symbol(f"{name}[t-1]")


def postorder(expr: sp.Expr) -> list[sp.Expr]:
    """Every operand below an expression and the expression itself, arguments first, without recursion."""
    found: list[sp.Expr] = []
    stack = [expr]
    while stack:
        node = stack.pop()
        found.append(node)
        if isinstance(node, Head):
            stack.extend(operands(node))
    found.reverse()
    return found


def symbols_of(expr: sp.Expr) -> tuple[sp.Symbol, ...]:
    """The symbols that an expression uses, each once, in written order."""
    return tuple(dict.fromkeys(node for node in postorder(expr) if isinstance(node, sp.Symbol)))


def shape_of(expr: sp.Expr, quantities: Mapping[sp.Symbol, Quantity]) -> Shape:
    """The shape of an expression; numbers and sizes are scalars. Raises Mismatch where operands do not agree."""
    stack: list[Shape] = []
    for node in postorder(expr):
        if isinstance(node, Head):
            count = len(operands(node))
            shapes = stack[len(stack) - count :]
            del stack[len(stack) - count :]
            try:
                stack.append(node.op.shape(*shapes, *node.args[count:]))
            except Mismatch as mismatch:
                mismatch.at = node
                raise
        else:
            stack.append(_leaf_shape(node, quantities))
    return stack[0]


def shapes_within(expr: sp.Expr, quantities: Mapping[sp.Symbol, Quantity]) -> dict[sp.Expr, Shape]:
    """The shape of an expression and of every operand below it. Raises Mismatch."""
    shapes: dict[sp.Expr, Shape] = {}
    for node in postorder(expr):
        if node in shapes:
            continue
        if isinstance(node, Head):
            arguments = operands(node)
            shapes[node] = node.op.shape(*[shapes[a] for a in arguments], *node.args[len(arguments) :])
        else:
            shapes[node] = _leaf_shape(node, quantities)
    return shapes


def _leaf_shape(node: sp.Expr, quantities: Mapping[sp.Symbol, Quantity]) -> Shape:
    quantity = quantities.get(node)
    if quantity is None:
        return ()
    if quantity.shape is None:
        raise Unshaped(f"the shape of '{quantity.symbol}' is not known")
    return quantity.shape


def rebuilt(expr: sp.Expr, mapping: Mapping[sp.Expr, sp.Expr]) -> sp.Expr:
    """The expression with whole subexpressions replaced, outermost first, without recursion."""
    stack: list[sp.Expr] = []
    todo: list[tuple[sp.Expr, bool]] = [(expr, False)]
    while todo:
        node, expanded = todo.pop()
        if expanded:
            count = len(operands(node))
            arguments = stack[len(stack) - count :]
            del stack[len(stack) - count :]
            stack.append(type(node)(*arguments, *node.args[count:]))
        elif node in mapping:
            stack.append(mapping[node])
        elif isinstance(node, Head):
            todo.append((node, True))
            todo.extend((argument, False) for argument in reversed(operands(node)))
        else:
            stack.append(node)
    return stack[0]


def _handed_on(equations: list[Equation], quantities: Mapping[sp.Symbol, Quantity]) -> tuple[sp.Symbol, ...]:
    used = {symbol for equation in equations for symbol in symbols_of(equation.rhs)}
    computed = [equation.lhs for equation in equations]
    states = [symbol for symbol in computed if quantities[symbol].role == "state"]
    return (*states, *(symbol for symbol in computed if symbol not in used and symbol not in states))
