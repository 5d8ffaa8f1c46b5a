"""The structure of a cell as a report: one property a line, and the JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import inf
from typing import Any

import sympy as sp

from cellgraph.derive.structures.invariants import Invariant
from cellgraph.derive.structures.roles import roles
from cellgraph.derive.structures.structure import Structure
from cellgraph.derive.structures.witness import witness
from cellgraph.graph.notation import source
from cellgraph.messages import Message, listed, message
from cellgraph.ops import Interval
from cellgraph.ops.interval import plain
from cellgraph.report import Report
from cellgraph.table import Table

SCAN = {
    "L0": "sequential: the Jacobian is a full matrix and depends on the state",
    "L1": "sequential, but each coordinate by itself: the Jacobian is diagonal and depends on the state",
    "L2": "parallel scan: the Jacobian is diagonal and free of the state, so combining two steps costs O(n)",
    "L3": "parallel scan: the Jacobian is free of the state but a full matrix, so combining two steps costs O(n³)",
}


def structure_report(found: Structure) -> Report:
    """Gates, carries, couplings, scan class, invariants and what is handed on, one line each."""
    rows = tuple((message(name), value) for name, value in _rows(found))
    return Report(
        message("structure of {cell}", cell=found.cell.name),
        (Table(message(""), ("property", "value"), rows),),
        document(found),
    )


def document(found: Structure) -> dict[str, Any]:
    """The JSON of one cell."""
    return {
        "cell": found.cell.name,
        "states": [
            {
                "name": s.after.name,
                "size": str(s.size),
                "handed_on": s in found.handed_on,
                "role": roles(found.cell)[s.before],
            }
            for s in found.states
        ],
        "state_reals": str(found.reals),
        "gates": [source(gate.expr) for gate in found.gates],
        "gate_facts": [
            {"gate": source(gate.expr), "interval": _ends(gate.interval), "on": gate.on} for gate in found.gates
        ],
        "roles": {
            quantity.name: role for quantity, role in roles(found.cell).items() if isinstance(quantity, sp.Symbol)
        },
        "carries": [{"state": c.state.name, "coefficient": source(c.coefficient)} for c in found.carries],
        "coupled": [[source(e) for e in c.coefficients] for c in found.coupled],
        "scan": found.scan,
        "linear_given_gates": [s.after.name for s in found.linear_given_gates],
        "invariants": [_invariant(i) for i in found.invariants],
    }


INVARIANTS = {
    ("always", True, False): "{state} lies in [{low}, {high}] after every step, wherever it started",
    ("kept", True, False): "{state} stays in [{low}, {high}] if it starts there: each step takes a weighted mean",
    ("inside", True, False): "{state} stays in [{low}, {high}] if every state starts within its own bounds",
    ("positive", True, False): "{state} never becomes negative if every state starts within its own bounds",
    ("negative", True, False): "{state} never becomes positive if every state starts within its own bounds",
    ("start", True, False): "{state} lies in [{low}, {high}] at every step from the start that the spec gives",
    ("kept", False, False): (
        "{state} never leaves the range of its start and its candidates: each step takes a weighted mean"
    ),
    ("growth", False, True): "|{state}_T| ≤ |{state}_0| + {rate}·T: it can grow, by at most {rate} a step",
    ("growth", False, False): "|{state}_T| ≤ |{state}_0|: it never grows",
}
"""By kind of invariant, and whether an interval and a rate are known."""


def invariant_sentence(
    found: Invariant, templates: Mapping[tuple[str, bool, bool], str] = INVARIANTS, **values: Any
) -> Message:
    """An invariant as a sentence, by one of the templates; `values` are what they need beside the bounds."""
    low, high = found.interval or (None, None)
    bounds = {"low": low, "high": high, "rate": found.rate}
    values |= {name: _bound(bound) for name, bound in bounds.items() if bound is not None and abs(bound) != inf}
    kind = "positive" if high == inf else "negative" if low == -inf else found.kind
    return message(templates[kind, found.interval is not None, bool(found.rate)], state=found.state, **values)


def carry_terms(found: Structure) -> list[Message]:
    """Every carried state with the term that carries it on: c ← f ⊙ c[t−1]."""
    return [
        message("{state} ← {term}", state=c.state, term=found.step.scaled(c.scalar, found.state(c.state).before))
        for c in found.carries
    ]


def _rows(found: Structure) -> Iterator[tuple[str, Any]]:
    handed = listed([s.after for s in found.handed_on])
    yield "handed on", message("{states} ({count} numbers)", states=handed, count=found.reals)
    yield "gates", listed([gate.expr for gate in found.gates])
    nothing = message("none: in no update is the old state itself a term, whole or scaled entry by entry")
    yield "additive carry", _or(carry_terms(found), nothing)
    sums = [
        message("{weights} add up to 1 in {state}", weights=listed(c.coefficients), state=c.state)
        for c in found.coupled
    ]
    yield "coupled", _or(sums, message("none found: nowhere do what is kept and what is written add up to 1"))
    yield "scan class", message("{level}: {meaning}", level=found.scan, meaning=message(_meaning(found)))
    for state in found.linear_given_gates:
        yield (
            "",
            message(
                "{state} is linear in {before} given its gates; no scan, because the gates depend on the state",
                state=state.after,
                before=state.before,
            ),
        )
    yield "backward pass", message("an affine scan for every cell: the states are known by then")
    for place, invariant in enumerate(found.invariants):
        yield "" if place else "invariants", invariant_sentence(invariant)
    if not found.invariants:
        yield "invariants", message("none found: the ranges of the equations set the states no limit")


def _meaning(found: Structure) -> str:
    """What the scan class says; of what keeps steps from running side by side, only what is seen to happen."""
    ends, starts = [s.after for s in found.fed_back], [s.before for s in found.fed_back]
    if not found.fed_back or found.scan in ("L2", "L3"):
        return SCAN[found.scan]
    mixed, varied = witness(found.cell).spread(ends, starts)
    return SCAN[found.scan] if (mixed, varied) == (found.scan == "L0", True) else UNSEEN


UNSEEN = "sequential: no parallel scan is known, though nothing was seen that rules it out"


def _or(values: Sequence[Any], none: Message) -> Message:
    return listed(values) if values else none


def _invariant(found: Invariant) -> dict[str, Any]:
    interval = None if found.interval is None else [plain(found.interval.low), plain(found.interval.high)]
    rate = None if found.rate is None else plain(found.rate)
    return {"state": found.state.name, "kind": found.kind, "interval": interval, "rate": rate}


def _ends(interval: Interval) -> list[int | float | None]:
    """The ends of an interval, exact where they are whole; None where there is none."""
    return [None if end in (-inf, inf) else plain(end) for end in interval]


def _bound(bound: Any) -> sp.Expr | int:
    """A bound as it is printed: whole numbers and ratios exactly."""
    if isinstance(bound, Fraction):
        return sp.Rational(bound.numerator, bound.denominator)
    return int(bound) if bound == int(bound) else sp.Float(bound, 4)
