"""Names and the order of equations play no part: the Jacobian of a renamed, shuffled cell is the renamed Jacobian."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import hypothesis.strategies as st
import pytest
import sympy as sp
from hypothesis import given, settings
from variants import CELLS
from zoo import DEEP

import cellgraph as cg
from cellgraph.derive.jacobians.jacobian import Jacobian
from cellgraph.graph import Cell, Equation, Graph, before, rebuilt
from cellgraph.graph.ring import canonical
from cellgraph.ops import Diag

WORDS = st.from_regex(r"[a-zA-Z][a-z0-9]{0,3}(_[a-z]{1,3})?", fullmatch=True)


def renamed(cell: Cell, names: Mapping[sp.Symbol, sp.Symbol], order: list[int]) -> Cell:
    """The cell under other names, its equations in another order (which `Graph.build` sorts again)."""
    step = cell.step
    quantities = {s: replace(q, symbol=names[s]) for s, q in step.quantities.items()}
    equations = [Equation(names[e.lhs], rebuilt(e.rhs, names)) for e in step.equations]
    graph = Graph.build(
        [quantities[q.symbol] for q in step.leaves],
        [equations[k] for k in order],
        [quantities[e.lhs] for e in step.equations],
        [names[s] for s in step.outputs],
    )
    carries = {names[b]: names[a] for b, a in cell.carries.items()}
    return replace(cell, step=graph, carries=carries, output=names[cell.output])


def facts(found: Jacobian, names: Mapping[sp.Symbol, sp.Symbol]) -> list[object]:
    """Everything about the Jacobian that must not depend on names, under new names and free of written order."""

    def term(factor: sp.Expr) -> object:
        moved = rebuilt(factor.args[0] if isinstance(factor, Diag) else factor, names)
        return canonical(moved) if isinstance(factor, Diag) else moved

    blocks = [
        (
            names[block.of],
            names[block.wrt],
            block.count,
            {
                (path.kind, path.via and rebuilt(path.via, names), *map(term, path.factors))
                for path in block.paths or ()
            },
        )
        for block in found.blocks
    ]
    carry = [(names[state], canonical(rebuilt(e, names))) for state, e in found.carry]
    return [blocks, found.path_matrix, found.growth, carry, [(names[b.of], names[b.wrt], b.norm) for b in found.bounds]]


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "cifg", "interpolated", "sru"])
@settings(max_examples=24 if DEEP else 5)
@given(data=st.data())
def test_names_and_order_play_no_part(name: str, data: st.DataObject) -> None:
    cell = CELLS[name]
    own = [s for s in cell.step.quantities if s not in cell.carries]
    sizes = {str(s) for s in cell.step.sizes}
    fresh = data.draw(
        st.lists(WORDS.filter(lambda w: w not in sizes), min_size=len(own), max_size=len(own), unique=True)
    )
    names = {s: sp.Symbol(word) for s, word in zip(own, fresh, strict=True)}
    names |= {b: before(names[a].name) for b, a in cell.carries.items()}
    order = data.draw(st.permutations(range(len(cell.step.equations))))
    moved = cg.jacobian(renamed(cell, names, order))
    same = {s: s for s in moved.cell.step.quantities}
    assert facts(moved, same) == facts(cg.jacobian(cell), names)
