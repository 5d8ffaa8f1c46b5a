"""Everything that an interactive page tells about a cell, as plain data with formulas and messages at its leaves.

The page only looks things up: which paths lead from one quantity to another, their products, how large a count is for
given sizes. All of it is derived here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.counts.cost import WORK, costs
from cellgraph.derive.counts.params import Parameters, every_count
from cellgraph.derive.differences.difference import difference
from cellgraph.derive.differences.difference_report import difference_report
from cellgraph.derive.flows.flow import FlowResult, completed, flow
from cellgraph.derive.flows.flow_report import rounded
from cellgraph.derive.flows.initialise import Initialisation
from cellgraph.derive.jacobians.jacobian import jacobian, path_roles
from cellgraph.derive.jacobians.local import local
from cellgraph.derive.jacobians.paths import Path, counted, paths
from cellgraph.derive.jacobians.through_time import power
from cellgraph.derive.prose.explain import explanation
from cellgraph.derive.structures.roles import roles
from cellgraph.derive.structures.structure import structure
from cellgraph.derive.structures.structure_report import structure_report
from cellgraph.graph import Cell
from cellgraph.messages import message
from cellgraph.ops import Add, Interval, Sub
from cellgraph.report import Line, Notated
from cellgraph.roles import ROLES

Data = Mapping[str, Any]

STEPS = 40
"""Steps of the runs whose gradients a page shows."""
STARTS = (Initialisation("torch"), Initialisation("keras"), Initialisation("chrono"))
SIZES = {"input": 16, "hidden": 32, "other": 4}
"""Sizes of the cells that run."""
SHOWN = 12
"""Paths between two quantities that are listed; above it they are only counted."""
LIMIT = 240
"""Paths of a whole cell that are listed."""


def page_data(cell: Cell, sizes: Mapping[str, int] = MappingProxyType({})) -> dict[str, Any]:
    """Quantities with equation, shape, range and local derivatives; paths between them; counts; flows; facts.

    What has no size of `sizes` gets one.
    """
    facts, growth = structure(cell), jacobian(cell).path_matrix
    needed = {str(size) for size in cell.step.sizes}
    return {
        "name": cell.name,
        "title": cell.title or {"en": cell.name},
        "reference": cell.reference,
        "note": cell.note,
        "dims": [
            {"name": n, "label": cell.dims[n], "value": v} for n, v in completed(cell, sizes).items() if n in needed
        ],
        "quantities": dict(_quantities(cell)),
        "pairs": dict(_pairs(cell)),
        "counts": list(_counts(cell)),
        "work": list(_work(cell)),
        "terms": [str(sum(map(sum, power(growth, steps)))) for steps in range(1, STEPS + 1)],
        "carries": [
            {"formula": Notated({}, c, cell.step), "sum": isinstance(c, (Add, Sub))}
            for c in dict.fromkeys(carry.coefficient for carry in facts.carries)
        ],
        "flows": list(_flows(cell, sizes)) if facts.handed_on else [],
        "prose": list(explanation(cell).data["paragraphs"]),
        "facts": [[name, value] for name, value in structure_report(facts).blocks[0].rows],  # type: ignore[union-attr]
    }


def differences(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """For each cell but the first, what turns the one before it into it, and which names correspond."""
    found = []
    for a, b in pairwise(cells):
        between = difference(a, b)
        names = {str(ours): str(theirs) for ours, theirs in between.names.items()}
        blocks = list(difference_report(between).blocks)
        found.append({"first": a.name, "second": b.name, "blocks": blocks, "names": names})
    return found


def _quantities(cell: Cell) -> Iterator[tuple[str, Data]]:
    """Everything but parameters and constants, with its equation and the weights that stand in it."""
    step, parts, intervals = cell.step, roles(cell), structure(cell).intervals
    for symbol, quantity in step.quantities.items():
        if quantity.fixed:
            continue
        rhs = step.definitions.get(symbol)
        written = cell.written.definitions.get(symbol)
        # A function keeps its name, and is written out on demand.
        inside = {} if written == rhs else {"inside": Notated({}, Line(symbol, rhs), step)}
        uses = [step.quantities[used] for used in step.uses.get(symbol, ())]
        yield (
            symbol.name,
            {
                "name": Notated({}, symbol, step),
                "label": cell.labels.get(quantity.name, {}),
                "part": message(ROLES[parts[symbol]].name),
                "meaning": message(ROLES[parts[symbol]].definition),
                "equation": None if written is None else Notated({}, Line(symbol, written), cell.written),
                **inside,
                "shape": [str(size) for size in quantity.shape or ()],
                "range": None if rhs is None else _range(intervals[symbol]),
                "weights": [
                    {"name": Notated({}, weight.symbol, step), "shape": [str(size) for size in weight.shape or ()]}
                    for weight in uses
                    if weight.fixed
                ],
                "derivatives": [
                    {"by": used.symbol.name, "formula": [Notated({}, path.product, step) for path in direct]}
                    for used in uses
                    if not used.fixed and (direct := _direct(cell, symbol, used.symbol))
                ],
            },
        )


def _direct(cell: Cell, of: sp.Symbol, wrt: sp.Symbol) -> list[Path]:
    """The paths of the derivative by a quantity that the equation itself names, the others held fixed."""
    found = paths(local(cell.step), of, wrt, path_roles(cell), SHOWN) or ()
    return [path for path in found if (wrt, of) in path.chains]


def _range(interval: Interval) -> str | None:
    if not interval.bounded and interval.low == -interval.high:
        return None
    low, high = (("−∞" if e < 0 else "∞") if abs(e) == float("inf") else f"{float(e):.4g}" for e in interval)
    return f"{low} … {high}".replace("-", "−")


def _pairs(cell: Cell) -> Iterator[tuple[str, Any]]:
    """The paths from every quantity to every other, under "later|earlier"; of too many, only their number as text.

    At most SHOWN paths are listed for a pair, and no more pairs are listed once LIMIT paths are.
    """
    links, played = local(cell.step), path_roles(cell)
    moving = [symbol for symbol, quantity in cell.step.quantities.items() if not quantity.fixed]
    listed = 0
    for wrt in moving:
        counts = counted(links, wrt)
        for of in moving:
            if of == wrt or not counts.get(of):
                continue
            found = paths(links, of, wrt, played, SHOWN) if listed < LIMIT else None
            listed += len(found or ())
            yield f"{of}|{wrt}", str(counts[of]) if found is None else [_path(path, cell) for path in found]


def _path(path: Path, cell: Cell) -> list[Any]:
    """What kind of path it is, its product, and each chain of names, with spaces between."""
    chains = [" ".join(s.name for s in chain) for chain in path.chains]
    return [path.kind, Notated({}, path.product, cell.step), *chains]


def _counts(cell: Cell) -> Iterator[Data]:
    """The number of parameters in the equations, and as each library stores them."""
    seen: dict[Any, Parameters] = {}
    for found in every_count(cell):
        seen.setdefault((str(found.implementation).split(".")[0], found.formula), found)
    for found in seen.values():
        named = found.implementation or message("the equations as they stand")
        yield {"as": named, "count": polynomial(found.formula), "why": found.reason or ""}


def _work(cell: Cell) -> Iterator[Data]:
    found = costs(cell)
    for name, formula in WORK.items():
        yield {"as": message(name), "count": polynomial(sp.factor(formula(found)))}


def polynomial(formula: sp.Expr) -> Data:
    """A count as its formula and, where it is a polynomial with whole coefficients, as its terms.

    A term is [coefficient as text, {dim: power}], so that exact integers of any size can be computed from it.
    """
    symbols = sorted(formula.free_symbols, key=str)
    terms = None
    if not symbols:
        terms = [[str(formula), {}]] if formula.is_Integer else None
    elif formula.is_polynomial(*symbols):
        listed = sp.Poly(formula, *symbols).terms()
        if all(coefficient.is_Integer for _, coefficient in listed):
            terms = [
                [str(c), {str(s): int(p) for s, p in zip(symbols, powers, strict=True) if p}] for powers, c in listed
            ]
    return {"formula": Notated({}, formula), "terms": terms}


def _flows(cell: Cell, sizes: Mapping[str, int]) -> Iterator[Data]:
    for result in flow([cell], [completed(cell, sizes, SIZES, 128)], STARTS, STEPS, 3):
        yield _flow(result)


def _flow(result: FlowResult) -> Data:
    """log₁₀ of norm and carry term by steps back, as far as they are known, and the gates' mean openness.

    `overflow` is the step at which a state overflows, `lost` that whose derivative does; null where there is none.
    """
    return {
        "init": result.start.init,
        "sizes": dict(result.sizes),
        "norm": rounded(result.log10_norm[result.first :][::-1], 3),
        "carry": None if result.carry is None else rounded(result.carry[result.first :][::-1], 3),
        "overflow": result.last + 1 if result.last < result.steps else None,
        "lost": result.first or None,
        "gates": [
            {"name": Notated({}, gate.expr, result.cell.step), "open": round(float(values.mean()), 3)}
            for gate, values in zip(result.facts.unit_gates, result.gates, strict=True)
            if values.size and np.isfinite(values).all()
        ],
    }
