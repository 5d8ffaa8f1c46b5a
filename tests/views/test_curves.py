"""Charts: three formats, two languages, the same bytes each time; every number at its place."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import pytest
from zoo import cell_of

from cellgraph.chart import Chart, Series, Strip
from cellgraph.derive.flows.flow import flow
from cellgraph.derive.flows.flow_report import NORM, chart
from cellgraph.messages import message
from cellgraph.views.curves import WRITERS, curves
from cellgraph.views.pictures.paths import segments
from cellgraph.views.pictures.scene import Item, PathItem, Scene, Words


@pytest.fixture(scope="module")
def measured() -> Chart:
    cells = [cell_of("rnn"), cell_of("lstm")]
    return chart(flow(cells, [{"m": 2, "n": 3}] * 2, steps=9, seeds=2))


def charted(log10: Sequence[float], strips: Sequence[Sequence[float]] = (), kind: str = "norm") -> Scene:
    """A chart of one curve."""
    rows = tuple(Strip(message("g"), 0, values) for values in strips)
    curve = Series(message("a"), 0, kind, log10)
    return curves(Chart(message("of {x}", x=1), message("t"), NORM, (curve,), message("open"), rows))


def items(scene: Scene, name: str) -> list[Item]:
    return [item for mark in scene.marks if mark.id == name for item in mark.items]


def points(item: Item) -> list[list[float]]:
    assert isinstance(item, PathItem)
    return [place for _, place in segments(item.path) if place]


@pytest.mark.parametrize(("format_", "start"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_a_chart_in_every_format_is_the_same_each_time(measured: Chart, format_: str, start: bytes) -> None:
    for lang in ("en", "zh"):
        first, second = (WRITERS[format_](curves(measured, lang)) for _ in range(2))  # type: ignore[arg-type]
        assert first == second
        assert (first.encode() if isinstance(first, str) else first).startswith(start)


def test_everything_measured_is_in_the_picture(measured: Chart) -> None:
    scene = curves(measured)
    ids = [mark.id for mark in scene.marks]
    assert [sum(i.startswith(kind) for i in ids) for kind in ("curve", "band", "key", "strip")] == [4, 4, 4, 3]
    assert [bool(items(scene, f"band {k}")) for k in range(4)] == [True, False, True, False]
    texts = {item.text for mark in scene.marks for item in mark.items if isinstance(item, Words)}
    assert {"rnn", "rnn: bound", "lstm", "lstm: ∏ f alone", "lstm: f", "openness of the gates", "time step t"} <= texts
    assert scene.description.startswith("How much of a gradient at step 9 is left at step t. rnn: ")
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(str(WRITERS["svg"](scene))).iter()}
    assert tags == {"svg", "title", "desc", "style", "rect", "g", "path", "text"}


@pytest.mark.parametrize(
    ("least", "labels"),
    [(-0.6, ["0.1", "0.2", "0.5", "1"]), (-1.5, ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]), (-3.0, ["1"])],
)
def test_ticks_are_plain_numbers_over_two_powers_of_ten(least: float, labels: list[str]) -> None:
    grid = items(charted([least, 0.0]), "grid")
    assert [item.text for item in grid if isinstance(item, Words) and item.anchor == "end"] == labels


def test_a_curve_is_straight_where_growth_is_even_and_ends_where_nothing_is_known() -> None:
    (line, *_) = items(charted([-4.0, -3.0, -2.0, math.nan, 0.0, -math.inf]), "curve 0")
    places = points(line)
    assert len(places) == 4
    (x0, y0), (x1, y1), (x2, y2), (x4, y4) = places
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.11) == pytest.approx((x4 - x2) / 2, abs=0.11)
    assert y0 - y1 == pytest.approx(y1 - y2, abs=0.11) == pytest.approx((y2 - y4) / 2, abs=0.11)
    assert items(charted([math.nan, -math.inf], kind="carry"), "curve 0") == []
    assert charted([-math.inf, 0.0]).description == "of 1. a: 0."
    assert charted([1000.4, 0.0]).description == "of 1. a: 1e+1000."


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    short, long = (points(items(charted([-x / n for x in range(n + 1)]), "curve 0")[0]) for n in (100, 54_321))
    assert len(short) == 101
    assert 900 < len(long) < 1100
    assert (long[0], long[-1]) == (short[0], short[-1])


def test_a_strip_is_as_high_as_its_gate_is_open() -> None:
    _, field, area, *_ = items(charted([0.0, 0.0, 0.0], [[0.25, 1.0]]), "strip 0")
    foot, *stairs, _ = points(area)
    top, height = field.y, field.height  # type: ignore[union-attr]
    assert foot[1] == pytest.approx(top + height)
    assert [y for _, y in stairs] == pytest.approx([top + 0.75 * height, top + 0.75 * height, top, top])
    assert stairs[1][0] == stairs[2][0] == pytest.approx((stairs[0][0] + stairs[3][0]) / 2)
