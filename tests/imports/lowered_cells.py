"""Shipped cells as programs that were read: in provisional names, every expression in full, functions written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

import cellgraph as cg
from cellgraph.frameworks.tracing.asked import LocalVariable
from cellgraph.graph import Cell, size
from cellgraph.implementations.block_layout import BlockLayout
from cellgraph.imports.lowered import Computed, Lowered, Piece
from cellgraph.imports.traced import CalledAt
from cellgraph.imports.writing.distinct import replaced

PRIMES = (5, 7, 3, 11, 13, 2, 17, 19, 23)


def sizes_of(cell: Cell) -> dict[str, int]:
    """A number for each size of a cell, all different."""
    return dict(zip(cell.dims, PRIMES, strict=False))


def place(number: int) -> CalledAt:
    """The line on which an equation would stand in code."""
    return CalledAt("cell.py", 10 + number)


def lowered(cell: Cell) -> Lowered:
    """What a program that computes a cell would be read as. Its arrays are its parameters, by their names in `cell`."""
    step = cell.step
    used = {symbol for equation in step.equations for symbol in equation.uses}
    given = [q for q in step.leaves if q.value is None and (q.symbol in used or q.role in ("input", "state"))]
    symbols = {q.symbol: sp.Symbol(f"piece{k}") for k, q in enumerate(given)}
    pieces = tuple(
        Piece(symbols[q.symbol], q.role, f"cell.{q.name}" if q.role == "param" else q.name, 0, 1, q.shape or ())
        for q in given
    )
    full: dict[sp.Expr, sp.Expr] = {**symbols, **{q.symbol: q.value for q in step.leaves if q.value is not None}}
    computed = []
    for number, equation in enumerate(step.equations):
        full[equation.lhs] = replaced(equation.rhs, full)
        computed.append(Computed((full[equation.lhs],), place(number)))
    return Lowered(
        pieces,
        tuple(size(name) for name in cell.each),
        {symbols[before]: full[after] for before, after in cell.carries.items()},
        () if cell.output in cell.carries.values() else (full[cell.output],),
        tuple(computed),
        {p.native: BlockLayout("rows", (p.symbol.name,)) for p in pieces if p.role == "param"},
        {},
    )


def real_run(cell: Cell, seed: int = 0) -> tuple[dict[str, Any], dict[str, Any], tuple[LocalVariable, ...]]:
    """Arrays of one run by native name, every quantity of it, and the local variables of code with the cell's names."""
    random = np.random.default_rng(seed)
    numbers = {size(name): number for name, number in sizes_of(cell).items()}
    given = {
        q.symbol.name: random.uniform(0.2, 0.9, [int(sp.sympify(s).subs(numbers)) for s in q.shape or ()])
        for q in cell.step.leaves
        if q.value is None
    }
    values = cg.step(cell, given, **{str(s): n for s, n in numbers.items() if s in cell.step.sizes})
    natives = {q.symbol.name: f"cell.{q.name}" if q.role == "param" else q.name for q in cell.step.leaves}
    lines = enumerate(cell.step.equations)
    seen = tuple(LocalVariable(str(e.lhs), values[str(e.lhs)], place(number)) for number, e in lines)
    return {natives[name]: array for name, array in given.items()}, values, seen
