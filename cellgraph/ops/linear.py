"""Rows of linear algebra: matrix product, transpose and outer product.

Vectors are columns.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from cellgraph.ops.arithmetic import Mul
from cellgraph.ops.axes import Shape
from cellgraph.ops.factors import Partial, Row
from cellgraph.ops.interval import REALS, product
from cellgraph.ops.row import Cost, Head, Mismatch, Notation, free, mixing, numel, spelled


def transposed(matrix: sp.Expr) -> sp.Expr:
    """Aᵀ; the transpose of a transpose is the matrix itself."""
    return matrix.args[0] if isinstance(matrix, Transpose) else Transpose(matrix)


def _matmul_shape(a: Shape, b: Shape) -> Shape:
    if (len(a), len(b)) not in ((2, 1), (2, 2), (1, 1)):
        hint = "; the elementwise product is '*'" if a == b or not (a and b) else ""
        hint = "; vectors are columns: the row x times A is written transpose(A) @ x" if len(a) < len(b) > 1 else hint
        raise Mismatch(f"'@' wants a matrix at its left and a matrix or vector at its right, or two vectors, "
                       f"but they are {spelled(a)} and {spelled(b)}{hint}")  # fmt: skip
    if a[-1] != b[0]:
        raise Mismatch(f"'@' joins {spelled(a)} and {spelled(b)}: the inner sizes {a[-1]} and {b[0]} differ")
    return (*a[:-1], *b[1:])


def _matmul_vjp(
    bar: sp.Expr, out: sp.Expr, a: sp.Expr, b: sp.Expr, *, shapes: tuple[Shape, ...]
) -> tuple[sp.Expr, sp.Expr]:
    """Ā = ȳ xᵀ and x̄ = Aᵀ ȳ; for matrices Ā = Ȳ Bᵀ and B̄ = Aᵀ Ȳ; for two vectors ȳ b and ȳ a."""
    if len(shapes[0]) == 1:
        return Mul(bar, b), Mul(bar, a)
    left = Outer(bar, b) if len(shapes[1]) == 1 else Matmul(bar, transposed(b))
    return left, Matmul(transposed(a), bar)


def _matmul_factors(out: sp.Expr, a: sp.Expr, b: sp.Expr, *, shapes: tuple[Shape, ...]) -> tuple[sp.Expr, sp.Expr]:
    if len(shapes[0]) == 1:
        return Row(b), Row(a)
    return Partial(Matmul(a, b), sp.S.Zero), a


def _matmul_cost(shapes: tuple[Shape, ...], out: Shape) -> Cost:
    inner = shapes[0][-1]
    return Cost(mac=numel(out) * inner, flop=numel(out) * (2 * inner - 1))


def _matmul_value(xp: Any, ranks: tuple[int, ...], a: Any, b: Any) -> Any:
    if ranks[0] == 1:
        return xp.sum(a * b, axis=-1)
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


Matmul: type[Head] = mixing(
    "matmul",
    operands=2,
    shape=_matmul_shape,
    vjp=_matmul_vjp,
    jacobian=_matmul_factors,
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
