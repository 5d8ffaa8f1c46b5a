"""The chart: curves over time on a logarithmic axis and rows of a heat map, as analyses hand them to the plot view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cellgraph.messages import Message


@dataclass(frozen=True)
class Series:
    """log₁₀ of a quantity against x. Curves of one `group` have one colour; `kind` tells them apart by their dashes.

    kind: "norm", "carry" or "bound". `low` and `high` bound the band around the curve.
    """

    name: Message
    group: int
    kind: str
    log10: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None


@dataclass(frozen=True)
class HeatRow:
    """One row of the heat map: values in [0, 1] against x."""

    name: Message
    group: int
    values: Sequence[float]


@dataclass(frozen=True)
class Chart:
    """Curves that begin at x = 0 and rows that begin at x = 1; titles of axes and of the whole."""

    title: Message
    x: Message
    y: Any
    curves: tuple[Series, ...]
    heat: Message
    rows: tuple[HeatRow, ...] = ()
