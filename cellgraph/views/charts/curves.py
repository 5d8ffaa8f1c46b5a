"""Curves of a chart as a scene of our own, for pages read light and dark: the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Callable

from cellgraph.chart import Chart, Series
from cellgraph.messages import Lang, Message
from cellgraph.views import text, values
from cellgraph.views.pictures.paths import Point
from cellgraph.views.pictures.scene import Item, Mark, PathItem, Scene, Words
from cellgraph.views.pictures.typeset import words_width

Place = Callable[[float, float], Point]
WIDTH, HEIGHT = 640.0, 380.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 20.0, 48.0, 46.0
SMALL, HEADING, ROW = 11.0, 15.0, 18.0
COLOURS = ("candidate.stroke", "gate.stroke", "state.stroke", "param.stroke", "ink")
DASHES = {"norm": ("", 2.2), "carry": ("6 4", 1.5), "bound": ("2 3", 1.5)}
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LOWEST = -30
"""The power of ten below which nothing is shown: what is that small is gone."""


def curves(chart: Chart, lang: Lang = "en") -> Scene:
    """The curves on a logarithmic axis, their names below; the heat map of a chart is left out."""
    steps = max(len(curve.log10) for curve in chart.curves) - 1
    low, high = _limits(chart)

    def place(x: float, y: float) -> Point:
        across, up = x / max(steps, 1), (min(max(y, low), high) - low) / (high - low)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    title = _said(chart.title, lang)
    marks = [Mark("title", (Words(title, LEFT, 26, HEADING, anchor="start", bold=True),))]
    marks += [_horizontal(power, place, steps) for power in _ticks(low, high)]
    marks += [_vertical(step, place, low) for step in _steps(steps)]
    marks.append(Mark("axis", (Words(_said(chart.x, lang), WIDTH / 2, HEIGHT - 10, SMALL, "muted"),)))
    shown = [_curve(k, curve, place, low) for k, curve in enumerate(chart.curves)]
    keys, height = _keys(chart, lang)
    return Scene(WIDTH, height, (*marks, *shown, *keys), title, _description(chart, lang), lang)


def _limits(chart: Chart) -> tuple[float, float]:
    found = [max(y, LOWEST) for curve in chart.curves for y in curve.log10 if math.isfinite(y)]
    low, high = math.floor(min(found, default=-1)), math.ceil(max(found, default=0))
    return float(low), float(max(high, low + 1))


def _ticks(low: float, high: float) -> list[int]:
    """At most seven powers of ten, evenly apart."""
    every = max(1, math.ceil((high - low) / 6))
    return [power for power in range(int(low), int(high) + 1) if power % every == 0]


def _steps(steps: int) -> list[int]:
    every = next(e for e in (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, steps or 1) if steps / e <= 10)
    return list(range(0, steps + 1, every))


def _horizontal(power: int, place: Place, steps: int) -> Mark:
    left, right = place(0, power), place(steps, power)
    label = "1" if power == 0 else f"10{str(power).translate(SUPERSCRIPTS)}"
    return Mark("grid", (_line([left, right], "rim", 0.7), Words(label, LEFT - 8, left[1] + 4, SMALL, "muted", "end")))


def _vertical(step: int, place: Place, low: float) -> Mark:
    x, y = place(step, low)
    return Mark("grid", (_line([(x, y), (x, y + 4)], "rim", 0.7), Words(str(step), x, y + 17, SMALL, "muted")))


def _curve(number: int, curve: Series, place: Place, low: float) -> Mark:
    points = [place(x, y if math.isfinite(y) else low) for x, y in enumerate(curve.log10)]
    dash, line = DASHES[curve.kind]
    return Mark(f"curve {number}", (_line(points, COLOURS[curve.group % len(COLOURS)], line, dash),))


def _keys(chart: Chart, lang: Lang) -> tuple[list[Mark], float]:
    """A stroke and a name for every curve, in rows below the axis; and how tall everything then is."""
    marks: list[Mark] = []
    x, y = LEFT, HEIGHT + 12
    for number, curve in enumerate(chart.curves):
        name = _said(curve.name, lang)
        width = 34 + words_width(name, SMALL) + 22
        if x + width > WIDTH - RIGHT and x > LEFT:
            x, y = LEFT, y + ROW
        dash, line = DASHES[curve.kind]
        stroke = _line([(x, y - 4), (x + 28, y - 4)], COLOURS[curve.group % len(COLOURS)], line, dash)
        marks.append(Mark(f"key {number}", (stroke, Words(name, x + 34, y, SMALL, anchor="start"))))
        x += width
    return marks, y + ROW


def _line(points: list[Point], colour: str, width: float, dash: str = "") -> Item:
    path = "M " + " L ".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return PathItem(path, "", colour, width, dash)


def _description(chart: Chart, lang: Lang) -> str:
    """Where every curve begins, for those who do not see it: what is left of the gradient at the first step."""
    starts = [f"{_said(curve.name, lang)}: {_power(curve.log10[0])}" for curve in chart.curves]
    return f"{_said(chart.title, lang)}. {'; '.join(starts)}."


def _power(log10: float) -> str:
    return f"{10**log10:.2g}" if math.isfinite(log10) and log10 > LOWEST else f"< 1e{LOWEST}"


def _said(message: Message, lang: Lang) -> str:
    return values.format_message(message, text.STYLE, lang)
