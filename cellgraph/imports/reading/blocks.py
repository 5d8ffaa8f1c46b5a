"""Parts of traced arrays as expressions: how products, sums and reductions of them are said in the spec language.

A part has slots, the open axes that it runs along. Its expression is a scalar, a vector or a matrix over those of its
slots that are no lifted axes; along slots that it lacks, it is the same everywhere. So nothing is moved when axes are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp

from cellgraph.imports.reading.arithmetic import Inexpressible, applied, spoken
from cellgraph.imports.reading.extents import Extent
from cellgraph.imports.reading.sizes import BATCH
from cellgraph.ops import (
    Axis,
    Div,
    Fill,
    Flatten,
    Head,
    Largest,
    Matmul,
    Max,
    Mean,
    Min,
    Mul,
    Outer,
    Scale,
    Smallest,
    Sum,
    Transpose,
)  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """One open axis of a part: which axis of the array it belongs to, and the how manieth there."""

    axis: int
    place: int
    atom: Extent = field(compare=False, repr=False)
    """Place -1 is that of all open axes of its part together, side by side."""

    @property
    def size(self) -> sp.Expr:
        """How many entries there are along it."""
        return self.atom.size


@dataclass(frozen=True)
class Block:
    """A part: its expression, the slots of its vector or matrix in this order, and the lifted ones that it has."""

    expr: sp.Expr
    core: tuple[Slot, ...] = ()
    lifted: frozenset[Slot] = frozenset()

    @property
    def slots(self) -> frozenset[Slot]:
        """All slots along which it differs."""
        return frozenset(self.core) | self.lifted


Each = Mapping[sp.Symbol, Axis]
"""The lifted axes by their sizes."""


def oriented(block: Block, core: Sequence[Slot]) -> sp.Expr:
    """The expression of a matrix with its slots in this order."""
    if tuple(core) == block.core:
        return block.expr
    return applied(Transpose, block.expr)


def _vectors(slot: Slot) -> sp.Expr:
    return Fill(sp.S.One, slot.size)


def stretched(block: Block, core: Sequence[Slot]) -> sp.Expr:
    """The expression over these slots, repeated along those that it lacks; a scalar goes with every entry."""
    if not block.core:
        return block.expr
    if set(block.core) == set(core):
        return oriented(block, core)
    [own], (first, second) = block.core, core
    return Outer(block.expr, _vectors(second)) if own == first else Outer(_vectors(first), block.expr)


def _union(blocks: Iterable[Block]) -> tuple[Slot, ...]:
    found: dict[Slot, None] = {}
    for block in sorted(blocks, key=lambda block: -len(block.core)):
        found |= dict.fromkeys(block.core)
    return tuple(found)


def entrywise(head: type[Head], *blocks: Block) -> Block:
    """An operation entry by entry on parts of one array."""
    core = _union(blocks)
    if len(core) > 2:
        raise Inexpressible("an array of more than two axes", *[slot.size for slot in sorted(core, key=_order)])
    if len(core) == 2 and not any(len(block.core) == 2 for block in blocks):
        core = tuple(sorted(core, key=_order))
    lifted = frozenset[Slot]().union(*(block.lifted for block in blocks))
    return Block(applied(head, *(stretched(block, core) for block in blocks)), core, lifted)


def _order(slot: Slot) -> tuple[int, int]:
    return slot.axis, slot.place


def times(a: Block, b: Block) -> Block:
    """The product entry by entry: of two vectors along different axes it is an outer product, and rows are scaled."""
    lifted, one, two = a.lifted | b.lifted, set(a.core), set(b.core)
    if len(one | two) > 2:
        raise Inexpressible(
            "a product with more than two axes", *[s.size for s in sorted(one & two, key=_order)],
            *[s.size for s in sorted(one | two, key=_order)],
        )  # fmt: skip
    if not one or not two or one == two:
        return entrywise(Mul, a, b)
    if len(one) == len(two) == 1:
        first, second = (a, b) if _order(a.core[0]) < _order(b.core[0]) else (b, a)
        return Block(Outer(spoken(first.expr), spoken(second.expr)), (*first.core, *second.core), lifted)
    vector, matrix = (a, b) if len(one) == 1 else (b, a)
    [row] = vector.core
    core = (row, *(slot for slot in matrix.core if slot != row))
    if isinstance(matrix.expr, Outer):
        left, right = applied(Transpose, matrix.expr).args if core != matrix.core else matrix.expr.args
        scaled = applied(Mul, *((vector.expr, left) if vector is a else (left, vector.expr)))
        return Block(oriented(Block(Outer(scaled, right), core), matrix.core), matrix.core, lifted)
    return Block(Scale(spoken(vector.expr), oriented(matrix, core)), core, lifted)


def over(a: Block, b: Block) -> Block:
    """The quotient entry by entry."""
    if len(a.core) == 2 and len(b.core) == 1:
        return times(a, Block(applied(Div, sp.S.One, b.expr), b.core, b.lifted))
    return entrywise(Div, a, b)


def total(block: Block, slots: Sequence[Slot], each: Each) -> Block:
    """The sum over slots. Along one that it lacks, it is so many times the same."""
    for slot in slots:
        if slot.size == BATCH:
            raise Inexpressible("a sum over the batch: what one sample does would depend on the others")
    gone = [slot for slot in block.core if slot in slots]
    count = sp.Mul(*(slot.size for slot in slots if slot not in block.slots))
    expr, core = block.expr, tuple(slot for slot in block.core if slot not in slots)
    if gone and not core:
        expr = Sum(expr)
    elif gone:
        turned = oriented(block, (*gone, *core))
        if isinstance(turned, Scale):  # rows that are weighted and added up
            expr = Matmul(applied(Transpose, turned.args[1]), turned.args[0])
        else:
            expr = Matmul(oriented(block, (*core, *gone)), _vectors(gone[0]))
    for slot in sorted((slot for slot in block.lifted if slot in slots), key=_order):
        expr = Sum(expr, each[slot.size])
    return Block(applied(Mul, count, expr), core, block.lifted - frozenset(slots))


def mean_of(block: Block, slots: Sequence[Slot], each: Each) -> Block:
    """The mean over all slots of a part: of a vector, or over a lifted axis, by its name."""
    if len(slots) == 1 and (block.core == tuple(slots) or set(slots) <= block.lifted):
        [slot] = slots
        axis = [each[slot.size]] if slot in block.lifted else []
        core = tuple(own for own in block.core if own != slot)
        return Block(Mean(block.expr, *axis), core, block.lifted - {slot})
    return over(total(block, slots, each), Block(sp.Mul(*(slot.size for slot in slots))))


def extreme(head: type[Head], block: Block, slots: Sequence[Slot], each: Each) -> Block:
    """The largest or the smallest entry along slots. head: Largest or Smallest."""
    gone = [slot for slot in block.core if slot in slots]
    if len(gone) == 1 and len(block.core) == 2:
        raise Inexpressible("the largest of each row", *[s.size for s in block.core if s not in gone], gone[0].size)
    expr = head(block.expr) if gone else block.expr
    for slot in sorted((slot for slot in block.lifted if slot in slots), key=_order):
        expr = head(expr, each[slot.size])
    return Block(expr, () if gone else block.core, block.lifted - frozenset(slots))


PAIRWISE: Mapping[type[Head], type[Head]] = {Largest: Max, Smallest: Min}
"""What takes the larger of two where the largest of many is taken."""


def contraction(a: Block, b: Block, summed: Sequence[Slot], each: Each) -> Block:
    """The sum of products over slots: a product of matrices, a dot product, or what is made of several such."""
    inside = [slot for slot in summed if slot in a.core and slot in b.core]
    alone = [slot for slot in summed if (slot in a.core) != (slot in b.core)]  # the other is the same along it
    rest = [slot for slot in summed if slot not in inside and slot not in alone]
    a = total(a, [slot for slot in alone if slot in a.core], each)
    b = total(b, [slot for slot in alone if slot in b.core], each)
    kept = [slot for slot in a.core if slot in b.core and slot not in inside]
    if kept and inside:
        raise Inexpressible("a product row by row", *[slot.size for slot in kept])
    return total(_product(a, b, inside) if inside else times(a, b), rest, each)


def _product(a: Block, b: Block, inside: Sequence[Slot]) -> Block:
    left = tuple(slot for slot in a.core if slot not in inside)
    right = tuple(slot for slot in b.core if slot not in inside)
    lifted = a.lifted | b.lifted
    if len(inside) == 2:
        return Block(Sum(Mul(a.expr, oriented(b, a.core))), (), lifted)
    if not left:  # of two vectors too: what a layer learns stands second in every framework, and first on paper
        return Block(Matmul(oriented(b, (*right, *inside)), spoken(a.expr)), right, lifted)
    if not right:
        return Block(Matmul(oriented(a, (*left, *inside)), spoken(b.expr)), left, lifted)
    return Block(Matmul(oriented(a, (*left, *inside)), oriented(b, (*inside, *right))), (*left, *right), lifted)


def side_by_side(block: Block, slots: Sequence[Slot], each: Each, whole: Slot) -> Block:
    """The entries along lifted slots, and one of the core behind them, as one vector along `whole`."""
    *outer, last = slots
    if not all(slot in block.lifted for slot in outer) or block.core not in ((last,), ()):
        raise Inexpressible("members that are put side by side")
    if not block.core and last not in block.lifted:
        block = Block(Fill(block.expr, last.size), (last,), block.lifted)
    expr = block.expr
    for slot in reversed(outer if block.core else slots):
        expr = Flatten(expr, each[slot.size])
    return Block(expr, (whole,), block.lifted - frozenset(slots))
