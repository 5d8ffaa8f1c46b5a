"""States that do not hold what a cell remembers: normalisers, stabilisers and buffers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import sympy as sp

from cellgraph.derive.structures.flat import Flat
from cellgraph.derive.structures.scaling import divides, occurrences
from cellgraph.graph import Graph, fold, symbols_of
from cellgraph.graph.ring import in_ring
from cellgraph.ops import Add, Concat, Exp, Head, Max, Shift, Slice

Chain = list[sp.Expr]
"""The nodes from a symbol to the root of a right-hand side."""


def dividing(step: Flat, carries: Mapping[sp.Symbol, sp.Symbol], output: sp.Symbol) -> frozenset[sp.Symbol]:
    """The quantities that only divide, at this step or, as states, at a later one."""
    return _ending(step, carries, output, divides, lambda chain: True)


def stabilising(step: Flat, carries: Mapping[sp.Symbol, sp.Symbol], output: sp.Symbol) -> frozenset[sp.Symbol]:
    """The states after the step that are running maxima and stand only in exponents."""

    def additive(chain: Chain) -> bool:
        return all(in_ring(node.op) or isinstance(node, Max) for node in chain[1:])

    def exponent(chain: Chain) -> bool:
        place = next((k for k, node in enumerate(chain) if isinstance(node, Exp)), 0)
        return place > 0 and additive(chain[:place])

    found = _ending(step, carries, output, exponent, additive)
    return frozenset(after for before, after in carries.items() if after in found and _is_running(step, before, after))


def _is_running(step: Flat, before: sp.Symbol, after: sp.Symbol) -> bool:
    """Whether a state is the largest of things of which one is made by arithmetic from what it was."""
    highest = step.graph.definitions[after]
    if not isinstance(highest, Max):
        return False
    past = step.graph.descendants([before], step.operations)
    return not past.isdisjoint(symbols_of(highest))


def _ending(
    step: Flat,
    carries: Mapping[sp.Symbol, sp.Symbol],
    output: sp.Symbol,
    ends: Callable[[Chain], bool],
    leads: Callable[[Chain], bool],
) -> frozenset[sp.Symbol]:
    """The quantities of which every use `ends` as asked, or `leads` to a quantity of which that is true.

    A state after the step is used as the state before it too. What is never used, or only by itself, is not among them.
    """
    graph = step.graph
    used: dict[sp.Symbol, list[tuple[Chain, sp.Symbol]]] = {
        symbol: [(chain, user) for user in users for chain in occurrences(graph.definitions[user], symbol)]
        for symbol, users in graph.users.items()
    }
    ending = {s for s, uses in used.items() if any(ends(chain) for chain, _ in uses)}
    reaching = graph.ancestors(ending)
    later = {after: before for before, after in carries.items()}
    reaching |= {after for after, before in later.items() if before in reaching}
    found = set(graph.quantities) & reaching - {output}
    while True:
        kept = {
            symbol
            for symbol in found
            if (symbol not in later or not used[later[symbol]] or later[symbol] in found)
            and all(ends(chain) or (leads(chain) and user in found) for chain, user in used[symbol])
        }
        if kept == found:
            return frozenset(found)
        found = kept


def from_inputs(
    step: Flat, carries: Mapping[sp.Symbol, sp.Symbol], alone: Collection[sp.Symbol]
) -> frozenset[sp.Symbol]:
    """The states after the step that hold nothing but inputs, of this step and of earlier ones.

    What a state in `alone` holds of itself does not count.
    """
    found: set[sp.Symbol] = set()
    while True:
        more = {
            after
            for own, after in carries.items()
            if after
            not in step.graph.descendants(
                before
                for before, other in carries.items()
                if other not in found and (before != own or after not in alone)
            )
        }
        if more == found:
            return frozenset(found)
        found = more


def copies(step: Flat, carries: Mapping[sp.Symbol, sp.Symbol]) -> frozenset[sp.Symbol]:
    """The states after the step that are another state as it was before."""
    definitions = step.graph.definitions
    return frozenset(after for before, after in carries.items() if definitions[after] in carries.keys() - {before})


def shifting(step: Flat, carries: Mapping[sp.Symbol, sp.Symbol]) -> frozenset[sp.Symbol]:
    """The states after the step that move on what they held by some places and take in something new.

    Their Jacobian by themselves is nilpotent: after as many steps as there are places nothing of the old is left.
    """
    found = set[sp.Symbol]()
    for before, after in carries.items():
        moved: dict[sp.Expr, tuple[sp.Expr, ...] | None] = {before: (sp.S.Zero,)}
        for equation in step.graph.equations:
            if any(symbol in moved for symbol in equation.uses):
                moved[equation.lhs] = _moved(equation.rhs, moved, step.graph)
        places = moved.get(after) or ()
        if places and (all(p.is_positive for p in places) or all(p.is_negative for p in places)):
            found.add(after)
    return frozenset(found)


def _moved(
    expr: sp.Expr, known: Mapping[sp.Expr, tuple[sp.Expr, ...] | None], graph: Graph
) -> tuple[sp.Expr, ...] | None:
    """By how many places entries of a state stand further on in an expression; None where they do not just move."""

    def combine(node: Head, inner: list[tuple[sp.Expr, ...] | None]) -> tuple[sp.Expr, ...] | None:
        if any(places is None for places in inner):
            return None
        found = [(k, place) for k, places in enumerate(inner) for place in places or ()]
        if isinstance(node, Shift):
            return tuple(place + node.args[1] for _, place in found)
        if isinstance(node, Slice):
            return tuple(place - node.args[1] for _, place in found)
        if isinstance(node, Concat):
            sizes = [graph.shape(argument)[0] for argument in node.args]
            return tuple(sp.expand(place + sp.Add(*sizes[:k])) for k, place in found)
        return tuple(place for _, place in found) if isinstance(node, Add) or not found else None

    return fold(expr, lambda leaf: known.get(leaf, ()), combine)
