"""Rows of the convolution over one to three axes of positions, and of its transposes by input and by kernel.

Σ K[tap, n, m] x[i + offset(tap), m] y[i, n] over taps, positions and channels is linear in each of its three arrays.
Each row is what stands beside one of them, so that the derivatives of all three are the three again. Arrays are
(positions, channels); a kernel is (widths, output channels, input channels), or (widths, channels) where each channel
is convolved by itself (depthwise). Beyond the ends there are zeros: on both sides, so that the middle of the kernel
stands at its position, or all of them before the first position where the convolution is causal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import product as places
from math import inf
from operator import add
from typing import Any

import sympy as sp

from cellgraph.ops.axes import Shape
from cellgraph.ops.interval import Interval, product
from cellgraph.ops.linear import Matmul
from cellgraph.ops.row import Cost, Cotangents, Crossing, Head, Mismatch, Notation, mixing, numel, spelled

MOST = 3
"""The most axes of positions."""


def _positions(x: Shape) -> tuple[Shape, sp.Expr]:
    """The axes of positions of an array, and its channels."""
    if not 2 <= len(x) <= MOST + 1:
        raise Mismatch(f"conv goes over one to three axes of positions and has channels behind them, and this is "
                       f"{spelled(x)}")  # fmt: skip
    return tuple(x[:-1]), x[-1]


def _channels(kernel: Shape, count: int, dilation: sp.Expr, causal: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """How many channels a kernel over so many axes makes, and of how many."""
    if len(kernel) - count not in (1, 2):
        widths = "one width" if count == 1 else f"{count} widths"
        raise Mismatch(f"a kernel over {count} {'axis' if count == 1 else 'axes'} is {widths}, then output and input "
                       f"channels (or only channels, each by itself), and this is {spelled(kernel)}")  # fmt: skip
    if not dilation.is_Integer or dilation < 1:
        raise Mismatch(f"a dilation is a whole number from 1 on, and this is {dilation}; leave it out for 1")
    if causal not in (0, 1) or (causal == 1 and count > 1):
        raise Mismatch("causal is 0 or 1, and 1 over a single axis alone, which is that of time")
    even = [width for width in kernel[:count] if width.is_Integer and width % 2 == 0]
    if even and causal == 0:
        remedy = "take an odd one, or causal=1" if count == 1 else "take an odd one"
        raise Mismatch(f"a kernel of even width, here {even[0]}, has no middle; {remedy}")
    return kernel[count], kernel[-1]


def _conv_shape(x: Shape, kernel: Shape, dilation: sp.Expr, causal: sp.Expr, *axes: sp.Expr) -> Shape:
    positions, channels = _positions(x)
    made, read = _channels(kernel, len(positions), dilation, causal)
    if read != channels:
        raise Mismatch(f"the kernel {spelled(kernel)} reads {read} channels, and {spelled(x)} has {channels}; a kernel "
                       f"ends in the channels that it reads")  # fmt: skip
    return (*positions, made)


def _transposed_shape(y: Shape, kernel: Shape, dilation: sp.Expr, causal: sp.Expr, *axes: sp.Expr) -> Shape:
    positions, channels = _positions(y)
    made, read = _channels(kernel, len(positions), dilation, causal)
    if made != channels:
        raise Mismatch(f"the kernel {spelled(kernel)} makes {made} channels, and {spelled(y)} has {channels}")
    return (*positions, read)


def _kernel_shape(x: Shape, y: Shape, dilation: sp.Expr, causal: sp.Expr, apart: sp.Expr, *rest: sp.Expr) -> Shape:
    positions, channels = _positions(x)
    if y[:-1] != x[:-1] or (apart == 1 and y != x):
        raise Mismatch(f"{spelled(x)} and {spelled(y)} are not at the same positions")
    widths = rest[: len(positions)]
    return (*widths, channels) if apart == 1 else (*widths, y[-1], channels)


def _conv_vjp(
    bar: sp.Expr, out: sp.Expr, x: sp.Expr, kernel: sp.Expr, *static: sp.Expr, shapes: tuple[Shape, ...]
) -> Cotangents:
    return Convtranspose(bar, kernel, *static), _kernel(x, bar, static, shapes[0], shapes[1])


def _transposed_vjp(
    bar: sp.Expr, out: sp.Expr, y: sp.Expr, kernel: sp.Expr, *static: sp.Expr, shapes: tuple[Shape, ...]
) -> Cotangents:
    return Conv(bar, kernel, *static), _kernel(bar, y, static, shapes[0], shapes[1])


def _kernel_vjp(
    bar: sp.Expr, out: sp.Expr, x: sp.Expr, y: sp.Expr, *static: sp.Expr, shapes: tuple[Shape, ...]
) -> Cotangents:
    # Between the options and the axes stand what tells the shape of the kernel, which `bar` has.
    options, axes = static[:2], static[2 + len(shapes[0]) :]
    return Convtranspose(y, bar, *options, *axes), Conv(x, bar, *options, *axes)


def _kernel(x: sp.Expr, y: sp.Expr, static: Sequence[sp.Expr], positions: Shape, kernel: Shape) -> Head:
    """The cotangent of a kernel of this shape."""
    apart = int(len(kernel) == len(positions))
    return Convkernel(x, y, *static[:2], apart, *kernel[: len(positions) - 1], *static[2:])


def _cost(shapes: tuple[Shape, ...], out: Shape, *static: sp.Expr) -> Cost:
    """Every entry of the kernel at every position; the zeros beyond the ends are worked with too."""
    return _work(shapes[0], shapes[1], out)


def _work(positions: Shape, kernel: Shape, out: Shape) -> Cost:
    mac = numel(positions[:-1]) * numel(kernel)
    return Cost(mac=mac, flop=2 * mac - numel(out))


def _range(a: Interval, b: Interval, *static: sp.Expr) -> Interval:
    """Sums of any number of products, some of which are with the zeros beyond the ends."""
    each = product(a, b)
    return Interval(-inf if each.low < 0 else 0, inf if each.high > 0 else 0)


def _windows(xp: Any, x: Any, widths: Sequence[int], dilation: int, before: Sequence[int]) -> Iterator[Any]:
    """What stands under each tap of a kernel at every position, `before` zeros standing before the first one."""
    first = x.ndim - 1 - len(widths)
    sizes = x.shape[first:-1]
    for axis, (width, start) in enumerate(zip(widths, before, strict=True), first):
        ends = (start, dilation * (width - 1) - start)
        zeros = [xp.zeros((*x.shape[:axis], end, *x.shape[axis + 1 :]), dtype=x.dtype) for end in ends]
        x = xp.concatenate([zeros[0], x, zeros[1]], axis) if width > 1 else x
    for tap in places(*map(range, widths)):
        yield x[
            (..., *(slice(dilation * t, dilation * t + size) for t, size in zip(tap, sizes, strict=True)), slice(None))
        ]


def _taps(kernel: Any, widths: Sequence[int], rank: int, swapped: bool) -> Iterator[Any]:
    """The entries of a kernel at each tap, as they stand beside windows: matrices, or vectors where it is depthwise."""
    own = rank - len(widths)
    for tap in places(*map(range, widths)):
        entry = kernel[(..., *tap, *[slice(None)] * own)]
        lead, core = entry.shape[: entry.ndim - own], entry.shape[entry.ndim - own :]
        entry = entry.swapaxes(-1, -2) if swapped and own == 2 else entry
        core = core[::-1] if swapped else core
        # The kernel is the same at every position; a matrix stands beside the last axis of positions as it is.
        yield entry.reshape((*lead, *[1] * (len(widths) + 1 - own), *core)) if lead else entry


def _start(widths: Sequence[int], dilation: int, causal: int) -> list[int]:
    """How many zeros stand before the first position along each axis."""
    return [dilation * (width - 1) // (1 if causal else 2) for width in widths]


def _widths(kernel: Any, ranks: tuple[int, ...]) -> tuple[int, ...]:
    first = kernel.ndim - ranks[1]
    return tuple(kernel.shape[first : first + ranks[0] - 1])


def _joined(windows: Iterator[Any], taps: Iterator[Any], apart: bool) -> Any:
    terms = (w * k if apart else w @ k for w, k in zip(windows, taps, strict=True))
    return reduce(add, terms)


def _conv_value(xp: Any, ranks: tuple[int, ...], x: Any, kernel: Any, dilation: int, causal: int, *sizes: int) -> Any:
    widths = _widths(kernel, ranks)
    windows = _windows(xp, x, widths, dilation, _start(widths, dilation, causal))
    return _joined(windows, _taps(kernel, widths, ranks[1], True), ranks[0] == ranks[1])


def _transposed_value(
    xp: Any, ranks: tuple[int, ...], y: Any, kernel: Any, dilation: int, causal: int, *sizes: int
) -> Any:
    """The convolution with the kernel turned round, so that the zeros change sides."""
    widths = _widths(kernel, ranks)
    starts = zip(widths, _start(widths, dilation, causal), strict=True)
    windows = _windows(xp, y, widths, dilation, [dilation * (width - 1) - start for width, start in starts])
    return _joined(reversed([*windows]), _taps(kernel, widths, ranks[1], False), ranks[0] == ranks[1])


def _kernel_value(
    xp: Any, ranks: tuple[int, ...], x: Any, y: Any, dilation: int, causal: int, apart: int, *rest: int
) -> Any:
    """The products of what stands under each tap with y, summed over all positions."""
    count = ranks[0] - 1
    widths = rest[:count]
    over = tuple(range(-count - 1, -1))

    def rows(array: Any) -> Any:
        return array.reshape((*array.shape[: array.ndim - count - 1], -1, array.shape[-1]))

    windows = _windows(xp, x, widths, dilation, _start(widths, dilation, causal))
    columns = None if apart else rows(y).swapaxes(-1, -2)
    found = [xp.sum(w * y, axis=over) if apart else columns @ rows(w) for w in windows]
    own = 1 if apart else 2
    lead = found[0].shape[: found[0].ndim - own]
    return xp.stack(found, len(lead)).reshape((*lead, *widths, *found[0].shape[len(lead) :]))


OPTIONS = (("dilation", 1), ("causal", 0))

Conv: type[Head] = mixing(
    "conv",
    operands=2,
    options=OPTIONS,
    shape=_conv_shape,
    vjp=_conv_vjp,
    cost=_cost,
    value=_conv_value,
    range=_range,
    notation=Notation("conv({*})", "{1} ∗ {0}", r"{1} \ast {0}", 30, loose=("source",)),
    label="∗",
    crossing=Crossing(takes=(True, False), returns=True, implied=True),
)

Convtranspose: type[Head] = mixing(
    "convtranspose",
    operands=2,
    options=OPTIONS,
    shape=_transposed_shape,
    vjp=_transposed_vjp,
    cost=_cost,
    value=_transposed_value,
    range=_range,
    notation=Notation("convtranspose({*})", "{1}ᵀ ∗ {0}", r"{1}^{{\top}} \ast {0}", 30, loose=("source",)),
    label="∗ᵀ",
    crossing=Crossing(takes=(True, False), returns=True, implied=True),
    public=False,
)

Convkernel: type[Head] = mixing(
    "convkernel",
    operands=2,
    options=OPTIONS,
    arity=(4, None),
    shape=_kernel_shape,
    vjp=_kernel_vjp,
    cost=lambda shapes, out, *static: _work(shapes[0], out, out),
    value=_kernel_value,
    range=_range,
    notation=Notation("convkernel({*})", "{1} ⋆ {0}", r"{1} \star {0}", 30, loose=("source",)),
    label="⋆",
    crossing=Crossing(takes=(True, True), implied=True),
    public=False,
)


def weighted(node: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """The matrix of a product A v, or the kernel of a convolution K ∗ v, and v; None for any other operation."""
    if isinstance(node, Matmul):
        return node.args[0], node.args[1]
    return (node.args[1], node.args[0]) if isinstance(node, Conv) else None
