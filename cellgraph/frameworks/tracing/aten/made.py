"""Arrays that ATen makes of numbers and sizes, and operations that no equation of ours says, with what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cellgraph.frameworks.tracing.aten.calls import AtenCall, Ref, Rule, Written, apply, node
from cellgraph.frameworks.tracing.aten.indexing import unit


def _full(value: Any) -> Rule:
    return lambda call, *_, **__: call.program.expand(node(call, value), call.shape)


def _filled_with(position: int) -> Rule:
    return lambda call, *args, **_: call.program.expand(node(call, args[position]), call.shape)


def _arange(call: AtenCall, *said: Any, **_: Any) -> Written:
    start, step = said[0] if len(said) > 1 else 0, said[2] if len(said) > 2 else 1
    found = call.program.add("iota", [], call.shape, axis=0)
    found = found if step == 1 else apply(call, "mul", Ref(found), step)
    return found if start == 0 else apply(call, "add", Ref(found), start)


def _linspace(call: AtenCall, start: Any, end: Any, steps: int, **_: Any) -> Written:
    found = Ref(call.program.add("iota", [], call.shape, axis=0))
    rise = apply(call, "div", Ref(apply(call, "sub", end, start)), max(steps - 1, 1))
    return apply(call, "add", start, Ref(apply(call, "mul", found, Ref(rise))))


def _logspace(call: AtenCall, start: Any, end: Any, steps: int, base: float = 10.0, **_: Any) -> Written:
    import math

    power = apply(call, "mul", Ref(int(_linspace(call, start, end, steps))), math.log(base))
    return apply(call, "exp", Ref(power))


MADE: Mapping[str, Rule] = MappingProxyType(
    {
        **dict.fromkeys(("zeros", "zeros_like", "new_zeros"), _full(0)),
        **dict.fromkeys(("empty", "empty_like", "new_empty", "empty_strided", "new_empty_strided"), _full(0)),
        **dict.fromkeys(("ones", "ones_like", "new_ones"), _full(1)),
        **dict.fromkeys(("full", "full_like"), _filled_with(1)),
        "new_full": _filled_with(2),
        "scalar_tensor": _filled_with(0),
        "arange": _arange,
        "linspace": _linspace,
        "logspace": _logspace,
        "eye": lambda call, rows, columns=None, **_: unit(call, *call.shape),
    }
)
"""By name in ATen."""


def refused(reason: str) -> Rule:
    """The rule of an operation that has none."""
    return lambda call, *_, **__: call.unknown(reason)


PLACES = "which entry this is depends on values, and no equation says it; softmax is a soft choice"
ALGEBRA = "linear algebra beyond products; an equation for it would be needed, such as a few steps of an iteration"
STRIDES = "windows over an array; write its slices, or a convolution with stride 1"
FREQUENCIES = "complex numbers: write the real and the imaginary part as two states"
POOLED = "pooling changes the number of positions; a mean over an axis can be said"
WRITTEN = "writing at places that the data names; a product with a one-hot vector says it"
TABLE = "a row that the data chooses; give the embedded vector as the input"
RANDOM = "random numbers: a step has none; call .eval(), or give the noise as an input"

REASONS: Mapping[str, str] = MappingProxyType(
    {
        PLACES: "topk sort argmax argmin kthvalue median mode cummax cummin nonzero masked_select"
        " _unique2 unique_dim bucketize searchsorted",
        ALGEBRA: "cholesky triangular_solve geqrf ormqr _linalg_det _linalg_eigh _linalg_svd _linalg_solve_ex"
        " _linalg_slogdet linalg_eig linalg_qr linalg_solve_triangular linalg_inv_ex linalg_matrix_exp linalg_pinv"
        " linalg_lu linalg_lu_factor_ex linalg_cholesky_ex linalg_householder_product linalg_lstsq",
        STRIDES: "unfold as_strided im2col col2im",
        FREQUENCIES: "_fft_r2c _fft_c2r _fft_c2c complex polar view_as_complex view_as_real angle",
        POOLED: "avg_pool1d avg_pool2d avg_pool3d max_pool2d_with_indices max_pool3d_with_indices _adaptive_avg_pool2d"
        " _adaptive_avg_pool3d upsample_nearest1d upsample_nearest2d upsample_bilinear2d pixel_shuffle",
        WRITTEN: "scatter scatter_add scatter_reduce index_add index_copy index_fill put masked_scatter index_reduce",
        TABLE: "embedding _embedding_bag gather take",
        "a product along an axis; write its factors": "prod cumprod",
    }
)
"""What to do instead, and of which operations."""

REFUSED: Mapping[str, Rule] = MappingProxyType(
    {name: refused(reason) for reason, names in REASONS.items() for name in names.split()}
)
