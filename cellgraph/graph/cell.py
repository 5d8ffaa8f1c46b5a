"""The cell: one recurrent step as a graph, what it hands to the next, and what people call its parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import sympy as sp

from cellgraph.display import Displayed
from cellgraph.graph.graph import Graph

if TYPE_CHECKING:
    from cellgraph.implementations.implementation import Implementation


@dataclass(frozen=True, repr=False)
class Cell(Displayed):
    """A recurrent cell: one step as a graph, what one step hands to the next, and what people call the parts.

    `carries` maps each state before the step to the state after it: {h[t-1]: h, c[t-1]: c}. `initial` says what a state
    is before the first step, where that is not zero: a number for every entry, or the symbol of a parameter.

    >>> import cellgraph as cg
    >>> lstm = cg.load("lstm")
    >>> lstm.carries
    mappingproxy({h[t-1]: h, c[t-1]: c})
    >>> lstm.output, lstm.dims["n"], lstm.year
    (h, 'hidden size', 1997)
    """

    name: str
    step: Graph
    carries: Mapping[sp.Symbol, sp.Symbol]
    output: sp.Symbol
    readout: Graph | None = None
    dims: Mapping[str, str] = field(default_factory=dict)
    """Every size and what it is, those of lifted axes last."""
    each: tuple[str, ...] = ()
    """The dims that are lifted axes, in their order."""
    title: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reference: str = ""
    year: int | None = None
    family: str = ""
    note: Mapping[str, str] = field(default_factory=dict)
    recorded: tuple[str, ...] = ()
    expects: Mapping[str, sp.Expr] = field(default_factory=dict)
    initial: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    layouts: Callable[[], tuple[Implementation, ...]] = field(default=tuple, repr=False, compare=False)
    """What tells the implementations, when they are first asked for."""

    def _about(self) -> str:
        return (
            f"{self.name}, states: {', '.join(map(str, self.carries.values()))}, equations: {len(self.step.equations)}"
        )

    @property
    def written(self) -> Graph:
        """The step as it was written, with calls of functions; `step` has what is inside of them in their place.

        >>> import cellgraph as cg
        >>> cg.load("rnn").written.equations == cg.load("rnn").step.equations
        True
        """
        return self.step.written

    @cached_property
    def implementations(self) -> tuple[Implementation, ...]:
        """The classes of libraries that compute this cell, each with how it lays out the parameters.

        >>> import cellgraph as cg
        >>> [found.name for found in cg.load("gru").implementations if found.name.startswith("keras")]
        ['keras.layers.GRUCell', 'keras.layers.GRU']
        """
        return self.layouts()
