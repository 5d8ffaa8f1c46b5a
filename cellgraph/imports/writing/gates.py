"""Letters for quantities without a name, by what they do: f keeps, i writes, o shows, z weighs, r recalls."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import sympy as sp

from cellgraph.derive.structures.gate_functions import gate_functions
from cellgraph.derive.structures.roles import roles
from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, symbols_of

LETTER: Mapping[str, str] = MappingProxyType({
    "keep": "f", "write": "i", "show": "o", "balance": "z", "recall": "r", "candidate": "g",
})  # fmt: skip
"""What papers call what does this."""


def gate_letters(cell: Cell, nameless: Collection[sp.Symbol]) -> dict[sp.Symbol, str]:
    """The letter of each nameless quantity of a cell that is a gate or a candidate, by what it does first of all.

    >>> import cellgraph as cg
    >>> cell = cg.load("mgu")
    >>> gate_letters(cell, [sp.Symbol("f"), sp.Symbol("g")])
    {f: 'z', g: 'g'}
    """
    found: dict[sp.Symbol, str] = {}
    functions = gate_functions(structure(cell))
    keeping = {function.gate.symbol for function in functions if function.kind in ("keep", "balance")}
    for function in functions:
        # What lets out something in which another gate keeps the old shows it.
        uses = {used for symbol in symbols_of(function.value) for used in cell.step.uses.get(symbol, ())}
        shown = function.kind in ("write", "scale") and uses & keeping - {function.gate.symbol}
        letter = LETTER.get("show" if shown else function.kind)
        if letter is not None and function.gate.symbol in nameless:
            found.setdefault(function.gate.symbol, letter)
    for quantity, role in roles(cell).items():
        if role == "candidate" and quantity in nameless:
            found.setdefault(quantity, LETTER[role])
    return found
