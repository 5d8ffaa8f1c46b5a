"""The table of parameters: who uses them, whole or side by side."""

from __future__ import annotations

import pytest
from zoo import cell_of

import cellgraph as cg
from cellgraph.derive.counts.compare import comparison
from cellgraph.derive.counts.params import params, report
from cellgraph.views import text, values


def test_a_parameter_is_told_with_the_first_that_uses_it() -> None:
    head = "name: shared\ndims: {m: input size, n: hidden size}\ninputs: {x: [m]}\nstates: {h: [n]}\n"
    equations = (
        "params: {W: [n, m], v: [n]}\nequations: |\n  f = sigmoid(W @ x)\n  g = W @ x + v\n  h = f * h[t-1] + g\n"
    )
    found = params(cg.loads(f"{head}{equations}output: h\n"), m=3, n=5)
    assert [(str(row[0]), str(row[3]), row[-1]) for row in found.rows] == [("W", "f", 15), ("v", "g", 5)]
    assert [entry["group"] for entry in found.data["parameters"]] == ["f", "g"]


@pytest.mark.parametrize("name", ["lstm", "gru-reset-after", "gru"])
def test_a_count_is_called_by_its_cell_and_a_library_by_its_class(name: str) -> None:
    cell = cell_of(name)
    for library in (None, *(implementation.name for implementation in cell.implementations)):
        found = cg.params(cell, as_=library)
        called = name if library is None else f"{name} as {library}"
        assert values.format_message(found.title, values.PLAIN, "en") == called
        assert isinstance(found.rows[0][0], str) is (library is not None)


def test_several_cells_stand_whole_and_side_by_side_and_a_ratio_needs_both_numbers() -> None:
    tables = [params(cell_of("gru"), m=3, n=5), params(cell_of("lstm")), params(cell_of("rnn"), m=2, n=4)]
    *whole, beside = report(tables).blocks
    assert whole == tables
    assert [row[5:7] for row in beside.rows] == [(135, "1"), (None, None), (28, "0.2074")]  # type: ignore[union-attr]
    assert report(tables[:1]).blocks == (tables[0],)


def test_a_cell_counted_twice_stands_side_by_side_alone() -> None:
    lstm = cell_of("lstm")
    (beside,) = report([params(lstm, m=3, n=5), params(lstm, as_="torch", m=3, n=5)]).blocks
    assert [row[2:4] for row in beside.rows] == [(8, 4), (8, 4)]  # type: ignore[union-attr]
    assert [row[5:7] for row in beside.rows] == [(180, "1"), (200, "1.111")]  # type: ignore[union-attr]


def test_what_whole_tables_say_of_missing_sizes_is_not_said_again_beside_them() -> None:
    lstm, gru = params(cell_of("lstm"), m=3), params(cell_of("gru"), m=3, n=5)
    *_, beside = report([lstm, gru]).blocks
    (alone,) = report([lstm, params(cell_of("lstm"), as_="torch", m=3)]).blocks
    assert beside.notes == ()  # type: ignore[union-attr]
    assert alone.notes == lstm.unknown != ()  # type: ignore[union-attr]


@pytest.mark.parametrize(("layers", "both"), [(1, True), (2, False), (3, True)])
def test_the_rows_of_a_stack_add_up(layers: int, both: bool) -> None:
    table = cg.params(cell_of("gru"), layers=layers, bidirectional=both, m=3, n=5)
    first, *further, whole = (row[-1] for row in table.footer)
    assert sum(row[-1] for row in table.rows) == first
    assert whole == table.total == (1 + both) * (first + (layers - 1) * sum(further))
    assert len(further) == (layers > 1)


def test_sizes_that_are_missing_are_named() -> None:
    cell = cell_of("rwkv7")
    said = "rwkv7: some numbers are unknown without these sizes: d (key size), f (rank of the rate), "
    said += "j (heads), l (rank of the decay), n (rank of the gate)"
    sizes = {"m": 3, "e": 5}
    for found in (cg.params(cell, **sizes), cg.cost(cell, **sizes), report([cg.params(cell, **sizes)] * 2).blocks[0]):
        assert text.table(found, "en").count(said) == 1  # type: ignore[arg-type]
        assert "rwkv7：未给出以下尺寸" in text.table(found, "zh")  # type: ignore[arg-type]
    assert said in text.report(comparison([cell_of("rnn"), cell], [{"m": 3, "n": 5}, sizes]))
    for known in (cg.params(cell), cg.params(cell, m=3, e=5, d=2, f=6, j=7, l=4, n=8), cg.cost(cell)):
        assert not any("unknown" in note.template for note in known.notes)
