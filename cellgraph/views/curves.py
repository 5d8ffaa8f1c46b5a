"""A chart as a picture: curves on a logarithmic axis, below them a strip for each gate; in the formats of pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from cellgraph.chart import Chart, Series, Strip
from cellgraph.messages import Lang, Message
from cellgraph.views import text, values
from cellgraph.views.pictures.paths import Point
from cellgraph.views.pictures.pdf import pdf
from cellgraph.views.pictures.scene import Box, Item, Mark, Maths, PathItem, Scene, Words
from cellgraph.views.pictures.svg import png, svg
from cellgraph.views.pictures.typeset import typeset, words_width

Place = Callable[[float, float], Point]
WIDTH, TOP, FLOOR = 640.0, 60.0, 346.0
"""The width of the whole, and where the field of the curves begins and ends."""
LEFT, RIGHT = 64.0, 24.0
SMALL, HEADING, ROW = 11.0, 15.0, 18.0
STRIP, APART = 20.0, 10.0
"""The height of a strip, and what is between two."""
ROLES = ("gate", "candidate", "state", "param", "const")
"""The roles whose colours the groups of curves take."""
CORNERS = ((24, 0.0), (4, math.pi / 4), (3, 0.0), (4, 0.0), (5, 0.0), (6, 0.0), (3, math.pi))
"""Corners and turn of the marker of each group; one with many corners is a circle."""
DASHES = {"norm": ("", 2.0), "carry": ("6 4", 1.3), "bound": ("2 3", 1.5)}
POINTS = 1000
"""A curve has about so many points at most; more would be closer together than a line is thick."""

WRITERS: Mapping[str, Callable[[Scene], str | bytes]] = MappingProxyType(
    {"svg": svg, "png": lambda scene: png(svg(scene, "light")), "pdf": pdf}
)
"""Formats of a plot. Raises RenderError where a PNG cannot be painted."""


def curves(chart: Chart, lang: Lang = "en") -> Scene:
    """The scene of a chart: its curves with their bands, its strips, the axis of both, and the names of the curves."""
    steps = max(len(curve.log10) for curve in chart.curves) - 1
    low, high = _limits(chart)
    left = max([LEFT, *(words_width(_said(strip.name, lang), SMALL) + 14 for strip in chart.strips)])
    bottom = FLOOR + bool(chart.strips) * ROW + len(chart.strips) * (STRIP + APART)

    def place(x: float, y: float) -> Point:
        across, up = x / max(steps, 1), (y - low) / (high - low)
        return left + across * (WIDTH - left - RIGHT), FLOOR - up * (FLOOR - TOP)

    title = _said(chart.title, lang)
    marks = [
        Mark("title", (Words(title, left, 26, HEADING, anchor="start", bold=True),)),
        Mark("axis", (Maths(typeset(chart.y.latex, SMALL), left, TOP - 12, "muted"),)),
        *(Mark(f"band {k}", tuple(_band(curve, place))) for k, curve in enumerate(chart.curves)),
        *(_power_line(log10, place, steps, high - low) for log10 in _ticks(low, high)),
        *(_step_mark(step, place(step, low)[0], bottom) for step in _steps(steps)),
        Mark("axis", (Words(_said(chart.x, lang), (left + WIDTH - RIGHT) / 2, bottom + 36, SMALL, "muted"),)),
        *(Mark(f"curve {k}", tuple(_curve(curve, place))) for k, curve in enumerate(chart.curves)),
    ]
    if chart.strips:
        heading = Words(_said(chart.openness, lang), left, FLOOR + 13, SMALL, "muted", "start")
        marks.append(Mark("axis", (heading,)))
    for number, strip in enumerate(chart.strips):
        y = FLOOR + ROW + number * (STRIP + APART)
        marks.append(Mark(f"strip {number}", tuple(_strip(strip, _said(strip.name, lang), place, y))))
    keys, height = _keys(chart, lang, left, bottom + 58)
    return Scene(WIDTH, height, (*marks, *keys), title, _description(chart, lang), lang)


def _limits(chart: Chart) -> tuple[float, float]:
    """Whole powers of ten, between which every curve and band lies."""
    every = [y for curve in chart.curves for own in (curve.log10, curve.low, curve.high) for y in own or ()]
    finite = [y for y in every if math.isfinite(y)]
    low, high = math.floor(min(finite, default=-1)), math.ceil(max(finite, default=0))
    return float(low), float(max(high, low + 1))


def _ticks(low: float, high: float) -> list[float]:
    """About six powers of ten, evenly apart; over at most two of them 1, 2 and 5 times a power."""
    if high - low <= 2:
        return [*(n + math.log10(k) for n in range(int(low), int(high)) for k in (1, 2, 5)), high]
    every = math.ceil((high - low) / 6)
    return [power for power in range(int(low), int(high) + 1) if power % every == 0]


def _steps(steps: int) -> range:
    return range(0, steps + 1, next(k * 10**n for n in range(9) for k in (1, 2, 5) if steps <= k * 10 ** (n + 1)))


def _power_line(log10: float, place: Place, steps: int, decades: float) -> Mark:
    (x, y), right = place(0, log10), place(steps, log10)
    label: Item = Words(f"{10**log10:.3g}" if decades <= 2 else "1", x - 8, y + 4, SMALL, "muted", "end")
    if decades > 2 and log10:
        formula = typeset(f"10^{{{log10}}}", SMALL)
        label = Maths(formula, x - 8 - formula.width, y + 4, "muted")
    return Mark("grid", (_line([(x, y), right], "rim", 0.7), label))


def _step_mark(step: int, x: float, y: float) -> Mark:
    return Mark("grid", (_line([(x, y), (x, y + 4)], "rim", 0.7), Words(str(step), x, y + 17, SMALL, "muted")))


def _finite(log10: Sequence[float]) -> list[tuple[int, float]]:
    """The points of a curve that a picture can show: of many, those at equal distances."""
    every = max(len(log10) // POINTS, 1)
    return [(x, y) for x, y in enumerate(log10) if (x % every == 0 or x == len(log10) - 1) and math.isfinite(y)]


def _curve(curve: Series, place: Place) -> Iterator[Item]:
    points = _finite(curve.log10)
    if len(points) > 1:
        dash, line = DASHES[curve.kind]
        yield _line([place(*point) for point in points], _colour(curve.group), line, dash)
    if curve.kind == "norm":
        # Markers of different groups stand at different steps, so that none hides another.
        every = max(len(points) // 12, 1)
        yield from (_marker(curve.group, *place(*point)) for point in points[curve.group * every // 3 % every :: every])


def _band(curve: Series, place: Place) -> Iterator[Item]:
    if curve.low is not None and curve.high is not None:
        edge = [place(*point) for point in (*_finite(curve.low), *reversed(_finite(curve.high)))]
        if len(edge) > 2:
            yield PathItem(f"{_path(edge)} Z", f"{_role(curve.group)}.fill")


def _strip(strip: Strip, name: str, place: Place, y: float) -> Iterator[Item]:
    """How far a gate is open, from 0 at the foot of the strip to 1 at its head, a step for each value."""
    (left, _), (right, _) = place(0, 0), place(len(strip.values), 0)
    points = [(place(t, 0)[0], y + STRIP * (1 - value)) for t, value in _finite(strip.values)]
    ends = [*(x for x, _ in points[1:]), right]
    stairs = [point for (x, top), end in zip(points, ends, strict=True) for point in ((x, top), (end, top))]
    yield Words(name, left - 8, y + STRIP / 2 + 4, SMALL, "muted", "end")
    yield Box(left, y, right - left, STRIP, fill="frame")
    if stairs:
        yield PathItem(f"{_path([(left, y + STRIP), *stairs, (right, y + STRIP)])} Z", f"{_role(strip.group)}.fill")
        yield _line(stairs, _colour(strip.group), 1.2)
    yield Box(left, y, right - left, STRIP, stroke="rim", line=0.7)
    yield from (Words(end, right + 5, y + at + 3, 8.0, "muted", "start") for end, at in (("1", 0.0), ("0", STRIP)))


def _keys(chart: Chart, lang: Lang, left: float, y: float) -> tuple[list[Mark], float]:
    """A stroke and a name for every curve, in rows from `y` on; and how tall everything then is."""
    marks: list[Mark] = []
    x = left
    for number, curve in enumerate(chart.curves):
        name = _said(curve.name, lang)
        width = 34 + words_width(name, SMALL) + 22
        if x + width > WIDTH - RIGHT and x > left:
            x, y = left, y + ROW
        dash, line = DASHES[curve.kind]
        items = [_line([(x, y - 4), (x + 28, y - 4)], _colour(curve.group), line, dash)]
        items += [_marker(curve.group, x + 14, y - 4)] if curve.kind == "norm" else []
        marks.append(Mark(f"key {number}", (*items, Words(name, x + 34, y, SMALL, anchor="start"))))
        x += width
    return marks, y + ROW


def _role(group: int) -> str:
    return ROLES[group % len(ROLES)]


def _colour(group: int) -> str:
    return f"{_role(group)}.stroke"


def _marker(group: int, x: float, y: float) -> Item:
    corners, turn = CORNERS[group % len(CORNERS)]
    angles = [turn + 2 * math.pi * k / corners for k in range(corners)]
    return PathItem(f"{_path([(x + 4 * math.sin(a), y - 4 * math.cos(a)) for a in angles])} Z", _colour(group))


def _line(points: list[Point], colour: str, width: float, dash: str = "") -> Item:
    return PathItem(_path(points), "", colour, width, dash)


def _path(points: list[Point]) -> str:
    return "M " + " L ".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _description(chart: Chart, lang: Lang) -> str:
    """Where every curve begins, for those who do not see it: what is left of the gradient at the first step."""
    starts = [f"{_said(curve.name, lang)}: {_power(curve.log10[0])}" for curve in chart.curves]
    return f"{_said(chart.title, lang)}. {'; '.join(starts)}."


def _power(log10: float) -> str:
    if abs(log10) < 300:
        return f"{10**log10:.2g}"
    return "0" if log10 == -math.inf else f"1e{log10:+.0f}" if math.isfinite(log10) else "?"


def _said(message: Message, lang: Lang) -> str:
    return values.format_message(message, text.STYLE, lang)
