"""Random cells: the same for the same seed, in order, and of every operation."""

from __future__ import annotations

from random_cells import MOST, Draft, random_cell, random_sizes, random_spec

import cellgraph as cg
from cellgraph.graph import postorder
from cellgraph.ops import HEADS, Head

MANY = range(240)


def test_a_seed_gives_one_text() -> None:
    texts = [random_spec(seed) for seed in MANY]
    assert texts == [Draft(seed).text() for seed in MANY]
    assert len({text.split("\n", 2)[2] for text in texts}) == len(MANY)


def test_specs_are_in_order_and_small() -> None:
    for seed in MANY:
        problems = cg.spec.problems_of_text(random_spec(seed))
        assert {problem.severity for problem in problems} <= {"warning"}, seed
        cell = random_cell(seed)
        assert 1 <= len(cell.step.equations) <= MOST
        sizes = random_sizes(cell)
        assert len(set(sizes.values())) == len(cell.dims)


def test_every_operation_is_in_a_step_or_in_its_gradient() -> None:
    graphs = [graph for seed in MANY for graph in (random_cell(seed).step, cg.gradient(random_cell(seed)))]
    nodes = (node for graph in graphs for equation in graph.equations for node in postorder(equation.rhs))
    assert {node.op.name for node in nodes if isinstance(node, Head)} == set(HEADS)
