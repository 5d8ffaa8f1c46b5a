"""Every analysis on every cell: a report that every view can print, in both languages."""

from __future__ import annotations

import json

import pytest

import cellgraph as cg
from cellgraph.derive import ANALYSES, analysis
from cellgraph.views import VIEWS, shown


@pytest.mark.parametrize("name", cg.cells())
def test_every_analysis_and_every_view_take_every_cell(name: str) -> None:
    cell = cg.load(name)
    for what in ANALYSES:
        report = analysis(what)(cell)
        assert report.blocks
        for view in VIEWS:
            text = shown(report, view, "zh")
            assert text.strip() or view == "csv"
        assert json.loads(shown(report, "json"))["schema_version"] == 1


def test_an_unknown_analysis_names_the_choices() -> None:
    with pytest.raises(KeyError, match="no analysis 'prams'; there are show, params, cost"):
        analysis("prams")
