"""The cost of a cell as a report: operations by equation, totals with their units, a sequence, other counters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sympy as sp

from cellgraph.derive.counts.cost import Costs, costs
from cellgraph.derive.counts.counters import COUNTERS, printed
from cellgraph.derive.counts.memory import bptt
from cellgraph.derive.counts.sizes import ONE, Sizes, Stack, checked_sizes, number, open_sizes
from cellgraph.graph import Cell
from cellgraph.graph.notation import source
from cellgraph.messages import Message, listed, message
from cellgraph.ops import Cost
from cellgraph.report import Report
from cellgraph.table import Table

AMOUNTS: tuple[tuple[str, str, str, Callable[[Costs], sp.Expr]], ...] = (
    ("sequential_flop", "of the FLOP, sequential", "FLOP", lambda found: found.sequential.arithmetic),
    ("hoisted_flop", "of the FLOP, hoisted out of the loop", "FLOP", lambda found: found.hoisted.arithmetic),
    ("backward_mac", "backward, all gradients", "MAC", lambda found: sp.factor(found.backward)),
    ("weights_read", "weights read", "numbers", lambda found: sp.factor(found.weights)),
    ("state", "state handed on", "numbers", lambda found: found.state),
    ("saved_per_step", "activations kept, the rest rebuilt", "numbers", lambda found: found.saved.numbers),
    ("saved_per_step_eager", "activations kept by eager autograd", "numbers", lambda found: found.eager.numbers),
)
"""What a table of costs holds besides the operations: key in the JSON, what it is called, its unit, and its formula."""


@dataclass(frozen=True, kw_only=True, repr=False)
class CostTable(Table):
    """The totals of one step; `costs` holds them as formulas, `mac` and `flop` as numbers where every size is given."""

    costs: Costs
    mac: int | None
    flop: int | None


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
    numbers, stack = checked_sizes(cell, sizes), Stack(layers, bidirectional)
    found = costs(cell, stack)
    intensity = found.intensity(batch, width).xreplace(dict(numbers))
    known = float(intensity) if intensity.is_number else None
    measured = message("arithmetic intensity, batch {batch}, {width} bytes a number", batch=batch, width=width)
    return CostTable(
        title=message("one step of {cell}, one sample", cell=cell.name)
        if stack == ONE
        else message("one step of {cell}, {stack}, one sample", cell=cell.name, stack=stack.name),
        columns=("quantity", "formula", "number", "unit"),
        rows=(
            *((name, formula, number(formula, numbers), message(unit)) for name, formula, unit in _totals(found)),
            (measured, "", known, message("FLOP/byte")),
        ),
        notes=(
            message("kept for the backward pass: {values}", values=listed(found.saved.kept)),
            message("a dot product of k numbers is k MAC and 2k − 1 FLOP; activations are calls, and no FLOP"),
            *(() if stack == ONE
              else (message("each cell of the stack is counted by itself, with all that it reads"),)),
            *(open_sizes(cell, [formula for _, formula, _ in _totals(found)], numbers) if numbers else ()),
        ),
        data=_document(found, numbers, known) | asdict(stack),
        costs=found,
        mac=number(found.total.mac, numbers),
        flop=number(found.total.flop, numbers),
    )  # fmt: skip


def cost_report(cell: Cell, run: Run = Run(), like: tuple[str, ...] = (), stack: Stack = ONE, **sizes: int) -> Report:
    """The cost table, after the operations of every equation, with a sequence and other counters where asked for.

    Raises KeyError for a counter that has no rule for the cell, ValueError for a wrong size or number of steps, or
    where other counters are asked about a stack.
    """
    if like and stack != ONE:
        raise ValueError("what other counters print is known for one layer in one direction only; leave out --like")
    for name, value in asdict(run).items():
        if value is not None and value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {value}")
    numbers = checked_sizes(cell, sizes)
    table = cost(cell, run.batch, run.width, stack.layers, stack.bidirectional, **sizes)
    blocks: list[Message | Table] = [_by_equation(table.costs), table]
    data: dict[str, Any] = dict(table.data)
    if run.steps is not None:
        amounts = [
            (key, name, number(formula, numbers), unit) for key, name, formula, unit in _sequence(table.costs, run)
        ]
        blocks.append(_sequence_table(amounts, run))
        data["sequence"] = {"steps": run.steps, "batch": run.batch, "bytes_per_number": run.width} | {
            key: amount for key, _, amount, _ in amounts
        }
    if like:
        others = [(name, COUNTERS[name], printed(cell, name)) for name in like]
        blocks.append(
            Table(
                message("what other counters print for one step of the same layer in PyTorch"),
                ("counter", "formula", "number", "its unit", "what it counts"),
                tuple((name, count, number(count, numbers), own.unit, own.remark) for name, own, count in others),
            )
        )
        data["like"] = {name: {**_formula(count, numbers), "unit": own.unit} for name, own, count in others}
    return Report(message("cost of {cell}", cell=cell.name), tuple(blocks), data)


def _totals(found: Costs) -> Iterator[tuple[Message, sp.Expr, str]]:
    """What is counted, its formula and its unit."""
    work = found.total
    yield message("multiply-accumulates"), sp.factor(work.mac), "MAC"
    yield message("floating-point operations"), work.arithmetic, "FLOP"
    for name, count in work.transcendental.items():
        yield message("calls of {function}", function=name), count, "calls"
    for _, name, unit, formula in AMOUNTS:
        yield message(name), formula(found), unit


def _by_equation(found: Costs) -> Table:
    def row(name: Any, work: Cost) -> tuple[Any, ...]:
        calls = [message("{count} {function}", count=n, function=name) for name, n in work.transcendental.items()]
        return name, sp.factor(work.mac), work.arithmetic, listed(calls) if calls else ""

    return Table(
        message("operations by equation"),
        ("equation", "MAC", "FLOP", "transcendental"),
        tuple(row(lhs, work) for lhs, work in found.equations),
        footer=(row(message("total"), found.total),),
    )


def _sequence(found: Costs, run: Run) -> Iterator[tuple[str, str, sp.Expr, str]]:
    """What a whole sequence takes: key in the JSON, what it is called, its formula, and the unit."""
    assert run.steps is not None
    times = run.steps * run.batch
    yield "mac", "multiply-accumulates, forward", found.total.mac * times, "MAC"
    yield "flop", "floating-point operations, forward", found.total.flop * times, "FLOP"
    yield "backward_mac", "multiply-accumulates, backward", found.backward * times, "MAC"
    yield "weights_bytes", "weights", found.weights * run.width, "bytes"
    for key, amount in bptt(found.saved.numbers, found.state, run.steps, run.batch, run.width, run.truncate).items():
        yield f"bptt_{key}_bytes", BPTT[key], amount, "bytes"


BPTT = {
    "all": "activations for BPTT",
    "truncated": "activations for truncated BPTT",
    "checkpoints": "activations for BPTT with a checkpoint every √T steps",
}


def _sequence_table(amounts: Sequence[tuple[str, str, int | None, str]], run: Run) -> Table:
    def also(amount: int | None, unit: str) -> str:
        if unit != "bytes" or amount is None:
            return ""
        return f"{amount / 1024**2:.4g} MiB = {amount / 1e6:.4g} MB"

    title = message(
        "a sequence of {steps} steps, batch {batch}, {width} bytes a number",
        steps=run.steps,
        batch=run.batch,
        width=run.width,
    )
    notes = [message("MiB is 1024² bytes, MB is 10⁶")]
    if run.truncate is not None:
        notes.append(message("BPTT is cut off after {steps} steps", steps=run.truncate))
    rows = tuple((message(name), amount, message(unit), also(amount, unit)) for _, name, amount, unit in amounts)
    return Table(title, ("quantity", "number", "unit", ""), rows, tuple(notes))


def _document(found: Costs, numbers: Sizes, intensity: float | None) -> dict[str, Any]:
    """The JSON of one cell."""
    return {
        "cell": found.cell.name,
        "sizes": {str(s): int(v) for s, v in numbers.items()},
        **_operations(found.total, numbers),
        "transcendental_calls": _formula(found.total.calls, numbers),
        **{key: _formula(formula(found), numbers) for key, _, _, formula in AMOUNTS},
        "saved": [source(value) for value in found.saved.kept],
        "arithmetic_intensity": intensity,
        "equations": [{"of": lhs.name, **_operations(work, numbers)} for lhs, work in found.equations],
    }


def _operations(work: Cost, numbers: Sizes) -> dict[str, Any]:
    return {
        "mac": _formula(sp.factor(work.mac), numbers),
        "flop": _formula(work.arithmetic, numbers),
        "transcendental": {name: str(count) for name, count in work.transcendental.items()},
    }


def _formula(formula: sp.Expr, numbers: Sizes) -> dict[str, Any]:
    return {"formula": str(formula), "total": number(formula, numbers)}
