"""The door to matplotlib: charts as SVG, PNG or PDF, with colours that everybody can tell apart and fonts included."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Any

from cellgraph.chart import Chart, Series
from cellgraph.errors import RenderError
from cellgraph.messages import Lang
from cellgraph.views import values
from cellgraph.views.pictures.typeset import FONT

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#7a5b00", "#56b4e9", "#000000")
"""Okabe and Ito's hues, the yellow darkened so that it shows on paper."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES: Mapping[str, tuple[Any, float]] = MappingProxyType(
    {"norm": ("-", 1.8), "carry": ((0, (5, 2)), 1.2), "bound": (":", 1.4)}
)
"""Dash pattern and width of each kind of curve."""
SETTINGS = MappingProxyType(
    {
        "font.family": "Cellgraph Sans",
        "mathtext.fontset": "stix",
        "svg.fonttype": "path",
        "svg.hashsalt": "cellgraph",
        "axes.unicode_minus": True,
        "font.size": 10,
    }
)
STYLE = values.Style(escape=lambda text: text.replace("$", r"\$"), latex=True, math=lambda latex: f"${latex}$")
FORMATS = ("svg", "png", "pdf")
ROW = 0.27
"""Inches for a row of the heat map."""


def plot(chart: Chart, format_: str = "svg", lang: Lang = "en", dpi: int = 160) -> bytes:
    """The chart as a file: curves on a logarithmic axis above, the heat map of gates below.

    Raises RenderError where matplotlib is missing, ValueError for an unknown format.
    """
    if format_ not in FORMATS:
        raise ValueError(f"unknown format: {format_!r} (must be one of {', '.join(FORMATS)})")
    try:
        import matplotlib as mpl
        from matplotlib import font_manager
        from matplotlib.figure import Figure
    except ImportError as error:
        raise RenderError("a plot needs matplotlib: pip install 'cellgraph[plots]'") from error
    with resources.as_file(resources.files("cellgraph") / "fonts" / FONT) as font:
        font_manager.fontManager.addfont(str(font))
        with mpl.rc_context(dict[Any, Any](SETTINGS)):
            figure = Figure(figsize=(7.2, 4.4 + ROW * len(chart.rows)), layout="constrained")
            _drawn(figure, chart, lang)
            out = io.BytesIO()
            dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
            figure.savefig(out, format=format_, dpi=dpi, metadata=dates[format_])
    return out.getvalue()


def _drawn(figure: Any, chart: Chart, lang: Lang) -> None:
    ratios = [4.0, max(ROW * len(chart.rows), 0.3)]
    if chart.rows:
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=ratios)
        _heat(figure, below, chart, lang)
    else:
        above = below = figure.subplots()
    _curves(above, chart, lang)
    above.set_title(_said(chart.title, lang), fontsize=11)
    below.set_xlabel(_said(chart.x, lang))


def _curves(axes: Any, chart: Chart, lang: Lang) -> None:
    finite = [y for curve in chart.curves for y in curve.log10 if abs(y) < 1e9]
    every = max(len(chart.curves[0].log10) // 12, 1)
    for curve in chart.curves:
        colour = COLOURS[curve.group % len(COLOURS)]
        dashes, width = DASHES[curve.kind]
        steps = range(len(curve.log10))
        marker = MARKERS[curve.group % len(MARKERS)] if curve.kind == "norm" else None
        axes.plot(
            steps,
            curve.log10,
            color=colour,
            linestyle=dashes,
            linewidth=width,
            marker=marker,
            markersize=4.5,
            # Markers of different groups stand at different steps, so that none hides another.
            markevery=(curve.group * every // 3 % max(every, 1), every),
            label=_said(curve.name, lang),
        )
        _band(axes, curve, colour)
    axes.set_ylabel(values.written(chart.y, STYLE, lang))
    low, high = min(finite, default=-1.0), max(finite, default=0.0)
    axes.set_ylim(low - 0.05 * (high - low) - 0.1, high + 0.05 * (high - low) + 0.1)
    _ticks(axes, high - low)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(fontsize=8.5, framealpha=0.9)


def _ticks(axes: Any, decades: float) -> None:
    """Whole powers of ten; over less than two decades 1, 2 and 5 times a power, as plain numbers."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    if decades >= 2:
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(lambda y, _: f"$10^{{{y:g}}}$")
        return
    low, high = (math.floor(y) for y in axes.get_ylim())
    axes.yaxis.set_major_locator(FixedLocator([math.log10(k) + n for n in range(low, high + 1) for k in (1, 2, 5)]))
    axes.yaxis.set_major_formatter(lambda y, _: f"{10**y:.3g}")


def _band(axes: Any, curve: Series, colour: str) -> None:
    if curve.low is not None and curve.high is not None:
        axes.fill_between(range(len(curve.low)), curve.low, curve.high, color=colour, alpha=0.15, linewidth=0)


def _heat(figure: Any, axes: Any, chart: Chart, lang: Lang) -> None:
    steps = len(chart.rows[0].values)
    image = axes.imshow(
        [row.values for row in chart.rows],
        aspect="auto",
        interpolation="nearest",
        cmap="cividis",
        vmin=0,
        vmax=1,
        extent=(0.5, steps + 0.5, len(chart.rows) - 0.5, -0.5),
    )
    axes.set_yticks(range(len(chart.rows)), [_said(row.name, lang) for row in chart.rows], fontsize=8.5)
    axes.set_xlim(0, steps)
    figure.colorbar(image, ax=axes, label=_said(chart.heat, lang), pad=0.01, ticks=(0, 0.5, 1))


def _said(message: Any, lang: Lang) -> str:
    return values.format_message(message, STYLE, lang)
