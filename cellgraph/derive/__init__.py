"""What can be derived from a cell's graph. Derivations return graphs, tables and reports; they print nothing."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cellgraph.graph import Cell
    from cellgraph.report import Report

ANALYSES = {
    "show": "listing:listing",
    "params": "counts.params:params_report",
    "cost": "counts.cost_report:cost_report",
    "structure": "structures.structure_report:structure_report",
    "gradient": "listing:step_gradient",
    "jacobian": "jacobians.jacobian_report:step_jacobian",
    "explain": "prose.explain:explanation",
}
"""Every analysis of one cell: the module of this package and the function from a cell to a report."""


def analysis(name: str) -> Callable[[Cell], Report]:
    """The function of an analysis. Raises KeyError that lists the names."""
    if name not in ANALYSES:
        raise KeyError(f"no analysis {name!r}; there are {', '.join(ANALYSES)}")
    module, _, function = ANALYSES[name].partition(":")
    found: Callable[[Cell], Report] = getattr(import_module(f"{__name__}.{module}"), function)
    return found
