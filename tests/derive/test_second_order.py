"""Second order: the adjoint of an adjoint is a graph again, and gives Hessian-vector products."""

from __future__ import annotations

import numpy as np
import pytest
from cells import ODD, analytic, drawn
from variants import CELLS

import cellgraph as cg
from cellgraph.derive.gradients.evaluate import evaluate
from cellgraph.graph import Cell, Graph

SMOOTH = [cell for cell in (*CELLS.values(), *ODD) if analytic(cell)]


def seeds(graph: Graph, bars: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The seeds of an adjoint graph by their own names, from cotangents by the name of the quantity."""
    return {q.symbol.name: bars[q.of.name] for q in graph.having("seed") if q.of is not None and q.of.name in bars}


def hessian_vector(
    cell: Cell, leaves: dict[str, np.ndarray], bars: dict[str, np.ndarray], along: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """∇(∇L · v) by leaf, L = Σ bar · state after: the adjoint of the gradient, seeded with v."""
    first = cg.gradient(cell)
    names = {first.quantities[s].of.name: s for s in first.outputs}
    second = cg.adjoint(first, of=[names[leaf] for leaf in along])
    given = {**leaves, **seeds(first, bars), **seeds(second, {names[leaf].name: v for leaf, v in along.items()})}
    found = evaluate(second, given)
    of = {second.quantities[s].of.name: s.name for s in second.outputs}
    return {leaf: np.asarray(found[of[leaf]]) for leaf in leaves if leaf in of}


@pytest.mark.parametrize("cell", SMOOTH, ids=lambda cell: cell.name)
def test_hessian_vector_products_agree_with_complex_steps(cell: Cell) -> None:
    leaves = drawn(cell, seed=21)
    draw = np.random.default_rng(22)
    values = cg.step(cell, leaves)
    bars = {s.name: draw.normal(size=np.shape(values[s.name])) for s in cell.carries.values()}
    fixed = {q.symbol.name for q in cell.step.leaves if q.role == "const"}
    free = {name: array for name, array in leaves.items() if name not in fixed}
    along = {name: draw.normal(size=np.shape(array)) for name, array in free.items()}
    moved = {name: array + 1e-30j * along.get(name, 0) for name, array in leaves.items()}
    expected = cg.vjp(cell, cg.step(cell, moved), bars)
    found = hessian_vector(cell, leaves, bars, along)
    for name in free:
        np.testing.assert_allclose(found[name], np.imag(expected[name]) / 1e-30, rtol=1e-9, atol=1e-12)


def test_the_hessian_is_symmetric() -> None:
    cell = CELLS["lstm"]
    leaves = drawn(cell, seed=23)
    draw = np.random.default_rng(24)
    bars = {"h": draw.normal(size=4), "c": draw.normal(size=4)}
    v = {name: draw.normal(size=array.shape) for name, array in leaves.items()}
    w = {name: draw.normal(size=array.shape) for name, array in leaves.items()}
    left = sum(np.sum(w[name] * a) for name, a in hessian_vector(cell, leaves, bars, v).items())
    right = sum(np.sum(v[name] * a) for name, a in hessian_vector(cell, leaves, bars, w).items())
    assert left == pytest.approx(right, rel=1e-10)


def test_the_third_order_is_a_graph_too() -> None:
    first = cg.gradient(CELLS["rnn"])
    third = cg.adjoint(cg.adjoint(first, of=first.outputs[:1]))
    assert len(third.equations) > len(first.equations)
