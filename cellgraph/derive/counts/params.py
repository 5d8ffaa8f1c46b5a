"""Parameter counts: every parameter of a cell, as the paper counts them or as a library stores them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp

from cellgraph.derive.counts.sizes import checked_sizes, number
from cellgraph.graph import Cell, Graph, Quantity
from cellgraph.ops import Shape, numel
from cellgraph.report import Report
from cellgraph.table import Table
from cellgraph.words import Message, message

if TYPE_CHECKING:
    from cellgraph.implementations.implementation import Implementation

KINDS = ("scalar", "vector", "matrix")
COLUMNS = ("parameter", "shape", "kind", "used by", "formula", "number")

Entries = Sequence[tuple[str, Shape, sp.Symbol | None]]
"""What is counted: each array's name and shape, and the quantity that uses it."""


@dataclass(frozen=True)
class Parameters(Table):
    """A parameter table with its totals: `formula` over the dims, `total` a number where every size is given.

    `matrices` and `vectors` are the cell's own, however a library packs them into arrays.
    """

    cell: str = ""
    implementation: str | None = None
    matrices: int = 0
    vectors: int = 0
    formula: sp.Expr = sp.S.Zero
    total: int | None = None
    reason: Message | None = None


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
    from cellgraph.derive.counts.stacks import stacked
    from cellgraph.implementations.implementation import shapes

    numbers = checked_sizes(cell, sizes)
    implementation = None if as_ is None else implementation_of(cell, as_)
    if implementation is None:
        groups = grouped(cell.step)
        entries = [(q.symbol.name, q.shape or (), groups.get(q.symbol)) for q in cell.step.having("param")]
    else:
        entries = [(name, shape, None) for name, shape in shapes(implementation, 1).items()]
    one = sp.Add(*[numel(shape) for _, shape, _ in entries])
    formula = sp.factor(sp.Add(*[one.subs(inner) for _, _, inner in stacked(cell, layers, bidirectional)]))
    return _table(cell, implementation, entries, formula, numbers, layers, bidirectional)


def every_count(cell: Cell, layers: int = 1, bidirectional: bool = False, **sizes: int) -> list[Parameters]:
    """The paper's count, then one for each class of each library that the spec names."""
    names: list[str | None] = [None, *dict.fromkeys(i.name for i in cell.implementations)]
    return [params(cell, name, layers, bidirectional, **sizes) for name in names]


def params_report(cell: Cell) -> Report:
    """The parameter table of one cell, with formulas and no numbers."""
    return report([params(cell)])


def report(tables: Sequence[Parameters]) -> Report:
    """The tables of several cells or libraries, and their totals side by side."""
    blocks: list[Message | Table] = []
    if len({(t.cell, t.implementation) for t in tables}) == len({t.cell for t in tables}):
        blocks += tables
    if len(tables) > 1:
        blocks.append(_side_by_side(tables))
    return Report(message(""), tuple(blocks), {"cells": [dict(t.data) for t in tables]})


def implementation_of(cell: Cell, name: str) -> Implementation:
    """The implementation of that dotted name, or of that library: the layer class where there is one.

    Raises KeyError that lists what the spec names.
    """
    exact = [i for i in cell.implementations if i.name == name]
    library = [i for i in cell.implementations if i.name.split(".")[0] == name]
    # A layer class is listed after the cell class that it repeats; flax.linen and flax.nnx are libraries of their own.
    family = [i for i in library if library and i.name.rpartition(".")[0] == library[0].name.rpartition(".")[0]]
    if not exact and not family:
        choices = ", ".join(i.name for i in cell.implementations) or "none"
        raise KeyError(f"{cell.name} names no implementation {name!r}; there are: {choices}")
    return exact[0] if exact else family[-1]


def grouped(graph: Graph) -> dict[sp.Symbol, sp.Symbol]:
    """For each parameter, the first quantity whose equation uses it: its gate, candidate or state."""
    groups: dict[sp.Symbol, sp.Symbol] = {}
    for equation in graph.equations:
        for symbol in equation.uses:
            if graph.quantities.get(symbol) and graph.quantities[symbol].role == "param":
                groups.setdefault(symbol, equation.lhs)
    return groups


def kind(shape: Shape) -> str:
    """matrix, vector or scalar; arrays of higher rank count as matrices."""
    return KINDS[min(len(shape), 2)]


def _table(
    cell: Cell,
    implementation: Implementation | None,
    entries: Entries,
    formula: sp.Expr,
    numbers: Mapping[sp.Symbol, sp.Integer],
    layers: int,
    bidirectional: bool,
) -> Parameters:
    from cellgraph.spec.reason import reason

    kinds = [kind(q.shape or ()) for q in cell.step.having("param")]
    total = number(formula, numbers)
    why = None if implementation is None else reason(cell, implementation)
    library = None if implementation is None else implementation.name
    data = {
        "cell": cell.name,
        "sizes": {str(s): int(v) for s, v in numbers.items()},
        "implementation": library,
        "layers": layers,
        "bidirectional": bidirectional,
        "matrices": kinds.count("matrix"),
        "vectors": kinds.count("vector"),
        "scalars": kinds.count("scalar"),
        "formula": str(formula),
        "total": total,
        "parameters": [_entry(name, shape, group, numbers) for name, shape, group in entries],
        "readout": None if cell.readout is None else _readout(cell.readout, numbers),
    }
    return Parameters(
        title=_title(cell, library),
        columns=COLUMNS,
        rows=_rows(entries, numbers, own=implementation is None),
        notes=tuple(_notes(cell, kinds, why)),
        footer=((_total_of(layers, bidirectional), "", "", "", formula, total),),
        data=data,
        cell=cell.name,
        implementation=library,
        matrices=kinds.count("matrix"),
        vectors=kinds.count("vector"),
        formula=formula,
        total=total,
        reason=why,
    )


def _title(cell: Cell, library: str | None) -> Message:
    if library is None:
        return message("{cell}", cell=cell.name)
    return message("{cell} as {library}", cell=cell.name, library=library)


def _rows(entries: Entries, numbers: Mapping[sp.Symbol, sp.Integer], own: bool) -> tuple[tuple[Any, ...], ...]:
    """A row for each array; the cell's own names are notation, a library's are plain text."""
    return tuple(
        (
            sp.Symbol(name) if own else name,
            shape,
            message(kind(shape)),
            group or "",
            numel(shape),
            number(numel(shape), numbers),
        )
        for name, shape, group in entries
    )


def stack_of(layers: int, bidirectional: bool) -> Message:
    """What a stack is called: "2 layers, both directions"."""
    parts = [message("{layers} layers", layers=layers)] if layers > 1 else []
    parts += [message("both directions")] if bidirectional else []
    return parts[0] if len(parts) == 1 else message("{first}, {second}", first=parts[0], second=parts[1])


def _total_of(layers: int, bidirectional: bool) -> Message:
    if layers == 1 and not bidirectional:
        return message("total")
    return message("total of {stack}", stack=stack_of(layers, bidirectional))


def _entry(name: str, shape: Shape, group: sp.Symbol | None, numbers: Mapping[sp.Symbol, sp.Integer]) -> dict[str, Any]:
    return {
        "name": name,
        "shape": [str(size) for size in shape],
        "kind": kind(shape),
        "formula": str(numel(shape)),
        "count": number(numel(shape), numbers),
        "group": None if group is None else group.name,
    }


def _readout(readout: Graph, numbers: Mapping[sp.Symbol, sp.Integer]) -> dict[str, Any]:
    """The parameters of the readout, which makes y and is not handed on."""
    own: tuple[Quantity, ...] = readout.having("param")
    groups = grouped(readout)
    formula = readout_formula(readout)
    return {
        "parameters": [_entry(q.symbol.name, q.shape or (), groups.get(q.symbol), numbers) for q in own],
        "matrices": sum(kind(q.shape or ()) == "matrix" for q in own),
        "formula": str(formula),
        "total": number(formula, numbers),
    }


def readout_formula(readout: Graph) -> sp.Expr:
    """How many parameters the readout has."""
    return sp.factor(sp.Add(*[numel(q.shape or ()) for q in readout.having("param")]))


def _notes(cell: Cell, kinds: list[str], why: Message | None) -> Iterable[Message]:
    if why is not None:
        yield message("why: {reason}", reason=why)
        return
    yield message(
        "weight matrices: {matrices}, vectors: {vectors}, scalars: {scalars}",
        matrices=kinds.count("matrix"),
        vectors=kinds.count("vector"),
        scalars=kinds.count("scalar"),
    )
    if cell.readout is not None and cell.readout.having("param"):
        names = ", ".join(q.symbol.name for q in cell.readout.having("param"))
        formula = readout_formula(cell.readout)
        yield message("not counted: the readout ({names}), {formula}", names=names, formula=formula)


def _side_by_side(tables: Sequence[Parameters]) -> Table:
    first = tables[0].total
    return Table(
        title=message("parameters side by side"),
        columns=("cell", "counted as", "matrices", "vectors", "formula", "number", "ratio", "why"),
        rows=tuple(
            (
                t.cell,
                t.implementation or message("the paper"),
                t.matrices,
                t.vectors,
                t.formula,
                t.total,
                f"{t.total / first:.4g}" if first and t.total else None,
                t.reason or "",
            )
            for t in tables
        ),
    )
