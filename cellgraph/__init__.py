"""cellgraph: parameters, gradients and pictures of recurrent cells, derived from one graph of equations.

>>> import cellgraph as cg
>>> cg.params(cg.load("lstm"), m=128, n=256).total
394240
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .derive.budget import budget
    from .derive.cost_report import cost
    from .derive.difference import diff
    from .derive.evaluate import evaluate, step, vjp
    from .derive.flow import flow
    from .derive.gradient import adjoint, gradient
    from .derive.jacobian import jacobian
    from .derive.params import params
    from .derive.structure import structure
    from .derive.unroll import unroll
    from .drawing import draw
    from .errors import CellgraphError, RenderError, ShapeError, SpecError
    from .graph import Cell, Equation, Graph, Quantity
    from .pages import page
    from .spec import cells, load, loads
    from .spec.find import find
    from .table import Table

HOMES = {
    "adjoint": "derive.gradient",
    "budget": "derive.budget",
    "Cell": "graph",
    "cells": "spec",
    "CellgraphError": "errors",
    "cost": "derive.cost_report",
    "diff": "derive.difference",
    "draw": "drawing",
    "Equation": "graph",
    "evaluate": "derive.evaluate",
    "find": "spec.find",
    "flow": "derive.flow",
    "gradient": "derive.gradient",
    "jacobian": "derive.jacobian",
    "Graph": "graph",
    "load": "spec",
    "loads": "spec",
    "page": "pages",
    "params": "derive.params",
    "Quantity": "graph",
    "RenderError": "errors",
    "ShapeError": "errors",
    "SpecError": "errors",
    "step": "derive.evaluate",
    "structure": "derive.structure",
    "Table": "table",
    "unroll": "derive.unroll",
    "vjp": "derive.evaluate",
}
"""Where each public name lives; its module is imported when the name is first used, so that imports stay cheap."""

__all__ = sorted(HOMES)


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module 'cellgraph' has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__]
