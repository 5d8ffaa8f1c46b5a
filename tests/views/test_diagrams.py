"""Diagrams: one arrow for every use of a quantity in an equation, and DOT as it was."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pygraphviz
import pytest
import sympy as sp
from laws import over
from zoo import EVERY, FEW, cell_of

import cellgraph as cg
from cellgraph.derive.jacobians.local import local
from cellgraph.derive.structures.roles import roles
from cellgraph.graph import Cell, postorder, symbols_of
from cellgraph.ops import Head
from cellgraph.views.pictures import DETAILS
from cellgraph.views.pictures.diagram import STRAIGHT, Diagram, subject
from cellgraph.views.pictures.draw import draw
from cellgraph.views.pictures.operations import operations
from cellgraph.views.pictures.several import numbered_step

GOLDEN = Path(__file__).parent.parent / "golden"


def data(cell: Cell, symbol: sp.Symbol) -> bool:
    quantity = cell.step.quantities.get(symbol)
    return quantity is not None and not quantity.fixed


@pytest.mark.parametrize("name", FEW)
def test_dot_is_as_it_was(name: str, golden: Callable[[str, str], None]) -> None:
    """One golden file for each kind of cell, with both levels."""
    cell = cell_of(name)
    golden(f"dot/{name}.dot", "".join(draw(cell, detail=detail, roles=roles(cell)).dot for detail in DETAILS))


@over(EVERY)
def test_dot_has_one_arrow_for_every_use(name: str) -> None:
    """The arrows of both levels are read back from DOT, and are the uses of quantities in the equations."""
    cell = cell_of(name)
    drawn = [draw(cell, detail=detail, roles=roles(cell)) for detail in DETAILS]
    for picture in drawn:
        assert arrows(picture.dot) == Counter((edge.tail, edge.head) for edge in picture.diagram.edges)
    equations, operations = (picture.diagram for picture in drawn)
    assert Counter((e.tail, e.head) for e in equations.edges if e.head not in equations.after) == Counter(
        (str(s), str(e.lhs)) for e in cell.written.equations for s in symbols_of(e.rhs) if data(cell, s)
    )
    assert Counter((symbol, glyph.partition(".")[0]) for symbol, glyph in uses(operations)) == Counter(
        (str(leaf), str(e.lhs)) for e in cell.written.equations for leaf in occurrences(e.rhs) if data(cell, leaf)
    )


def arrows(dot: str) -> Counter[tuple[str, str]]:
    """The arrows that a reader of DOT sees: those that only order boxes are invisible."""
    graph = pygraphviz.AGraph(string=dot)
    return Counter((a, b) for a, b in graph.edges() if graph.get_edge(a, b).attr["style"] != "invis")


def uses(diagram: Diagram) -> Iterator[tuple[str, str]]:
    """Every use of a quantity as the diagram draws it: (the quantity, the glyph it goes into), joins looked through."""
    sources = {
        node.id: [e.symbol for e in diagram.edges if e.head == node.id] for node in diagram.nodes if node.kind == "join"
    }
    for edge in diagram.edges:
        if edge.kind == "bundle":
            yield from ((symbol, edge.head) for symbol in sources[edge.tail])
        elif edge.kind in ("use", *STRAIGHT) and edge.symbol and edge.head not in diagram.after:
            yield edge.symbol, edge.head


def occurrences(rhs: sp.Expr) -> list[sp.Symbol]:
    return [node for node in postorder(rhs) if isinstance(node, sp.Symbol)]


@over(FEW)
def test_shown_parameters_have_an_arrow_for_every_use(name: str) -> None:
    cell = cell_of(name)
    expected = sorted(
        (str(s), str(e.lhs)) for e in cell.step.equations for s in symbols_of(e.rhs) if s in cell.step.quantities
    )
    drawn = draw(cell, show=("params",)).diagram
    assert sorted((e.tail, e.head) for e in drawn.edges if e.head not in drawn.after) == expected


@over(FEW)
def test_every_operation_on_data_is_a_glyph_or_in_one(name: str) -> None:
    """Glyphs cover the right-hand sides: no more of them than operations, and one at least for every equation."""
    cell = cell_of(name)
    heads = sum(isinstance(node, Head) for e in cell.step.equations for node in postorder(e.rhs))
    drawn = [node for node in operations(subject(cell)).nodes if node.kind in ("layer", "operation")]
    assert len(cell.step.equations) <= len(drawn) <= heads + len(cell.step.equations)


def test_every_golden_diagram_is_looked_at() -> None:
    assert {path.stem for path in (GOLDEN / "dot").glob("*.dot")} == set(FEW)


def test_weights_are_on_the_arrows_of_what_they_multiply() -> None:
    drawn = operations(subject(cell_of("gru")))
    assert {(e.tail, e.head): e.text for e in drawn.edges if e.text} == {
        ("join 1", "z"): "W_z, U_z",
        ("join 1", "r"): "W_r, U_r",
        ("x", "g"): "W_g",
        ("g.1", "g"): "U_g",
    }


def test_the_operands_of_a_difference_and_of_a_quotient_are_told_apart() -> None:
    text = "name: own\ndims: {n: size}\ninputs: {x: [n], z: [n]}\nstates: {h: [n]}\nparams: {u: [n]}\n"
    cell = cg.loads(f"{text}equations: h = (x - z) * (z / x) + (u - h[t-1]) * x\n")
    edges = cg.draw(cell, detail="operations").diagram.edges
    assert {(edge.tail, edge.text, edge.latex) for edge in edges if edge.text} == {("z", "−", "-"), ("x", "÷", r"\div")}


def test_parameters_that_are_shown_include_what_layers_add() -> None:
    drawn = operations(subject(cell_of("lstm"), show=("params",)))
    assert {e.text for e in drawn.edges if e.text} >= {"W_f, U_f, b_f", "W_o, U_o, b_o"}


def test_the_carry_runs_over_sums_and_products_only() -> None:
    drawn = operations(subject(cell_of("lstm")))
    belt = [e for e in drawn.edges if e.kind == "belt"]
    assert [(e.tail, e.head) for e in belt if e.tail == "c[t-1]"] == [("c[t-1]", "c.1")]
    assert {drawn.node[e.head].text for e in belt} == {"⊙", "+", "c"}
    assert not any(e.tail == "h[t-1]" for e in belt)


@pytest.mark.parametrize("steps", [1, 3])
def test_the_gradient_of_the_lstm_has_one_way_without_a_matrix(steps: int) -> None:
    picture = cg.draw(cell_of("lstm"), detail="operations", unroll=steps, gradient=("c", "c[t-1]"))
    carried = [(d, e) for d in picture.diagrams for e in d.edges if e.mark == "carry"]
    assert len(carried) == 3 * steps
    assert not [e for d, e in carried if d.node[e.head].kind == "layer"]
    others = [(d, e) for d in picture.diagrams for e in d.edges if e.mark == "gradient"]
    assert bool(others) == (steps > 1), "through one step, the carry is the only way from c to c"
    assert [d.node[e.head].kind for d, e in others].count("layer") == (
        3 * (steps - 1) + (steps - 2) if steps > 1 else 0
    )


def test_of_many_steps_the_carry_has_its_factor_at_each_and_the_other_ways_at_one() -> None:
    picture = cg.draw(cell_of("lstm"), detail="operations", unroll=10, gradient=("c", "c[t-1]"))
    said = [{(e.mark, e.factor) for e in d.edges if e.factor} for d in picture.diagrams]
    assert [[factor for mark, factor in step if mark == "carry"] for step in said] == [
        [rf"\operatorname{{diag}}(f_{{{number}}})"] for number in range(1, 11)
    ]
    assert [sum(mark == "gradient" for mark, _ in step) for step in said] == [0, 10, *[0] * 8]
    carried = {node.id for d in picture.diagrams for node in d.nodes if node.mark == "carry"}
    assert {"c[0]", "c[1]", "c[10]", "c[10] out"} <= carried
    assert not any(node.mark == "carry" and node.kind == "layer" for d in picture.diagrams for node in d.nodes)


def test_factors_are_the_local_derivatives() -> None:
    picture = cg.draw(cell_of("lstm"), detail="operations", gradient=("h", "h[t-1]"))
    factors = {(e.tail, e.head): e.factor for e in picture.diagram.edges if e.factor}
    assert factors["join 1", "f"] == r"\operatorname{diag}(f_{t} \odot (1 - f_{t}))\,U_{f}"
    assert factors["f", "c.1"] == r"\operatorname{diag}(c_{t-1})"
    assert factors["o", "h"] == r"\operatorname{diag}(\tanh(c_{t}))"
    assert ("c[t-1]", "c.1") not in factors


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm", "lstm-peephole"])
def test_every_link_between_quantities_is_said_along_some_edge(name: str) -> None:
    cell = cell_of(name)
    drawn = cg.draw(cell, detail="equations", gradient=True).diagram
    links = local(cell.step).links
    direct = {
        (str(link.source), str(node)) for node, found in links.items() if isinstance(node, sp.Symbol) for link in found
    }
    said = {(e.tail, e.head): e.derivative for e in drawn.edges if e.derivative}
    assert {pair for pair in direct if pair[0] in {n.id for n in drawn.nodes}} <= set(said)


def test_the_difference_of_a_cell_to_itself_is_nothing() -> None:
    cell = cell_of("gru")
    picture = cg.draw(cell, against=cell)
    assert {node.mark for node in picture.diagram.nodes} == {"calm"}
    assert {edge.mark for edge in picture.diagram.edges} == {"calm"}


def test_the_peepholes_are_what_the_peephole_lstm_has_more() -> None:
    picture = cg.draw(cell_of("lstm"), against=cell_of("lstm-peephole"))
    assert {e.mark for e in picture.diagrams[0].edges} == {"calm"}
    assert [e.text for e in picture.diagrams[1].edges if e.mark == "added"] == ["p_f", "p_i", "p_o"]


def test_unrolled_diagrams_are_joined_by_their_states() -> None:
    drawn = draw(cell_of("lstm"), detail="equations", unroll=3).diagram
    edges = {(e.tail, e.head) for e in drawn.edges}
    assert {("c[1]", "c[2]"), ("h[1]", "f[2]"), ("c[2]", "c[3]"), ("x[3]", "g[3]")} <= edges
    assert len(edges) == 3 * 14 + 2


def test_a_numbered_step_changes_names_alone() -> None:
    of = subject(cell_of("lstm-layer-norm"))
    third = numbered_step(of, 3)
    assert {str(of.graph.quantities[s].value) for s in of.graph.quantities} > {"None"}, "a constant has its number"
    assert [*third.graph.quantities.values()] == [
        dataclasses.replace(q, symbol=third.renamed.get(q.symbol, q.symbol)) for q in of.graph.quantities.values()
    ]
    assert {str(new) for new in third.renamed.values()} >= {"c[2]", "c[3]", "x[3]"}
