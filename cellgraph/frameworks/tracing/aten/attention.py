"""Attention, for which PyTorch has kernels of its own, as products and a softmax."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cellgraph.frameworks.tracing.aten.calls import AtenCall, Ref, Rule, Written, apply
from cellgraph.frameworks.tracing.aten.products import contracted, linear, multiplied


def _attention(
    call: AtenCall, q: Ref, k: Ref, v: Ref, attn_mask: Ref | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
) -> Written:  # fmt: skip
    """softmax(q kᵀ / √d + mask) v."""
    program = call.program
    if dropout_p or is_causal or enable_gqa:
        return call.unknown("attention with dropout, causal or in groups: write it with softmax and products")
    rank = len(program.shape(k))
    order = [*range(rank - 2), rank - 1, rank - 2]
    scores = multiplied(program, q, program.permute(k, order))
    scores = apply(call, "mul", Ref(scores), 1 / math.sqrt(program.shape(q)[-1]) if scale is None else scale)
    return multiplied(program, _weights(call, scores, attn_mask), v)


def _weights(call: AtenCall, scores: int, mask: Ref | None) -> int:
    """softmax(scores + mask); where a mask of truth values does not hold there is no weight."""
    program = call.program
    if mask is not None and mask.truth:
        scores = apply(call, "where", mask, Ref(scores), -math.inf)
    elif mask is not None:
        scores = apply(call, "add", Ref(scores), mask)
    return program.add("softmax", [scores], program.shape(scores), axis=len(program.shape(scores)) - 1)


def _multi_head(
    call: AtenCall, query: Ref, key: Ref, value: Ref, width: int, heads: int, weight: Ref | None, bias: Ref | None,
    bias_k: Any, bias_v: Any, add_zero_attn: bool, dropout_p: float, out_weight: Ref, out_bias: Ref | None,
    training: bool = True, key_padding_mask: Any = None, need_weights: bool = True, attn_mask: Ref | None = None,
    use_separate_proj_weight: bool = False, q_proj_weight: Ref | None = None, k_proj_weight: Ref | None = None,
    v_proj_weight: Ref | None = None, static_k: Any = None, static_v: Any = None, average_attn_weights: bool = True,
    is_causal: bool = False,
) -> Written:  # fmt: skip
    """Positions stand in front, then the batch if there is one; the heads are cut out of the last axis."""
    program = call.program
    plain = bias_k is bias_v is key_padding_mask is static_k is static_v is None and not (add_zero_attn or is_causal)
    if not plain or (training and dropout_p):
        return call.unknown("multi-head attention with more than a mask: write it with softmax and products")
    batch = "b" * (len(program.shape(query)) - 2)
    rows = [(k * width, (k + 1) * width) for k in range(3)]
    matrices = [q_proj_weight, k_proj_weight, v_proj_weight]
    if weight is not None:
        matrices = [Ref(program.slice(weight, 0, *part)) for part in rows]
    parts = []
    for given, matrix, part in zip((query, key, value), matrices, rows, strict=True):
        own = None if bias is None else Ref(program.slice(bias, 0, *part))
        found = linear(call, given, matrix, own)  # type: ignore[arg-type]
        parts.append(program.reshape(found, [*program.shape(found)[:-1], heads, width // heads]))
    q, k, v = parts
    q = apply(call, "mul", Ref(q), 1 / math.sqrt(width // heads))
    scores = contracted(program, f"l{batch}hd,s{batch}hd->{batch}hls", q, k)
    if attn_mask is not None and len(program.shape(attn_mask)) == 3 and batch:
        attn_mask = Ref(program.reshape(attn_mask, program.shape(scores)))
    weights = _weights(call, scores, attn_mask)
    found = contracted(program, f"{batch}hls,s{batch}hd->l{batch}hd", weights, v)
    out = linear(call, Ref(program.reshape(found, program.shape(query))), out_weight, out_bias)
    if not need_weights:
        return [out, None]
    return [out, program.reduce("mean", weights, [len(batch)]) if average_attn_weights else weights]


ATTENTION: Mapping[str, Rule] = MappingProxyType(
    {
        "_scaled_dot_product_flash_attention_for_cpu": lambda call, q, k, v, dropout=0.0, causal=False, **said: [
            _attention(call, q, k, v, said.get("attn_mask"), dropout, causal, said.get("scale")),
            None,
        ],
    }
)
"""By name in ATen."""

FUNCTIONS: Mapping[str, Rule] = MappingProxyType(
    {"scaled_dot_product_attention": _attention, "multi_head_attention_forward": _multi_head}
)
"""By the name of a Python function."""
