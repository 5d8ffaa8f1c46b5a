"""The adjoint of a graph: reverse-mode gradients as equations of their own, with every intermediate named.

Conventions: a gradient has the shape of its variable; δ_q = ∂L/∂q for a quantity q inside the graph, by every path from
q to L. Of it, Δ_q is the cotangent that comes to q from outside the graph (Greff et al. 2015, appendix A): δ_q = Δ_q +
what comes back by the graph's own equations. Derivatives of activations are written in their outputs (f ⊙ (1 − f),
1 − g²). The adjoint is a graph again, so it can be shown, evaluated and differentiated like any other.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import sympy as sp

from cellgraph import deadline
from cellgraph.graph import Cell, Equation, Graph, Quantity, parts, postorder, reachable, rebuilt, shapes_within, stem
from cellgraph.ops import Add, Head, Stop, filled, operands, pulled

Symbols = Sequence[sp.Symbol | str]

ORDERS = (("L", "δ", "Δ"), ("M", "ε", "Ε"), ("N", "ζ", "Ζ"), ("P", "η", "Η"))
"""The loss, the letter of its adjoints and that of cotangents from outside, for a gradient, a gradient of one, and on.

The capitals are Greek too: no name of a spec has them.
"""
RANKS = {"state": 0, "input": 1}
"""Gradients of states before come first, then those of inputs, then those of parameters."""
RATE = 600
"""Terms of one expanded gradient for each second of the deadline: without names expressions grow exponentially."""


@contextmanager
def gc_paused() -> Iterator[None]:
    """Within this block (or decorated function) the cyclic garbage collector rests.

    Immutable graphs make no cycles, but every collection scans all their nodes: a third of the time of 1000 steps.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def gradient(cell: Cell, of: Symbols | None = None, wrt: Symbols | None = None) -> Graph:
    """The adjoint of one step: ∂L/∂(every parameter, input and state before) from ∂L/∂(every state after).

    Rumelhart, Hinton & Williams 1986; for the LSTM in this form Greff et al. 2015, appendix A. Raises KeyError.

    >>> import cellgraph as cg
    >>> adjoint = cg.gradient(cg.load("linear-rnn"), wrt=["W", "h[t-1]"])
    >>> {str(symbol): adjoint.definitions[symbol] for symbol in adjoint.outputs}
    {'∂L/∂W': Outer(δ_h, x), '∂L/∂h[t-1]': Matmul(Transpose(U), δ_h)}
    """
    return adjoint(cell.step, of, wrt)


@gc_paused()
def adjoint(graph: Graph, of: Symbols | None = None, wrt: Symbols | None = None) -> Graph:
    """q̄ = Σ over uses of q of (∂use/∂q)ᵀ applied to the use's adjoint: the graph, with these equations added.

    `of`: the quantities on which L depends directly (default: the graph's outputs); each gets a seed, the cotangent
    that comes from outside: Δ_q, or δ_q itself where the graph adds nothing to it. `wrt`: the leaves whose gradients
    are wanted (default: all). Gradients of leaves are the outputs of the result; a leaf on which
    nothing depends has gradient zero and is listed so.

    Raises KeyError for a name that the graph does not have.

    >>> import cellgraph as cg
    >>> bptt = cg.adjoint(cg.unroll(cg.load("linear-rnn"), 2), wrt=["U"])
    >>> bptt.definitions[bptt.outputs[0]]
    Add(Outer(δ_h[2], h[1]), Outer(δ_h[1], h[0]))
    """
    forward = named(graph)
    sources = _chosen(of, forward, "of") if of is not None else forward.outputs
    leaves = sorted((q for q in forward.leaves if q.role != "const"), key=lambda q: RANKS.get(q.role, 2))
    targets = _chosen(wrt, forward, "wrt") if wrt is not None else tuple(q.symbol for q in leaves)
    swept = _ReverseSweep(forward, sources)
    gradients = [swept.gradient(symbol) for symbol in targets]
    uses = {e.lhs: e.uses for e in (*swept.equations, *gradients)}
    wanted = reachable([e.lhs for e in gradients], uses) if wrt is not None else None
    return Graph.build(
        [*forward.leaves, *swept.seeds],
        [*forward.equations, *(e for e in swept.equations if wanted is None or e.lhs in wanted), *gradients],
        [*(forward.quantities[e.lhs] for e in forward.equations), *swept.adjoints],
        [e.lhs for e in gradients],
    )


def adjoint_equations(graph: Graph) -> tuple[Equation, ...]:
    """The equations of an adjoint graph that define adjoints, without those of the forward step."""
    return tuple(e for e in graph.equations if graph.quantities[e.lhs].of is not None)


def expanded(gradient: Graph) -> Graph:
    """The adjoint graph with every δ replaced by what it stands for, so that each gradient is one formula.

    Quantities of the forward step keep their names. Raises LimitError where a formula would be too long.
    """
    outputs = set(gradient.outputs)
    forward = [e for e in gradient.equations if gradient.quantities[e.lhs].of is None]
    adjoints = [e for e in gradient.equations if gradient.quantities[e.lhs].of is not None]
    inlined: dict[sp.Expr, sp.Expr] = {}
    nodes: dict[sp.Symbol, int] = {}
    results = []
    seconds = deadline.CURRENT.get().seconds
    for equation in adjoints:
        deadline.DOING.set(f"expanding {equation.lhs}")
        count = sum(nodes.get(node, 1) for node in postorder(equation.rhs))
        if seconds is not None and count > seconds * RATE:
            raise deadline.too_large(f"makes more than {int(seconds * RATE):,} terms")
        rhs = rebuilt(equation.rhs, inlined)
        if equation.lhs in outputs:
            results.append(Equation(equation.lhs, rhs))
        else:
            inlined[equation.lhs] = rhs
            nodes[equation.lhs] = count
    derived = [gradient.quantities[e.lhs] for e in (*forward, *results)]
    return Graph.build(gradient.leaves, [*forward, *results], derived, gradient.outputs)


class _ReverseSweep:
    """One backward sweep: collects the contributions to every adjoint, outputs first, and names the adjoints."""

    def __init__(self, graph: Graph, sources: Sequence[sp.Symbol]) -> None:
        self.graph = graph
        self.seeds: list[Quantity] = []
        self.adjoints: list[Quantity] = []
        self.equations: list[Equation] = []
        self.terms: dict[sp.Symbol, list[sp.Expr]] = {}
        used = {q.symbol.name[:2] for q in graph.quantities.values() if q.of is not None}
        order = next(own for own in ORDERS if not {f"∂{own[0]}", f"{own[1]}_", f"{own[2]}_"} & used)
        self.loss, self.letter, outside = order
        used_by_sources = graph.ancestors(s for source in sources for s in graph.uses.get(source, ()))
        for symbol in sources:
            # An output that nothing else uses has its seed as its adjoint, so the seed takes the adjoint's name.
            letter = outside if symbol in used_by_sources else self.letter
            self.seeds.append(self._adjoint(sp.Symbol(f"{letter}_{symbol.name}"), symbol, "seed"))
            self.terms[symbol] = [self.seeds[-1].symbol]
        for equation in _backwards(graph):
            if equation.lhs in self.terms:
                self._pull(equation.rhs, equation.lhs, self._bar(equation.lhs))

    def gradient(self, symbol: sp.Symbol) -> Equation:
        """∂L/∂symbol as the sum of what flows to it; zero where nothing does."""
        terms = self.terms.get(symbol, [])
        shape = self.graph.quantities[symbol].shape or ()
        self.adjoints.append(self._adjoint(sp.Symbol(self._leaf_name(symbol)), symbol))
        return Equation(self.adjoints[-1].symbol, _total(terms) if terms else filled(sp.S.Zero, shape))

    def _leaf_name(self, symbol: sp.Symbol) -> str:
        return f"∂{self.loss}/∂{symbol.name}"

    def _adjoint(self, name: sp.Symbol, of: sp.Symbol, role: str = "derived") -> Quantity:
        quantity = self.graph.quantities[of]
        return Quantity(name, role, quantity.shape, quantity.time, of)  # type: ignore[arg-type]

    def _bar(self, symbol: sp.Symbol) -> sp.Symbol:
        """The named adjoint of a computed quantity; its equation is written the first time."""
        name = sp.Symbol(f"{self.letter}_{symbol.name}")
        terms = self.terms[symbol]
        if terms != [name]:
            self.adjoints.append(self._adjoint(name, symbol))
            self.equations.append(Equation(name, _total(terms)))
            self.terms[symbol] = [name]
        return name

    def _pull(self, rhs: sp.Expr, out: sp.Symbol, bar: sp.Symbol) -> None:
        """Add what `bar` contributes to the adjoints of the symbols in `rhs`."""
        shapes = shapes_within(rhs, self.graph.quantities)
        todo: list[tuple[sp.Expr, sp.Expr, sp.Expr]] = [(rhs, out, bar)]
        while todo:
            node, value, cotangent = todo.pop()
            if isinstance(node, Head):
                arguments = operands(node)
                own = tuple(shapes[argument] for argument in arguments)
                found = pulled(node, cotangent, value, own)
                todo.extend(
                    (a, a, c) for a, c in zip(reversed(arguments), reversed(found), strict=True) if c is not None
                )
            elif node in self.graph.quantities and self.graph.quantities[node].role != "const":
                self.terms.setdefault(node, []).append(cotangent)


def named(graph: Graph) -> Graph:
    """The same graph, with a name for every intermediate whose value or adjoint a gradient mentions.

    An activation's compound argument becomes a pre-activation (a_f of f); an activation inside a larger expression
    becomes s; a sum or product inside a matrix product, softmax and the like becomes q, and so does what the body of a
    function reads more than once. Equal expressions share a name.
    """
    called = {equation.lhs for equation in graph.written.equations if equation.calls}
    taken = {symbol.name for symbol in graph.quantities}
    names: dict[sp.Expr, sp.Symbol] = {}
    equations: list[Equation] = []
    for equation in graph.equations:
        rhs = equation.rhs
        if not isinstance(rhs, Head) or all(not isinstance(a, Head) for a in operands(rhs)):
            equations.append(equation)
            continue
        replaced: dict[sp.Expr, sp.Expr] = {}
        for node, name in _nameless(rhs, equation.lhs, _shared(rhs) if equation.lhs in called else ()):
            own = rebuilt(node, replaced)
            if own not in names:
                names[own] = _fresh(name, equation.lhs, taken)
                equations.append(Equation(names[own], own, equation.source))
            replaced[node] = names[own]
        equations.append(Equation(equation.lhs, rebuilt(rhs, replaced) if replaced else rhs, equation.source))
    if len(equations) == len(graph.equations):
        return graph
    times = {e.lhs: graph.quantities[e.lhs] for e in graph.equations}
    return Graph.build(graph.leaves, equations, times.values(), graph.outputs)


def _shared(rhs: Head) -> set[sp.Expr]:
    """The operations in an expression that several others read, or one of them twice."""
    nodes = dict.fromkeys(node for node in postorder(rhs) if isinstance(node, Head))
    reads = Counter(operand for node in nodes for operand in operands(node) if isinstance(operand, Head))
    return {node for node, count in reads.items() if count > 1}


def _nameless(rhs: Head, lhs: sp.Symbol, shared: Collection[sp.Expr]) -> list[tuple[sp.Expr, str]]:
    """The subexpressions of an equation that need a name, inner ones first, each with the stem of its name."""
    found: dict[sp.Expr, str] = {}
    # No gradient mentions what is inside a stop.
    for node in postorder(rhs, lambda node: () if isinstance(node, Stop) else parts(node)):
        if not isinstance(node, Head) or isinstance(node, Stop):
            continue
        for argument in operands(node):
            if not isinstance(argument, Head) or argument in found:
                continue
            if not argument.op.inline:
                found[argument] = "s"
            elif not node.op.inline:
                found[argument] = f"a_{stem(lhs)}" if node is rhs else "a"
            elif argument in shared or (not node.op.elementwise and argument.op.elementwise):
                found[argument] = "q"
    return list(found.items())


def _fresh(name: str, lhs: sp.Symbol, taken: set[str]) -> sp.Symbol:
    """A name that is not taken: this one, or this one with a number; in an unrolled graph at the equation's step."""
    time, number = lhs.name.removeprefix(stem(lhs)), 1
    while (own := f"{name}{'' if number == 1 else number}{time}") in taken:
        number += 1
    taken.add(own)
    return sp.Symbol(own)


def _backwards(graph: Graph) -> list[Equation]:
    """The equations by falling depth, those of equal depth in their own order."""
    depth: dict[sp.Symbol, int] = {}
    for equation in graph.equations:
        depth[equation.lhs] = 1 + max((depth.get(s, 0) for s in equation.uses), default=0)
    return sorted(graph.equations, key=lambda equation: -depth[equation.lhs])


def _total(terms: list[sp.Expr]) -> sp.Expr:
    return terms[0] if len(terms) == 1 else Add(*terms)


def _chosen(names: Symbols, graph: Graph, what: str) -> tuple[sp.Symbol, ...]:
    by_name = {symbol.name: symbol for symbol in graph.quantities}
    unknown = [str(name) for name in names if str(name) not in by_name]
    if unknown:
        raise KeyError(f"{what}: no quantity {unknown[0]!r}; this graph has {', '.join(by_name)}")
    return tuple(by_name[str(name)] for name in names)
