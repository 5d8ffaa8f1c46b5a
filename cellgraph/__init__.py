"""cellgraph: parameters, gradients and pictures of recurrent cells, derived from one graph of equations.

>>> import cellgraph as cg
>>> cg.params(cg.load("lstm"), m=128, n=256).total
394240
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .derive.budget import budget as budget
    from .derive.cost_report import cost as cost
    from .derive.difference import diff
    from .derive.evaluate import evaluate as evaluate
    from .derive.evaluate import step as step
    from .derive.evaluate import vjp as vjp
    from .derive.gradient import adjoint as adjoint
    from .derive.gradient import gradient as gradient
    from .derive.jacobian import jacobian as jacobian
    from .derive.params import params as params
    from .derive.structure import structure as structure
    from .derive.unroll import unroll as unroll
    from .errors import (
        CellgraphError as CellgraphError,
    )
    from .errors import (
        RenderError as RenderError,
    )
    from .errors import (
        ShapeError as ShapeError,
    )
    from .errors import (
        SpecError as SpecError,
    )
    from .graph import Cell as Cell
    from .graph import Equation as Equation
    from .graph import Graph as Graph
    from .graph import Quantity as Quantity
    from .drawing import draw as draw
    from .spec import cells as cells
    from .spec import load as load
    from .spec import loads as loads
    from .spec.find import find as find
    from .table import Table as Table

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
    "gradient": "derive.gradient",
    "jacobian": "derive.jacobian",
    "Graph": "graph",
    "load": "spec",
    "loads": "spec",
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
