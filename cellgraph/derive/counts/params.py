"""Parameter counts: every parameter of a cell, as its equations have them or as a library stores them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp

from cellgraph.derive.counts.sizes import ONE, Sizes, Stack, checked_sizes, number, open_sizes
from cellgraph.graph import Cell, Graph
from cellgraph.messages import Message, listed, message
from cellgraph.ops import Axis, Shape, axes_of, core, numel
from cellgraph.report import Report
from cellgraph.table import Table

if TYPE_CHECKING:
    from cellgraph.implementations.implementation import Implementation

Entries = Sequence[tuple[str, Shape, sp.Symbol | None]]
"""What is counted: each array's name and shape, and the quantity that uses it."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Parameters(Table):
    """A parameter table with its totals: `formula` over the dims, `total` a number where every size is given.

    `matrices` and `vectors` are the cell's own, however a library packs them into arrays.
    """

    cell: str
    implementation: str | None
    matrices: int
    vectors: int
    formula: sp.Expr
    total: int | None
    reason: Message | None
    unknown: tuple[Message, ...] = ()
    """Which sizes are missing, where some are given and not all."""


def params(
    cell: Cell, as_: str | None = None, layers: int = 1, bidirectional: bool = False, **sizes: int
) -> Parameters:
    """Every parameter of a cell with its shape, formula and number; the readout is counted apart.

    `sizes` are numbers for the cell's dims (m=128, n=256). `as_` names a library ("torch") or one of its classes
    ("torch.nn.LSTM"), whose arrays are counted instead. A stack of `layers` gives each further layer the output below
    as its input, twice as wide if `bidirectional`. Counts are exact integers.

    Raises KeyError for a library that the spec does not name, ValueError for a wrong size or a cell that cannot be
    stacked.

    >>> import cellgraph as cg
    >>> lstm = cg.load("lstm")
    >>> cg.params(lstm).formula
    4*n*(m + n + 1)
    >>> cg.params(lstm, m=128, n=256).total, cg.params(lstm, m=128, n=256, as_="torch").total
    (394240, 395264)
    >>> cg.params(lstm, layers=2, bidirectional=True, m=3, n=5).total
    1000
    """
    numbers, stack = checked_sizes(cell, sizes), Stack(layers, bidirectional)
    library, why, entries = _counted_as(cell, as_)
    one = count_of(entries)
    formula = sp.factor(stack.total(cell, one))
    total = number(formula, numbers)
    kinds = Counter(kind(q.shape or ()) for q in cell.step.having("param"))
    data = {
        "cell": cell.name,
        "sizes": {str(s): int(v) for s, v in numbers.items()},
        "implementation": library,
        **asdict(stack),
        "matrices": kinds["matrix"],
        "vectors": kinds["vector"],
        "scalars": kinds["scalar"],
        "formula": str(formula),
        "total": total,
        "parameters": [_entry(*entry, numbers) for entry in entries],
        "readout": None if cell.readout is None else _readout(cell.readout, numbers),
    }
    totals = [(message("total"), formula)] if stack == ONE else _stacked(cell, stack, one, formula)
    own = [*_notes(cell, kinds), *(_of_members(cell) if cell.each else ())]
    notes = own if why is None else [message("why: {reason}", reason=why)]
    unknown = tuple(open_sizes(cell, [formula], numbers)) if numbers else ()
    return Parameters(
        title=message("{cell}", cell=cell.name)
        if library is None
        else message("{cell} as {library}", cell=cell.name, library=library),
        columns=("parameter", "shape", "kind", "used by", "formula", "number"),
        # The cell's own names are notation, a library's are plain text.
        rows=tuple(_row(name if library else sp.Symbol(name), shape, group, numbers) for name, shape, group in entries),
        notes=(*notes, *unknown),
        footer=tuple((named, "", "", "", own, number(own, numbers)) for named, own in totals),
        data=data,
        cell=cell.name,
        implementation=library,
        matrices=kinds["matrix"],
        vectors=kinds["vector"],
        formula=formula,
        total=total,
        reason=why,
        unknown=unknown,
    )


def _counted_as(cell: Cell, as_: str | None) -> tuple[str | None, Message | None, Entries]:
    """The class of a library whose arrays are counted, why their number differs, and the arrays; or the cell's own."""
    if as_ is None:
        return None, None, entries_of(cell.step)
    from cellgraph.implementations.implementation import shapes
    from cellgraph.spec.count_difference import count_difference

    found = implementation_of(cell, as_)
    entries: Entries = [(name, shape, None) for name, shape in shapes(found).items()]
    return found.name, count_difference(cell, found), entries


def every_count(cell: Cell, stack: Stack = ONE, **sizes: int) -> list[Parameters]:
    """The count of the equations, then one for each class of each library that the spec names."""
    names: list[str | None] = [None, *dict.fromkeys(i.name for i in cell.implementations)]
    return [params(cell, name, stack.layers, stack.bidirectional, **sizes) for name in names]


def params_report(cell: Cell) -> Report:
    """The parameter table of one cell, with formulas and no numbers."""
    return report([params(cell)])


def report(tables: Sequence[Parameters]) -> Report:
    """The tables of several cells or libraries, and their totals side by side."""
    blocks: list[Message | Table] = []
    if len({(t.cell, t.implementation) for t in tables}) == len({t.cell for t in tables}):
        blocks += tables
    if len(tables) > 1:
        blocks.append(_side_by_side(tables, bool(blocks)))
    return Report(message(""), tuple(blocks), {"cells": [dict(t.data) for t in tables]})


def implementation_of(cell: Cell, name: str) -> Implementation:
    """The implementation of that dotted name, or of that library: the layer class where there is one.

    Raises KeyError that lists what the spec names.
    """
    exact = [i for i in cell.implementations if i.name == name]
    library = [i for i in cell.implementations if i.name.split(".")[0] == name]
    # A layer class is listed after the cell class that it repeats; flax.linen and flax.nnx are libraries of their own.
    family = [i for i in library if i.name.rpartition(".")[0] == library[0].name.rpartition(".")[0]]
    if not exact and not family:
        choices = ", ".join(i.name for i in cell.implementations) or "none"
        raise KeyError(f"{cell.name} names no implementation {name!r}; there are: {choices}")
    return exact[0] if exact else family[-1]


def entries_of(graph: Graph) -> Entries:
    """Every parameter of a graph with the first quantity whose equation uses it: its gate, candidate or state."""
    groups: dict[sp.Symbol, sp.Symbol] = {}
    for equation in graph.equations:
        for symbol in equation.uses:
            groups.setdefault(symbol, equation.lhs)
    return [(q.symbol.name, q.shape or (), groups.get(q.symbol)) for q in graph.having("param")]


def count_of(entries: Entries) -> sp.Expr:
    """How many numbers the arrays hold."""
    return sp.Add(*[numel(shape) for _, shape, _ in entries])


def kind(shape: Shape) -> str:
    """matrix, vector or scalar, of a family what each member is; arrays of higher rank count as matrices."""
    return ("scalar", "vector", "matrix")[min(len(shape) - len(axes_of(shape)), 2)]


def _row(name: sp.Symbol | str, shape: Shape, group: sp.Symbol | None, numbers: Sizes) -> tuple[Any, ...]:
    count = numel(shape)
    return name, shape, message(kind(shape)), group or "", count, number(count, numbers)


def _entry(name: str, shape: Shape, group: sp.Symbol | None, numbers: Sizes) -> dict[str, Any]:
    return {
        "name": name,
        "shape": [str(size) for size in shape],
        "kind": kind(shape),
        "formula": str(numel(shape)),
        "count": number(numel(shape), numbers),
        "group": None if group is None else group.name,
    }


def _readout(readout: Graph, numbers: Sizes) -> dict[str, Any]:
    """The parameters of the readout, which makes y and is not handed on."""
    own = entries_of(readout)
    formula = sp.factor(count_of(own))
    return {
        "parameters": [_entry(*entry, numbers) for entry in own],
        "matrices": sum(kind(shape) == "matrix" for _, shape, _ in own),
        "formula": str(formula),
        "total": number(formula, numbers),
    }


def _stacked(cell: Cell, stack: Stack, one: sp.Expr, whole: sp.Expr) -> list[tuple[Message, sp.Expr]]:
    """What the rows above add up to, what a cell of a further layer has, and the whole stack."""
    found = [(message("one cell of the first layer"), sp.factor(one))]
    if stack.layers > 1:
        found.append((message("one cell of a further layer"), sp.factor(stack.above(cell, one))))
    return [*found, (message("total of {stack}", stack=stack.name), whole)]


def _notes(cell: Cell, kinds: Mapping[str, int]) -> Iterator[Message]:
    yield message(
        "weight matrices: {matrices}, vectors: {vectors}, scalars: {scalars}",
        matrices=kinds["matrix"],
        vectors=kinds["vector"],
        scalars=kinds["scalar"],
    )
    if cell.readout is not None and (own := entries_of(cell.readout)):
        names, formula = ", ".join(name for name, _, _ in own), sp.factor(count_of(own))
        yield message("not counted: the readout ({names}), {formula}", names=names, formula=formula)


def _of_members(cell: Cell) -> Iterator[Message]:
    """For each choice of lifted axes, what one member has and all of them together; and what is shared by all."""
    own: dict[tuple[Axis, ...], sp.Expr] = {}
    for q in cell.step.having("param"):
        axes = axes_of(q.shape or ())
        own[axes] = own.get(axes, sp.S.Zero) + numel(core(q.shape or ()))
    for axes, one in own.items():
        if not axes:
            yield message("shared by all members: {shared}", shared=sp.factor(one))
            continue
        named = listed(sp.Symbol(str(axis)) for axis in axes)
        every = sp.factor(one * numel(tuple(axis.size for axis in axes)))
        yield message(
            "one for each {axes}: a member has {one}, all of them {every}", axes=named, one=sp.factor(one), every=every
        )


def _side_by_side(tables: Sequence[Parameters], whole: bool) -> Table:
    first = tables[0].total
    return Table(
        title=message("parameters side by side"),
        columns=("cell", "counted as", "matrices", "vectors", "formula", "number", "ratio", "why"),
        rows=tuple(
            (
                t.cell,
                t.implementation or message("the equations as they stand"),
                t.matrices,
                t.vectors,
                t.formula,
                t.total,
                f"{t.total / first:.4g}" if first and t.total else None,
                t.reason or "",
            )
            for t in tables
        ),
        # Where whole tables stand above, they have said so.
        notes=() if whole else tuple(note for notes in {t.cell: t.unknown for t in tables}.values() for note in notes),
    )
