"""The cost of a cell as a report: operations by equation, totals with their units, a sequence, other counters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from cellgraph.derive.counts.cost import Costs, Work, costs
from cellgraph.derive.counts.counters import printed
from cellgraph.derive.counts.memory import bptt
from cellgraph.derive.counts.params import stack_of
from cellgraph.derive.counts.sizes import checked_sizes, number
from cellgraph.derive.structures.flat import source
from cellgraph.graph import Cell
from cellgraph.report import Report
from cellgraph.table import Table
from cellgraph.words import Message, listed, message

Sizes = Mapping[sp.Symbol, sp.Integer]


@dataclass(frozen=True)
class CostTable(Table):
    """The totals of one step; `costs` holds them as formulas, `mac` and `flop` as numbers where every size is given."""

    costs: Costs | None = None
    mac: int | None = None
    flop: int | None = None


@dataclass(frozen=True)
class Run:
    """A sequence to be computed: steps, samples at once, bytes a number, and where BPTT is cut off."""

    steps: int | None = None
    batch: int = 1
    width: int = 4
    truncate: int | None = None


def cost(
    cell: Cell, batch: int = 1, width: int = 4, layers: int = 1, bidirectional: bool = False, **sizes: int
) -> CostTable:
    """Operations, weights read, state, activations kept and arithmetic intensity of one step, each with its unit.

    `batch` samples at once; `width` bytes a number; `sizes` are numbers for the cell's dims; a stack of `layers`, each
    in both directions if `bidirectional`, is counted as `params` counts it. Unknown is None, never 0.

    Raises ValueError for a wrong size or a cell that cannot be stacked.

    >>> import cellgraph as cg
    >>> table = cg.cost(cg.load("gru"), m=3, n=5)
    >>> table.mac, table.flop
    (120, 265)
    """
    numbers = checked_sizes(cell, sizes)
    found = costs(cell, layers, bidirectional)
    rows: list[tuple[Any, ...]] = [
        (name, formula, number(formula, numbers), message(unit)) for name, formula, unit in _totals(found)
    ]
    intensity = found.intensity(batch, width).xreplace(dict(numbers))
    known, of_many = intensity.is_number, layers > 1 or bidirectional
    rows.append(
        (
            message("arithmetic intensity, batch {batch}, {width} bytes a number", batch=batch, width=width),
            "",
            float(intensity) if known else None,
            message("FLOP/byte"),
        )
    )
    return CostTable(
        title=_title(cell, layers, bidirectional),
        columns=("quantity", "formula", "number", "unit"),
        rows=tuple(rows),
        notes=(
            message("kept for the backward pass: {values}", values=listed(found.saved.kept)),
            message("a dot product of k numbers is k MAC and 2k − 1 FLOP; activations are calls, and no FLOP"),
            *([message("each cell of the stack is counted by itself, with all that it reads")] if of_many else []),
        ),
        data=_document(found, numbers, float(intensity) if known else None)
        | {"layers": layers, "bidirectional": bidirectional},
        costs=found,
        mac=number(found.total.mac, numbers),
        flop=number(found.total.flop, numbers),
    )


def cost_report(
    cell: Cell,
    run: Run = Run(),
    like: tuple[str, ...] = (),
    layers: int = 1,
    bidirectional: bool = False,
    **sizes: int,
) -> Report:
    """The cost table, after the operations of every equation, with a sequence and other counters where asked for.

    Raises KeyError for a counter that has no rule for the cell, ValueError for a wrong size or number of steps, or
    where other counters are asked about a stack.
    """
    if like and (layers > 1 or bidirectional):
        raise ValueError("what other counters print is known for one layer in one direction only; leave out --like")
    for name, value in (("steps", run.steps), ("batch", run.batch), ("width", run.width), ("truncate", run.truncate)):
        if value is not None and value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {value}")
    numbers = checked_sizes(cell, sizes)
    table = cost(cell, run.batch, run.width, layers, bidirectional, **sizes)
    assert table.costs is not None
    blocks: list[Message | Table] = [_by_equation(table.costs), table]
    data: dict[str, Any] = dict(table.data)
    if run.steps is not None:
        amounts = _sequence(table.costs, numbers, run)
        blocks.append(_sequence_table(amounts, run))
        data["sequence"] = {"steps": run.steps, "batch": run.batch, "bytes_per_number": run.width} | {
            key: amount for key, (_, amount, _) in amounts.items()
        }
    if like:
        others = [(printed(cell, name), name) for name in like]
        blocks.append(
            Table(
                message("what other counters print for one step of the same layer in PyTorch"),
                ("counter", "formula", "number", "its unit", "what it counts"),
                tuple((name, p.formula, number(p.formula, numbers), p.unit, p.remark) for p, name in others),
            )
        )
        data["like"] = {
            name: {"formula": str(p.formula), "total": number(p.formula, numbers), "unit": p.unit} for p, name in others
        }
    return Report(message("cost of {cell}", cell=cell.name), tuple(blocks), data)


def _title(cell: Cell, layers: int, bidirectional: bool) -> Message:
    if layers == 1 and not bidirectional:
        return message("one step of {cell}, one sample", cell=cell.name)
    stack = stack_of(layers, bidirectional)
    return message("one step of {cell}, {stack}, one sample", cell=cell.name, stack=stack)


def _totals(found: Costs) -> Iterator[tuple[Message, sp.Expr, str]]:
    """What is counted, its formula and its unit."""
    work = found.total
    yield message("multiply-accumulates"), sp.factor(work.mac), "MAC"
    yield message("floating-point operations"), work.arithmetic, "FLOP"
    for name, count in work.transcendental.items():
        yield message("calls of {function}", function=name), count, "calls"
    yield message("of the FLOP, sequential"), found.sequential.arithmetic, "FLOP"
    yield message("of the FLOP, hoisted out of the loop"), found.hoisted.arithmetic, "FLOP"
    yield message("backward, all gradients"), sp.factor(found.backward), "MAC"
    yield message("weights read"), sp.factor(found.weights), "numbers"
    yield message("state handed on"), found.state, "numbers"
    yield message("activations kept, the rest rebuilt"), found.saved.numbers, "numbers"
    yield message("activations kept by eager autograd"), found.eager.numbers, "numbers"


def _by_equation(found: Costs) -> Table:
    def row(name: Any, work: Work) -> tuple[Any, ...]:
        return name, sp.factor(work.mac), work.arithmetic, _calls(work)

    return Table(
        message("operations by equation"),
        ("equation", "MAC", "FLOP", "transcendental"),
        tuple(row(lhs, work) for lhs, work in found.equations),
        footer=(row(message("total"), found.total),),
    )


def _calls(work: Work) -> Message | str:
    calls = [message("{count} {function}", count=count, function=name) for name, count in work.transcendental.items()]
    return listed(calls) if calls else ""


def _sequence(found: Costs, numbers: Sizes, run: Run) -> dict[str, tuple[str, int | None, str]]:
    """Amounts for a whole sequence by key: what it is, how much, and the unit."""
    assert run.steps is not None
    times = run.steps * run.batch
    mac, flop = number(found.total.mac * times, numbers), number(found.total.flop * times, numbers)
    kept, state = number(found.saved.numbers, numbers), number(found.state, numbers)
    amounts: dict[str, tuple[str, int | None, str]] = {
        "mac": ("multiply-accumulates, forward", mac, "MAC"),
        "flop": ("floating-point operations, forward", flop, "FLOP"),
        "backward_mac": ("multiply-accumulates, backward", number(found.backward * times, numbers), "MAC"),
        "weights_bytes": ("weights", number(found.weights * run.width, numbers), "bytes"),
    }
    known = kept is not None and state is not None
    places = bptt(kept or 1, state or 1, run.steps, run.batch, run.width, run.truncate)
    for key, amount in places.items():
        amounts[f"bptt_{key}_bytes"] = (BPTT[key], amount if known else None, "bytes")
    return amounts


BPTT = {
    "all": "activations for BPTT",
    "truncated": "activations for truncated BPTT",
    "checkpoints": "activations for BPTT with a checkpoint every √T steps",
}


def _sequence_table(amounts: Mapping[str, tuple[str, int | None, str]], run: Run) -> Table:
    rows = tuple(
        (
            message(name),
            amount,
            message(unit),
            f"{amount / 1024**2:.4g} MiB = {amount / 1e6:.4g} MB" if unit == "bytes" and amount is not None else "",
        )
        for name, amount, unit in amounts.values()
    )
    title = message(
        "a sequence of {steps} steps, batch {batch}, {width} bytes a number",
        steps=run.steps,
        batch=run.batch,
        width=run.width,
    )
    notes = [message("MiB is 1024² bytes, MB is 10⁶")]
    if run.truncate is not None:
        notes.append(message("BPTT is cut off after {steps} steps", steps=run.truncate))
    return Table(title, ("quantity", "number", "unit", ""), rows, tuple(notes))


def _document(found: Costs, numbers: Sizes, intensity: float | None) -> dict[str, Any]:
    """The JSON of one cell."""

    def entry(formula: sp.Expr) -> dict[str, Any]:
        return {"formula": str(formula), "total": number(formula, numbers)}

    return {
        "cell": found.cell.name,
        "sizes": {str(s): int(v) for s, v in numbers.items()},
        "mac": entry(sp.factor(found.total.mac)),
        "flop": entry(found.total.arithmetic),
        "transcendental": {name: str(count) for name, count in found.total.transcendental.items()},
        "transcendental_calls": entry(found.total.calls),
        "sequential_flop": entry(found.sequential.arithmetic),
        "hoisted_flop": entry(found.hoisted.arithmetic),
        "backward_mac": entry(sp.factor(found.backward)),
        "weights_read": entry(sp.factor(found.weights)),
        "state": entry(found.state),
        "saved_per_step": entry(found.saved.numbers),
        "saved_per_step_eager": entry(found.eager.numbers),
        "saved": [source(value) for value in found.saved.kept],
        "arithmetic_intensity": intensity,
        "equations": [
            {
                "of": lhs.name,
                "mac": entry(sp.factor(work.mac)),
                "flop": entry(work.arithmetic),
                "transcendental": {name: str(count) for name, count in work.transcendental.items()},
            }
            for lhs, work in found.equations
        ],
    }
