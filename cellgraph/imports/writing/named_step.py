"""A step whose quantities get their names one after the other, and the cell and the implementation that it then is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.graph import Cell, Equation, Graph, Quantity, before
from cellgraph.implementations.block_layout import BlockLayout
from cellgraph.implementations.implementation import Implementation
from cellgraph.imports.lowered import Lowered, Piece
from cellgraph.imports.writing.distinct import replaced
from cellgraph.imports.writing.naming import dotted, kebab
from cellgraph.imports.writing.native_arrays import renamed
from cellgraph.imports.writing.simplified import SimpleStep


@dataclass(frozen=True)
class NamedStep:
    """A step while its quantities get their names.

    :words:     the name of each symbol that has got one, of pieces and of what has an equation; of a state without time
    :equations: over provisional symbols, in order
    :ends:      symbols of the states after the step, in the order of those before it, then that of the output
    :nodes:     what each symbol that has an equation stands for
    :same:      parameters that are only added to another one -> that one
    :nameless:  symbols whose names say nothing
    :inlined:   what variables called that has no equation of its own
    """

    lowered: Lowered
    step: SimpleStep
    words: Mapping[sp.Symbol, str]
    equations: tuple[Equation, ...] = ()
    ends: tuple[sp.Symbol, ...] = ()
    nodes: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    same: Mapping[sp.Symbol, sp.Symbol] = field(default_factory=dict)
    nameless: tuple[sp.Symbol, ...] = ()
    inlined: Mapping[sp.Expr, str] = field(default_factory=dict)

    def of_role(self, *roles: str) -> list[Piece]:
        """The pieces of some roles that stand for themselves, in order."""
        return [p for p in self.lowered.pieces if p.role in roles and p.symbol not in self.same]

    def symbol(self, given: sp.Symbol) -> sp.Symbol:
        """The symbol that a provisional one becomes."""
        word = self.words.get(given, given.name)
        return before(word) if given in self.step.after else sp.Symbol(word)

    def written(self) -> list[Equation]:
        """The equations over the names that there are so far."""
        mapping = {s: self.symbol(s) for e in self.equations for s in e.uses if s in self.words}
        return [Equation(self.symbol(e.lhs), replaced(e.rhs, mapping)) for e in self.equations]


def cell_of(draft: NamedStep, name: str, dims: Mapping[str, str]) -> Cell:
    """The cell of a draft, of whose parameters those are left out that nothing reads."""
    used = dict.fromkeys(symbol for equation in draft.equations for symbol in equation.uses)
    given = {piece.symbol: piece for piece in draft.lowered.pieces}
    times = {"input": 0, "state": -1}
    leaves = [Quantity(draft.symbol(p.symbol), p.role, p.shape, times[p.role]) for p in draft.of_role("input", "state")]
    leaves += [Quantity(draft.symbol(s), given[s].role, given[s].shape, None) for s in used
               if s in given and given[s].role in ("param", "const")]  # fmt: skip
    states = [
        (draft.symbol(s), draft.symbol(end), given[s].shape)
        for s, end in zip(draft.step.after, draft.ends, strict=False)
    ]
    output = _shown(draft)
    step = Graph.build(
        leaves,
        draft.written(),
        [Quantity(after, "state", shape) for _, after, shape in states],
        dict.fromkeys([*(after for _, after, _ in states), output]),
    )
    each = tuple(axis.name for axis in draft.lowered.each)
    words = {axis.name: dims.get(axis.name, axis.name) for axis in step.sizes if axis.name not in each}
    ordered = [*(d for d in dims if d in words), *(w for w in words if w not in dims), *each]
    return Cell(
        kebab(name),
        step,
        MappingProxyType({earlier: after for earlier, after, _ in states}),
        output,
        dims=MappingProxyType({d: words.get(d, dims.get(d, d)) for d in ordered}),
        each=each,
        title=MappingProxyType({"en": name}),
    )


def _shown(draft: NamedStep) -> sp.Symbol:
    """The quantity that the step shows: an end of its own, or the state that it is."""
    after = list(draft.step.after.values())
    place = len(after) if len(draft.ends) > len(after) else 0
    if place == 0 and draft.step.output is not None:
        place = after.index(draft.step.output)
    return draft.symbol(draft.ends[place])


def implementation_of(draft: NamedStep, cell: Cell, name: str, options: Mapping[str, Any]) -> Implementation:
    """How the arrays of the code are made of the parameters of the cell; what stands in none of them is left out."""
    given = {piece.symbol.name: piece for piece in draft.lowered.pieces}
    whole = {name: draft.same.get(piece.symbol, piece.symbol) for name, piece in given.items()}
    words = {name: draft.words[s] for name, s in whole.items() if s in draft.words and given[name].role == "param"}
    shapes = {name: piece.shape for name, piece in given.items()}
    learned = {piece.native for piece in given.values() if piece.role == "param"}
    blocks = {n: renamed(block, words, shapes) for n, block in draft.lowered.arrays.items() if n in learned}
    return Implementation(
        dotted(name),
        {native: block for native, block in blocks.items() if isinstance(block, BlockLayout)},
        {q.symbol.name: q.shape or () for q in cell.step.having("param")},
        options=options,
        states=tuple(draft.words[symbol] for symbol in draft.step.after),
    )
