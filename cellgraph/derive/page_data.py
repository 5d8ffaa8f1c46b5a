"""Everything that an interactive page tells about a cell, as plain data with formulas and messages at its leaves.

The page only looks things up: which paths lead from one quantity to another, their products, how large a count is for
given sizes. All of it is derived here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.derive.counts.cost import costs
from cellgraph.derive.counts.params import every_count, params
from cellgraph.derive.differences.difference import difference
from cellgraph.derive.differences.difference_report import difference_report
from cellgraph.derive.flows.flow import FlowResult, flow
from cellgraph.derive.flows.flow_sizes import completed
from cellgraph.derive.flows.initialise import Initialisation
from cellgraph.derive.jacobians.jacobian import jacobian, roles_in
from cellgraph.derive.jacobians.local import Local, local
from cellgraph.derive.jacobians.paths import Roles, counted, paths
from cellgraph.derive.jacobians.through_time import power
from cellgraph.derive.prose.explain import explanation
from cellgraph.derive.structures.ranges import range_of, ranges
from cellgraph.derive.structures.roles import roles
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.derive.structures.structure_report import structure_report
from cellgraph.graph import Cell
from cellgraph.ops import Add, Interval, Sub
from cellgraph.report import Line, Notated
from cellgraph.words import message

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


def page_data(cell: Cell) -> dict[str, Any]:
    """Quantities with equation, shape, range and local derivatives; paths between them; counts; flows; facts."""
    facts, links = structure(cell), local(cell.step)
    found = jacobian(cell)
    return {
        "name": cell.name,
        "title": cell.title or {"en": cell.name},
        "reference": cell.reference,
        "dims": [{"name": n, "label": said, "value": v} for n, said, v in _dims(cell)],
        "quantities": dict(_quantities(facts, links)),
        "pairs": dict(_pairs(cell, links, roles_in(facts, links))),
        "counts": list(_counts(cell)),
        "work": list(_work(cell)),
        "terms": [str(sum(map(sum, power(found.path_matrix, steps)))) for steps in range(1, STEPS + 1)],
        "carries": [
            {"formula": Notated({}, c, cell.step), "sum": isinstance(c, (Add, Sub))}
            for c in dict.fromkeys(carry.coefficient for carry in facts.carries)
        ],
        "flows": [_flow(result) for result in flow([cell], [completed(cell, {}, SIZES, 128)], STARTS, STEPS, 3)],
        "prose": list(explanation(cell).blocks),
        "facts": [[name, value] for name, value in structure_report(cell).blocks[0].rows],  # type: ignore[union-attr]
    }


def differences(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """For each cell but the first, what turns the one before it into it, and which names correspond."""
    told = []
    for a, b in pairwise(cells):
        found = difference(a, b)
        blocks = difference_report(a, b, found=found).blocks
        names = {str(ours): str(theirs) for ours, theirs in found.names.items()}
        told.append({"first": a.name, "second": b.name, "blocks": list(blocks), "names": names})
    return told


def _dims(cell: Cell) -> Iterator[tuple[str, str, int]]:
    needed = {str(s) for s in cell.step.sizes}
    for name, value in completed(cell, {}).items():
        if name in needed:
            yield name, cell.dims[name], value


def _quantities(facts: Structure, links: Local) -> Iterator[tuple[str, Data]]:
    cell, step = facts.cell, facts.cell.step
    played = roles(cell)
    known = ranges(step)
    roles_ = roles_in(facts, links)
    for symbol, quantity in step.quantities.items():
        if quantity.role in ("param", "const"):
            continue
        rhs = step.definitions.get(symbol)
        uses = next((e.uses for e in step.equations if e.lhs == symbol), ())
        uses = tuple(u for u in uses if u in step.quantities)
        weights = [u for u in uses if step.quantities[u].role in ("param", "const")]
        yield (
            symbol.name,
            {
                "name": Notated({}, symbol, step),
                "label": cell.labels.get(symbol.name.partition("[")[0], {}),
                "part": message(played.get(symbol, "derived")),
                "equation": None if rhs is None else Notated({}, Line(symbol, rhs), step),
                "shape": [str(size) for size in quantity.shape or ()],
                "range": None if rhs is None else _range(range_of(rhs, known)),
                "weights": [
                    {"name": Notated({}, w, step), "shape": [str(s) for s in step.quantities[w].shape or ()]}
                    for w in weights
                ],
                "derivatives": list(_derivatives(symbol, uses, links, roles_)),
            },
        )


def _derivatives(symbol: sp.Symbol, uses: Sequence[sp.Symbol], links: Local, played: Roles) -> Iterator[Data]:
    """The derivative by each quantity that the equation itself names, the others held fixed."""
    for used in uses:
        if links.graph.quantities[used].role in ("param", "const"):
            continue
        direct = [p for p in paths(links, symbol, used, played, SHOWN) or () if (used, symbol) in p.chains]
        if direct:
            yield {"by": used.name, "formula": [Notated({}, path.product, links.graph) for path in direct]}


def _range(interval: Interval) -> str | None:
    if not interval.bounded and interval.low == -interval.high:
        return None
    low, high = (("−∞" if e < 0 else "∞") if abs(e) == float("inf") else f"{float(e):.4g}" for e in interval)
    return f"{low} … {high}".replace("-", "−")


def _pairs(cell: Cell, links: Local, played: Roles) -> Iterator[tuple[str, Any]]:
    """ "later|earlier" and the paths between them, those of the carry first; of too many only how many they are."""
    graph = cell.step
    moving = [s for s, q in graph.quantities.items() if q.role not in ("param", "const")]
    left = LIMIT
    for wrt in moving:
        counts = counted(links, wrt)
        for of in moving:
            if of == wrt or not counts.get(of):
                continue
            listed = paths(links, of, wrt, played, SHOWN) if left > 0 else None
            left -= len(listed or ())
            yield f"{of}|{wrt}", str(counts[of]) if listed is None else [_path(path, cell) for path in listed]


def _path(path: Any, cell: Cell) -> list[Any]:
    """What kind of path it is, its product, and each chain of names, with spaces between."""
    chains = [" ".join(s.name for s in chain) for chain in path.chains]
    return [path.kind, Notated({}, path.product, cell.step), *chains]


def _counts(cell: Cell) -> Iterator[Data]:
    """The number of parameters as the paper counts and as each library stores them."""
    yield {"as": message("the paper"), "count": polynomial(params(cell).formula), "why": ""}
    seen = set()
    for found in every_count(cell)[1:]:
        key = (str(found.implementation).split(".")[0], found.formula)
        if key not in seen:
            seen.add(key)
            yield {"as": found.implementation, "count": polynomial(found.formula), "why": found.reason or ""}


def _work(cell: Cell) -> Iterator[Data]:
    found = costs(cell)
    rows = (
        ("MAC a step", found.total.mac),
        ("FLOP a step", found.total.arithmetic),
        ("activation calls a step", found.total.calls),
        ("numbers handed on", found.state),
        ("numbers kept for BPTT a step", found.saved.numbers),
    )
    for name, formula in rows:
        yield {"as": message(name), "count": polynomial(sp.factor(formula))}


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


def _flow(result: FlowResult) -> Data:
    """log₁₀ of norm and carry term by steps back, and the gates' mean openness."""
    return {
        "init": result.start.init,
        "sizes": dict(result.sizes),
        "norm": rounded(result.log10_norm[::-1]),
        "carry": None if result.carry is None else rounded(result.carry[::-1]),
        "gates": [
            {"name": Notated({}, gate.expr, result.cell.step), "open": round(float(values.mean()), 3)}
            for gate, values in zip(result.facts.gates, result.gates, strict=True)
            if np.isfinite(values).all()
        ],
    }


def rounded(array: Any) -> list[float | None]:
    """The numbers of an array to three decimals; None for what is not finite."""
    # Adding zero takes the sign off a rounded −10⁻¹⁷, which other processors compute as +10⁻¹⁷.
    return [round(float(v), 3) + 0.0 if np.isfinite(v) else None for v in array]
