"""How the rows of the operation table, written for the core, are lifted over the other axes of their operands.

The one rule: an operation acts on members, and its result has every lifted axis that an operand has. An operand without
an axis is shared by all members along it, so that its cotangent is the sum over them. Nothing else of the package asks
a row for shapes, cotangents, factors, costs, values or ranges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import sympy as sp

from cellgraph.ops.axes import Axis, Family, Shape, axes_of, core, described, family, in_order
from cellgraph.ops.factors import Partial
from cellgraph.ops.families import Spread
from cellgraph.ops.interval import Interval
from cellgraph.ops.row import Composed, Cost, Cotangents, Head, Mismatch, Unshaped, numel, operands, spelled
from cellgraph.ops.totals import Fill, Sum


def statics(node: Head) -> tuple[sp.Expr, ...]:
    """The arguments of a head that are neither operands nor axes: exponents, offsets, sizes."""
    return tuple(a for a in node.args[len(operands(node)) :] if not isinstance(a, Axis))


def crossed(node: Head) -> tuple[Axis, ...]:
    """The lifted axes that an operation crosses."""
    return tuple(a for a in node.args[len(operands(node)) :] if isinstance(a, Axis))


def with_axes(node: Head, shapes: Sequence[Shape]) -> Head:
    """The operation with the axes that it crosses, which are implied by its first operand where none is named."""
    crossing = node.op.crossing
    if crossing is None or not crossing.implied or crossed(node) or len(core(shapes[0])) != 1:
        return node
    return type(node)(*node.args, *axes_of(shapes[0]))


def crossed_by(node: Head, shapes: Sequence[Shape]) -> tuple[Axis, ...]:
    """The lifted axes that an operation on operands of these shapes crosses, named or implied."""
    return crossed(with_axes(node, shapes))


@dataclass(frozen=True)
class Seen:
    """What a row sees of an operand: its shape without the axes that it is lifted over, and these axes.

    `beside` is what stands behind these axes and is no business of the row either, where it acts along axes alone.
    """

    shape: Shape
    lifted: tuple[Axis, ...]
    beside: Shape = ()


def seen_by_row(node: Head, place: int, shape: Shape) -> Seen:
    """What the row of an operation sees of one of its operands. Raises Mismatch."""
    over, crossing = crossed(node), node.op.crossing
    if not over or crossing is None:
        return Seen(core(shape), axes_of(shape))
    if crossing.along or crossing.takes[place]:
        missing = [axis for axis in over if axis not in axes_of(shape)]
        if missing:
            raise Mismatch(f"'{node.op.name}' goes over {missing[0]}, and its operand, "
                           f"{described(shape, spelled(core(shape)))}, has no such axis")  # fmt: skip
        left = tuple(axis for axis in axes_of(shape) if axis not in over)
        sizes = tuple(axis.size for axis in over)
        return Seen(sizes, left, core(shape)) if crossing.along else Seen((*sizes, *core(shape)), left)
    doubled = [axis for axis in over if axis in axes_of(shape)]
    if doubled:
        raise Mismatch(f"an operand of '{node.op.name}' has the axis {doubled[0]} already")
    return Seen(core(shape), axes_of(shape))


def lifted_axes(seen: Iterable[Seen]) -> tuple[Axis, ...]:
    """The axes that an operation is lifted over: those of any operand."""
    return in_order(axis for own in seen for axis in own.lifted)


def is_plain(node: Head, shapes: Sequence[Shape]) -> bool:
    """Whether nothing is lifted, as in every cell without families."""
    return not any(isinstance(shape, Family) for shape in shapes) and not crossed(node)


def row_arguments(node: Head) -> tuple[Any, ...]:
    """What the rules of a row are given: operands, static arguments, and axes where it does not go along them."""
    return (*operands(node), *row_statics(node))


def row_statics(node: Head) -> tuple[Any, ...]:
    """The static arguments among them, and the axes."""
    crossing = node.op.crossing
    return (*statics(node), *(() if crossing is None or crossing.along else crossed(node)))


def result_shape(node: Head, shapes: Sequence[Shape]) -> Shape:
    """The shape of an operation's result for operands of these shapes. Raises Mismatch."""
    if isinstance(node, Composed):
        return node.shape_for(shapes)
    rest = node.args[len(operands(node)) :]
    if not any(isinstance(given, (Family, Axis)) for given in (*shapes, *rest)):
        return node.op.shape(*shapes, *rest)
    if node.op.crossing is None:
        # What is most common takes the shortest way.
        made = _row_shape(node, shapes, [*map(core, shapes), *rest])
        return family([axis for shape in shapes for axis in axes_of(shape)], made)
    return _crossing_shape(with_axes(node, shapes), shapes)


def _crossing_shape(node: Head, shapes: Sequence[Shape]) -> Shape:
    """The same for an operation that may cross axes."""
    seen = [seen_by_row(node, k, shape) for k, shape in enumerate(shapes)]
    lifted = lifted_axes(seen)
    made = _row_shape(node, shapes, [*(own.shape for own in seen), *row_statics(node)])
    crossing, over = node.op.crossing, crossed(node)
    if crossing is None or not over:
        return family(lifted, made)
    if crossing.along:
        return family((*lifted, *(over if made else ())), seen[0].beside)
    if crossing.returns:
        return family((*lifted, *over), made[len(over) :])
    return family(lifted, made)


def _row_shape(node: Head, shapes: Sequence[Shape], given: Sequence[Any]) -> Shape:
    """What the row says. Raises Mismatch, which tells of the members and of axes that may have to be crossed."""
    try:
        return node.op.shape(*given)
    except Unshaped:
        raise
    except Mismatch as mismatch:
        raise Mismatch(_hinted(node, str(mismatch), shapes)) from mismatch


def _hinted(node: Head, message: str, shapes: Sequence[Shape]) -> str:
    """What is wrong with members, and how an axis is crossed, since that is often what is missing."""
    axes = in_order(axis for shape in shapes for axis in axes_of(shape))
    if not axes:
        return message
    first, names = axes[0], ", ".join(map(str, axes))
    if node.op.crossing is not None and node.op.crossing.implied:
        if ";" in message:
            return message
        whole = core(shapes[0])
        hint = f"it goes over all of {names} unless told: over={first}"
        return f"{message}; {hint if whole else f'behind positions stand channels, such as [{names}, 1]'}"
    told = f"{message.partition(';')[0]}, for each {names}"
    return f"{told}; where {first} is to be crossed, say so: sum(a, over={first}), flatten(a, {first}), ..."


def pulled(node: Head, bar: sp.Expr, out: sp.Expr, shapes: Sequence[Shape]) -> Cotangents:
    """One cotangent for each operand, of the operand's shape; None for zero.

    Where an operand is shared by members, theirs are added up.
    """
    arguments = operands(node)
    if is_plain(node, shapes):
        return node.op.vjp(bar, out, *arguments, *statics(node), shapes=tuple(shapes))
    node = with_axes(node, shapes)
    seen = [seen_by_row(node, k, shape) for k, shape in enumerate(shapes)]
    own = _row_cotangents(node, bar, out, tuple(s.shape for s in seen))
    lifted = lifted_axes(seen)
    return tuple(
        None if cotangent is None else reduce(Sum, (axis for axis in lifted if axis not in s.lifted), cotangent)
        for cotangent, s in zip(own, seen, strict=True)
    )


def _row_cotangents(node: Head, bar: sp.Expr, out: sp.Expr, shapes: tuple[Shape, ...]) -> Cotangents:
    """The cotangents of one member; of an operation that goes along an axis, along the same axis."""
    arguments, crossing = operands(node), node.op.crossing
    if crossing is None or not crossing.along or not crossed(node):
        return node.op.vjp(bar, out, *row_arguments(node), shapes=shapes)
    (axis,) = crossed(node)
    # What stands in the place of these names goes along axes of its own.
    names = {sp.Dummy(): given for given in (bar, out, *arguments)}
    own = node.op.vjp(*names, *statics(node), shapes=shapes)
    return tuple(None if c is None else along(c, axis).xreplace(names) for c in own)


def along(expr: sp.Expr, axis: Axis) -> sp.Expr:
    """An expression over vectors as the same along a lifted axis: each operation of it that can go along an axis does.

    >>> from cellgraph.ops import Mul, Softmax
    >>> from cellgraph.graph import size
    >>> g = sp.Symbol("g")
    >>> along(Mul(g, Softmax(g)), Axis(size("e"), 0)).args[1].args
    (g, e)
    """
    if not isinstance(expr, Head):
        return expr
    inner = [along(argument, axis) for argument in operands(expr)]
    rest = expr.args[len(inner) :]
    if isinstance(expr, Fill) and rest == (axis.size,):
        return Spread(inner[0], axis)
    if expr.op.crossing is not None and expr.op.crossing.along and not crossed(expr):
        return type(expr)(*inner, *rest, axis)
    return type(expr)(*inner, *rest)


def factors(node: Head, out: sp.Expr, shapes: Sequence[Shape]) -> tuple[sp.Expr | None, ...]:
    """One linear factor for each operand: what it does to one member, or to all of them where the axis is crossed."""
    if crossed(node):
        return tuple(Partial(node, sp.Integer(k)) for k in range(len(shapes)))
    own = tuple(core(shape) for shape in shapes)
    return node.op.jacobian(out, *operands(node), *statics(node), shapes=own)


def is_affine(node: Head, place: int) -> bool:
    """Whether an operation is affine in one of its operands: its derivative by that does not depend on it."""
    back = row_cotangent(node, place)
    return back.found is None or {back.out, back.operands[place]}.isdisjoint(back.found.free_symbols)


class RowCotangent(NamedTuple):
    """The cotangent of one operand in a row, and the names in it: what comes in, the result, the operands."""

    found: sp.Expr | None
    bar: sp.Symbol
    out: sp.Symbol
    operands: tuple[sp.Symbol, ...]


def row_cotangent(node: Head, place: int) -> RowCotangent:
    """What the row of an operation passes on to one operand, whatever the operands are."""
    bar, out, *names = (sp.Dummy() for _ in range(2 + len(operands(node))))
    shapes = tuple((sp.Dummy(),) for _ in names)
    found = node.op.vjp(bar, out, *names, *row_statics(node), shapes=shapes)[place]
    return RowCotangent(found, bar, out, tuple(names))


def cost_of(node: Head, shapes: Sequence[Shape]) -> Cost:
    """The work of one application to operands of these shapes, all members together."""
    if isinstance(node, Composed):
        return node.cost_for(shapes)
    if is_plain(node, shapes):
        return node.op.cost(tuple(shapes), node.op.shape(*shapes, *statics(node)), *statics(node))
    node = with_axes(node, shapes)
    seen = [seen_by_row(node, k, shape) for k, shape in enumerate(shapes)]
    inner = tuple(own.shape for own in seen)
    count = numel(tuple(axis.size for axis in lifted_axes(seen))) * numel(seen[0].beside)
    one = node.op.cost(inner, node.op.shape(*inner, *row_statics(node)), *row_statics(node))
    return one.each(lambda formula: count * formula)


def image(node: Head, intervals: Sequence[Interval]) -> Interval:
    """The interval of an operation's result for operands that lie in these."""
    return node.op.range(*intervals, *statics(node))


def filled(number: sp.Expr, shape: Shape) -> sp.Expr:
    """An array of this shape with one number everywhere."""
    one = Fill(number, *core(shape)) if core(shape) else number
    for axis in reversed(axes_of(shape)):
        one = Spread(one, axis)
    return one
