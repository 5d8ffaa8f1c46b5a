"""The immutable graph: quantities and the equations between them, sorted, shaped and free of cycles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import sympy as sp

from cellgraph.display import Displayed
from cellgraph.errors import Problem, ShapeError, Source, SpecError
from cellgraph.graph.fold import postorder, reachable
from cellgraph.graph.functions import Call, Function, functions_of, unfolded
from cellgraph.graph.order_and_shapes import UNSHAPED, disagreement, hinted, mistake, ordered, shape_of
from cellgraph.graph.symbols import Quantity, Role
from cellgraph.ops import Head, Mismatch, Shape, Unshaped, core, described, operands, spelled

if TYPE_CHECKING:
    from networkx import DiGraph


@dataclass(frozen=True, slots=True)
class Equation:
    """`lhs` = `rhs`, the right-hand side in heads of the operation table, in written order.

    `uses` are the symbols of the right-hand side, each once, and `calls` its calls of functions; `spans` say where its
    parts stand in the source, and what their text is, so far as that is known.

    >>> import cellgraph as cg
    >>> [equation] = cg.load("linear-rnn").step.equations
    >>> equation.lhs, equation.rhs
    (h, Add(Matmul(W, x), Matmul(U, h[t-1]), b))
    >>> equation.uses, equation.source.line
    ((W, x, U, h[t-1], b), 17)
    """

    lhs: sp.Symbol
    rhs: sp.Expr
    source: Source | None = field(default=None, compare=False)
    spans: Mapping[sp.Expr, tuple[Source, str]] = field(default_factory=dict, compare=False, repr=False)
    uses: tuple[sp.Symbol, ...] = field(init=False, compare=False, repr=False)
    calls: tuple[Call, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        nodes = postorder(self.rhs)
        object.__setattr__(self, "uses", tuple(dict.fromkeys(node for node in nodes if isinstance(node, sp.Symbol))))
        object.__setattr__(self, "calls", tuple(node for node in nodes if isinstance(node, Call)))


@dataclass(frozen=True, repr=False)
class Graph(Displayed):
    """Quantities by symbol, and equations in an order in which they can be computed. Made by `Graph.build` alone.

    `outputs` is what the graph hands on: what a loss may depend on, and so where a gradient starts. Equations are in
    operations alone; `folded` is the same graph with its functions called, where it was built with any.

    >>> import cellgraph as cg
    >>> lstm = cg.load("lstm").step
    >>> [equation.lhs for equation in lstm.equations], lstm.outputs
    ([f, i, g, o, c, h], (h, c))
    """

    quantities: Mapping[sp.Symbol, Quantity]
    equations: tuple[Equation, ...]
    outputs: tuple[sp.Symbol, ...]
    folded: Graph | None = field(default=None, repr=False)

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

        >>> import cellgraph as cg
        >>> from cellgraph.graph import size
        >>> from cellgraph.ops import Add, Matmul
        >>> import sympy as sp
        >>> m, n, W, x, a, y = size("m"), size("n"), *sp.symbols("W x a y")
        >>> leaves = [cg.Quantity(W, "param", (n, m), None), cg.Quantity(x, "input", (m,))]
        >>> graph = cg.Graph.build(leaves, [cg.Equation(y, Add(a, a)), cg.Equation(a, Matmul(W, x))])
        >>> [equation.lhs for equation in graph.equations], graph.quantities[y].shape, graph.outputs
        ([a, y], (n,), (y,))
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
                    declared, given = (described(s, spelled(core(s))) for s in (quantity.shape, shape))
                    hint = hinted(equation.rhs, shape, quantity.shape)
                    raise Mismatch(f"'{equation.lhs}' is declared as {declared}, its equation gives {given}{hint}")
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
        made = Graph(MappingProxyType(quantities), tuple(computable), handed)
        if not any(equation.calls for equation in computable):
            return made
        inside = tuple(replace(e, rhs=unfolded(e.rhs)) if e.calls else e for e in computable)
        return Graph(made.quantities, inside, handed, made)

    def _about(self) -> str:
        return f"equations: {len(self.equations)}, quantities: {len(self.quantities)}"

    @property
    def written(self) -> Graph:
        """The graph as it was written, with calls of functions.

        >>> import cellgraph as cg
        >>> rnn = cg.load("rnn").step
        >>> rnn.written is rnn
        True
        """
        return self.folded or self

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The functions that it was written with, and those that these call.

        >>> import cellgraph as cg
        >>> cg.load("rnn").step.functions
        ()
        """
        return functions_of(call for equation in self.written.equations for call in equation.calls)

    @cached_property
    def definitions(self) -> Mapping[sp.Symbol, sp.Expr]:
        """The right-hand side of every computed quantity.

        >>> import cellgraph as cg
        >>> gru = cg.load("gru").step
        >>> {str(symbol): rhs for symbol, rhs in gru.definitions.items()}["h"]
        Add(Mul(z, h[t-1]), Mul(Sub(1, z), g))
        """
        return MappingProxyType({equation.lhs: equation.rhs for equation in self.equations})

    @cached_property
    def leaves(self) -> tuple[Quantity, ...]:
        """The quantities that are given, not computed.

        >>> import cellgraph as cg
        >>> [q.symbol for q in cg.load("rnn").step.leaves]
        [x, h[t-1], W, U, b]
        """
        return tuple(q for s, q in self.quantities.items() if s not in self.definitions)

    def having(self, role: Role) -> tuple[Quantity, ...]:
        """The quantities of one role, in order.

        >>> import cellgraph as cg
        >>> [(q.symbol, q.shape) for q in cg.load("rnn").step.having("param")]
        [(W, (n, m)), (U, (n, n)), (b, (n,))]
        """
        return tuple(q for q in self.quantities.values() if q.role == role)

    def shape(self, expr: sp.Expr) -> Shape:
        """The shape of an expression over this graph's quantities. Raises Mismatch.

        >>> import cellgraph as cg
        >>> from cellgraph.ops import Outer
        >>> rnn = cg.load("rnn").step
        >>> h, x = rnn.outputs[0], rnn.having("input")[0].symbol
        >>> rnn.shape(Outer(h, x))
        (n, m)
        """
        return shape_of(expr, self.quantities)

    @cached_property
    def uses(self) -> Mapping[sp.Symbol, tuple[sp.Symbol, ...]]:
        """The quantities that each computed one is computed from, directly, in written order.

        >>> import cellgraph as cg
        >>> {str(symbol): used for symbol, used in cg.load("lstm").step.uses.items()}["c"]
        (f, c[t-1], i, g)
        """
        known = self.quantities
        return MappingProxyType({e.lhs: tuple(s for s in e.uses if s in known) for e in self.equations})

    @cached_property
    def users(self) -> Mapping[sp.Symbol, tuple[sp.Symbol, ...]]:
        """What is computed from each quantity, directly, in the order of the equations.

        >>> import cellgraph as cg
        >>> {str(symbol): users for symbol, users in cg.load("lstm").step.users.items()}["h[t-1]"]
        (f, i, g, o)
        """
        found: dict[sp.Symbol, list[sp.Symbol]] = {symbol: [] for symbol in self.quantities}
        for lhs, used in self.uses.items():
            for symbol in used:
                found[symbol].append(lhs)
        return MappingProxyType({symbol: tuple(users) for symbol, users in found.items()})

    def ancestors(self, ends: Iterable[sp.Symbol], held: Collection[sp.Symbol] = ()) -> frozenset[sp.Symbol]:
        """The quantities that any of `ends` is computed from, these included; those in `held` are given.

        >>> import cellgraph as cg
        >>> gru = cg.load("gru").step
        >>> z = gru.equations[0].lhs
        >>> sorted(map(str, gru.ancestors([z])))
        ['U_z', 'W_z', 'b_z', 'h[t-1]', 'x', 'z']
        """
        return frozenset(reachable(ends, self.uses, held))

    def descendants(self, starts: Iterable[sp.Symbol], held: Iterable[sp.Symbol] = ()) -> frozenset[sp.Symbol]:
        """The quantities that depend on any of `starts`, these included; those in `held` count as constants.

        >>> import cellgraph as cg
        >>> lstm = cg.load("lstm")
        >>> sorted(map(str, lstm.step.descendants(list(lstm.carries)[1:])))
        ['c', 'c[t-1]', 'h']
        """
        starts = frozenset(starts)
        fixed = frozenset(held) - starts
        return frozenset(reachable(starts, self.users, fixed) - fixed)

    def to_networkx(self) -> DiGraph:
        """The directed graph of names, an edge from each quantity to each that is computed from it.

        A node has its `symbol`, `role`, `shape` (sizes as text) and `time`; one that is computed has its `equation`.

        >>> import cellgraph as cg
        >>> sorted(cg.load("rnn").step.to_networkx().predecessors("h"))
        ['U', 'W', 'b', 'h[t-1]', 'x']
        """
        from networkx import DiGraph

        network = DiGraph()
        for q in self.quantities.values():
            shape = tuple(str(size) for size in q.shape or ())
            network.add_node(q.symbol.name, symbol=q.symbol, role=q.role, shape=shape, time=q.time)
        for equation in self.equations:
            network.nodes[equation.lhs.name]["equation"] = equation
        network.add_edges_from((symbol.name, lhs.name) for lhs, used in self.uses.items() for symbol in used)
        return network

    @cached_property
    def sizes(self) -> tuple[sp.Symbol, ...]:
        """The size symbols that shapes and equations are made of, by name.

        >>> import cellgraph as cg
        >>> cg.load("lstm-projection").step.sizes
        (m, n, p)
        """
        sizes = [size for q in self.quantities.values() for size in q.shape or ()]
        for equation in self.equations:
            for node in postorder(equation.rhs):
                if isinstance(node, Head):
                    sizes += node.args[len(operands(node)) :]
                elif node not in self.quantities:
                    sizes.append(node)
        return tuple(sorted({symbol for size in sizes for symbol in size.free_symbols}, key=str))


def functions_in(*graphs: Graph | None) -> tuple[Function, ...]:
    """The functions that any of these graphs was written with, each once; a graph that is not there has none.

    >>> import cellgraph as cg
    >>> cell = cg.load("deltanet")
    >>> [function.name for function in functions_in(cell.step, cell.readout)]
    ['silu', 'l2norm', 'rms_norm']
    """
    return tuple(dict.fromkeys(function for graph in graphs if graph is not None for function in graph.functions))


def _handed_on(equations: list[Equation], quantities: Mapping[sp.Symbol, Quantity]) -> tuple[sp.Symbol, ...]:
    used = {symbol for equation in equations for symbol in equation.uses}
    computed = [equation.lhs for equation in equations]
    states = [symbol for symbol in computed if quantities[symbol].role == "state"]
    return (*states, *(symbol for symbol in computed if symbol not in used and symbol not in states))
