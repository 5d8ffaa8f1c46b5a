"""The operations of PyTorch as operations of a trace: which rule there is for a call, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch

from cellgraph.frameworks.tracing.aten import activations as aten_activations
from cellgraph.frameworks.tracing.aten import attention as aten_attention
from cellgraph.frameworks.tracing.aten import indexing as aten_indexing
from cellgraph.frameworks.tracing.aten import made as aten_made
from cellgraph.frameworks.tracing.aten import pointwise as aten_pointwise
from cellgraph.frameworks.tracing.aten import products as aten_products
from cellgraph.frameworks.tracing.aten import reductions as aten_reductions
from cellgraph.frameworks.tracing.aten import shapes as aten_shapes
from cellgraph.frameworks.tracing.aten.calls import AtenCall, Rule, Written

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        **aten_made.REFUSED,
        **aten_pointwise.POINTWISE,
        **aten_activations.ACTIVATIONS,
        **aten_products.PRODUCTS,
        **aten_attention.ATTENTION,
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
        **aten_attention.FUNCTIONS,
        **aten_shapes.FUNCTIONS,
        **aten_reductions.FUNCTIONS,
        **aten_pointwise.FUNCTIONS,
        **aten_activations.FUNCTIONS,
    }
)
"""By name of a Python function that PyTorch would take apart into what says less."""


def rule_of(operation: Any) -> Rule | None:
    """The rule of an operation of ATen, or None; forms in place and copies of views have that of the form itself."""
    if torch.Tag.nondeterministic_seeded in operation.tags and name_of(operation) not in RULES:
        return aten_made.refused(aten_made.RANDOM)
    name, overload = name_of(operation), operation._schema.overload_name
    keys = (f"{name}.{overload}", name, name.removesuffix("_"), name.removesuffix("_copy"))
    return next((RULES[key] for key in keys if key in RULES), None)


def name_of(operation: Any) -> str:
    """What ATen calls an operation: 'add_'."""
    name: str = operation._schema.name.partition("::")[2]
    return name


def written(operation: Any, call: AtenCall, keywords: Mapping[str, Any]) -> Written:
    """What a call of ATen comes to."""
    result = call.out[0] if isinstance(call.out, tuple | list) and call.out else call.out
    if isinstance(result, torch.Tensor) and result.is_complex():
        return call.unknown(aten_made.FREQUENCIES)
    rule = rule_of(operation) or aten_made.refused("")
    return rule(call, *call.args, **keywords)


def decomposition(operation: Any) -> Callable[..., Any] | None:
    """What an operation without a rule is in others, if PyTorch says so."""
    if rule_of(operation) is not None or operation._schema.is_mutable:
        return None
    from torch._decomp import get_decompositions

    found: Callable[..., Any] | None = get_decompositions([operation]).get(operation)
    return found
