"""A spec that somebody wrote held against code: the cell that the code computes is the same, or differs in this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy
import sympy as sp

from cellgraph.derive.differences.correspondence import Correspondence, correspondence
from cellgraph.derive.differences.difference import diff
from cellgraph.derive.differences.difference_report import differing
from cellgraph.derive.gradients.evaluate import step, vjp
from cellgraph.frameworks.comparison import relative_error
from cellgraph.frameworks.importing.imported import Imported
from cellgraph.frameworks.verify import FAILED, PASSED, Verification
from cellgraph.graph import Cell, size
from cellgraph.messages import listed, message

SAMPLES = 3
"""How many samples the two cells are run on."""


def held_against(cell: Cell, found: Imported) -> Verification:
    """A cell beside the code that an import was made from.

    It passes where it is proved to be the imported cell under other names, and that agrees with the code. The errors
    are the larger ones of both: of the code beside the imported cell, and of this beside the cell, on the same numbers.
    """
    own = found.agreement
    same = correspondence(cell, found.cell)
    if same is None or own is None:
        edits = [*differing(diff(cell, found.cell))]
        told = message("the code differs: {edits}", edits=listed(edits))
        unlike = message("the code computes something else; no short list of edits leads to it")
        return Verification(cell.name, found.source, "", FAILED, None, None, None, told if edits else unlike)
    forward, back = _errors(cell, found.cell, same, own.at)
    forward, gradient = max(forward, own.forward), None if own.gradient is None else max(back, own.gradient)
    counted = {size(dim): number for dim, number in own.at.items()}
    count = sum(int(sp.prod(q.shape or ()).subs(counted)) for q in found.cell.step.having("param"))
    status = PASSED if own.passed else FAILED
    note = message("proved to be the same; the code has it under other names")
    return Verification(cell.name, found.source, own.version, status, count, forward, gradient, note)


def _errors(cell: Cell, other: Cell, same: Correspondence, at: Mapping[str, int]) -> tuple[float, float]:
    """The largest relative errors of one step and of its gradients between two cells, on corresponding numbers."""
    draw, numbers = numpy.random.default_rng(0), {size(dim): number for dim, number in at.items()}
    theirs: dict[str, Any] = {}
    for q in other.step.leaves:
        lead = () if q.role == "param" else (SAMPLES,)
        theirs[q.symbol.name] = draw.uniform(-1, 1, (*lead, *(int(s.subs(numbers)) for s in q.shape or ())))
    bars = {new.name: draw.uniform(-1, 1, theirs[old.name].shape) for old, new in other.carries.items()}
    done = step(other, theirs)
    ours = step(cell, same.of(theirs))
    seeds = {name: bar for name, bar in same.of(bars).items() if name in {s.name for s in cell.step.definitions}}
    back, expected = vjp(cell, ours, seeds), same.of(vjp(other, done, bars))
    states = [new.name for new in cell.carries.values()]
    return (
        relative_error((ours[name], same.of(done)[name]) for name in states),
        relative_error((back[name], expected[name]) for name in back if name in expected),
    )
