"""The operations of PyTorch as operations of a trace: which rule there is for a call, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch

from cellgraph.frameworks.tracing import (
    aten_activations,
    aten_indexing,
    aten_made,
    aten_pointwise,
    aten_products,
    aten_reductions,
    aten_shapes,
)
from cellgraph.frameworks.tracing.aten_calls import AtenCall, Rule, Written

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        **aten_made.REFUSED,
        **aten_pointwise.POINTWISE,
        **aten_activations.ACTIVATIONS,
        **aten_products.PRODUCTS,
        **aten_shapes.SHAPES,
        **aten_indexing.INDEXING,
        **aten_reductions.REDUCTIONS,
        **aten_made.MADE,
    }
)
"""By name in ATen, with the overload where it matters."""

FUNCTIONS: Mapping[str, Rule] = MappingProxyType(
    {
        **aten_products.FUNCTIONS,
        **aten_shapes.FUNCTIONS,
        **aten_reductions.FUNCTIONS,
        "softsign": aten_activations.ACTIVATIONS["softsign"],
        "relu6": aten_activations.ACTIVATIONS["relu6"],
    }
)
"""By name of a Python function that PyTorch would take apart into what says less."""


def rule_of(operation: Any) -> Rule:
    """The rule of an operation of ATen; forms in place, and with `out`, have that of the form that gives back."""
    if torch.Tag.nondeterministic_seeded in operation.tags:
        return aten_made.refused(aten_made.RANDOM)
    name, overload = name_of(operation), operation._schema.overload_name
    for key in (f"{name}.{overload}", name, name.removesuffix("_")):
        if key in RULES:
            return RULES[key]
    return aten_made.refused("")


def name_of(operation: Any) -> str:
    """What ATen calls an operation: 'add_'."""
    name: str = operation._schema.name.partition("::")[2]
    return name


def written(operation: Any, call: AtenCall, keywords: Mapping[str, Any]) -> Written:
    """What a call of ATen comes to."""
    result = call.out[0] if isinstance(call.out, tuple | list) and call.out else call.out
    if isinstance(result, torch.Tensor) and result.is_complex():
        return call.unknown(aten_made.FREQUENCIES)
    return rule_of(operation)(call, *call.args, **keywords)
