"""Rows of linear algebra: matrix product, transpose and outer product; the sum of an array and its transpose, `fill`.

Vectors are columns.
"""

from __future__ import annotations

from math import inf
from typing import Any

import sympy as sp

from cellgraph.ops.factors import Column, Partial, Row
from cellgraph.ops.interval import REALS, Interval, product
from cellgraph.ops.row import EVERYWHERE, Cost, Head, Mismatch, Notation, Shape, free, mixing, numel, spelled


def transposed(matrix: sp.Expr) -> sp.Expr:
    """Aᵀ; the transpose of a transpose is the matrix itself."""
    return matrix.args[0] if isinstance(matrix, Transpose) else Transpose(matrix)


def _matmul_shape(a: Shape, b: Shape) -> Shape:
    if len(a) != 2 or len(b) not in (1, 2):
        hint = "; the elementwise product is '*'" if a == b else ""
        raise Mismatch(f"'@' wants a matrix at its left, and a matrix or vector at its right, "
                       f"but they are {spelled(a)} and {spelled(b)}{hint}")  # fmt: skip
    if a[1] != b[0]:
        raise Mismatch(f"'@' joins {spelled(a)} and {spelled(b)}: the inner sizes {a[1]} and {b[0]} differ")
    return (a[0], *b[1:])


def _matmul_vjp(
    bar: sp.Expr, out: sp.Expr, a: sp.Expr, b: sp.Expr, *, shapes: tuple[Shape, ...]
) -> tuple[sp.Expr, sp.Expr]:
    """Ā = ȳ xᵀ and x̄ = Aᵀ ȳ; for matrices Ā = Ȳ Bᵀ and B̄ = Aᵀ Ȳ."""
    left = Outer(bar, b) if len(shapes[1]) == 1 else Matmul(bar, transposed(b))
    return left, Matmul(transposed(a), bar)


def _matmul_cost(shapes: tuple[Shape, ...], out: Shape) -> Cost:
    inner = shapes[0][1]
    return Cost(mac=numel(out) * inner, flop=numel(out) * (2 * inner - 1))


def _matmul_value(xp: Any, ranks: tuple[int, ...], a: Any, b: Any) -> Any:
    if ranks[1] == 2:
        return a @ b
    if a.ndim == 2:
        return b @ xp.swapaxes(a, -1, -2)
    return (a @ b[..., None])[..., 0]


def _transpose_shape(a: Shape) -> Shape:
    if len(a) != 2:
        raise Mismatch(f"only a matrix can be transposed, and this is {spelled(a)}")
    return (a[1], a[0])


def _outer_shape(a: Shape, b: Shape) -> Shape:
    if len(a) != 1 or len(b) != 1:
        raise Mismatch(f"the outer product takes two vectors, but they are {spelled(a)} and {spelled(b)}")
    return (*a, *b)


def _sum_shape(shape: Shape) -> Shape:
    if not shape:
        raise Mismatch("the sum of a scalar is the scalar itself")
    return ()


def _sum_value(xp: Any, ranks: tuple[int, ...], x: Any) -> Any:
    return xp.sum(x, axis=tuple(range(-ranks[0], 0)))


def _fill_value(xp: Any, ranks: tuple[int, ...], x: Any, *sizes: int) -> Any:
    batched = getattr(x, "ndim", 0) > 0
    spread = x[(..., *[None] * len(sizes))] if batched else x
    return spread * xp.ones(sizes, dtype=getattr(x, "dtype", None))


Matmul: type[Head] = mixing(
    "matmul",
    operands=2,
    shape=_matmul_shape,
    vjp=_matmul_vjp,
    jacobian=lambda out, a, b, *, shapes: (Partial(Matmul(a, b), sp.S.Zero), a),
    cost=_matmul_cost,
    value=_matmul_value,
    range=lambda a, b: REALS,
    notation=Notation("{0} @ {1}", "{0} {1}", r"{0} {1}", 30),
    label="·",
)

Transpose: type[Head] = mixing(
    "transpose",
    shape=_transpose_shape,
    vjp=lambda bar, out, a, *, shapes: (transposed(bar),),
    cost=free,
    value=lambda xp, ranks, a: xp.swapaxes(a, -1, -2),
    range=lambda a: a,
    notation=Notation("transpose({0})", "{0}ᵀ", r"{0}^{{\top}}", 50, loose=("source",)),
    label="ᵀ",
)

Outer: type[Head] = mixing(
    "outer",
    operands=2,
    shape=_outer_shape,
    vjp=lambda bar, out, a, b, *, shapes: (Matmul(bar, b), Matmul(transposed(bar), a)),
    cost=lambda shapes, out: Cost(mac=numel(out), flop=numel(out)),
    value=lambda xp, ranks, a, b: a[..., :, None] * b[..., None, :],
    range=product,
    notation=Notation("outer({0}, {1})", "{0} {1}ᵀ", r"{0} {1}^{{\top}}", 30, loose=("source",)),
    label="⊗",
)

Sum: type[Head] = mixing(
    "sum",
    shape=_sum_shape,
    vjp=lambda bar, out, x, *, shapes: (Fill(bar, *shapes[0]),),
    jacobian=lambda out, x, *, shapes: (Row(sp.S.One),),
    cost=lambda shapes, out: Cost(flop=numel(shapes[0]) - 1),
    value=_sum_value,
    range=lambda x: Interval(-inf if x.low < 0 else 0, inf if x.high > 0 else 0),
    limits=lambda x, *, ranges: ((x,), ()) if ranges[0].low >= 0 else ((), ()),
    notation=Notation("sum({0})", "Σ({0})", r"\textstyle\sum({0})", loose=EVERYWHERE),
    label="Σ",
)

Fill: type[Head] = mixing(
    "fill",
    arity=(2, None),
    shape=lambda shape, *sizes: sizes,
    vjp=lambda bar, out, x, *sizes, shapes: (Sum(bar),),
    jacobian=lambda out, x, *sizes, shapes: (Column(sp.S.One),),
    cost=free,
    value=_fill_value,
    range=lambda x, *sizes: x,
    notation=Notation("fill({*})", "{0} 𝟏", r"{0}\,\mathbf{{1}}", 30, loose=("source",)),
    label="𝟏",
)
