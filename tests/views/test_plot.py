"""Plots: three formats, two languages, the same bytes each time."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from zoo import cell_of

from cellgraph.derive.flows.flow import flow
from cellgraph.derive.flows.flow_report import chart
from cellgraph.messages import message

plotting = pytest.importorskip("matplotlib", reason="plots need matplotlib: pip install 'cellgraph[plots]'")


@pytest.fixture(scope="module")
def drawn() -> object:
    cells = [cell_of("rnn"), cell_of("lstm")]
    return chart(flow(cells, [{"m": 2, "n": 3}] * 2, steps=9, seeds=2))


@pytest.mark.parametrize(("format_", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_a_plot_in_every_format(drawn: object, format_: str, start: bytes) -> None:
    from cellgraph.views.charts.plot import plot

    for lang in ("en", "zh"):
        assert plot(drawn, format_, lang).startswith(start)  # type: ignore[arg-type]


def test_a_plot_has_the_same_bytes_each_time_and_no_text_that_needs_a_font(drawn: object) -> None:
    from cellgraph.views.charts.plot import plot

    first = plot(drawn, "svg")  # type: ignore[arg-type]
    assert first == plot(drawn, "svg")  # type: ignore[arg-type]
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(first).iter()}
    assert "path" in tags
    assert "text" not in tags


def test_an_unknown_format_is_refused(drawn: object) -> None:
    from cellgraph.views.charts.plot import plot

    with pytest.raises(ValueError, match="unknown format: 'gif'"):
        plot(drawn, "gif")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("least", "labels"),
    [(-0.6, ["0.2", "0.5", "1"]), (-3.0, ["$10^{-3}$", "$10^{-2}$", "$10^{-1}$", "$10^{0}$"])],
)
def test_ticks_are_whole_powers_or_plain_numbers(least: float, labels: list[str]) -> None:
    from matplotlib.figure import Figure

    from cellgraph.chart import Chart, Series
    from cellgraph.views.charts.plot import _drawn

    chart = Chart(
        message("of {x}", x=1), message("t"), 1, (Series(message("a"), 0, "norm", [least, 0.0]),), message("b"), ()
    )
    figure = Figure(figsize=(7, 4))
    _drawn(figure, chart, "en")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    low, high = axes.get_ylim()
    ticks = zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
    assert [label.get_text() for y, label in ticks if low <= y <= high] == labels
