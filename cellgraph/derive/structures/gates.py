"""Gates: what is made anew at every step from the input or the state, and does nothing but scale, entry by entry.

Scaling through 1 − z is scaling, and so is scaling through any other elementwise function of gates alone, spread over
rows or repeated. A gate lies in an interval: [0, 1] (the classic gate), [0, ∞), or one with bounds on both sides of 0;
or it weighs two things against each other by z and 1 − z, whatever its range.

Of two factors that scale each other the gate is the one that weighs two things, or whose interval comes first in this
list, or that also scales something else. Where none of this tells the two apart, both are gates. An elementwise
function of what it scales is no gate but part of an activation: x ⊙ σ(x).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import sympy as sp

from cellgraph.derive.structures.flat import Flat
from cellgraph.derive.structures.scaling import SPREADING, GateUse, Scaling
from cellgraph.graph import fold, reachable, symbols_of
from cellgraph.graph.ring import canonical
from cellgraph.ops import Add, Concat, Head, Interval, Max, Min, Mul, Step, Sub, operands


@dataclass(frozen=True)
class Gate:
    """A gate: its symbol in the flat graph, what the spec has there (a name or an expression), and where it scales.

    `interval` is where its values lie. `on` is what it is made from: the input alone, be it that of earlier steps, or
    the state.
    """

    symbol: sp.Symbol
    expr: sp.Expr
    uses: tuple[GateUse, ...]
    interval: Interval
    on: Literal["input", "state"]


Intervals = Mapping[sp.Symbol, Interval]
Uses = dict[sp.Symbol, tuple[GateUse, ...]]
"""Gates by their symbols, with what they scale."""

KINDS: tuple[Callable[[Interval], bool], ...] = (
    lambda interval: interval.within(0, 1),
    lambda interval: interval.low >= 0,
    lambda interval: interval.bounded,
)
"""The intervals of gates, those that tell a gate from what it scales first."""
SIGNED = len(KINDS) - 1


def gates_of(step: Scaling, intervals: Intervals, past: frozenset[sp.Symbol]) -> tuple[Gate, ...]:
    """The gates of a flat step, in order of computation; `past` are the quantities that depend on the state."""
    graph, originals = step.step.graph, step.step.originals
    weighing = _weighing(step)
    given = weighing.keys() - graph.definitions.keys()
    step = step.with_coefficients(step.coefficients | given)
    found = {s: uses for s, uses in weighing.items() if s not in given}
    whole = frozenset(found)
    for rank in range(len(KINDS)):
        known = step.with_coefficients(step.coefficients | found.keys(), whole)
        candidates = [s for s in _candidates(known, intervals) if _rank(intervals[s]) == rank]
        found |= _told_apart(known, {s: uses for s in candidates if (uses := _scales(known, s, intervals))})
    found = _taken_apart(step, intervals, found)
    found = {s: uses for s, uses in found.items() if s not in _made_of(step, found, s)}
    known = step.with_coefficients(step.coefficients | found.keys(), whole & found.keys())
    return tuple(
        Gate(s, originals.get(s, s), known.uses(s) or found[s], intervals[s], "state" if s in past else "input")
        for s in graph.definitions
        if s in found
    )


def _rank(interval: Interval) -> int | None:
    """The place of the first kind of interval that this one is; None where it is of no kind."""
    return next((rank for rank, accepts in enumerate(KINDS) if accepts(interval)), None)


def masks(step: Flat, data: frozenset[sp.Symbol]) -> frozenset[sp.Symbol]:
    """The quantities that change, and are exactly 0 or 1: steps, and complements and products of such.

    Nothing is learned through a mask, because its slope is zero.
    """
    found: set[sp.Symbol] = set()

    def is_mask(node: sp.Expr, inner: list[bool]) -> bool:
        complement = isinstance(node, Sub) and node.args[0] == 1 and inner[1]
        return isinstance(node, Step) or complement or (isinstance(node, (Mul, Max, Min)) and all(inner))

    for equation in step.graph.equations:
        if fold(equation.rhs, lambda leaf: leaf in found, is_mask):
            found.add(equation.lhs)
    return frozenset(found) & data


def _weighing(known: Scaling) -> Uses:
    """The quantities that weigh two things against each other: z and 1 − z scale them in one equation.

    The last are found first, so that what z is made of is not taken for it.
    """
    found: Uses = {}
    for symbol in reversed(known.step.graph.quantities):
        if symbol in known.free and symbol not in known.leaving:
            uses = replace(known, whole=found.keys()).uses(symbol) or ()
            if any(_complementary(known.step, symbol, *pair) for pair in combinations(uses, 2)):
                found[symbol] = uses
    return found


def _complementary(step: Flat, symbol: sp.Symbol, one: GateUse, other: GateUse) -> bool:
    """Whether the factors of two uses in one equation are affine in the symbol, and add up to 1."""
    if one.lhs != other.lhs or one.outer or other.outer:
        return False
    others = step.algebra.keys() - {symbol}
    factors = [sp.expand(step.inlined(canonical(use.factor), others)) for use in (one, other)]
    affine = factors[0].is_polynomial(symbol) and sp.degree(factors[0], symbol) == 1
    return bool(affine and sp.expand(sum(factors)) == 1)


def _candidates(known: Scaling, intervals: Intervals) -> Iterator[sp.Symbol]:
    """Quantities that may be gates: they change, are no output, and as states no more than a gate is."""
    for symbol in known.step.graph.definitions:
        state = symbol in known.leaving
        if symbol in known.free and not (state and (symbol == known.output or not KINDS[0](intervals[symbol]))):
            yield symbol


def _scales(known: Scaling, symbol: sp.Symbol, intervals: Intervals) -> tuple[GateUse, ...]:
    """What a quantity scales, if it does nothing else; nothing where it only makes a gate, or an activation."""
    uses = known.uses(symbol) or ()
    real = [use for use in uses if use.scaled != 1]
    rank, named = _rank(intervals[symbol]), symbol not in known.step.originals
    if all(use.outer for use in real) or (rank and not named) or _is_renamed(known, symbol, intervals):
        return ()
    if rank == SIGNED and not any(_is_linear(known, use.scaled) for use in real):
        return ()
    if rank or not named:
        scaled = frozenset[sp.Symbol]().union(*(_made_from(known, symbols_of(use.scaled)) for use in real))
        return () if scaled == _made_from(known, [symbol]) else uses
    return uses


def _is_linear(known: Scaling, expr: sp.Expr) -> bool:
    """Whether an expression is a state, or made from inputs and states without any activation."""
    graph, todo = known.step.graph, [expr]
    for node in todo:
        if isinstance(node, sp.Symbol) and node not in known.leaving:
            todo += [graph.definitions[node]] if node in graph.definitions else []
        elif isinstance(node, Head):
            varying = [a for a in operands(node) if not known.data.isdisjoint(symbols_of(a))]
            if node.op.slope is not None or (len(varying) > 1 and not isinstance(node, (Add, Sub, Concat))):
                return False
            todo += varying
    return True


def _made_from(known: Scaling, symbols: Iterable[sp.Symbol]) -> frozenset[sp.Symbol]:
    """What changes and these are made from by elementwise operations alone."""
    graph = known.step.graph
    mixed = graph.definitions.keys() - known.entrywise
    reached = graph.ancestors([s for s in symbols if s in known.data], mixed)
    return frozenset(s for s in reached if s in known.data and (s in mixed or s not in graph.definitions))


def _told_apart(known: Scaling, found: Uses) -> Uses:
    """In z ⊙ g with both in one kind of interval, the one that also scales something else is the gate."""
    free = {s for s, uses in found.items() for use in uses if (known.free & {*symbols_of(use.scaled)}) - found.keys()}
    return {
        s: uses for s, uses in found.items() if s in free or not any(free & {*symbols_of(use.scaled)} for use in uses)
    }


def _taken_apart(step: Scaling, intervals: Intervals, found: Uses) -> Uses:
    """The gates, and in the place of those that are sums of others the quantities in [0, 1] that these are made of.

    So F = f ⊙ p + (u − p) is made of gates f, p and u, as long as they do nothing but make gates.
    """
    graph, algebra = step.step.graph, step.step.algebra
    parts = {s: [u for u in graph.uses[s] if u in step.free] for s in step.free & graph.definitions.keys()}

    def is_apart(symbol: sp.Symbol) -> bool:
        sums = symbol in algebra and len(parts[symbol]) > 1
        return symbol not in step.leaving and (sums or isinstance(graph.definitions.get(symbol), SPREADING))

    opened = set(reachable([s for s in found if is_apart(s)], parts, [s for s in parts if not is_apart(s)]))
    made = {s for s in opened if not is_apart(s)}
    if not all(s in graph.definitions and KINDS[0](intervals[s]) and opened.issuperset(graph.users[s]) for s in made):
        return found
    return {s: uses for s, uses in found.items() if s not in opened} | dict.fromkeys(made, ())


def _made_of(step: Scaling, found: Uses, symbol: sp.Symbol) -> frozenset[sp.Symbol]:
    """What is made of the other gates alone."""
    return frozenset(step.with_coefficients(step.coefficients | (found.keys() - {symbol})).coefficients)


def _is_renamed(known: Scaling, symbol: sp.Symbol, intervals: Intervals) -> bool:
    """Whether the spec has no name for a quantity, but one for what it makes of it alone: d = 0.1 σ(...)."""
    graph, originals = known.step.graph, known.step.originals
    name = symbol
    while name in originals and len(graph.users[name]) == 1:
        (user,) = graph.users[name]
        rhs = graph.definitions[user]
        if any(s != name and s in known.data for s in symbols_of(rhs)) or user not in known.entrywise:
            return False
        name = user
    return name != symbol and name not in originals and _rank(intervals[name]) is not None
