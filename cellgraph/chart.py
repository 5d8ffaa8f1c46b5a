"""The chart: curves over time on a logarithmic axis and strips below it, as analyses hand them to their view."""

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
class Strip:
    """Values in [0, 1] against x, in the colour of the curves of their group."""

    name: Message
    group: int
    values: Sequence[float]


@dataclass(frozen=True)
class Chart:
    """Curves that begin at x = 0 and strips whose values belong to the steps from x = 0 to 1, 1 to 2, ...; titles."""

    title: Message
    x: Message
    y: Any
    curves: tuple[Series, ...]
    openness: Message
    strips: tuple[Strip, ...] = ()
