"""cellgraph: parameters, gradients and pictures of recurrent cells, derived from one graph of equations.

>>> import cellgraph as cg
>>> cg.params(cg.load("lstm"), m=128, n=256).total
394240
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cellgraph.display import WRITERS, Writer

if TYPE_CHECKING:
    from cellgraph.derive.counts.budget import budget
    from cellgraph.derive.counts.cost_report import cost
    from cellgraph.derive.counts.params import params
    from cellgraph.derive.differences.correspondence import correspondence
    from cellgraph.derive.differences.difference import diff
    from cellgraph.derive.flows.flow import flow
    from cellgraph.derive.gradients.evaluate import evaluate, initial_states, step, vjp
    from cellgraph.derive.gradients.gradient import adjoint, gradient
    from cellgraph.derive.gradients.unroll import unroll
    from cellgraph.derive.jacobians.jacobian import jacobian
    from cellgraph.derive.structures.structure import structure
    from cellgraph.drawing import draw
    from cellgraph.errors import CellgraphError, CodeError, RenderError, ShapeError, SpecError
    from cellgraph.frameworks.importing.doors import from_jax, from_keras, from_onnx, from_torch
    from cellgraph.graph import Cell, Equation, Graph, Quantity
    from cellgraph.identification.identify import identify
    from cellgraph.pages import page
    from cellgraph.spec import cells, loads
    from cellgraph.spec.find import find
    from cellgraph.table import Table
    from cellgraph.transforms.resolve import load
    from cellgraph.transforms.table import transformed
    from cellgraph.weights.conversion import convert

HOMES = {
    "adjoint": "derive.gradients.gradient",
    "budget": "derive.counts.budget",
    "Cell": "graph",
    "cells": "spec",
    "CellgraphError": "errors",
    "CodeError": "errors",
    "convert": "weights.conversion",
    "correspondence": "derive.differences.correspondence",
    "cost": "derive.counts.cost_report",
    "diff": "derive.differences.difference",
    "draw": "drawing",
    "Equation": "graph",
    "evaluate": "derive.gradients.evaluate",
    "find": "spec.find",
    "flow": "derive.flows.flow",
    "from_jax": "frameworks.importing.doors",
    "from_keras": "frameworks.importing.doors",
    "from_onnx": "frameworks.importing.doors",
    "from_torch": "frameworks.importing.doors",
    "gradient": "derive.gradients.gradient",
    "identify": "identification.identify",
    "initial_states": "derive.gradients.evaluate",
    "jacobian": "derive.jacobians.jacobian",
    "Graph": "graph",
    "load": "transforms.resolve",
    "loads": "spec",
    "page": "pages",
    "params": "derive.counts.params",
    "Quantity": "graph",
    "RenderError": "errors",
    "ShapeError": "errors",
    "SpecError": "errors",
    "step": "derive.gradients.evaluate",
    "structure": "derive.structures.structure",
    "Table": "table",
    "transformed": "transforms.table",
    "unroll": "derive.gradients.unroll",
    "vjp": "derive.gradients.evaluate",
}
"""Where each public name lives; its module is imported when the name is first used, so that imports stay cheap."""

__all__ = sorted(HOMES)

SHOWN_BY = {
    "notebook": ("integrations.jupyter", "bundle"),
    "document": ("views.json", "document"),
    "text": ("views.notation", "text"),
    "latex": ("views.notation", "latex"),
    "mathml": ("views.mathml", "mathml"),
}
"""What shows a result to a notebook and as a JSON document, and an expression as text and LaTeX, and LaTeX as MathML.

The parts below know their writers by these names alone.
"""


def _lazily(module: str, function: str) -> Writer:
    """The function of a module that is imported when the function is first called."""
    return lambda shown: getattr(import_module(f"{__name__}.{module}"), function)(shown)


WRITERS.update({name: _lazily(*place) for name, place in SHOWN_BY.items()})


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module 'cellgraph' has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__]
