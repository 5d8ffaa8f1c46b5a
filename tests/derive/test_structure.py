"""Structure against the table of what is known of the classic cells, and its independence of names and order."""

from __future__ import annotations

import json
import random

import pytest
import sympy as sp
from derive.variants import CELLS, affine, variant
from random_cells import random_cell
from zoo import cell_of

import cellgraph as cg
from cellgraph.derive.structures.flat import flat
from cellgraph.derive.structures.ranges import ranges
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.derive.structures.structure_report import structure_report
from cellgraph.graph import Cell, Equation, Graph, rebuilt
from cellgraph.graph.notation import source
from cellgraph.graph.ring import canonical
from cellgraph.ops import Interval
from cellgraph.views import shown

# name: gates, carries, coupled coefficients, scan class, state reals in n
EXPECTED = {
    "rnn": ("", "", "", "L0", 1),
    "lstm": ("f i o", "c:f", "", "L0", 2),
    "gru": ("z r", "h:z", "z|1 - z", "L0", 1),
    "gru-after": ("z r", "h:z", "z|1 - z", "L0", 1),
    "cifg": ("f o", "c:f", "f|i", "L0", 2),
    "mgu": ("f", "h:1 - f", "1 - f|f", "L0", 1),
    "janet": ("f", "h:f", "f|1 - f", "L0", 1),
    "mingru": ("z", "h:1 - z", "1 - z|z", "L2", 1),
    "minlstm": ("f i", "h:p", "p|q", "L2", 1),
    "linear": ("", "", "", "L3", 1),
    "indrnn": ("", "", "", "L1", 1),
    "leaky": ("", "h:1 - alpha", "1 - alpha|alpha", "L0", 1),
    "lstm-1997": ("i o", "c:1", "", "L0", 2),
    "sru": ("f r", "c:f", "f|1 - f", "L1", 1),
    "two-minus-z": ("z", "h:z", "", "L0", 1),
    "relu-gate": ("z", "h:z", "z|1 - z", "L0", 1),
    "unnamed": (
        "sigmoid(W_f @ x + U_f @ h[t-1]);sigmoid(W_i @ x)",
        "c:sigmoid(W_f @ x + U_f @ h[t-1])",
        "",
        "L0",
        2,
    ),
    "interpolated": ("z", "h:1 - z", "1 - z|z", "L0", 1),
    "sigmoid-candidate": ("z", "h:z", "z|1 - z", "L0", 1),
    "two-deep": ("z y", "h:(1 - y) * (1 - z)", "(1 - y) * (1 - z)|y|z * (1 - y)", "L0", 1),
    "same-state-twice": ("f", "c:f", "f|1 - f", "L0", 1),
}


def facts(found: Structure) -> tuple[str, str, str, str, sp.Expr]:
    gates = [source(gate.expr) for gate in found.gates]
    return (
        (";" if any(" " in gate for gate in gates) else " ").join(gates),
        " ".join(f"{c.state}:{source(c.coefficient)}" for c in found.carries),
        " ".join("|".join(source(e) for e in c.coefficients) for c in found.coupled),
        found.scan,
        found.reals / sp.Symbol("n", integer=True, positive=True),
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_the_table_of_known_cells(name: str) -> None:
    assert facts(structure(CELLS[name])) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_nothing_depends_on_names_or_order(name: str) -> None:
    """Every quantity gets a name that says nothing, and the equations are shuffled."""
    cell = CELLS[name]
    draw = random.Random(name)
    symbols = list(cell.step.quantities)
    fresh = [sp.Symbol(f"q{k}") for k in range(len(symbols))]
    draw.shuffle(fresh)
    renamed = dict(zip(symbols, fresh, strict=True))
    found, expected = structure(other_names(cell, renamed, draw)), structure(cell)
    back = {new: old for old, new in renamed.items()}

    def restored(expr: sp.Expr) -> sp.Expr:
        return sp.expand(canonical(rebuilt(expr, back)))

    def plain(expr: sp.Expr) -> sp.Expr:
        return sp.expand(canonical(expr))

    if name == "unnamed":
        assert len(found.gates) == len(expected.gates)
    else:
        assert {restored(g.expr) for g in found.gates} == {plain(g.expr) for g in expected.gates}
        assert {(back[c.state], restored(c.coefficient)) for c in found.carries} == {
            (c.state, plain(c.coefficient)) for c in expected.carries
        }
        assert {frozenset(map(restored, c.coefficients)) for c in found.coupled} == {
            frozenset(map(plain, c.coefficients)) for c in expected.coupled
        }
    assert (found.scan, found.reals) == (expected.scan, expected.reals)
    assert sorted(i.kind for i in found.invariants) == sorted(i.kind for i in expected.invariants)


def other_names(cell: Cell, names: dict[sp.Symbol, sp.Symbol], draw: random.Random) -> Cell:
    from dataclasses import replace

    quantities = {s: replace(q, symbol=names[s]) for s, q in cell.step.quantities.items()}
    equations = [Equation(names[e.lhs], rebuilt(e.rhs, names)) for e in cell.step.equations]
    draw.shuffle(equations)
    leaves = [quantities[q.symbol] for q in cell.step.leaves]
    graph = Graph.build(leaves, equations, [quantities[e.lhs] for e in cell.step.equations])
    carries = {names[b]: names[a] for b, a in cell.carries.items()}
    return Cell(cell.name, graph, carries, names[cell.output], dims=cell.dims)


def test_what_each_gate_scales() -> None:
    found = structure(CELLS["gru"])
    uses = {str(g.symbol): [(source(u.factor), source(u.scaled), str(u.lhs)) for u in g.uses] for g in found.gates}
    assert uses["z"] == [("z", "h[t-1]", "h"), ("1 - z", "g", "h")]
    ((factor, scaled, _),) = uses["r"]
    assert (factor, scaled) == ("r", "h[t-1]")


def test_a_state_that_is_linear_only_while_its_gates_are_held() -> None:
    held = {name: [str(s.after) for s in structure(CELLS[name]).linear] for name in ("lstm", "gru", "rnn")}
    assert held == {"lstm": ["c"], "gru": [], "rnn": []}


def test_invariants() -> None:
    def bounds(name: str) -> dict[str, tuple[str, object, object]]:
        return {str(i.state): (i.kind, i.interval, i.rate) for i in structure(CELLS[name]).invariants}

    assert bounds("gru") == {"h": ("kept", Interval(-1, 1), None)}
    assert bounds("lstm") == {"h": ("always", Interval(-1, 1), None), "c": ("growth", None, 1)}
    assert bounds("mingru") == {"h": ("kept", None, None)}
    assert bounds("two-minus-z") == {"h": ("growth", None, 2)}
    assert bounds("linear") == {}


@pytest.mark.parametrize(
    ("carried", "kind", "rate"),
    [
        ("-sigmoid(W_a @ x)", "growth", 1),
        ("(0 - 0.5) * sigmoid(W_a @ x)", "growth", 1),
        ("(2 * sigmoid(W_a @ x) - 1)", "growth", 1),
        ("(2 * sigmoid(W_a @ x))", None, None),
        ("(sigmoid(W_a @ x) - 2)", None, None),
    ],
)
def test_a_state_grows_by_no_more_than_is_added_where_what_is_kept_is_at_most_one(
    carried: str, kind: str | None, rate: int | None
) -> None:
    """|a| ≤ 1 and not 0 ≤ a ≤ 1: a coefficient may turn the sign."""
    found = structure(variant("signed", f"h = {carried} * h[t-1] + tanh(W @ x)")).invariants
    assert [(i.kind, i.interval, i.rate) for i in found] == ([(kind, None, rate)] if kind else [])


def test_a_gate_that_also_feeds_a_matrix_is_no_gate() -> None:
    cell = variant("x", affine("z") + "g = tanh(W_g @ x + U_g @ z)\nh = z * h[t-1] + (1 - z) * g")
    assert structure(cell).gates == ()
    assert [source(c.coefficient) for c in structure(cell).carries] == ["z"]


def test_a_learned_constant_is_no_gate() -> None:
    cell = variant("x", "d = sigmoid(v)\nh = d * h[t-1] + W @ x")
    found = structure(cell)
    assert found.gates == ()
    assert [source(c.coefficient) for c in found.carries] == ["d"]
    assert found.scan == "L2"


def test_a_share_of_positive_parts_lies_in_the_unit_interval() -> None:
    step = flat(CELLS["minlstm"].step)
    found = ranges(step.graph).intervals
    assert found[sp.Symbol("p")] == found[sp.Symbol("q")] == Interval(0, 1)
    assert not found[sp.Symbol("g")].bounded


def test_a_share_is_made_of_gates_and_is_none_itself() -> None:
    cell = variant("x", "f = sigmoid(W_f @ x)\ni = sigmoid(W_i @ x)\nh = f / (f + i) * h[t-1] + i / (f + i) * (W @ x)")
    found = structure(cell)
    assert [source(g.expr) for g in found.gates] == ["f", "i"]
    assert [[source(e) for e in c.coefficients] for c in found.coupled] == [["f / (f + i)", "i / (f + i)"]]


def test_an_activation_that_scales_its_own_argument_is_no_gate() -> None:
    cell = variant("x", "a = W @ x + U @ h[t-1]\nh = a * sigmoid(a)")
    assert structure(cell).gates == ()


def test_a_vector_that_scales_the_rows_of_a_matrix_is_a_gate_and_a_carry() -> None:
    cell = cell_of("gla")
    found = structure(cell)
    assert [source(g.expr) for g in found.gates] == ["a"]
    assert [(str(c.state), source(c.coefficient)) for c in found.carries] == [("S", "a")]
    assert found.scan == "L2"


def test_the_name_that_a_spec_gives_to_a_gate_is_preferred() -> None:
    cell = variant("x", "d = 0.5 * sigmoid(W_d @ x + U_d @ h[t-1])\nh = (1 - d) * h[t-1] + d * tanh(W @ x)")
    assert [source(g.expr) for g in structure(cell).gates] == ["d"]


def test_a_state_that_only_remembers_the_input_does_not_stop_a_scan() -> None:
    cell = variant(
        "x", "f = sigmoid(W_f @ x + U_f @ p[t-1])\nc = f * c[t-1] + (1 - f) * (W @ x)\np = W_p @ x\nh = tanh(c)", "c p"
    )
    assert structure(cell).scan == "L2"
    assert [str(s.after) for s in structure(cell).handed_on] == ["c", "p"]


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_is_printed_and_its_document_is_plain(name: str, lang: str) -> None:
    report = structure_report(structure(CELLS[name]))
    assert json.loads(json.dumps(dict(report.data)))["scan"] == EXPECTED[name][3]
    text = shown(report, "text", lang)  # type: ignore[arg-type]
    assert EXPECTED[name][3] in text
    assert "@" not in text or name == "unnamed"


def test_coefficients_have_the_shape_of_what_they_scale() -> None:
    """A scalar, the shape of the state, or a factor for each of its rows, which diag(a) S shows as a."""
    for seed in range(80):
        cell = random_cell(seed)
        for carry in structure(cell).carries:
            whole, found = cell.step.shape(carry.state), cell.step.shape(carry.coefficient)
            assert found in ((), whole, whole[:1]), (seed, carry)


def test_a_spread_factor_beside_a_matrix_is_written_whole() -> None:
    cell = cg.loads(
        "name: spread\ndims: {m: input size, n: hidden size, k: slots}\ninputs: {x: [m]}\nstates: {S: [n, k]}\n"
        "params: {W: [n, m], v: [k], u: [n]}\nequations: |\n"
        "  i = sigmoid(outer(W @ x, v))\n  S = (1 - i) * S[t-1] + i * scale(u, S[t-1])\n"
    )
    (carry,) = structure(cell).carries
    assert cell.step.shape(carry.coefficient) == cell.step.shape(carry.state)


@pytest.mark.parametrize(
    ("update", "scan"),
    [
        ("sigmoid(W @ x) * h[t-1] + stop(h[t-1] ** 2)", "L1"),
        ("sigmoid(W @ x) * h[t-1] + tanh(W @ x) * stop(h[t-1])", "L2"),
        ("sigmoid(W @ x) * h[t-1] + stop(U @ h[t-1])", "L3"),
        ("sigmoid(W @ x) * h[t-1] + step(h[t-1]) * (W @ x)", "L1"),
        ("sigmoid(W @ x) * h[t-1] + step(W @ x)", "L2"),
    ],
)
def test_a_scan_is_one_of_values_whatever_a_gradient_sees(update: str, scan: str) -> None:
    cell = cg.loads(
        "name: made\nreference: made for a test\ndims: {m: input size, n: hidden size}\ninputs: {x: [m]}\n"
        f"states: {{h: [n]}}\nparams: {{W: [n, m], U: [n, n]}}\nequations: |\n  h = {update}\n"
    )
    assert cg.structure(cell).scan == scan


def test_a_straight_through_estimate_lies_where_the_hard_function_does() -> None:
    cell = cg.loads(
        "name: made\nreference: made for a test\ndims: {m: input size, n: hidden size}\ninputs: {x: [m]}\n"
        "states: {h: [n]}\nparams: {W: [n, m]}\nequations: |\n"
        "  a = W @ x\n  y = a + stop(sign(a) - a)\n  h = y * h[t-1] + a\n"
    )
    assert cg.structure(cell).range_of(sp.Symbol("y")) == (-1, 1)
