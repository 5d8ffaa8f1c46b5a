"""The part that a quantity plays in a picture: what a reader of the paper would call it, whatever its name."""

from __future__ import annotations

import re

import pytest
import sympy as sp
from derive.variants import CELLS
from laws import over
from zoo import EVERY, FEW, cell_of

import cellgraph as cg
from cellgraph.derive.listing import listing
from cellgraph.derive.structures.roles import roles
from cellgraph.derive.structures.structure import structure
from cellgraph.derive.structures.structure_report import document
from cellgraph.graph import Cell, symbols_of
from cellgraph.graph.notation import source
from cellgraph.messages import chinese
from cellgraph.roles import ROLES
from cellgraph.views.pictures.diagram import equations, subject
from cellgraph.views.pictures.draw import draw
from cellgraph.views.pictures.operations import operations

PARTS = ("carry", "gate", "candidate")
EXPECTED = {
    "lstm": ({"c[t-1]", "c"}, {"f", "i", "o"}, {"g"}),
    "gru": ({"h[t-1]", "h"}, {"z", "r"}, {"g"}),
    "rnn": (set(), set(), set()),
    # Gates that learn a constant do not open and close.
    "lstm-slim-3": ({"c[t-1]", "c"}, set(), {"g"}),
    # Old and new are weighed by quotients of f and i, which are made of gates alone.
    "minlstm": ({"h[t-1]", "h"}, {"f", "i"}, {"g"}),
    # What c is divided by is no memory of its own.
    "slstm-layer": ({"c[t-1]", "c"}, {"i", "f", "o"}, {"g"}),
    "cfn": (set(), {"r", "i"}, {"tanh(W_g @ x)"}),
    "unicornn": ({"y[t-1]", "y", "z[t-1]", "z"}, set(), {"tanh(u * y[t-1] + W @ x + b)"}),
    "rglru": ({"h[t-1]", "h"}, {"r", "i"}, set()),
}


def named(name: str) -> Cell:
    return CELLS[name] if name in CELLS else cell_of(name)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_parts_of_known_cells(name: str) -> None:
    found = roles(cell_of(name))
    assert tuple({source(expr) for expr, part in found.items() if part == own} for own in PARTS) == EXPECTED[name]


@over([*CELLS, *FEW])
def test_every_quantity_has_a_part_and_what_is_made_of_parameters_alone_is_no_gate(name: str) -> None:
    cell = named(name)
    found, step = roles(cell), cell.step
    assert set(step.quantities) <= set(found)
    moving = {q.symbol for q in step.leaves if q.role not in ("param", "const")}
    for equation in step.equations:
        moving.update({equation.lhs} if moving & set(equation.uses) else ())
    for expr, part in found.items():
        assert part not in PARTS or moving & set(symbols_of(expr)), expr
    states = {symbol for pair in cell.carries.items() for symbol in pair}
    assert {expr for expr, part in found.items() if part == "carry"} <= states


@over(EVERY)
def test_pictures_and_documents_say_the_same_role(name: str) -> None:
    cell = cell_of(name)
    played = {str(quantity): role for quantity, role in roles(cell).items() if isinstance(quantity, sp.Symbol)}
    assert document(structure(cell))["roles"] == played
    assert {q["name"]: q["plays"] for q in dict(listing(cell).data)["quantities"]} == played
    assert set(played.values()) <= set(ROLES)
    for level in (equations, operations):
        nodes = level(subject(cell, roles=roles(cell))).nodes
        assert {(n.symbol, n.role) for n in nodes if n.symbol} <= set(played.items())
        assert all(n.look == n.role for n in nodes if n.role in ("gate", "candidate", "coefficient", "mask"))


@over(EVERY)
def test_what_is_drawn_as_carried_is_what_is_proved_to_be(name: str) -> None:
    cell = cell_of(name)
    found = structure(cell)
    carried = {found.state(carry.state).before for carry in found.carries}
    before = {str(state) for state in cell.carries}
    for level in (equations, operations):
        drawn = level(subject(cell, roles=roles(cell), carried=carried))
        assert {edge.tail for edge in drawn.edges if edge.kind == "belt"} & before == {str(state) for state in carried}


def test_sources_name_the_roles_that_they_colour() -> None:
    picture = cg.draw(cell_of("slstm"), detail="operations")
    assert re.search(r'\tf \[label="f = exp.*class=gate color="#0066a6"', picture.dot)
    assert re.search(r"n\d+\(\(.*exp.*\)\):::gate", picture.mermaid)


def test_every_role_has_its_chinese() -> None:
    assert {text for meaning in ROLES.values() for text in meaning} <= set(chinese())


def test_a_candidate_without_a_name_is_coloured_as_one() -> None:
    cell = cell_of("cfn")
    nodes = draw(cell, detail="operations", roles=roles(cell)).diagram.nodes
    (candidate,) = [node for node in nodes if node.role == "candidate"]
    assert (candidate.kind, candidate.symbol) == ("layer", "")
    steps = draw(cell, detail="operations", roles=roles(cell), unroll=3).diagram.nodes
    assert [node.kind for node in steps if node.role == "candidate"] == ["layer"] * 3
