"""What the runs of a story measure, and sentences that the measured numbers choose."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import floor, log10
from types import MappingProxyType

import numpy as np

from cellgraph.chart import Chart
from cellgraph.derive.flows.flow import completed, flow
from cellgraph.derive.flows.flow_report import chart
from cellgraph.derive.flows.initialise import Initialisation
from cellgraph.derive.flows.trajectory import measured
from cellgraph.derive.structures.roles import roles
from cellgraph.derive.structures.structure import structure
from cellgraph.messages import Message, listed, message
from cellgraph.spec import load

LONG, RUNS = 60, 3
"""Steps and runs."""
LITTLE = 1e-6
"""What is next to nothing of a gradient."""
PARTS = {"gate": "gates", "candidate": "candidate"}
"""What a way back may lead through beside the carry, by the part of a quantity, and what it is called."""


@cache
def measured_chart(names: tuple[str, ...], bias: int) -> Chart:
    """The norms of the product of Jacobians against t, with this bias of the gate on the carry."""
    cells = [load(name) for name in names]
    return chart(flow(cells, [{} for _ in cells], [_start(bias)], LONG, RUNS))


@cache
def left(name: str, bias: int, held: str = "") -> float:
    """How much of a gradient reaches the first step, the mean of the runs, with what plays a part held fixed."""
    cell, facts = load(name), structure(load(name))
    fixed = {symbol for symbol, part in roles(cell).items() if part == held and symbol in cell.step.definitions}
    needed = {str(s) for s in cell.step.sizes}
    sizes = {dim: value for dim, value in completed(cell, {}).items() if dim in needed}
    runs = [measured(facts, sizes, _start(bias), LONG, seed, held=fixed) for seed in range(RUNS)]
    return float(np.mean([10 ** run.log10_norm[0] for run in runs]))


@cache
def carried(name: str, bias: int) -> float:
    """The largest entry of the carry through all steps, the mean of the runs."""
    [found] = flow([load(name)], [{}], [_start(bias)], LONG, RUNS)
    assert found.carry is not None, f"{name} carries nothing"
    return float(10 ** found.carry[0])


def _start(bias: int) -> Initialisation:
    return Initialisation("torch", 1.0, float(bias))


def orders(more: float, less: float) -> int:
    """How many whole orders of magnitude lie between two numbers."""
    return floor(log10(more / less))


def forgetting(bias: int, found: Mapping[str, float]) -> Message:
    """How much of a gradient reaches the first step in each cell: in all next to nothing, in some, or in none."""
    lost = [name for name, value in found.items() if value < LITTLE]
    kept = [name for name in found if name not in lost]
    return message(
        FORGETTING[bool(lost), bool(kept)],
        bias=bias,
        lost=listed(lost),
        kept=listed(kept),
        numbers=listed(message("{value} ({name})", value=f"{value:.2g}", name=name) for name, value in found.items()),
    )


FORGETTING: Mapping[tuple[bool, bool], str] = MappingProxyType(
    {
        (True, False): (
            "With a gate bias of {bias} next to nothing of a gradient reaches the first step: {numbers}. Having gates "
            "is not enough."
        ),
        (True, True): (
            "With a gate bias of {bias} next to nothing reaches it in {lost}, but something does in {kept}: {numbers}."
        ),
        (False, True): "With a gate bias of {bias} something reaches it in all of them: {numbers}.",
    }
)
"""By whether a gradient is lost in some of the cells, and left in some."""


def through(name: str, bias: int, whole: float, carry: float, without: Mapping[str, float]) -> Message:
    """Through what a gradient comes that the carry does not bring; `without` a part held fixed so much is left."""
    decisive = [part for part, rest in without.items() if rest < whole / 2]
    part, other = (decisive + [p for p in without if p not in decisive])[:2]
    ratio = whole / carry
    template = THROUGH["carry" if whole < 2 * carry else "one" if len(decisive) == 1 else "several"]
    return message(
        template,
        name=name,
        bias=bias,
        whole=f"{whole:.2g}",
        carry=f"{carry:.2g}",
        times=int(float(f"{ratio:.2g}")) if ratio > 10 else f"{ratio:.2g}",
        part=message(PARTS[part]),
        other=message(PARTS[other]),
        less=f"{without[part]:.2g}",
        rest=f"{without[other]:.2g}",
    )


THROUGH: Mapping[str, str] = MappingProxyType(
    {
        "carry": "In {name} with a gate bias of {bias} that is {whole}, and the carry alone leaves {carry} of it.",
        "one": (
            "In {name} with a gate bias of {bias} the carry alone leaves {carry}, yet {times} times as much comes "
            "back, {whole}. What is more comes through the {part}: with the {part} held fixed {less} is left, with "
            "the {other} held fixed {rest}."
        ),
        "several": (
            "In {name} with a gate bias of {bias} the carry alone leaves {carry}, yet {times} times as much comes "
            "back, {whole}. What is more comes by several ways: with the {part} held fixed {less} is left, with "
            "the {other} held fixed {rest}."
        ),
    }
)
"""By what brings more than half of a gradient: the carry itself, one of PARTS, or no single one."""


def opening(bias: int) -> float:
    """σ(bias), what a gate begins at."""
    return float(1 / (1 + np.exp(-bias)))
