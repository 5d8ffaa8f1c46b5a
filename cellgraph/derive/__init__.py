"""What can be derived from a cell's graph. Derivations return graphs, tables and reports; they print nothing.

Here alone is known which report says what a derivation found: what derives facts knows nothing of reports.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cellgraph.graph import Cell
    from cellgraph.report import Report

ANALYSES = {
    "show": "listing:listing",
    "params": "counts.params:params_report",
    "cost": "counts.cost_report:cost_report",
    "structure": "structures.structure:structure",
    "gradient": "listing:gradient_report",
    "jacobian": "jacobians.jacobian:jacobian",
    "explain": "prose.explain:explanation",
}
"""Every analysis of one cell: the module of this package and the function from a cell to a report or a result."""

REPORTS = {
    "Structure": "structures.structure_report:structure_report",
    "Jacobian": "jacobians.jacobian_report:jacobian_report",
    "Difference": "differences.difference_report:difference_report",
    "Identification": "differences.nearest:identification_report",
    "FlowResult": "flows.flow_report:one_report",
    "FlowResults": "flows.flow_report:flow_report",
}
"""The report of every result, by its class: the module of this package and the function from it to a report."""


def analysis(name: str) -> Callable[[Cell], Report]:
    """The function from a cell to the report of an analysis. Raises KeyError that lists the names."""
    if name not in ANALYSES:
        raise KeyError(f"no analysis {name!r}; there are {', '.join(ANALYSES)}")
    derive = _function(ANALYSES[name])

    def reported(cell: Cell) -> Report:
        found = derive(cell)
        return report_of(found) if type(found).__name__ in REPORTS else found

    return reported


def report_of(result: Any) -> Report:
    """The report of a result, found by its class. Raises KeyError where there is none."""
    return _function(REPORTS[type(result).__name__])(result)


def _function(place: str) -> Callable[[Any], Report]:
    module, _, function = place.partition(":")
    found: Callable[[Any], Report] = getattr(import_module(f"{__name__}.{module}"), function)
    return found
