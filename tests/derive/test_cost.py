"""Operation counts and activation memory against the published formulas, and against counting by running."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import sympy as sp
from derive.variants import CELLS, M, N, variant
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo import cell_of

import cellgraph as cg
from cellgraph.derive.counts.cost import costs
from cellgraph.derive.counts.cost_report import Run, cost, cost_report
from cellgraph.derive.counts.memory import bptt, saved
from cellgraph.derive.counts.params import implementation_of, params, report
from cellgraph.derive.counts.sizes import Stack
from cellgraph.graph import Cell, fold
from cellgraph.graph.notation import source
from cellgraph.ops import numbered, operands, value_of
from cellgraph.views import shown

# name: MAC, FLOP beyond two for each MAC, calls, weights read, sequential FLOP, numbers kept
EXPECTED = {
    "rnn": (N * (M + N), 0, {"tanh": N}, N * (M + N + 1), 2 * N**2, N + M),
    "lstm": (
        4 * N * (M + N), 4 * N, {"sigmoid": 3 * N, "tanh": 2 * N}, 4 * N * (M + N + 1), 8 * N**2 + 4 * N, 6 * N + M,
    ),
    "gru": (3 * N * (M + N), 5 * N, {"sigmoid": 2 * N, "tanh": N}, 3 * N * (M + N + 1), 6 * N**2 + 5 * N, 4 * N + M),
    "gru-after": (
        3 * N * (M + N), 6 * N, {"sigmoid": 2 * N, "tanh": N}, 3 * N * (M + N + 1) + N, 6 * N**2 + 6 * N, 5 * N + M,
    ),
    "cifg": (
        3 * N * (M + N), 5 * N, {"sigmoid": 2 * N, "tanh": 2 * N}, 3 * N * (M + N + 1), 6 * N**2 + 5 * N, 5 * N + M,
    ),
    "mgu": (2 * N * (M + N), 5 * N, {"sigmoid": N, "tanh": N}, 2 * N * (M + N + 1), 4 * N**2 + 5 * N, 3 * N + M),
    "janet": (2 * N * (M + N), 4 * N, {"sigmoid": N, "tanh": N}, 2 * N * (M + N + 1), 4 * N**2 + 4 * N, 3 * N + M),
    "mingru": (2 * N * M, 4 * N, {"sigmoid": N}, 2 * N * (M + 1), 2 * N, 3 * N + M),
    "linear": (N * (M + N), 0, {}, N * (M + N + 1), 2 * N**2, N + M),
    "indrnn": (N * M, 3 * N, {}, N * (M + 2), 3 * N, N + M),
    "leaky": (N * (M + N), 3 * N + 1, {"tanh": N}, N * (M + N + 1), 2 * N**2 + 3 * N, 2 * N + M),
    "lstm-1997": (
        3 * N * (M + N), 3 * N, {"sigmoid": 2 * N, "tanh": 2 * N}, 3 * N * (M + N + 1), 6 * N**2 + 3 * N, 5 * N + M,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_the_table_of_published_counts(name: str) -> None:
    mac, rest, calls, weights, sequential, kept = EXPECTED[name]
    found = costs(CELLS[name])
    assert sp.expand(found.total.mac - mac) == 0
    assert sp.expand(found.total.flop - 2 * mac - rest) == 0
    assert dict(found.total.transcendental) == calls
    assert sp.expand(found.weights - weights) == 0
    assert sp.expand(found.sequential.flop - sequential) == 0
    assert sp.expand(found.saved.numbers - kept) == 0
    assert sp.expand(found.backward - 2 * mac) == 0


@pytest.mark.parametrize("name", CELLS)
def test_the_parts_add_up(name: str) -> None:
    found = costs(CELLS[name])
    assert sp.expand(sum(work.flop for _, work in found.equations) - found.total.flop) == 0
    assert sp.expand(found.sequential.mac + found.hoisted.mac - found.total.mac) == 0
    assert (found.eager.numbers - found.saved.numbers).is_nonnegative


def test_a_term_that_waits_alone_for_the_others_adds_nothing_ahead() -> None:
    """Of minGRU both products with their biases, 1 − z and z ⊙ g; the last sum waits for the state."""
    assert sp.expand(costs(cg.load("mingru")).hoisted.flop - (2 * (2 * M - 1) * N + 2 * N + N + N)) == 0


@pytest.mark.parametrize(
    ("name", "megabytes"), [("rnn", 65.536), ("lstm", 229.376), ("gru", 163.84), ("gru-after", 196.608)]
)
def test_memory_of_bptt(name: str, megabytes: float) -> None:
    numbers = int(saved(CELLS[name]).numbers.subs({M: 256, N: 256}))
    state = int(costs(CELLS[name]).state.subs(N, 256))
    found = bptt(numbers, state, steps=1000, batch=32, width=4, truncate=35)
    assert found["all"] == megabytes * 1e6
    assert found["truncated"] * 1000 == found["all"] * 35
    assert found["checkpoints"] == 4 * 32 * (32 * state + 32 * numbers)


def test_checkpoints_stand_every_root_of_the_steps() -> None:
    """At T = 9 and 10: 3 stretches of 3 and of 4 steps; nothing is cut off where there are fewer steps."""
    found = {steps: bptt(7, 5, steps, batch=1, width=1, truncate=9) for steps in (1, 4, 9, 10)}
    assert {steps: amounts["checkpoints"] for steps, amounts in found.items()} == {
        1: 5 + 7, 4: 2 * 5 + 2 * 7, 9: 3 * 5 + 3 * 7, 10: 3 * 5 + 4 * 7,
    }  # fmt: skip
    assert {steps: amounts["truncated"] for steps, amounts in found.items()} == {1: 7, 4: 28, 9: 63, 10: 63}


ROWS = """
name: rows
dims: {m: input size, d: key size, e: value size}
inputs: {x: [m]}
states: {S: [d, e]}
params: {K: [d, m], V: [e, m], a: [d]}
equations: |
  S = scale(a, S[t-1]) + outer(K @ x, V @ x)
  y = sum(S)
output: y
"""


def test_work_backwards_is_that_of_what_costs_products_forwards() -> None:
    """Two products for each matrix and two for the outer one; scaled rows are no contraction, either way."""
    d, e = sp.symbols("d e", integer=True, positive=True)
    found = costs(cg.loads(ROWS))
    assert sp.expand(found.total.mac - (d * M + e * M + d * e)) == 0
    assert sp.expand(found.backward - 2 * (d * M + e * M + d * e)) == 0


def test_what_is_kept_by_name() -> None:
    assert [source(e) for e in saved(CELLS["lstm"]).kept] == ["x", "h[t-1]", "c[t-1]", "f", "i", "g", "o"]
    assert [source(e) for e in saved(CELLS["lstm"], rebuild=False).kept][-1] == "tanh(c)"
    assert sp.expand(saved(CELLS["lstm"], rebuild=False).numbers - 7 * N - M) == 0


def test_arithmetic_intensity_is_a_half_at_batch_one() -> None:
    for name in ("rnn", "lstm", "gru"):
        assert float(costs(CELLS[name]).intensity().subs({M: 1024, N: 1024})) == pytest.approx(0.5, rel=2e-3)
    assert float(costs(CELLS["rnn"]).intensity(batch=32).subs({M: 256, N: 512})) == pytest.approx(
        32 * 2 * 512 * 768 / (4 * (512 * 769 + 32 * (256 + 1024)))
    )


class Counted:
    """A number that counts the additions and multiplications it takes part in."""

    flop = mul = 0
    shape = ()

    def _of(self, other: Any) -> Counted:
        Counted.flop += 1
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = _of

    def __mul__(self, other: Any) -> Counted:
        Counted.mul += 1
        return self._of(other)

    __rmul__ = __mul__

    def __neg__(self) -> Counted:
        return self._of(0)


class Namespace:
    """The functions that cells here call, counting their calls."""

    calls = 0

    @staticmethod
    def tanh(x: Any) -> Any:
        Namespace.calls += x.size
        return x

    exp = tanh
    asarray = staticmethod(np.asarray)
    swapaxes = staticmethod(np.swapaxes)


def run(cell: Cell, values: dict[sp.Expr, Any]) -> None:
    """One step, every operation as often as it is written."""

    def applied(node: sp.Expr, arguments: list[Any]) -> Any:
        function, ranks = value_of(node, [cell.step.shape(operand) for operand in operands(node)])
        return function(Namespace, ranks, *arguments, *numbered(node))

    for equation in cell.step.equations:
        values[equation.lhs] = fold(equation.rhs, lambda leaf: values[leaf] if leaf in values else float(leaf), applied)


@st.composite
def random_cells(draw: st.DrawFn) -> Cell:
    """A cell of a few equations that nobody has seen: affine maps, activations, products, sums and differences."""
    names, lines = ["h[t-1]"], []
    for k in range(draw(st.integers(1, 6))):
        a, b = draw(st.sampled_from(names)), draw(st.sampled_from(names))
        function = draw(st.sampled_from(["tanh", "exp", ""]))
        form = draw(
            st.sampled_from(
                [
                    f"{function}(W_{k} @ x + U_{k} @ {a} + b_{k})",
                    f"{function}(v_{k} * {a} + W_{k} @ x)",
                    f"{a} * {b}",
                    f"(1 - {a}) * {b}",
                    f"{a} - {b}",
                    f"-{a} + {b} + b_{k}",
                ]
            )
        )
        lines.append(f"q{k} = {form}")
        names.append(f"q{k}")
    lines.append(f"h = {' + '.join(names[1:])} + h[t-1]")
    return variant("random", "\n".join(lines))


@settings(max_examples=40)
@given(random_cells(), st.integers(1, 4), st.integers(1, 3))
def test_counts_of_random_cells_against_counting_by_running(cell: Cell, m: int, n: int) -> None:
    sizes = {M: m, N: n}
    values = {}
    for quantity in cell.step.leaves:
        array = np.empty([int(size.subs(sizes)) for size in quantity.shape or ()], dtype=object)
        array[...] = Counted()
        values[quantity.symbol] = array
    Counted.flop = Counted.mul = Namespace.calls = 0
    run(cell, values)
    found = costs(cell).total
    assert found.flop.subs(sizes) == Counted.flop
    assert found.calls.subs(sizes) == Namespace.calls
    assert found.mac.subs(sizes) <= Counted.mul


def test_the_report_in_numbers_and_without() -> None:
    table = cost(CELLS["lstm"], m=128, n=256)
    assert (table.mac, table.flop) == (4 * 256 * 384, 8 * 256 * 384 + 4 * 256)
    assert cost(CELLS["lstm"]).mac is None
    report = cost_report(CELLS["lstm"], Run(steps=1000, batch=32), m=256, n=256)
    assert report.data["sequence"]["bptt_all_bytes"] == 229_376_000
    assert json.loads(shown(report, "json", "en"))["saved_per_step"] == {"formula": "m + 6*n", "total": 1792}
    unknown = cost_report(CELLS["lstm"], Run(steps=1000, batch=32))
    assert unknown.data["sequence"]["flop"] is None
    assert "218.8 MiB = 229.4 MB" in shown(report, "text", "en")
    assert repr(table).startswith("<CostTable columns: quantity, formula, number, unit")


def test_other_counters_stand_below_where_they_are_asked_for() -> None:
    alone, beside = (cost_report(cell_of("lstm"), like=like, m=10, n=20) for like in ((), ("thop", "fvcore")))
    assert len(beside.blocks) == len(alone.blocks) + 1
    assert "like" not in alone.data
    assert {name: (own["total"], own["unit"]) for name, own in beside.data["like"].items()} == {
        "thop": (2720, "MAC"),
        "fvcore": (0, "FLOP"),
    }


def test_a_sequence_that_is_cut_off_says_after_how_many_steps() -> None:
    whole, cut = (cost_report(CELLS["lstm"], Run(steps=100, truncate=k), m=3, n=5) for k in (None, 25))
    assert cut.data["sequence"]["bptt_truncated_bytes"] * 4 == cut.data["sequence"]["bptt_all_bytes"]
    assert "bptt_truncated_bytes" not in whole.data["sequence"]
    said = "BPTT is cut off after 25 steps"
    assert [said in shown(report, "text", "en") for report in (whole, cut)] == [False, True]


def test_one_cell_has_nothing_beside_it_and_a_library_is_its_layer() -> None:
    one, other = params(cell_of("gru")), params(cell_of("rnn"))
    assert [len(report(tables).blocks) for tables in ([one], [one, other])] == [1, 3]
    names = {name: implementation_of(cell_of("gru"), name).name for name in ("onnx", "keras", "keras.layers.GRUCell")}
    assert list(names.values()) == ["onnx.GRU", "keras.layers.GRU", "keras.layers.GRUCell"]


def test_the_table_has_every_amount_with_its_unit() -> None:
    text = shown(cost_report(CELLS["rnn"], m=3, n=5), "text", "en")
    words = [" ".join(line.split()) for line in text.splitlines()]
    for line in (
        "multiply-accumulates n*(m + n) 40 MAC",
        "calls of tanh n 5 calls",
        "of the FLOP, sequential 2*n**2 50 FLOP",
        "of the FLOP, hoisted out of the loop 2*m*n 30 FLOP",
        "backward, all gradients 2*n*(m + n) 80 MAC",
        "weights read n*(m + n + 1) 45 numbers",
        "state handed on n 5 numbers",
        "activations kept by eager autograd m + n 8 numbers",
    ):
        assert line in words
    for name in ("h", "total"):
        assert f"{name} n*(m + n) 2*n*(m + n) n tanh" in words


@pytest.mark.parametrize(("layers", "bidirectional"), [(1, True), (3, False), (2, True)])
def test_a_stack_costs_what_its_cells_cost(layers: int, bidirectional: bool) -> None:
    cell, m, n, directions = CELLS["lstm"], 7, 5, 1 + bidirectional
    widths = [m, *[directions * n] * (layers - 1)]
    single = [cost(cell, m=width, n=n) for width in widths]
    found = cost(cell, layers=layers, bidirectional=bidirectional, m=m, n=n)
    for key in ("mac", "flop", "weights_read", "state", "saved_per_step", "backward_mac", "hoisted_flop"):
        assert found.data[key]["total"] == directions * sum(one.data[key]["total"] for one in single), key
    counted = params(cell, layers=layers, bidirectional=bidirectional, m=m, n=n)
    assert found.data["weights_read"]["total"] == counted.total


@pytest.mark.parametrize(("stack", "en", "zh"), [
    (Stack(1, True), "both directions", "双向"),
    (Stack(3), "3 layers", "3 层"),
    (Stack(2, True), "2 layers, both directions", "2 层，双向"),
])  # fmt: skip
def test_a_stack_is_called_by_its_layers_and_directions(stack: Stack, en: str, zh: str) -> None:
    cell = CELLS["lstm"]
    costed = cost_report(cell, stack=stack)
    assert f"one step of lstm, {en}, one sample\n" in shown(costed, "text", "en")
    assert zh in shown(costed, "text", "zh")
    counted = report([params(cell, layers=stack.layers, bidirectional=stack.bidirectional)])
    assert f"total of {en} " in shown(counted, "text", "en")
    assert zh in shown(counted, "text", "zh")


def test_one_cell_is_called_no_stack() -> None:
    assert "one step of lstm, one sample\n" in shown(cost_report(CELLS["lstm"]), "text", "en")
    assert "total of" not in shown(report([params(CELLS["lstm"])]), "text", "en")
    assert "each cell of the stack" not in shown(cost_report(CELLS["lstm"]), "text", "en")


def test_wrong_use_is_told() -> None:
    with pytest.raises(ValueError, match="one layer in one direction only"):
        cost_report(CELLS["lstm"], like=("thop",), stack=Stack(2))
    with pytest.raises(ValueError, match="steps must be a whole number of at least 1"):
        cost_report(CELLS["rnn"], Run(steps=0))
    with pytest.raises(ValueError, match="rnn has no size 'q'"):
        cost(CELLS["rnn"], q=3)
