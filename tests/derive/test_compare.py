"""Cells side by side: the facts of each column, equal budgets, and the sentences below."""

from __future__ import annotations

import pytest
from derive.variants import CELLS
from zoo import cell_of

import cellgraph as cg
from cellgraph.derive.counts.compare import comparison
from cellgraph.derive.counts.cost_report import cost
from cellgraph.derive.structures.structure import structure
from cellgraph.derive.structures.structure_report import document
from cellgraph.views import shown

TRIO = [CELLS["lstm"], CELLS["gru"], CELLS["rnn"]]
SIZES = [{"m": 128, "n": 256}] * 3


def column(name: str, match: bool = False) -> dict[str, object]:
    (table,) = comparison(TRIO, SIZES, match=match).blocks
    place = table.columns.index(name)  # type: ignore[union-attr]
    return {row[0].template: row[place] for row in table.rows}  # type: ignore[union-attr]


def test_one_column_a_cell() -> None:
    assert column("lstm")["weight matrices"] == 8
    assert column("gru")["number of parameters"] == 295_680
    assert column("gru")["ratio"] == "0.75"
    assert column("rnn")["MAC a step"] == 256 * 384
    assert column("lstm")["numbers kept for BPTT a step"] == 6 * 256 + 128
    assert [column(name)["scan class"] for name in ("lstm", "gru", "rnn")] == ["L0"] * 3


def test_equal_budgets() -> None:
    assert column("lstm", match=True)["sizes"] == "m=128, n=256"
    assert column("gru", match=True)["sizes"] == "m=128, n=304"
    assert column("rnn", match=True)["number of parameters"] == 394_632
    with pytest.raises(ValueError, match="equal budgets need every size of lstm"):
        comparison(TRIO, [{"m": 128}, {"m": 128}, {"m": 128}], match=True)


def test_beside_a_cell_that_learns_nothing_there_is_no_ratio() -> None:
    cells = [cell_of("esn"), CELLS["gru"]]
    (table,) = comparison(cells, SIZES[:2]).blocks
    rows = {row[0].template: row[1:] for row in table.rows}  # type: ignore[union-attr]
    assert rows["number of parameters"] == (0, 295_680)
    assert "ratio" not in rows


def test_without_sizes_the_costs_stay_formulas() -> None:
    (table,) = comparison(TRIO[:2], [{}, {}]).blocks
    rows = {row[0].template: row[1:] for row in table.rows}  # type: ignore[union-attr]
    assert [str(f) for f in rows["FLOP a step"]] == ["8*n*(m + n) + 4*n", "6*n*(m + n) + 5*n"]
    assert "number of parameters" not in rows


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "csv", "json"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_format(form: str, lang: str) -> None:
    shown_text = shown(comparison(TRIO, SIZES), form, lang)  # type: ignore[arg-type]
    assert "295,680" in shown_text or "295680" in shown_text or "295{,}680" in shown_text


def test_a_cell_costs_what_its_own_command_says() -> None:
    own = cg.cost(CELLS["gru"], m=128, n=256).to_dict()
    found = comparison(TRIO, SIZES).data["cells"][1]["cost"]
    assert found.items() <= own.items()
    assert found["arithmetic_intensity"] > 0


def test_each_cell_is_named_once_and_its_facts_are_those_of_its_own_commands() -> None:
    for cell, found in zip(TRIO, comparison(TRIO, SIZES).data["cells"], strict=True):
        costs, facts = cg.cost(cell, m=128, n=256).to_dict(), document(structure(cell))
        assert found["cell"] == facts.pop("cell") == cell.name
        assert found["structure"] == facts
        assert found["cost"].keys() == cost(cell, m=128, n=256).data.keys() - {"cell", "sizes", "equations"}
        assert found["cost"].items() <= costs.items()


def test_what_differs_is_said() -> None:
    text = shown(comparison(TRIO, SIZES), "text", "en")
    assert "lstm hands on h, c, gru hands on h." in text
    assert "gru has 25 % fewer parameters than lstm." in text
    assert "In lstm an old state, whole or scaled entry by entry, is a term of the new one; in rnn none is." in text
    assert "In gru what is kept and what is written add up to 1, in lstm they do not." in text
    pair = comparison([CELLS["rnn"], CELLS["mgu"]], SIZES[:2])
    assert "mgu has 2 times the parameters of rnn." in shown(pair, "text", "en")
    assert "lstm has 33.3 % more parameters than gru." in shown(comparison(TRIO[1::-1], SIZES[:2]), "text", "en")
    # A cell without a carry keeps nothing that could be set apart.
    assert "what is kept" not in shown(comparison(TRIO[1:], SIZES[1:]), "text", "en")
